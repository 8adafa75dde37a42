//! What a person at the desk can ask for. One value per verb on a button.
//!
//! Painting pushes [`Command`]s; [`crate::desk::Desk::settle`] carries out those that concern the window alone, and turns
//! each [`Wish`] into an errand for the courier. Nothing here says how a wish is fulfilled.

use std::path::PathBuf;

use linli_record::{BlobHash, RecordId};
use serde::{Deserialize, Serialize};

use crate::theme::Look;
use crate::view::{self, Act};
use crate::words::Language;

/// The five places of the left navigation, in the order shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// Notices, what awaits an answer.
    #[default]
    Today,
    /// Short messages in threads.
    Talk,
    /// Requests, roll-calls.
    Matters,
    /// Stories.
    Memory,
    /// Neighbours, newcomers, keeping.
    Estate,
}

impl Place {
    /// All five, top to bottom.
    pub const ALL: [Self; 5] = [Self::Today, Self::Talk, Self::Matters, Self::Memory, Self::Estate];
}

/// What is open within a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The place itself.
    #[default]
    Front,
    /// One notice.
    Notice(RecordId),
    /// One thread.
    Thread(RecordId),
    /// One request.
    Request(RecordId),
    /// One roll-call.
    Call(RecordId),
    /// One story.
    Story(RecordId),
    /// How neighbours are reached, in detail.
    Reach,
    /// Something being written.
    Sheet(Sheet),
}

/// Something being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// A notice; a new version of one.
    Notice(Option<RecordId>),
    /// A thread and its first words.
    Thread,
    /// A request.
    Request,
    /// A story; a change of one.
    Story(Option<RecordId>),
    /// An invite.
    Invite,
}

/// A door of the first screen, once walked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Join with an invite.
    Join,
    /// Found a community.
    Found,
}

/// A text field; what is typed into it is kept until it is used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Field {
    /// The pasted invite.
    Invite,
    /// What a newcomer's household wants to be called.
    NewcomerName,
    /// The name of a community to found.
    CommunityName,
    /// The founder's unit.
    FounderUnit,
    /// What the founder's household wants to be called.
    FounderName,
    /// A notice's title.
    NoticeTitle(Option<RecordId>),
    /// A notice's text.
    NoticeText(Option<RecordId>),
    /// A new thread's title.
    ThreadTitle,
    /// The next message; the first of a new thread.
    Message(Option<RecordId>),
    /// A new request's title.
    RequestTitle,
    /// Where it is.
    RequestPlace,
    /// What is wrong.
    RequestText,
    /// The words beside a step of a request.
    Remark(RecordId),
    /// The answer to a roll-call.
    Reply(RecordId),
    /// A story's title.
    StoryTitle(Option<RecordId>),
    /// A story's text.
    StoryText(Option<RecordId>),
    /// A word beside a story.
    Addition(RecordId),
    /// Where a picture file lies.
    PicturePath(Option<RecordId>),
    /// The words under it.
    Caption(RecordId),
    /// The unit of an invite.
    InviteUnit,
}

/// A choice of a form that is not text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// How a notice's places are chosen.
    Reaches(Reaches),
    /// Adds a place to the notice, or takes it away.
    Place(view::Place),
    /// Days a notice is in force; `None` for ever.
    Days(Option<u32>),
    /// Whether everyone should say that they read it.
    MustRead(bool),
    /// What sort of problem a request is.
    Category(&'static str),
    /// The role an invite offers.
    Role(&'static str),
    /// What a word beside a story is.
    Addition(&'static str),
}

/// How the places a notice is for are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reaches {
    /// Every household.
    #[default]
    Estate,
    /// Some buildings.
    Buildings,
    /// Some stairs.
    Stairs,
    /// As the version before.
    AsBefore,
}

/// A wish, as pushed by a painted widget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Show a place.
    Go(Place),
    /// Open something within the place.
    Open(Page),
    /// Begin something new in the place shown.
    Begin,
    /// Back to where one came from.
    Back,
    /// Walk through a door of the first screen.
    Enter(Option<Door>),
    /// Four big tiles, or the whole window.
    Simplify(bool),
    /// Change colours.
    Wear(Look),
    /// Change the language of every visible word.
    Speak(Language),
    /// Scale text; percent, 100 to 200.
    Resize(u16),
    /// Keep what was typed, so that a crash loses nothing.
    Keep(Field, String),
    /// Choose something in a form.
    Choose(Choice),
    /// Fetch a picture's bytes.
    Fetch(BlobHash),
    /// Put text where other programs can paste it.
    Copy(String),
    /// Take away the word on what happened last.
    Dismiss,
    /// Something the node must do.
    Wish(Wish),
}

/// Something the node must do; what was typed for it lies in the drafts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wish {
    /// Try to open the home again.
    Reopen,
    /// Found a community in the home's folder.
    Found,
    /// Knock with the pasted invite.
    Join,
    /// Post a notice, or a new version of one.
    PostNotice(Option<RecordId>),
    /// Sign that this household has read a notice.
    Acknowledge(RecordId),
    /// Open a thread.
    OpenThread,
    /// Say something in a thread.
    Say(RecordId),
    /// Report a problem.
    OpenRequest,
    /// A step in a request's life.
    Step(RecordId, Act),
    /// Answer a roll-call for one's household.
    Answer(RecordId, String),
    /// Write a story, or change one.
    WriteStory(Option<RecordId>),
    /// Hang a picture on a story.
    AddPicture(RecordId, PathBuf),
    /// Put a word beside a story.
    AddWord(RecordId),
    /// Make an invite.
    Invite,
    /// Take an invite back.
    CancelInvite(String),
    /// Let a newcomer in.
    Admit(String),
    /// Turn a newcomer away.
    Refuse(String),
    /// Say that an owner's seat is right.
    Confirm(RecordId),
}
