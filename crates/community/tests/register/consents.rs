//! The consent register: a source the owners did not agree to can't publish.

use linli_community::kinds;
use linli_community::register::statement::{ConsentGrant, ConsentWithdraw, OutsideNote};
use linli_community::register::{ConsentTerms, Role, Subject};
use linli_community::testing::{DAY_MS, Estate, Who};
use linli_record::{Draft, RecordId};

use crate::people::body;

fn consent(estate: &mut Estate, gateway: Who, until_ms: Option<u64>) -> RecordId {
    let terms = ConsentTerms {
        subject: Subject::Source,
        holder: Some(estate.home(gateway)),
        source: "lift-2/vibration".into(),
        purpose: "know when the lift stands still".into(),
        viewers: vec!["owners".into()],
        retention_days: 30,
        until_ms,
        motion: None,
        motion_text: "resolution 2026-3, point 4".into(),
        place: Some("lift 2".into()),
        mask: None,
    };
    let made = estate.state.made();
    let id = estate.state_it(Who::FOUNDER, &ConsentGrant { made, terms });
    estate.block();
    id
}

fn sighting(estate: &mut Estate, gateway: Who, consent: Option<RecordId>, days: u16) -> RecordId {
    let mut draft = Draft::new(kinds::SIGHTING).for_days(days);
    draft.consent = consent;
    estate.say(gateway, draft, b"\xa0")
}

#[test]
fn a_sighting_stands_on_a_standing_consent_for_this_gateway_and_no_longer_than_it_allows() {
    let mut estate = Estate::founded(80);
    let gateway = body(&mut estate, "gateway", Role::Gateway);
    let other = body(&mut estate, "other gateway", Role::Gateway);
    let agreed = consent(&mut estate, gateway, None);
    let fine = sighting(&mut estate, gateway, Some(agreed), 30);
    let none = sighting(&mut estate, gateway, None, 30);
    let unknown = sighting(&mut estate, gateway, Some(RecordId::from([9; 32])), 30);
    let foreign = sighting(&mut estate, other, Some(agreed), 30);
    let long = sighting(&mut estate, gateway, Some(agreed), 31);
    let forever = sighting(&mut estate, gateway, Some(agreed), 0);
    let by_owner = sighting(&mut estate, Who::FOUNDER, Some(agreed), 30);
    estate.block();
    assert!(estate.verdict(&fine).stands());
    for id in [none, unknown, foreign] {
        assert_eq!(estate.reason(&id), Some("no-consent"));
    }
    assert_eq!(estate.reason(&long), Some("kept-too-long"));
    assert_eq!(estate.reason(&forever), Some("kept-too-long"));
    assert_eq!(estate.reason(&by_owner), Some("no-office"));
}

#[test]
fn a_withdrawn_consent_stops_what_comes_after_and_leaves_what_was_settled() {
    let mut estate = Estate::founded(81);
    let gateway = body(&mut estate, "gateway", Role::Gateway);
    let agreed = consent(&mut estate, gateway, None);
    let made = estate.state.made();
    estate.state_it(Who::FOUNDER, &ConsentWithdraw { made, consent: agreed, reason: None });
    let with_it = sighting(&mut estate, gateway, Some(agreed), 30);
    estate.block();
    let after = sighting(&mut estate, gateway, Some(agreed), 30);
    let record = estate.shelf.find(&after).unwrap();
    let verdict =
        linli_community::register::judge_unsettled(&estate.state, record.header(), &estate.key(gateway));
    assert_eq!(verdict.reason().unwrap().code(), "no-consent", "stopped before it settles");
    estate.block();
    assert!(estate.verdict(&with_it).stands());
    assert_eq!(estate.reason(&after), Some("no-consent"));
}

#[test]
fn a_consent_ends_at_its_end() {
    let mut estate = Estate::founded(82);
    let gateway = body(&mut estate, "gateway", Role::Gateway);
    let until = estate.now_ms + 3 * DAY_MS;
    let agreed = consent(&mut estate, gateway, Some(until));
    estate.block_after(3 * DAY_MS);
    let after = sighting(&mut estate, gateway, Some(agreed), 30);
    estate.block();
    assert_eq!(estate.reason(&after), Some("no-consent"));
}

#[test]
fn what_is_not_bridged_is_written_down_by_one_office() {
    let mut estate = Estate::founded(83);
    let clerk = body(&mut estate, "clerk", Role::Clerk);
    let note = OutsideNote {
        made: estate.state.made(),
        what: "face gate at the east door".into(),
        run_by: "the firm".into(),
        place: Some("east door".into()),
        motion_text: None,
        replaces: None,
    };
    let noted = estate.state_it(clerk, &note);
    estate.block();
    assert_eq!(estate.state.outside()[0].id, noted);
}
