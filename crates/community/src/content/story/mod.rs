//! Stories (136): texts neighbours write together, kept for ever, with consent and a right of reply (138).
//!
//! A story is an Automerge document with a `title` and a `text`. Its first change stands in the record that begins it, every
//! later one in a story-change record (137), as the raw uncompressed chunk. Nothing of a change is believed: [`scan`]
//! counts before anything is decoded, [`inspect`] says what it may touch, [`document`] applies what passed. Concurrent
//! edits merge by Automerge's rules, so every node that holds the same changes shows the same text.

pub mod document;
mod fold;
mod inspect;
mod scan;
mod splice;

use linli_record::{Kind, LogId, RecordId, Refused};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::entry::Said;
use super::limits;
use super::object::{Aside, Picture};
use super::payload::{Payload, captions, malformed, prose, prose_required, within};
use super::withdraw::Mark;
use crate::kinds;

pub use document::{Document, EditError, Version};
pub use fold::{fold, open};

/// Who may write on a story.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Editors {
    /// The household that began it.
    #[n(0)]
    Author,
    /// That household and these.
    #[n(1)]
    Named(#[n(0)] Vec<RecordId>),
    /// Every neighbour.
    #[n(2)]
    Everyone,
}

/// The body that begins a story.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Story {
    /// The document's first change: makes its text, and usually sets the title.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub change: Vec<u8>,
    /// Who may write on it.
    #[n(1)]
    pub editors: Editors,
    /// How the people it tells of agreed; may be empty.
    #[n(2)]
    pub agreed: String,
    /// Under the attachments, in their order.
    #[n(3)]
    pub captions: Vec<String>,
}

impl Payload for Story {
    const KIND: Kind = kinds::STORY;
    const NAME: &'static str = "story";

    fn check(&self) -> Result<(), Refused> {
        within("change", self.change.len(), limits::CHANGE)?;
        if let Editors::Named(households) = &self.editors {
            within("editors", households.len(), limits::EDITORS)?;
        }
        prose("agreed", &self.agreed, limits::REMARK)?;
        captions(&self.captions)
    }
}

/// The body of a later change, or of pictures added to a story.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StoryChange {
    /// The change; absent when the record only adds pictures.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub change: Option<Vec<u8>>,
    /// Under the attachments, in their order.
    #[n(1)]
    pub captions: Vec<String>,
}

impl Payload for StoryChange {
    const KIND: Kind = kinds::STORY_CHANGE;
    const NAME: &'static str = "story-change";

    fn check(&self) -> Result<(), Refused> {
        within("change", self.change.as_ref().map_or(0, Vec::len), limits::CHANGE)?;
        captions(&self.captions)
    }
}

/// What a note on a story is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// "It was otherwise."
    #[n(0)]
    Correction,
    /// The word of someone the story tells of.
    #[n(1)]
    Reply,
    /// Anything else worth keeping with it.
    #[n(2)]
    Remark,
}

/// The body of a note: anyone's, shown with the story, never inside it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StoryNote {
    /// What it is.
    #[n(0)]
    pub kind: NoteKind,
    /// The text.
    #[n(1)]
    pub text: String,
    /// The record of the story it speaks of, when not the whole.
    #[n(2)]
    pub about: Option<RecordId>,
    /// Under the attachments, in their order.
    #[n(3)]
    pub captions: Vec<String>,
}

impl Payload for StoryNote {
    const KIND: Kind = kinds::STORY_NOTE;
    const NAME: &'static str = "story-note";

    fn check(&self) -> Result<(), Refused> {
        prose_required("text", &self.text, limits::TEXT)?;
        captions(&self.captions)
    }
}

/// A story as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryView {
    /// The object.
    pub id: RecordId,
    /// Who began it.
    pub opened: Said,
    /// In its place, when it was withdrawn or can't be shown.
    pub mark: Option<Mark>,
    /// Its title.
    pub title: String,
    /// Titles given at the same time by others, in ascending order; empty when there is no conflict.
    pub other_titles: Vec<String>,
    /// Its text.
    pub text: String,
    /// What an edit of this text names, so that nothing is lost of what others write meanwhile; empty under a mark.
    pub version: String,
    /// Who may write on it.
    pub editors: Editors,
    /// How the people it tells of agreed.
    pub agreed: String,
    /// Its pictures, in canonical order of the records that brought them.
    pub pictures: Vec<StoryPicture>,
    /// The changes that make the text, in the order applied.
    pub changes: Vec<StoryChangeView>,
    /// Corrections, replies, remarks.
    pub notes: Vec<StoryNoteView>,
    /// Shown, without effect.
    pub asides: Vec<Aside>,
    /// Whether the document's limit is reached; a new story can continue it.
    pub full: bool,
}

/// A picture of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryPicture {
    /// Who added it.
    pub said: Said,
    /// The picture.
    pub picture: Picture,
}

/// One change of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryChangeView {
    /// The record, who, when; its `aside` says when it stays only because a standing change depends on it.
    pub said: Said,
    /// Why it would not be here by itself: the register's reason, or `not-an-editor`.
    pub kept_because_needed: Option<String>,
}

/// One note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryNoteView {
    /// The record, who, when.
    pub said: Said,
    /// What it is; `None` under a mark.
    pub kind: Option<NoteKind>,
    /// The text; empty under a mark.
    pub text: String,
    /// The record it speaks of.
    pub about: Option<RecordId>,
    /// Its attachments.
    pub pictures: Vec<Picture>,
    /// In its place, when it can't be shown.
    pub mark: Option<Mark>,
}

/// The document actor of a log: the first 16 bytes of BLAKE3("actor" || log id).
#[must_use]
pub fn actor(log: &LogId) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"actor").update(log.as_bytes());
    let mut actor = [0; 16];
    actor.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    actor
}

pub(crate) fn title_fits(title: &str) -> Result<(), Refused> {
    super::payload::line_or_nothing("title", title, limits::TITLE)
}

pub(crate) fn text_fits(text: &str) -> Result<(), Refused> {
    if text.chars().all(char_fits) { Ok(()) } else { Err(malformed("text", "holds a control character")) }
}

pub(crate) fn char_fits(c: char) -> bool {
    !c.is_control() || c == '\n' || c == '\t'
}
