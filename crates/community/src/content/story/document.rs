//! A story's document: applying what was inspected, and writing new changes.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{
    ActorId, Automerge, AutomergeError, Change, ChangeHash, ObjId, ObjType, PatchAction, ROOT, ReadDoc,
    ScalarValue, TextEncoding, Value,
};
use linli_record::{LogId, Refused};

use super::super::limits;
use super::inspect::{self, Ledger};
use super::splice::{Since, Step, hunks, inserts, packed};
use super::{actor, text_fits, title_fits};

/// A document whose every change was inspected.
pub struct Document {
    doc: Automerge,
    text: ObjId,
    ledger: Ledger,
    /// Actors with a change that is held and not applied: they can't go on here.
    pub(super) stuck: BTreeSet<[u8; 16]>,
}

/// What somebody had read of a document before they edited it: its newest changes then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(Vec<ChangeHash>);

/// The changes' hashes in hexadecimal, with `+` between.
impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hashes: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&hashes.join("+"))
    }
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

    /// What is read here now.
    #[must_use]
    pub fn version(&self) -> Version {
        Version(self.doc.get_heads())
    }

    /// A version by its text, each hash of which may be cut short to eight digits; nothing when it is not one of this
    /// document.
    #[must_use]
    pub fn version_named(&self, name: &str) -> Option<Version> {
        let hashes: Option<Vec<ChangeHash>> =
            name.split('+').map(|part| self.ledger.named(part.trim())).collect();
        hashes.map(Version)
    }

    /// The changes that turn this document into `title` and `text`, written by `log`: what both texts have in common is left
    /// alone. Empty when nothing differs; several when the edit is long.
    ///
    /// # Errors
    /// [`EditError`]; nothing is changed here either way.
    pub fn edit(&self, log: &LogId, title: &str, text: &str) -> Result<Vec<Vec<u8>>, EditError> {
        self.edit_since(log, &self.version(), Some(title), Some(text))
    }

    /// The same, for somebody who had read `seen` and wants that to read `title` and `text`: what others changed since then
    /// stays, and a title they gave stands beside the new one.
    ///
    /// # Errors
    /// As [`Document::edit`].
    pub fn edit_since(
        &self,
        log: &LogId,
        seen: &Version,
        title: Option<&str>,
        text: Option<&str>,
    ) -> Result<Vec<Vec<u8>>, EditError> {
        title.map_or(Ok(()), title_fits)?;
        text.map_or(Ok(()), text_fits)?;
        let id = actor(log);
        if self.stuck.contains(&id) {
            return Err(EditError::Stuck);
        }
        let mut copy = Copy::seen_by(&self.doc, &self.text, &seen.0, &id)?;
        let title = title.filter(|title| *title != copy.title);
        let wanted: Vec<char> = text.unwrap_or(&copy.text).chars().collect();
        let before: Vec<char> = copy.text.chars().collect();
        let steps = copy.since.steps(&hunks(&before, &wanted), &wanted);
        self.ledger.has_room(&steps)?;
        let mut changes = packed(steps);
        if title.is_some() && changes.is_empty() {
            changes.push(Vec::new());
        }
        let mut chunks = Vec::with_capacity(changes.len());
        for (number, steps) in changes.iter().enumerate() {
            chunks.push(copy.write(title.filter(|_| number == 0), steps)?);
        }
        self.ledger.fits(&chunks)?;
        Ok(chunks)
    }
}

/// The document as an author had read it, with what that author wrote since: no author writes twice from one place.
struct Copy {
    doc: Automerge,
    id: ObjId,
    /// The title that was read.
    title: String,
    /// The text that was read.
    text: String,
    /// What became of it in `doc`.
    since: Since,
}

impl Copy {
    fn seen_by(whole: &Automerge, id: &ObjId, seen: &[ChangeHash], actor: &[u8]) -> Result<Self, EditError> {
        let actor = ActorId::from(actor);
        let mut doc = whole.clone().with_actor(actor.clone());
        if doc.get_heads() != seen {
            let last = doc.get_last_local_change().map(|change| change.hash());
            let heads: Vec<ChangeHash> = seen.iter().copied().chain(last).collect();
            doc = whole.fork_at(&heads).map_err(|_| EditError::Defect)?.with_actor(actor);
        }
        if doc.get_heads().len() as u64 > limits::CHANGE_DEPS {
            return Err(EditError::TooManyBranches);
        }
        let text = doc.text_at(id, seen).map_err(|_| EditError::Defect)?;
        let title = match doc.get_at(ROOT, "title", seen) {
            Ok(Some((Value::Scalar(value), _))) => scalar_text(&value),
            _ => String::new(),
        };
        let since = went_on(&doc, id, seen, text.chars().count()).ok_or(EditError::Defect)?;
        Ok(Self { doc, id: id.clone(), title, text, since })
    }

    /// Writes one change.
    fn write(&mut self, title: Option<&str>, steps: &[Step]) -> Result<Vec<u8>, EditError> {
        commit(&mut self.doc, |tx| {
            title.map_or(Ok(()), |title| tx.put(ROOT, "title", title))?;
            steps.iter().try_for_each(|step| step.write(&self.id, tx))
        })?;
        last_chunk(&self.doc)
    }
}

/// What became since of a text of so many characters.
fn went_on(doc: &Automerge, id: &ObjId, seen: &[ChangeHash], characters: usize) -> Option<Since> {
    let mut since = Since::seen(characters);
    for patch in doc.diff_obj(id, seen, &doc.get_heads(), false).ok()? {
        let fits = match &patch.action {
            PatchAction::SpliceText { index, value, .. } => {
                since.insert(*index, value.make_string().chars().count())
            }
            PatchAction::DeleteSeq { index, length } => since.delete(*index, *length),
            _ => true,
        };
        if !fits {
            return None;
        }
    }
    Some(since)
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
