//! Talk: threads (144) and the short messages in them (145), kept two years from first receipt.
//!
//! A message may answer another, and its author may replace it; both stay in sight. A thread in an audience's sealed
//! logs folds the same way once its bodies are opened.

use std::collections::BTreeMap;

use linli_record::{Kind, RecordId, Refused};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::entry::{Context, Entry, Party, Said};
use super::limits;
use super::object::{Aside, Gathered, Picture, pictures};
use super::payload::{Payload, captions, line, malformed, prose, within};
use super::withdraw::{Mark, Why};
use crate::kinds;

/// The body of a thread's beginning.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Thread {
    /// One line.
    #[n(0)]
    pub title: String,
    /// The object it is about: a notice, a request.
    #[n(1)]
    pub about: Option<RecordId>,
}

impl Payload for Thread {
    const KIND: Kind = kinds::THREAD;
    const NAME: &'static str = "thread";
    const DAYS: u16 = limits::TALK_DAYS;

    fn check(&self) -> Result<(), Refused> {
        line("title", &self.title, limits::TITLE)
    }
}

/// The body of a message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Message {
    /// The text; may be empty when there is a picture.
    #[n(0)]
    pub text: String,
    /// The message answered.
    #[n(1)]
    pub reply_to: Option<RecordId>,
    /// The author's own message this one replaces.
    #[n(2)]
    pub replaces: Option<RecordId>,
    /// Households called by name.
    #[n(3)]
    pub mentions: Vec<RecordId>,
    /// Under the attachments, in their order.
    #[n(4)]
    pub captions: Vec<String>,
}

impl Message {
    /// A message that only says something.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            reply_to: None,
            replaces: None,
            mentions: Vec::new(),
            captions: Vec::new(),
        }
    }
}

impl Payload for Message {
    const KIND: Kind = kinds::MESSAGE;
    const NAME: &'static str = "message";
    const DAYS: u16 = limits::TALK_DAYS;

    fn check(&self) -> Result<(), Refused> {
        prose("text", &self.text, limits::TEXT)?;
        if self.text.trim().is_empty() && self.captions.is_empty() {
            return Err(malformed("text", "is empty"));
        }
        within("mentions", self.mentions.len(), limits::MENTIONS)?;
        captions(&self.captions)
    }
}

/// A thread as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadView {
    /// The object.
    pub id: RecordId,
    /// Who began it.
    pub opened: Said,
    /// In its place, when it can't be shown.
    pub mark: Option<Mark>,
    /// One line; empty when it can't be shown.
    pub title: String,
    /// What it is about.
    pub about: Option<RecordId>,
    /// The messages in canonical order, replaced ones left out.
    pub messages: Vec<MessageView>,
    /// Shown, without effect.
    pub asides: Vec<Aside>,
}

/// One message, in its newest version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageView {
    /// The first version's record: what replies name. Who, when.
    pub said: Said,
    /// The text; empty under a mark.
    pub text: String,
    /// The message answered (its first version), if it is in this thread.
    pub reply_to: Option<RecordId>,
    /// Households called by name.
    pub mentions: Vec<RecordId>,
    /// Attachments of the newest version.
    pub pictures: Vec<Picture>,
    /// Earlier texts with their records, oldest first.
    pub earlier: Vec<EarlierText>,
    /// In its place, when it can't be shown.
    pub mark: Option<Mark>,
}

/// What a message said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierText {
    /// The version's record.
    pub record: RecordId,
    /// What it said.
    pub text: String,
}

/// Folds a thread from its records; `None` without its beginning.
#[must_use]
pub fn fold(entries: &[Entry<'_>], _: &Context<'_>) -> Option<ThreadView> {
    let object = Gathered::of::<Thread>(entries)?;
    let (title, about, mark) = match object.read::<Thread>(object.begin) {
        Ok(thread) => (thread.title, thread.about, None),
        Err(mark) => (String::new(), None, Some(mark)),
    };
    let gone = object.withdrawn().is_some();
    let mut talk = Talk::default();
    for entry in object.rest.iter().filter(|_| !gone) {
        talk.take(&object, entry);
    }
    let mut asides = object.asides.clone();
    asides.extend(talk.asides);
    Some(ThreadView {
        id: object.id(),
        opened: object.begin.said(),
        mark,
        title,
        about,
        messages: talk.slots.into_iter().map(|slot| slot.view).collect(),
        asides,
    })
}

/// A message and who may replace it.
struct Slot {
    view: MessageView,
    author: Party,
    newest: RecordId,
}

#[derive(Default)]
struct Talk {
    slots: Vec<Slot>,
    /// Every version's record, with its message's position.
    place: BTreeMap<RecordId, usize>,
    asides: Vec<Aside>,
}

impl Talk {
    fn take(&mut self, object: &Gathered<'_, '_>, entry: &Entry<'_>) {
        if entry.record.kind != Message::KIND {
            return self.asides.push(Aside::of(entry, "unknown-kind"));
        }
        let message = match object.read::<Message>(entry) {
            Ok(message) => message,
            Err(mark) => return self.push(entry, MessageView::marked(entry, mark)),
        };
        let shown = pictures(entry, &message.captions, &object.marks);
        match message.replaces {
            None => {
                let reply_to = message.reply_to.and_then(|id| self.first_version(&id));
                self.push(entry, MessageView::first(entry, message, reply_to, shown));
            }
            Some(before) => {
                if let Err(reason) = self.replace(entry, &before, message, shown) {
                    self.asides.push(Aside::of(entry, reason));
                }
            }
        }
    }

    fn first_version(&self, id: &RecordId) -> Option<RecordId> {
        self.place.get(id).map(|at| self.slots[*at].view.said.id)
    }

    fn replace(
        &mut self,
        entry: &Entry<'_>,
        before: &RecordId,
        message: Message,
        shown: Vec<Picture>,
    ) -> Result<(), &'static str> {
        let at = *self.place.get(before).ok_or("unknown-message")?;
        let slot = &mut self.slots[at];
        if slot.author != entry.author.party() {
            return Err("not-the-author");
        }
        self.place.insert(entry.record.id(), at);
        slot.replace(entry.record.id(), message, shown);
        Ok(())
    }

    fn push(&mut self, entry: &Entry<'_>, view: MessageView) {
        self.place.insert(entry.record.id(), self.slots.len());
        self.slots.push(Slot { view, author: entry.author.party(), newest: entry.record.id() });
    }
}

impl Slot {
    /// A message whose first version was withdrawn stays a mark, whatever its later versions say.
    fn replace(&mut self, record: RecordId, message: Message, shown: Vec<Picture>) {
        let view = &mut self.view;
        match &view.mark {
            Some(mark) if mark.why == Why::Withdrawn => return,
            Some(_) => view.mark = None,
            None => {
                let text = std::mem::take(&mut view.text);
                view.earlier.push(EarlierText { record: self.newest, text });
            }
        }
        view.text = message.text;
        view.mentions = message.mentions;
        view.pictures = shown;
        self.newest = record;
    }
}

impl MessageView {
    fn first(entry: &Entry<'_>, message: Message, reply_to: Option<RecordId>, shown: Vec<Picture>) -> Self {
        Self {
            said: entry.said(),
            text: message.text,
            reply_to,
            mentions: message.mentions,
            pictures: shown,
            earlier: Vec::new(),
            mark: None,
        }
    }

    fn marked(entry: &Entry<'_>, mark: Mark) -> Self {
        Self { mark: Some(mark), ..Self::first(entry, Message::text(""), None, Vec::new()) }
    }
}
