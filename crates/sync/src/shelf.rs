//! What a session reads: the node's copy, seen through one trait. It writes nothing; what is to be written leaves the
//! session as effects. Read [`Shelf`] first.

use linli_record::{
    BlockId, CertifiedBlock, CommunityId, ForkProof, LogId, NodeKey, RawRecord, RecordId, StoreId, Tip,
};

/// Where the register stands on this node: the newest block it applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Era of the block.
    pub era: u64,
    /// Its height.
    pub height: u64,
    /// Its id.
    pub id: BlockId,
}

/// "I have your arrivals up to this one": what a node remembers of a neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Which life of the neighbour's store.
    pub store: StoreId,
    /// The highest arrival number held.
    pub arrivals: u64,
}

/// A record's place in the order in which this node stored things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// From 1, without holes.
    pub number: u64,
    /// The record's log.
    pub log: LogId,
    /// Its sequence number.
    pub seq: u64,
    /// The neighbour it came from; `None` for this node's own and for imports.
    pub from: Option<NodeKey>,
}

/// A node's copy, as one session may see it.
pub trait Shelf {
    /// The community.
    fn community(&self) -> CommunityId;

    /// Which life of this store.
    fn store_id(&self) -> StoreId;

    /// The highest arrival number; 0 when nothing is stored.
    fn arrivals(&self) -> u64;

    /// At most `limit` arrivals above `after`, ascending.
    fn arrivals_after(&self, after: u64, limit: usize) -> Vec<Arrival>;

    /// The newest block applied; `None` in an empty store.
    fn head(&self) -> Option<Head>;

    /// The block at this height of the register this node follows.
    fn block(&self, height: u64) -> Option<CertifiedBlock>;

    /// How far a log is held.
    fn tip(&self, log: &LogId) -> Option<Tip>;

    /// Consecutive records from `from` on, at most 64, ending at a kept signature or the tip; empty when `from` is not
    /// held.
    fn run(&self, log: &LogId, from: u64) -> Vec<RawRecord>;

    /// [`Shelf::run`] as `peer` may have it: payloads it may not have (yet) are left out.
    fn run_for(&self, _peer: &NodeKey, log: &LogId, from: u64) -> Vec<RawRecord> {
        self.run(log, from)
    }

    /// Tips of all logs `peer` may be offered: the public ones, and those of audiences it belongs to or keeps.
    fn offered(&self, peer: &NodeKey) -> Vec<Tip>;

    /// Whether `log` is one of [`Shelf::offered`].
    fn may_offer(&self, peer: &NodeKey, log: &LogId) -> bool;

    /// Whether this node can tell who belongs to a private log's audience; whoever keeps ciphertext alone can't.
    fn knows_readers(&self, _log: &LogId) -> bool {
        true
    }

    /// What this node remembers of `peer`.
    fn cursor(&self, peer: &NodeKey) -> Option<Cursor>;

    /// What `peer` is told in place of one of this node's arrival numbers; [`Shelf::untold`] reads it back. Arrivals count
    /// what stands in private logs too: told as they are, they would tell a stranger to these how much was said there
    /// between two public words.
    fn told(&self, _peer: &NodeKey, arrivals: u64) -> u64 {
        arrivals
    }

    /// The arrival number that `peer` was told as `told`; anything, for what it never was told.
    fn untold(&self, _peer: &NodeKey, told: u64) -> u64 {
        told
    }

    /// What a hello says of this node's highest arrival: no cursor told by [`Shelf::told`] is above it.
    fn told_at_most(&self) -> u64 {
        self.arrivals()
    }

    /// In which order logs go to a newcomer: 0 for the founder's, then those who hold office, then the rest.
    fn rank(&self, log: &LogId) -> u8;

    /// Whether `peer` is enrolled here. A peer that is not hears nothing, not even a hello, before
    /// [`Input::Admitted`](crate::Input::Admitted).
    fn meets(&self, _peer: &NodeKey) -> bool {
        true
    }

    /// Whether new records of `log` are forwarded at once. `false` while its author is over the daily rate:
    /// reconciliation still brings them.
    fn forwards_now(&self, _log: &LogId) -> bool {
        true
    }

    /// Proof that `log` has two histories, if this node holds one.
    fn fork(&self, _log: &LogId) -> Option<ForkProof> {
        None
    }

    /// A record's payload and the log it stands in, if both are held.
    fn payload(&self, _id: &RecordId) -> Option<(LogId, Vec<u8>)> {
        None
    }

    /// [`Shelf::payload`], unless `peer` may not have it (yet).
    fn payload_for(&self, _peer: &NodeKey, id: &RecordId) -> Option<(LogId, Vec<u8>)> {
        self.payload(id)
    }
}
