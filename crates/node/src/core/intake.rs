//! Records from elsewhere: admitted by the one door, gathered into batches, durable before anyone is told.
//!
//! Runs wait in [`Pending`] until the round ends, so that a keeper catching up commits thousands at a time. Everything
//! that writes this home's own records commits what is pending first.

use std::collections::{BTreeMap, BTreeSet};

use linli_record::{Kind, LogId, NodeKey, RawRecord, Record, RecordId, Signature, Tip, chain, keys};
use linli_store::{Batch, Op, Store};
use linli_sync::intake::Held;
use linli_sync::{Intake, Outcome, Ticket, admit};

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
    pub(super) tips: BTreeMap<LogId, Tip>,
    pub(super) records: Vec<Record>,
    bytes: usize,
    /// How many of the records the last run brought.
    newest: usize,
    /// Logs whose held branch makes way in this batch: until it is written, the store tells of the wrong one.
    making_way: BTreeSet<LogId>,
    /// Whether something is in it that the store may find not to fit: another branch, a body.
    pub(super) doubtful: bool,
    answers: Vec<(LinkId, Ticket, LogId, Outcome)>,
}

impl Pending {
    /// Another branch of a log comes in place of the one held, or beside it.
    pub(super) fn push_branch(&mut self, op: Op) {
        if let Op::ReplaceBranch { records, tip, .. } = &op {
            self.tips.insert(tip.log, tip.clone());
            self.records.extend(records.iter().cloned());
            self.making_way.insert(tip.log);
        }
        self.batch.push(op);
        self.doubtful = true;
    }
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
        if self.links.get(&link).is_some_and(super::links::Peer::live)
            && let Some(key) = self.pending.tips.get(log).map(|tip| tip.key)
        {
            let old = self.pending.records.len() - self.pending.newest;
            let new = self.pending.records.split_off(old);
            self.count_new(key, &new);
            self.pending.records.extend(new);
        }
        self.pending.answers.push((link, ticket, *log, outcome));
        if self.pending.records.len() >= RECORDS || self.pending.bytes >= BYTES {
            self.commit_pending();
        }
    }

    /// The one door for runs from a neighbour or a file.
    pub(super) fn admit_run(&mut self, from: Option<NodeKey>, log: &LogId, run: Vec<RawRecord>) -> Outcome {
        if self.pending.making_way.contains(log) {
            self.commit_pending();
        }
        self.pending.newest = 0;
        let end = run.last().and_then(|last| Some((last.header.clone(), last.signature?)));
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
                        if end.is_some_and(|(header, signature)| self.is_members(log, &header, &signature)) {
                            self.meet_newer();
                        }
                        Outcome::Declined
                    }
                    _ => Outcome::Forged,
                }
            }
        }
    }

    /// Whether a member signed this header, which may be of a later format, in a log that is held.
    fn is_members(&self, log: &LogId, header: &[u8], signature: &Signature) -> bool {
        let Some(key) = self.store.tip(log).map(|tip| tip.key) else { return false };
        let device = self.state.as_ref().and_then(|state| state.device_by_key(&key));
        device.is_some_and(linli_community::register::Device::active)
            && keys::verify(&key, &chain::signed_message(&self.community, header), signature)
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
        self.pending.newest = records.len();
        self.pending.records.extend(records.iter().cloned());
        batch.append(records, tip, from);
        self.pending.batch = batch;
    }

    /// Makes what is pending durable, then answers whoever waits. Nothing is acknowledged before that.
    pub(super) fn commit_pending(&mut self) {
        let Pending { batch, mut records, answers, mut tips, doubtful, .. } =
            std::mem::take(&mut self.pending);
        let written = self.write_pending(batch, doubtful);
        match &written {
            Ok(misfits) => {
                records.retain(|record| !misfits.contains(&record.log));
                tips.retain(|log, _| !misfits.contains(log));
                self.note_records(&records);
                self.notice_own_records(&tips, &records);
                self.renew_stale_ring();
            }
            Err(fault) => tracing::warn!(%fault, "what neighbours sent could not be stored"),
        }
        for (link, ticket, log, outcome) in answers {
            let outcome = match &written {
                Ok(misfits) if misfits.contains(&log) => Outcome::Declined,
                Ok(_) => outcome,
                Err(_) => Outcome::Failed,
            };
            self.stored(link, ticket, outcome);
        }
    }

    /// Writes a batch. One log that does not fit what is held must not cost the others what came with it: then each is
    /// written by itself, and those that do not fit come back.
    fn write_pending(&mut self, batch: Batch, doubtful: bool) -> Result<BTreeSet<LogId>, Fault> {
        if batch.is_empty() {
            return Ok(BTreeSet::new());
        }
        let ops = if doubtful { batch.ops().to_vec() } else { Vec::new() };
        match self.write(batch) {
            Ok(()) => Ok(BTreeSet::new()),
            Err(fault) if ops.is_empty() || self.store.must_reopen() => Err(fault),
            Err(fault) => {
                tracing::error!(%fault, "what came does not all fit what is held; log by log");
                self.write_by_log(ops)
            }
        }
    }

    fn write_by_log(&mut self, ops: Vec<Op>) -> Result<BTreeSet<LogId>, Fault> {
        let (mut logs, mut rest) = (BTreeMap::<LogId, Batch>::new(), Vec::new());
        for op in ops {
            match log_of(&op) {
                Some(log) => drop(logs.entry(log).or_default().push(op)),
                None => rest.push(op),
            }
        }
        let mut misfits = BTreeSet::new();
        for (log, batch) in logs {
            match self.write(batch) {
                Err(fault) if self.store.must_reopen() => return Err(fault),
                Err(fault) => {
                    tracing::error!(%fault, log = %log.short(), "what came of this log does not fit");
                    misfits.insert(log);
                }
                Ok(()) => {}
            }
        }
        for op in rest {
            // A cursor would say that everything is here.
            let claims = matches!(op, Op::Cursor { .. }) && !misfits.is_empty();
            if !claims && let Err(fault) = self.write(Batch::from(op)) {
                if self.store.must_reopen() {
                    return Err(fault);
                }
                tracing::error!(%fault, "one thing that came does not fit");
            }
        }
        Ok(misfits)
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
            Ok(Some(record))
                if record.payload().is_none() && record.matches(&payload) && !self.is_erased(&id) =>
            {
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

/// The log whose records an operation writes.
fn log_of(op: &Op) -> Option<LogId> {
    match op {
        Op::Append { tip, .. } | Op::ReplaceBranch { tip, .. } => Some(tip.log),
        Op::Fork(records) => records.first().map(|record| record.log),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::rig::{NOW, Rig, newcomer, said};
    use super::*;

    /// The next record of a log as a later version would write it.
    fn later(rig: &Rig, writer: &linli_record::LogWriter) -> (Vec<u8>, Vec<u8>) {
        let raw = said(&mut writer.clone(), 0).to_raw();
        let mut header = raw.header;
        assert_eq!(header[1..3], [0, 1], "key 0, version 1");
        header[2] = 2;
        let message = chain::signed_message(&rig.core.community, &header);
        (header, message)
    }

    #[test]
    fn only_a_member_makes_this_node_say_that_it_needs_a_newer_version() {
        let mut rig = Rig::founded();
        let (zhou, stranger) = (rig.member("3-1203"), newcomer());
        for (keys, signs, heard) in [(&stranger, true, false), (&zhou, false, false), (&zhou, true, true)] {
            let (writer, run) = rig.log(keys, 0);
            if rig.core.store.tip(&writer.tip().log).is_none() {
                rig.hold(&writer.tip().log, &run);
            }
            let (header, message) = later(&rig, &writer);
            let signature = keys.signing.sign(if signs { &message } else { b"something else" });
            let run = vec![RawRecord { header, payload: None, signature: Some(signature) }];
            let outcome = rig.core.admit_run(None, &writer.tip().log, run);
            assert_eq!(outcome, Outcome::Declined);
            assert_eq!(rig.core.warnings.contains_key(newer::NEEDS_NEWER), heard);
        }
    }

    #[test]
    fn a_record_that_lies_about_an_attachments_size_does_not_keep_it_out() {
        let mut rig = Rig::founded();
        let picture = b"what hangs on the door".to_vec();
        let hash = linli_record::BlobHash::from(*blake3::hash(&picture).as_bytes());
        let (mut writer, mut run) = rig.log(&newcomer(), 0);
        let mut draft = linli_record::Draft::new(Kind::new(145)).evidence();
        draft.blobs.push(linli_record::BlobRef { hash, size: 1, flag: 0 });
        run.push(writer.append(draft, b"\x40", [1; 16], NOW).unwrap().to_raw());
        rig.hold(&writer.tip().log, &run);
        assert!(rig.core.is_wanted(&hash));
        let path = rig.folder.path().join("came");
        std::fs::write(&path, &picture).unwrap();
        rig.core.fetched(hash, NodeKey::from([1; 32]), Ok(path));
        assert_eq!(rig.core.store.read_blob(&hash).unwrap(), Some(picture));
        assert!(!rig.core.is_wanted(&hash));
    }
}
