//! The sync sessions: one machine a neighbour, fed with frames, its effects carried out in order.

use linli_record::NodeKey;
use linli_sync::{Effect, Input, Outcome, Session, Ticket};

use super::Core;
use super::patience::{self, Patience};
use crate::actor::LinkId;
use crate::chance::random;
use crate::net::{self, LinkHandle, Message, NetCall, Side};
use crate::vocabulary::Event;

/// Close code for a second link between two nodes.
const ONE_LINK: u32 = 20;
/// Close code for a member who came back too often.
const SLOW_DOWN: u32 = 23;
/// Close code after a fault of our own.
const STARTING_ANEW: u32 = 21;

/// A neighbour with its session.
pub(super) struct Peer {
    pub(super) handle: LinkHandle,
    session: Option<Session>,
    live: bool,
    /// Our arrivals up to here were written to the neighbour, or came from it.
    written: u64,
    /// The record after which it is asked next for bodies that should be here.
    pub(super) sought: [u8; 32],
}

impl Peer {
    #[cfg(test)]
    pub(super) const fn handle(&self) -> &LinkHandle {
        &self.handle
    }

    /// Whether both sides have what the other had when they met.
    pub(super) const fn live(&self) -> bool {
        self.live
    }
}

/// Arrivals not yet written to a neighbour.
pub(super) const fn behind(peer: &Peer, arrivals: u64) -> u64 {
    arrivals.saturating_sub(peer.written)
}

impl Core {
    /// A link came up. Two nodes keep one link: the one dialed by the lower key.
    pub(super) fn link_up(&mut self, handle: LinkHandle) {
        let (id, peer) = (handle.id, handle.peer);
        let now = self.clock.now_ms();
        if !self.patience_with(peer).take(patience::OPENING, now) {
            handle.close(SLOW_DOWN, "slow down");
            self.tell_network(NetCall::LinkDown(peer));
            return;
        }
        let twin =
            self.links.values().find(|other| other.handle.peer == peer).map(|other| other.handle.clone());
        if let Some(twin) = twin {
            let low_dials = self.keys.node_key() < peer;
            let keep_new = (handle.side == Side::Dialed) == low_dials && twin.side != handle.side;
            if !keep_new && twin.side != handle.side {
                handle.close(ONE_LINK, "one link is enough");
                // Unless the neighbour dials because ours is dead already.
                twin.suspect();
                return;
            }
            // The same side again means that the old one is dead: the newer is the live one.
            self.drop_link(twin.id);
            twin.close(ONE_LINK, "one link is enough");
        }
        tracing::debug!(peer = %peer.short(), "linked");
        self.receive_newcomer(&peer);
        let session = Session::new(peer, None);
        self.links
            .insert(id, Peer { handle, session: Some(session), live: false, written: 0, sought: [0; 32] });
        self.tell_network(NetCall::LinkUp(peer));
        self.desk.announce(Event::Linked { node: peer, name: self.node_name(&peer) });
        self.fetches.linked(&peer);
        self.feed(id, Input::Opened { nonce: random() });
    }

    fn patience_with(&mut self, peer: NodeKey) -> &mut Patience {
        let now = self.clock.now_ms();
        self.patience.entry(peer).or_insert_with(|| Patience::new(now))
    }

    /// A neighbour broke a rule: it may come again, but not for ever.
    pub(super) fn offended(&mut self, id: LinkId) {
        let (peer, now) = (self.links.get(&id).map(|peer| peer.handle.peer), self.clock.now_ms());
        if let Some(peer) = peer {
            self.patience_with(peer).offended(now);
        }
    }

    /// A link ended.
    pub(super) fn link_down(&mut self, id: LinkId) {
        if let Some(peer) = self.drop_link(id) {
            self.tell_network(NetCall::LinkDown(peer));
            self.desk.announce(Event::Unlinked { node: peer, name: self.node_name(&peer) });
        }
    }

    /// Closes a link and forgets it; the neighbour dials anew.
    pub(super) fn end_link(&mut self, id: LinkId) {
        if let Some(peer) = self.links.get(&id) {
            peer.handle.close(STARTING_ANEW, "starting anew");
        }
        self.link_down(id);
    }

    fn drop_link(&mut self, id: LinkId) -> Option<NodeKey> {
        self.links.remove(&id).map(|peer| peer.handle.peer)
    }

    pub(super) fn tell_network(&self, call: NetCall) {
        if let Some(network) = &self.network {
            // A network that has stopped keeps no links.
            let _ = network.links.send(call);
        }
    }

    /// A frame from a neighbour.
    pub(super) fn frame(&mut self, id: LinkId, bytes: Vec<u8>) {
        self.feed(id, Input::Frame(bytes));
    }

    /// The carrier wrote everything it was given.
    pub(super) fn drained(&mut self, id: LinkId) {
        let arrivals = self.store.arrivals();
        if let Some(peer) = self.links.get_mut(&id).filter(|peer| peer.live) {
            peer.written = arrivals;
        }
        self.feed(id, Input::Drained);
    }

    /// A ticket's answer.
    pub(super) fn stored(&mut self, id: LinkId, ticket: Ticket, outcome: Outcome) {
        self.feed(id, Input::Stored { ticket, outcome });
    }

