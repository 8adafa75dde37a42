//! One witness: when a block is due (rule 3), what stands in it (rules 1, 7 and 8), and at what time (rule 14).
//!
//! [`settle`] gives the block and what it will do, checked as before signing; the caller signs and stores both. What can't
//! settle yet is left for the next one.

use std::collections::{BTreeMap, BTreeSet};

use linli_community::register::{Ledger, Outcome, State, snapshot_due};
use linli_record::limits::{BLOCK_BYTES, INCARNATIONS};
use linli_record::{Block, BlockTip, DeviceKey, LogId, Tip};

use crate::check::{Unfit, before_signing};
use crate::time;

pub use crate::time::is_doubtful as clock_is_doubtful;

/// Bytes one entry of a block takes at most: a tip (number, seq, id) and, for a new log, its id.
const TIP_BYTES: usize = 96;
/// Entries that surely fit, with room for the rest of the block.
const TIPS: usize = (BLOCK_BYTES - 1024) / TIP_BYTES;
/// Rounds in which a block enrols somebody whose log then settles in the same block.
const ROUNDS: usize = 8;

/// What waits to be settled, as far as timing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Something of power waits: authority, a tally of an open vote, a proof.
    pub power: bool,
    /// Other content waits.
    pub content: bool,
}

/// Whether a block is due at `now_ms` by the witness's own clock. `taken_ms` is when that clock saw the newest block come, if
/// it ran then: a clock that was set back can't count from the block's own time, and must not wait until it gets there.
#[must_use]
pub fn is_due(state: &State, waiting: Waiting, taken_ms: Option<u64>, now_ms: u64) -> bool {
    let Some(head) = state.head() else { return true };
    let interval = state.bylaws().interval_ms;
    let since = match now_ms.checked_sub(head.time_ms) {
        Some(since) => since,
        None => taken_ms.map_or(interval, |taken| now_ms.saturating_sub(taken)),
    };
    let nightly = waiting.content && since >= interval;
    waiting.power || nightly || ends_something(state, now_ms)
}

/// Whether the next block would end a role, a consent or a term; or begins the wait after a jump of the clock, at whose
/// end it will be ended (rule 14).
fn ends_something(state: &State, now_ms: u64) -> bool {
    let Some(head) = state.head() else { return false };
    let (before, at) = (state.facts().clock, time::next(state, now_ms));
    let after = before.after(head.time_ms, at);
    let begins_wait = before.hold_until_ms.is_none() && after.hold_until_ms.is_some();
    let by = if begins_wait { at } else { after.due_ms };
    let due = |until: Option<u64>, over: bool| !over && until.is_some_and(|end| end <= by);
    state.grants().any(|grant| due(grant.until_ms, grant.ended.is_some()))
        || state.consents().any(|consent| due(consent.terms.until_ms, consent.ended.is_some()))
        || state.households().any(|home| due(home.until_ms, home.ended.is_some()))
}

/// The next block and what it does: it settles every held tip that may settle, those of newcomers it enrols among them.
/// A log of which something is not here, by `ledger`, waits for a later block. Nothing when there is nothing to say.
///
/// `held` are the tips of public logs; `ledger` answers with what is durable.
///
/// # Errors
/// [`Unfit`] when not even a block without any tip would follow: the state is of rules this version does not know.
pub fn settle(
    state: &State,
    held: &[Tip],
    ledger: &dyn Ledger,
    now_ms: u64,
) -> Result<Option<(Block, Outcome)>, Unfit> {
    let mut waits = BTreeSet::new();
    let Some(mut made) = fitting(state, state, held, ledger, now_ms, &mut waits)? else { return Ok(None) };
    for _ in 0..ROUNDS {
        let Some(more) = fitting(state, &made.1.state, held, ledger, now_ms, &mut waits)? else { break };
        if more.0.tips.len() <= made.0.tips.len() {
            break;
        }
        made = more;
    }
    Ok(Some(made))
}

/// The block that settles what `after` enrols, without the logs that turn out not to be whole here.
fn fitting(
    state: &State,
    after: &State,
    held: &[Tip],
    ledger: &dyn Ledger,
    now_ms: u64,
    waits: &mut BTreeSet<LogId>,
) -> Result<Option<(Block, Outcome)>, Unfit> {
    loop {
        let tips: Vec<&Tip> = held.iter().filter(|tip| !waits.contains(&tip.log)).collect();
        let Some(block) = compose(state, after, &tips, now_ms) else { return Ok(None) };
        match before_signing(state, &block, ledger, now_ms, 0) {
            Ok(outcome) => return Ok(Some((block, outcome))),
            Err(Unfit::Fault(fault)) if fault.log().is_some_and(|log| waits.insert(*log)) => {}
            Err(unfit) => return Err(unfit),
        }
    }
}

