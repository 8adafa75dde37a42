//! The register as this node keeps it: founding state, blocks that arrived, blocks this node makes as the sole witness.
//!
//! Every step is one commit: the block, the state after it, verdicts, and how far each log is settled. A block that lacks
//! a record waits; what it lacks is said in the status.

mod witnessing;

use std::collections::BTreeMap;

use linli_community::kinds;
use linli_community::register::{self, Happening, Head, Ledger, Outcome, State, Verdict};
use linli_record::{BlobHash, Block, BlockId, CertifiedBlock, CommunityId, LogId, Record, RecordId, Refused};
use linli_store::{Batch, Op, Store};
use linli_sync::Outcome as Kept;
use linli_witness::rivals;
use linli_witness::sole::Waiting;

use super::busy::Busy;
use super::glance::shows_otherwise;
use super::{Core, store_fault_read};
use crate::fault::Fault;
use crate::vocabulary::Event;

/// Projection: (log number, settled sequence number) to the height of the block that settled it.
pub(super) const SETTLED: &str = "settled";
/// Blocks above the next one that may wait for their records.
const AHEAD: u64 = linli_sync::limits::BLOCKS_AHEAD;
/// What they may take together; the next one is always taken.
const WAITING_BYTES: usize = 16 * 1024 * 1024;
/// Name under which is kept that two certified blocks were met at one height.
const TWO_BLOCKS: &str = "two-blocks";
/// Name under which is kept why the witness is paused.
const PAUSED: &str = "witness-paused";
/// What a person sees while this home's store is behind what the home signed.
const BEHIND: &str = "witness-behind";
/// Name under which the key is remembered that this home orders with.
const WITNESS: &str = "witness";

/// Names whose loss could make this home order where it must not.
pub(super) const FORBIDS: [&str; 2] = [TWO_BLOCKS, PAUSED];

/// Blocks that arrived and can't be applied yet.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Certified by the witnesses; the first that came at each height.
    waiting: BTreeMap<u64, CertifiedBlock>,
    /// What came before the founding record, which says who the witnesses are: nothing of it is believed.
    early: Vec<CertifiedBlock>,
    /// Something was turned away before the founding record came: every neighbour is asked again.
    ask_again: bool,
    /// Height at which two certified blocks were met: power is not judged any more (rule 15).
    two_blocks: Option<u64>,
    /// A log was left out of the newest own block because something of it is not here.
    left_out: bool,
    /// The newest block kept for a version that knows its rules.
    pub(super) later: Option<(u64, BlockId)>,
    /// What the next block lacks.
    pub(super) lacks: Option<String>,
    /// What this node, as the witness, has yet to settle.
    waits: Waiting,
    /// When the newest block came, by this node's clock; unknown after a start.
    taken_ms: Option<u64>,
    /// Ordering waits for a person's word: this home was copied.
    paused: bool,
}

/// What replaying the blocks makes.
pub(super) struct Replayed {
    pub(super) state: Option<State>,
    pub(super) verdicts: BTreeMap<RecordId, Vec<u8>>,
    /// Entries of [`SETTLED`].
    pub(super) settled: BTreeMap<Vec<u8>, Vec<u8>>,
    /// What the next block waits for.
    pub(super) lacks: Option<String>,
}

/// The store, as the register's pure function reads it.
struct StoreLedger<'a>(&'a Store);

impl Ledger for StoreLedger<'_> {
    fn records(&self, log: &LogId, from: u64, to: u64) -> Vec<Record> {
        self.0.records(log, from, to).unwrap_or_default()
    }

    fn annex(&self, hash: &BlobHash) -> Option<Vec<u8>> {
        // Checked: what rotted is missing here, and means the same everywhere else.
        self.0.read_blob(hash).ok().flatten()
    }
}

impl Core {
    /// Reads the register's state, or founds it from the founder's log.
    pub(super) fn load_state(&mut self) -> Result<(), Fault> {
        if let Some((_, bytes)) = self.store.state().map_err(|error| store_fault_read(&error))? {
            let state = State::from_bytes(&bytes).map_err(|refused| {
                Fault::store_damaged(format!("the register's state does not read: {refused}"))
            })?;
            self.state = Some(state);
        }
        if let Some(why) = self.store.named(PAUSED).map_err(|error| store_fault_read(&error))? {
            self.order.paused = true;
            self.warn_paused(&String::from_utf8_lossy(&why));
        }
        self.load_two_blocks()?;
        self.notice_missing_witness()?;
        self.order.waits = self.unsettled();
        Ok(())
    }

