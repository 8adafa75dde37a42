//! Notices and roll-calls, as neighbours meet them.
#![allow(clippy::unwrap_used, reason = "a test that can not go on fails")]

mod content_street;

use content_street::{Street, any_order, blob};
use linli_community::content::notice::{self, Acknowledge, Notice};
use linli_community::content::roll_call::{
    self, Answer, AnswerGiven, AnswerKind, How, RollCall, RollCallClose, Told,
};
use linli_community::content::withdraw::{Why, Withdraw};
use linli_community::content::{Payload, Scope};
use linli_community::register::{Reason, Role};
use linli_record::RecordId;
use proptest::prelude::*;

fn water_cut() -> Notice {
    Notice {
        title: "No water on Tuesday".to_owned(),
        text: "From nine to noon.".to_owned(),
        scope: Scope::Estate,
        expires_ms: Some(5_000),
        must_read: true,
        replaces: None,
        captions: Vec::new(),
    }
}

fn here() -> AnswerGiven {
    AnswerGiven { answer: Answer::Here, note: String::new() }
}

fn everyone_here() -> RollCall {
    RollCall {
        question: "Is everyone all right after the storm?".to_owned(),
        text: String::new(),
        answers: AnswerKind::Here,
        options: Vec::new(),
        scope: Scope::Estate,
        until_ms: None,
    }
}

fn told(unit: &str, witness: RecordId) -> Told {
    Told {
        unit: unit.to_owned(),
        answer: Answer::Here,
        how: How::Phone,
        witness: "a neighbour".to_owned(),
        witness_household: Some(witness),
        note: String::new(),
    }
}

#[test]
fn an_acknowledgement_names_the_version_that_was_read() {
    let mut street = Street::of(3);
    let first = street.say(0, Notice::begin(), &water_cut());
    street.say(1, Acknowledge::on(first, &[first]), &Acknowledge { version: first });
    let later = Notice { title: "No water on Wednesday".to_owned(), replaces: Some(first), ..water_cut() };
    let second = street.say(0, Notice::on(first, &[first]), &later);
    street.say(2, Acknowledge::on(first, &[second]), &Acknowledge { version: second });
    let view = notice::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!(view.current.as_ref().unwrap().title, "No water on Wednesday");
    assert_eq!(view.history.len(), 2);
    let current: Vec<bool> = view.acknowledged.iter().map(|seen| seen.current).collect();
    assert_eq!(current.iter().filter(|is| **is).count(), 1);
    let coverage = view.coverage(&street.context());
    assert_eq!((coverage.units, coverage.reached), (3, 1));
    assert_eq!(coverage.buildings[0].stairs[0].missing.len(), 2);
    assert!(view.expired(5_000) && !view.expired(4_999));
}

#[test]
fn two_versions_written_apart_are_both_kept_and_one_is_shown() {
    let mut street = Street::of(2);
    let other_device = street.device(street.household(0), "1-101", Role::Owner);
    let first = street.say(0, Notice::begin(), &water_cut());
    for (by, title) in [(0, "On Wednesday"), (other_device, "On Thursday")] {
        let version = Notice { title: title.to_owned(), replaces: Some(first), ..water_cut() };
        street.say(by, Notice::on(first, &[first]), &version);
    }
    let view = notice::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!(view.conflicts.len(), 1);
    assert!(view.current.unwrap().title.starts_with("On "));
}

#[test]
fn nobody_edits_another_households_notice() {
    let mut street = Street::of(2);
    let first = street.say(0, Notice::begin(), &water_cut());
    let forged = Notice { title: "Pay here".to_owned(), replaces: Some(first), ..water_cut() };
    street.say(1, Notice::on(first, &[first]), &forged);
    let view = notice::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!(view.current.unwrap().title, "No water on Tuesday");
    assert_eq!(view.asides[0].reason, "not-the-publisher");
}

#[test]
fn a_withdrawn_notice_is_a_mark_whether_or_not_its_bytes_are_held() {
    let mut street = Street::of(2);
    let first = street.say(0, Notice::begin(), &water_cut());
    let gone = Withdraw { target: first, blob: None, reason: "wrong street".to_owned() };
    street.say(0, Withdraw::on(first, &[first]), &gone);
    let held = notice::fold(&street.entries(), &street.context()).unwrap();
    street.drop_payload(first);
    let dropped = notice::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!(held, dropped);
    assert_eq!(held.mark.as_ref().unwrap().why, Why::Withdrawn);
    assert!(held.current.is_none() && held.history.is_empty());
}

