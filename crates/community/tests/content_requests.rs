//! Requests and talk, as neighbours meet them.
#![allow(clippy::unwrap_used, reason = "a test that can not go on fails")]

mod content_street;

use content_street::{Street, any_order};
use linli_community::content::Payload;
use linli_community::content::request::{self, Place, Request, RequestStep, Status, Step};
use linli_community::content::talk::{self, Message, Thread};
use linli_community::content::withdraw::{Why, Withdraw};
use linli_community::register::Role;
use linli_record::{RecordId, Retention};
use proptest::prelude::*;

fn broken_lift() -> Request {
    Request {
        title: "Lift 2 stands still".to_owned(),
        text: String::new(),
        category: "lift".to_owned(),
        place: Place { building: Some("1".to_owned()), ..Place::default() },
        urgent: true,
        captions: Vec::new(),
    }
}

fn step(step: Step) -> RequestStep {
    let satisfied = (step == Step::Judged).then_some(true);
    RequestStep { step, text: "a word".to_owned(), satisfied, captions: Vec::new() }
}

/// Opened by 0, with a firm's device 2.
fn opened() -> (Street, RecordId) {
    let mut street = Street::of(2);
    street.device(RecordId::from([0xf1; 32]), "", Role::Firm);
    let id = street.say(0, Request::begin(), &broken_lift());
    (street, id)
}

fn fold(street: &Street) -> request::RequestView {
    request::fold(&street.entries(), &street.context()).unwrap()
}

#[test]
fn a_request_is_taken_done_judged_and_reopened() {
    let (mut street, id) = opened();
    let mut last = id;
    for (by, what, status) in [
        (2, Step::Taken, Status::Taken),
        (2, Step::Done, Status::Done),
        (0, Step::Judged, Status::Judged),
        (0, Step::Reopened, Status::Open),
        (1, Step::Taken, Status::Taken),
    ] {
        last = street.say(by, RequestStep::on(id, &[last]), &step(what));
        assert_eq!(fold(&street).status, status);
    }
    let view = fold(&street);
    assert_eq!((view.reopened, view.timeline.len(), view.asides.len()), (1, 5, 0));
    assert_eq!(view.taken_by.unwrap().household, Some(street.household(1)));
}

#[test]
fn a_whole_life_settled_by_one_block_reads_in_the_order_it_was_lived() {
    // Whichever log has the smaller id: the steps refer to one another.
    for swap in [0, 1] {
        let (mut street, _) = opened();
        street.said.clear();
        let (opener, taker) = if swap == 0 { (0, 2) } else { (2, 0) };
        let id = street.say(opener, Request::begin(), &broken_lift());
        let taken = street.say(taker, RequestStep::on(id, &[id]), &step(Step::Taken));
        let done = street.say(taker, RequestStep::on(id, &[taken]), &step(Step::Done));
        street.say(opener, RequestStep::on(id, &[done]), &step(Step::Judged));
        street.settle(5);
        assert_eq!(fold(&street).status, Status::Judged);
        assert!(fold(&street).asides.is_empty());
    }
}

#[test]
fn a_judgement_settled_before_the_work_it_judges_still_counts() {
    let (mut street, id) = opened();
    let taken = street.say(2, RequestStep::on(id, &[id]), &step(Step::Taken));
    let done = street.say(2, RequestStep::on(id, &[taken]), &step(Step::Done));
    street.say(0, RequestStep::on(id, &[done]), &step(Step::Judged));
    // The proposer held the opener's log, not yet the firm's.
    for said in &mut street.said {
        said.standing.height = Some(if said.by == 0 { 5 } else { 6 });
    }
    assert_eq!(fold(&street).status, Status::Judged);
}

#[test]
fn each_step_is_its_own_persons() {
    let (mut street, id) = opened();
    let wrong = [
        (0, Step::Judged, "not-done"),
        (1, Step::Reopened, "not-the-opener"),
        (1, Step::Done, "not-taken"),
        (0, Step::Reopened, "open-already"),
    ];
    for (by, what, reason) in wrong {
        street.say(by, RequestStep::on(id, &[id]), &step(what));
        assert!(fold(&street).asides.iter().any(|aside| aside.reason == reason), "{reason}");
    }
    street.settle(1);
    let taken = street.say(2, RequestStep::on(id, &[id]), &step(Step::Taken));
    for (by, what, reason) in [
        (1, Step::Taken, "taken-already"),
        (1, Step::Done, "not-the-taker"),
        (1, Step::GivenBack, "not-the-taker"),
        (1, Step::Judged, "not-the-opener"),
    ] {
        street.say(by, RequestStep::on(id, &[taken]), &step(what));
        assert!(fold(&street).asides.iter().any(|aside| aside.reason == reason), "{reason}");
    }
    assert_eq!(fold(&street).status, Status::Taken);
    assert_eq!(fold(&street).timeline.len(), 1);
}

