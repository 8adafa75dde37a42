//! One block, applied: a pure function of the state before and the records the block settles (rules 5 to 7).
//!
//! First the tips settle; then terms that are due end; then the block's statements are taken in; then everything complete
//! applies, in order; then every record is judged by the states before and after. Read [`apply`] from the top.

use std::collections::{BTreeMap, BTreeSet};

use linli_record::{BlobHash, Block, BlockId, Claim, Kind, LogId, Record, RecordId};

use super::enact::Enact;
use super::happening::Happening;
use super::intake::{Intake, may_say};
use super::limits;
use super::people::{Ended, EndedWhy, PastOffices, Witness};
use super::proposals::{Ready, Step, changes_charter, step};
use super::rolls::Roll;
use super::settle::{self, Settled, Statement, Word};
use super::state::{Facts, Proposal, State};
use super::statement::Said;
use super::verdict::{BlockFault, Reason, Verdict};
use crate::charter::{Registrars, Tellers};
use crate::kinds::Class;

/// Where the records of a block come from.
pub trait Ledger {
    /// Records `from` to `to`, both included, of one log, in order, on the branch that is held as the log's own; fewer
    /// when some are not here.
    fn records(&self, log: &LogId, from: u64, to: u64) -> Vec<Record>;

    /// An attachment's bytes, if they are here and hash to this.
    fn annex(&self, hash: &BlobHash) -> Option<Vec<u8>>;
}

/// What applying a block gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The state after it.
    pub state: State,
    /// Every record the block settled that does not simply stand, by log id and sequence.
    pub verdicts: Vec<(RecordId, Verdict)>,
    /// What took effect, in the order it did.
    pub happened: Vec<Happening>,
}

/// Applies one block whose certificate was verified.
///
/// # Errors
/// [`BlockFault`] when the block does not follow, or something it settles is not here.
pub fn apply(before: &State, block: &Block, id: BlockId, ledger: &dyn Ledger) -> Result<Outcome, BlockFault> {
    settle::follows(before, block)?;
    let mut facts = before.to_facts();
    settle::advance(&mut facts, block, id);
    let settled = settle::settle(before, &mut facts, block, ledger)?;
    let mut applying = Applying {
        before: before.facts(),
        facts,
        ledger,
        said: BTreeMap::new(),
        claims: BTreeMap::new(),
        counted: BTreeSet::new(),
        happened: Vec::new(),
    };
    applying.end_what_is_due();
    applying.recall_open()?;
    let taken = applying.take_in(&settled);
    applying.apply_complete()?;
    applying.check_enrolled(block)?;
    let verdicts = applying.verdicts(block, &settled, &taken);
    applying.forget(&verdicts);
    applying.remember_offices(block.height);
    Ok(Outcome { state: State::from_facts(applying.facts), verdicts, happened: applying.happened })
}

struct Applying<'a> {
    before: &'a Facts,
    facts: Facts,
    ledger: &'a dyn Ledger,
    /// Open proposals, read.
    said: BTreeMap<RecordId, Said>,
    /// Verified claims this block took in: a proposal that lapses in it was said with authority all the same.
    claims: BTreeMap<RecordId, Claim>,
    /// Proposals that applied, and the approvals that completed them.
    counted: BTreeSet<RecordId>,
    happened: Vec<Happening>,
}

