//! Covered (103): the path by which a private log's members see that a public block settled it (register rule 24).
//!
//! Written in the private log, after its author's public record carried the root. Read [`Covered::covers`].

use linli_record::private_root::Path;
use linli_record::{Header, Kind, LogId, RecordId, Refused};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::limits;
use super::payload::{Payload, within};
use crate::kinds;

/// The body of a covered record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Covered {
    /// The public record whose header carries the root.
    #[n(0)]
    pub public: RecordId,
    /// This log's record up to which it is covered.
    #[n(1)]
    pub tip: RecordId,
    /// From this log's leaf to the root.
    #[n(2)]
    pub path: Path,
}

impl Payload for Covered {
    const KIND: Kind = kinds::COVERED;
    const NAME: &'static str = "covered";

    fn check(&self) -> Result<(), Refused> {
        within("path", self.path.siblings.len(), limits::PATH_SIBLINGS)
    }
}

impl Covered {
    /// Whether `public`, the header this names, carries a root that covers `log` up to [`Covered::tip`].
    #[must_use]
    pub fn covers(&self, log: &LogId, public: &Header) -> bool {
        public.id() == self.public && public.private_root == Some(self.path.climb(log, &self.tip))
    }
}

/// How far a private log is covered, and by which public records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covering {
    /// The private log.
    pub log: LogId,
    /// Covered up to this sequence number.
    pub seq: u64,
    /// The public record whose block settles it.
    pub public: RecordId,
}

/// Reads the coverings of one private log: `entries` are its records, `public` finds the author's public headers.
/// Ascending by sequence number; a path that does not climb to its root, or leads to another author's, is left out.
#[must_use]
pub fn coverings<'h>(
    entries: &[Entry<'_>],
    author_public_log: &LogId,
    public: impl Fn(&RecordId) -> Option<&'h Header>,
) -> Vec<Covering> {
    let seq_of = |id: &RecordId| entries.iter().find(|entry| entry.record.id() == *id).map(|e| e.record.seq);
    let mut found: Vec<Covering> = entries
        .iter()
        .filter(|entry| entry.record.kind == Covered::KIND)
        .filter_map(|entry| {
            let covered = entry.read::<Covered>().ok()?;
            let header = public(&covered.public).filter(|header| header.log == *author_public_log)?;
            let seq = seq_of(&covered.tip)?;
            let log = entry.record.log;
            covered.covers(&log, header).then_some(Covering { log, seq, public: covered.public })
        })
        .collect();
    found.sort_by_key(|covering| (covering.seq, covering.public));
    found
}
