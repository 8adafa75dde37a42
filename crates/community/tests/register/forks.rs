//! Rule 9: two histories of one log.

use std::collections::BTreeSet;

use linli_community::register::statement::{Confirm, ConfirmWhat};
use linli_community::register::{Heard, Role, judge_unsettled, provisional};
use linli_community::testing::{Estate, HOUR_MS, Who};
use linli_record::fork::{Branch, ForkProof};
use linli_record::{Draft, Record, RecordId};

/// Two signed records at one place of a device's log: the one that is held, and one that a copy of the home wrote.
fn fork(estate: &mut Estate, who: Who) -> (Record, Record) {
    let mut copy = estate.clone();
    let one = estate.say(who, Draft::new(linli_community::kinds::MESSAGE).evidence(), b"one");
    let other = copy.say(who, Draft::new(linli_community::kinds::MESSAGE).evidence(), b"other");
    (estate.shelf.find(&one).unwrap().clone(), copy.shelf.find(&other).unwrap().clone())
}

fn branch(record: &Record) -> Branch {
    Branch::new(vec![record.header().clone()], *record.signature().unwrap()).unwrap()
}

fn prove(estate: &mut Estate, by: Who, one: &Record, other: &Record) -> RecordId {
    let carried = ForkProof::new(branch(one), branch(other)).unwrap().carry();
    estate.say(by, carried.draft, &carried.body)
}

#[test]
fn rule_09_the_settled_branch_stands_the_rest_is_quarantined_and_the_log_is_closed() {
    let mut estate = Estate::founded(90);
    let all = estate.settle_in(3);
    let (one, other) = fork(&mut estate, all[1]);
    let said = estate.chat(all[1], "settled with the proof");
    prove(&mut estate, all[2], &one, &other);
    estate.block();
    assert!(estate.verdict(&one.id()).stands() && estate.verdict(&said).stands());
    assert_eq!(estate.state.forks()[0].log, one.log);
    assert_eq!(estate.state.forks()[0].seq, one.seq);
    let after = estate.chat(all[1], "nobody hears this");
    let record = estate.shelf.find(&after).unwrap();
    let verdict = judge_unsettled(&estate.state, record.header(), &estate.key(all[1]));
    assert_eq!(verdict.reason().unwrap().code(), "forked");
    let block = estate.compose(&BTreeSet::from([estate.log(all[1])]), HOUR_MS);
    assert_eq!(estate.adopt(&block).unwrap_err().code(), "not-enrolled");
}

#[test]
fn rule_09_settled_approvals_of_a_forked_log_stand() {
    let mut estate = Estate::founded(91);
    let all = estate.settle_in(3);
    let newcomer = estate.newcomer("1-104");
    let admit = estate.admit(Who::FOUNDER, newcomer, Role::Owner, Some("1-104"), None);
    estate.approve(all[1], admit);
    let (one, other) = fork(&mut estate, all[1]);
    prove(&mut estate, all[2], &one, &other);
    estate.block();
    assert_eq!(estate.home(newcomer), admit);
}

#[test]
fn rule_09_a_new_life_needs_another_device_of_the_household_or_the_registrars() {
    let mut estate = Estate::founded(92);
    let all = estate.settle_in(3);
    let (one, other) = fork(&mut estate, all[1]);
    prove(&mut estate, all[2], &one, &other);
    estate.block();
    let incarnation = estate.reincarnate(all[1]);
    let logs = BTreeSet::from([estate.log(all[1])]);
    let alone = estate.compose(&logs, HOUR_MS);
    assert_eq!(estate.adopt(&alone).unwrap_err().code(), "not-enrolled");
    let confirm = Confirm {
        what: ConfirmWhat::Life,
        record: estate.home(all[1]),
        incarnation: Some(incarnation),
        recent: estate.state.recent(),
    };
    let by_neighbour = estate.state_it(all[2], &confirm);
    estate.state_it(Who::FOUNDER, &confirm);
    let said = estate.chat(all[1], "restored properly this time");
    estate.block();
    assert_eq!(estate.reason(&by_neighbour), Some("no-office"));
    assert!(estate.verdict(&said).stands());
    assert_eq!(estate.state.settled_tip(&estate.log(all[1])).unwrap().2, said);
    assert_eq!(estate.from_scratch(), estate.state);
}

#[test]
fn rule_09_a_proof_that_is_not_signed_by_the_logs_key_closes_nothing() {
    let mut estate = Estate::founded(93);
    let all = estate.settle_in(3);
    let (one, other) = fork(&mut estate, all[1]);
    let forged = Branch::new(vec![other.header().clone()], *one.signature().unwrap()).unwrap();
    let carried = ForkProof::new(branch(&one), forged).unwrap().carry();
    let bad = estate.say(all[2], carried.draft, &carried.body);
    let unreadable = estate.say(all[2], Estate::draft(2), b"\xa0");
    estate.block();
    assert_eq!(estate.reason(&bad), Some("bad-proof"));
    assert_eq!(estate.reason(&unreadable), Some("malformed"));
    assert!(estate.state.forks().is_empty());
}

#[test]
fn rule_22_what_stands_behind_the_end_of_a_log_lets_nobody_in() {
    let mut estate = Estate::founded(98);
    let all = estate.settle_in(3);
    let newcomer = estate.newcomer("1-104");
    let admit = estate.admit(Who::FOUNDER, newcomer, Role::Owner, Some("1-104"), None);
    let approval = estate.approve(all[1], admit);
    let lets_in = |estate: &Estate, approval| {
        let heard = |id, who| Heard { record: estate.shelf.find(&id).unwrap(), key: estate.key(who) };
        provisional(&estate.state, heard(admit, Who::FOUNDER), &[heard(approval, all[1])]).is_some()
    };
    assert!(lets_in(&estate, approval));
    // The log turns out to have two histories: no block settles what is said in it after that.
    let mut forked = estate.clone();
    let (one, other) = fork(&mut forked, all[1]);
    prove(&mut forked, all[2], &one, &other);
    forked.block_of(&[all[2]]);
    assert!(!lets_in(&forked, approval));
}
