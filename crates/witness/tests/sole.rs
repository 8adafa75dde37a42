//! Rules 3, 7, 8, 13, 14 and 15 as a sole witness keeps them.
#![allow(missing_docs, clippy::unwrap_used)]

use linli_community::kinds;
use linli_community::register::statement::RoleGrant;
use linli_community::register::{Office, Role};
use linli_community::testing::{DAY_MS, Estate, HOUR_MS, Who};
use linli_record::{CertifiedBlock, Draft, RecordId};
use linli_witness::sole::{self, Waiting};
use linli_witness::{check, rivals, time};

/// Makes, signs, verifies and adopts the sole witness's next block.
fn order(estate: &mut Estate, now_ms: u64) -> Option<CertifiedBlock> {
    let (block, outcome) = sole::settle(&estate.state, &estate.tips(), &estate.shelf, now_ms).unwrap()?;
    let certified = block.certify_alone(&estate.witness);
    assert_eq!(certified.verify(&estate.state.witness_keys()).unwrap(), block);
    assert_eq!(estate.adopt(&block).unwrap(), outcome);
    Some(certified)
}

fn clerk(estate: &mut Estate, to: Who, until_ms: u64) -> RecordId {
    let grant = RoleGrant {
        made: estate.state.made(),
        to: estate.home(to),
        office: Office::Clerk,
        scope: Vec::new(),
        of: None,
        until_ms: Some(until_ms),
    };
    estate.state_it(Who::FOUNDER, &grant)
}

#[test]
fn rule_13_the_sole_witness_founds_the_register_and_signs_it_alone() {
    let mut estate = Estate::unfounded(1);
    assert!(sole::is_due(&estate.state, Waiting::default(), None, estate.now_ms));
    let now = estate.now_ms;
    let block = order(&mut estate, now).unwrap();
    assert_eq!(estate.state.head().unwrap().id, block.id());
    assert_eq!(estate.state.head().unwrap().height, 0);
    // The founder's own key is not the witness's: it certifies nothing.
    let forged = estate.blocks[0].certify_alone(&estate.person(Who::FOUNDER).key);
    assert!(forged.verify(&estate.state.witness_keys()).is_err());
}

#[test]
fn rule_03_power_is_settled_at_once_and_content_by_night() {
    let estate = Estate::founded(2);
    let now = estate.now_ms;
    let due = |power, content, ms| sole::is_due(&estate.state, Waiting { power, content }, None, now + ms);
    assert!(due(true, false, 1));
    assert!(!due(false, true, DAY_MS - 1));
    assert!(due(false, true, DAY_MS));
    assert!(!due(false, false, 400 * DAY_MS), "nothing to say, nothing said");
}

#[test]
fn rule_03_a_clock_that_was_set_back_keeps_the_nights() {
    let estate = Estate::founded(2);
    let back = estate.now_ms - 10 * 365 * DAY_MS;
    let due = |taken, now| sole::is_due(&estate.state, Waiting { power: false, content: true }, taken, now);
    assert!(due(None, back), "a witness that just started does not know how long it waited");
    assert!(!due(Some(back), back + DAY_MS - 1));
    assert!(due(Some(back), back + DAY_MS));
}

#[test]
fn rule_03_any_block_settles_every_tip_its_proposer_holds() {
    let mut estate = Estate::founded(3);
    let all = estate.settle_in(3);
    let said: Vec<_> = all.iter().map(|who| (estate.log(*who), estate.chat(*who, "good evening"))).collect();
    let now = estate.now_ms + HOUR_MS;
    order(&mut estate, now).unwrap();
    for (log, id) in said {
        assert_eq!(estate.state.settled_tip(&log).unwrap().2, id);
    }
    assert!(order(&mut estate, now + 1).is_none(), "and then there is nothing to say");
}

