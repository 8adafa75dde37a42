//! What the register answers: verdicts on records, faults of blocks. Codes are stable: logs, tests and screens use them.

use linli_record::{BlobHash, LogId, RecordId};

/// Whether a record counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "verdict", content = "reason", rename_all = "kebab-case")]
pub enum Verdict {
    /// It counts.
    Stands,
    /// Well-formed but without authority: kept and shown with its reason.
    Quarantined(Reason),
    /// Not decided: by the register so far, or by this version.
    Waiting(Reason),
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $code:literal;)*) => {
        /// Why a record does not simply stand.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The stable number, for a byte in a store.
            #[must_use]
            pub const fn number(self) -> u8 {
                match self { $(Self::$name => $number,)* }
            }
        }
    };
}

reasons! {
    /// The device is not enrolled.
    NotEnrolled = 1, "not-enrolled";
    /// The device was revoked.
    Revoked = 2, "revoked";
    /// The household or body was removed from common life.
    Removed = 3, "removed";
    /// The term of the household or body ended.
    Ended = 4, "ended";
    /// The log forked: only what was settled stands.
    Forked = 5, "forked";
    /// The log was closed, or may not be continued.
    LogClosed = 6, "log-closed";
    /// The author's role or office does not say things of this kind.
    NoOffice = 7, "no-office";
    /// It names a block that its settling could not follow.
    SeenAhead = 8, "seen-ahead";
    /// The statement's bytes are not of its kind.
    Malformed = 9, "malformed";
    /// Statements of power and tallies are plain, archived and signed as evidence.
    NotPlain = 10, "not-plain";
    /// It was made under another charter.
    StaleBase = 11, "stale-base";
    /// It names no recent block of this history.
    OtherHistory = 12, "other-history";
    /// No standing consent covers it.
    NoConsent = 13, "no-consent";
    /// It would be kept longer than the consent allows.
    KeptTooLong = 14, "kept-too-long";
    /// The quoted claim does not verify, or names what the statement may not admit.
    BadClaim = 15, "bad-claim";
    /// The key, node or log is enrolled or used up.
    AlreadyEnrolled = 16, "already-enrolled";
    /// What it names does not exist, or is not of that kind.
    NoSuchThing = 17, "no-such-thing";
    /// The proof does not prove two histories.
    BadProof = 18, "bad-proof";
    /// The device has too many open proposals or approvals.
    TooManyOpen = 19, "too-many-open";
    /// The household approved or confirmed already, or may not for its own seat.
    OwnSeat = 20, "own-seat";
    /// The statement breaks a rule between its parts, such as two registrars.
    BreaksRule = 21, "breaks-rule";
    /// This version does not judge statements of this kind.
    NotJudged = 22, "not-judged";
    /// Statements of power count when a block settles them.
    NotSettled = 23, "not-settled";
}

impl Reason {
    /// The reason with that number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.number() == number)
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl Verdict {
    /// The reason, unless it stands.
    #[must_use]
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Stands => None,
            Self::Quarantined(reason) | Self::Waiting(reason) => Some(reason),
        }
    }

    /// Whether it counts.
    #[must_use]
    pub const fn stands(self) -> bool {
        matches!(self, Self::Stands)
    }

    /// Two bytes for a store: which answer, and the reason's number.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 2] {
        match self {
            Self::Stands => [0, 0],
            Self::Quarantined(reason) => [1, reason.number()],
            Self::Waiting(reason) => [2, reason.number()],
        }
    }

    /// Reads back [`Verdict::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: [u8; 2]) -> Option<Self> {
        match bytes {
            [0, 0] => Some(Self::Stands),
            [1, number] => Reason::from_number(number).map(Self::Quarantined),
            [2, number] => Reason::from_number(number).map(Self::Waiting),
            _ => None,
        }
    }
}

