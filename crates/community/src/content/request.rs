//! Requests (128): a problem with a life, told by its steps (129).
//!
//! Open, taken, done, judged; reopened by whoever opened it. The opener judges and reopens; whoever took it marks it
//! done, or gives it back. A step that does not follow is shown with its reason and changes nothing.

use linli_record::{Kind, RecordId, Refused};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::entry::{By, Context, Entry, Party, Said};
use super::limits;
use super::object::{Aside, Gathered, Picture, pictures};
use super::payload::{Payload, captions, line, line_or_nothing, malformed, prose, within};
use super::withdraw::Mark;
use crate::kinds;

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

/// Folds a request from its records; `None` without its beginning.
#[must_use]
pub fn fold(entries: &[Entry<'_>], _: &Context<'_>) -> Option<RequestView> {
    let object = Gathered::of::<Request>(entries)?;
    let mut life = Life { view: begun(&object), opener: object.begin.author.party(), taker: None };
    if life.view.mark.as_ref().is_none_or(|mark| mark.why != super::withdraw::Why::Withdrawn) {
        for entry in &object.rest {
            life.take(&object, entry);
        }
    }
    Some(life.view)
}

fn begun(object: &Gathered<'_, '_>) -> RequestView {
    let (request, mark) = match object.read::<Request>(object.begin) {
        Ok(request) => (request, None),
        Err(mark) => (Request::nothing(), Some(mark)),
    };
    let shown = mark.is_none();
    RequestView {
        id: object.id(),
        opened: object.begin.said(),
        mark,
        pictures: if shown { pictures(object.begin, &request.captions, &object.marks) } else { Vec::new() },
        title: request.title,
        text: request.text,
        category: request.category,
        place: request.place,
        urgent: request.urgent,
        status: Status::Open,
        taken_by: None,
        satisfied: None,
        reopened: 0,
        timeline: Vec::new(),
        asides: object.asides.clone(),
    }
}

impl Request {
    fn nothing() -> Self {
        Self {
            title: String::new(),
            text: String::new(),
            category: String::new(),
            place: Place::default(),
            urgent: false,
            captions: Vec::new(),
        }
    }
}

struct Life {
    view: RequestView,
    opener: Party,
    taker: Option<Party>,
}

impl Life {
    fn take(&mut self, object: &Gathered<'_, '_>, entry: &Entry<'_>) {
        if entry.record.kind != RequestStep::KIND {
            return self.view.asides.push(Aside::of(entry, "unknown-kind"));
        }
        // A withdrawn step has no effect, or the view would depend on whether its bytes are still held.
        let step = match object.read::<RequestStep>(entry) {
            Ok(step) => step,
            Err(mark) => return self.view.timeline.push(TimelineStep::marked(entry, mark)),
        };
        if let Err(reason) = self.follow(&step, entry) {
            return self.view.asides.push(Aside::of(entry, reason));
        }
        self.view.timeline.push(TimelineStep {
            said: entry.said(),
            step: Some(step.step),
            satisfied: step.satisfied,
            pictures: pictures(entry, &step.captions, &object.marks),
            text: step.text,
            mark: None,
        });
    }

    fn follow(&mut self, step: &RequestStep, entry: &Entry<'_>) -> Result<(), &'static str> {
        let party = entry.author.party();
        let (opener, taker) = (party == self.opener, Some(party) == self.taker);
        match (step.step, self.view.status) {
            (Step::Comment, _) => {}
            (Step::Taken, Status::Open) => {
                self.taker = Some(party);
                self.view.taken_by = Some(entry.author.by());
                self.view.status = Status::Taken;
            }
            (Step::Taken, Status::Taken) => return Err("taken-already"),
            (Step::Taken, _) => return Err("done-already"),
            (Step::Done, Status::Taken) if taker => self.view.status = Status::Done,
            (Step::GivenBack, Status::Taken) if taker => self.open_again(),
            (Step::Done | Step::GivenBack, Status::Taken) => return Err("not-the-taker"),
            (Step::Done | Step::GivenBack, Status::Open) => return Err("not-taken"),
            (Step::Done | Step::GivenBack, _) => return Err("done-already"),
            (Step::Judged | Step::Reopened, _) if !opener => return Err("not-the-opener"),
            (Step::Judged, Status::Done) => {
                self.view.status = Status::Judged;
                self.view.satisfied = step.satisfied;
            }
            (Step::Judged, Status::Judged) => return Err("judged-already"),
            (Step::Judged, _) => return Err("not-done"),
            (Step::Reopened, Status::Open) => return Err("open-already"),
            (Step::Reopened, _) => {
                self.view.reopened += 1;
                self.open_again();
            }
        }
        Ok(())
    }

    fn open_again(&mut self) {
        self.taker = None;
        self.view.taken_by = None;
        self.view.satisfied = None;
        self.view.status = Status::Open;
    }
}

impl TimelineStep {
    fn marked(entry: &Entry<'_>, mark: Mark) -> Self {
        Self {
            said: entry.said(),
            step: None,
            text: String::new(),
            satisfied: None,
            pictures: Vec::new(),
            mark: Some(mark),
        }
    }
}
