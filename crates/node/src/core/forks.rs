//! Logs with two histories: both are kept and shown with their proof, and the branch the register settled is the log.
//!
//! A fork of this home's own log means that the home was copied or restored: it goes on in a new log.

use std::collections::{BTreeMap, BTreeSet};

use linli_community::register::{BlockFault, State};
use linli_record::{
    BlobHash, Block, Chain, ForkProof, Kind, LogId, NodeKey, RawRecord, Record, RecordId, Tip, limits,
};
use linli_store::Op;
use linli_sync::{Conflict, Input, Outcome};

use super::own::Saying;
use super::{Core, store_fault_read};
use crate::actor::LinkId;
use crate::fault::Fault;
use crate::vocabulary::ForkView;

/// Fork proofs read at once.
const STEP: usize = 1024;
/// Records of a settled branch gathered before they take the place of what is held.
const GATHERED: usize = 4096;

/// The proofs held, and the settled branches that are not.
#[derive(Debug, Default)]
pub(super) struct Forks {
    /// The first that proves something, by the log it is about. Anyone may claim a fork: what proves none is not here.
    proofs: BTreeMap<LogId, RecordId>,
    /// Claims that can't be checked yet.
    unchecked: BTreeSet<RecordId>,
    wanted: BTreeMap<LogId, Wanted>,
}

/// What a record that claims a fork shows.
enum Claim {
    Proven(LogId),
    /// Its annex or the log it is about is not held yet.
    Unchecked,
    False,
}

/// A branch that a block settled while another one is held.
#[derive(Debug)]
struct Wanted {
    /// The log was one up to here at least.
    from: u64,
    /// The record the block names.
    settled: RecordId,
    /// What came of it, from where the branches part.
    gathered: Vec<RawRecord>,
    last: Option<RecordId>,
}

impl Core {
    /// Finds which logs are proven to have two histories.
    pub(super) fn load_forks(&mut self) -> Result<(), Fault> {
        self.forks = Forks::default();
        let mut after = 0;
        loop {
            let page = self.store.beginnings(Kind::FORK_PROOF, after, STEP);
            let page = page.map_err(|error| store_fault_read(&error))?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.arrival;
            page.iter().for_each(|beginning| self.note_proof(beginning.id));
        }
    }

    /// A record that claims a fork is held: does it prove one?
    pub(super) fn note_proof(&mut self, id: RecordId) {
        match self.check_claim(&id) {
            Claim::Proven(log) => drop(self.forks.proofs.entry(log).or_insert(id)),
            Claim::Unchecked => drop(self.forks.unchecked.insert(id)),
            Claim::False => {}
        }
    }

    /// An attachment or a log came: a claim may have waited for it.
    pub(super) fn check_waiting_claims(&mut self) {
        for id in std::mem::take(&mut self.forks.unchecked) {
            self.note_proof(id);
        }
    }

    fn check_claim(&self, id: &RecordId) -> Claim {
        let Ok(Some(record)) = self.store.record(id) else { return Claim::Unchecked };
        let annex_held = record.blobs.first().is_none_or(|blob| self.holds_attachment(&blob.hash));
        let Some(proof) = self.read_proof(&record) else {
            return if record.body().is_some() && annex_held { Claim::False } else { Claim::Unchecked };
        };
        match self.store.tip(&proof.log()).map(|tip| tip.key) {
            None => Claim::Unchecked,
            Some(key) if proof.verify(&self.community, &key).is_ok() => Claim::Proven(proof.log()),
            Some(_) => Claim::False,
        }
    }

    fn holds_attachment(&self, hash: &BlobHash) -> bool {
        self.store.read_blob(hash).ok().flatten().is_some()
    }

    fn read_proof(&self, record: &Record) -> Option<ForkProof> {
        let annex = record.blobs.first().and_then(|blob| self.store.read_blob(&blob.hash).ok().flatten());
        ForkProof::read(record.body()?, annex.as_deref()).ok()
    }