#[test]
fn only_the_author_takes_a_notice_back() {
    let mut street = Street::of(2);
    let first = street.say(0, Notice::begin(), &water_cut());
    let gone = Withdraw { target: first, blob: None, reason: String::new() };
    street.say(1, Withdraw::on(first, &[first]), &gone);
    let view = notice::fold(&street.entries(), &street.context()).unwrap();
    assert!(view.mark.is_none());
    assert_eq!(view.asides[0].reason, "not-the-author");
}

#[test]
fn one_picture_can_be_taken_back_alone() {
    let mut street = Street::of(1);
    let mut draft = Notice::begin();
    draft.blobs = vec![blob(1), blob(2)];
    let captions = vec!["the pipe".to_owned(), "a face".to_owned()];
    let first = street.say(0, draft, &Notice { captions, ..water_cut() });
    let gone = Withdraw { target: first, blob: Some([2; 32].into()), reason: String::new() };
    street.say(0, Withdraw::on(first, &[first]), &gone);
    let pictures = notice::fold(&street.entries(), &street.context()).unwrap().current.unwrap().pictures;
    assert!(pictures[0].mark.is_none());
    assert_eq!(pictures[1].mark.as_ref().unwrap().why, Why::Withdrawn);
}

#[test]
fn a_quarantined_version_is_shown_and_changes_nothing() {
    let mut street = Street::of(1);
    let first = street.say(0, Notice::begin(), &water_cut());
    let later = Notice { title: "On Wednesday".to_owned(), replaces: Some(first), ..water_cut() };
    let second = street.say(0, Notice::on(first, &[first]), &later);
    street.quarantine(second, Reason::Revoked);
    let view = notice::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!(view.current.unwrap().title, "No water on Tuesday");
    assert_eq!(view.asides[0].reason, "revoked");
}

#[test]
fn a_roll_call_names_who_is_still_missing_with_phone_and_paper_on_equal_terms() {
    let mut street = Street::of(4);
    street.empty_flat("2-301", "2", "1");
    street.empty_flat("2-302", "2", "1");
    let call = street.say(0, RollCall::begin(), &everyone_here());
    street.say(1, AnswerGiven::on(call, &[call]), &here());
    let heard = told("2-301", street.household(1));
    street.say(0, Told::on(call, &[call]), &heard);
    let view = roll_call::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!((view.coverage.units, view.coverage.reached), (6, 2));
    assert_eq!(view.answered.len(), 2);
    assert_eq!(view.counts[0].times, 2);
    let missing: Vec<&str> = view
        .coverage
        .buildings
        .iter()
        .flat_map(|building| &building.stairs)
        .flat_map(|stair| &stair.missing)
        .map(|unit| unit.unit.as_str())
        .collect();
    assert_eq!(missing, ["1-101", "1-103", "1-104", "2-302"]);
}

#[test]
fn a_neighbour_answers_again_and_the_last_word_counts() {
    let mut street = Street::of(2);
    let question = RollCall { answers: AnswerKind::YesNo, ..everyone_here() };
    let call = street.say(0, RollCall::begin(), &question);
    for yes in [true, false] {
        let answer = AnswerGiven { answer: Answer::YesNo(yes), note: String::new() };
        street.say(1, AnswerGiven::on(call, &[call]), &answer);
    }
    let view = roll_call::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!(view.answered.len(), 1);
    assert_eq!(view.answered[0].answer, Answer::YesNo(false));
    assert_eq!(view.asides[0].reason, "answered-again");
}

#[test]
fn whoever_answers_in_person_overtakes_what_a_clerk_was_told() {
    let mut street = Street::of(3);
    let call = street.say(0, RollCall::begin(), &everyone_here());
    street.say(1, AnswerGiven::on(call, &[call]), &here());
    let heard = told("1-102", street.household(2));
    street.say(0, Told::on(call, &[call]), &heard);
    let view = roll_call::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!(view.answered.len(), 1);
    assert!(view.answered[0].told.is_none());
    assert_eq!(view.asides[0].reason, "answered-itself");
}

