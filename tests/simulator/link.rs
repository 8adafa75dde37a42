//! A link between two homes: what is on its way, how long it takes, and what a bad line does to it.

use crate::liar::Mask;

/// How a line treats frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// In order, whole.
    Sound,
    /// Loses, doubles and reorders some.
    Bad,
}

/// One direction's frames.
#[derive(Debug, Default)]
pub(crate) struct Way {
    /// When the last frame arrives: none overtakes it on a sound line.
    pub(crate) last_ms: u64,
    /// Frames under way.
    pub(crate) flying: usize,
    /// Bytes under way.
    pub(crate) bytes: usize,
}

/// A link.
pub(crate) struct Link {
    /// Homes at its ends; the first dialed.
    pub(crate) ends: [usize; 2],
    pub(crate) ways: [Way; 2],
    pub(crate) line: Line,
    pub(crate) latency_ms: u64,
    /// A liar's end speaks through a mask instead of its node.
    pub(crate) masks: [Option<Mask>; 2],
    /// Frames that somebody changed or invented came over it, or a mask lied.
    pub(crate) tainted: bool,
}

impl Link {
    pub(crate) fn end_of(&self, home: usize) -> Option<usize> {
        self.ends.iter().position(|end| *end == home)
    }
}
