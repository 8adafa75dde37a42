//! Rule 14: clocks that jump end nothing at once.

use linli_community::register::Office;
use linli_community::testing::{DAY_MS, Estate, HOUR_MS, Who};

use crate::order::role;

fn with_clerk(seed: u64) -> (Estate, Who) {
    let mut estate = Estate::founded(seed);
    let all = estate.settle_in(2);
    let grant = role(&estate, all[1], Office::Clerk, Some(estate.now_ms + 10 * DAY_MS));
    estate.state_it(Who::FOUNDER, &grant);
    estate.block();
    (estate, all[1])
}

fn held(estate: &Estate, who: Who) -> bool {
    estate.state.facts().holds(&estate.home(who), Office::Clerk)
}

#[test]
fn rule_14_a_jump_of_more_than_thirty_days_ends_no_role_until_a_day_of_further_block_time() {
    let (mut estate, clerk) = with_clerk(110);
    estate.block_after(20 * 365 * DAY_MS);
    assert!(held(&estate, clerk), "a clock of 2046");
    estate.block_after(23 * HOUR_MS);
    assert!(held(&estate, clerk));
    estate.block_after(HOUR_MS);
    assert!(!held(&estate, clerk), "it was 2046 after all");
}

#[test]
fn rule_14_a_stall_of_thirty_days_is_no_jump() {
    let (mut estate, clerk) = with_clerk(111);
    estate.block_after(30 * DAY_MS);
    assert!(!held(&estate, clerk));
}

#[test]
fn rule_14_a_second_jump_begins_the_wait_again() {
    let (mut estate, clerk) = with_clerk(112);
    estate.block_after(31 * DAY_MS);
    estate.block_after(31 * DAY_MS);
    estate.block_after(23 * HOUR_MS);
    assert!(held(&estate, clerk));
    estate.block_after(2 * HOUR_MS);
    assert!(!held(&estate, clerk));
}

#[test]
fn rule_14_block_time_never_stands_still_or_goes_back() {
    let mut estate = Estate::founded(113);
    let mut block = estate.compose(&Default::default(), 0);
    assert_eq!(estate.adopt(&block).unwrap_err().code(), "time");
    block.time_ms = 86_400_000;
    assert_eq!(estate.adopt(&block).unwrap_err().code(), "time", "a clock of 1970");
}
