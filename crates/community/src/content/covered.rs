//! Covered (103): the path by which a private log's members see that a public block settled it (register rule 24).
//!
//! Written in the private log, after its author's public record carried the root. Read [`first_over`]: of several, the
//! first counts.

use linli_record::private_root::Path;
use linli_record::{DeviceKey, Header, Kind, LogId, RecordId, Refused};
use minicbor::{Decode, Encode};

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

/// How far a private log is covered, and by which public record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covering {
    /// Covered up to this sequence number.
    pub seq: u64,
    /// The public record whose block settles it.
    pub public: RecordId,
}

/// What a covered record covers, as far as that can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cover {
    /// Its key, its body or the public record it names is not here yet.
    Unread,
    /// Nothing: it does not read, its path does not climb to the root, or leads to another author's.
    Void,
    /// Its log, so far.
    Reaches(Covering),
}

/// Reads a covered record of a log that `author` writes. `seq_of` finds a record of that log, `public` any record's header
/// with the key that writes its log.
pub fn read(
    entry: &Entry<'_>,
    author: &DeviceKey,
    seq_of: impl Fn(&RecordId) -> Option<u64>,
    public: impl Fn(&RecordId) -> Option<(DeviceKey, Header)>,
) -> Cover {
    if entry.body.is_none() {
        return Cover::Unread;
    }
    let Ok(covered) = entry.read::<Covered>() else { return Cover::Void };
    let Some((writes, header)) = public(&covered.public) else { return Cover::Unread };
    let named = writes == *author && header.audience.is_none() && covered.covers(&entry.record.log, &header);
    match seq_of(&covered.tip).filter(|seq| named && *seq < entry.record.seq) {
        Some(seq) => Cover::Reaches(Covering { seq, public: covered.public }),
        None => Cover::Void,
    }
}

/// Which covering settles the record at `seq`: the first written after it that reaches it. `covers` are the log's covered
/// records with their places, ascending. One that can't be read yet may be the first: until it is read, none counts, or
/// whoever is handed keys late would see a record settled at one height, and at a lower one afterwards.
#[must_use]
pub fn first_over<'c>(covers: impl IntoIterator<Item = (u64, &'c Cover)>, seq: u64) -> Option<&'c Covering> {
    for (_, cover) in covers.into_iter().filter(|(place, _)| *place > seq) {
        match cover {
            Cover::Unread => return None,
            Cover::Reaches(covering) if covering.seq >= seq => return Some(covering),
            Cover::Reaches(_) | Cover::Void => {}
        }
    }
    None
}
