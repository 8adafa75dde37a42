//! Work that takes the node's whole attention, told as it goes: whoever asks for its status meanwhile is answered with
//! how it stood when the work began, and with how far the work is. Read [`Busy`].

use linli_store::{Progress, Stage};

use super::Core;
use crate::actor::Desk;
use crate::vocabulary::{BusyView, Event, StatusView};

/// Blocks replayed before it is told again.
const TELL_EVERY: u64 = 64;

/// A long piece of work. When it is dropped, whatever the reason, the node answers for itself again.
pub(super) struct Busy {
    desk: Desk,
    status: StatusView,
    what: &'static str,
}

impl Core {
    pub(super) fn busy(&self, what: &'static str) -> Busy {
        let busy = Busy { desk: self.desk.clone(), status: self.status(), what };
        busy.tell("records", 0, 0);
        busy
    }
}

impl Busy {
    /// Tells how far the store is.
    pub(super) fn store(&self) -> impl FnMut(Progress) + '_ {
        move |progress| {
            let BusyView { stage, done, of, .. } = view(self.what, progress);
            self.tell(&stage, done, of);
        }
    }

    /// Tells how many blocks are replayed.
    pub(super) fn replayed(&self, blocks: u64, of: u64) {
        if blocks.is_multiple_of(TELL_EVERY) {
            self.tell("blocks", blocks, of);
        }
    }

    fn tell(&self, stage: &str, done: u64, of: u64) {
        let busy = BusyView { what: self.what.into(), stage: stage.into(), done, of };
        let status = StatusView { busy: Some(busy.clone()), ..self.status.clone() };
        self.desk.answer_status_with(Some(status));
        self.desk.announce(Event::Busy(busy));
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.desk.answer_status_with(None);
    }
}

/// A store's progress in the vocabulary's words.
pub(super) fn view(what: &str, progress: Progress) -> BusyView {
    let stage = match progress.stage {
        Stage::Records => "records",
        Stage::Indexes => "indexes",
        Stage::Register => "register",
        Stage::Attachments => "attachments",
    };
    BusyView { what: what.into(), stage: stage.into(), done: progress.done, of: progress.of }
}
