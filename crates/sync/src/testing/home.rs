//! One home: its copy, the logs it writes, and what its sessions handed up and the disk has not dealt with yet.

use std::collections::{BTreeMap, VecDeque};

use linli_record::{
    AudienceId, CommunityId, Draft, Incarnation, Kind, LogId, LogOpen, LogWriter, NodeKey, SecretKey, StoreId,
};

use super::chance::Chance;
use super::shelf::MemoryShelf;
use crate::session::{Effect, Outcome, Ticket};

/// What a session handed up: the link, the ticket, and the effect itself.
#[derive(Debug)]
pub struct Job {
    /// Which link's session.
    pub link: usize,
    /// What it wants.
    pub effect: Effect,
}

/// One home.
#[derive(Debug)]
pub struct Home {
    /// Its key on the transport.
    pub node: NodeKey,
    /// Its copy.
    pub shelf: MemoryShelf,
    /// Logs it writes, by audience.
    pub writers: BTreeMap<Option<AudienceId>, LogWriter>,
    /// What waits for its disk.
    pub jobs: VecDeque<Job>,
    key: SecretKey,
    clock_ms: u64,
}

impl Home {
    /// An empty home.
    pub fn new(community: CommunityId, chance: &mut Chance) -> Self {
        let shelf = MemoryShelf::new(community, StoreId::from(chance.bytes()));
        let key = SecretKey::from_bytes(&chance.bytes());
        let node = NodeKey::from(chance.bytes());
        let (writers, jobs) = (BTreeMap::new(), VecDeque::new());
        Self { node, shelf, writers, jobs, key, clock_ms: 1_790_000_000_000 }
    }

    /// Writes one record with a body of this length into its log for `audience`, opening the log if it must.
    ///
    /// # Panics
    /// When the record breaks a bound.
    pub fn write(
        &mut self,
        audience: Option<AudienceId>,
        community: CommunityId,
        body: usize,
        chance: &mut Chance,
    ) -> LogId {
        self.clock_ms += 1000;
        if !self.writers.contains_key(&audience) {
            let open =
                LogOpen::member(&self.key, Incarnation::from(chance.bytes()), audience, "linli-sync testing");
            let key = self.key.clone();
            let writer =
                LogWriter::begin(community, key, &open, chance.bytes(), 0, self.clock_ms).expect("in bounds");
            self.shelf.append(std::slice::from_ref(writer.opening()), writer.tip(), None);
            self.writers.insert(audience, writer);
        }
        let writer = self.writers.get_mut(&audience).expect("opened above");
        let mut body: Vec<u8> = (0..body).map(|at| b'a' + (at % 23) as u8).collect();
        body.iter_mut().step_by(5).for_each(|byte| *byte = chance.draw() as u8);
        let draft = Draft::new(Kind::new(145));
        let record = writer.append(draft, &body, chance.bytes(), self.clock_ms).expect("in bounds");
        let tip = writer.tip().clone();
        self.shelf.append(&[record], &tip, None);
        tip.log
    }

    /// Deals with one thing that was handed up by the session with `peer`.
    pub fn work(&mut self, effect: Effect, peer: NodeKey) -> Option<(Ticket, Outcome)> {
        match effect {
            Effect::Take { ticket, log, run } => Some((ticket, self.shelf.take(&log, run, Some(peer)))),
            Effect::TakeBlock { ticket, block, .. } => Some((ticket, self.shelf.take_block(block))),
            Effect::TakePayload { ticket, id, payload } => {
                Some((ticket, self.shelf.take_payload(&id, payload)))
            }
            Effect::Forked(proof) => {
                self.shelf.take_fork(&proof);
                None
            }
            Effect::Remember(cursor) => {
                self.shelf.remember(peer, cursor);
                None
            }
            _ => None,
        }
    }
}