#[test]
fn what_a_clerk_was_told_needs_a_witness_of_a_third_household() {
    let mut street = Street::of(3);
    street.devices[1].author.office = true;
    let (own, third) = (street.household(1), street.household(0));
    let firm = RecordId::from([0xf1; 32]);
    let call = street.say(0, RollCall::begin(), &everyone_here());
    let mut hear = |by: usize, told: Told| street.say(by, Told::on(call, &[call]), &told);
    hear(1, told("1-103", own));
    hear(1, told("1-101", third));
    hear(1, told("1-103", firm));
    hear(1, Told { witness_household: None, ..told("1-103", third) });
    hear(2, told("1-103", third));
    hear(1, told("9-999", third));
    let view = roll_call::fold(&street.entries(), &street.context()).unwrap();
    assert!(view.answered.is_empty() && view.coverage.reached == 0);
    let mut reasons: Vec<&str> = view.asides.iter().map(|aside| aside.reason.as_str()).collect();
    reasons.sort_unstable();
    let expected = ["no-witness", "no-witness", "not-a-clerk", "own-witness", "own-witness", "unknown-unit"];
    assert_eq!(reasons, expected);
    street.say(1, Told::on(call, &[call]), &told("1-103", third));
    let view = roll_call::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!((view.answered.len(), view.coverage.reached), (1, 1));
}

#[test]
fn a_roll_call_of_two_units_counts_only_what_these_two_say() {
    let mut street = Street::of(4);
    let clerk = street.device(RecordId::from([0xc1; 32]), "", Role::Clerk);
    street.devices[clerk].author.units.clear();
    street.devices[clerk].author.office = true;
    let scope = Scope::Units(vec!["1-101".to_owned(), "1-102".to_owned()]);
    let question = RollCall { answers: AnswerKind::YesNo, scope, ..everyone_here() };
    let call = street.say(3, RollCall::begin(), &question);
    let yes = AnswerGiven { answer: Answer::YesNo(true), note: String::new() };
    let no = AnswerGiven { answer: Answer::YesNo(false), note: String::new() };
    for (by, answer) in [(0, &yes), (1, &yes), (2, &no), (clerk, &no)] {
        street.say(by, AnswerGiven::on(call, &[call]), answer);
    }
    let witness = street.household(1);
    let outside = Told { answer: Answer::YesNo(false), ..told("1-104", witness) };
    street.say(clerk, Told::on(call, &[call]), &outside);
    let view = roll_call::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!((view.coverage.units, view.coverage.reached), (2, 2));
    let counts: Vec<(&Answer, u32)> = view.counts.iter().map(|count| (&count.answer, count.times)).collect();
    assert_eq!(counts, [(&Answer::YesNo(true), 2)]);
    let reasons: Vec<&str> = view.asides.iter().map(|aside| aside.reason.as_str()).collect();
    assert_eq!(reasons, ["outside", "outside", "outside"]);
}

#[test]
fn a_notice_is_read_by_those_it_is_meant_for() {
    let mut street = Street::of(3);
    let firm = street.device(RecordId::from([0xf1; 32]), "", Role::Firm);
    street.devices[firm].author.units.clear();
    let one_flat = Notice { scope: Scope::Units(vec!["1-102".to_owned()]), ..water_cut() };
    let first = street.say(0, Notice::begin(), &one_flat);
    for by in [1, 2, firm] {
        street.say(by, Acknowledge::on(first, &[first]), &Acknowledge { version: first });
    }
    let view = notice::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!(view.acknowledged.len(), 1);
    assert_eq!(view.acknowledged[0].said.by.units, ["1-102"]);
    assert!(view.asides.iter().all(|aside| aside.reason == "outside") && view.asides.len() == 2);

    let mut street = Street::of(1);
    let firm = street.device(RecordId::from([0xf1; 32]), "", Role::Firm);
    street.devices[firm].author.units.clear();
    let first = street.say(0, Notice::begin(), &Notice { scope: Scope::Everyone, ..water_cut() });
    street.say(firm, Acknowledge::on(first, &[first]), &Acknowledge { version: first });
    let view = notice::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!(view.acknowledged.len(), 1, "everyone means the firm too");
}