/// The block that settles every tip that may settle as the state stands or will stand, unchecked.
fn compose(state: &State, after: &State, held: &[&Tip], now_ms: u64) -> Option<Block> {
    let mut fresh: Vec<&Tip> = held.iter().filter(|tip| may_settle(state, after, tip)).copied().collect();
    // What waited longest goes first, when not everything fits.
    fresh.sort_by_key(|tip| (settled_at(state, tip), state.log_number(&tip.log).is_none(), tip.log));
    let mut lives = BTreeMap::new();
    fresh.retain(|tip| has_a_life_left(state, tip, &mut lives));
    fresh.truncate(TIPS);
    let head = state.head();
    if fresh.is_empty() && head.is_some() && !ends_something(state, now_ms) {
        return None;
    }
    let height = head.map_or(0, |head| head.height + 1);
    let (opened, tips) = numbered(state, &fresh);
    Some(Block {
        version: linli_record::limits::FORMAT_VERSION,
        community: *state.community(),
        era: state.facts().era,
        height,
        prev: head.map(|head| head.id),
        time_ms: time::next(state, now_ms),
        rules: state.bylaws().rules,
        opened,
        tips,
        snapshot: snapshot_due(state, height),
        base: None,
    })
}

/// When a log last settled; for one that never did, when its device was enrolled.
fn settled_at(state: &State, tip: &Tip) -> u64 {
    let number = state.log_number(&tip.log).and_then(|number| state.log_by_number(number));
    let enrolled = || state.device_by_key(&tip.key).map_or(u64::MAX, |device| device.since);
    number.map_or_else(enrolled, |log| log.height)
}

fn numbered(state: &State, fresh: &[&Tip]) -> (Vec<LogId>, Vec<BlockTip>) {
    let mut next = u32::try_from(state.facts().logs.len()).unwrap_or(u32::MAX);
    let (mut opened, mut tips) = (Vec::new(), Vec::with_capacity(fresh.len()));
    for tip in fresh {
        let number = state.log_number(&tip.log).unwrap_or_else(|| {
            opened.push(tip.log);
            next += 1;
            next - 1
        });
        tips.push(BlockTip { number, seq: tip.seq, id: tip.id });
    }
    tips.sort_by_key(|tip| tip.number);
    (opened, tips)
}

/// Whether a tip extends what is settled, of a log that has not ended and whose key is enrolled before or after the block
/// (rules 7 and 9).
fn may_settle(state: &State, after: &State, tip: &Tip) -> bool {
    let Some(device) = after.device_by_key(&tip.key).filter(|_| tip.audience.is_none()) else { return false };
    let enrolled =
        |state: &State| state.device_by_key(&tip.key).is_some_and(|device| state.admits_node(&device.node));
    if !enrolled(state) && !enrolled(after) {
        return false;
    }
    match state.settled_tip(&tip.log) {
        Some((number, seq, _)) => {
            let open = state.log_by_number(number).is_some_and(|log| log.closed.is_none());
            open && tip.seq > seq
        }
        None => device.forked.is_none() || device.reopened.contains(&tip.log),
    }
}

/// Whether a log that never settled is within its key's eight lives, those before it in this block counted.
fn has_a_life_left(state: &State, tip: &Tip, lives: &mut BTreeMap<DeviceKey, usize>) -> bool {
    if state.log_number(&tip.log).is_some() {
        return true;
    }
    let lived = || state.facts().logs.iter().filter(|log| log.key == tip.key).count();
    let lives = lives.entry(tip.key).or_insert_with(lived);
    *lives += 1;
    *lives <= INCARNATIONS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_01_the_most_entries_a_block_takes_fit_its_bytes() {
        let number = |n: usize| u32::MAX - TIPS as u32 + n as u32;
        let block = Block {
            version: 1,
            community: [9; 32].into(),
            era: u64::from(u32::MAX),
            height: 1 << 39,
            prev: Some([9; 32].into()),
            time_ms: u64::MAX,
            rules: u32::MAX,
            opened: vec![[9; 32].into(); TIPS],
            tips: (0..TIPS)
                .map(|n| BlockTip { number: number(n), seq: u64::MAX, id: [9; 32].into() })
                .collect(),
            snapshot: Some([9; 32].into()),
            base: Some([9; 32].into()),
        };
        assert!(block.to_bytes().len() <= BLOCK_BYTES, "{}", block.to_bytes().len());
        const { assert!(TIPS > 2000) }
    }
}
