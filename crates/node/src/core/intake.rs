//! Records from elsewhere: admitted by the one door, gathered into batches, durable before anyone is told.
//!
//! Runs wait in [`Pending`] until the round ends, so that a keeper catching up commits thousands at a time. Everything
//! that writes this home's own records commits what is pending first.

use std::collections::BTreeMap;

use linli_record::{ForkProof, LogId, NodeKey, RawRecord, Record, RecordId, Tip};
use linli_store::{Batch, Op, Store};
use linli_sync::intake::Held;
use linli_sync::{Conflict, Intake, Outcome, Ticket, admit};

use super::own::Saying;
use super::{Core, newer, ring};
use crate::actor::LinkId;
use crate::fault::Fault;
use crate::vocabulary::Event;

/// Records gathered before a commit is made at the latest.
const RECORDS: usize = 32 * 1024;
/// Bytes gathered before a commit is made at the latest.
const BYTES: usize = 8 * 1024 * 1024;

/// What came and is not durable yet.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) batch: Batch,
    tips: BTreeMap<LogId, Tip>,
    records: Vec<Record>,
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
        let outcome = self.admit_run(Some(from), log, run);
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
            Intake::Fork(conflict) => self.keep_conflict(*conflict),
            Intake::Refused(refused) => {
                tracing::info!(log = %log.short(), code = refused.code(), %refused, "a run was refused");
                match refused.code() {
                    "newer-version" => {
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
            self.warn("disk", format!("what neighbours sent could not be stored: {fault}"));
        } else {
            self.warnings.remove("disk");
            self.note_records(&records);
            self.notice_own_log(&tips);
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
        self.follow_paths();
    }

    /// Our own log came from a neighbour, longer than we knew it: this home was restored from a backup.
    fn notice_own_log(&mut self, tips: &BTreeMap<LogId, Tip>) {
        let own = self.keys.signing.public();
        let ours = |log: &LogId| {
            self.pen.as_ref().is_some_and(|pen| pen.tip().log == *log)
                || self.private_pens.values().any(|pen| pen.tip().log == *log)
        };
        if !tips.values().any(|tip| tip.key == own && ours(&tip.log)) {
            return;
        }
        match self.begin_new_life() {
            Ok(()) => self.warn(
                "restored-home",
                "neighbours hold records of this device that this home had lost: it was restored from a backup, or \
                 copied. Nothing is lost; it goes on in a new log"
                    .into(),
            ),
            Err(fault) => tracing::error!(%fault, "a new log could not be begun"),
        }
    }

    /// Two histories of one log: keep both, say so with proof, and never write on with a key that is used twice.
    fn keep_conflict(&mut self, conflict: Conflict) -> Outcome {
        let log = conflict.fork.log;
        let Conflict { proof, branch, .. } = conflict;
        self.pending.batch.push(Op::Fork(branch));
        let own = self.store.tip(&log).is_some_and(|tip| tip.key == self.keys.signing.public());
        if own {
            self.warn(
                "copied-home",
                "another copy of this home writes with the same key. Stop one of the two; add it as a second device \
                 instead (`linli invite --as device`)"
                    .into(),
            );
            if let Err(fault) = self.begin_new_life() {
                tracing::error!(%fault, "a new log could not be begun");
            }
        } else if let Err(fault) = self.publish_fork(&log, &proof) {
            tracing::warn!(%fault, "a fork was found and could not be published yet");
        }
        Outcome::Forked(Box::new(proof))
    }

    /// A neighbour claims that a log has two histories.
    pub(super) fn take_fork(&mut self, proof: &ForkProof) {
        let log = proof.log();
        let Some(key) = self.store.tip(&log).map(|tip| tip.key) else { return };
        if proof.verify(&self.community, &key).is_ok()
            && let Err(fault) = self.publish_fork(&log, proof)
        {
            tracing::warn!(%fault, "a fork proof could not be published yet");
        }
    }

    /// Writes a fork proof, unless one stands already.
    fn publish_fork(&mut self, log: &LogId, proof: &ForkProof) -> Result<(), Fault> {
        let known =
            self.state.as_ref().is_some_and(|state| state.forks().iter().any(|fork| fork.log == *log));
        if known || self.pen.is_none() || self.fork_proof_held(log).is_some() {
            return Ok(());
        }
        let carried = proof.carry();
        let mut draft = carried.draft;
        if let Some(annex) = &carried.annex {
            draft.blobs = vec![self.keep_attachment(annex)?];
        }
        self.say(Saying { draft, body: carried.body })?;
        Ok(())
    }

    /// The proof of a fork among the records held.
    pub(super) fn fork_proof_held(&self, log: &LogId) -> Option<ForkProof> {
        let beginnings = self.store.beginnings(linli_record::Kind::FORK_PROOF, 0, 1024).ok()?;
        beginnings.into_iter().find_map(|beginning| {
            let record = self.store.record(&beginning.id).ok()??;
            let annex = record.blobs.first().and_then(|blob| self.store.read_blob(&blob.hash).ok().flatten());
            let proof = ForkProof::read(record.body()?, annex.as_deref()).ok()?;
            (proof.log() == *log).then_some(proof)
        })
    }

    /// A payload that was sought.
    pub(super) fn take_payload(&mut self, id: RecordId, payload: Vec<u8>) -> Outcome {
        match self.store.record(&id) {
            Ok(Some(record)) if record.payload().is_none() && record.matches(&payload) => {
                self.pending.batch.push(Op::Payload { id, payload });
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
