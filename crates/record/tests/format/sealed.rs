//! What is not meant for everyone: it opens at its place, with its key, whole.

use linli_record::envelope::{self, PAD_BYTES, Place};
use linli_record::writer::Seal;
use linli_record::{
    AudienceId, Draft, EpochKey, Flags, Incarnation, Kind, LogId, LogOpen, LogWriter, SealingSecret, grant,
};
use proptest::prelude::*;

use crate::any::{community, damage, key};

fn place() -> Place {
    Place {
        community: community(),
        log: LogId::from([1; 32]),
        seq: 7,
        kind: Kind::new(145),
        audience: AudienceId::from([2; 16]),
        epoch: 3,
    }
}

proptest! {
    #[test]
    fn a_sealed_body_opens_whole_and_tells_little_of_its_length(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let key = EpochKey::from([5; 32]);
        let sealed = envelope::seal(&key, &place(), [6; 24], &body).unwrap();
        prop_assert_eq!(envelope::open(&key, &place(), &sealed).unwrap(), &body[..]);
        let padded = (body.len() + 1).next_multiple_of(PAD_BYTES);
        let longest = envelope::seal(&key, &place(), [6; 24], &vec![0; padded - 1]).unwrap();
        prop_assert_eq!(sealed.len(), longest.len());
    }

    #[test]
    fn a_damaged_envelope_does_not_open(body in prop::collection::vec(any::<u8>(), 0..100), damage in damage()) {
        let key = EpochKey::from([5; 32]);
        let sealed = envelope::seal(&key, &place(), [6; 24], &body).unwrap();
        let damaged = damage.done_to(&sealed);
        prop_assert_eq!(envelope::open(&key, &place(), &damaged).is_ok(), damaged == sealed);
    }

    #[test]
    fn a_damaged_grant_gives_no_secret(secret in prop::collection::vec(any::<u8>(), 0..100), damage in damage()) {
        let anna = SealingSecret::from_seed(&[1; 32]);
        let sealed = grant::seal(&anna.public(), &community(), [4; 32], &secret).unwrap();
        let bytes = minicbor::to_vec(&sealed).unwrap();
        let damaged = damage.done_to(&bytes);
        let opened = minicbor::decode(&damaged).ok().and_then(|sealed| grant::open(&anna, &community(), &sealed).ok());
        // The derived decoder is lenient about encodings; what it opens is still the secret that was sealed.
        prop_assert!(opened.is_none_or(|opened| opened == secret));
    }
}

#[test]
fn a_sealed_body_opens_nowhere_else() {
    let key = EpochKey::from([5; 32]);
    let sealed = envelope::seal(&key, &place(), [6; 24], b"meet at the gate").unwrap();
    let elsewhere = [
        Place { community: [8; 32].into(), ..place() },
        Place { log: [8; 32].into(), ..place() },
        Place { seq: 8, ..place() },
        Place { kind: Kind::new(146), ..place() },
        Place { audience: [8; 16].into(), ..place() },
        Place { epoch: 4, ..place() },
    ];
    for place in elsewhere {
        assert_eq!(envelope::open(&key, &place, &sealed).unwrap_err().code(), "sealed", "{place:?}");
    }
    assert_eq!(envelope::open(&EpochKey::from([6; 32]), &place(), &sealed).unwrap_err().code(), "sealed");
}

#[test]
fn a_later_suite_is_named_not_guessed() {
    let key = EpochKey::from([5; 32]);
    let mut sealed = envelope::seal(&key, &place(), [6; 24], b"").unwrap();
    sealed[1] = 2;
    assert_eq!(envelope::open(&key, &place(), &sealed).unwrap_err().code(), "newer-suite");
}

#[test]
fn two_keys_for_one_epoch_have_two_fingerprints() {
    let (audience, one, other) = ([1; 16].into(), EpochKey::from([5; 32]), EpochKey::from([6; 32]));
    assert_ne!(one.fingerprint(&audience, 1), other.fingerprint(&audience, 1));
    assert_ne!(one.fingerprint(&audience, 1), one.fingerprint(&audience, 2));
    assert_ne!(one.fingerprint(&audience, 1), one.fingerprint(&[2; 16].into(), 1));
}

#[test]
fn a_private_log_seals_each_record_at_its_own_place() {
    let audience = AudienceId::from([2; 16]);
    let open = LogOpen::member(&key(1), Incarnation::from([1; 16]), Some(audience), "test");
    let mut writer = LogWriter::begin(community(), key(1), &open, [0; 16], 0, 0).unwrap();
    let epoch_key = EpochKey::from([5; 32]);
    let seal = Seal { key: &epoch_key, epoch: 3, nonce: [6; 24] };
    let record = writer.append_sealed(Draft::new(Kind::new(145)), b"psst", &seal, [1; 16], 1).unwrap();
    assert!(record.flags.has(Flags::SEALED));
    let place = Place::of(community(), record.header()).unwrap();
    assert_eq!(envelope::open(&epoch_key, &place, record.body().unwrap()).unwrap(), b"psst");
    let mut public = crate::any::writer(1);
    assert!(public.append_sealed(Draft::new(Kind::new(145)), b"psst", &seal, [1; 16], 1).is_err());
}
