//! Records from elsewhere: admitted by the one door, gathered into batches, durable before anyone is told.
//!
//! Runs wait in [`Pending`] until the round ends, so that a keeper catching up commits thousands at a time. Everything
//! that writes this home's own records commits what is pending first.

use std::collections::BTreeMap;

use linli_record::{Kind, LogId, NodeKey, RawRecord, Record, RecordId, Tip};
use linli_store::{Batch, Store};
use linli_sync::intake::Held;
use linli_sync::{Intake, Outcome, Ticket, admit};

use super::{Core, newer, ring};
use crate::actor::LinkId;
use crate::vocabulary::Event;

/// Records gathered before a commit is made at the latest.
const RECORDS: usize = 32 * 1024;
/// Bytes gathered before a commit is made at the latest.
const BYTES: usize = 8 * 1024 * 1024;

/// What came and is not durable yet.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) batch: Batch,
    pub(super) tips: BTreeMap<LogId, Tip>,
    pub(super) records: Vec<Record>,
    bytes: usize,
    answers: Vec<(LinkId, Ticket, Outcome)>,
}

/// A log as the door sees it: the store, with what is pending on top.
struct HeldLog<'a> {
    store: &'a Store,
    pending: Option<&'a Tip>,
    log: &'a LogId,
}

impl Held for HeldLog<'_> {
    fn tip(&self) -> Option<Tip> {
        self.pending.or_else(|| self.store.tip(self.log)).cloned()
    }

    fn id(&self, seq: u64) -> Option<RecordId> {
        self.store.id_at(self.log, seq).ok().flatten()
    }

    fn run(&self, from: u64) -> Vec<RawRecord> {
        self.store.run(self.log, from).unwrap_or_default()
    }
}

impl Core {
    /// Admits a run; its ticket is answered when what came is durable.
    pub(super) fn take_run(
        &mut self,
        link: LinkId,
        from: NodeKey,
        ticket: Ticket,
        log: &LogId,
        run: Vec<RawRecord>,
    ) {
        let before = self.pending.records.len();
        let outcome = self.admit_run(Some(from), log, run);
        if self.links.get(&link).is_some_and(super::links::Peer::live)
            && let Some(key) = self.pending.tips.get(log).map(|tip| tip.key)
        {
            let new = self.pending.records.split_off(before);
            self.count_new(key, &new);
            self.pending.records.extend(new);
        }
        self.pending.answers.push((link, ticket, outcome));
        if self.pending.records.len() >= RECORDS || self.pending.bytes >= BYTES {
            self.commit_pending();
        }
    }

    /// The one door for runs from a neighbour or a file.
    pub(super) fn admit_run(&mut self, from: Option<NodeKey>, log: &LogId, run: Vec<RawRecord>) -> Outcome {
        let held = HeldLog { store: &self.store, pending: self.pending.tips.get(log), log };
        match admit(self.community, log, &held, run, |_| true) {
            Intake::Nothing => Outcome::Known,
            Intake::Gap { next } => Outcome::Gap { next },
            Intake::Extends { records, tip } => {
                self.pend(records, tip, from);
                Outcome::Kept
            }
            Intake::Fork(conflict) => self.keep_conflict(*conflict, from),
            Intake::Refused(refused) => {
                tracing::info!(log = %log.short(), code = refused.code(), %refused, "a run was refused");
                match refused.code() {
                    "newer-version" | "newer-suite" | "unknown-key" => {
                        self.meet_newer();
                        Outcome::Declined
                    }
                    _ => Outcome::Forged,
                }
            }
        }
    }

    fn pend(&mut self, records: Vec<Record>, tip: Tip, from: Option<NodeKey>) {
        let mut batch = std::mem::take(&mut self.pending.batch);
        for record in &records {
            self.pending.bytes += record.bytes().len() + record.payload().map_or(0, <[u8]>::len);
            if !record.blobs.is_empty() {
                self.want_attachments(record, &mut batch);
            }
        }
        self.note_bodies(&records, &mut batch);
        self.pending.tips.insert(tip.log, tip.clone());
        self.pending.records.extend(records.iter().cloned());
        batch.append(records, tip, from);
        self.pending.batch = batch;
    }

    /// Makes what is pending durable, then answers whoever waits. Nothing is acknowledged before that.
    pub(super) fn commit_pending(&mut self) {
        let Pending { batch, records, answers, tips, .. } = std::mem::take(&mut self.pending);
        let written = if batch.is_empty() { Ok(()) } else { self.write(batch) };
        if let Err(fault) = &written {
            tracing::warn!(%fault, "what neighbours sent could not be stored");
        } else {
            self.note_records(&records);
            self.notice_own_records(&tips, &records);
        }
        for (link, ticket, outcome) in answers {
            let outcome = if written.is_ok() { outcome } else { Outcome::Failed };
            self.stored(link, ticket, outcome);
        }
    }

    /// Everything that looks at new records, ours or others', once they are durable.
    pub(super) fn note_records(&mut self, records: &[Record]) {
        for record in records {
            self.note_for_order(record);
            self.newcomers.note(record);
            if record.kind == Kind::FORK_PROOF {
                self.note_proof(record.id());
            }
            if ring::RING_KINDS.contains(&record.kind) {
                self.note_for_ring(record);
            }
            self.note_covered(record);
            if newer::is_newer(record) {
                self.meet_newer();
            }
            self.desk.announce(Event::Record {
                id: record.id(),
                object: record.object_id(),
                kind: record.kind.number(),
                by: self.author(&record.log, None).label,
            });
        }
        if records.iter().any(|record| record.seq == 0) {
            self.check_waiting_claims();
        }
        self.follow_paths();
    }

    /// A payload that was sought.
    pub(super) fn take_payload(&mut self, id: RecordId, payload: Vec<u8>) -> Outcome {
        match self.store.record(&id) {
            Ok(Some(record)) if record.payload().is_none() && record.matches(&payload) => {
                self.note_body(&record, payload);
                Outcome::Kept
            }
            Ok(Some(_)) => Outcome::Known,
            _ => Outcome::Declined,
        }
    }

    /// Adds an entry of a projection to the next commit.
    pub(super) fn cache(&mut self, cache: &str, key: Vec<u8>, value: Vec<u8>) {
        self.pending.batch.cache(cache, key, Some(value));
    }
}