#[test]
fn rule_03_an_end_that_is_due_makes_a_block_of_its_own() {
    let mut estate = Estate::founded(4);
    let all = estate.settle_in(2);
    let until = estate.now_ms + 5 * DAY_MS;
    clerk(&mut estate, all[1], until);
    estate.block();
    assert!(!sole::is_due(&estate.state, Waiting::default(), None, until - 1));
    assert!(sole::is_due(&estate.state, Waiting::default(), None, until));
    order(&mut estate, until).unwrap();
    assert!(estate.state.grants().all(|grant| grant.ended.is_some()));
    assert!(!sole::is_due(&estate.state, Waiting::default(), None, until + 1));
}

#[test]
fn rule_07_a_newcomer_and_what_it_said_settle_in_the_block_that_enrols_it() {
    let mut estate = Estate::founded(5);
    let newcomer = estate.newcomer("1-102");
    let stranger = estate.newcomer("stranger");
    estate.admit(Who::FOUNDER, newcomer, Role::Owner, Some("1-102"), None);
    let said = estate.chat(newcomer, "hello");
    // It adds a second device at once, which speaks too: three rounds, one block.
    let tablet = estate.newcomer("tablet");
    let home = *estate.shelf.newest(&estate.log(Who::FOUNDER)).map(|record| record.id()).as_ref().unwrap();
    estate.admit(newcomer, tablet, Role::Device, None, Some(home));
    let from_sofa = estate.chat(tablet, "hello from the sofa");
    estate.chat(stranger, "and me?");
    let now = estate.now_ms + HOUR_MS;
    order(&mut estate, now).unwrap();
    assert_eq!(estate.blocks.len(), 2);
    assert!(estate.verdict(&said).stands() && estate.verdict(&from_sofa).stands());
    assert_eq!(estate.state.settled_tip(&estate.log(tablet)).unwrap().2, from_sofa);
    assert_eq!(estate.state.settled_tip(&estate.log(stranger)), None);
}

#[test]
fn rule_08_a_log_of_which_something_is_missing_waits_and_the_others_do_not() {
    let mut estate = Estate::founded(6);
    let all = estate.settle_in(3);
    let objection = estate.say(all[1], Draft::new(kinds::OBJECTION).evidence(), b"\xa1\x01\x61x");
    let talk = estate.chat(all[2], "a body that did not arrive yet");
    estate.shelf.lose_payload(&objection);
    estate.shelf.lose_payload(&talk);
    let now = estate.now_ms + HOUR_MS;
    order(&mut estate, now).unwrap();
    assert_eq!(estate.state.settled_tip(&estate.log(all[2])).unwrap().2, talk, "other bodies may be absent");
    assert_ne!(estate.state.settled_tip(&estate.log(all[1])).unwrap().2, objection);
}

#[test]
fn rule_08_nothing_is_signed_that_does_not_follow() {
    let mut estate = Estate::founded(7);
    estate.chat(Who::FOUNDER, "hello");
    let now = estate.now_ms + HOUR_MS;
    let (good, _) = sole::settle(&estate.state, &estate.tips(), &estate.shelf, now).unwrap().unwrap();
    let unfit = |change: fn(&mut linli_record::Block)| {
        let mut block = good.clone();
        change(&mut block);
        check::before_signing(&estate.state, &block, &estate.shelf, now, 0).unwrap_err().code()
    };
    assert_eq!(unfit(|block| block.height = 5), "height");
    assert_eq!(unfit(|block| block.tips[0].seq += 1), "missing-record");
    assert_eq!(unfit(|block| block.tips[0].id = [9; 32].into()), "other-branch");
    assert_eq!(unfit(|block| block.rules = 9), "rules-unknown");
    assert_eq!(unfit(|block| block.version = 9), "malformed");
    assert_eq!(unfit(|block| block.time_ms += DAY_MS), "clock");
}

