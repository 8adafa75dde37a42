//! What a node can be asked and told: one vocabulary, carried in process by the desktop and over loopback HTTP by the CLI.
//!
//! Everything here is plain data with a stable JSON form (`docs/JSON.md`). Things are named by their id or by enough
//! of its first digits. Read [`Request`] first.

mod answer;
mod event;

use linli_community::content::Scope;
use linli_community::content::roll_call::{AnswerKind, How};
use serde::{Deserialize, Serialize};

pub use answer::{
    Answer, BusyView, CheckView, ClaimView, ConsentView, DeviceView, DigestAnswer, FaultView, ForkView,
    HouseholdView, ImportView, InviteView, LogLine, MemberState, PeerView, PeopleView, ProposalView,
    RepairView, RollView, SightingView, StatusView, UnitView, WarningView,
};
pub use event::Event;

/// A thing by its id, or by at least four of its first hexadecimal digits.
pub type Name = String;

/// Everything a node can be asked or told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Request {
    /// How this node is: peers, paths, how far behind, settled until.
    Status,
    /// The digest that equal nodes share.
    Digest,
    /// Verifies every byte the store holds.
    Check,
    /// Rebuilds every cache from the records.
    Repair,
    /// Ends the node.
    Stop,
    /// Who said what, newest first, with verdicts.
    Log(LogFilter),
    /// What a person would see first: newest of everything.
    Today,
    /// Writes what neighbours may lack into a file.
    BundleExport {
        /// The file to write.
        path: std::path::PathBuf,
        /// Only what came after this arrival number.
        after: u64,
        /// The household it is for: private records it may read go with it, sealed as they are.
        #[serde(default)]
        reader: Option<Name>,
        /// Every private record held goes with it, sealed as it is: for a copy of the whole.
        #[serde(default)]
        whole: bool,
    },
    /// Reads a bundle into the store, by the same door as the network.
    BundleImport {
        /// The file to read.
        path: std::path::PathBuf,
    },
    /// Puts an attachment's bytes into a file.
    Attachment {
        /// BLAKE3 hash, in full.
        hash: String,
        /// The file to write.
        path: std::path::PathBuf,
        /// Whether a file that is there already gives way.
        #[serde(default)]
        replace: bool,
    },
    /// Fetches an attachment anew whose file a check found damaged; one that is whole stays as it is.
    AttachmentAgain {
        /// BLAKE3 hash, in full.
        hash: String,
    },

    /// Households, seats, devices, offices.
    People,
    /// The roll of units.
    Roll,
    /// Reads a roll; proposes it unless `dry_run`.
    RollImport {
        /// The CSV file's bytes, in base64.
        #[serde(with = "base64_bytes")]
        csv: Vec<u8>,
        /// Report only.
        dry_run: bool,
        /// Units that are on the roll and not in the file may go.
        #[serde(default)]
        shrink: bool,
    },
    /// Makes an invite.
    Invite {
        /// `owner`, `family`, `tenant`, `clerk`, `firm`, `grid`, `department`, `gateway`, `keeper` or `device`.
        role: String,
        /// Unit on the roll, for roles that live in one.
        unit: Option<String>,
    },
    /// Invites still open.
    Invites,
    /// Takes an invite back.
    InviteCancel {
        /// Its name.
        invite: Name,
    },
    /// Newcomers who knocked and wait.
    Claims,
    /// Admits a newcomer, or approves another's admission; without a name, the only one waiting.
    Admit {
        /// The claim's name.
        claim: Option<Name>,
    },
    /// Turns a newcomer away.
    Refuse {
        /// The claim's name.
        claim: Name,
    },
    /// A second owner's word that a seat the founder alone approved is right.
    Confirm {
        /// The household.
        household: Name,
    },
    /// Open proposals.
    Proposals,
    /// Approves one.
    Approve {
        /// The proposal.
        proposal: Name,
    },
    /// Takes an approval back before it completes.
    Unapprove {
        /// The proposal.
        proposal: Name,
    },
    /// Revokes a device.
    Revoke {
        /// The device key.
        device: Name,
        /// Why.
        reason: String,
    },
    /// Lets a gateway publish one source for one purpose.
    ConsentGrant(ConsentTerms),
    /// Takes a consent back.
    ConsentWithdraw {
        /// The consent.
        consent: Name,
        /// Why.
        reason: String,
    },
    /// The consent register.
    Consents,
    /// The person's word that no other copy of this home runs: it orders the register again.
    WitnessResume,

    /// Posts a notice, or a new version of one.
    NoticePost(NoticePost),
    /// Notices in force, newest first; all with `all`.
    Notices {
        /// Expired and withdrawn ones too.
        #[serde(default)]
        all: bool,
    },
    /// One notice, with its versions and who has read it.
    Notice {
        /// The notice.
        notice: Name,
    },
    /// Says that the newest version was read.
    Acknowledge {
        /// The notice.
        notice: Name,
    },

    /// What everyday lists leave out: begun without authority, kept, and shown with its reason; newest first.
    Aside {
        /// Of which family.
        family: Family,
    },

    /// Opens a roll-call.
    RollCallOpen(RollCallOpen),
    /// Roll-calls, newest first.
    RollCalls,
    /// One roll-call, with who is missing.
    RollCall {
        /// The roll-call.
        roll_call: Name,
    },
    /// Answers for one's own household.
    Answer {
        /// The roll-call.
        roll_call: Name,
        /// The answer: one of its choices, or free text.
        answer: String,
        /// Words beside it.
        #[serde(default)]
        note: String,
    },
    /// A clerk's word that a unit answered by phone or on paper.
    Told {
        /// The roll-call.
        roll_call: Name,
        /// The unit on the roll.
        unit: String,
        /// The answer.
        answer: String,
        /// How it was given.
        how: How,
        /// Who witnessed it.
        witness: String,
    },
    /// Closes it.
    RollCallClose {
        /// The roll-call.
        roll_call: Name,
    },

    /// Reports a problem.
    RequestOpen(RequestOpen),
    /// Requests, newest first.
    Requests,
    /// One request with its life.
    Request {
        /// The request.
        request: Name,
    },
    /// A step in its life.
    RequestStep {
        /// The request.
        request: Name,
        /// `taken`, `done`, `given-back`, `judged-good`, `judged-bad`, `reopened` or `comment`.
        step: String,
        /// Words beside it.
        #[serde(default)]
        text: String,
    },

    /// Begins a story.
    StoryWrite {
        /// Its title.
        title: String,
        /// Its text.
        text: String,
    },
    /// Changes a story to read like this; what others changed since `base` is kept.
    StoryEdit {
        /// The story.
        story: Name,
        /// The version that was read before this was written, as the story's view names it. May be left out as long as nobody
        /// but this household wrote on the story.
        #[serde(default)]
        base: Option<String>,
        /// New title, if it changes.
        title: Option<String>,
        /// New text, if it changes.
        text: Option<String>,
    },
    /// Adds pictures to a story.
    StoryPicture {
        /// The story.
        story: Name,
        /// Picture file.
        path: std::path::PathBuf,
        /// Words under it.
        #[serde(default)]
        caption: String,
    },
    /// A correction or a reply beside a story.
    StoryNote {
        /// The story.
        story: Name,
        /// `correction` or `reply`.
        kind: String,
        /// Its text.
        text: String,
    },
    /// Stories, newest first.
    Stories,
    /// One story.
    Story {
        /// The story.
        story: Name,
    },

    /// Opens a thread.
    ThreadOpen {
        /// What it is about.
        title: String,
        /// The audience; everyone when left out.
        audience: Option<Name>,
    },
    /// Says something in a thread.
    Say {
        /// The thread.
        thread: Name,
        /// The text.
        text: String,
        /// The message answered.
        #[serde(default)]
        reply_to: Option<Name>,
    },
    /// Shows a picture in a thread; sealed like its words, where the thread is.
    SayPicture {
        /// The thread.
        thread: Name,
        /// Picture file.
        path: std::path::PathBuf,
        /// Words under it.
        #[serde(default)]
        caption: String,
    },
    /// Threads, newest first.
    Threads,
    /// One thread.
    Thread {
        /// The thread.
        thread: Name,
    },

    /// Opens a private audience.
    AudienceOpen {
        /// What it is called.
        name: String,
        /// `household`, `committee` or `named`.
        kind: String,
        /// Households in it, beside one's own.
        households: Vec<Name>,
        /// Whether who comes later reads only what is said from then on.
        #[serde(default)]
        from_now: bool,
    },
    /// Adds and removes households; a removal begins a new key.
    AudienceChange {
        /// The audience.
        audience: Name,
        /// Households to add.
        add: Vec<Name>,
        /// Households to remove.
        remove: Vec<Name>,
    },
    /// Audiences this device is in.
    Audiences,

    /// Takes back what one said: it folds to a mark on every honest node.
    Withdraw {
        /// The record or object.
        record: Name,
        /// Why.
        #[serde(default)]
        reason: String,
    },

    /// What a thing said, under a consent; gateways only.
    Sight(Sight),
    /// What things said, newest first.
    Sightings {
        /// Only this source.
        source: Option<String>,
    },
}