    /// What waits for a block after a start: the same as before it, so that a home that is only looked at makes none.
    fn unsettled(&self) -> Waiting {
        let Some(state) = self.state.as_ref().filter(|_| self.witness.is_some()) else {
            return Waiting { power: self.witness.is_some(), content: true };
        };
        let mut waits = Waiting::default();
        for tip in self.store.tips().filter(|tip| tip.audience.is_none()) {
            let from = state.settled_tip(&tip.log).map_or(0, |(_, seq, _)| seq + 1);
            let waiting = (tip.seq + 1).saturating_sub(from);
            let records = self.store.records(&tip.log, from, tip.seq).unwrap_or_default();
            let power = |record: &Record| kinds::class(record.kind) != kinds::Class::Content;
            // What was not read (damaged, or more than is read at once) may be power.
            waits.power |= records.len() as u64 != waiting || records.iter().any(power);
            waits.content |= waiting > 0;
        }
        waits
    }

    pub(super) fn head(&self) -> Option<Head> {
        self.state.as_ref().and_then(|state| state.head().copied())
    }

    /// A public record arrived: does it wait for a block?
    pub(super) fn note_for_order(&mut self, record: &Record) {
        if record.audience.is_none() {
            let power = kinds::class(record.kind) != kinds::Class::Content;
            self.order.waits.power |= power;
            self.order.waits.content |= !power;
        }
    }

    /// Takes a block; it is applied when everything it settles is held. Nothing waits that the witnesses did not sign.
    pub(super) fn take_block(&mut self, block: CertifiedBlock) -> Kept {
        let parsed = match Block::parse(&block.bytes) {
            Ok(parsed) if parsed.community == self.community => parsed,
            Err(Refused::Version { .. }) => {
                self.meet_newer();
                return Kept::Declined;
            }
            _ => return Kept::Forged,
        };
        let Some(state) = &self.state else { return self.take_early(&parsed, block) };
        let (head, witnesses) = (state.head().copied(), state.witness_keys());
        if let Some(head) = head
            && parsed.height <= head.height
        {
            self.compare_with_held(&parsed, block);
            return Kept::Known;
        }
        self.notice_own_block(&block);
        if self.goes_on_later(&parsed, &block) {
            return Kept::Kept;
        }
        let next = head.map_or(0, |head| head.height + 1);
        if parsed.height >= next + AHEAD {
            return Kept::Declined;
        }
        if block.verify(&witnesses).is_err() {
            // Witnesses may change before a later height, and another register may have other ones: not upon this head. What
            // can't be told yet comes again.
            let upon_ours = parsed.prev == head.map(|head| head.id) && parsed.rules <= register::RULES;
            return if upon_ours { Kept::Forged } else { Kept::Declined };
        }
        self.let_wait(&parsed, block, parsed.height == next)
    }

    fn let_wait(&mut self, parsed: &Block, block: CertifiedBlock, is_next: bool) -> Kept {
        if let Some(first) = self.order.waiting.get(&parsed.height).cloned() {
            self.compare(&first, block);
            return Kept::Known;
        }
        let waiting: usize = self.order.waiting.values().map(|block| block.bytes.len()).sum();
        if !is_next && waiting + block.bytes.len() > WAITING_BYTES {
            return Kept::Declined;
        }
        self.order.waiting.insert(parsed.height, block);
        Kept::Kept
    }

    /// Before the founding record is here nobody knows who the witnesses are: what comes is kept aside, and looked at then.
    fn take_early(&mut self, parsed: &Block, block: CertifiedBlock) -> Kept {
        let bytes: usize = self.order.early.iter().map(|block| block.bytes.len()).sum();
        if parsed.height >= AHEAD || bytes + block.bytes.len() > WAITING_BYTES {
            self.order.ask_again = true;
            return Kept::Declined;
        }
        if !self.order.early.contains(&block) {
            self.order.early.push(block);
        }
        Kept::Kept
    }

