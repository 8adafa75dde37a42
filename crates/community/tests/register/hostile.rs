//! Input from outside never panics, and what is remembered is bounded.

use linli_community::charter::Charter;
use linli_community::register::statement::{Approve, Said, Statement as _};
use linli_community::register::{Role, Roll, State, apply, limits};
use linli_community::testing::{Estate, Who};
use linli_record::{Kind, RecordId};
use proptest::prelude::*;

#[test]
fn one_devices_open_approvals_are_bounded() {
    let mut estate = Estate::founded(120);
    let mut last = RecordId::from([0; 32]);
    for n in 0..=limits::OPEN_PER_DEVICE {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&(n as u64).to_be_bytes());
        let recent = estate.state.recent();
        last = estate.state_it(Who::FOUNDER, &Approve { proposal: RecordId::from(id), recent });
    }
    estate.block();
    assert_eq!(estate.reason(&last), Some("too-many-open"));
    let held: usize = estate.state.facts().approvals.values().map(Vec::len).sum();
    assert_eq!(held, limits::OPEN_PER_DEVICE);
}

#[test]
fn a_state_reads_back_exactly_and_refuses_every_change_of_its_bytes() {
    let mut estate = Estate::founded(121);
    estate.settle_in(3);
    let bytes = estate.state.to_bytes();
    assert_eq!(State::from_bytes(&bytes).unwrap(), estate.state);
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(State::from_bytes(&longer).is_err());
    assert!(State::from_bytes(&bytes[..bytes.len() - 1]).is_err());
}

#[test]
fn the_same_records_in_any_order_of_blocks_settle_to_the_same_people() {
    for seed in 0..8 {
        println!("seed {seed}");
        let mut estate = Estate::founded(seed);
        let all = estate.settle_in(3);
        let newcomer = estate.newcomer("1-104");
        let admit = estate.admit(Who::FOUNDER, newcomer, Role::Owner, Some("1-104"), None);
        estate.approve(all[1], admit);
        estate.approve(all[2], admit);
        let order = match seed % 4 {
            0 => vec![vec![all[0], all[1], all[2]]],
            1 => vec![vec![all[2]], vec![all[1]], vec![all[0]]],
            2 => vec![vec![all[1], all[2]], vec![all[0]]],
            _ => vec![vec![all[0]], vec![all[1], all[2]]],
        };
        for logs in order {
            estate.block_of(&logs);
        }
        assert_eq!(estate.home(newcomer), admit);
        assert!(estate.state.household(&admit).unwrap().confirmed());
        assert_eq!(estate.from_scratch(), estate.state);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_body_panics(kind in 0u16..100, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Some(Ok(said)) = Said::parse(Kind::new(kind), &body, None) {
            let shown = format!("{said:?}");
            prop_assert!(!shown.is_empty());
        }
        let _ = Charter::parse(&body);
        let _ = Roll::parse(&body);
        let _ = State::from_bytes(&body);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Bodies with one byte changed, of every statement kind, said by the registrar: applied or quarantined, never more.
    #[test]
    fn changed_statements_of_power_are_answers(
        kind in 1u16..42,
        body in proptest::collection::vec(any::<u8>(), 1..64),
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
    ) {
        let mut estate = Estate::founded(122);
        let newcomer = estate.newcomer("1-102");
        let claim = estate.claim(newcomer, Role::Owner, Some("1-102"), None);
        let made = estate.state.made();
        let claim = estate.sign(newcomer, &claim);
        let admit = linli_community::register::statement::Admit { made, claim, until_ms: None, scope: vec![] };
        let mut changed = admit.body();
        let index = at.index(changed.len());
        changed[index] = with;
        estate.say(Who::FOUNDER, Estate::draft(16), &changed);
        if kind != 1 {
            estate.say(Who::FOUNDER, Estate::draft(kind), &body);
        }
        estate.block();
        prop_assert_eq!(estate.from_scratch(), estate.state.clone());
        let last = estate.blocks.last().unwrap();
        prop_assert!(apply(&estate.state, last, last.id(), &estate.shelf).is_err(), "a block applies once");
    }
}
