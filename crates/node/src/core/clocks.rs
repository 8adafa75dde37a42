//! Whose clock to doubt. Block time is the orderer's: a sole witness's clock is everyone's, so whoever sees that it can't be
//! right says so wherever that time is shown. Nothing is decided here.

use linli_record::Block;
use linli_witness::sole;

use super::Core;

/// Clocks of honest machines differ by less.
const NEAR_MS: u64 = 10 * 60 * 1000;
/// A register that has not gone on for so long, or a clock that says so, is worth a word.
const YEAR_MS: u64 = 365 * 86_400_000;
/// The warning's stable code.
pub(super) const CLOCK: &str = "clock";

impl Core {
    /// A block was applied: does its time agree with this machine's clock, and with when this home wrote what it settles?
    pub(super) fn doubt_block_time(&mut self, block: &Block) {
        let written_ms = self.settled_of_ours(block);
        let late = written_ms.is_some_and(|written| written > block.time_ms.saturating_add(NEAR_MS));
        if late {
            self.warn(
                CLOCK,
                format!(
                    "block {} is dated earlier than what this home wrote into it: the clock of whoever orders the \
                     register, or this machine's, is behind. Compare both with a watch",
                    block.height
                ),
            );
        } else if let Some(message) = self.doubted_time() {
            self.warn(CLOCK, message);
        } else if written_ms.is_some() {
            self.warnings.remove(CLOCK);
        }
    }

    /// Admitted by a block dated before this home knocked?
    pub(super) fn doubt_admission(&mut self, knocked_ms: Option<u64>) {
        let (Some(knocked), Some(head)) = (knocked_ms, self.head()) else { return };
        // Whoever set the clock right while waiting has no reason to doubt it.
        let ahead = knocked.min(self.clock.now_ms()).saturating_sub(head.time_ms);
        if ahead > NEAR_MS {
            self.warn(CLOCK, behind_us(ahead));
        }
    }

    /// The claimed time of the newest of this home's records that a block settles.
    fn settled_of_ours(&self, block: &Block) -> Option<u64> {
        let log = self.own_log()?;
        let (number, seq, _) = self.state.as_ref()?.settled_tip(&log)?;
        let tip = block.tips.iter().find(|tip| tip.number == number)?;
        let records = self.store.records(&log, seq.min(tip.seq), tip.seq).ok()?;
        records.last().map(|record| record.claimed_ms)
    }

    /// What speaks against the register's time now, in words.
    pub(super) fn doubted_time(&self) -> Option<String> {
        let state = self.state.as_ref()?;
        let (head, now) = (state.head()?, self.clock.now_ms());
        let ahead = head.time_ms.saturating_sub(now);
        if ahead > NEAR_MS {
            return Some(format!(
                "the register's time is {} ahead of this machine's clock: the clock of whoever orders the register, or \
                 this one, is wrong. Compare both with a watch",
                span(ahead)
            ));
        }
        let behind = now.saturating_sub(head.time_ms);
        if self.witness.is_some() {
            return sole::clock_is_doubtful(state, now).then(|| {
                format!(
                    "this machine orders the register, and its clock is {} past the newest block: if that can't be, \
                     set it right before anything is decided by it",
                    span(behind)
                )
            });
        }
        (behind > YEAR_MS).then(|| behind_us(behind))
    }
}

fn behind_us(ms: u64) -> String {
    format!(
        "the register's time is {} behind this machine's clock: this clock, or that of whoever orders the register, is \
         wrong, or nothing was settled for so long. Compare both with a watch",
        span(ms)
    )
}

fn span(ms: u64) -> String {
    match ms / 60_000 {
        minutes @ 0..120 => format!("{minutes} minutes"),
        minutes @ 120..2_880 => format!("{} hours", minutes / 60),
        minutes => format!("{} days", minutes / 1_440),
    }
}
