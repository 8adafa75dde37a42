//! A story's document: applying what was inspected, and writing new changes.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{
    ActorId, Automerge, AutomergeError, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, TextEncoding,
    Value,
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
    let chars: Vec<char> = text.chars().collect();
    Ledger::default().has_room(&inserts(0, &chars).collect::<Vec<_>>())?;
    let mut doc = fresh(log);
    let mut steps = inserts(0, &chars);
    let first = steps.next();
    let id = commit(&mut doc, |tx| {
        let id = tx.put_object(ROOT, "text", ObjType::Text)?;
        tx.put(ROOT, "title", title)?;
        first.map_or(Ok(()), |step| step.write(&id, tx))?;
        Ok(id)
    })?;
    let mut chunks = vec![last_chunk(&doc)?];
    for step in steps {
        commit(&mut doc, |tx| step.write(&id, tx))?;
        chunks.push(last_chunk(&doc)?);
    }
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
        let (before, after): (Vec<char>, Vec<char>) = (self.text().chars().collect(), text.chars().collect());
        let mut steps = Splice::between(&before, &after).steps(&after);
        let title = (title != self.title()).then_some(title);
        if title.is_some() && steps.is_empty() {
            steps.push(Step { at: 0, deleted: 0, inserted: String::new() });
        }
        self.ledger.has_room(&steps)?;
        let mut doc = self.doc.clone().with_actor(ActorId::from(id));
        let mut chunks = Vec::with_capacity(steps.len());
        for (number, step) in steps.iter().enumerate() {
            let title = title.filter(|_| number == 0);
            commit(&mut doc, |tx| {
                title.map_or(Ok(()), |title| tx.put(ROOT, "title", title))?;
                step.write(&self.text, tx)
            })?;
            chunks.push(last_chunk(&doc)?);
        }
        self.ledger.fits(&chunks)?;
        Ok(chunks)
    }
}

impl Ledger {
    /// Whether an edit may fit, before the work of writing it: a character takes a byte and an operation at least.
    fn has_room(&self, steps: &[Step]) -> Result<(), EditError> {
        let bytes: usize = steps.iter().map(|step| step.inserted.len()).sum();
        let operations: usize =
            steps.iter().map(|step| step.deleted + step.inserted.chars().count() + 2).sum();
        let room = self.bytes() + bytes <= limits::DOCUMENT_BYTES
            && self.operations() + operations as u64 <= limits::DOCUMENT_OPS;
        if room { Ok(()) } else { Err(EditError::Full) }
    }

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

    /// One change for an ordinary edit; a long one is cut so that each change keeps its bounds.
    fn steps(self, after: &[char]) -> Vec<Step> {
        let new = &after[self.inserted];
        if self.deleted <= limits::EDIT_DELETES && new.len() <= limits::EDIT_DELETES {
            let one = Step { at: self.at, deleted: self.deleted, inserted: new.iter().collect() };
            return if self.deleted + new.len() == 0 { Vec::new() } else { vec![one] };
        }
        let deletes = (0..self.deleted).step_by(limits::EDIT_DELETES).map(|done| Step {
            at: self.at,
            deleted: (self.deleted - done).min(limits::EDIT_DELETES),
            inserted: String::new(),
        });
        deletes.chain(inserts(self.at, new)).collect()
    }
}

/// One change's part of an edit.
struct Step {
    at: usize,
    deleted: usize,
    inserted: String,
}

fn inserts(at: usize, new: &[char]) -> impl Iterator<Item = Step> {
    new.chunks(limits::EDIT_CHARS).enumerate().map(move |(number, part)| Step {
        at: at + number * limits::EDIT_CHARS,
        deleted: 0,
        inserted: part.iter().collect(),
    })
}

impl Step {
    fn write(&self, text: &ObjId, tx: &mut Transaction<'_>) -> Result<(), AutomergeError> {
        let deleted = isize::try_from(self.deleted).expect("at most EDIT_DELETES");
        tx.splice_text(text, self.at, deleted, &self.inserted)
    }
}

fn fresh(log: &LogId) -> Automerge {
    Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint).with_actor(ActorId::from(actor(log)))
}

/// Writes one change; its time is 0, since nobody would believe it.
fn commit<T>(
    doc: &mut Automerge,
    write: impl FnOnce(&mut Transaction<'_>) -> Result<T, AutomergeError>,
) -> Result<T, EditError> {
    let mut tx = doc.transaction();
    let written = write(&mut tx).map_err(|_| EditError::Defect)?;
    tx.commit_with(CommitOptions::default().with_time(0));
    Ok(written)
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
