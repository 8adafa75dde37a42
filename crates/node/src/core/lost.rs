//! Blocks that damage took: which they are is remembered until they are here again, so that nobody takes a register that
//! ends early for a whole one.

use linli_store::{Batch, RepairReport};
use serde::{Deserialize, Serialize};

use super::{Core, store_fault_read};
use crate::fault::Fault;

/// Name under which it is kept.
const LOST: &str = "blocks-lost";

/// What a repair knew.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Lost {
    /// The newest block there was, as far as anything tells.
    newest: Option<u64>,
}

/// Blocks that are not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LostBlocks {
    from: u64,
    /// The newest there was, if anything tells.
    to: Option<u64>,
}

impl std::fmt::Display for LostBlocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.to {
            Some(to) if to == self.from => write!(f, "{to}"),
            Some(to) => write!(f, "{} to {to}", self.from),
            None => write!(f, "{} and on", self.from),
        }
    }
}

impl Core {
    /// Remembers what a repair lost of the register.
    pub(super) fn note_lost_blocks(&mut self, report: &RepairReport) -> Result<(), Fault> {
        if !report.state_lost {
            return Ok(());
        }
        // What this home signed itself lies beside the store.
        let signed = self.home.signed().ok().flatten().map(|signed| signed.height);
        let lost = Lost { newest: report.blocks_lost.max(signed) };
        let mut batch = Batch::new();
        batch.name(LOST, serde_json::to_vec(&lost).expect("plain numbers"));
        self.write(batch)
    }

    /// Blocks that are still lost.
    pub(super) fn lost_blocks(&self) -> Option<LostBlocks> {
        let held = self.store.named(LOST).map_err(|error| store_fault_read(&error)).ok().flatten()?;
        let Lost { newest } = serde_json::from_slice(&held).ok()?;
        let from = self.store.head().map_or(0, |head| head.height + 1);
        let are_back = newest.map_or(from > 0, |newest| newest < from);
        (!are_back).then_some(LostBlocks { from, to: newest })
    }

    /// What the register waits for.
    pub(super) fn waits_for(&self) -> Option<String> {
        let lost = || self.lost_blocks().map(|lost| format!("block {lost}, lost to damage"));
        self.order.lacks.clone().or_else(lost)
    }
}
