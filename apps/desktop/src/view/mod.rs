//! What the desk shows, as plain values the courier fills and a test can write down.
//!
//! No handles, no channels, no clock: times are already told relative to "now" as [`When`], so that the same view paints
//! the same picture, and a view that equals the last one need not be painted again. Text that people wrote is here as
//! written; every word of our own comes from [`crate::words`]. Read [`View`] first.

mod estate;
mod matters;
mod memory;
mod notice;
mod talk;

pub use estate::{Estate, Neighbour, Newcomer, OpenInvite, Reach, Status};
pub use matters::{Act, Ask, Call, CallAnswer, Matters, Stand, Step, StepDone};
pub use memory::{Addition, Story};
pub use notice::{Gap, Notice, Place, Version};
pub use talk::{Message, Thread};

use linli_record::BlobHash;

/// Everything needed to paint one frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// How far this home has come.
    pub stage: Stage,
    /// The community's name.
    pub community: String,
    /// What this household is called.
    pub household: String,
    /// Its unit, as on the roll; empty for who lives nowhere.
    pub unit: String,
    /// Whether this home was taken out of common life.
    pub removed: bool,
    /// How neighbours are reached.
    pub status: Status,
    /// Today's date.
    pub day: Day,
    /// Notices in force, newest first.
    pub notices: Vec<Notice>,
    /// Threads, newest message first.
    pub threads: Vec<Thread>,
    /// Requests and roll-calls.
    pub matters: Matters,
    /// Stories, newest first.
    pub stories: Vec<Story>,
    /// Neighbours, newcomers, the roll.
    pub estate: Estate,
}

impl View {
    /// What to call this household when it is greeted: its name without the unit that many names begin with.
    #[must_use]
    pub fn called(&self) -> &str {
        let rest = self.household.strip_prefix(&self.unit).unwrap_or(&self.household).trim();
        if rest.is_empty() { &self.household } else { rest }
    }
}

/// How far this home has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// The home is being opened.
    #[default]
    Opening,
    /// There is none in its folder: the doors.
    NoHome,
    /// Waiting to be admitted.
    Joining(Joining),
    /// In common life.
    Home,
    /// It does not open.
    Stuck(Trouble),
}

/// Where our own joining stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joining {
    /// How far.
    pub step: JoinStep,
    /// Records received so far.
    pub records: u64,
    /// The home's folder, for the words of a command line.
    pub folder: String,
}

/// The steps from a pasted invite to the first sync.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum JoinStep {
    /// Nobody answered yet.
    #[default]
    Knocking,
    /// The knock was heard; somebody must admit.
    Waiting,
    /// One neighbour approved; another must.
    NeedsAnother,
    /// Admitted; records are on their way.
    Receiving,
    /// Not with this invite.
    Refused,
}

/// Why something did not happen: a stable code that has words, and the node's own words for the details.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// The code of the reason.
    pub code: String,
    /// The code of its kind, for reasons without words of their own.
    pub kind: String,
    /// The node's sentence, in English.
    pub message: String,
}

/// Who said something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// What the household or body is called.
    pub name: String,
    /// The role's word, where it says more than the name: not for those who live here.
    pub role: Option<&'static str>,
    /// Whether it is this household.
    pub ours: bool,
}

/// A calendar day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31.
    pub day: i8,
    /// 1 (Monday) to 7 (Sunday), as ISO 8601 counts.
    pub weekday: i8,
    /// Hour of the day, 0 to 23; chooses the greeting.
    pub hour: i8,
}

/// How long ago, already judged against the reader's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// Within the last minute, or claimed to be in the future.
    #[default]
    Now,
    /// Whole minutes, under an hour.
    Minutes(i64),
    /// Whole hours, the same day.
    Hours(i64),
    /// The day before, with its time of day.
    Yesterday(String),
    /// Month and day of this year.
    On(i8, i8),
    /// Year, month and day.
    In(i16, i8, i8),
}

/// Where something of ours is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Held {
    /// On this machine only.
    #[default]
    Here,
    /// With so many neighbours too.
    With(usize),
    /// Covered by a block of the register.
    Settled,
}

/// A picture that hangs on something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Names its bytes.
    pub blob: BlobHash,
    /// What its author wrote under it.
    pub caption: String,
}
