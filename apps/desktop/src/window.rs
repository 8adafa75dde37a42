//! What this window shows and remembers, apart from the neighbourhood: the place, the page, the look, the drafts.
//!
//! It knows nothing of the node. What must survive a crash goes into a [`crate::keepsake::Keepsake`]. Read [`Window`] first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use linli_record::RecordId;

use crate::command::{Choice, Door, Field, Page, Place, Reaches, Sheet, Wish};
use crate::keepsake::{JoiningNote, Keepsake};
use crate::theme::Look;
use crate::view::{self, Trouble};
use crate::words::Language;

/// One window's own state.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// The place chosen in the navigation.
    pub place: Place,
    /// What is open within it.
    pub page: Page,
    /// The door walked through, on the first screen.
    pub door: Option<Door>,
    /// Four big tiles instead of everything.
    pub simple: bool,
    /// Whether the tiles themselves are shown, in simple mode.
    pub tiles: bool,
    /// Colours.
    pub look: Look,
    /// Scale of everything, percent.
    pub percent: u16,
    /// What was typed and not used yet.
    pub drafts: BTreeMap<Field, String>,
    /// The version of a story that its draft began from.
    pub bases: BTreeMap<RecordId, String>,
    /// The newest message seen in each thread.
    pub seen: BTreeMap<RecordId, RecordId>,
    /// Where the "new since" line stands in the thread that is open.
    pub new_since: Option<RecordId>,
    /// Whose invite this home knocked with.
    pub joining: Option<JoiningNote>,
    /// Choices of forms.
    pub forms: Forms,
    /// Wishes on their way, each with the text that goes with it.
    pub underway: BTreeMap<Wish, String>,
    /// What happened last, until dismissed.
    pub note: Option<Note>,
    /// An invite just made.
    pub invite: Option<Invited>,
}

/// Choices of forms that are not text.
#[derive(Clone, Debug)]
pub struct Forms {
    /// How a notice's places are chosen.
    pub reaches: Reaches,
    /// The places.
    pub places: BTreeSet<view::Place>,
    /// Days a notice is in force.
    pub days: Option<u32>,
    /// Whether everyone should say that they read it.
    pub must_read: bool,
    /// What sort of problem a request is.
    pub category: &'static str,
    /// A picture of it.
    pub picture: Option<PathBuf>,
    /// The role an invite offers.
    pub role: &'static str,
    /// What a word beside a story is.
    pub addition: &'static str,
}

impl Default for Forms {
    fn default() -> Self {
        Self {
            reaches: Reaches::default(),
            places: BTreeSet::new(),
            days: Some(7),
            must_read: false,
            category: "other",
            picture: None,
            role: "owner",
            addition: "remark",
        }
    }
}

impl Forms {
    /// The choices a revision begins with: those of the version before.
    #[must_use]
    pub fn of(notice: &view::Notice) -> Self {
        Self {
            reaches: Reaches::AsBefore,
            must_read: notice.must_read,
            days: notice.days_left.map(|_| 7),
            ..Self::default()
        }
    }
}

/// What happened last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// It was done; the key of the sentence that says so.
    Done(Done),
    /// It was not.
    Trouble(Trouble),
}

/// A sentence on something done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Kept on this machine, durable.
    Saved,
    /// Someone else must approve too.
    NeedsAnother,
    /// It is where other programs can paste it.
    Copied,
}

/// An invite just made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// The text to send.
    pub text: String,
    /// The unit it is for.
    pub unit: String,
    /// Rows of the QR code, dark modules true; `None` when the text is too long for one.
    pub code: Option<Vec<Vec<bool>>>,
}

impl Window {
    /// The window as it was left.
    #[must_use]
    pub fn remembered(keepsake: &Keepsake) -> Self {
        Self {
            simple: keepsake.simple,
            tiles: keepsake.simple,
            look: keepsake.look,
            percent: keepsake.percent.clamp(100, 200),
            drafts: keepsake.drafts.iter().cloned().collect(),
            bases: keepsake.bases.iter().cloned().collect(),
            seen: keepsake.seen.iter().copied().collect(),
            joining: keepsake.joining.clone(),
            ..Self::default()
        }
    }

    /// What is to be remembered.
    #[must_use]
    pub fn keepsake(&self, language: Language) -> Keepsake {
        Keepsake {
            language: Some(language),
            look: self.look,
            percent: self.percent,
            simple: self.simple,
            drafts: self.drafts.iter().map(|(field, text)| (field.clone(), text.clone())).collect(),
            bases: self.bases.iter().map(|(story, version)| (*story, version.clone())).collect(),
            seen: self.seen.iter().map(|(thread, message)| (*thread, *message)).collect(),
            joining: self.joining.clone(),
        }
    }

    /// What was typed into a field.
    #[must_use]
    pub fn draft(&self, field: &Field) -> &str {
        self.drafts.get(field).map_or("", String::as_str)
    }

    /// Keeps what was typed on a story of that version: the draft began from it, and goes on from it however the story
    /// goes on.
    pub fn keep_of_story(&mut self, story: RecordId, version: &str, field: Field, text: String) {
        self.bases.entry(story).or_insert_with(|| version.to_owned());
        self.keep(field, text);
        self.forget_base(story);
    }

    /// Without a draft there is nothing a story's version is kept for.
    pub fn forget_base(&mut self, story: RecordId) {
        let fields = [Field::StoryTitle(Some(story)), Field::StoryText(Some(story))];
        if !fields.iter().any(|field| self.drafts.contains_key(field)) {
            self.bases.remove(&story);
        }
    }

    /// Keeps what was typed.
    pub fn keep(&mut self, field: Field, text: String) {
        // An emptied field of a form that began with older words is a draft too.
        if text.is_empty() && !matches!(field, Field::NoticeText(Some(_)) | Field::StoryText(Some(_))) {
            self.drafts.remove(&field);
        } else {
            self.drafts.insert(field, text);
        }
    }

    /// The page one came from.
    pub fn back(&mut self) {
        self.page = match &self.page {
            Page::Sheet(Sheet::Notice(Some(id))) => Page::Notice(*id),
            Page::Sheet(Sheet::Story(Some(id))) => Page::Story(*id),
            _ => {
                self.tiles = self.simple && self.page == Page::Front;
                Page::Front
            }
        };
    }

    /// What Ctrl+N begins here.
    #[must_use]
    pub const fn beginning(&self) -> Sheet {
        match self.place {
            Place::Today => Sheet::Notice(None),
            Place::Talk => Sheet::Thread,
            Place::Matters => Sheet::Request,
            Place::Memory => Sheet::Story(None),
            Place::Estate => Sheet::Invite,
        }
    }

    /// Carries out a choice of a form.
    pub fn choose(&mut self, choice: Choice) {
        let forms = &mut self.forms;
        match choice {
            Choice::Reaches(reaches) => {
                forms.reaches = reaches;
                forms.places.clear();
            }
            Choice::Place(place) => {
                if !forms.places.remove(&place) {
                    forms.places.insert(place);
                }
            }
            Choice::Days(days) => forms.days = days,
            Choice::MustRead(must_read) => forms.must_read = must_read,
            Choice::Category(category) => forms.category = category,
            Choice::Role(role) => forms.role = role,
            Choice::Addition(kind) => forms.addition = kind,
        }
    }
}
