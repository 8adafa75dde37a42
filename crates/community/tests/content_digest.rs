//! The digest: the same on a household, a keeper and a restored copy.
#![allow(clippy::unwrap_used, reason = "a test that can not go on fails")]

mod content_street;

use content_street::{Street, any_order};
use linli_community::content::digest::{DigestView, RegisterHead};
use linli_community::content::notice::{Acknowledge, Notice};
use linli_community::content::talk::{Message, Thread};
use linli_community::content::withdraw::Withdraw;
use linli_community::content::{Digest, Payload, Scope};
use linli_record::{CommunityId, LogId, RecordId};
use proptest::prelude::*;
use proptest::sample::Index;

fn notice() -> Notice {
    Notice {
        title: "Spring clean".to_owned(),
        text: String::new(),
        scope: Scope::Everyone,
        expires_ms: None,
        must_read: false,
        replaces: None,
        captions: Vec::new(),
    }
}

struct Estate {
    notices: Street,
    talk: Street,
    first: RecordId,
    message: RecordId,
}

fn estate() -> Estate {
    let mut notices = Street::of(3);
    let first = notices.say(0, Notice::begin(), &notice());
    notices.say(1, Acknowledge::on(first, &[first]), &Acknowledge { version: first });
    notices.settle(2);
    notices.say(2, Acknowledge::on(first, &[first]), &Acknowledge { version: first });
    let mut talk = Street::of(2);
    let thread = Thread { title: "Cherry trees".to_owned(), about: None };
    let id = talk.say(0, Thread::begin(), &thread);
    let message = talk.say(1, Message::on(id, &[id]), &Message::text("They bloom"));
    Estate { notices, talk, first, message }
}

fn digest(estate: &Estate, order: &[Index], forked: &[LogId]) -> DigestView {
    let head = RegisterHead { era: 0, height: 2, block: [5; 32].into(), state: [6; 32].into() };
    let mut digest = Digest::new(CommunityId::from([9; 32]), Some(head), forked.iter().copied());
    let mut parts: Vec<usize> = (0..4).collect();
    for at in order.iter().take(4) {
        match parts.swap_remove(at.index(parts.len())) {
            0 => digest.object(&estate.notices.arriving(order), &estate.notices.context()),
            1 => digest.object(&estate.talk.arriving(order), &estate.talk.context()),
            2 => digest.verdict([1; 32].into(), "revoked"),
            _ => {
                for device in &estate.notices.devices {
                    let tip = device.writer.tip();
                    digest.log(tip.log, tip.seq, tip.id);
                }
            }
        }
    }
    digest.finish()
}

fn in_order() -> Vec<Index> {
    proptest::strategy::ValueTree::current(
        &proptest::strategy::Strategy::new_tree(
            &any_order(),
            &mut proptest::test_runner::TestRunner::deterministic(),
        )
        .unwrap(),
    )
}

#[test]
fn a_keeper_that_dropped_expired_talk_prints_what_a_household_prints() {
    let mut estate = estate();
    let household = digest(&estate, &in_order(), &[]);
    assert_eq!((household.objects, household.logs, household.verdicts, household.missing), (1, 3, 1, 0));
    let message = estate.message;
    estate.talk.drop_payload(message);
    assert_eq!(digest(&estate, &in_order(), &[]), household);
}

#[test]
fn erased_bytes_enter_by_hash_and_change_nothing() {
    let mut estate = estate();
    let first = estate.first;
    let gone = Withdraw { target: first, blob: None, reason: String::new() };
    estate.notices.say(0, Withdraw::on(first, &[first]), &gone);
    let held = digest(&estate, &in_order(), &[]);
    estate.notices.drop_payload(first);
    assert_eq!(digest(&estate, &in_order(), &[]), held);
    assert_eq!(held.missing, 0);
}

#[test]
fn what_went_with_a_notice_that_was_withdrawn_whole_is_not_missing() {
    let mut estate = estate();
    let first = estate.first;
    let later = Notice { replaces: Some(first), ..notice() };
    let second = estate.notices.say(0, Notice::on(first, &[first]), &later);
    let gone = Withdraw { target: first, blob: None, reason: String::new() };
    estate.notices.say(0, Withdraw::on(first, &[second]), &gone);
    let held = digest(&estate, &in_order(), &[]);
    estate.notices.drop_payload(first);
    estate.notices.drop_payload(second);
    let erased = digest(&estate, &in_order(), &[]);
    assert_eq!(erased.missing, 0);
    assert_eq!(erased, held);
}

#[test]
fn a_body_that_is_yet_to_come_is_counted_as_missing() {
    let mut estate = estate();
    let whole = digest(&estate, &in_order(), &[]);
    let first = estate.first;
    estate.notices.drop_payload(first);
    let lacking = digest(&estate, &in_order(), &[]);
    assert_eq!(lacking.missing, 1);
    assert_ne!(lacking.digest, whole.digest);
}

#[test]
fn of_a_forked_log_only_the_settled_part_counts() {
    let mut estate = estate();
    let log = estate.notices.devices[2].author.log;
    let whole = digest(&estate, &in_order(), &[]);
    let forked = digest(&estate, &in_order(), &[log]);
    assert_ne!(forked.digest, whole.digest);
    // Another node holds the other branch: what is unsettled there makes no difference.
    let first = estate.first;
    let tip = estate.notices.devices[2].writer.tip().clone();
    estate.notices.said.pop();
    estate.notices.say(2, Acknowledge::on(first, &[]), &Acknowledge { version: [3; 32].into() });
    let head = RegisterHead { era: 0, height: 2, block: [5; 32].into(), state: [6; 32].into() };
    let mut other = Digest::new(CommunityId::from([9; 32]), Some(head), [log]);
    other.object(&estate.notices.entries(), &estate.notices.context());
    let mut one = Digest::new(CommunityId::from([9; 32]), Some(head), [log]);
    estate.notices.said.pop();
    one.object(&estate.notices.entries(), &estate.notices.context());
    for digest in [&mut one, &mut other] {
        digest.log(tip.log, 0, [1; 32].into());
    }
    assert_eq!(one.finish(), other.finish());
}

proptest! {
    #[test]
    fn any_order_of_arrival_prints_the_same_digest(order in any_order(), other in any_order()) {
        let estate = estate();
        prop_assert_eq!(digest(&estate, &order, &[]), digest(&estate, &other, &[]));
    }
}