    /// The store may have grown: every session pumps what is new to its neighbour.
    pub(super) fn pump_links(&mut self) {
        let mark = (self.store.arrivals(), self.seen());
        let input = if mark == self.pumped { None } else { Some(()) };
        self.pumped = mark;
        let ids: Vec<LinkId> = self.links.keys().copied().collect();
        for id in ids {
            if input.is_some() {
                self.feed(id, Input::Arrived);
            }
            self.feed(id, Input::Tick);
        }
        self.commit_pending();
    }

    /// Compares everything with one neighbour, drawn by lot: no order of links lets one be passed over for ever.
    pub(super) fn heal_one(&mut self) {
        let ids: Vec<LinkId> = self.links.keys().copied().collect();
        if ids.is_empty() {
            return;
        }
        let [pick, ..] = random::<8>();
        let id = ids[usize::from(pick) % ids.len()];
        self.feed(id, Input::Reconcile);
        self.ask_for_what_lacks(id);
    }

    /// Bodies and settled branches that should be here and are not.
    fn ask_for_what_lacks(&mut self, id: LinkId) {
        self.seek_bodies(id);
        self.ask_for_branches(Some(id));
    }

    /// After a repair the store has a new life: every neighbour is met again from the beginning.
    pub(super) fn meet_everyone_anew(&mut self) {
        let links: Vec<LinkHandle> = self.links.values().map(|peer| peer.handle.clone()).collect();
        for link in links {
            link.close(ONE_LINK, "repaired");
            self.link_down(link.id);
        }
    }

    /// Compares everything with every neighbour: after an audience changed, what they may be offered did too.
    pub(super) fn heal_all(&mut self) {
        let ids: Vec<LinkId> = self.links.keys().copied().collect();
        for id in ids {
            self.feed(id, Input::Reconcile);
        }
    }

    /// Feeds a session one input and carries out what it wants. The machine is taken out meanwhile, since it reads us.
    pub(super) fn feed(&mut self, id: LinkId, input: Input) {
        let Some(mut session) = self.links.get_mut(&id).and_then(|peer| peer.session.take()) else { return };
        let effects = session.handle(input, self.clock.now_ms(), &*self);
        if let Some(peer) = self.links.get_mut(&id) {
            peer.session = Some(session);
        }
        for effect in effects {
            self.carry_out(id, effect);
        }
    }

    fn carry_out(&mut self, id: LinkId, effect: Effect) {
        let Some(peer) = self.links.get(&id) else { return };
        let from = peer.handle.peer;
        match effect {
            Effect::Send(frame) => {
                peer.handle.send(Message::Sync(frame));
            }
            Effect::Take { ticket, log, run } => self.take_run(id, from, ticket, &log, run),
            Effect::TakeBlock { ticket, block, .. } => {
                let outcome = self.take_block(block);
                self.stored(id, ticket, outcome);
            }
            Effect::TakePayload { ticket, id: record, payload } => {
                let outcome = self.take_payload(record, payload);
                self.stored(id, ticket, outcome);
            }
            Effect::Forked(proof) => self.take_fork(&proof),
            Effect::Introduced(_) => {
                // Settled enrolments come with the register; whoever is not on the roster was refused at the gate.
            }
            Effect::Remember(cursor) => {
                self.pending.batch.cursor(from, cursor.store, cursor.arrivals);
            }
            Effect::Sought => self.seek_more(id),
            Effect::Live => {
                let arrivals = self.store.arrivals();
                if let Some(peer) = self.links.get_mut(&id) {
                    peer.live = true;
                    peer.written = arrivals;
                }
                self.desk.announce(Event::Even { node: from });
                self.taken_in();
                self.publish_membership();
                self.ask_for_what_lacks(id);
            }
            Effect::Close(reason) => {
                tracing::info!(peer = %from.short(), code = reason.code(), "a session was closed: {reason}");
                peer.handle.close(reason.number(), reason.code());
                if reason.is_offence() {
                    self.offended(id);
                }
                self.link_down(id);
            }
        }
    }

    /// Members changed: whoever is not one any more is disconnected.
    pub(super) fn close_links_outside(&mut self, members: &std::collections::BTreeSet<NodeKey>) {
        let gone: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, peer)| !members.contains(&peer.handle.peer))
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            if let Some(peer) = self.links.get(&id) {
                peer.handle.close(net::STRANGER_CODE, "not enrolled");
            }
            self.link_down(id);
        }
    }

    /// Something speaks for a neighbour's link being dead, or every link's: each proves itself or is closed.
    pub(super) fn suspect(&self, node: Option<&NodeKey>) {
        let links = self.links.values().map(|peer| &peer.handle);
        links.filter(|link| node.is_none_or(|node| link.peer == *node)).for_each(LinkHandle::suspect);
    }

    pub(super) fn send_book(&self, node: &NodeKey, book: Vec<u8>) {
        let peer = self.links.values().find(|peer| peer.handle.peer == *node);
        if let Some(peer) = peer {
            peer.handle.send(Message::Addresses(book));
        }
    }
}
