//! What an author says about a record before its log gives it a place.

use super::{BlobRef, Flags, Retention};
use crate::ids::{Hash, RecordId};
use crate::kind::Kind;

/// What an author chooses about a record; the log fills in the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What kind of statement this is.
    pub kind: Kind,
    /// The object it belongs to; `None` begins one.
    pub object: Option<RecordId>,
    /// "I had seen these."
    pub refs: Vec<RecordId>,
    /// Evidence and annex flags; sealing sets its own.
    pub flags: Flags,
    /// How long the payload is kept.
    pub retention: Retention,
    /// The consent a sighting rests on.
    pub consent: Option<RecordId>,
    /// Attachments.
    pub blobs: Vec<BlobRef>,
    /// Salted root over private logs.
    pub private_root: Option<Hash>,
    /// Newest block known.
    pub seen: u64,
}

impl Draft {
    /// A plain archived record that begins an object.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            object: None,
            refs: Vec::new(),
            flags: Flags::NONE,
            retention: Retention::Archive,
            consent: None,
            blobs: Vec::new(),
            private_root: None,
            seen: 0,
        }
    }

    /// Continues `object`.
    #[must_use]
    pub const fn on(mut self, object: RecordId) -> Self {
        self.object = Some(object);
        self
    }

    /// Keeps the signature for ever.
    #[must_use]
    pub const fn evidence(mut self) -> Self {
        self.flags = self.flags.with(Flags::EVIDENCE);
        self
    }

    /// Says which block the author knew.
    #[must_use]
    pub const fn seen(mut self, height: u64) -> Self {
        self.seen = height;
        self
    }

    /// Keeps the payload for this many days only (0 keeps it for ever).
    #[must_use]
    pub const fn for_days(mut self, days: u16) -> Self {
        self.retention = if days == 0 { Retention::Archive } else { Retention::Days(days) };
        self
    }
}
