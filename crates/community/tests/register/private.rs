//! Rule 24: private logs are judged by the block that settles the root over them, and by nothing later.

use linli_community::kinds;
use linli_community::register::private::{RootDue, root_due};
use linli_community::register::{Reason, Verdict, judge_covered, judge_unsettled};
use linli_community::testing::{DAY_MS, Estate};
use linli_record::{AudienceId, DeviceKey, Draft, Incarnation, LogOpen, LogWriter, Record, SecretKey};

use crate::blocks::revoke;

/// A message in a private log of that key.
fn private_message(estate: &Estate, key: &SecretKey) -> Record {
    let open = LogOpen::member(key, Incarnation::from([5; 16]), Some(AudienceId::from([6; 16])), "test");
    let mut log = LogWriter::begin(estate.community, key.clone(), &open, [0; 16], 0, 1).unwrap();
    log.append(Draft::new(kinds::MESSAGE), b"\xa0", [1; 16], 2).unwrap()
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
