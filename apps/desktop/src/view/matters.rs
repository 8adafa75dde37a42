//! What needs somebody: requests and roll-calls.

use linli_record::RecordId;

use super::{Gap, Held, Picture, Place, When, Who};

/// Requests and roll-calls, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matters {
    /// Problems reported.
    pub requests: Vec<Ask>,
    /// Questions to every unit.
    pub calls: Vec<Call>,
}

/// A request, with its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Names it in commands.
    pub id: RecordId,
    /// Title.
    pub title: String,
    /// Text.
    pub text: String,
    /// The category's word; one of a known list, or as written.
    pub category: String,
    /// Where, in words.
    pub place: String,
    /// Whether someone may come to harm.
    pub urgent: bool,
    /// Who reported it.
    pub opener: Who,
    /// When.
    pub when: When,
    /// Where it stands.
    pub stand: Stand,
    /// Who sees to it.
    pub taker: Option<Who>,
    /// How often it was reopened.
    pub reopened: u32,
    /// Its life, oldest first.
    pub steps: Vec<StepDone>,
    /// What this household may do now, the likeliest first.
    pub acts: Vec<Act>,
    /// Where it is held.
    pub held: Held,
    /// Its pictures.
    pub pictures: Vec<Picture>,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// Nobody sees to it.
    Open,
    /// Somebody does.
    Taken,
    /// Said to be done.
    Done,
    /// The opener is satisfied.
    Good,
    /// The opener is not.
    Bad,
}

/// What happened to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Somebody sees to it.
    Taken,
    /// It is done.
    Done,
    /// The opener is satisfied.
    Good,
    /// The opener is not.
    Bad,
    /// It is open again.
    Reopened,
    /// A remark.
    Comment,
    /// Someone else must see to it.
    GivenBack,
    /// Its bytes can't be shown.
    Unknown,
}

/// One step of a request's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepDone {
    /// What happened.
    pub step: Step,
    /// Who did it.
    pub who: Who,
    /// When.
    pub when: When,
    /// The remark.
    pub text: String,
}

/// What a household may do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// See to it.
    Take,
    /// Say it is done.
    Finish,
    /// Leave it to someone else.
    GiveBack,
    /// Be satisfied.
    Approve,
    /// Not be satisfied.
    Reject,
    /// Open it again.
    Reopen,
    /// Remark.
    Comment,
}

impl Act {
    /// The step's word in the node's vocabulary.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Take => "taken",
            Self::Finish => "done",
            Self::GiveBack => "given-back",
            Self::Approve => "judged-good",
            Self::Reject => "judged-bad",
            Self::Reopen => "reopened",
            Self::Comment => "comment",
        }
    }
}

/// A roll-call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Names it in commands.
    pub id: RecordId,
    /// The question.
    pub question: String,
    /// More about it.
    pub text: String,
    /// Whose units are counted.
    pub scope: Vec<Place>,
    /// Who asks.
    pub opener: Who,
    /// When.
    pub when: When,
    /// What can be answered.
    pub answer: CallAnswer,
    /// Whether this household is among those asked.
    pub for_us: bool,
    /// This household's answer, in words.
    pub ours: Option<String>,
    /// Whether it is closed.
    pub closed: bool,
    /// Each answer, how often.
    pub counts: Vec<(String, u32)>,
    /// Units that answered, of `asked`.
    pub answered: u32,
    /// Units asked; 0 when no roll says how many there are.
    pub asked: u32,
    /// The doors still to knock on.
    pub missing: Vec<Gap>,
}

impl Call {
    /// Whether this household has yet to answer.
    #[must_use]
    pub const fn awaits_us(&self) -> bool {
        self.for_us && !self.closed && self.ours.is_none()
    }
}

/// What an answer looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallAnswer {
    /// "Here".
    Here,
    /// Yes or no.
    YesNo,
    /// One of these.
    Choice(Vec<String>),
    /// A whole number.
    Number,
    /// A few words.
    Text,
}
