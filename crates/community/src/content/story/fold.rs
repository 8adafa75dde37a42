//! From a story's records to its document and view.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Change, ChangeHash};

use super::super::entry::{Author, Context, Entry, Party};
use super::super::object::{Aside, Gathered, pictures};
use super::super::payload::Payload;
use super::super::withdraw::Mark;
use super::inspect::{Ledger, Reason};
use super::{
    Document, Editors, Story, StoryChange, StoryChangeView, StoryNote, StoryNoteView, StoryPicture,
    StoryView, actor, document,
};

/// Folds a story from its records; `None` without its beginning.
#[must_use]
pub fn fold(entries: &[Entry<'_>], ctx: &Context<'_>) -> Option<StoryView> {
    open(entries, ctx).map(|(view, _)| view)
}

/// Folds a story and opens its document for editing; no document when the story was withdrawn or can't be read.
#[must_use]
pub fn open(entries: &[Entry<'_>], _: &Context<'_>) -> Option<(StoryView, Option<Document>)> {
    let object = Gathered::of::<Story>(entries)?;
    let story = match object.read::<Story>(object.begin) {
        Ok(story) => story,
        Err(mark) => return Some((StoryView::empty(&object, Some(mark)), None)),
    };
    let mut view = StoryView::empty(&object, None);
    view.editors = story.editors.clone();
    view.agreed.clone_from(&story.agreed);
    view.show(object.begin, &story.captions, &object);
    let mut changes = Changes::default();
    changes.add(object.begin, Some(&story.change), true);
    view.read_rest(&object, &mut changes);
    let document = changes.replay(&mut view);
    view.asides.retain(|aside| !view.changes.iter().any(|change| change.said.id == aside.id));
    if document.is_none() {
        view.mark = Some(Mark::unreadable_because("no-first-change"));
    }
    if let Some(document) = &document {
        view.title = document.title();
        view.other_titles = document.other_titles();
        view.text = document.text();
        view.version = document.version().to_string();
        view.full = document.full();
    }
    Some((view, document))
}

impl StoryView {
    fn empty(object: &Gathered<'_, '_>, mark: Option<Mark>) -> Self {
        Self {
            id: object.id(),
            opened: object.begin.said(),
            mark,
            title: String::new(),
            other_titles: Vec::new(),
            text: String::new(),
            version: String::new(),
            editors: Editors::Author,
            agreed: String::new(),
            pictures: Vec::new(),
            changes: Vec::new(),
            notes: Vec::new(),
            asides: object.asides.clone(),
            full: false,
        }
    }

    fn show(&mut self, entry: &Entry<'_>, captions: &[String], object: &Gathered<'_, '_>) {
        let shown = pictures(entry, captions, &object.marks);
        self.pictures.extend(shown.into_iter().map(|picture| StoryPicture { said: entry.said(), picture }));
    }

    fn read_rest<'e, 'a>(&mut self, object: &Gathered<'e, 'a>, changes: &mut Changes<'e, 'a>) {
        for &entry in &object.all {
            match entry.record.kind {
                StoryChange::KIND => self.read_change(object, entry, changes),
                StoryNote::KIND if entry.stands() => self.read_note(object, entry),
                StoryNote::KIND => {}
                _ if entry.stands() => self.asides.push(Aside::of(entry, "unknown-kind")),
                _ => {}
            }
        }
    }

    fn read_change<'e, 'a>(
        &mut self,
        object: &Gathered<'e, 'a>,
        entry: &'e Entry<'a>,
        changes: &mut Changes<'e, 'a>,
    ) {
        let body = match entry.read::<StoryChange>() {
            Ok(body) => body,
            Err(mark) if entry.stands() => return self.asides.push(Aside::of(entry, mark.code())),
            Err(_) => return,
        };
        let editor = self.editors.include(entry.author, object.begin.author);
        if entry.stands() && editor {
            self.show(entry, &body.captions, object);
        } else if entry.stands() {
            self.asides.push(Aside::of(entry, "not-an-editor"));
        }
        changes.add(entry, body.change.as_deref(), editor);
    }

    fn read_note(&mut self, object: &Gathered<'_, '_>, entry: &Entry<'_>) {
        let note = object.read::<StoryNote>(entry);
        let (note, mark) = match note {
            Ok(note) => (Some(note), None),
            Err(mark) => (None, Some(mark)),
        };
        self.notes.push(StoryNoteView {
            said: entry.said(),
            kind: note.as_ref().map(|note| note.kind),
            about: note.as_ref().and_then(|note| note.about),
            pictures: note.as_ref().map_or(Vec::new(), |n| pictures(entry, &n.captions, &object.marks)),
            text: note.map_or_else(String::new, |note| note.text),
            mark,
        });
    }
}

impl Editors {
    fn include(&self, author: &Author, beginner: &Author) -> bool {
        author.party() == beginner.party()
            || match (self, author.party()) {
                (Self::Everyone, _) => true,
                (Self::Named(households), Party::Household(household)) => households.contains(&household),
                _ => false,
            }
    }
}

/// One change record, parsed.
struct Offered<'e, 'a> {
    entry: &'e Entry<'a>,
    change: Change,
    /// Why it is not here by itself; `None` for a standing change of an editor.
    guest: Option<&'static str>,
}

#[derive(Default)]
struct Changes<'e, 'a> {
    /// In canonical order; the story's first change at 0, unless it could not be read.
    offered: Vec<Offered<'e, 'a>>,
    refused: Vec<(&'e Entry<'a>, Reason)>,
    begun: bool,
}

impl<'e, 'a> Changes<'e, 'a> {
    fn add(&mut self, entry: &'e Entry<'a>, chunk: Option<&[u8]>, editor: bool) {
        let Some(chunk) = chunk else { return };
        let guest = match entry.standing.code() {
            // The beginning's own verdict is the story's, shown with it.
            _ if entry.record.object.is_none() => None,
            Some(code) => Some(code),
            None if editor => None,
            None => Some("not-an-editor"),
        };
        match document::parse(chunk, &entry.record.log) {
            Ok(change) => {
                self.begun |= entry.record.object.is_none();
                self.offered.push(Offered { entry, change, guest });
            }
            Err(reason) => self.refused.push((entry, reason)),
        }
    }

    /// Accepts what may be applied, applies it, and tells the view what became of each change.
    fn replay(mut self, view: &mut StoryView) -> Option<Document> {
        let mut barred: BTreeSet<usize> = BTreeSet::new();
        let (mut document, accepted, refusals) = loop {
            let run = self.accept(&barred);
            let changes: Vec<Change> =
                run.accepted.iter().map(|at| self.offered[*at].change.clone()).collect();
            match Document::apply(run.ledger, &changes) {
                Ok(document) => break (Some(document), run.accepted, run.refusals),
                Err(_) if changes.is_empty() => break (None, run.accepted, run.refusals),
                Err(at) => barred.insert(run.accepted[at]),
            };
        };
        let mut stuck = BTreeSet::new();
        for (at, reason) in refusals {
            let offered = &self.offered[at];
            stuck.insert(actor(&offered.entry.record.log));
            if offered.guest.is_none() {
                self.refused.push((offered.entry, reason));
            }
        }
        stuck.extend(self.refused.iter().map(|(entry, _)| actor(&entry.record.log)));
        view.asides.extend(self.refused.iter().filter(|(e, _)| e.stands()).map(|(e, why)| Aside::of(e, why)));
        view.changes = accepted.iter().map(|at| self.offered[*at].view()).collect();
        if let Some(document) = &mut document {
            document.stuck = stuck;
        }
        document
    }

    /// Rule 10 of the register: a change without standing stays if a standing one rests on it, so changes are accepted
    /// with all they rest on, and again without the guests that no accepted change needs.
    fn accept(&self, barred: &BTreeSet<usize>) -> Run {
        let own: Vec<usize> =
            (0..self.offered.len()).filter(|at| self.offered[*at].guest.is_none()).collect();
        let mut wanted = self.with_past(&own);
        loop {
            let run = self.walk(&wanted, barred);
            let held: Vec<usize> =
                run.accepted.iter().copied().filter(|at| self.offered[*at].guest.is_none()).collect();
            let mut needed = self.with_past(&held);
            needed.extend(&own);
            needed.retain(|at| wanted.contains(at));
            if needed == wanted {
                return run.with_rest(self, &wanted);
            }
            wanted = needed;
        }
    }

    /// These changes, and all they rest on as far as it is held.
    fn with_past(&self, from: &[usize]) -> BTreeSet<usize> {
        let mut by_hash: BTreeMap<ChangeHash, usize> = BTreeMap::new();
        for (at, offered) in self.offered.iter().enumerate() {
            by_hash.entry(offered.change.hash()).or_insert(at);
        }
        let mut found: BTreeSet<usize> = from.iter().copied().collect();
        let mut open: Vec<usize> = from.to_vec();
        while let Some(at) = open.pop() {
            let before = self.offered[at].change.deps().iter().filter_map(|hash| by_hash.get(hash));
            open.extend(before.filter(|dep| found.insert(**dep)));
        }
        found
    }

    /// In canonical order, each after its dependencies.
    fn walk(&self, wanted: &BTreeSet<usize>, barred: &BTreeSet<usize>) -> Run {
        let mut run = Run::default();
        let mut waiting: BTreeSet<usize> = wanted.difference(barred).copied().collect();
        run.refusals.extend(wanted.intersection(barred).map(|at| (*at, "not-a-plain-change")));
        loop {
            let ready = waiting
                .iter()
                .copied()
                .find(|at| self.offered[*at].change.deps().iter().all(|hash| run.ledger.knows(hash)));
            // Only the story's own first change may begin its document.
            let Some(at) = ready.filter(|at| self.begun && (*at == 0 || run.ledger.len() > 0)) else { break };
            waiting.remove(&at);
            match run.ledger.accept(&self.offered[at].change) {
                Ok(()) => run.accepted.push(at),
                Err(reason) => run.refusals.push((at, reason)),
            }
        }
        run.refusals.extend(waiting.into_iter().map(|at| (at, "dependency-missing")));
        run
    }
}

/// One pass over the changes, by their position among those offered.
#[derive(Default)]
struct Run {
    ledger: Ledger,
    accepted: Vec<usize>,
    refusals: Vec<(usize, Reason)>,
}

impl Run {
    /// Guests nobody needs are not applied either; their logs can't go on.
    fn with_rest(mut self, changes: &Changes<'_, '_>, wanted: &BTreeSet<usize>) -> Self {
        let rest = (0..changes.offered.len()).filter(|at| !wanted.contains(at));
        self.refusals.extend(rest.map(|at| (at, changes.offered[at].guest.unwrap_or("dependency-missing"))));
        self
    }
}

impl Offered<'_, '_> {
    fn view(&self) -> StoryChangeView {
        StoryChangeView { said: self.entry.said(), kept_because_needed: self.guest.map(str::to_owned) }
    }
}
