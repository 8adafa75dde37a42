//! The number that says what a record is. The table of numbers and their meanings is `community`'s; this crate
//! names only the ones it must know to verify a log.

use std::fmt;

/// A record's kind. Unknown kinds are kept and forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Kind(u16);

impl Kind {
    /// The first record of a log.
    pub const LOG_OPEN: Self = Self(0);
    /// The last record of a log.
    pub const LOG_CLOSE: Self = Self(1);
    /// Proof that a log has two histories.
    pub const FORK_PROOF: Self = Self(2);

    /// A kind by its number.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
