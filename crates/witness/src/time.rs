//! Block time (rule 14): the proposer's clock, always above the block before, believed only near one's own.

use linli_community::register::State;
use linli_community::register::limits::{DAY_MS, JUMP_MS};

/// How far a block's time may be from a witness's own clock in round 0.
pub const NEAR_MS: u64 = 10 * 60 * 1000;
/// And in any later round at most.
pub const FAR_MS: u64 = DAY_MS;

/// The time of the next block by this clock: a clock that fell behind gives the block before and a millisecond.
#[must_use]
pub fn next(state: &State, now_ms: u64) -> u64 {
    state.head().map_or(now_ms, |head| now_ms.max(head.time_ms + 1))
}

/// Whether a witness whose clock says `now_ms` votes for a block of that time in that round: within 10 minutes, doubled
/// each round, at most 24 hours.
#[must_use]
pub fn believable(block_ms: u64, now_ms: u64, round: u32) -> bool {
    let tolerance = NEAR_MS.checked_shl(round.min(16)).unwrap_or(FAR_MS).min(FAR_MS);
    block_ms.abs_diff(now_ms) <= tolerance
}

/// Whether this clock deserves a word to its holder before it orders: more than a day behind the head, or more than 30
/// days ahead of it.
#[must_use]
pub fn is_doubtful(state: &State, now_ms: u64) -> bool {
    state.head().is_some_and(|head| {
        now_ms.saturating_add(DAY_MS) < head.time_ms || now_ms.saturating_sub(head.time_ms) > JUMP_MS
    })
}
