//! Taking back what one said: an effective withdrawal folds to a mark, whether or not the bytes are still held.

use std::collections::{BTreeMap, BTreeSet};

use linli_record::{BlobHash, Kind, RecordId, Refused};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::entry::{By, Entry};
use super::limits;
use super::payload::{Payload, line_or_nothing};
use crate::kinds;

/// Withdraws a whole object (by naming the record that began it), one record of it, or one attachment.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Withdraw {
    /// The record taken back; an object's beginning stands for the object.
    #[n(0)]
    pub target: RecordId,
    /// One attachment of it; absent for all of it.
    #[n(1)]
    pub blob: Option<BlobHash>,
    /// Why, shown beside the mark; may be empty.
    #[n(2)]
    pub reason: String,
}

impl Payload for Withdraw {
    const KIND: Kind = kinds::WITHDRAW;
    const NAME: &'static str = "withdraw";

    fn check(&self) -> Result<(), Refused> {
        line_or_nothing("reason", &self.reason, limits::REMARK)
    }
}

/// Kinds nobody takes back, though they be content: others rest on them.
const KEPT: [Kind; 7] = [
    Withdraw::KIND,
    kinds::KEY_GRANT,
    kinds::AUDIENCE,
    kinds::AUDIENCE_CHANGE,
    kinds::COVERED,
    kinds::ROLL_MAPPING,
    kinds::ROLL_CALL_CLOSE,
];

/// Families whose fold reads nothing but the mark once the object was withdrawn.
const GO_AS_A_WHOLE: [Kind; 3] = [kinds::NOTICE, kinds::STORY, kinds::THREAD];

/// Whether records of this kind can be withdrawn by their author: content only, and not what others rest on.
#[must_use]
pub fn withdrawable(kind: Kind) -> bool {
    kind.number() >= 96 && !KEPT.contains(&kind)
}

/// Why there is nothing to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Its author took it back.
    Withdrawn,
    /// Its bytes are not held here: not yet received, or kept no longer.
    NotHeld,
    /// It is sealed, and no key here opens it.
    Sealed,
    /// Its bytes are not what its kind says.
    Unreadable,
}

/// What stands in the place of something that can't be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Why.
    pub why: Why,
    /// Who took it back.
    pub by: Option<Box<By>>,
    /// The withdrawal.
    pub record: Option<RecordId>,
    /// What they said, or what was wrong with the bytes.
    pub reason: Option<String>,
}

impl Mark {
    const fn bare(why: Why) -> Self {
        Self { why, by: None, record: None, reason: None }
    }

    pub(crate) const fn not_held() -> Self {
        Self::bare(Why::NotHeld)
    }

    pub(crate) const fn sealed() -> Self {
        Self::bare(Why::Sealed)
    }

    pub(crate) fn unreadable(refused: &Refused) -> Self {
        Self::unreadable_because(refused.code())
    }

    pub(crate) fn unreadable_because(code: &str) -> Self {
        Self { reason: Some(code.to_owned()), ..Self::bare(Why::Unreadable) }
    }

    /// The stable code of [`Mark::why`].
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.why {
            Why::Withdrawn => "withdrawn",
            Why::NotHeld => "not-held",
            Why::Sealed => "sealed",
            Why::Unreadable => "unreadable",
        }
    }

    fn withdrawn(entry: &Entry<'_>, reason: String) -> Self {
        Self {
            why: Why::Withdrawn,
            by: Some(Box::new(entry.author.by())),
            record: Some(entry.record.id()),
            reason: Some(reason).filter(|reason| !reason.is_empty()),
        }
    }
}

/// The effective withdrawals among an object's records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    records: BTreeMap<RecordId, Mark>,
    blobs: BTreeMap<(RecordId, BlobHash), Mark>,
}

impl Marks {
    /// Reads the withdrawals of `ordered`; the second part are those without effect, with the reason.
    #[must_use]
    pub fn read<'e, 'a>(ordered: &[&'e Entry<'a>]) -> (Self, Vec<(&'e Entry<'a>, &'static str)>) {
        let mut marks = Self::default();
        let mut asides = Vec::new();
        let said: BTreeMap<RecordId, &Entry<'_>> = ordered.iter().map(|e| (e.record.id(), *e)).collect();
        for entry in ordered.iter().filter(|entry| entry.record.kind == Withdraw::KIND) {
            match marks.take(entry, &said) {
                Ok(()) => {}
                Err(reason) => asides.push((*entry, reason)),
            }
        }
        (marks, asides)
    }

    fn take(&mut self, entry: &Entry<'_>, said: &BTreeMap<RecordId, &Entry<'_>>) -> Result<(), &'static str> {
        if let Some(code) = entry.standing.code() {
            return Err(code);
        }
        let withdraw = entry.read::<Withdraw>().map_err(|mark| mark.code())?;
        let target = said.get(&withdraw.target).ok_or("unknown-record")?;
        // A change is part of a text others wrote on: the story goes as a whole, a picture alone.
        let change = target.record.kind == kinds::STORY_CHANGE && withdraw.blob.is_none();
        if !withdrawable(target.record.kind) || change {
            return Err("not-withdrawable");
        }
        if target.author.party() != entry.author.party() {
            return Err("not-the-author");
        }
        let mark = Mark::withdrawn(entry, withdraw.reason);
        match withdraw.blob {
            Some(blob) => self.blobs.entry((withdraw.target, blob)).or_insert(mark),
            None => self.records.entry(withdraw.target).or_insert(mark),
        };
        Ok(())
    }

    /// The mark in a record's place.
    #[must_use]
    pub fn on(&self, record: &RecordId) -> Option<&Mark> {
        self.records.get(record)
    }

    /// The records of an object whose bytes go with `target`, an effective withdrawal's: itself, and, if the object folds to
    /// this mark alone, all that its party said in it. Nothing when `target` was not withdrawn, or is not among `entries`.
    #[must_use]
    pub fn gone_with(&self, target: &RecordId, entries: &[Entry<'_>]) -> Vec<RecordId> {
        let named = entries.iter().find(|entry| entry.record.id() == *target);
        let Some(named) = named.filter(|_| self.on(target).is_some()) else { return Vec::new() };
        let whole = named.record.object.is_none() && GO_AS_A_WHOLE.contains(&named.record.kind);
        let goes = |entry: &&Entry<'_>| {
            let kind = entry.record.kind;
            let part = whole && (withdrawable(kind) || kind == kinds::STORY_CHANGE);
            entry.record.id() == *target || (part && entry.author.party() == named.author.party())
        };
        entries.iter().filter(goes).map(|entry| entry.record.id()).collect()
    }

    /// Every record of an object whose bytes its effective withdrawals take back.
    #[must_use]
    pub fn gone(&self, entries: &[Entry<'_>]) -> BTreeSet<RecordId> {
        self.records.keys().flat_map(|target| self.gone_with(target, entries)).collect()
    }

    /// The mark in an attachment's place: its own, or its record's.
    #[must_use]
    pub fn on_blob(&self, record: &RecordId, blob: &BlobHash) -> Option<&Mark> {
        self.on(record).or_else(|| self.blobs.get(&(*record, *blob)))
    }
}
