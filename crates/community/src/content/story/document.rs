//! A story's document: applying what was inspected, and writing new changes.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{
    ActorId, Automerge, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, TextEncoding, Value,
};
use linli_record::{LogId, Refused};

use super::super::limits;
use super::inspect::{self, Ledger};
use super::{actor, text_fits, title_fits};

/// A document whose every change was inspected.
pub struct Document {
    doc: Automerge,
    text: ObjId,
    ledger: Ledger,
    /// Actors with a change that is held and not applied: they can't go on here.
    pub(super) stuck: BTreeSet<[u8; 16]>,
}

/// Why an edit can't be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// A title or text that breaks a bound.
    #[error("edit of a story: {0}")]
    Refused(#[from] Refused),
    /// The document's limit of changes or bytes is reached.
    #[error("the story is full; a new story can continue it")]
    Full,
    /// An earlier change of this device is held and set aside: a later one would have no place.
    #[error("an earlier change of this device is set aside; another device can go on")]
    Stuck,
    /// More than 64 changes stand side by side, so no one change can rest on all of them.
    #[error("too many changes stand side by side")]
    TooManyBranches,
    /// The document can't be changed: a defect of ours.
    #[error("the story's document does not take the edit")]
    Defect,
}

/// The change chunks that begin a document: the first stands in the story's own record, the others in story-change
/// records.
///
/// # Errors
/// [`EditError`] when title or text break a bound.
pub fn begin(log: &LogId, title: &str, text: &str) -> Result<Vec<Vec<u8>>, EditError> {
    title_fits(title)?;
    text_fits(text)?;
    let mut doc = fresh(log);
    let id = {
        let mut tx = doc.transaction();
        let id = tx.put_object(ROOT, "text", ObjType::Text).map_err(|_| EditError::Defect)?;
        tx.put(ROOT, "title", title).map_err(|_| EditError::Defect)?;
        tx.splice_text(&id, 0, 0, &first_chars(text)).map_err(|_| EditError::Defect)?;
        tx.commit_with(CommitOptions::default().with_time(0));
        id
    };
    let mut chunks = vec![last_chunk(&doc)?];
    let written = first_chars(text).chars().count();
    let rest: Vec<char> = text.chars().skip(written).collect();
    insert(&mut doc, &id, written, &rest, &mut chunks)?;
    Ledger::default().fits(&chunks)?;
    Ok(chunks)
}

impl Document {
    /// The document of these inspected changes, in the order they were accepted; `Err` names one that Automerge does
    /// not take after all.
    pub(super) fn apply(ledger: Ledger, changes: &[Change]) -> Result<Self, usize> {
        match build(changes) {
            Some((doc, text)) => Ok(Self { doc, text, ledger, stuck: BTreeSet::new() }),
            None => Err(first_refused(changes)),
        }
    }

    /// The title: of several given at once, the one Automerge's rule prefers.
    #[must_use]
    pub fn title(&self) -> String {
        match self.doc.get(ROOT, "title") {
            Ok(Some((Value::Scalar(value), _))) => scalar_text(&value),
            _ => String::new(),
        }
    }

    /// Titles given at the same time, the preferred one left out, in ascending order.
    #[must_use]
    pub fn other_titles(&self) -> Vec<String> {
        let all = self.doc.get_all(ROOT, "title").unwrap_or_default();
        let text = |value: &Value<'_>| match value {
            Value::Scalar(value) => Some(scalar_text(value)),
            Value::Object(_) => None,
        };
        let shown = self.title();
        let others: BTreeSet<String> =
            all.iter().filter_map(|(value, _)| text(value)).filter(|title| *title != shown).collect();
        others.into_iter().collect()
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> String {
        self.doc.text(&self.text).unwrap_or_default()
    }

    /// Changes applied.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.ledger.len()
    }

    /// Whether no further change fits.
    #[must_use]
    pub fn full(&self) -> bool {
        self.ledger.len() >= limits::DOCUMENT_CHANGES
            || self.ledger.bytes() >= limits::DOCUMENT_BYTES
            || self.ledger.operations() >= limits::DOCUMENT_OPS
    }

    /// The changes that turn this document into `title` and `text`, written by `log`: what both texts begin and end with
    /// is left alone. Empty when nothing differs; several when the edit is long.
    ///
    /// # Errors
    /// [`EditError`]; nothing is changed here either way.
    pub fn edit(&self, log: &LogId, title: &str, text: &str) -> Result<Vec<Vec<u8>>, EditError> {
        title_fits(title)?;
        text_fits(text)?;
        let id = actor(log);
        if self.stuck.contains(&id) {
            return Err(EditError::Stuck);
        }
        if self.doc.get_heads().len() as u64 > limits::CHANGE_DEPS {
            return Err(EditError::TooManyBranches);
        }
        let mut doc = self.doc.clone().with_actor(ActorId::from(id));
        let mut chunks = Vec::new();
        if title != self.title() {
            put_title(&mut doc, title)?;
            chunks.push(last_chunk(&doc)?);
        }
        let (before, after): (Vec<char>, Vec<char>) = (self.text().chars().collect(), text.chars().collect());
        let change = Splice::between(&before, &after);
        delete(&mut doc, &self.text, change.at, change.deleted, &mut chunks)?;
        insert(&mut doc, &self.text, change.at, &after[change.inserted], &mut chunks)?;
        self.ledger.fits(&chunks)?;
        Ok(chunks)
    }
}

