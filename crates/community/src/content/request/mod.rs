//! Requests (128): a problem with a life, told by its steps (129).
//!
//! Open, taken, done, judged; reopened by whoever opened it. The opener judges and reopens; whoever took it marks it
//! done, or gives it back. A step that does not follow is shown with its reason and changes nothing.

mod fold;

use linli_record::{Kind, RecordId, Refused};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::entry::{By, Said};
use super::limits;
use super::object::{Aside, Picture};
use super::payload::{Payload, captions, line, line_or_nothing, malformed, prose, within};
use super::withdraw::Mark;
use crate::kinds;

pub use fold::fold;

/// Categories every screen has a word for; others are shown as written.
pub const CATEGORIES: [&str; 12] = [
    "lift", "water", "power", "gas", "heating", "drain", "door", "light", "clean", "noise", "parking",
    "other",
];

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Request {
    /// One line.
    #[n(0)]
    pub title: String,
    /// The text; may be empty.
    #[n(1)]
    pub text: String,
    /// One of [`CATEGORIES`], or another word of lower-case letters, digits and hyphens, at most 32.
    #[n(2)]
    pub category: String,
    /// Where.
    #[n(3)]
    pub place: Place,
    /// Whether someone may come to harm.
    #[n(4)]
    pub urgent: bool,
    /// Under the attachments, in their order.
    #[n(5)]
    pub captions: Vec<String>,
}

/// Where something is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
pub struct Place {
    /// The building, as on the roll.
    #[n(0)]
    pub building: Option<String>,
    /// The stair, as on the roll.
    #[n(1)]
    pub stair: Option<String>,
    /// The unit, as on the roll.
    #[n(2)]
    pub unit: Option<String>,
    /// In words; may be empty.
    #[n(3)]
    pub words: String,
    /// A place or asset in the estate's book.
    #[n(4)]
    pub known: Option<RecordId>,
}

impl Place {
    fn check(&self) -> Result<(), Refused> {
        for name in [&self.building, &self.stair, &self.unit].into_iter().flatten() {
            line("place", name, limits::PLACE_NAME)?;
        }
        line_or_nothing("place", &self.words, limits::TITLE)
    }
}

impl Payload for Request {
    const KIND: Kind = kinds::REQUEST;
    const NAME: &'static str = "request";

    fn check(&self) -> Result<(), Refused> {
        line("title", &self.title, limits::TITLE)?;
        prose("text", &self.text, limits::TEXT)?;
        within("category", self.category.len(), 32)?;
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.category.is_empty() || !self.category.chars().all(word) {
            return Err(malformed("category", "is a word of lower-case letters, digits and hyphens"));
        }
        self.place.check()?;
        captions(&self.captions)
    }
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// "I see to it": anyone, while it is open.
    #[n(0)]
    Taken,
    /// "It is done": whoever took it.
    #[n(1)]
    Done,
    /// "Good" or "not good": the opener, once it is done.
    #[n(2)]
    Judged,
    /// Open again: the opener, at any time but while it is open.
    #[n(3)]
    Reopened,
    /// A remark: anyone, at any time.
    #[n(4)]
    Comment,
    /// "Someone else must": whoever took it, until it is done.
    #[n(5)]
    GivenBack,
}

/// The body of a step.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RequestStep {
    /// What it does.
    #[n(0)]
    pub step: Step,
    /// A remark; may be empty, except in a comment.
    #[n(1)]
    pub text: String,
    /// Whether the opener is satisfied; exactly in [`Step::Judged`].
    #[n(2)]
    pub satisfied: Option<bool>,
    /// Under the attachments, in their order.
    #[n(3)]
    pub captions: Vec<String>,
}

impl Payload for RequestStep {
    const KIND: Kind = kinds::REQUEST_STEP;
    const NAME: &'static str = "request-step";

    fn check(&self) -> Result<(), Refused> {
        prose("text", &self.text, limits::TEXT)?;
        if (self.step == Step::Judged) != self.satisfied.is_some() {
            return Err(malformed("satisfied", "stands in a judgement, and only there"));
        }
        if self.step == Step::Comment && self.text.trim().is_empty() && self.captions.is_empty() {
            return Err(malformed("text", "is empty"));
        }
        captions(&self.captions)
    }
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Nobody sees to it.
    Open,
    /// Somebody does.
    Taken,
    /// Said to be done.
    Done,
    /// The opener said how it went.
    Judged,
}

/// A request as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestView {
    /// The object.
    pub id: RecordId,
    /// Who opened it.
    pub opened: Said,
    /// In its place, when it can't be shown.
    pub mark: Option<Mark>,
    /// One line.
    pub title: String,
    /// The text.
    pub text: String,
    /// The category's word.
    pub category: String,
    /// Where.
    pub place: Place,
    /// Whether someone may come to harm.
    pub urgent: bool,
    /// Its attachments.
    pub pictures: Vec<Picture>,
    /// Where it stands.
    pub status: Status,
    /// Who sees to it, or saw to it.
    pub taken_by: Option<By>,
    /// Whether the opener was satisfied, once judged.
    pub satisfied: Option<bool>,
    /// Times it was reopened.
    pub reopened: u32,
    /// Every step that follows from the one before, in order.
    pub timeline: Vec<TimelineStep>,
    /// Steps that don't, with the reason.
    pub asides: Vec<Aside>,
}

/// One step of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineStep {
    /// The record, who, when.
    pub said: Said,
    /// What it did; `None` when its bytes can't be shown.
    pub step: Option<Step>,
    /// The remark.
    pub text: String,
    /// Whether the opener was satisfied.
    pub satisfied: Option<bool>,
    /// Its attachments.
    pub pictures: Vec<Picture>,
    /// In its place, when its text was withdrawn or can't be shown.
    pub mark: Option<Mark>,
}
