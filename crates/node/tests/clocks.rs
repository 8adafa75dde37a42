//! Clocks ten years off: a neighbour's decides nothing, and the sole witness's is warned about wherever its time is shown.

#![allow(clippy::unwrap_used)]

mod street;

use linli_community::content::Scope;
use linli_node::Network;
use linli_node::chance::Clock;
use linli_node::vocabulary::{Answer, Event, NoticePost, Request};
use street::{Home, same, until};

const TEN_YEARS_MS: i64 = 3_652 * 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// Everything `home` warns about its clock or the register's.
fn warned(home: &Home) -> bool {
    home.status().warnings.iter().any(|warning| warning.code == "clock")
}

fn post_for_a_day(home: &Home, title: &str) {
    home.ask(Request::NoticePost(NoticePost {
        replaces: None,
        title: title.into(),
        text: "From nine to eleven.".into(),
        scope: Scope::Estate,
        must_read: false,
        days: Some(1),
    }));
}

#[test]
fn a_neighbours_clock_ten_years_off_decides_nothing_for_others() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let ahead = Clock::shifted(TEN_YEARS_MS);
    let behind = Clock::shifted(-TEN_YEARS_MS);
    let zhou = shen.admits_by(folder.path().join("zhou"), "tenant", "3-1203 Zhou", Some("3-1203"), ahead);
    let wu = shen.admits_by(folder.path().join("wu"), "tenant", "2-102 Wu", Some("2-102"), behind);
    let before = shen.status().settled_until_ms.unwrap();
    post_for_a_day(&shen, "water");
    zhou.post("from 2036");
    wu.post("from 2016");
    same(&shen, &zhou);
    same(&shen, &wu);
    let Answer::Notices(notices) = shen.ask(Request::Notices { all: false }) else { panic!() };
    assert_eq!(notices.len(), 3, "what others say of the time takes nothing off this screen");
    assert!(shen.log().iter().all(|line| line.verdict == "stands"), "nor changes a verdict");
    let until_ms = shen.status().settled_until_ms.unwrap();
    assert!(until_ms.abs_diff(before) < HOUR_MS.unsigned_abs(), "nor moves the register's time");
    assert!(!warned(&shen));
    assert!(warned(&wu), "whose clock is behind the register's is told so");
    assert!(warned(&zhou), "and whose clock is ahead");
    let zhou = zhou.reopened(Network::On);
    assert!(warned(&zhou), "after a restart too");
}

#[test]
fn the_sole_witnesss_clock_ten_years_off_is_warned_about_wherever_its_time_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::default();
    let shen = Home::founded_by(folder.path().join("shen"), clock.clone());
    let zhou = shen.admits(folder.path().join("zhou"), "owner", "3-1203 Zhou", Some("3-1203"));
    same(&shen, &zhou);
    assert!(!warned(&shen) && !warned(&zhou));
    clock.advance(TEN_YEARS_MS);
    assert!(warned(&shen), "the witness itself, before it orders by that clock");
    let mut events = zhou.node.events();
    shen.admits(folder.path().join("wu"), "tenant", "2-102 Wu", Some("2-102"));
    until(&zhou, "the status to say it", || warned(&zhou).then_some(()));
    let mut watched = false;
    while let Ok(event) = events.try_recv() {
        watched |= matches!(event, Event::Warning { code, .. } if code == "clock");
    }
    assert!(watched, "and whoever watches");
}

#[test]
fn a_newcomer_is_told_at_once_when_the_witness_dates_its_admission_before_its_knock() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let ahead = Clock::shifted(3 * HOUR_MS);
    let zhou = shen.admits_by(folder.path().join("zhou"), "owner", "3-1203 Zhou", Some("3-1203"), ahead);
    until(&zhou, "the word", || warned(&zhou).then_some(()));
    let wu = shen.admits(folder.path().join("wu"), "tenant", "2-102 Wu", Some("2-102"));
    same(&shen, &wu);
    assert!(!warned(&wu) && !warned(&shen));
}

#[test]
fn a_witness_whose_clock_is_behind_is_found_out_by_what_it_settles() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::default();
    let shen = Home::founded_by(folder.path().join("shen"), clock.clone());
    let later = Clock::shifted(HOUR_MS);
    let zhou = shen.admits_by(folder.path().join("zhou"), "owner", "3-1203 Zhou", Some("3-1203"), later);
    same(&shen, &zhou);
    clock.advance(-TEN_YEARS_MS);
    zhou.post("written an hour after the newest block");
    same(&shen, &zhou);
    let roll = "unit,building,stair,floor,area_m2,area_basis,owner_id,owner_name,status\n\
        1-302,1,1,3,89.50,register,a,,owned\n3-1203,3,1,12,89.50,register,b,,owned\n";
    shen.ask(Request::RollImport { csv: roll.into(), dry_run: false, shrink: false });
    until(&zhou, "the block's date to be doubted", || warned(&zhou).then_some(()));
    assert!(warned(&shen), "the witness's own clock is behind the register");
}
