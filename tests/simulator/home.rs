//! One home of the neighbourhood: its folder, disk and clock, and the node while it runs.

use linli_node::testing::{SimHome, SimNode};
use linli_record::{DeviceKey, NodeKey, RecordId};
use linli_store::testing::SimDisk;

/// Whether a home can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heart {
    /// Runs the program as it is.
    Honest,
    /// A copy of an honest home that does not know it is one: the same keys, on a machine that looks the same.
    Twin,
    /// Runs a changed program.
    Liar,
}

/// Something a node acknowledged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) record: RecordId,
    pub(crate) at_ms: u64,
}

/// What a backup holds.
#[derive(Debug, Clone)]
pub(crate) struct Backup {
    pub(crate) disk: SimDisk,
    pub(crate) keys: Vec<u8>,
    pub(crate) at_ms: u64,
}

/// A home.
pub(crate) struct Home {
    pub(crate) name: String,
    pub(crate) at: SimHome,
    pub(crate) node: Option<SimNode>,
    pub(crate) heart: Heart,
    /// The transport key; known from the first start on.
    pub(crate) key: NodeKey,
    pub(crate) device: DeviceKey,
    /// How far its clock is off, milliseconds.
    pub(crate) skew_ms: i64,
    /// What it acknowledged to its people.
    pub(crate) told: Vec<Told>,
    /// A round of calls waits for its end.
    pub(crate) round_open: bool,
    /// Its disk refuses writes until it is started again.
    pub(crate) disk_failed: bool,
    pub(crate) backup: Option<Backup>,
    /// It was restored from a backup: its logs may have two histories.
    pub(crate) restored: bool,
    /// Moved out: it never runs again.
    pub(crate) gone: bool,
}

impl Home {
    pub(crate) const fn up(&self) -> bool {
        self.node.is_some()
    }

    pub(crate) fn honest(&self) -> bool {
        self.heart == Heart::Honest
    }
}
