//! Rules 1, 4, 7, 8, 17, 23: what a block is, which tips it may settle, what must be held.

use std::collections::BTreeSet;

use linli_community::kinds;
use linli_community::register::statement::{RollChange, Statement};
use linli_community::register::{
    Basis, BlockFault, OwnerId, Role, Roll, State, Unit, UnitStatus, Verdict, apply,
};
use linli_community::testing::{Estate, HOUR_MS, Who};
use linli_record::{Block, BlockId, Draft, Kind};

fn fault(estate: &Estate, change: impl FnOnce(&mut Block)) -> BlockFault {
    let logs = BTreeSet::from([estate.log(Who::FOUNDER)]);
    let mut block = estate.compose(&logs, HOUR_MS);
    change(&mut block);
    apply(&estate.state, &block, block.id(), &estate.shelf).unwrap_err()
}

#[test]
fn rule_01_a_block_follows_one_head_in_one_community_at_a_later_time() {
    let mut estate = Estate::founded(1);
    estate.chat(Who::FOUNDER, "hello");
    let code = |change: fn(&mut Block)| fault(&estate, change).code();
    assert_eq!(code(|block| block.community = [9; 32].into()), "other-community");
    assert_eq!(code(|block| block.era = 1), "other-era");
    assert_eq!(code(|block| block.height = 7), "height");
    assert_eq!(code(|block| block.prev = Some(BlockId::from([9; 32]))), "other-history");
    assert_eq!(code(|block| block.time_ms = 5), "time");
    assert_eq!(code(|block| block.snapshot = Some([1; 32].into())), "snapshot");
    assert_eq!(code(|block| block.base = Some([1; 32].into())), "base");
    assert_eq!(code(|block| block.opened = vec![[1; 32].into()]), "tips");
}

#[test]
fn rule_01_a_log_gets_a_number_when_it_first_settles_and_keeps_it() {
    let mut estate = Estate::founded(2);
    let founder = estate.log(Who::FOUNDER);
    assert_eq!(estate.state.settled_tip(&founder).unwrap().0, 0);
    let second = estate.settle_in(2)[1];
    let log = estate.log(second);
    assert_eq!(estate.state.settled_tip(&log).map(|(number, seq, _)| (number, seq)), Some((1, 0)));
    estate.chat(second, "hello");
    estate.block();
    assert_eq!(estate.state.settled_tip(&log).map(|(number, seq, _)| (number, seq)), Some((1, 1)));
    assert_eq!(estate.state.log_by_number(1).unwrap().log, log);
}

#[test]
fn rule_01_a_tip_that_leaves_the_settled_branch_is_refused() {
    let mut estate = Estate::founded(3);
    let branch = estate.clone();
    estate.chat(Who::FOUNDER, "one history");
    estate.block();
    estate.chat(Who::FOUNDER, "and on");
    // Another copy of the home writes a second history from before the block.
    let mut other = branch;
    other.chat(Who::FOUNDER, "another history");
    other.chat(Who::FOUNDER, "and on");
    other.state = estate.state.clone();
    other.now_ms = estate.now_ms;
    let block = other.compose(&BTreeSet::from([estate.log(Who::FOUNDER)]), HOUR_MS);
    assert_eq!(other.adopt(&block).unwrap_err().code(), "other-branch");
}

#[test]
fn rule_01_every_thousandth_block_names_the_state_it_stands_on() {
    let mut estate = Estate::founded(4);
    while estate.state.head().unwrap().height < 999 {
        let block = estate.compose(&BTreeSet::new(), HOUR_MS);
        estate.adopt(&block).unwrap();
    }
    let before = estate.state.hash();
    let mut bare = estate.compose(&BTreeSet::new(), HOUR_MS);
    assert_eq!(bare.snapshot, Some(before));
    bare.snapshot = None;
    assert_eq!(estate.adopt(&bare).unwrap_err().code(), "snapshot");
    let due = estate.compose(&BTreeSet::new(), HOUR_MS);
    estate.adopt(&due).unwrap();
    // A newcomer that has the snapshot goes on from it alone.
    estate.chat(Who::FOUNDER, "after the snapshot");
    let bytes = estate.state.to_bytes();
    estate.block();
    let from_snapshot = State::from_bytes(&bytes).unwrap();
    let last = estate.blocks.last().unwrap();
    assert_eq!(apply(&from_snapshot, last, last.id(), &estate.shelf).unwrap().state, estate.state);
}

#[test]
fn rule_04_every_kind_of_the_table_has_a_row_that_says_who_may_say_it() {
    for row in kinds::TABLE {
        assert!(!row.sayers.names().is_empty(), "{}", row.name);
        assert_eq!(kinds::row(row.kind).unwrap().name, row.name);
    }
}

