//! Threads and their messages.

use linli_record::RecordId;

use super::{Held, Picture, When, Who};

/// One thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Names it in commands.
    pub id: RecordId,
    /// Title.
    pub title: String,
    /// Households that spoke in it.
    pub voices: usize,
    /// When the newest message came.
    pub when: When,
    /// Oldest first.
    pub messages: Vec<Message>,
}

/// One short message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Names it.
    pub id: RecordId,
    /// Who wrote it.
    pub from: Who,
    /// The text; empty when it was taken back.
    pub text: String,
    /// Whether it was taken back, or can't be shown.
    pub gone: bool,
    /// The start of the message it answers.
    pub answers: Option<(String, String)>,
    /// When it was written.
    pub when: When,
    /// Where it is held; shown under our own messages.
    pub held: Held,
    /// Its pictures.
    pub pictures: Vec<Picture>,
}

impl Thread {
    /// Messages of others after the one this household saw last; all of others' when it saw none.
    #[must_use]
    pub fn unread(&self, seen: Option<&RecordId>) -> usize {
        self.messages[self.first_unseen(seen)..].iter().filter(|message| !message.from.ours).count()
    }

    /// Position of the first message after the one seen last.
    #[must_use]
    pub fn first_unseen(&self, seen: Option<&RecordId>) -> usize {
        let at = seen.and_then(|seen| self.messages.iter().position(|message| message.id == *seen));
        at.map_or(0, |at| at + 1)
    }
}
