//! When an author's public record carries a root over its private logs (rule 24). The root and its paths are
//! `linli_record::private_root`'s; what a private log's members read of it is `crate::content::covered`'s.

use super::limits::DAY_MS;

/// An author silent for this long writes a record of its own for the root.
pub const SILENT_MS: u64 = 30 * DAY_MS;

/// Whether a root is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootDue {
    /// There are no private logs, or a root stood in today's public record already.
    No,
    /// The next public record carries it: the first of its day.
    WithNext,
    /// The author said nothing public for a month: a record is written for it.
    Now,
}

/// Whether a root is owed at `now_ms`, when the last public record was written at `public_ms` and the last root at
/// `root_ms` (the author's own clock, which decides nothing for others), and `unrooted` tells whether there are private
/// logs. Whether one moved must make no difference: a day without a root would tell that no door opened. Days are those of UTC: what matters is that a root tells a day, and not when a door opened.
#[must_use]
pub const fn root_due(now_ms: u64, public_ms: u64, root_ms: Option<u64>, unrooted: bool) -> RootDue {
    if !unrooted {
        return RootDue::No;
    }
    let today = match root_ms {
        Some(at) => at / DAY_MS == now_ms / DAY_MS,
        None => false,
    };
    if today {
        RootDue::No
    } else if now_ms.saturating_sub(public_ms) >= SILENT_MS {
        RootDue::Now
    } else {
        RootDue::WithNext
    }
}