/// Why a block can't be applied to a state. The node stays at the height before and says which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockFault {
    /// Of another community.
    #[error("block of another community")]
    OtherCommunity,
    /// Of another era than the register's.
    #[error("block of era {found}, the register is in era {held}")]
    OtherEra {
        /// The era of the state.
        held: u64,
        /// The era of the block.
        found: u64,
    },
    /// Not the next height.
    #[error("block {found} does not follow block height {expected}")]
    Height {
        /// The height that would follow.
        expected: u64,
        /// The height of the block.
        found: u64,
    },
    /// Follows another block than the head.
    #[error("block {height} follows another history")]
    OtherHistory {
        /// Height of the block.
        height: u64,
    },
    /// Block time must rise.
    #[error("block time {found} is not above {held}")]
    Time {
        /// Time of the head, ms.
        held: u64,
        /// Time of the block, ms.
        found: u64,
    },
    /// Made under rules this version does not know, or not the register's.
    #[error("block under rules {found}, the register's are {held}")]
    Rules {
        /// The register's rules number.
        held: u32,
        /// The block's.
        found: u32,
    },
    /// Larger than a block may be.
    #[error("block of {0} bytes")]
    TooLarge(usize),
    /// The snapshot is missing, not due, or not of this state.
    #[error("snapshot is missing, not due, or of another state")]
    Snapshot,
    /// A new era's base where no era begins.
    #[error("block names a base without beginning an era")]
    Base,
    /// Numbers or tips out of order, twice, or without a log.
    #[error("tips and numbers do not fit: {0}")]
    Tips(&'static str),
    /// A tip that does not move the log forward on the settled branch.
    #[error("log {log:?} at {seq} is not on the settled branch")]
    OtherBranch {
        /// The log.
        log: LogId,
        /// Sequence number the block names.
        seq: u64,
    },
    /// The log's key is enrolled neither before nor after the block, or the log is closed.
    #[error("log {0:?} may not settle")]
    NotEnrolled(LogId),
    /// A record that is not here.
    #[error("record {seq} of log {log:?} is not here")]
    MissingRecord {
        /// The log.
        log: LogId,
        /// Its sequence number.
        seq: u64,
    },
    /// The payload of a statement of power or tally that is not here.
    #[error("payload of {record:?} is not here")]
    MissingPayload {
        /// Its log.
        log: LogId,
        /// The record.
        record: RecordId,
    },
    /// A required annex that is not here.
    #[error("annex {hash:?} is not here")]
    MissingAnnex {
        /// The log of the statement that needs it.
        log: LogId,
        /// The annex.
        hash: BlobHash,
    },
}

impl BlockFault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OtherCommunity => "other-community",
            Self::OtherEra { .. } => "other-era",
            Self::Height { .. } => "height",
            Self::OtherHistory { .. } => "other-history",
            Self::Time { .. } => "time",
            Self::Rules { .. } => "rules-unknown",
            Self::TooLarge(_) => "too-large",
            Self::Snapshot => "snapshot",
            Self::Base => "base",
            Self::Tips(_) => "tips",
            Self::OtherBranch { .. } => "other-branch",
            Self::NotEnrolled(_) => "not-enrolled",
            Self::MissingRecord { .. } => "missing-record",
            Self::MissingPayload { .. } => "missing-payload",
            Self::MissingAnnex { .. } => "missing-annex",
        }
    }

    /// The log whose tip the fault is about, if it is about one.
    #[must_use]
    pub const fn log(&self) -> Option<&LogId> {
        match self {
            Self::OtherBranch { log, .. }
            | Self::NotEnrolled(log)
            | Self::MissingRecord { log, .. }
            | Self::MissingPayload { log, .. }
            | Self::MissingAnnex { log, .. } => Some(log),
            _ => None,
        }
    }

    /// Whether the block may yet apply, when what is missing arrives.
    #[must_use]
    pub const fn may_heal(&self) -> bool {
        matches!(self, Self::MissingRecord { .. } | Self::MissingPayload { .. } | Self::MissingAnnex { .. })
    }
}
