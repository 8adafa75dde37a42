//! Bodies nobody honest would write: cut, bent, of another kind, with counts of 2^64. Nothing here panics.
#![allow(clippy::unwrap_used, reason = "a test that can not go on fails")]

mod content_street;

use content_street::samples::{Sample, samples};
use content_street::{Street, any_order};
use linli_community::content::talk::Message;
use linli_community::content::withdraw::Withdraw;
use linli_community::content::{ObjectView, Payload, canonical, fold_object, sighting};
use linli_community::kinds;
use linli_record::{Draft, Kind};
use proptest::prelude::*;

/// What is read must be what its own bytes say: read, written, read again.
fn survives(sample: &Sample, body: &[u8]) {
    if let Some(again) = (sample.read)(body) {
        assert_eq!((sample.read)(&again).as_ref(), Some(&again));
    }
}

#[test]
fn every_body_reads_back_and_every_truncation_is_refused() {
    for sample in samples() {
        assert_eq!((sample.read)(&sample.body).as_ref(), Some(&sample.body), "{}", sample.kind);
        for at in 0..sample.body.len() {
            assert!((sample.read)(&sample.body[..at]).is_none(), "{} cut at {at}", sample.kind);
        }
        let mut longer = sample.body.clone();
        longer.push(0);
        assert!((sample.read)(&longer).is_none());
    }
}

#[test]
fn huge_counts_and_wrong_types_at_every_place_are_answers_not_panics() {
    let junk: [&[u8]; 9] = [
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x7b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x3b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xf6",
        b"\x80",
        b"\xa0",
    ];
    for sample in samples() {
        for at in 0..sample.body.len() {
            for bytes in junk {
                survives(&sample, &[&sample.body[..at], bytes, &sample.body[at + 1..]].concat());
            }
            for flip in [1, 2, 0x20, 0x40, 0x80, 0xff] {
                let mut bent = sample.body.clone();
                bent[at] ^= flip;
                survives(&sample, &bent);
            }
        }
    }
}

/// Bodies that another kind's reader takes, by reader and kind of the body: what the reader asks for stands under the same
/// keys. The header's kind, which is signed, tells them apart.
const TAKEN_BY_ANOTHER: &[(u16, u16)] = &[
    // An acknowledgement is one record id: so begin a withdrawal and a covered record.
    (113, 99),
    (113, 103),
    // The note of a closing is one text: so begin many.
    (123, 97),
    (123, 112),
    (123, 120),
    (123, 122),
    (123, 128),
    (123, 144),
    (123, 145),
    (123, 208),
    // A thread is a title, and perhaps what it is about.
    (144, 123),
    (144, 145),
];

#[test]
fn a_body_of_one_kind_is_no_body_of_another_by_accident() {
    let samples = samples();
    let mut taken = Vec::new();
    for reader in &samples {
        for other in samples.iter().filter(|other| other.kind != reader.kind) {
            if (reader.read)(&other.body).is_some() {
                taken.push((reader.kind.number(), other.kind.number()));
            }
        }
    }
    assert_eq!(taken, TAKEN_BY_ANOTHER);
}

/// Object families, by the kind that begins them.
const BEGINNINGS: [Kind; 7] = [
    kinds::NOTICE,
    kinds::ROLL_CALL,
    kinds::REQUEST,
    kinds::STORY,
    kinds::THREAD,
    kinds::AUDIENCE,
    kinds::SIGHTING,
];

/// Every kind with every body under every beginning, folded twice.
#[test]
fn whatever_is_said_in_an_object_its_fold_is_an_answer() {
    let samples = samples();
    for kind in BEGINNINGS {
        let own = samples.iter().find(|sample| sample.kind == kind).unwrap();
        for begin in [own.body.as_slice(), b"", b"\xa0", &samples[0].body] {
            let mut street = Street::of(3);
            let id = street.say_body(0, Draft::new(kind), begin);
            for (at, said) in samples.iter().enumerate() {
                for body in [said.body.as_slice(), &own.body, b"\xff"] {
                    street.say_body(at % 3, Draft::new(said.kind).on(id), body);
                }
            }
            street.settle(4);
            street.say_body(1, Draft::new(kind).on(id), &own.body);
            let view = fold_object(&street.entries(), &street.context());
            let mut backwards = street.entries();
            backwards.reverse();
            assert_eq!(fold_object(&backwards, &street.context()), view);
            let _ = sighting::fold(&street.entries(), &street.context());
            if let Some(view) = view {
                let bytes = canonical::to_bytes(&view).unwrap();
                assert_eq!(linli_record::canonical::check(&bytes), Ok(()));
            }
        }
    }
}

#[test]
fn a_forked_log_that_refers_to_itself_in_a_circle_still_has_an_order() {
    // Branch b's second record is referred to by a neighbour whom branch a refers to, one place lower.
    let mut street = Street::of(2);
    let id = street.say_body(0, Draft::new(kinds::THREAD), &samples()[17].body);
    let mut other = street.devices[0].writer.clone();
    street.say(0, Message::on(id, &[]), &Message::text("b1"));
    let b2 = street.say(0, Message::on(id, &[]), &Message::text("b2"));
    let seen = street.say(1, Message::on(id, &[b2]), &Message::text("I read b2"));
    std::mem::swap(&mut street.devices[0].writer, &mut other);
    street.say(0, Message::on(id, &[seen]), &Message::text("a1"));
    let view = fold_object(&street.entries(), &street.context()).unwrap();
    let mut backwards = street.entries();
    backwards.reverse();
    assert_eq!(fold_object(&backwards, &street.context()), Some(view));
}

proptest! {
    #[test]
    fn random_bodies_never_panic_and_fold_the_same_in_any_order(
        begin in 0usize..7,
        said in proptest::collection::vec(
            (0usize..20, 0usize..20, 0usize..3, any::<prop::sample::Index>(), any::<u8>(), any::<bool>()),
            0..12,
        ),
        order in any_order(),
    ) {
        let samples = samples();
        let kind = BEGINNINGS[begin];
        let own = samples.iter().find(|sample| sample.kind == kind).unwrap();
        let mut street = Street::of(3);
        let id = street.say_body(0, Draft::new(kind), &own.body);
        for (kind, body, by, at, flip, settle) in said {
            let mut body = samples[body].body.clone();
            let at = at.index(body.len());
            body[at] ^= flip;
            let target = Withdraw { target: id, blob: None, reason: String::new() };
            if flip == 7 {
                street.say(by, Withdraw::on(id, &[]), &target);
            }
            street.say_body(by, Draft::new(samples[kind].kind).on(id), &body);
            if settle {
                street.settle(u64::from(flip));
            }
        }
        let view = fold_object(&street.entries(), &street.context());
        prop_assert_eq!(&fold_object(&street.arriving(&order), &street.context()), &view);
        let json = serde_json::to_string(&view).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Option<ObjectView>>(&json).unwrap(), &view);
    }
}
