//! A block against a state: whether it follows, and the records its tips settle.
//!
//! Everything here is structure: numbers, branches, presence of bytes. What the records mean comes after.

use std::collections::BTreeSet;

use linli_record::{
    BlobHash, Block, BlockId, BlockTip, DeviceKey, Flags, Kind, LogId, LogOpen, Record, RecordId,
};

use super::apply::Ledger;
use super::judge::Spoken;
use super::limits;
use super::people::{Head, LogEnd, SettledLog};
use super::state::{Facts, State};
use super::statement::Said;
use super::verdict::BlockFault;
use crate::kinds::{self, Class};

/// Records asked of the ledger at a time, so that a log of millions needs no more memory than one of hundreds.
const CHUNK: u64 = 256;

/// A record a block settles, with what it says if it decides anything.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    pub(super) spoken: Spoken,
    pub(super) word: Word,
}

/// What a record says, as far as the register listens.
#[derive(Debug, Clone)]
pub(super) enum Word {
    /// Daily life: not read here.
    Content,
    /// A kind this version does not judge.
    Unknown,
    /// Not what its kind says.
    Unreadable,
    /// A statement.
    Said(Box<Statement>),
}

/// A statement with the bytes it came in.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) said: Said,
    pub(super) body: Vec<u8>,
    pub(super) annex: Option<BlobHash>,
}

/// Checks that `block` follows `before`, all but its tips.
pub(super) fn follows(before: &State, block: &Block) -> Result<(), BlockFault> {
    let facts = before.facts();
    if block.community != facts.community {
        return Err(BlockFault::OtherCommunity);
    }
    if block.era != facts.era {
        return Err(BlockFault::OtherEra { held: facts.era, found: block.era });
    }
    if block.base.is_some() {
        return Err(BlockFault::Base);
    }
    let expected = facts.head.map_or(0, |head| head.height + 1);
    if block.height != expected {
        return Err(BlockFault::Height { expected, found: block.height });
    }
    if block.prev != facts.head.map(|head| head.id) {
        return Err(BlockFault::OtherHistory { height: block.height });
    }
    if let Some(head) = facts.head
        && block.time_ms <= head.time_ms
    {
        return Err(BlockFault::Time { held: head.time_ms, found: block.time_ms });
    }
    let held = facts.bylaws.rules;
    if block.rules != held || held != super::RULES {
        return Err(BlockFault::Rules { held, found: block.rules });
    }
    let size = block.to_bytes().len();
    if size > linli_record::limits::BLOCK_BYTES {
        return Err(BlockFault::TooLarge(size));
    }
    if block.snapshot != snapshot_due(before, block.height) {
        return Err(BlockFault::Snapshot);
    }
    Ok(())
}

/// The snapshot a block at `height` on `before` names: the hash of that state, at every 1,000th block.
#[must_use]
pub fn snapshot_due(before: &State, height: u64) -> Option<linli_record::Hash> {
    (height > 0 && height.is_multiple_of(limits::SNAPSHOT_EVERY)).then(|| before.hash())
}

/// Moves the head, the clock and the memory of recent blocks.
pub(super) fn advance(facts: &mut Facts, block: &Block, id: BlockId) {
    let before_ms = facts.head.map_or(block.time_ms, |head| head.time_ms);
    facts.clock = facts.clock.after(before_ms, block.time_ms);
    facts.head = Some(Head { era: block.era, height: block.height, id, time_ms: block.time_ms });
    facts.recent.push(id);
    let surplus = facts.recent.len().saturating_sub(limits::RECENT_BLOCKS);
    facts.recent.drain(..surplus);
}

impl super::state::Clock {
    /// The clock after a block: rule 14, after a jump of more than 30 days nothing ends until 24 h of further block time.
    #[must_use]
    pub fn after(mut self, before_ms: u64, now_ms: u64) -> Self {
        if now_ms.saturating_sub(before_ms) > limits::JUMP_MS {
            self.hold_until_ms = Some(now_ms.saturating_add(limits::SETTLING_MS));
        }
        match self.hold_until_ms {
            Some(until) if now_ms < until => self,
            _ => Self { due_ms: now_ms, hold_until_ms: None },
        }
    }
}

/// Settles the tips of `block` in `facts` and gives the records they settle, by log id and sequence.
pub(super) fn settle(
    before: &State,
    facts: &mut Facts,
    block: &Block,
    ledger: &dyn Ledger,
) -> Result<Vec<Settled>, BlockFault> {
    let first_new = facts.logs.len();
    check_numbers(before, block, first_new)?;
    let mut settled = Vec::new();
    for tip in &block.tips {
        let number = tip.number as usize;
        let (log, held) = match facts.logs.get(number) {
            Some(log) => (log.log, Some((log.seq, log.id, log.key))),
            None => (block.opened[number - first_new], None),
        };
        let (records, key) = Run { log, held, tip }.read(ledger)?;
        let closed = records.last().is_some_and(|last| last.spoken.kind == Kind::LOG_CLOSE);
        let end = SettledLog {
            log,
            key,
            seq: tip.seq,
            id: tip.id,
            height: block.height,
            closed: closed.then_some(LogEnd::Closed),
        };
        match facts.logs.get_mut(number) {
            Some(slot) => *slot = end,
            None => facts.logs.push(end),
        }
        settled.extend(records);
    }
    settled.sort_by_key(|settled| (settled.spoken.log, settled.spoken.seq));
    Ok(settled)
}

