//! Newcomers whom no block names yet, while the register already gives their approvers the offices a block asks for (rule 22
//! of the register): who they are, and what such a neighbour is not sent. They decide nothing: nothing here reaches the register.
//!
//! A newcomer is sent every header, so that chains verify, and what the register needs; of content only what its author wrote
//! knowing the block its admission knew, what arrived after that, and the notices that were current then. The rest follows
//! when a block has named it.
//!
//! And whom no block has revoked yet, while its own household has (rule 21).

use std::collections::{BTreeMap, BTreeSet};

use linli_community::kinds::{self, Class};
use linli_community::register::provisional::shown_to_provisional;
use linli_community::register::statement::{Admit, Approve, Revoke, Statement as _};
use linli_community::register::{Approval, Heard, Proposal, cut_off, foreseen, provisional};
use linli_record::{BlobHash, DeviceKey, Header, Kind, NodeKey, RawRecord, Record, RecordId};

use super::{Core, store_fault_read};
use crate::fault::Fault;

/// Those who may link before a block names them.
#[derive(Debug, Default)]
pub(super) struct Newcomers {
    found: BTreeMap<NodeKey, Newcomer>,
    /// Devices their own household revoked, in no block yet: they link no more (rule 21).
    cut_off: BTreeSet<NodeKey>,
    /// An admission or approval came, or a block: look again.
    stale: bool,
}

#[derive(Debug)]
struct Newcomer {
    admission: Admission,
    /// Made when it links for the first time.
    shown: Option<Shown>,
}

/// Where an admission stands. The order of arrival alone would not do: a node that catches up may hold the admission
/// before the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Admission {
    arrival: u64,
    /// The block it had seen: whatever that one settled was written by somebody who had not.
    seen: u64,
}

/// What of the time before its admission a newcomer is shown.
#[derive(Debug, Default)]
struct Shown {
    /// Notices that were current.
    notices: BTreeSet<RecordId>,
    /// What statements of power need to be read.
    annexes: BTreeSet<BlobHash>,
}

impl Shown {
    /// Whether a record is shown whenever it was written.
    fn shows(&self, header: &Header) -> bool {
        let notice = shown_to_provisional(header.kind) && self.notices.contains(&header.object_id());
        notice || kinds::class(header.kind) != Class::Content
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

    pub(super) fn is_cut_off(&self, node: &NodeKey) -> bool {
        self.cut_off.contains(node)
    }

    /// A record came that may let somebody in, or out.
    pub(super) fn note(&mut self, record: &Record) {
        let admits = [Admit::KIND, Approve::KIND, Revoke::KIND].contains(&record.kind);
        self.stale |= admits && record.audience.is_none();
    }
}

impl Core {
    /// Finds newcomers anew, if something came that bears on them.
    pub(super) fn find_newcomers(&mut self) {
        if !std::mem::take(&mut self.newcomers.stale) {
            return;
        }
        match self.provisional_nodes().and_then(|found| Ok((found, self.cut_off_nodes()?))) {
            Ok((found, cut_off)) => self.keep_newcomers(found, cut_off),
            Err(fault) => tracing::warn!(%fault, "newcomers could not be looked for"),
        }
    }

    fn keep_newcomers(&mut self, found: BTreeMap<NodeKey, Admission>, cut_off: BTreeSet<NodeKey>) {
        let mut held = std::mem::take(&mut self.newcomers.found);
        let changed = !held.keys().eq(found.keys()) || self.newcomers.cut_off != cut_off;
        self.newcomers.cut_off = cut_off;
        let newcomer = |(node, admission)| {
            let known = held.remove(&node).filter(|newcomer: &Newcomer| newcomer.admission == admission);
            (node, known.unwrap_or(Newcomer { admission, shown: None }))
        };
        self.newcomers.found = found.into_iter().map(newcomer).collect();
        if changed {
            self.publish_membership();
        }
    }

    fn provisional_nodes(&self) -> Result<BTreeMap<NodeKey, Admission>, Fault> {
        let Some(state) = &self.state else { return Ok(BTreeMap::new()) };
        let approvals = self.unsettled_of(Approve::KIND)?;
        let approvals = heard(&approvals);
        let mut found = BTreeMap::new();
        for (arrival, record, key) in &self.unsettled_of(Admit::KIND)? {
            let claim = provisional(state, Heard { record, key: *key }, &approvals);
            if let Some(claim) = claim.filter(|claim| state.device_by_node(&claim.node).is_none()) {
                let admission = Admission { arrival: *arrival, seen: record.seen };
                found.entry(claim.node).or_insert(admission);
            }
        }
        Ok(found)
    }