    /// Who the witnesses are is known now: what came before is looked at as if it came again.
    fn look_at_early(&mut self) {
        for block in std::mem::take(&mut self.order.early) {
            if self.take_block(block) == Kept::Forged {
                tracing::warn!("a block that came before the founding record is not the witnesses'");
                self.order.ask_again = true;
            }
        }
        if std::mem::take(&mut self.order.ask_again) {
            self.meet_everyone_anew();
        }
    }

    fn compare_with_held(&mut self, parsed: &Block, block: CertifiedBlock) {
        if let Ok(Some(held)) = self.store.block(parsed.height) {
            self.compare(&held, block);
        }
    }

    /// Two certified blocks at one height: this node keeps the one it has, shows both, and judges power no more (rule 15).
    /// No statement that this version judges changes the witnesses, so the founding's are every height's.
    fn compare(&mut self, held: &CertifiedBlock, other: CertifiedBlock) {
        let Some(state) = &self.state else { return };
        let Some(rivals) = rivals::compare(held, &other, &state.witness_keys()) else { return };
        let mut batch = Batch::from(Op::Rival(other));
        batch.name(TWO_BLOCKS, rivals.height.to_be_bytes());
        if let Err(fault) = self.write(batch) {
            tracing::error!(%fault, "two blocks at one height could not be kept; they are shown until the next start");
        }
        self.warn_two_blocks(rivals.height);
    }

