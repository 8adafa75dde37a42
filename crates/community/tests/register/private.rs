//! Rule 24: private logs are judged by the block that settles the root over them, and by nothing later.

use linli_community::charter::Registrars;
use linli_community::kinds;
use linli_community::register::private::{RootDue, root_due};
use linli_community::register::statement::RegistrarsChange;
use linli_community::register::{Reason, State, Verdict, judge_covered, judge_unsettled};
use linli_community::testing::{DAY_MS, Estate, Who};
use linli_record::{AudienceId, DeviceKey, Draft, Incarnation, Kind, LogOpen, LogWriter, Record, SecretKey};

use crate::blocks::revoke;
use crate::offices::{seat, three_registrars};

/// A message in a private log of that key.
fn private_message(estate: &Estate, key: &SecretKey) -> Record {
    private_record(estate, key, kinds::MESSAGE)
}

fn private_record(estate: &Estate, key: &SecretKey, kind: Kind) -> Record {
    let open = LogOpen::member(key, Incarnation::from([5; 16]), Some(AudienceId::from([6; 16])), "test");
    let mut log = LogWriter::begin(estate.community, key.clone(), &open, [0; 16], 0, 1).unwrap();
    log.append(Draft::new(kind), b"\xa0", [1; 16], 2).unwrap()
}

#[test]
fn rule_24_a_private_record_stands_if_its_author_was_enrolled_when_its_root_settled() {
    let mut estate = Estate::founded(240);
    let all = estate.settle_in(3);
    let who = all[2];
    let (key, device) = (estate.person(who).key.clone(), estate.key(who));
    let message = private_message(&estate, &key);
    let since = estate.state.device_by_key(&device).unwrap().since;
    let admitted = estate.state.device_by_key(&device).unwrap().admitted;
    estate.block_after(DAY_MS);
    let covered = estate.state.head().unwrap().height;
    let judged = |estate: &Estate, height| judge_covered(&estate.state, &message, &device, height);
    assert!(judged(&estate, covered).stands());
    assert_eq!(judged(&estate, since - 1), Verdict::Quarantined(Reason::NotEnrolled));
    assert!(judged(&estate, since).stands(), "the state after its block permits it");

    revoke(&mut estate, all[1], admitted);
    let by_founder = linli_community::testing::Who::FOUNDER;
    let revocation = revoke(&mut estate, by_founder, admitted);
    estate.block_after(DAY_MS);
    assert!(estate.verdict(&revocation).stands());
    let ended = estate.state.device_by_key(&device).unwrap().ended.unwrap().height;
    assert_eq!(
        judge_unsettled(&estate.state, &message, &device),
        Verdict::Quarantined(Reason::Revoked),
        "the newest state alone would take back what was said"
    );
    assert!(judged(&estate, covered).stands());
    assert!(judged(&estate, ended).stands(), "the state before that block permitted it");
    assert_eq!(judged(&estate, ended + 1), Verdict::Quarantined(Reason::Revoked));
}

#[test]
fn rule_24_what_a_registrar_said_in_office_stands_when_others_hold_it() {
    let mut estate = Estate::founded(242);
    let all = three_registrars(&mut estate, 2);
    let (leaves, comes) = (all[2], all[3]);
    estate.block_after(DAY_MS);
    let in_office = estate.state.head().unwrap().height;
    let mapping = |estate: &Estate, who| {
        let key = estate.person(who).key.clone();
        (private_record(estate, &key, kinds::ROLL_MAPPING), key.public())
    };
    let (old, old_key) = mapping(&estate, leaves);
    let (new, new_key) = mapping(&estate, comes);

    let seats = [all[0], all[1], comes].iter().map(|who| seat(&estate, *who)).collect();
    let made = estate.state.made();
    let registrars = Registrars { seats, k: 2, by_kind: Vec::new() };
    let change = estate.state_it(Who::FOUNDER, &RegistrarsChange { made, registrars, result: None });
    estate.approve(all[1], change);
    estate.block_after(DAY_MS);
    let changed = estate.state.head().unwrap().height;
    assert!(
        estate.state.registrar_seat(&new_key).is_some() && estate.state.registrar_seat(&old_key).is_none()
    );

    let no_office = Verdict::Quarantined(Reason::NoOffice);
    let judged = |record: &Record, key, height| judge_covered(&estate.state, record, key, height);
    assert_eq!(judge_unsettled(&estate.state, &old, &old_key), no_office);
    assert!(judged(&old, &old_key, in_office).stands());
    assert!(judged(&old, &old_key, changed).stands(), "the state before that block permitted it");
    assert_eq!(judged(&old, &old_key, changed + 1), no_office);
    assert_eq!(judged(&new, &new_key, in_office), no_office, "nobody is in office before their time");
    assert!(judged(&new, &new_key, changed).stands());
    assert!(
        estate.state.is_registrar(&old_key, Some(in_office)) && !estate.state.is_registrar(&old_key, None)
    );

    let read = State::from_bytes(&estate.state.to_bytes()).unwrap();
    assert_eq!(read, estate.state, "a newcomer's snapshot remembers it too");
}

#[test]
fn rule_24_an_unknown_author_stays_unknown_however_late_its_root() {
    let estate = Estate::founded(241);
    let stranger = SecretKey::from_bytes(&[77; 32]);
    let message = private_message(&estate, &stranger);
    let key: DeviceKey = stranger.public();
    assert_eq!(judge_covered(&estate.state, &message, &key, 0), Verdict::Quarantined(Reason::NotEnrolled));
}

#[test]
fn rule_24_the_first_public_word_of_a_day_carries_the_root_and_a_month_of_silence_is_broken() {
    let (day, noon) = (20_000 * DAY_MS, 20_000 * DAY_MS + DAY_MS / 2);
    assert_eq!(
        root_due(noon, day, None, false),
        RootDue::No,
        "without private logs there is nothing to root"
    );
    assert_eq!(root_due(noon, day, None, true), RootDue::WithNext);
    assert_eq!(root_due(noon, day, Some(day), true), RootDue::No, "one a day");
    assert_eq!(root_due(noon + DAY_MS, noon, Some(day), true), RootDue::WithNext);
    assert_eq!(root_due(noon + 30 * DAY_MS, noon, Some(day), true), RootDue::Now);
}
