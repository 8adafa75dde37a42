//! Two histories of one log: what proves them, and what does not.

use linli_record::{
    BlobHash, Branch, Draft, Fields, ForkProof, Header, Kind, LogWriter, Record, SecretKey, header::Extra,
    limits,
};

use crate::any::{community, key, writer};

fn next(writer: &mut LogWriter, body: &[u8]) -> Record {
    writer.append(Draft::new(Kind::new(145)), body, [0; 16], 0).unwrap()
}

fn branch(records: &[Record]) -> Branch {
    let last = records.last().unwrap();
    Branch::new(records.iter().map(|record| record.header().clone()).collect(), *last.signature().unwrap())
        .unwrap()
}

/// Two histories after `common` records: `one` and `other` records long.
fn forked(common: usize, one: usize, other: usize) -> (Vec<Record>, Vec<Record>) {
    let mut writer = writer(1);
    for _ in 0..common {
        next(&mut writer, b"common");
    }
    let mut twin = writer.clone();
    let first = (0..one).map(|_| next(&mut writer, b"to Anna")).collect();
    (first, (0..other).map(|_| next(&mut twin, b"to Ben")).collect())
}

#[test]
fn two_records_at_one_sequence_are_proof_for_whoever_knows_the_key() {
    let (one, other) = forked(3, 1, 1);
    let proof = ForkProof::new(branch(&one), branch(&other)).unwrap();
    let fork = proof.verify(&community(), &key(1).public()).unwrap();
    assert_eq!((fork.log, fork.seq), (one[0].log, 4));
    let mut ids = [one[0].id(), other[0].id()];
    ids.sort();
    assert_eq!(fork.firsts, ids);
    assert_eq!(ForkProof::new(branch(&other), branch(&one)).unwrap(), proof, "told in either order");
    assert_eq!(ForkProof::parse(&proof.to_bytes()).unwrap(), proof);
    assert_eq!(proof.verify(&community(), &key(2).public()).unwrap_err().code(), "signature");
    assert_eq!(proof.verify(&[8; 32].into(), &key(1).public()).unwrap_err().code(), "signature");
}

#[test]
fn unsigned_records_under_a_signed_tip_count_as_signed() {
    let (one, other) = forked(3, 60, 2);
    let proof = ForkProof::new(branch(&one), branch(&other)).unwrap();
    assert_eq!(proof.verify(&community(), &key(1).public()).unwrap().seq, 4);
    assert!(
        Branch::new(forked(0, 65, 0).0.iter().map(|r| r.header().clone()).collect(), [0; 64].into()).is_err()
    );
}

#[test]
fn a_record_that_names_another_predecessor_is_proof_without_that_predecessor() {
    let (one, other) = forked(3, 1, 2);
    let proof = ForkProof::new(branch(&one), branch(&other[1..])).unwrap();
    assert_eq!(proof.verify(&community(), &key(1).public()).unwrap().seq, 4);
}

#[test]
fn one_history_told_twice_proves_nothing() {
    let (one, other) = forked(3, 4, 4);
    let code =
        |one: &[Record], other: &[Record]| ForkProof::new(branch(one), branch(other)).unwrap_err().code();
    assert_eq!(code(&one, &one), "malformed");
    assert_eq!(code(&one[..1], &one[1..]), "malformed", "the second follows the first");
    assert_eq!(code(&one[..1], &other[2..]), "malformed", "too far apart to contradict");
    let stranger = writer(2).opening().clone();
    assert_eq!(code(&[stranger], &[writer(1).opening().clone()]), "malformed", "two logs");
    let gap = [one[0].header().clone(), one[2].header().clone()].to_vec();
    assert_eq!(Branch::new(gap, *one[2].signature().unwrap()).unwrap_err().code(), "broken");
}

#[test]
fn every_damaged_byte_of_a_proof_is_noticed() {
    let (one, other) = forked(1, 2, 1);
    let proof = ForkProof::new(branch(&one), branch(&other)).unwrap();
    let bytes = proof.to_bytes();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        let believed =
            ForkProof::parse(&damaged).and_then(|proof| proof.verify(&community(), &key(1).public()));
        assert!(believed.is_err(), "byte {at}");
    }
}

/// A liar who makes every header as large as the format allows, so that the proof does not fit a record.
fn liar(key: &SecretKey, opening: &Record, flavour: u8) -> Vec<Header> {
    let mut headers: Vec<Header> = vec![opening.header().clone()];
    while headers.len() < 64 {
        let last = headers.last().unwrap();
        let mut fields = Fields::clone(last);
        (fields.seq, fields.prev, fields.kind) = (last.seq + 1, Some(last.id()), Kind::new(145));
        let filler = crate::any::headed(2, 3_000, &[flavour; 3_000]);
        fields.extra = vec![Extra { key: 64, value: filler }];
        headers.push(Header::new(fields).unwrap());
    }
    assert_eq!(key.public(), crate::any::key(1).public());
    headers.split_off(1)
}

#[test]
fn a_liar_cannot_escape_by_making_the_proof_too_long_for_a_record() {
    let (key, opening) = (key(1), writer(1).opening().clone());
    let branch = |flavour| {
        let headers = liar(&key, &opening, flavour);
        let message = linli_record::chain::signed_message(&community(), headers.last().unwrap().bytes());
        Branch::new(headers, key.sign(&message)).unwrap()
    };
    let proof = ForkProof::new(branch(1), branch(2)).unwrap();
    let carried = proof.carry();
    let annex = carried.annex.unwrap();
    assert!(annex.len() > limits::PAYLOAD_BYTES && annex.len() <= limits::FORK_PROOF_BYTES);
    assert_eq!(carried.draft.blobs[0].hash, BlobHash::from(*blake3::hash(&annex).as_bytes()));
    let read = ForkProof::read(&carried.body, Some(&annex)).unwrap();
    assert_eq!(read.verify(&community(), &key.public()).unwrap().seq, 1);
    assert_eq!(ForkProof::read(&carried.body, None).unwrap_err().code(), "malformed");
    let record = writer(3).append(carried.draft, &carried.body, [0; 16], 0).unwrap();
    assert!(record.flags.has(linli_record::Flags::REQUIRED_ANNEX));
    let (one, other) = forked(1, 1, 1);
    let small = ForkProof::new(self::branch(&one), self::branch(&other)).unwrap().carry();
    assert!(small.annex.is_none() && ForkProof::read(&small.body, None).is_ok());
}