#[test]
fn rule_14_a_witness_votes_for_times_near_its_own_clock_and_further_with_each_round() {
    let now = 1_800_000_000_000;
    let minutes = |n: u64| n * 60_000;
    assert!(time::believable(now + minutes(10), now, 0) && time::believable(now - minutes(10), now, 0));
    assert!(!time::believable(now + minutes(10) + 1, now, 0));
    assert!(time::believable(now + minutes(20), now, 1));
    assert!(time::believable(now + DAY_MS, now, 40));
    assert!(!time::believable(now + DAY_MS + 1, now, u32::MAX));
    assert!(!time::believable(u64::MAX, 0, 63));
}

#[test]
fn rule_14_clocks_of_1970_and_2046_order_on_without_ending_anything() {
    let mut estate = Estate::founded(8);
    let all = estate.settle_in(2);
    let until = estate.now_ms + 10 * DAY_MS;
    clerk(&mut estate, all[1], until);
    estate.block();
    let before = estate.now_ms;
    // The battery died: the clock says 1970.
    estate.chat(all[1], "hello");
    assert!(sole::clock_is_doubtful(&estate.state, 1_000));
    order(&mut estate, 1_000).unwrap();
    assert_eq!(estate.state.head().unwrap().time_ms, before + 1);
    // Somebody set it to 2046: one block says so, and the wait begins; no block follows a block without end.
    let in_2046 = before + 20 * 365 * DAY_MS;
    assert!(sole::clock_is_doubtful(&estate.state, in_2046));
    assert!(sole::is_due(&estate.state, Waiting::default(), None, in_2046));
    order(&mut estate, in_2046).unwrap();
    assert!(estate.state.grants().all(|grant| grant.ended.is_none()));
    assert!(order(&mut estate, in_2046 + HOUR_MS).is_none());
    assert!(!sole::is_due(&estate.state, Waiting::default(), None, in_2046 + DAY_MS - 1));
    // A day later it still says 2046, so it is.
    order(&mut estate, in_2046 + DAY_MS).unwrap();
    assert!(estate.state.grants().all(|grant| grant.ended.is_some()));
}

#[test]
fn rule_15_two_certified_blocks_at_one_height_are_seen_and_the_first_is_kept() {
    let mut estate = Estate::founded(9);
    // The witness is restored from yesterday's backup and orders again.
    let mut restored = estate.clone();
    let keys = estate.state.witness_keys();
    estate.chat(Who::FOUNDER, "said before the crash");
    let now = estate.now_ms + HOUR_MS;
    let held = order(&mut estate, now).unwrap();
    restored.chat(Who::FOUNDER, "said after the restore");
    let other = order(&mut restored, now + 1).unwrap();
    let seen = rivals::compare(&held, &other, &keys).unwrap();
    assert_eq!((seen.era, seen.height, seen.kept, seen.other), (0, 1, held.id(), other.id()));
    assert_eq!(seen.signed_both, [0]);
    assert_eq!(rivals::compare(&held, &held, &keys), None);
    // Forged by somebody else's key, it is no rival.
    let forged = restored.blocks.last().unwrap().certify_alone(&restored.person(Who::FOUNDER).key);
    assert_eq!(rivals::compare(&held, &forged, &keys), None);
    // A node at the first one does not go back behind it.
    let rival = restored.blocks.last().unwrap().clone();
    assert_eq!(estate.adopt(&rival).unwrap_err().code(), "height");
}

#[test]
fn rule_01_a_member_with_a_thousand_lives_settles_eight_and_holds_nobody_up() {
    let mut estate = Estate::founded(10);
    let all = estate.settle_in(2);
    let said = estate.chat(Who::FOUNDER, "meanwhile");
    for _ in 0..50 {
        estate.reincarnate(all[1]);
    }
    let now = estate.now_ms + HOUR_MS;
    order(&mut estate, now).unwrap();
    assert_eq!(estate.state.settled_tip(&estate.log(Who::FOUNDER)).unwrap().2, said);
    let lives = estate.state.facts().logs.iter().filter(|log| log.key == estate.key(all[1])).count();
    assert_eq!(lives, linli_record::limits::INCARNATIONS);
}