#[test]
fn rule_07_a_stranger_settles_nothing() {
    let mut estate = Estate::founded(5);
    let stranger = estate.newcomer("stranger");
    estate.chat(stranger, "let me in");
    let block = estate.compose(&BTreeSet::from([estate.log(stranger)]), HOUR_MS);
    assert_eq!(estate.adopt(&block).unwrap_err().code(), "not-enrolled");
}

#[test]
fn rule_07_a_cut_off_newcomer_settles_in_one_block_with_300_records() {
    let mut estate = Estate::founded(6);
    let newcomer = estate.newcomer("1-102");
    let admit = estate.admit(Who::FOUNDER, newcomer, Role::Owner, Some("1-102"), None);
    let said: Vec<_> = (0..300).map(|n| estate.chat(newcomer, &format!("message {n}"))).collect();
    let outcome = estate.block();
    assert_eq!(outcome.verdicts, vec![]);
    assert_eq!(estate.home(newcomer), admit);
    assert_eq!(estate.state.settled_tip(&estate.log(newcomer)).unwrap().2, *said.last().unwrap());
    assert_eq!(estate.from_scratch(), estate.state);
}

#[test]
fn rule_07_what_a_block_settles_with_the_revocation_stands_and_what_comes_later_never_settles() {
    let mut estate = Estate::founded(7);
    let all = estate.settle_in(4);
    let said = estate.chat(all[3], "before the news reached me");
    let admission = estate.home(all[3]);
    revoke(&mut estate, Who::FOUNDER, admission);
    estate.block();
    assert!(estate.verdict(&said).stands());
    estate.chat(all[3], "after");
    let block = estate.compose(&BTreeSet::from([estate.log(all[3])]), HOUR_MS);
    assert_eq!(estate.adopt(&block).unwrap_err().code(), "not-enrolled");
    let late = estate.shelf.newest(&estate.log(all[3])).unwrap().clone();
    let verdict =
        linli_community::register::judge_unsettled(&estate.state, late.header(), &estate.key(all[3]));
    assert_eq!(verdict.reason().unwrap().code(), "revoked");
}

pub(crate) fn revoke(
    estate: &mut Estate,
    by: Who,
    admission: linli_record::RecordId,
) -> linli_record::RecordId {
    let made = estate.state.made();
    let revoke =
        linli_community::register::statement::Revoke { made, admission, reason: None, suspect_from_ms: None };
    estate.state_it(by, &revoke)
}

#[test]
fn rule_07_a_kind_that_the_author_may_not_say_is_quarantined_with_its_reason_and_the_log_goes_on() {
    let mut estate = Estate::founded(8);
    let second = estate.settle_in(2)[1];
    let made = estate.state.made();
    let note = linli_community::register::statement::OutsideNote {
        made,
        what: "face gate".into(),
        run_by: "the firm".into(),
        place: None,
        motion_text: None,
        replaces: None,
    };
    let noted = estate.state_it(second, &note);
    let said = estate.chat(second, "and now something else");
    estate.block();
    assert_eq!(estate.reason(&noted), Some("no-office"));
    assert!(estate.verdict(&said).stands());
    assert!(estate.state.outside().is_empty());
}

#[test]
fn rule_07_unknown_kinds_are_kept_and_not_judged_by_this_version() {
    let mut estate = Estate::founded(9);
    let content = estate.say(Who::FOUNDER, Draft::new(Kind::new(60_000)), b"\x01");
    let power = estate.say(Who::FOUNDER, Estate::draft(63), b"\x01");
    let tally = estate.say(Who::FOUNDER, Estate::draft(64), b"\x01");
    estate.block();
    for id in [content, power, tally] {
        assert_eq!(estate.verdict(&id), Verdict::Waiting(linli_community::register::Reason::NotJudged));
    }
}

#[test]
fn rule_07_a_statement_of_power_that_is_sealed_expiring_or_no_evidence_is_quarantined() {
    let mut estate = Estate::founded(10);
    let newcomer = estate.newcomer("1-102");
    let claim = estate.claim(newcomer, Role::Owner, Some("1-102"), None);
    let admit = linli_community::register::statement::Admit {
        made: estate.state.made(),
        claim: estate.sign(newcomer, &claim),
        until_ms: None,
        scope: Vec::new(),
    };
    let unsigned = estate.say(Who::FOUNDER, Draft::new(kinds::ADMIT), &admit.body());
    let fading = estate.say(Who::FOUNDER, Draft::new(kinds::ADMIT).evidence().for_days(30), &admit.body());
    estate.block();
    assert_eq!(estate.reason(&unsigned), Some("not-plain"));
    assert_eq!(estate.reason(&fading), Some("not-plain"));
    assert!(estate.state.device_by_key(&estate.key(newcomer)).is_none());
}