    fn cut_off_nodes(&self) -> Result<BTreeSet<NodeKey>, Fault> {
        let Some(state) = &self.state else { return Ok(BTreeSet::new()) };
        let revoked = self.unsettled_of(Revoke::KIND)?;
        let keys = revoked.iter().filter_map(|(_, record, key)| cut_off(state, Heard { record, key: *key }));
        Ok(keys.filter_map(|key| state.device_by_key(&key)).map(|device| device.node).collect())
    }

    /// Admissions that need another approval and are not settled: the next approver sees them while the witness is away.
    pub(super) fn foreseen_admissions(&self) -> Result<Vec<(Proposal, Vec<Approval>)>, Fault> {
        let Some(state) = &self.state else { return Ok(Vec::new()) };
        let (admits, approvals) = (self.unsettled_of(Admit::KIND)?, self.unsettled_of(Approve::KIND)?);
        if admits.is_empty() {
            return Ok(Vec::new());
        }
        Ok(foreseen(state, &heard(&admits), &heard(&approvals)))
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
        if self.newcomers.found.get(peer).is_none_or(|newcomer| newcomer.shown.is_some()) {
            return;
        }
        match self.shown_before() {
            Ok(shown) => {
                if let Some(newcomer) = self.newcomers.found.get_mut(peer) {
                    newcomer.shown = Some(shown);
                }
            }
            Err(fault) => tracing::warn!(%fault, "a newcomer is shown nothing yet"),
        }
    }

    /// The payload a neighbour is sent: nothing, where a newcomer may not have it yet.
    fn withheld(&self, peer: &NodeKey, header: &Header) -> bool {
        let Some(Newcomer { admission, shown }) = self.newcomers.found.get(peer) else { return false };
        if shown.as_ref().is_some_and(|shown| shown.shows(header)) {
            return false;
        }
        let arrival = self.store.arrival_of(&header.log, header.seq).ok().flatten();
        shown.is_none() || header.seen < admission.seen || arrival.is_none_or(|at| at < admission.arrival)
    }

    fn shown_before(&mut self) -> Result<Shown, Fault> {
        let notices = self.current_notices()?.into_iter().collect();
        let mut shown = Shown { notices, annexes: BTreeSet::new() };
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
                if Header::parse(&raw.header).is_ok_and(|header| self.withheld(peer, &header)) {
                    raw.payload = None;
                }
            }
        }
        run
    }

    /// Whether a neighbour may have this payload, which it may be offered by its log.
    pub(super) fn payload_shown(&self, peer: &NodeKey, record: &Record) -> bool {
        !self.withheld(peer, record.header())
    }

    /// Whether a neighbour may have an attachment: a newcomer only what statements of power need.
    pub(super) fn attachment_shown(&self, peer: &NodeKey, hash: &BlobHash) -> bool {
        let newcomer = self.newcomers.found.get(peer);
        newcomer
            .is_none_or(|newcomer| newcomer.shown.as_ref().is_some_and(|shown| shown.annexes.contains(hash)))
    }
}

fn heard(records: &[(u64, Record, DeviceKey)]) -> Vec<Heard<'_>> {
    records.iter().map(|(_, record, key)| Heard { record, key: *key }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::rig::{Rig, newcomer};
    use super::*;
    use crate::vocabulary::Request;

    #[test]
    fn a_node_that_catches_up_keeps_the_archive_from_a_newcomer_it_heard_of_first() {
        let mut rig = Rig::founded();
        let wu = newcomer().node_key();
        let open = |title: &str| Request::ThreadOpen { title: title.into(), audience: None };
        rig.ask(open("Last year's osmanthus")).unwrap();
        let log = rig.core.own_log().unwrap();
        let archived = rig.core.store.tip(&log).unwrap().clone();
        // The admission knew a block that the archive's authors had not seen, and came here before everything.
        let admission = Admission { arrival: 1, seen: archived.seen + 1 };
        rig.core.newcomers.found.insert(wu, Newcomer { admission, shown: Some(Shown::default()) });
        let payload = |rig: &Rig, seq| {
            let run = rig.core.store.run(&log, seq).unwrap();
            rig.core.run_shown(&wu, run)[0].payload.is_some()
        };
        assert!(!payload(&rig, archived.seq), "no archive");
        let record = rig.core.store.record(&archived.id).unwrap().unwrap();
        assert!(!rig.core.payload_shown(&wu, &record));
        // A block makes the next record one that knows what the admission knew.
        rig.member("3-1203");
        rig.ask(open("Who has a ladder?")).unwrap();
        let newest = rig.core.store.tip(&log).unwrap().clone();
        assert!(newest.seen > archived.seen && payload(&rig, newest.seq), "what is new is shown");
        // Known to both, but here before the admission.
        let admission = Admission { arrival: rig.core.store.arrivals() + 1, seen: newest.seen };
        rig.core.newcomers.found.insert(wu, Newcomer { admission, shown: Some(Shown::default()) });
        assert!(!payload(&rig, newest.seq));
    }
}
