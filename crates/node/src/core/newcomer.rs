//! Newcomers whom no block names yet, while the register already gives their approvers the offices a block asks for (rule 22
//! of the register): who they are, and what such a neighbour is not sent. They decide nothing: nothing here reaches the register.
//!
//! A newcomer is sent every header, so that chains verify, and what the register needs; of content only what arrived after its
//! admission and the notices that were current then. The rest follows when a block has named it.

use std::collections::{BTreeMap, BTreeSet};

use linli_community::kinds::{self, Class};
use linli_community::register::provisional::shown_to_provisional;
use linli_community::register::statement::{Admit, Approve, Statement as _};
use linli_community::register::{Heard, provisional};
use linli_record::{BlobHash, DeviceKey, Header, Kind, LogId, NodeKey, RawRecord, Record, RecordId};

use super::{Core, store_fault_read};
use crate::fault::Fault;

/// Arrivals looked at in one step.
const STEP: usize = 4096;

/// Those who may link before a block names them.
#[derive(Debug, Default)]
pub(super) struct Newcomers {
    found: BTreeMap<NodeKey, Newcomer>,
    /// An admission or approval came, or a block: look again.
    stale: bool,
}

#[derive(Debug)]
struct Newcomer {
    /// Arrival number of its admission.
    since: u64,
    /// Made when it links for the first time.
    shown: Option<Shown>,
}

/// What of the time before its admission a newcomer is shown.
#[derive(Debug, Default)]
struct Shown {
    /// How far each log had come.
    before: BTreeMap<LogId, u64>,
    /// Notices that were current.
    notices: BTreeSet<RecordId>,
    /// What statements of power need to be read.
    annexes: BTreeSet<BlobHash>,
}

impl Shown {
    fn shows(&self, header: &Header) -> bool {
        let since = self.before.get(&header.log).is_none_or(|last| header.seq > *last);
        let notice = shown_to_provisional(header.kind) && self.notices.contains(&header.object_id());
        since || notice || kinds::class(header.kind) != Class::Content
    }
}

impl Newcomers {
    pub(super) fn contains(&self, node: &NodeKey) -> bool {
        self.found.contains_key(node)
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeKey> {
        self.found.keys().copied()
    }

    pub(super) const fn look_again(&mut self) {
        self.stale = true;
    }

    /// A record came that may let somebody in.
    pub(super) fn note(&mut self, record: &Record) {
        let admits = record.kind == Admit::KIND || record.kind == Approve::KIND;
        self.stale |= admits && record.audience.is_none();
    }

    /// The payload a neighbour is sent: nothing, where a newcomer may not have it yet.
    fn withheld(&self, peer: &NodeKey, header: &Header) -> bool {
        let newcomer = self.found.get(peer);
        newcomer.is_some_and(|newcomer| newcomer.shown.as_ref().is_none_or(|shown| !shown.shows(header)))
    }
}

impl Core {
    /// Finds newcomers anew, if something came that bears on them.
    pub(super) fn find_newcomers(&mut self) {
        if !std::mem::take(&mut self.newcomers.stale) {
            return;
        }
        match self.provisional_nodes() {
            Ok(found) => self.keep_newcomers(found),
            Err(fault) => tracing::warn!(%fault, "newcomers could not be looked for"),
        }
    }

    fn keep_newcomers(&mut self, found: BTreeMap<NodeKey, u64>) {
        let mut held = std::mem::take(&mut self.newcomers.found);
        let changed = !held.keys().eq(found.keys());
        let newcomer = |(node, since)| {
            let known = held.remove(&node).filter(|newcomer: &Newcomer| newcomer.since == since);
            (node, known.unwrap_or(Newcomer { since, shown: None }))
        };
        self.newcomers.found = found.into_iter().map(newcomer).collect();
        if changed {
            self.publish_membership();
        }
    }