/// What lists are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Answered with `notices`.
    Notices,
    /// Answered with `roll-calls`.
    RollCalls,
    /// Answered with `requests`.
    Requests,
    /// Answered with `stories`.
    Stories,
    /// Answered with `threads`.
    Threads,
}

/// Which log lines to show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogFilter {
    /// Only this household's.
    pub household: Option<Name>,
    /// Only this kind's number.
    pub kind: Option<u16>,
    /// Only those that do not stand.
    pub aside: bool,
    /// At most this many; 50 when left out.
    pub limit: Option<usize>,
}

/// What a consent allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentTerms {
    /// The gateway: its household name or id.
    pub gateway: Name,
    /// The source, as the gateway names it.
    pub source: String,
    /// What for.
    pub purpose: String,
    /// Who may look: `everyone`, or households by name, unit or id, with commas between. What is not for everyone is sealed.
    pub viewers: String,
    /// Days a sighting is kept.
    pub retention_days: u16,
    /// Days the consent lasts; for ever when left out.
    #[serde(default)]
    pub days: Option<u32>,
    /// The owners' motion it rests on.
    #[serde(default)]
    pub motion: String,
}

/// A notice to post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticePost {
    /// The notice this is a new version of.
    #[serde(default)]
    pub replaces: Option<Name>,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// For whom.
    pub scope: Scope,
    /// Whether everyone it is for should say that they read it.
    #[serde(default)]
    pub must_read: bool,
    /// Days it is in force; for ever when left out.
    #[serde(default)]
    pub days: Option<u32>,
}

