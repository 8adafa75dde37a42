//! Stories.

use linli_record::RecordId;

use super::{Held, Picture, When, Who};

/// One story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// Names it in commands.
    pub id: RecordId,
    /// Its title.
    pub title: String,
    /// Titles others gave at the same time.
    pub other_titles: Vec<String>,
    /// Its text.
    pub text: String,
    /// Names what is read here, so that an edit of it loses nothing others write meanwhile.
    pub version: String,
    /// Who wrote on it, the one who began it first.
    pub writers: Vec<String>,
    /// When it was begun.
    pub when: When,
    /// Its pictures.
    pub pictures: Vec<Picture>,
    /// Corrections, replies, remarks.
    pub notes: Vec<Addition>,
    /// Whether this household may write on it.
    pub ours_to_edit: bool,
    /// Where it is held.
    pub held: Held,
}

/// A word beside a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// The word of its kind: `correction`, `reply`, `remark`.
    pub kind: &'static str,
    /// Who said it.
    pub who: Who,
    /// When.
    pub when: When,
    /// Its text.
    pub text: String,
}