/// New logs get the next numbers, each with a tip; no log twice; no closed log.
fn check_numbers(before: &State, block: &Block, first_new: usize) -> Result<(), BlockFault> {
    if !block.tips.is_sorted_by(|a, b| a.number < b.number) {
        return Err(BlockFault::Tips("tips ascend by number"));
    }
    let opened: BTreeSet<_> = block.opened.iter().collect();
    if opened.len() != block.opened.len() || opened.iter().any(|log| before.log_number(log).is_some()) {
        return Err(BlockFault::Tips("a log is opened once"));
    }
    let new = block.tips.iter().filter(|tip| tip.number as usize >= first_new).map(|tip| tip.number as usize);
    if !new.eq(first_new..first_new + block.opened.len()) {
        return Err(BlockFault::Tips("opened logs and their tips go together"));
    }
    for tip in &block.tips {
        if let Some(log) = before.log_by_number(tip.number)
            && log.closed.is_some()
        {
            return Err(BlockFault::NotEnrolled(log.log));
        }
    }
    Ok(())
}

/// One log's newly settled records, being read.
struct Run<'a> {
    log: LogId,
    held: Option<(u64, RecordId, DeviceKey)>,
    tip: &'a BlockTip,
}

impl Run<'_> {
    fn read(&self, ledger: &dyn Ledger) -> Result<(Vec<Settled>, DeviceKey), BlockFault> {
        let off = || BlockFault::OtherBranch { log: self.log, seq: self.tip.seq };
        let mut next = self.held.map_or(0, |(seq, ..)| seq + 1);
        let mut prev = self.held.map(|(_, id, _)| id);
        let mut key = self.held.map(|(.., key)| key);
        if self.tip.seq < next {
            return Err(off());
        }
        let mut settled = Vec::new();
        while next <= self.tip.seq {
            let to = self.tip.seq.min(next.saturating_add(CHUNK - 1));
            let records = ledger.records(&self.log, next, to);
            if records.is_empty() {
                return Err(BlockFault::MissingRecord { log: self.log, seq: next });
            }
            for record in &records {
                if record.seq != next || record.log != self.log {
                    return Err(BlockFault::MissingRecord { log: self.log, seq: next });
                }
                if record.prev != prev {
                    return Err(off());
                }
                let owner = match key {
                    Some(owner) => owner,
                    None => *key.insert(self.opener(record)?),
                };
                settled.push(read_one(record, owner, ledger)?);
                prev = Some(record.id());
                next += 1;
            }
        }
        if prev == Some(self.tip.id) { Ok((settled, key.ok_or_else(off)?)) } else { Err(off()) }
    }

    /// The key of a log that settles for the first time; only public logs settle.
    fn opener(&self, opening: &Record) -> Result<DeviceKey, BlockFault> {
        let body =
            opening.body().ok_or(BlockFault::MissingPayload { log: self.log, record: opening.id() })?;
        match LogOpen::parse(body) {
            Ok(open) if open.log_id() == self.log && open.audience.is_none() => Ok(open.key),
            _ => Err(BlockFault::NotEnrolled(self.log)),
        }
    }
}

/// Whether a statement of this kind may stand in its annex. Nobody makes a block wait for bytes that nothing reads; of a
/// kind this version does not know it can't tell (rule 8).
fn reads_annex(kind: Kind) -> bool {
    matches!(kind, Kind::FORK_PROOF | kinds::ROLL) || kinds::row(kind).is_none()
}

/// Reads one record; bodies of power and tallies and their annexes must be here (rule 8).
fn read_one(record: &Record, key: DeviceKey, ledger: &dyn Ledger) -> Result<Settled, BlockFault> {
    let spoken = Spoken::new(record.header(), key);
    if kinds::class(record.kind) == Class::Content {
        return Ok(Settled { spoken, word: Word::Content });
    }
    let missing = BlockFault::MissingPayload { log: record.log, record: record.id() };
    let body = record.body().ok_or(missing)?;
    let needs = record.flags.has(Flags::REQUIRED_ANNEX);
    if needs && !reads_annex(record.kind) {
        return Ok(Settled { spoken, word: Word::Unreadable });
    }
    let hash = needs.then(|| record.blobs[0].hash);
    let annex = match hash {
        Some(hash) => Some(ledger.annex(&hash).ok_or(BlockFault::MissingAnnex { log: record.log, hash })?),
        None => None,
    };
    let word = match Said::parse(record.kind, body, annex.as_deref()) {
        None => Word::Unknown,
        Some(Ok(Said::Roll(change))) if change.roll(annex.as_deref()).is_err() => Word::Unreadable,
        Some(Ok(said)) => Word::Said(Box::new(Statement { said, body: body.to_vec(), annex: hash })),
        Some(Err(_)) => Word::Unreadable,
    };
    Ok(Settled { spoken, word })
}