#[test]
fn a_comment_taken_back_leaves_a_mark_in_the_timeline() {
    let (mut street, id) = opened();
    let said = street.say(1, RequestStep::on(id, &[id]), &step(Step::Comment));
    let gone = Withdraw { target: said, blob: None, reason: String::new() };
    street.say(1, Withdraw::on(id, &[said]), &gone);
    let held = fold(&street);
    street.drop_payload(said);
    assert_eq!(fold(&street), held);
    assert_eq!(held.timeline[0].mark.as_ref().unwrap().why, Why::Withdrawn);
    assert!(held.timeline[0].text.is_empty());
}

#[test]
fn talk_is_kept_two_years_and_answers_stay_with_what_they_answer() {
    assert_eq!(Message::begin().retention, Retention::Days(730));
    let mut street = Street::of(3);
    let thread = Thread { title: "Cherry trees".to_owned(), about: None };
    let id = street.say(0, Thread::begin(), &thread);
    let first = street.say(1, Message::on(id, &[id]), &Message::text("They bloom!"));
    let better = Message { replaces: Some(first), ..Message::text("They bloom, all of them!") };
    let second = street.say(1, Message::on(id, &[first]), &better);
    let reply = Message { reply_to: Some(second), ..Message::text("Where?") };
    street.say(2, Message::on(id, &[second]), &reply);
    let forged = Message { replaces: Some(first), ..Message::text("I sell honey") };
    street.say(2, Message::on(id, &[first]), &forged);
    let view = talk::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!(view.messages.len(), 2);
    assert_eq!(view.messages[0].text, "They bloom, all of them!");
    assert_eq!(view.messages[0].earlier[0].text, "They bloom!");
    assert_eq!(view.messages[1].reply_to, Some(first));
    assert_eq!(view.asides[0].reason, "not-the-author");
}

#[test]
fn a_message_taken_back_takes_its_later_versions_with_it() {
    let mut street = Street::of(1);
    let thread = Thread { title: "Talk".to_owned(), about: None };
    let id = street.say(0, Thread::begin(), &thread);
    let first = street.say(0, Message::on(id, &[id]), &Message::text("a"));
    let better = Message { replaces: Some(first), ..Message::text("b") };
    street.say(0, Message::on(id, &[first]), &better);
    let gone = Withdraw { target: first, blob: None, reason: String::new() };
    street.say(0, Withdraw::on(id, &[first]), &gone);
    let view = talk::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!(view.messages.len(), 1);
    assert!(view.messages[0].text.is_empty() && view.messages[0].earlier.is_empty());
    assert_eq!(view.messages[0].mark.as_ref().unwrap().why, Why::Withdrawn);
}

#[test]
fn a_message_whose_bytes_expired_leaves_its_place() {
    let mut street = Street::of(1);
    let thread = Thread { title: "Talk".to_owned(), about: None };
    let id = street.say(0, Thread::begin(), &thread);
    let first = street.say(0, Message::on(id, &[id]), &Message::text("a"));
    street.drop_payload(first);
    let view = talk::fold(&street.entries(), &street.context()).unwrap();
    assert_eq!(view.messages[0].mark.as_ref().unwrap().why, Why::NotHeld);
}

proptest! {
    #[test]
    fn any_order_of_arrival_tells_the_same_life(
        steps in proptest::collection::vec((0usize..3, 0u8..6, any::<bool>(), any::<bool>()), 1..12),
        order in any_order(),
    ) {
        let (mut street, id) = opened();
        let mut last = id;
        for (by, what, follows, settles) in steps {
            let what = [Step::Taken, Step::Done, Step::Judged, Step::Reopened, Step::Comment, Step::GivenBack]
                [usize::from(what)];
            let seen = if follows { last } else { id };
            last = street.say(by, RequestStep::on(id, &[seen]), &step(what));
            if settles {
                street.settle(street.said.len() as u64 / 4);
            }
        }
        let view = request::fold(&street.entries(), &street.context());
        prop_assert_eq!(&request::fold(&street.arriving(&order), &street.context()), &view);
        let json = serde_json::to_string(&view).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Option<request::RequestView>>(&json).unwrap(), &view);
    }
}