impl Applying<'_> {
    /// A grant ends at the first block at or past its end (rule 6); a proposal lapses after 60 days (rule 5).
    fn end_what_is_due(&mut self) {
        let (facts, happened) = (&mut self.facts, &mut self.happened);
        let now = facts.clock.due_ms;
        let height = facts.head.map_or(0, |head| head.height);
        let expired = Ended { height, by: None, why: EndedWhy::Expired };
        let is_due =
            |until: Option<u64>, ended: &Option<Ended>| ended.is_none() && until.is_some_and(|at| at <= now);
        for grant in facts.grants.values_mut().filter(|grant| is_due(grant.until_ms, &grant.ended)) {
            grant.ended = Some(expired);
            happened.push(Happening::GrantEnded { grant: grant.id, by: None });
        }
        for consent in facts.consents.values_mut().filter(|held| is_due(held.terms.until_ms, &held.ended)) {
            consent.ended = Some(expired);
            happened.push(Happening::ConsentEnded { consent: consent.id, by: None });
        }
        for home in facts.households.values_mut().filter(|home| is_due(home.until_ms, &home.ended)) {
            home.ended = Some(expired);
            happened.push(Happening::TermEnded { household: home.id });
        }
        let young = |since: u64| now.saturating_sub(since) < limits::LAPSE_MS;
        facts.open.retain(|id, proposal| {
            let keep = young(proposal.since_ms);
            if !keep {
                happened.push(Happening::Lapsed { proposal: *id });
            }
            keep
        });
        facts.successors.retain(|_, pending| young(pending.since_ms));
        for approvals in facts.approvals.values_mut() {
            approvals.retain(|approval| young(approval.since_ms));
        }
        facts.approvals.retain(|_, approvals| !approvals.is_empty());
    }

    /// Reads the proposals that were open before this block.
    fn recall_open(&mut self) -> Result<(), BlockFault> {
        for proposal in self.facts.open.values() {
            let annex = annex(proposal, self.ledger)?;
            let said = Said::parse(Kind::new(proposal.kind), &proposal.body, annex.as_deref());
            if let Some(Ok(said)) = said {
                self.said.insert(proposal.id, said);
            }
        }
        Ok(())
    }

    /// Takes the block's statements in; what is wrong with one is its verdict. Approvals are taken back last.
    fn take_in(&mut self, settled: &[Settled]) -> BTreeMap<RecordId, Verdict> {
        let head = self.facts.head.expect("the head moved");
        let statements = |withdrawals: bool| {
            settled.iter().filter_map(move |one| match &one.word {
                Word::Said(statement) if matches!(statement.said, Said::Unapprove(_)) == withdrawals => {
                    Some((one, statement))
                }
                _ => None,
            })
        };
        let mut wrong = BTreeMap::new();
        for (one, statement) in statements(false).chain(statements(true)) {
            let spoken = &one.spoken;
            if spoken.form().is_err() || spoken.seen_ahead(head.era, head.height) {
                continue;
            }
            let mut intake = Intake { before: self.before, facts: &mut self.facts };
            match intake.take(spoken, statement) {
                Ok(()) => {
                    if let Some(proposal) = self.facts.open.get(&spoken.id) {
                        self.said.insert(spoken.id, statement.said.clone());
                        self.claims.extend(proposal.claim.clone().map(|claim| (spoken.id, claim)));
                    }
                }
                Err(verdict) => {
                    wrong.insert(spoken.id, verdict);
                }
            }
        }
        wrong
    }

    /// Additions until nothing more is complete, then charter changes, then removals, all judged before any applies; and
    /// again, until a round applies nothing.
    fn apply_complete(&mut self) -> Result<(), BlockFault> {
        let number = self.facts.charter;
        loop {
            if self.sweep(Step::Addition)? || self.sweep(Step::Change)? {
                continue;
            }
            let removals = self.complete(Step::Removal);
            if removals.is_empty() {
                break;
            }
            for (id, approvers) in removals {
                self.enact(id, approvers)?;
            }
        }
        if self.facts.charter != number {
            self.lapse_all();
        }
        Ok(())
    }

    /// Applies what is complete of one step, each judged by the state the one before it left.
    fn sweep(&mut self, wanted: Step) -> Result<bool, BlockFault> {
        let mut applied = false;
        for id in self.in_order(wanted) {
            if let Some(approvers) = self.judge(&id) {
                self.enact(id, approvers)?;
                applied = true;
            }
        }
        Ok(applied)
    }

    fn complete(&mut self, wanted: Step) -> Vec<(RecordId, Vec<RecordId>)> {
        let ids = self.in_order(wanted);
        ids.into_iter().filter_map(|id| self.judge(&id).map(|approvers| (id, approvers))).collect()
    }

    /// Open proposals of one step, by settling height, log and sequence.
    fn in_order(&self, wanted: Step) -> Vec<RecordId> {
        let of_step = |proposal: &&Proposal| step(Kind::new(proposal.kind)) == wanted;
        let mut order: Vec<_> = self
            .facts
            .open
            .values()
            .filter(of_step)
            .map(|proposal| ((proposal.height, proposal.log, proposal.seq), proposal.id))
            .collect();
        order.sort_unstable();
        order.into_iter().map(|(_, id)| id).collect()
    }

    /// The approvers of a complete proposal. One that can never apply lapses.
    fn judge(&mut self, id: &RecordId) -> Option<Vec<RecordId>> {
        let proposal = self.facts.open.get(id)?;
        match self.facts.ready(proposal, self.said.get(id)?) {
            Ready::Yes(approvers) => Some(approvers),
            Ready::NotYet => None,
            Ready::Dead => {
                self.facts.open.remove(id);
                self.happened.push(Happening::Lapsed { proposal: *id });
                None
            }
        }
    }

    fn enact(&mut self, id: RecordId, approvers: Vec<RecordId>) -> Result<(), BlockFault> {
        let (Some(proposal), Some(said)) = (self.facts.open.remove(&id), self.said.remove(&id)) else {
            return Ok(());
        };
        let approvals = self.facts.approvals.remove(&id).unwrap_or_default();
        self.counted.insert(id);
        let voiced = approvals.iter().filter(|approval| self.facts.approves(&approval.author));
        self.counted.extend(voiced.map(|approval| approval.id));
        let roll = self.roll(&proposal, &said)?;
        let facts = &mut self.facts;
        Enact { facts, happened: &mut self.happened, proposal: &proposal, approvers, roll }.apply(&said);
        if changes_charter(Kind::new(proposal.kind)) {
            self.facts.charter += 1;
            self.happened.push(Happening::CharterChanged { by: id, number: self.facts.charter });
        }
        Ok(())
    }

    fn roll(&self, proposal: &Proposal, said: &Said) -> Result<Option<Roll>, BlockFault> {
        let Said::Roll(change) = said else { return Ok(None) };
        let annex = annex(proposal, self.ledger)?;
        // It was read and fingerprinted when it settled.
        Ok(change.roll(annex.as_deref()).ok())
    }

    /// A charter change lapses whatever it left open (rule 6).
    fn lapse_all(&mut self) {
        let open = std::mem::take(&mut self.facts.open);
        self.facts.approvals.clear();
        self.happened.extend(open.into_keys().map(|proposal| Happening::Lapsed { proposal }));
    }

    /// Rule 7: a block settles tips only of logs whose key is enrolled before or after it.
    fn check_enrolled(&self, block: &Block) -> Result<(), BlockFault> {
        for tip in &block.tips {
            let settled = &self.facts.logs[tip.number as usize];
            let (log, key) = (settled.log, settled.key);
            let first = self.before.logs.len() <= tip.number as usize;
            let lives = || self.facts.logs.iter().filter(|other| other.key == key).count();
            let enrolled = |facts: &Facts| {
                facts.devices.get(&key).is_some_and(|device| {
                    let goes_on = !first || device.forked.is_none() || device.reopened.contains(&log);
                    facts.speaks(device) && goes_on
                })
            };
            let room = !first || lives() <= linli_record::limits::INCARNATIONS;
            if !room || !(enrolled(self.before) || enrolled(&self.facts)) {
                return Err(BlockFault::NotEnrolled(log));
            }
        }
        Ok(())
    }

    /// Every settled record that does not simply stand.
    fn verdicts(
        &self,
        block: &Block,
        settled: &[Settled],
        taken: &BTreeMap<RecordId, Verdict>,
    ) -> Vec<(RecordId, Verdict)> {
        let judged = settled.iter().map(|one| (one.spoken.id, self.verdict(block, one, taken)));
        judged.filter(|(_, verdict)| !verdict.stands()).collect()
    }

    fn verdict(&self, block: &Block, one: &Settled, taken: &BTreeMap<RecordId, Verdict>) -> Verdict {
        let spoken = &one.spoken;
        let readmitted = spoken.class() == Class::Content && self.facts.readmitted.contains(&spoken.id);
        if self.counted.contains(&spoken.id) || readmitted {
            return Verdict::Stands;
        }
        if let Err(reason) = spoken.form() {
            return Verdict::Quarantined(reason);
        }
        if spoken.seen_ahead(block.era, block.height) {
            return Verdict::Quarantined(Reason::SeenAhead);
        }
        if let (Err(_), Err(reason)) = (spoken.permitted(self.before), spoken.permitted(&self.facts)) {
            return Verdict::Quarantined(reason);
        }
        match &one.word {
            Word::Unreadable => Verdict::Quarantined(Reason::Malformed),
            Word::Unknown => Verdict::Waiting(Reason::NotJudged),
            Word::Content if crate::kinds::row(spoken.kind).is_none() => Verdict::Waiting(Reason::NotJudged),
            Word::Content => Verdict::Stands,
            Word::Said(statement) => match taken.get(&spoken.id) {
                Some(verdict) => *verdict,
                None => self.office(one, statement),
            },
        }
    }

    fn office(&self, one: &Settled, statement: &Statement) -> Verdict {
        let spoken = &one.spoken;
        let claim = self.claims.get(&spoken.id);
        let by = |facts| may_say(facts, &spoken.key, &statement.said, claim);
        match (by(self.before), by(&self.facts)) {
            (Err(_), Err(reason)) => Verdict::Quarantined(reason),
            _ => Verdict::Stands,
        }
    }

    /// What was quarantined proposes and approves nothing.
    fn forget(&mut self, verdicts: &[(RecordId, Verdict)]) {
        let gone: BTreeSet<&RecordId> = verdicts.iter().map(|(id, _)| id).collect();
        self.facts.open.retain(|id, _| !gone.contains(id));
        self.facts.successors.retain(|id, _| !gone.contains(id));
        for approvals in self.facts.approvals.values_mut() {
            approvals.retain(|approval| !gone.contains(&approval.id));
        }
        self.facts.approvals.retain(|_, approvals| !approvals.is_empty());
    }

    /// Offices that changed hands: what was said in private before is judged long after, by who held them then.
    fn remember_offices(&mut self, height: u64) {
        fn offices(facts: &Facts) -> (&Registrars, &Tellers, &[Witness]) {
            (&facts.bylaws.registrars, &facts.bylaws.tellers, &facts.witnesses)
        }
        if offices(self.before) != offices(&self.facts) {
            let (registrars, tellers, witnesses) = offices(self.before);
            self.facts.past_offices.push(PastOffices {
                until: height,
                registrars: registrars.clone(),
                tellers: tellers.clone(),
                witnesses: witnesses.to_vec(),
            });
        }
    }
}

/// The annex of an open proposal: it was here when the proposal settled, and is never dropped.
fn annex(proposal: &Proposal, ledger: &dyn Ledger) -> Result<Option<Vec<u8>>, BlockFault> {
    let Some(hash) = proposal.annex else { return Ok(None) };
    let bytes = ledger.annex(&hash).ok_or(BlockFault::MissingAnnex { log: proposal.log, hash })?;
    Ok(Some(bytes))
}
