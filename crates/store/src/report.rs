//! What a check or repair tells: every fault by its place, and how far it is.

use linli_record::{BlobHash, LogId};

/// Faults a report names one by one; beyond that it counts.
const NAMED_FAULTS: usize = 10_000;

/// Where a fault is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Place {
    /// The file as a whole.
    File,
    /// A record's row.
    Record {
        /// Its log, if it is known.
        log: Option<LogId>,
        /// Its place in the log, if it is known.
        seq: Option<u64>,
        /// Its arrival number, if it is known.
        arrival: Option<u64>,
    },
    /// What is held in memory of a log.
    Tip(LogId),
    /// An entry of an index, leading to an arrival.
    Index {
        /// Which index.
        index: &'static str,
        /// The arrival it leads to, or should lead to; 0 for the index's own structure.
        arrival: u64,
    },
    /// The other branch of a forked log.
    Fork {
        /// Local log number.
        log: u32,
        /// Place in the branch.
        seq: u64,
    },
    /// A register block.
    Block(u64),
    /// Register blocks, from the first height to the last.
    Blocks(u64, u64),
    /// The register's state.
    State,
    /// A small value: which table, which key.
    Value {
        /// The table.
        table: &'static str,
        /// The key, for people.
        key: String,
    },
    /// An attachment, in the catalogue or on disk.
    Blob(BlobHash),
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What was found there.
    pub what: String,
}

/// How far a check or repair is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is busy with.
    pub stage: Stage,
    /// How much of it is done.
    pub done: u64,
    /// How much there is.
    pub of: u64,
}

/// A stage of a check or repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Chains, by record.
    Records,
    /// Indexes.
    Indexes,
    /// Blocks and small values.
    Register,
    /// Attachments.
    Attachments,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Records a signature vouches for.
    pub verified: u64,
    /// Whole rows behind a damaged one, that nothing vouches for.
    pub unverified: u64,
    /// Logs.
    pub logs: u64,
    /// Blocks.
    pub blocks: u64,
    /// Attachments whose bytes were hashed.
    pub blobs: u64,
    /// What is wrong, at most ten thousand of it.
    pub faults: Vec<Fault>,
    /// Faults beyond these.
    pub more: u64,
}

impl CheckReport {
    /// Whether everything is as it was written.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    pub(crate) fn fault(&mut self, place: Place, what: impl Into<String>) {
        if self.faults.len() < NAMED_FAULTS {
            self.faults.push(Fault { place, what: what.into() });
        } else {
            self.more += 1;
        }
    }
}