    /// The proof of a fork among the records held.
    pub(super) fn fork_proof_held(&self, log: &LogId) -> Option<ForkProof> {
        self.read_proof(&self.store.record(self.forks.proofs.get(log)?).ok()??)
    }

    /// Logs with two histories: those the register ended, and those proven by a record held. The register does not know
    /// every log: a revoked device's new life never settles, and may fork all the same.
    pub(super) fn forked_logs(&self) -> Vec<LogId> {
        let ended = self.state.iter().flat_map(State::forks).map(|fork| fork.log);
        let forked: BTreeSet<LogId> = ended.chain(self.forks.proofs.keys().copied()).collect();
        forked.into_iter().collect()
    }

    /// Two histories of one log: keep both, say so with proof, and never write on with a key that is used twice.
    pub(super) fn keep_conflict(&mut self, conflict: Conflict, from: Option<NodeKey>) -> Outcome {
        let log = conflict.fork.log;
        let Conflict { proof, branch, .. } = conflict;
        if !self.gather_settled(&log, &branch, from) && self.parts_here(&branch) {
            self.pending.push_branch(Op::Fork(branch));
        }
        let own = self.store.tip(&log).is_some_and(|tip| tip.key == self.keys.signing.public());
        // Whoever else meets the two branches publishes the proof: a device does not suspend itself.
        if self.writes(&log) {
            self.meet_own_copy();
        } else if own {
            tracing::info!(log = %log.short(), "an earlier log of this device has two histories");
        } else if let Err(fault) = self.publish_fork(&log, &proof) {
            tracing::warn!(%fault, "a fork was found and could not be published yet");
        }
        Outcome::Forked(Box::new(proof))
    }

