//! One witness: when a block is due (rule 3), what stands in it (rules 1 and 7), and at what time (rule 14).

use linli_community::register::{State, limits, snapshot_due};
use linli_record::limits::{BLOCK_BYTES, INCARNATIONS};
use linli_record::{Block, BlockTip, Tip};

/// Bytes one entry of a block takes at most: a tip (number, seq, id) and, for a new log, its id.
const TIP_BYTES: usize = 96;
/// Entries that surely fit, with room for the rest of the block.
const TIPS: usize = (BLOCK_BYTES - 1024) / TIP_BYTES;

/// What waits to be settled, as far as timing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Something of power waits: authority, a tally of an open vote, a proof.
    pub power: bool,
    /// Other content waits.
    pub content: bool,
}

/// Whether a block is due at `now_ms` by the witness's own clock.
#[must_use]
pub fn is_due(state: &State, waiting: Waiting, now_ms: u64) -> bool {
    let Some(head) = state.head() else { return true };
    let since = now_ms.saturating_sub(head.time_ms);
    let nightly = waiting.content && since >= state.bylaws().interval_ms;
    waiting.power || nightly || ends_something(state, now_ms)
}

/// Whether a role's or consent's end was reached and no block says so yet.
fn ends_something(state: &State, now_ms: u64) -> bool {
    let due = |until: Option<u64>, over: bool| !over && until.is_some_and(|at| at <= now_ms);
    state.grants().any(|grant| due(grant.until_ms, grant.ended.is_some()))
        || state.consents().any(|consent| due(consent.terms.until_ms, consent.ended.is_some()))
        || state.households().any(|home| due(home.until_ms, home.ended.is_some()))
}

/// The block that settles every tip that may be settled, oldest logs first; nothing when there is none and none is due.
///
/// `held` are the tips of the public logs this witness durably holds with all their headers, payloads of power and
/// required annexes (rule 8). Block time is the witness's clock, and always above the block before.
#[must_use]
pub fn propose(state: &State, held: &[Tip], now_ms: u64) -> Option<Block> {
    let mut fresh: Vec<&Tip> = held.iter().filter(|tip| may_settle(state, tip)).collect();
    fresh.sort_by_key(|tip| (state.log_number(&tip.log).unwrap_or(u32::MAX), tip.log));
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
        time_ms: head.map_or(now_ms, |head| now_ms.max(head.time_ms + 1)),
        rules: state.bylaws().rules,
        opened,
        tips,
        snapshot: snapshot_due(state, height),
        base: None,
    })
}

fn numbered(state: &State, fresh: &[&Tip]) -> (Vec<linli_record::LogId>, Vec<BlockTip>) {
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
    (opened, tips)
}

/// Whether a tip extends what is settled, of a log whose key is enrolled and which has not ended (rules 7 and 9).
fn may_settle(state: &State, tip: &Tip) -> bool {
    if tip.audience.is_some() {
        return false;
    }
    let Some(device) = state.device_by_key(&tip.key).filter(|device| state.admits_node(&device.node)) else {
        return false;
    };
    match state.settled_tip(&tip.log) {
        Some((number, seq, _)) => {
            let open = state.log_by_number(number).is_some_and(|log| log.closed.is_none());
            open && tip.seq > seq
        }
        None => {
            let lives = state.facts().logs.iter().filter(|log| log.key == tip.key).count();
            let goes_on = device.forked.is_none() || device.reopened.contains(&tip.log);
            lives < INCARNATIONS && goes_on
        }
    }
}

/// How far a witness's clock may be from the block before it without a word to its holder: a month.
#[must_use]
pub fn clock_is_doubtful(state: &State, now_ms: u64) -> bool {
    state.head().is_some_and(|head| {
        now_ms + limits::DAY_MS < head.time_ms || now_ms.saturating_sub(head.time_ms) > limits::JUMP_MS
    })
}
