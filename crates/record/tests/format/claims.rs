//! What newcomers and successors sign about themselves.

use linli_record::claim::{Claim, SignedClaim};
use linli_record::{Incarnation, LogClose, NextKey, NodeKey, SealingKey, Successor};
use proptest::prelude::*;

use crate::any::{community, damage, key, writer};

fn claim() -> Claim {
    Claim {
        community: community(),
        device: key(1).public(),
        incarnation: Incarnation::from([1; 16]),
        sealing: SealingKey::from([2; 32]),
        node: NodeKey::from(*key(2).public().as_bytes()),
        role: 0,
        unit: Some("3-1203".to_owned()),
        label: "Zhang".to_owned(),
        invite: [3; 32].into(),
        household: None,
        recent: Some((41, [4; 32].into())),
    }
}

fn next_key(key: &linli_record::SecretKey, node: &linli_record::SecretKey) -> NextKey {
    NextKey {
        suite: 1,
        key: key.public().as_bytes().to_vec(),
        incarnation: Incarnation::from([5; 16]),
        sealing: SealingKey::from([6; 32]),
        node: NodeKey::from(*node.public().as_bytes()),
    }
}

proptest! {
    #[test]
    fn a_damaged_claim_is_not_believed(damage in damage()) {
        let bytes = minicbor::to_vec(claim().sign(&key(1), &key(2))).unwrap();
        let damaged = damage.done_to(&bytes);
        let read = minicbor::decode::<SignedClaim>(&damaged).ok().and_then(|signed| signed.verify(&community()).ok());
        prop_assert!(read.is_none_or(|read| read == claim()));
    }

    #[test]
    fn a_damaged_successor_is_not_believed(damage in damage()) {
        let closing = writer(1).tip().log;
        let next = next_key(&key(3), &key(4)).sign(&community(), &closing, &key(3), &key(4));
        let close = LogClose { reason: 2, successor: Some(next) }.to_bytes();
        let damaged = damage.done_to(&close);
        let read = LogClose::parse(&damaged).ok().and_then(|close| close.successor);
        let believed = read.and_then(|next: Successor| next.verify(&community(), &closing).ok());
        prop_assert!(believed.is_none_or(|next| next == next_key(&key(3), &key(4))));
    }
}

#[test]
fn a_claim_is_believed_in_its_community_and_signed_by_both_keys() {
    let signed = claim().sign(&key(1), &key(2));
    assert_eq!(signed.verify(&community()).unwrap(), claim());
    assert_eq!(signed.verify(&[8; 32].into()).unwrap_err().code(), "malformed");
    assert_eq!(claim().sign(&key(3), &key(2)).verify(&community()).unwrap_err().code(), "signature");
    assert_eq!(claim().sign(&key(1), &key(3)).verify(&community()).unwrap_err().code(), "signature");
    let loud = Claim { label: "x".repeat(65), ..claim() };
    assert_eq!(loud.sign(&key(1), &key(2)).verify(&community()).unwrap_err().code(), "too-large");
}

#[test]
fn a_successor_speaks_for_itself_and_for_one_closing_log() {
    let closing = writer(1).tip().log;
    let next = next_key(&key(3), &key(4));
    let signed = next.sign(&community(), &closing, &key(3), &key(4));
    let believed = signed.verify(&community(), &closing).unwrap();
    assert_eq!(believed.log_id(), next.log_id());
    assert_eq!(signed.verify(&community(), &writer(2).tip().log).unwrap_err().code(), "signature");
    assert_eq!(signed.verify(&[8; 32].into(), &closing).unwrap_err().code(), "signature");
    let stolen = next.sign(&community(), &closing, &key(1), &key(4));
    assert_eq!(stolen.verify(&community(), &closing).unwrap_err().code(), "signature");
}

#[test]
fn a_successor_of_a_suite_not_yet_invented_still_reads() {
    let closing = writer(1).tip().log;
    let later = NextKey { suite: 2, key: vec![7; 1952], ..next_key(&key(3), &key(4)) };
    assert_eq!(later.log_id(), None);
    let signed = later.sign(&community(), &closing, &key(3), &key(4));
    let close = LogClose { reason: 4, successor: Some(signed) };
    let read = LogClose::parse(&close.to_bytes()).unwrap();
    assert_eq!(read, close);
    assert_eq!(read.successor.unwrap().verify(&community(), &closing).unwrap_err().code(), "newer-suite");
}

#[test]
fn a_claim_or_close_with_a_key_nobody_knows_or_a_null_is_refused() {
    let closing = LogClose { reason: 1, successor: None }.to_bytes();
    assert_eq!(closing, [0xa1, 0x00, 0x01]);
    for more in [&[0xa2, 0x00, 0x01, 0x01, 0xf6][..], &[0xa2, 0x00, 0x01, 0x18, 0x40, 0x01]] {
        assert_eq!(LogClose::parse(more).unwrap_err().code(), "malformed");
    }
    let plain = minicbor::to_vec(claim()).unwrap();
    let signed = |bytes: &[u8]| {
        let message = [&b"linli/claim/1\0\0\0"[..], bytes].concat();
        let node =
            [&b"linli/node/1\0\0\0\0"[..], community().as_bytes(), key(1).public().as_bytes()].concat();
        let mut item = minicbor::Encoder::new(Vec::new());
        item.array(3).unwrap().bytes(bytes).unwrap();
        item.encode(key(1).sign(&message)).unwrap().encode(key(2).sign(&node)).unwrap();
        minicbor::decode::<SignedClaim>(&item.into_writer()).unwrap()
    };
    assert_eq!(signed(&plain).verify(&community()).unwrap(), claim());
    let mut more = plain;
    more[0] += 1;
    more.extend([0x18, 0x40, 0x01]);
    assert_eq!(signed(&more).verify(&community()).unwrap_err().code(), "malformed");
}
