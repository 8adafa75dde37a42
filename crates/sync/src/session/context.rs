//! What one step of a session works with: the shelf, the neighbour, and what is to be done.

use linli_record::limits::RUN_RECORDS;
use linli_record::{LogId, NodeKey, Tip};

use super::Effect;
use crate::shelf::Shelf;
use crate::wire::Message;

pub(super) struct Step<'a, S> {
    pub(super) shelf: &'a S,
    pub(super) peer: &'a NodeKey,
    pub(super) now_ms: u64,
    pub(super) effects: Vec<Effect>,
}

impl<S: Shelf> Step<'_, S> {
    pub(super) fn say(&mut self, message: &Message) {
        self.effects.push(Effect::Send(message.to_frame()));
    }

    /// Where this side goes on with a log, as far as the neighbour may know: nothing, where it is known not to belong
    /// there; about, where nobody here can tell. `next` is the number after the last one that is held or on its way.
    pub(super) fn shown(&self, log: &LogId, next: u64) -> Option<u64> {
        if self.shelf.may_offer(self.peer, log) || self.shelf.tip(log).is_none() {
            return Some(next);
        }
        let about = next - next % RUN_RECORDS as u64;
        (!self.shelf.knows_readers(log)).then_some(about)
    }

    pub(super) fn offered(&self) -> Vec<Tip> {
        self.shelf.offered(self.peer)
    }
}
