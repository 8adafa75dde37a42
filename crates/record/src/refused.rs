//! Why bytes are not a record, a log, a block or a certificate. Codes are stable: logs, tests and screens use them.

use crate::ids::{LogId, RecordId};

/// An answer, not a failure: what came in is not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Not CBOR in the deterministic encoding, or not the shape expected.
    #[error("malformed {what}: {why}")]
    Malformed {
        /// What was being read.
        what: &'static str,
        /// What was wrong with it.
        why: String,
    },
    /// More than a named bound of `limits`.
    #[error("{what} is {found}, the limit is {limit}")]
    TooLarge {
        /// What was measured.
        what: &'static str,
        /// How much there was.
        found: usize,
        /// How much there may be.
        limit: usize,
    },
    /// A format version this program does not know.
    #[error("format version {found} needs a newer Linli (this one knows {known})")]
    Version {
        /// The version found.
        found: u64,
        /// The newest version known.
        known: u8,
    },
    /// A suite of signatures or ciphers this program does not know.
    #[error("{what} of suite {found} needs a newer Linli")]
    Suite {
        /// What was being read.
        what: &'static str,
        /// The suite found.
        found: u16,
    },
    /// A header key below 64 that format 1 does not define.
    #[error("header key {0} is reserved and unknown")]
    UnknownKey(u64),
    /// A log must begin with its log-open record, and only there.
    #[error("a log begins with log-open at sequence 0, and only there")]
    NotAnOpening,
    /// The log id is not the hash of key, incarnation and audience.
    #[error("log {0:?} does not belong to the key that opened it")]
    ForeignLog(LogId),
    /// A record of another log in a run.
    #[error("expected a record of log {expected:?}, found one of {found:?}")]
    OtherLog {
        /// The log of the run.
        expected: LogId,
        /// The log the record names.
        found: LogId,
    },
    /// A run does not follow on what is held.
    #[error("expected sequence {expected}, found {found}")]
    Gap {
        /// The next sequence number.
        expected: u64,
        /// The one that came.
        found: u64,
    },
    /// A record in the middle of a run does not follow the one before it: a broken run, which proves nothing.
    #[error("record {seq} does not follow the record before it in its run")]
    Broken {
        /// Sequence number of the record.
        seq: u64,
    },
    /// A signed run begins with a record that names another predecessor than the one held: two histories.
    #[error("record {seq} follows {found:?}, not {held:?}")]
    Fork {
        /// Sequence number of the record.
        seq: u64,
        /// The predecessor held.
        held: RecordId,
        /// The predecessor named.
        found: RecordId,
    },
    /// The signature does not verify.
    #[error("signature of record {seq} does not verify")]
    Signature {
        /// Sequence number of the record.
        seq: u64,
    },
    /// A run must end at a kept signature.
    #[error("run ends at sequence {seq} without a signature")]
    Unsigned {
        /// Sequence number of the last record.
        seq: u64,
    },
    /// The newest block an author had seen can't become older within a log.
    #[error("record {seq} has seen block {found} after block {held}")]
    SeenFell {
        /// Sequence number of the record.
        seq: u64,
        /// The height seen by the record before.
        held: u64,
        /// The height this one names.
        found: u64,
    },
    /// A device's format version may only rise.
    #[error("record {seq} is of version {found} after version {held}")]
    VersionFell {
        /// Sequence number of the record.
        seq: u64,
        /// Version of the record before.
        held: u8,
        /// Version of this one.
        found: u8,
    },
    /// The payload is not the one the header was signed for.
    #[error("payload of record {seq} does not match its header")]
    Payload {
        /// Sequence number of the record.
        seq: u64,
    },
    /// A log ended with log-close.
    #[error("log was closed before sequence {seq}")]
    Closed {
        /// Sequence number of the record.
        seq: u64,
    },
    /// A sealed thing does not open with this key, or was changed.
    #[error("{0} does not open with this key")]
    Sealed(&'static str),
    /// A block or certificate that does not follow the register.
    #[error("block {height}: {why}")]
    Block {
        /// Height of the block.
        height: u64,
        /// What was wrong with it.
        why: &'static str,
    },
}

impl Refused {
    /// The stable reason code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed",
            Self::TooLarge { .. } => "too-large",
            Self::Version { .. } => "newer-version",
            Self::Suite { .. } => "newer-suite",
            Self::UnknownKey(_) => "unknown-key",
            Self::NotAnOpening => "not-an-opening",
            Self::ForeignLog(_) => "foreign-log",
            Self::OtherLog { .. } => "other-log",
            Self::Gap { .. } => "gap",
            Self::Broken { .. } => "broken",
            Self::Fork { .. } => "fork",
            Self::Signature { .. } => "signature",
            Self::Unsigned { .. } => "unsigned",
            Self::SeenFell { .. } => "seen-fell",
            Self::VersionFell { .. } => "version-fell",
            Self::Payload { .. } => "payload",
            Self::Closed { .. } => "closed",
            Self::Sealed(_) => "sealed",
            Self::Block { .. } => "block",
        }
    }

    pub(crate) fn malformed(what: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Malformed { what, why: why.to_string() }
    }

    /// Fails when `found` is above `limit`.
    pub(crate) fn bound(what: &'static str, found: usize, limit: usize) -> Result<(), Self> {
        if found > limit { Err(Self::TooLarge { what, found, limit }) } else { Ok(()) }
    }
}
