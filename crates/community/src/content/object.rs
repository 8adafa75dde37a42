//! What all families share: gathering an object's records, pictures, what is set aside, and one door to every fold.

use linli_record::{BlobHash, Kind, RecordId};
use serde::{Deserialize, Serialize};

use super::entry::{By, Context, Entry};
use super::payload::Payload;
use super::withdraw::{Mark, Marks, Withdraw};
use super::{audience, notice, order, request, roll_call, story, talk};

/// A record that is shown and changes nothing, with a stable reason code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// The record.
    pub id: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// Its author.
    pub by: By,
    /// Why it changes nothing.
    pub reason: String,
}

impl Aside {
    pub(crate) fn of(entry: &Entry<'_>, reason: &str) -> Self {
        let record = entry.record;
        Self { id: record.id(), kind: record.kind, by: entry.author.by(), reason: reason.to_owned() }
    }
}

/// A picture (or any attachment) with its caption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// BLAKE3 of its bytes.
    pub blob: BlobHash,
    /// Bytes.
    pub size: u64,
    /// What its author wrote under it; empty when nothing.
    pub caption: String,
    /// In its place, when it was withdrawn.
    pub mark: Option<Mark>,
}

/// The attachments of one record, in its header's order.
pub(crate) fn pictures(entry: &Entry<'_>, captions: &[String], marks: &Marks) -> Vec<Picture> {
    let id = entry.record.id();
    let one = |(at, blob): (usize, &linli_record::BlobRef)| Picture {
        blob: blob.hash,
        size: blob.size,
        caption: captions.get(at).cloned().unwrap_or_default(),
        mark: marks.on_blob(&id, &blob.hash).cloned(),
    };
    entry.record.blobs.iter().enumerate().map(one).collect()
}

/// The record that begins the object; of several (a caller's mistake) the one with the smallest id.
fn beginning<'e, 'a>(entries: &'e [Entry<'a>]) -> Option<&'e Entry<'a>> {
    entries.iter().filter(|entry| entry.record.object.is_none()).min_by_key(|entry| entry.record.id())
}

/// An object's records, in canonical order, with its effective withdrawals read.
pub(crate) struct Gathered<'e, 'a> {
    pub(crate) begin: &'e Entry<'a>,
    /// What follows and stands, withdrawals taken out.
    pub(crate) rest: Vec<&'e Entry<'a>>,
    /// What follows, standing or not, withdrawals taken out.
    pub(crate) all: Vec<&'e Entry<'a>>,
    pub(crate) marks: Marks,
    pub(crate) asides: Vec<Aside>,
}

impl<'e, 'a> Gathered<'e, 'a> {
    /// The records of the object that begins with a record of `P`'s kind; `None` without its beginning.
    pub(crate) fn of<P: Payload>(entries: &'e [Entry<'a>]) -> Option<Self> {
        let begin = beginning(entries).filter(|entry| entry.record.kind == P::KIND)?;
        let id = begin.record.id();
        let mut ordered = order::canonical(entries);
        ordered.retain(|entry| entry.record.object_id() == id);
        let (marks, refused) = Marks::read(&ordered);
        let mut asides: Vec<Aside> = refused.into_iter().map(|(entry, why)| Aside::of(entry, why)).collect();
        ordered.retain(|entry| entry.record.id() != id && entry.record.kind != Withdraw::KIND);
        let mut rest = Vec::new();
        for entry in &ordered {
            match entry.standing.code() {
                None => rest.push(*entry),
                Some(code) => asides.push(Aside::of(entry, code)),
            }
        }
        Some(Self { begin, rest, all: ordered, marks, asides })
    }

    pub(crate) fn id(&self) -> RecordId {
        self.begin.record.id()
    }

    /// The mark on the whole object.
    pub(crate) fn withdrawn(&self) -> Option<Mark> {
        self.marks.on(&self.id()).cloned()
    }

    /// Reads a record's body, unless it was withdrawn.
    pub(crate) fn read<P: Payload>(&self, entry: &Entry<'_>) -> Result<P, Mark> {
        match self.marks.on(&entry.record.id()) {
            Some(mark) => Err(mark.clone()),
            None => entry.read(),
        }
    }
}

/// The view of an object, whatever its family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "family", rename_all = "kebab-case")]
pub enum ObjectView {
    /// Kind 112.
    Notice(Box<notice::NoticeView>),
    /// Kind 120.
    RollCall(Box<roll_call::RollCallView>),
    /// Kind 128.
    Request(Box<request::RequestView>),
    /// Kind 136.
    Story(Box<story::StoryView>),
    /// Kind 144.
    Thread(Box<talk::ThreadView>),
    /// Kind 97.
    Audience(Box<audience::AudienceView>),
}

impl ObjectView {
    /// What stands in its place, when it can't be shown.
    #[must_use]
    pub fn mark(&self) -> Option<&Mark> {
        match self {
            Self::Notice(view) => view.mark.as_ref(),
            Self::RollCall(view) => view.mark.as_ref(),
            Self::Request(view) => view.mark.as_ref(),
            Self::Story(view) => view.mark.as_ref(),
            Self::Thread(view) => view.mark.as_ref(),
            Self::Audience(view) => view.mark.as_ref(),
        }
    }
}

/// Folds the object whose records these are; `None` when its beginning is missing or of a family not known here.
#[must_use]
pub fn fold_object(entries: &[Entry<'_>], ctx: &Context<'_>) -> Option<ObjectView> {
    let kind = beginning(entries)?.record.kind;
    Some(match kind {
        notice::Notice::KIND => ObjectView::Notice(Box::new(notice::fold(entries, ctx)?)),
        roll_call::RollCall::KIND => ObjectView::RollCall(Box::new(roll_call::fold(entries, ctx)?)),
        request::Request::KIND => ObjectView::Request(Box::new(request::fold(entries, ctx)?)),
        story::Story::KIND => ObjectView::Story(Box::new(story::fold(entries, ctx)?)),
        talk::Thread::KIND => ObjectView::Thread(Box::new(talk::fold(entries, ctx)?)),
        audience::Audience::KIND => ObjectView::Audience(Box::new(audience::fold(entries, ctx)?)),
        _ => return None,
    })
}
