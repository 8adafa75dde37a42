//! What one step of a session works with: the shelf, the neighbour, and what is to be done.

use linli_record::{NodeKey, Tip};

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

    pub(super) fn offered(&self) -> Vec<Tip> {
        self.shelf.offered(self.peer)
    }
}
