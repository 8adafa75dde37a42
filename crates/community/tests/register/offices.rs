//! Rules 11 and 18: registrars, tellers, the first witness.

use linli_community::charter::{
    Charter, Founder, KindThreshold, RegistrarSeat, Registrars, TellerSeat, Tellers,
};
use linli_community::register::statement::{NamedWitness, RoleWithdraw};
use linli_community::register::statement::{RegistrarsChange, TellersChange, WitnessesChange};
use linli_community::register::{Office, Reason, Role, Verdict};
use linli_community::testing::{Estate, Who};
use linli_record::{Incarnation, NodeKey};

use crate::order::role;

pub(crate) fn seat(estate: &Estate, who: Who) -> RegistrarSeat {
    RegistrarSeat { label: "registrar".into(), keys: vec![estate.key(who)], holder: Some(estate.home(who)) }
}

/// Five households; the first three hold the registrars' seats, `k` of them decide.
pub(crate) fn three_registrars(estate: &mut Estate, k: u8) -> Vec<Who> {
    let all = estate.settle_in(5);
    let seats = all[..3].iter().map(|who| seat(estate, *who)).collect();
    let registrars = Registrars { seats, k, by_kind: Vec::new() };
    let made = estate.state.made();
    estate.state_it(Who::FOUNDER, &RegistrarsChange { made, registrars, result: None });
    estate.block();
    assert_eq!(estate.state.registrars().seats.len(), 3);
    all
}

fn founder() -> Founder {
    let key = linli_record::SecretKey::from_bytes(&[3; 32]).public();
    Founder {
        label: "one".into(),
        unit: "1-101".into(),
        device: key,
        incarnation: Incarnation::from([1; 16]),
        sealing: [2; 32].into(),
        node: NodeKey::from([4; 32]),
    }
}

#[test]
fn rule_11_the_founding_names_one_witness_held_by_the_founder() {
    let mut charter = Charter::founding("Guihuali", founder());
    assert_eq!(Charter::parse(&charter.to_bytes()).unwrap(), charter);
    let second = charter.witnesses[0].clone();
    charter.witnesses.push(second);
    assert_eq!(Charter::parse(&charter.to_bytes()).unwrap_err().code(), "malformed");
    let estate = Estate::founded(70);
    let [witness] = estate.state.witnesses() else { panic!("one witness") };
    assert_eq!(witness.holder, estate.home(Who::FOUNDER));
}

#[test]
fn rule_18_two_registrars_are_refused_and_so_is_a_threshold_nobody_can_meet() {
    let mut charter = Charter::founding("Guihuali", founder());
    let mut seat = charter.registrars.seats[0].clone();
    seat.keys = vec![[8; 32].into()];
    charter.registrars.seats.push(seat.clone());
    assert!(Charter::parse(&charter.to_bytes()).is_err(), "two");
    seat.keys = vec![[9; 32].into()];
    charter.registrars.seats.push(seat);
    charter.registrars.k = 2;
    Charter::parse(&charter.to_bytes()).unwrap();
    charter.registrars.k = 4;
    assert!(Charter::parse(&charter.to_bytes()).is_err(), "four of three");
    charter.registrars.k = 0;
    assert!(Charter::parse(&charter.to_bytes()).is_err(), "none of three");
}

#[test]
fn rule_18_k_of_n_registrars_decide_by_kind() {
    let mut estate = Estate::founded(71);
    let all = three_registrars(&mut estate, 2);
    let mut registrars = estate.state.registrars().clone();
    registrars.by_kind = vec![KindThreshold { kind: 20, k: 3 }];
    let made = estate.state.made();
    let change = estate.state_it(all[1], &RegistrarsChange { made, registrars, result: None });
    estate.approve(all[2], change);
    estate.block();
    let grant = role(&estate, all[3], Office::Moderator, None);
    let proposal = estate.state_it(all[0], &grant);
    estate.approve(all[1], proposal);
    estate.block();
    assert_eq!(estate.state.grants().count(), 0);
    estate.approve(all[2], proposal);
    estate.block();
    assert_eq!(estate.state.grants().count(), 1);
}