#[test]
fn words_without_authority_are_set_aside_and_a_newcomers_are_not() {
    let mut street = Street::of(1);
    let first = street.say(0, Notice::begin(), &water_cut());
    let opened = |street: &Street| notice::fold(&street.entries(), &street.context()).unwrap().opened;
    assert!(!opened(&street).set_aside());
    street.quarantine(first, Reason::NoOffice);
    assert!(opened(&street).set_aside());
    street.quarantine(first, Reason::NotEnrolled);
    assert!(!opened(&street).set_aside(), "its admission may be on the way");
    street.settle(3);
    assert!(opened(&street).set_aside());
}

#[test]
fn an_answer_in_the_closing_block_counts_and_a_later_one_is_late() {
    let mut street = Street::of(4);
    let call = street.say(0, RollCall::begin(), &everyone_here());
    street.say(1, AnswerGiven::on(call, &[call]), &here());
    let close = street.say(0, RollCallClose::on(call, &[call]), &RollCallClose { note: String::new() });
    let seen_close = street.say(2, AnswerGiven::on(call, &[close]), &here());
    street.settle(7);
    let after = street.say(3, AnswerGiven::on(call, &[call]), &here());
    let view = roll_call::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!(view.answered.len(), 1);
    assert_eq!(view.closed.unwrap().id, close);
    let late: Vec<RecordId> =
        view.asides.iter().filter(|aside| aside.reason == "late").map(|aside| aside.id).collect();
    assert!(late.contains(&seen_close) && late.contains(&after) && late.len() == 2);
}

#[test]
fn only_whoever_opened_a_roll_call_closes_it() {
    let mut street = Street::of(2);
    let call = street.say(0, RollCall::begin(), &everyone_here());
    street.say(1, RollCallClose::on(call, &[call]), &RollCallClose { note: String::new() });
    let view = roll_call::fold(&street.entries(), &street.context()).unwrap();
    assert!(view.closed.is_none());
    assert_eq!(view.asides[0].reason, "not-the-opener");
}

#[test]
fn an_answer_that_does_not_fit_the_question_is_set_aside() {
    let mut street = Street::of(2);
    let options = vec!["red".to_owned(), "blue".to_owned()];
    let question = RollCall { answers: AnswerKind::Choice, options, ..everyone_here() };
    let call = street.say(0, RollCall::begin(), &question);
    let third = AnswerGiven { answer: Answer::Choice(2), note: String::new() };
    street.say(1, AnswerGiven::on(call, &[call]), &third);
    let view = roll_call::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!(view.asides[0].reason, "wrong-answer");
}

/// A busy notice and a busy roll-call, for any order of arrival.
fn busy(settled: bool) -> (Street, Street) {
    let mut notices = Street::of(4);
    let first = notices.say(0, Notice::begin(), &water_cut());
    notices.say(1, Acknowledge::on(first, &[first]), &Acknowledge { version: first });
    let later = Notice { title: "On Wednesday".to_owned(), replaces: Some(first), ..water_cut() };
    let second = notices.say(0, Notice::on(first, &[first]), &later);
    if settled {
        notices.settle(3);
    }
    notices.say(2, Acknowledge::on(first, &[second]), &Acknowledge { version: second });
    notices.say(3, Acknowledge::on(first, &[first]), &Acknowledge { version: first });
    let mut calls = Street::of(4);
    let call = calls.say(0, RollCall::begin(), &everyone_here());
    calls.say(1, AnswerGiven::on(call, &[call]), &here());
    let heard = told("1-104", calls.household(2));
    calls.say(0, Told::on(call, &[call]), &heard);
    if settled {
        calls.settle(3);
    }
    calls.say(1, AnswerGiven::on(call, &[call]), &here());
    calls.say(0, RollCallClose::on(call, &[call]), &RollCallClose { note: String::new() });
    calls.say(3, AnswerGiven::on(call, &[call]), &here());
    (notices, calls)
}

proptest! {
    #[test]
    fn any_order_of_arrival_shows_the_same(settled: bool, order in any_order()) {
        let (notices, calls) = busy(settled);
        let fold = notice::fold(&notices.entries(), &notices.context());
        prop_assert_eq!(&notice::fold(&notices.arriving(&order), &notices.context()), &fold);
        let counted = roll_call::fold(&calls.entries(), &calls.context());
        prop_assert_eq!(&roll_call::fold(&calls.arriving(&order), &calls.context()), &counted);
        let json = serde_json::to_string(&fold).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Option<notice::NoticeView>>(&json).unwrap(), &fold);
    }
}