impl Ledger {
    fn fits(&self, chunks: &[Vec<u8>]) -> Result<(), EditError> {
        let bytes: usize = chunks.iter().map(Vec::len).sum();
        let fits = self.len() + chunks.len() <= limits::DOCUMENT_CHANGES
            && self.bytes() + bytes <= limits::DOCUMENT_BYTES
            && chunks.iter().all(|chunk| chunk.len() <= limits::CHANGE);
        if fits { Ok(()) } else { Err(EditError::Full) }
    }
}

/// Where two texts differ: everything between their common beginning and their common end.
struct Splice {
    at: usize,
    deleted: usize,
    inserted: std::ops::Range<usize>,
}

impl Splice {
    fn between(before: &[char], after: &[char]) -> Self {
        let at = before.iter().zip(after).take_while(|(a, b)| a == b).count();
        let tail =
            before[at..].iter().rev().zip(after[at..].iter().rev()).take_while(|(a, b)| a == b).count();
        Self { at, deleted: before.len() - at - tail, inserted: at..after.len() - tail }
    }
}

fn fresh(log: &LogId) -> Automerge {
    Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint).with_actor(ActorId::from(actor(log)))
}

fn first_chars(text: &str) -> String {
    text.chars().take(limits::EDIT_CHARS).collect()
}

fn put_title(doc: &mut Automerge, title: &str) -> Result<(), EditError> {
    let mut tx = doc.transaction();
    tx.put(ROOT, "title", title).map_err(|_| EditError::Defect)?;
    tx.commit_with(CommitOptions::default().with_time(0));
    Ok(())
}

fn delete(
    doc: &mut Automerge,
    text: &ObjId,
    at: usize,
    mut count: usize,
    chunks: &mut Vec<Vec<u8>>,
) -> Result<(), EditError> {
    while count > 0 {
        let now = count.min(limits::EDIT_DELETES);
        splice(doc, text, at, now, "")?;
        chunks.push(last_chunk(doc)?);
        count -= now;
    }
    Ok(())
}

fn insert(
    doc: &mut Automerge,
    text: &ObjId,
    mut at: usize,
    chars: &[char],
    chunks: &mut Vec<Vec<u8>>,
) -> Result<(), EditError> {
    for part in chars.chunks(limits::EDIT_CHARS) {
        splice(doc, text, at, 0, &part.iter().collect::<String>())?;
        chunks.push(last_chunk(doc)?);
        at += part.len();
    }
    Ok(())
}

fn splice(doc: &mut Automerge, text: &ObjId, at: usize, deleted: usize, new: &str) -> Result<(), EditError> {
    let deleted = isize::try_from(deleted).map_err(|_| EditError::Defect)?;
    let mut tx = doc.transaction();
    tx.splice_text(text, at, deleted, new).map_err(|_| EditError::Defect)?;
    tx.commit_with(CommitOptions::default().with_time(0));
    Ok(())
}

fn last_chunk(doc: &Automerge) -> Result<Vec<u8>, EditError> {
    Ok(doc.get_last_local_change().ok_or(EditError::Defect)?.raw_bytes().to_vec())
}

fn scalar_text(value: &ScalarValue) -> String {
    if let ScalarValue::Str(text) = value { text.to_string() } else { String::new() }
}

/// Applies changes to an empty document and reads it back from its saved bytes; nothing if anything is amiss. The
/// inspection should leave nothing to catch: this is the net under it.
fn build(changes: &[Change]) -> Option<(Automerge, ObjId)> {
    let built = catch_unwind(AssertUnwindSafe(|| {
        let mut doc = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint);
        doc.apply_changes(changes.iter().cloned()).ok()?;
        let (_, text) = doc.get(ROOT, "text").ok()??;
        let shown = doc.text(&text).ok()?;
        let again = Automerge::load(&doc.save()).ok()?;
        let (_, same) = again.get(ROOT, "text").ok()??;
        let whole = doc.get_missing_deps(&[]).is_empty() && doc.get_changes(&[]).len() == changes.len();
        (whole && again.text(&same).ok()? == shown).then_some((doc, text))
    }));
    built.ok().flatten()
}

/// The first change without which the ones before it would do, by halving.
fn first_refused(changes: &[Change]) -> usize {
    let (mut good, mut bad) = (0, changes.len());
    while bad - good > 1 {
        let middle = usize::midpoint(good, bad);
        if build(&changes[..middle]).is_some() { good = middle } else { bad = middle }
    }
    bad.saturating_sub(1)
}

/// Inspects one chunk by itself.
pub(super) fn parse(chunk: &[u8], log: &LogId) -> Result<Change, inspect::Reason> {
    inspect::parse(chunk, &actor(log))
}
