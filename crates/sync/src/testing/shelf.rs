//! A copy in memory that keeps what the store keeps: signatures only at kept places and tips, arrivals in order.

use std::collections::{BTreeMap, BTreeSet};

use linli_record::{
    AudienceId, Block, CertifiedBlock, CommunityId, ForkProof, Header, LogId, NodeKey, RawRecord, Record,
    RecordId, StoreId, Tip, limits,
};

use crate::intake::{Conflict, Held, Intake, admit};
use crate::session::Outcome;
use crate::shelf::{Arrival, Cursor, Head, Shelf};

#[derive(Debug, Clone)]
struct Log {
    tip: Tip,
    records: Vec<RawRecord>,
    ids: Vec<RecordId>,
}

/// A node's copy.
#[derive(Debug, Clone)]
pub struct MemoryShelf {
    community: CommunityId,
    store: StoreId,
    logs: BTreeMap<LogId, Log>,
    arrivals: Vec<Arrival>,
    blocks: Vec<(Head, CertifiedBlock)>,
    cursors: BTreeMap<NodeKey, Cursor>,
    /// Who belongs to an audience, as far as this node knows.
    pub audiences: BTreeMap<AudienceId, BTreeSet<NodeKey>>,
    /// Who is not enrolled here.
    pub strangers: BTreeSet<NodeKey>,
    /// Logs that go first.
    pub offices: BTreeMap<LogId, u8>,
    /// Whether payloads are kept.
    pub keeps_payloads: bool,
    /// Whether private logs are kept without being read.
    pub keeps_ciphertext: bool,
    forks: BTreeMap<LogId, (u64, ForkProof)>,
}

/// One log of a shelf, for [`admit`].
#[derive(Debug)]
pub struct MemoryHeld<'a>(Option<&'a Log>);

impl Held for MemoryHeld<'_> {
    fn tip(&self) -> Option<Tip> {
        self.0.map(|log| log.tip.clone())
    }

    fn id(&self, seq: u64) -> Option<RecordId> {
        self.0.and_then(|log| log.ids.get(usize::try_from(seq).ok()?)).copied()
    }

    fn run(&self, from: u64) -> Vec<RawRecord> {
        self.0.map_or_else(Vec::new, |log| log.run(from))
    }
}

impl Log {
    fn run(&self, from: u64) -> Vec<RawRecord> {
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(self.records.len());
        let most = &self.records[from..self.records.len().min(from + limits::RUN_RECORDS)];
        let signed = most.iter().rposition(|record| record.signature.is_some());
        most[..signed.map_or(0, |at| at + 1)].to_vec()
    }

    fn append(&mut self, record: &Record) {
        // The tip's signature is dropped once the tip is passed.
        if let Some(passed) = self.records.last_mut() {
            let kept = Header::parse(&passed.header).is_ok_and(|header| header.keeps_signature());
            passed.signature = passed.signature.filter(|_| kept);
        }
        self.ids.push(record.id());
        self.records.push(record.to_raw());
    }
}

impl MemoryShelf {
    /// An empty copy.
    #[must_use]
    pub const fn new(community: CommunityId, store: StoreId) -> Self {
        Self {
            community,
            store,
            logs: BTreeMap::new(),
            arrivals: Vec::new(),
            blocks: Vec::new(),
            cursors: BTreeMap::new(),
            audiences: BTreeMap::new(),
            strangers: BTreeSet::new(),
            offices: BTreeMap::new(),
            keeps_payloads: true,
            keeps_ciphertext: false,
            forks: BTreeMap::new(),
        }
    }

    /// Appends verified records and moves the tip.
    pub fn append(&mut self, records: &[Record], tip: &Tip, from: Option<NodeKey>) {
        let fresh = Log { tip: tip.clone(), records: Vec::new(), ids: Vec::new() };
        let log = self.logs.entry(tip.log).or_insert(fresh);
        for record in records {
            assert_eq!(record.seq, log.records.len() as u64, "a log has no holes");
            log.append(record);
            let number = self.arrivals.len() as u64 + 1;
            self.arrivals.push(Arrival { number, log: tip.log, seq: record.seq, from });
        }
        log.tip = tip.clone();
    }