#[test]
fn rule_18_a_registrars_seat_has_one_to_three_keys_of_its_own_household() {
    let mut estate = Estate::founded(72);
    let all = estate.settle_in(3);
    let mut stolen = seat(&estate, all[1]);
    stolen.keys = vec![estate.key(all[2])];
    let registrars = Registrars {
        seats: vec![seat(&estate, all[0]), stolen, seat(&estate, all[1])],
        k: 2,
        by_kind: Vec::new(),
    };
    let made = estate.state.made();
    estate.state_it(Who::FOUNDER, &RegistrarsChange { made, registrars, result: None });
    estate.block();
    assert_eq!(estate.state.registrars().seats.len(), 1, "it waits, and lapses");
    assert_eq!(estate.state.charter_number(), 0);
}

#[test]
fn a_clerk_prepares_and_does_not_decide() {
    let mut estate = Estate::founded(73);
    let all = estate.settle_in(4);
    let grant = role(&estate, all[1], Office::Clerk, None);
    estate.state_it(Who::FOUNDER, &grant);
    estate.block();
    let moderator = role(&estate, all[3], Office::Moderator, None);
    let prepared = estate.state_it(all[1], &moderator);
    estate.block();
    assert!(estate.verdict(&prepared).stands());
    assert_eq!(estate.state.grants().count(), 1);
    estate.approve(Who::FOUNDER, prepared);
    estate.block();
    assert_eq!(estate.state.grants().count(), 2);
}

#[test]
fn a_withdrawn_office_ends_and_what_it_said_stands() {
    let mut estate = Estate::founded(74);
    let all = estate.settle_in(3);
    let granted = role(&estate, all[1], Office::Clerk, None);
    let grant = estate.state_it(Who::FOUNDER, &granted);
    estate.block();
    let family = estate.newcomer("family");
    let home = estate.home(all[2]);
    let admit = estate.admit(all[1], family, Role::Family, None, Some(home));
    estate.block();
    let made = estate.state.made();
    estate.state_it(Who::FOUNDER, &RoleWithdraw { made, grant, reason: None });
    estate.block();
    assert_eq!(estate.state.device_by_key(&estate.key(family)).unwrap().admitted, admit);
    let other = estate.newcomer("other");
    let admit = estate.admit(all[1], other, Role::Family, None, Some(home));
    estate.block();
    assert!(estate.verdict(&admit).stands(), "an owner may propose family; nobody with an office approved");
    assert!(estate.state.device_by_key(&estate.key(other)).is_none());
}

#[test]
fn tellers_are_none_of_the_registrars() {
    let mut estate = Estate::founded(75);
    let all = estate.settle_in(3);
    let teller =
        |who: Who, estate: &Estate| TellerSeat { holder: estate.home(who), keys: vec![estate.key(who)] };
    let made = estate.state.made();
    let wrong = Tellers { seats: vec![teller(Who::FOUNDER, &estate)], k: 1 };
    estate.state_it(Who::FOUNDER, &TellersChange { made, tellers: wrong });
    estate.block();
    assert!(estate.state.bylaws().tellers.seats.is_empty());
    let right = Tellers { seats: vec![teller(all[1], &estate), teller(all[2], &estate)], k: 2 };
    let made = estate.state.made();
    estate.state_it(Who::FOUNDER, &TellersChange { made, tellers: right.clone() });
    estate.block();
    assert_eq!(estate.state.bylaws().tellers, right);
}

#[test]
fn more_witnesses_are_not_judged_by_this_version() {
    let mut estate = Estate::founded(76);
    let all = estate.settle_in(4);
    let named = |who: &Who| NamedWitness {
        key: estate.key(*who),
        incarnation: estate.person(*who).incarnation,
        holder: estate.home(*who),
        until_ms: None,
    };
    let change =
        WitnessesChange { made: estate.state.made(), set: all.iter().map(named).collect(), result: None };
    let asked = estate.state_it(Who::FOUNDER, &change);
    estate.block();
    assert_eq!(estate.verdict(&asked), Verdict::Waiting(Reason::NotJudged));
    assert_eq!(estate.state.witnesses().len(), 1);
}