    fn load_two_blocks(&mut self) -> Result<(), Fault> {
        let height = self.store.named(TWO_BLOCKS).map_err(|error| store_fault_read(&error))?;
        if let Some(height) = height.and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes) {
            self.warn_two_blocks(height);
        }
        Ok(())
    }

    fn warn_two_blocks(&mut self, height: u64) {
        if self.order.two_blocks.is_some() {
            return;
        }
        self.order.two_blocks = Some(height);
        self.warn(
            "two-blocks",
            format!(
                "two certified blocks exist at height {height}: somebody used the register's key twice. This node \
                 keeps the one it had and settles nothing more; speak with your neighbours before trusting new \
                 decisions"
            ),
        );
    }

    /// After two certified blocks at one height no statement of power is made here.
    pub(super) fn refuse_after_two_blocks(&self) -> Result<(), Fault> {
        match self.order.two_blocks {
            None => Ok(()),
            Some(height) => Err(Fault::not_allowed(
                "two-blocks",
                format!("two certified blocks exist at height {height}: this node judges power no more"),
            )
            .hint("speak with your neighbours: somebody used the register's key twice")),
        }
    }

    /// Applies every block that can be applied, and makes the ones this node owes. Ends when nothing more happens.
    pub(super) fn advance_register(&mut self) {
        if self.store.must_reopen() {
            return;
        }
        self.found_if_possible();
        // Blocks wait for the founding record like they wait for any other.
        while self.state.is_some() && self.order.two_blocks.is_none() {
            let next = self.head().map_or(0, |head| head.height + 1);
            self.order.waiting = self.order.waiting.split_off(&next);
            let applied = match self.store.block(next) {
                // After a repair the state may lag behind the blocks, until what they settle is here again.
                Ok(Some(held)) => self.apply_block(held),
                Ok(None) => match self.order.waiting.get(&next).cloned() {
                    Some(block) => self.apply_block(block),
                    None => self.make_block(),
                },
                // Nobody signs a second block beside one that does not read.
                Err(error) => {
                    tracing::error!(%error, "the next block does not read");
                    false
                }
            };
            if !applied {
                break;
            }
        }
    }

    fn found_if_possible(&mut self) {
        if self.state.is_none() {
            self.state = self.founding_state();
            if self.state.is_some() {
                self.look_at_early();
            }
        }
    }

    /// The state before the first block, once the founder's log is held.
    fn founding_state(&self) -> Option<State> {
        let public = self.store.tips().filter(|tip| tip.audience.is_none());
        let founds = |record: &Record| CommunityId::from(*record.payload_hash.as_bytes()) == self.community;
        let opening = public.map(|tip| tip.log).find_map(|log| {
            let records = self.store.records(&log, 0, 0).ok()?;
            records.into_iter().next().filter(founds)
        })?;
        match State::found(&opening) {
            Ok(state) => Some(state),
            Err(refused) => {
                tracing::error!(%refused, "the founding record is refused");
                None
            }
        }
    }

    fn apply_block(&mut self, certified: CertifiedBlock) -> bool {
        let Some(state) = &self.state else { return false };
        let block = match certified.verify(&state.witness_keys()) {
            Ok(block) => block,
            Err(refused) => {
                tracing::warn!(%refused, "a block was refused");
                let next = self.head().map_or(0, |head| head.height + 1);
                self.order.waiting.remove(&next);
                return false;
            }
        };
        match register::apply(state, &block, certified.id(), &StoreLedger(&self.store)) {
            Ok(outcome) => {
                self.order.lacks = None;
                self.write_block(&block, certified, outcome)
            }
            Err(fault) if fault.may_heal() => {
                self.want_settled_branch(&block, &fault);
                self.order.lacks = Some(fault.to_string());
                false
            }
            Err(register::BlockFault::Rules { found, .. }) if found > register::RULES => {
                self.order.waiting.remove(&block.height);
                self.keep_later(&block, &certified);
                false
            }
            Err(fault) => {
                tracing::warn!(%fault, height = block.height, "a block can't be applied");
                if self.want_settled_branch(&block, &fault) {
                    self.order.lacks = Some(fault.to_string());
                } else {
                    self.order.waiting.remove(&block.height);
                }
                false
            }
        }
    }

    /// A block that could not be written stays where it waits, and is tried again.
    fn write_block(&mut self, block: &Block, certified: CertifiedBlock, outcome: Outcome) -> bool {
        let mut batch = Batch::new();
        note_outcome(&mut batch, block, &outcome);
        batch.push(Op::Block { block: certified, state: outcome.state.to_bytes() });
        if self.state.as_ref().is_none_or(|before| shows_otherwise(before, &outcome.state)) {
            self.forget_all_glances(&mut batch);
        }
        self.glances.note_gaps();
        if let Err(fault) = self.write(batch) {
            tracing::error!(%fault, "a block could not be written; it is tried again");
            return false;
        }
        self.order.waiting.remove(&block.height);
        self.order.taken_ms = Some(self.clock.now_ms());
        self.state = Some(outcome.state);
        self.note_signed(block);
        self.doubt_block_time(block);
        self.after_block(block.height, &outcome.happened);
        true
    }

    fn after_block(&mut self, height: u64, happened: &[Happening]) {
        self.newcomers.look_again();
        self.publish_membership();
        self.desk.announce(Event::Block { height, happened: happened.iter().map(describe).collect() });
        self.follow_happenings(happened);
        self.leave_closed_log();
    }

    /// Makes the register's state, verdicts and settled heights again from the blocks and the records they settle.
    pub(super) fn replay_register(&mut self, busy: Option<&Busy>) -> Result<(), Fault> {
        let replayed = self.replayed(busy)?;
        let mut batch = Batch::new();
        batch.push(Op::ClearVerdicts).push(Op::ClearCache(SETTLED.into()));
        for (id, verdict) in replayed.verdicts {
            batch.push(Op::Verdict(id, Some(verdict)));
        }
        for (key, height) in replayed.settled {
            batch.cache(SETTLED, key, Some(height));
        }
        if let Some((state, head)) = replayed.state.as_ref().and_then(|state| Some((state, state.head()?))) {
            batch.push(Op::State { height: head.height, state: state.to_bytes() });
        }
        self.write(batch)?;
        self.state = replayed.state;
        Ok(())
    }

    /// What the held blocks make, from the founding on, as far as the records they settle are held.
    pub(super) fn replayed(&self, busy: Option<&Busy>) -> Result<Replayed, Fault> {
        let mut replayed = Replayed {
            state: self.founding_state(),
            verdicts: BTreeMap::new(),
            settled: BTreeMap::new(),
            lacks: None,
        };
        let Some(mut state) = replayed.state.take() else { return Ok(replayed) };
        let mut height = 0;
        let newest = self.head().map_or(0, |head| head.height + 1);
        while let Some(held) = self.store.block(height).map_err(|error| store_fault_read(&error))? {
            if let Some(busy) = busy {
                busy.replayed(height, newest);
            }
            let wrong = |why: String| {
                Fault::new(crate::FaultKind::Disk, "block", format!("block {height} does not follow: {why}"))
            };
            let block = held.verify(&state.witness_keys()).map_err(|refused| wrong(refused.to_string()))?;
            let outcome = match register::apply(&state, &block, held.id(), &StoreLedger(&self.store)) {
                Ok(outcome) => outcome,
                Err(fault) if fault.may_heal() => {
                    replayed.lacks = Some(fault.to_string());
                    break;
                }
                Err(fault) => return Err(wrong(fault.to_string())),
            };
            replayed.settled.extend(settled_entries(&block));
            replayed
                .verdicts
                .extend(outcome.verdicts.iter().map(|(id, verdict)| (*id, verdict.to_bytes().to_vec())));
            state = outcome.state;
            height += 1;
        }
        replayed.state = Some(state);
        Ok(replayed)
    }

    /// The verdicts held.
    pub(super) fn held_verdicts(&self) -> Result<BTreeMap<RecordId, Vec<u8>>, Fault> {
        Ok(self.store.verdicts().map_err(|error| store_fault_read(&error))?.into_iter().collect())
    }

    /// The settled heights held.
    pub(super) fn held_settled(&self) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, Fault> {
        let held = self.store.cache_scan(SETTLED, &[], usize::MAX);
        Ok(held.map_err(|error| store_fault_read(&error))?.into_iter().collect())
    }

    /// Height of the block that settled a record, if one has.
    pub(super) fn settled_height(&self, log: &LogId, seq: u64) -> Option<u64> {
        let Some((number, upto, _)) = self.state.as_ref()?.settled_tip(log) else {
            return self.covered_height(log, seq);
        };
        if seq > upto {
            return None;
        }
        let entry = self.store.cache_scan(SETTLED, &settled_key(number, seq), 1).ok()?.pop();
        let (_, height) = entry.filter(|(key, _)| key.starts_with(&number.to_be_bytes()))?;
        Some(u64::from_be_bytes(height.try_into().ok()?))
    }

    /// The register's word on a record, settled or not.
    pub(super) fn verdict(&self, record: &Record) -> Verdict {
        let Some(state) = &self.state else { return Verdict::Waiting(register::Reason::NotSettled) };
        let Some(tip) = self.store.tip(&record.log) else {
            return Verdict::Waiting(register::Reason::NotEnrolled);
        };
        match self.settled_height(&record.log, record.seq) {
            Some(height) if record.audience.is_some() => {
                register::judge_covered(state, record, &tip.key, height)
            }
            Some(_) => self.kept_verdict(&record.id()),
            None => register::judge_unsettled(state, record, &tip.key),
        }
    }

    fn kept_verdict(&self, id: &RecordId) -> Verdict {
        if self.state.as_ref().is_some_and(|state| state.readmitted(id)) {
            return Verdict::Stands;
        }
        let kept = self.store.verdict(id).ok().flatten();
        kept.and_then(|bytes| Verdict::from_bytes(bytes.try_into().ok()?)).unwrap_or(Verdict::Stands)
    }
}

/// Settled heights and verdicts of one block.
fn note_outcome(batch: &mut Batch, block: &Block, outcome: &Outcome) {
    for (key, height) in settled_entries(block) {
        batch.cache(SETTLED, key, Some(height));
    }
    for (id, verdict) in &outcome.verdicts {
        batch.push(Op::Verdict(*id, Some(verdict.to_bytes().to_vec())));
    }
}

/// How far each log is settled by this block, as [`SETTLED`] keeps it.
fn settled_entries(block: &Block) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    block.tips.iter().map(|tip| (settled_key(tip.number, tip.seq), block.height.to_be_bytes().to_vec()))
}

fn settled_key(number: u32, seq: u64) -> Vec<u8> {
    [&number.to_be_bytes()[..], &seq.to_be_bytes()[..]].concat()
}

/// A happening as one English line; screens translate the structured form.
fn describe(happening: &Happening) -> String {
    serde_json::to_string(happening).unwrap_or_default()
}

#[cfg(all(test, feature = "testing"))]
mod tests;