    /// One log, for [`admit`].
    #[must_use]
    pub fn held(&self, log: &LogId) -> MemoryHeld<'_> {
        MemoryHeld(self.logs.get(log))
    }

    /// Admits and appends a run.
    pub fn take(&mut self, log: &LogId, run: Vec<RawRecord>, from: Option<NodeKey>) -> Outcome {
        let keeps = self.keeps_payloads;
        match admit(self.community, log, &self.held(log), run, |_| keeps) {
            Intake::Nothing => Outcome::Known,
            Intake::Extends { records, tip } => {
                self.append(&records, &tip, from);
                Outcome::Kept
            }
            Intake::Gap { next } => Outcome::Gap { next },
            Intake::Fork(conflict) => {
                let Conflict { proof, .. } = *conflict;
                self.take_fork(&proof);
                Outcome::Forked(Box::new(proof))
            }
            Intake::Refused(_) => Outcome::Forged,
        }
    }

    /// Verifies and keeps a proof; of several the one that begins lowest.
    pub fn take_fork(&mut self, proof: &ForkProof) {
        let Some(log) = self.logs.get(&proof.log()) else { return };
        let Ok(fork) = proof.verify(&self.community, &log.tip.key) else { return };
        let kept = self.forks.entry(fork.log).or_insert((fork.seq, proof.clone()));
        if fork.seq < kept.0 {
            *kept = (fork.seq, proof.clone());
        }
    }

    /// Applies the next block.
    pub fn take_block(&mut self, block: CertifiedBlock) -> Outcome {
        let Ok(said) = Block::parse(&block.bytes) else { return Outcome::Forged };
        let head = Head { era: said.era, height: said.height, id: block.id() };
        match (head.height, self.blocks.len() as u64) {
            (height, next) if height == next => {
                self.blocks.push((head, block));
                Outcome::Kept
            }
            (height, next) if height < next => Outcome::Known,
            _ => Outcome::Declined,
        }
    }

    /// Stores a payload that came after its header.
    pub fn take_payload(&mut self, id: &RecordId, payload: Vec<u8>) -> Outcome {
        for log in self.logs.values_mut() {
            if let Some(at) = log.ids.iter().position(|held| held == id) {
                let raw = log.records[at].clone();
                let whole = Record::recall(RawRecord { payload: Some(payload), ..raw });
                return whole.map_or(Outcome::Forged, |record| {
                    log.records[at] = record.to_raw();
                    Outcome::Kept
                });
            }
        }
        Outcome::Declined
    }

    /// Remembers how far a neighbour's arrivals are held.
    pub fn remember(&mut self, peer: NodeKey, cursor: Cursor) {
        self.cursors.insert(peer, cursor);
    }

    /// After a restore or repair: a new store, whose arrivals begin anew in the order of logs.
    pub fn restamp(&mut self, store: StoreId) {
        self.store = store;
        let places =
            self.logs.iter().flat_map(|(log, it)| (0..it.records.len()).map(|seq| (*log, seq as u64)));
        let arrival = |(at, (log, seq))| Arrival { number: at as u64 + 1, log, seq, from: None };
        self.arrivals = places.enumerate().map(arrival).collect();
    }

    /// All tips, forked logs left out: what two copies must agree on.
    #[must_use]
    pub fn heights(&self) -> BTreeMap<LogId, (u64, RecordId)> {
        let open = self.logs.values().filter(|log| !self.forks.contains_key(&log.tip.log));
        open.map(|log| (log.tip.log, (log.tip.seq, log.tip.id))).collect()
    }

    /// Logs that are known to have two histories.
    #[must_use]
    pub fn forked(&self) -> Vec<LogId> {
        self.forks.keys().copied().collect()
    }

    /// Ids of records whose payload is not held.
    #[must_use]
    pub fn without_payload(&self) -> Vec<RecordId> {
        let logs = self.logs.values().flat_map(|log| log.ids.iter().zip(&log.records));
        logs.filter(|(_, record)| record.payload.is_none()).map(|(id, _)| *id).collect()
    }

    /// How many records there are.
    #[must_use]
    pub fn records(&self) -> usize {
        self.arrivals.len()
    }
}

impl Shelf for MemoryShelf {
    fn community(&self) -> CommunityId {
        self.community
    }

    fn store_id(&self) -> StoreId {
        self.store
    }

    fn arrivals(&self) -> u64 {
        self.arrivals.len() as u64
    }

    fn arrivals_after(&self, after: u64, limit: usize) -> Vec<Arrival> {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        self.arrivals.iter().skip(after).take(limit).copied().collect()
    }

    fn head(&self) -> Option<Head> {
        self.blocks.last().map(|(head, _)| *head)
    }

    fn block(&self, height: u64) -> Option<CertifiedBlock> {
        self.blocks.get(usize::try_from(height).ok()?).map(|(_, block)| block.clone())
    }

    fn tip(&self, log: &LogId) -> Option<Tip> {
        self.logs.get(log).map(|log| log.tip.clone())
    }

    fn run(&self, log: &LogId, from: u64) -> Vec<RawRecord> {
        self.held(log).run(from)
    }

    fn offered(&self, peer: &NodeKey) -> Vec<Tip> {
        let offered = self.logs.values().filter(|log| self.may_offer(peer, &log.tip.log));
        offered.map(|log| log.tip.clone()).collect()
    }

    fn may_offer(&self, peer: &NodeKey, log: &LogId) -> bool {
        let audience = self.logs.get(log).map(|log| log.tip.audience);
        let member = |id| self.audiences.get(&id).is_some_and(|members| members.contains(peer));
        !self.strangers.contains(peer) && audience.is_some_and(|audience| audience.is_none_or(member))
    }

    fn knows_readers(&self, _: &LogId) -> bool {
        !self.keeps_ciphertext
    }

    fn cursor(&self, peer: &NodeKey) -> Option<Cursor> {
        self.cursors.get(peer).copied()
    }

    fn rank(&self, log: &LogId) -> u8 {
        self.offices.get(log).copied().unwrap_or(9)
    }

    fn meets(&self, peer: &NodeKey) -> bool {
        !self.strangers.contains(peer)
    }

    fn fork(&self, log: &LogId) -> Option<ForkProof> {
        self.forks.get(log).map(|(_, proof)| proof.clone())
    }

    fn payload(&self, id: &RecordId) -> Option<(LogId, Vec<u8>)> {
        self.logs.iter().find_map(|(log, it)| {
            let at = it.ids.iter().position(|held| held == id)?;
            Some((*log, it.records[at].payload.clone()?))
        })
    }
}
