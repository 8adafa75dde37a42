//! The roll in the register, and rule 24's public half.

use linli_community::register::private::{RootDue, root_due};
use linli_community::register::statement::RollChange;
use linli_community::register::{OwnerId, Role, Roll};
use linli_community::testing::{DAY_MS, Estate, Who};
use linli_record::private_root::{Leaf, path, root};
use linli_record::{Draft, LogId, RecordId};

use crate::blocks::unit;

fn change(estate: &Estate, roll: &Roll, ends: &[&str]) -> RollChange {
    RollChange {
        made: estate.state.made(),
        fingerprint: roll.fingerprint(),
        roll: Some(roll.clone()),
        ends: ends.iter().map(ToString::to_string).collect(),
        as_of_ms: 0,
        source: "land register".into(),
    }
}

#[test]
fn a_roll_is_set_by_registrars_and_binds_seats_to_owners() {
    let mut estate = Estate::founded(100);
    let all = estate.settle_in(3);
    let roll =
        Roll::new(vec![unit("1-103", 3), unit("1-101", 1), unit("1-102", 2), unit("1-105", 1)]).unwrap();
    let by_owner = estate.state_it(all[1], &change(&estate, &roll, &[]));
    estate.block();
    assert_eq!(estate.reason(&by_owner), Some("no-office"));
    estate.state_it(Who::FOUNDER, &change(&estate, &roll, &[]));
    estate.block();
    assert_eq!(estate.state.roll(), Some(&roll));
    let seat = estate.state.seat_on("1-102").unwrap();
    assert_eq!(seat.units[0].owner, Some(OwnerId::from([2; 16])));
    assert_eq!((roll.heads(), roll.area()), (3, 32_000));
    assert_eq!(estate.state.charter_number(), 0, "a roll lapses nothing");
}

#[test]
fn a_roll_that_is_not_the_one_fingerprinted_is_quarantined() {
    let mut estate = Estate::founded(101);
    let roll = Roll::new(vec![unit("1-101", 1)]).unwrap();
    let mut wrong = change(&estate, &roll, &[]);
    wrong.fingerprint = [7; 32].into();
    let id = estate.state_it(Who::FOUNDER, &wrong);
    estate.block();
    assert_eq!(estate.reason(&id), Some("malformed"));
    assert_eq!(estate.state.roll(), None);
}

#[test]
fn rule_18_a_seat_ends_by_roll_when_its_unit_is_gone_or_named_as_sold() {
    let mut estate = Estate::founded(102);
    let all = estate.settle_in(4);
    let roll = Roll::new(vec![unit("1-101", 1), unit("1-102", 2), unit("1-103", 9)]).unwrap();
    estate.state_it(Who::FOUNDER, &change(&estate, &roll, &["1-102"]));
    estate.block();
    let seated = |who: Who| estate.state.household(&estate.home(who)).unwrap().seated();
    assert_eq!(all.iter().map(|who| seated(*who)).collect::<Vec<_>>(), [true, false, true, false]);
    let said = estate.chat(all[1], "I sold it, and still live here");
    estate.block();
    assert!(estate.verdict(&said).stands());
}

#[test]
fn once_there_is_a_roll_a_seat_is_claimed_on_a_unit_of_it() {
    let mut estate = Estate::founded(103);
    let all = estate.settle_in(3);
    let roll = Roll::new((1..=4).map(|n| unit(&format!("1-10{n}"), n)).collect()).unwrap();
    estate.state_it(Who::FOUNDER, &change(&estate, &roll, &[]));
    estate.block();
    let (ghost, real) = (estate.newcomer("9-999"), estate.newcomer("1-104"));
    for (who, unit) in [(ghost, "9-999"), (real, "1-104")] {
        let admit = estate.admit(Who::FOUNDER, who, Role::Owner, Some(unit), None);
        estate.approve(all[1], admit);
    }
    estate.block();
    assert!(estate.state.device_by_key(&estate.key(ghost)).is_none());
    assert_eq!(estate.state.seat_on("1-104").unwrap().units[0].owner, Some(OwnerId::from([4; 16])));
}

#[test]
fn rule_24_a_private_record_is_settled_by_the_block_that_settles_the_public_root_over_it() {
    let mut estate = Estate::founded(104);
    let private = LogId::from([7; 32]);
    let tip = RecordId::from([8; 32]);
    let leaves = [
        Leaf { salt: [1; 16], log: LogId::from([5; 32]), tip: RecordId::from([6; 32]) },
        Leaf { salt: [2; 16], log: private, tip },
    ];
    let mut draft = Draft::new(linli_community::kinds::MESSAGE);
    draft.private_root = root(&leaves);
    let public = estate.say(Who::FOUNDER, draft, b"good morning");
    estate.block();
    assert!(estate.verdict(&public).stands());
    let header = estate.shelf.find(&public).unwrap();
    assert_eq!(header.private_root, Some(path(&leaves, 1).unwrap().climb(&private, &tip)));
}

#[test]
fn rule_24_a_root_goes_with_the_first_public_record_of_a_day_or_after_a_month_of_silence() {
    let day = |n: u64| n * DAY_MS + 1;
    assert_eq!(root_due(day(10), day(9), Some(day(9)), true), RootDue::WithNext);
    assert_eq!(root_due(day(10) + 5, day(10), Some(day(10)), true), RootDue::No);
    assert_eq!(root_due(day(10), day(9), Some(day(9)), false), RootDue::No);
    assert_eq!(root_due(day(40), day(10), Some(day(10)), true), RootDue::Now);
    assert_eq!(root_due(day(1), day(1), None, true), RootDue::WithNext);
}