/// A roll-call to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollCallOpen {
    /// The question.
    pub question: String,
    /// Answers to choose from.
    #[serde(default)]
    pub choices: Vec<String>,
    /// What an answer looks like; when left out, one of the choices, or free text when there are none.
    #[serde(default)]
    pub kind: Option<AnswerKind>,
    /// Whose answers are wanted.
    pub scope: Scope,
}

/// A problem to report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestOpen {
    /// In a few words.
    pub title: String,
    /// What is wrong.
    pub text: String,
    /// Where.
    #[serde(default)]
    pub place: String,
    /// What sort of problem.
    #[serde(default)]
    pub category: String,
    /// A picture of it.
    #[serde(default)]
    pub picture: Option<std::path::PathBuf>,
}

/// What a thing said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    /// The source, as consents name it.
    pub source: String,
    /// `contact`, `leak`, `smoke`, `lift` or another kind of thing.
    pub kind: String,
    /// What it said: `open`, `closed`, `wet`, `dry`, `yes`, `no`, a number, a label; `unknown` is a state too.
    pub value: String,
    /// Battery, percent, if it said so.
    #[serde(default)]
    pub battery: Option<u8>,
    /// When, by the gateway's clock, milliseconds since 1970; now when left out.
    #[serde(default)]
    pub at_ms: Option<u64>,
}

mod base64_bytes {
    use data_encoding::BASE64;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64.decode(text.as_bytes()).map_err(serde::de::Error::custom)
    }
}
