//! One block, applied.

use linli_record::{BlobHash, Block, BlockId, DeviceKey, LogId, Record, RecordId};

use super::people::Role;
use super::state::State;
use super::verdict::{BlockFault, Verdict};

/// Where the records of a block come from.
pub trait Ledger {
    /// Records `from` to `to`, both included, of one log, in order, on the branch that `to` is on; fewer when some are
    /// not here.
    fn records(&self, log: &LogId, from: u64, to: u64) -> Vec<Record>;

    /// An attachment's bytes, if they are here.
    fn annex(&self, hash: &BlobHash) -> Option<Vec<u8>>;
}

/// What applying a block gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The state after it.
    pub state: State,
    /// Every record the block settled that does not simply stand, in canonical order.
    pub verdicts: Vec<(RecordId, Verdict)>,
    /// What took effect, in the order it did.
    pub happened: Vec<Happening>,
}

/// Something that took effect, for screens and notifications.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "happened", rename_all = "kebab-case")]
pub enum Happening {
    /// A device was enrolled.
    Admitted {
        /// The record that enrolled it.
        by: RecordId,
        /// Its key.
        device: DeviceKey,
        /// Its household or body.
        household: RecordId,
        /// What it speaks as.
        role: Role,
    },
}

/// Applies one block whose certificate was verified.
///
/// # Errors
/// [`BlockFault`] when the block does not follow, or something it settles is not here.
pub fn apply(
    before: &State,
    block: &Block,
    id: BlockId,
    ledger: &dyn Ledger,
) -> Result<Outcome, BlockFault> {
    let _ = (before, block, id, ledger);
    Err(BlockFault::Snapshot)
}