    /// Whether the branch begins where the log held was still one.
    fn parts_here(&self, branch: &[Record]) -> bool {
        let Some(first) = branch.first() else { return false };
        match first.seq.checked_sub(1) {
            Some(below) => self.store.id_at(&first.log, below).ok().flatten() == first.prev,
            None => true,
        }
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
        if known || self.pen.is_none() || self.is_asking() || self.forks.proofs.contains_key(log) {
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

    /// A block can't be applied because it settles another branch of a log than the one held: that branch is asked for.
    /// True if it is.
    pub(super) fn want_settled_branch(&mut self, block: &Block, fault: &BlockFault) -> bool {
        let Some(log) = fault.log().copied() else { return false };
        let parted = matches!(fault, BlockFault::OtherBranch { .. })
            || matches!(fault, BlockFault::MissingRecord { .. }) && self.forks.proofs.contains_key(&log);
        let Some(state) = self.state.as_ref().filter(|_| parted) else { return false };
        let mut new = block.tips.iter().filter(|tip| state.log_by_number(tip.number).is_none());
        let tip = match state.log_number(&log) {
            Some(number) => block.tips.iter().find(|tip| tip.number == number),
            None => block.opened.iter().position(|opened| *opened == log).and_then(|at| new.nth(at)),
        };
        let Some(settled) = tip.map(|tip| tip.id) else { return false };
        if self.forks.wanted.get(&log).is_some_and(|wanted| wanted.settled == settled) {
            return true;
        }
        let from = state.settled_tip(&log).map_or(0, |(_, seq, _)| seq + 1);
        tracing::info!(log = %log.short(), from, "another branch of a log is settled; asking for it");
        self.forks.wanted.insert(log, Wanted { from, settled, gathered: Vec::new(), last: None });
        self.ask_for_branches(None);
        true
    }

    /// Asks one neighbour, or all, for the settled branches that are not held.
    pub(super) fn ask_for_branches(&mut self, link: Option<LinkId>) {
        let wanted: Vec<(LogId, u64)> =
            self.forks.wanted.iter().map(|(log, wanted)| (*log, wanted.from)).collect();
        let links = link.map_or_else(|| self.links.keys().copied().collect(), |link| vec![link]);
        for (log, from) in wanted {
            for link in &links {
                self.feed(*link, Input::Want { log, from });
            }
        }
    }

    /// Gathers the settled branch; when it reaches the settled record, it takes the place of what is held. False if the
    /// branch is not asked for.
    fn gather_settled(&mut self, log: &LogId, branch: &[Record], from: Option<NodeKey>) -> bool {
        let begins = self.parts_here(branch);
        let Some(wanted) = self.forks.wanted.get_mut(log) else { return false };
        let follows = branch.first().is_some_and(|first| wanted.last.is_some() && first.prev == wanted.last);
        if begins {
            wanted.gathered.clear();
        } else if !follows || wanted.gathered.len() + branch.len() > GATHERED {
            return true;
        }
        wanted.gathered.extend(branch.iter().map(Record::to_raw));
        wanted.last = branch.last().map(Record::id);
        if branch.iter().any(|record| record.id() == wanted.settled) {
            self.replace_branch(log, from);
        }
        true
    }

    fn replace_branch(&mut self, log: &LogId, from: Option<NodeKey>) {
        let Some(wanted) = self.forks.wanted.remove(log) else { return };
        match self.verified_branch(log, wanted.gathered) {
            Some((records, tip)) => {
                tracing::info!(log = %log.short(), "the settled branch takes its place");
                self.pending.push_branch(Op::ReplaceBranch { records, tip, from });
                self.ring.stale = true;
            }
            None => tracing::warn!(log = %log.short(), "what was sent is not the settled branch"),
        }
    }

    /// The branch, verified on from where the log was one.
    fn verified_branch(&self, log: &LogId, branch: Vec<RawRecord>) -> Option<(Vec<Record>, Tip)> {
        let first = linli_record::Header::parse(&branch.first()?.header).ok()?;
        let mut runs = branch.into_iter().peekable();
        let mut next_run = || -> Vec<RawRecord> { runs.by_ref().take(limits::RUN_RECORDS).collect() };
        let (mut chain, mut records) = match first.seq.checked_sub(1) {
            None => Chain::open(self.community, next_run()).ok()?,
            Some(below) => {
                let below = self.store.records(log, below, below).ok()?.pop()?;
                let held = self.store.tip(log)?.clone();
                let tip = Tip {
                    seq: below.seq,
                    id: below.id(),
                    seen: below.seen,
                    version: below.version,
                    closed: false,
                    ..held
                };
                (Chain::resume(self.community, tip), Vec::new())
            }
        };
        loop {
            let run = next_run();
            if run.is_empty() {
                return Some((records, chain.tip().clone()));
            }
            records.extend(chain.extend(run).ok()?);
        }
    }

    /// Logs with two histories, for people.
    pub(super) fn fork_views(&self) -> Vec<ForkView> {
        let forked = self.store.forked().unwrap_or_default();
        let logs: BTreeSet<LogId> = forked.into_iter().chain(self.forks.proofs.keys().copied()).collect();
        let settled = |log: &LogId| {
            self.state.as_ref().is_some_and(|state| state.forks().iter().any(|fork| fork.log == *log))
        };
        logs.into_iter()
            .map(|log| {
                let branches = self.store.forks(&log).unwrap_or_default();
                ForkView {
                    log,
                    by: self.author(&log, None).label,
                    own: self.store.tip(&log).is_some_and(|tip| tip.key == self.keys.signing.public()),
                    seq: branches.first().map(|branch| branch.seq),
                    aside: branches.iter().map(|branch| branch.records.len() as u64).sum(),
                    proof: self.forks.proofs.get(&log).copied(),
                    settled: settled(&log),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use linli_record::LogWriter;
    use linli_record::fork::Branch;

    use super::super::rig::{NOW, Rig, newcomer, said};
    use super::*;

    /// What two lives of one log said after they parted.
    fn two_lives(writer: &LogWriter) -> [Vec<Record>; 2] {
        [10, 20].map(|body| {
            let mut life = writer.clone();
            (body..body + 2).map(|at| said(&mut life, at)).collect()
        })
    }

    fn raw(records: &[Record]) -> Vec<RawRecord> {
        records.iter().map(Record::to_raw).collect()
    }

    #[test]
    fn a_settled_branch_that_two_neighbours_bring_at_once_costs_nobody_anything() {
        let mut rig = Rig::founded();
        let (writer, common) = rig.log(&newcomer(), 2);
        let log = writer.tip().log;
        let [one, other] = two_lives(&writer);
        rig.hold(&log, &common);
        rig.hold(&log, &raw(&one));
        let link = LinkId(9);
        rig.take(link, &log, &raw(&other));
        rig.core.commit_pending();
        assert!(rig.core.fork_proof_held(&log).is_some());
        let settled = other[1].id();
        let wanted = Wanted { from: 3, settled, gathered: Vec::new(), last: None };
        rig.core.forks.wanted.insert(log, wanted);
        let (bystander, theirs) = rig.log(&newcomer(), 5);
        rig.take(link, &bystander.tip().log, &theirs);
        rig.take(link, &log, &raw(&other));
        rig.take(LinkId(10), &log, &raw(&other));
        rig.take(LinkId(11), &log, &raw(&one));
        rig.core.commit_pending();
        assert_eq!(rig.core.store.tip(&log).map(|tip| tip.id), Some(settled));
        assert!(rig.core.store.tip(&bystander.tip().log).is_some());
        assert!(rig.core.warnings.is_empty(), "{:?}", rig.core.warnings);
    }

    #[test]
    fn what_does_not_fit_of_one_log_costs_the_others_of_its_batch_nothing() {
        let mut rig = Rig::founded();
        let (writer, run) = rig.log(&newcomer(), 3);
        rig.hold(&writer.tip().log, &run);
        let (bystander, theirs) = rig.log(&newcomer(), 5);
        rig.take(LinkId(9), &bystander.tip().log, &theirs);
        // As no honest neighbour could bring it: a branch that begins with a record that is held.
        let held = rig.core.store.records(&writer.tip().log, 2, 3).unwrap();
        rig.core.pending.push_branch(Op::Fork(held));
        rig.core.commit_pending();
        assert_eq!(rig.core.store.tip(&bystander.tip().log), Some(bystander.tip()));
        assert_eq!(rig.core.store.tip(&writer.tip().log), Some(writer.tip()));
    }

    #[test]
    fn any_number_of_false_claims_does_not_keep_out_the_true_one() {
        let mut rig = Rig::founded();
        let (writer, common) = rig.log(&newcomer(), 2);
        let log = writer.tip().log;
        let [one, other] = two_lives(&writer);
        let branch = |records: &[Record], signature| {
            let headers = records.iter().map(|record| record.header().clone()).collect();
            Branch::new(headers, signature).unwrap()
        };
        let proof = |liar: u8| {
            let true_to = |records: &[Record]| *records[1].signature().unwrap();
            let lie = linli_record::SecretKey::from_bytes(&[liar; 32]).sign(b"a lie");
            let second = if liar == 0 { true_to(&other) } else { lie };
            ForkProof::new(branch(&one, true_to(&one)), branch(&other, second)).unwrap()
        };
        let (mut liar, mut lies) = rig.log(&newcomer(), 0);
        for lie in 1..=80 {
            let carried = proof(lie).carry();
            lies.push(liar.append(carried.draft, &carried.body, [lie; 16], NOW).unwrap().to_raw());
        }
        // Half before the log is here: nobody can tell then.
        rig.hold(&liar.tip().log, &lies[..40]);
        rig.hold(&log, &common);
        rig.hold(&log, &raw(&one));
        rig.hold(&liar.tip().log, &lies[40..]);
        assert!(rig.core.fork_proof_held(&log).is_none());
        assert!(rig.core.fork_views().is_empty(), "a claim that proves nothing is not shown");
        let carried = proof(0).carry();
        let truth = liar.append(carried.draft, &carried.body, [0; 16], NOW).unwrap();
        rig.hold(&liar.tip().log, &[truth.to_raw()]);
        assert!(rig.core.fork_proof_held(&log).is_some());
        assert_eq!(rig.core.forked_logs(), [log]);
    }
}
