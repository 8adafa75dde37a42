//! What a witness looks at before it signs (rules 1, 7, 8, 14).

use linli_community::register::{BlockFault, Ledger, Outcome, State, apply};
use linli_record::Block;

use crate::time;

/// Why a witness does not sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It does not follow, or something it settles is not durably here.
    #[error("the block does not apply: {0}")]
    Fault(#[from] BlockFault),
    /// Its time is too far from this witness's clock.
    #[error("block time {block_ms} is too far from this clock's {now_ms}")]
    Time {
        /// The block's time, ms.
        block_ms: u64,
        /// This witness's clock, ms.
        now_ms: u64,
    },
    /// Its bytes are not those of a block.
    #[error("not a block of this format")]
    Malformed,
}

impl Unfit {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.code(),
            Self::Time { .. } => "clock",
            Self::Malformed => "malformed",
        }
    }
}

/// Whether a witness may vote for `block` in `round`, and what the block will do: it applies, with every header, every
/// body of power and tally and every required annex here, and its time is believable. `ledger` must answer with what is
/// durable, and nothing else.
///
/// # Errors
/// [`Unfit`] with the first reason found.
pub fn before_signing(
    state: &State,
    block: &Block,
    ledger: &dyn Ledger,
    now_ms: u64,
    round: u32,
) -> Result<Outcome, Unfit> {
    // What is signed are bytes: they must read back as this block.
    if Block::parse(&block.to_bytes()).ok().as_ref() != Some(block) {
        return Err(Unfit::Malformed);
    }
    let own_time = block.time_ms == time::next(state, now_ms);
    if !own_time && !time::believable(block.time_ms, now_ms, round) {
        return Err(Unfit::Time { block_ms: block.time_ms, now_ms });
    }
    Ok(apply(state, block, block.id(), ledger)?)
}