    fn provisional_nodes(&self) -> Result<BTreeMap<NodeKey, u64>, Fault> {
        let Some(state) = &self.state else { return Ok(BTreeMap::new()) };
        let approvals = self.unsettled_of(Approve::KIND)?;
        let approvals: Vec<Heard<'_>> =
            approvals.iter().map(|(_, record, key)| Heard { record, key: *key }).collect();
        let mut found = BTreeMap::new();
        for (arrival, record, key) in &self.unsettled_of(Admit::KIND)? {
            let claim = provisional(state, Heard { record, key: *key }, &approvals);
            if let Some(claim) = claim.filter(|claim| state.device_by_node(&claim.node).is_none()) {
                found.entry(claim.node).or_insert(*arrival);
            }
        }
        Ok(found)
    }

    /// The newest public records of a kind that no block covers, with their arrival and the key of their log.
    fn unsettled_of(&self, kind: Kind) -> Result<Vec<(u64, Record, DeviceKey)>, Fault> {
        let newest = self
            .store
            .beginnings_before(kind, u64::MAX, super::read::NEWEST)
            .map_err(|error| store_fault_read(&error))?;
        let mut found = Vec::new();
        for beginning in newest {
            let record = self.store.record(&beginning.id).map_err(|error| store_fault_read(&error))?;
            let Some(record) = record.filter(|record| record.audience.is_none()) else { continue };
            let settled = self.state.as_ref().and_then(|state| state.settled_tip(&record.log));
            if settled.is_none_or(|(_, upto, _)| record.seq > upto)
                && let Some(tip) = self.store.tip(&record.log)
            {
                found.push((beginning.arrival, record, tip.key));
            }
        }
        Ok(found)
    }

    /// A newcomer links: what it is shown is worked out, once.
    pub(super) fn receive_newcomer(&mut self, peer: &NodeKey) {
        let since = match self.newcomers.found.get(peer) {
            Some(Newcomer { since, shown: None }) => *since,
            _ => return,
        };
        match self.shown_since(since) {
            Ok(shown) => {
                if let Some(newcomer) = self.newcomers.found.get_mut(peer) {
                    newcomer.shown = Some(shown);
                }
            }
            Err(fault) => tracing::warn!(%fault, "a newcomer is shown nothing yet"),
        }
    }

    fn shown_since(&mut self, since: u64) -> Result<Shown, Fault> {
        let mut shown = Shown::default();
        let mut at = 0;
        'pages: loop {
            let page = self.store.arrivals_after(at, STEP).map_err(|error| store_fault_read(&error))?;
            let Some(last) = page.last() else { break };
            at = last.number;
            for arrival in &page {
                if arrival.number >= since {
                    break 'pages;
                }
                shown.before.insert(arrival.log, arrival.seq);
            }
        }
        shown.notices = self.current_notices()?.into_iter().collect();
        for row in kinds::TABLE.iter().filter(|row| row.class() == Class::Authority) {
            for record in self.every(row.kind)? {
                shown.annexes.extend(record.blobs.iter().map(|blob| blob.hash));
            }
        }
        Ok(shown)
    }

    /// A run as this neighbour may have it.
    pub(super) fn run_shown(&self, peer: &NodeKey, mut run: Vec<RawRecord>) -> Vec<RawRecord> {
        if self.newcomers.contains(peer) {
            for raw in &mut run {
                if Header::parse(&raw.header).is_ok_and(|header| self.newcomers.withheld(peer, &header)) {
                    raw.payload = None;
                }
            }
        }
        run
    }

    /// Whether a neighbour may have this payload, which it may be offered by its log.
    pub(super) fn payload_shown(&self, peer: &NodeKey, record: &Record) -> bool {
        !self.newcomers.withheld(peer, record.header())
    }

    /// Whether a neighbour may have an attachment: a newcomer only what statements of power need.
    pub(super) fn attachment_shown(&self, peer: &NodeKey, hash: &BlobHash) -> bool {
        let newcomer = self.newcomers.found.get(peer);
        newcomer
            .is_none_or(|newcomer| newcomer.shown.as_ref().is_some_and(|shown| shown.annexes.contains(hash)))
    }
}