#[test]
fn a_record_that_saw_the_block_that_settles_it_is_quarantined_as_seen_ahead() {
    let mut estate = Estate::founded(11);
    estate.chat(Who::FOUNDER, "fine");
    let draft = Draft::new(kinds::MESSAGE).seen(estate.state.seen() + 1);
    let ahead = estate.say(Who::FOUNDER, draft, b"from the future");
    estate.block();
    assert_eq!(estate.reason(&ahead), Some("seen-ahead"));
}

#[test]
fn rule_08_a_block_waits_for_headers_for_payloads_of_power_and_for_annexes_and_for_nothing_else() {
    let mut estate = Estate::founded(12);
    let second = estate.settle_in(2)[1];
    let talk = estate.chat(second, "a body that never arrives");
    let roll = Roll::new(vec![unit("1-101", 1), unit("1-102", 2)]).unwrap();
    let change = RollChange {
        made: estate.state.made(),
        fingerprint: roll.fingerprint(),
        roll: None,
        ends: Vec::new(),
        as_of_ms: 0,
        source: "land register".into(),
    };
    let statement = estate.state_with_annex(Who::FOUNDER, &change, roll.to_bytes());
    let logs = BTreeSet::from([estate.log(Who::FOUNDER), estate.log(second)]);
    let block = estate.compose(&logs, HOUR_MS);
    estate.shelf.lose_payload(&talk);

    let mut lacking = estate.clone();
    lacking.shelf.lose_annex(&linli_record::BlobHash::from(*blake3::hash(&roll.to_bytes()).as_bytes()));
    let fault = lacking.adopt(&block).unwrap_err();
    assert_eq!((fault.code(), fault.may_heal()), ("missing-annex", true));

    let mut lacking = estate.clone();
    lacking.shelf.lose_payload(&statement);
    let fault = lacking.adopt(&block).unwrap_err();
    assert_eq!((fault.code(), fault.log()), ("missing-payload", Some(&estate.log(Who::FOUNDER))));

    let mut lacking = estate.clone();
    let lost = lacking.shelf.lose_log(&estate.log(second));
    let fault = lacking.adopt(&block).unwrap_err();
    assert_eq!((fault.code(), fault.may_heal()), ("missing-record", true));
    lost.into_iter().for_each(|record| lacking.shelf.put(record));
    lacking.adopt(&block).unwrap();

    estate.adopt(&block).unwrap();
    assert_eq!(estate.state, lacking.state);
    assert_eq!(estate.state.roll(), Some(&roll));
}

pub(crate) fn unit(name: &str, owner: u8) -> Unit {
    Unit {
        name: name.into(),
        building: "1".into(),
        stair: String::new(),
        floor: 1,
        area: 8_000,
        basis: Basis::Register,
        owner: OwnerId::from([owner; 16]),
        status: UnitStatus::Owned,
        name_commitment: None,
    }
}

#[test]
fn rule_17_a_claim_or_approval_of_another_history_is_quarantined() {
    let mut estate = Estate::founded(13);
    estate.settle_in(3);
    let newcomer = estate.newcomer("1-104");
    let mut claim = estate.claim(newcomer, Role::Owner, Some("1-104"), None);
    claim.recent = Some((1, [7; 32].into()));
    let signed = estate.sign(newcomer, &claim);
    let other = estate.admit_claim(Who::FOUNDER, signed, None);
    claim.recent = None;
    let signed = estate.sign(newcomer, &claim);
    let none = estate.admit_claim(Who::FOUNDER, signed, None);
    estate.block();
    assert_eq!(estate.reason(&other), Some("other-history"));
    assert_eq!(estate.reason(&none), Some("other-history"));
    let approve = linli_community::register::statement::Approve { proposal: other, recent: None };
    let approved = estate.state_it(Who::FOUNDER, &approve);
    estate.block();
    assert_eq!(estate.reason(&approved), Some("other-history"));
}

#[test]
fn rule_23_a_block_under_unknown_rules_moves_no_power_here() {
    let mut estate = Estate::founded(14);
    estate.chat(Who::FOUNDER, "hello");
    let fault = fault(&estate, |block| block.rules = 2);
    assert_eq!(fault, BlockFault::Rules { held: 1, found: 2 });
    assert_eq!(fault.code(), "rules-unknown");
}

#[test]
fn rule_08_nobody_makes_a_block_wait_for_an_annex_that_nothing_reads() {
    let mut estate = Estate::founded(18);
    let second = estate.settle_in(2)[1];
    let objection = linli_community::register::statement::Objection { about: None, text: "no".into() };
    let annex = b"bytes nobody has".to_vec();
    let hash = linli_record::BlobHash::from(*blake3::hash(&annex).as_bytes());
    let said = estate.state_with_annex(second, &objection, annex);
    estate.shelf.lose_annex(&hash);
    estate.block();
    assert_eq!(estate.reason(&said), Some("malformed"));
}
