//! What goes to the neighbour, in which order, under its credit. It knows where each log is to go on from, never what
//! the records say. Read [`Outgoing::pump`] first.
//!
//! The order is: the rest of a run that was begun, fork evidence, blocks, ranges that were asked for, the plan (logs of
//! office holders first), payloads that were asked for, the tail of arrivals. Only places are kept, never records, so a
//! newcomer's whole history costs one plan entry a log.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use linli_record::fork::Branch;
use linli_record::{ForkProof, LogId, RawRecord, RecordId};

use super::Effect;
use super::blocks::BlocksOut;
use super::context::Step;
use crate::limits;
use crate::reason::Reason;
use crate::shelf::Shelf;
use crate::wire::{self, Bulk, Message, Packer, Parts, Through, Want};

/// Part of a log that is to be sent.
#[derive(Debug, Clone, Copy)]
struct Span {
    log: LogId,
    from: u64,
    /// The first sequence number not needed any more.
    to: Option<u64>,
}

/// The arrivals this node goes through.
#[derive(Debug, Default)]
struct Tail {
    /// The last one looked at.
    at: u64,
    /// Whether the opening has come so far.
    ready: bool,
    /// The last one told.
    told: Option<u64>,
    /// Whether something was sent since.
    sent: bool,
}

#[derive(Debug)]
pub(super) struct Outgoing {
    credit: u64,
    outbox: usize,
    /// Packed, for the next frame.
    carry: Option<Parts>,
    /// Payloads of the run that went out last.
    rest: VecDeque<Vec<u8>>,
    /// Branches, two by two.
    branches: VecDeque<Vec<u8>>,
    told_forks: BTreeSet<LogId>,
    pub(super) blocks: BlocksOut,
    asked: VecDeque<Span>,
    plan: BTreeMap<(u8, LogId), u64>,
    current: Option<Span>,
    sought: VecDeque<RecordId>,
    tail: Tail,
    /// Where each log goes on for the neighbour, as far as this session has seen.
    known: BTreeMap<LogId, u64>,
}

impl Outgoing {
    pub(super) fn new(blocks: BlocksOut) -> Self {
        Self {
            credit: limits::WINDOW_BYTES,
            outbox: 0,
            carry: None,
            rest: VecDeque::new(),
            branches: VecDeque::new(),
            told_forks: BTreeSet::new(),
            blocks,
            asked: VecDeque::new(),
            plan: BTreeMap::new(),
            current: None,
            sought: VecDeque::new(),
            tail: Tail::default(),
            known: BTreeMap::new(),
        }
    }

    /// Arrivals above `at` are the tail's; what is below, the plan or an earlier session brings.
    pub(super) const fn tail_from(&mut self, at: u64) {
        self.tail.at = at;
    }

    /// The plan is made: the tail may follow it.
    pub(super) const fn tail_ready(&mut self) {
        self.tail.ready = true;
    }

    /// Whether the neighbour was told of everything that was here at the opening.
    pub(super) const fn caught_up(&self) -> bool {
        self.tail.told.is_some()
    }

    pub(super) fn granted(&mut self, bytes: u64) -> Result<(), Reason> {
        let credit = self.credit.checked_add(bytes).filter(|credit| *credit <= limits::WINDOW_BYTES);
        self.credit = credit.ok_or(Reason::Credit)?;
        Ok(())
    }

    pub(super) const fn drained(&mut self) {
        self.outbox = 0;
    }

    /// The neighbour has `log` up to before `next`.
    pub(super) fn knows(&mut self, log: LogId, next: u64) {
        if self.known.len() >= limits::KNOWN_LOGS && !self.known.contains_key(&log) {
            self.known.clear();
        }
        let known = self.known.entry(log).or_default();
        *known = next.max(*known);
    }

    /// The neighbour lacks `log` from `from` on.
    pub(super) fn plan(&mut self, rank: u8, log: LogId, from: u64) {
        let planned = self.plan.entry((rank, log)).or_insert(from);
        *planned = from.min(*planned);
        self.known.remove(&log);
    }

    pub(super) fn asked(&mut self, want: &Want) -> Result<(), Reason> {
        if self.asked.len() >= limits::ASKS {
            return Err(Reason::TooMany);
        }
        self.asked.push_back(Span { log: want.log, from: want.from, to: want.to });
        Ok(())
    }

    pub(super) fn sought(&mut self, ids: Vec<RecordId>) -> Result<(), Reason> {
        if self.sought.len() + ids.len() > limits::SOUGHT_PAYLOADS {
            return Err(Reason::TooMany);
        }
        self.sought.extend(ids);
        Ok(())
    }

    /// Queues fork evidence, once a log and session.
    pub(super) fn tell_fork(&mut self, proof: &ForkProof) {
        if self.told_forks.len() < limits::FORKS && self.told_forks.insert(proof.log()) {
            self.branches.extend(proof.branches().iter().map(branch_item));
        }
    }

    /// Sends as much as credit and the carrier's outbox allow.
    pub(super) fn pump<S: Shelf>(&mut self, step: &mut Step<'_, S>) {
        while self.outbox < limits::OUTBOX_BYTES && self.credit >= limits::FRAME_COST {
            let Some(mut frame) = self.next_frame(step) else { break };
            self.credit -= frame.cost();
            if let Some(bytes) = frame.take() {
                self.outbox += bytes.len();
                step.effects.push(Effect::Send(bytes));
            }
        }
        self.tell_through(step);
    }

    /// Whether everything kept for one neighbour, which was offered `logs` logs, is within its bounds.
    #[cfg(test)]
    pub(super) fn is_bounded(&self, logs: usize) -> bool {
        self.credit <= limits::WINDOW_BYTES
            && self.outbox < limits::OUTBOX_BYTES + limits::FRAME_BYTES
            && self.rest.len() < linli_record::limits::RUN_RECORDS
            && self.asked.len() <= limits::ASKS
            && self.sought.len() <= limits::SOUGHT_PAYLOADS
            && self.known.len() <= limits::KNOWN_LOGS
            && self.branches.len() <= 2 * limits::FORKS
            && self.plan.len() <= logs
    }

    fn next_frame<S: Shelf>(&mut self, step: &Step<'_, S>) -> Option<Packer> {
        if !self.rest.is_empty() {
            return Some(self.rest_frame());
        }
        if let Some(branch) = self.branches.pop_front() {
            let mut packer = Packer::new(Bulk::Fork);
            packer.push(&branch);
            return Some(packer);
        }
        let frames = [Self::block_frame, Self::run_frame, Self::found_frame, Self::tail_frame];
        frames.into_iter().map(|fill| fill(self, step)).find(|packer| !packer.is_empty())
    }

    fn rest_frame(&mut self) -> Packer {
        let mut packer = Packer::new(Bulk::Payloads);
        while let Some(payload) = self.rest.front() {
            let item = wire::bytes_item(payload);
            if !packer.fits(item.len()) {
                break;
            }
            packer.push(&item);
            self.rest.pop_front();
        }
        packer
    }

    fn block_frame<S: Shelf>(&mut self, step: &Step<'_, S>) -> Packer {
        let mut packer = Packer::new(Bulk::Blocks);
        while let Some(item) = self.blocks.next(step.shelf) {
            if !packer.fits(item.len()) {
                break;
            }
            packer.push(&item);
            self.blocks.sent();
        }
        packer
    }

    fn run_frame<S: Shelf>(&mut self, step: &Step<'_, S>) -> Packer {
        let mut packer = Packer::new(Bulk::Runs);
        let mut full = self.push_carry(&mut packer);
        while !full {
            let Some(span) = self.next_span() else { break };
            let run = if step.shelf.may_offer(step.peer, &span.log) {
                step.shelf.run_for(step.peer, &span.log, span.from)
            } else {
                Vec::new()
            };
            let next = span.from + run.len() as u64;
            let more = !run.is_empty() && span.to.is_none_or(|to| next < to);
            self.current = more.then_some(Span { from: next, ..span });
            full = self.push_run(&mut packer, &span.log, span.from, run);
        }
        packer
    }

    fn next_span(&mut self) -> Option<Span> {
        let planned = |((_, log), from)| Span { log, from, to: None };
        self.current.take().or_else(|| self.asked.pop_front()).or_else(|| self.plan.pop_first().map(planned))
    }

    fn push_carry(&mut self, packer: &mut Packer) -> bool {
        self.carry.take().is_some_and(|parts| self.push_parts(packer, parts))
    }

    /// Adds a run to the frame; says whether the frame is to go out before anything else is added.
    fn push_run(&mut self, packer: &mut Packer, log: &LogId, from: u64, run: Vec<RawRecord>) -> bool {
        if run.is_empty() {
            return false;
        }
        self.knows(*log, from + run.len() as u64);
        self.tail.sent = true;
        self.push_parts(packer, wire::pack_run(log, from, run, limits::FILL_BYTES))
    }

    fn push_parts(&mut self, packer: &mut Packer, parts: Parts) -> bool {
        if !packer.fits(parts.item.len()) {
            self.carry = Some(parts);
            return true;
        }
        packer.push(&parts.item);
        self.rest.extend(parts.follow);
        !self.rest.is_empty()
    }

    fn found_frame<S: Shelf>(&mut self, step: &Step<'_, S>) -> Packer {
        let mut packer = Packer::new(Bulk::Found);
        while let Some(id) = self.sought.front() {
            let held =
                step.shelf.payload_for(step.peer, id).filter(|(log, _)| step.shelf.may_offer(step.peer, log));
            let item = wire::found_item(id, held.as_ref().map(|(_, payload)| &payload[..]));
            if !packer.fits(item.len()) {
                break;
            }
            packer.push(&item);
            self.sought.pop_front();
        }
        packer
    }

    fn tail_frame<S: Shelf>(&mut self, step: &Step<'_, S>) -> Packer {
        let mut packer = Packer::new(Bulk::Runs);
        let mut full = !self.tail.ready;
        while !full && self.tail.at < step.shelf.arrivals() {
            let arrivals = step.shelf.arrivals_after(self.tail.at, limits::TAIL_STEP);
            if arrivals.is_empty() {
                break;
            }
            for arrival in arrivals {
                self.tail.at = arrival.number;
                let due = arrival.from.as_ref() != Some(step.peer)
                    && self.known.get(&arrival.log).is_none_or(|next| *next <= arrival.seq)
                    && (!self.caught_up() || step.shelf.forwards_now(&arrival.log))
                    && step.shelf.may_offer(step.peer, &arrival.log);
                if due {
                    let run = step.shelf.run_for(step.peer, &arrival.log, arrival.seq);
                    full = self.push_run(&mut packer, &arrival.log, arrival.seq, run);
                }
                if full {
                    break;
                }
            }
        }
        packer
    }

    /// Tells how far the tail came, when everything before it is on its way.
    fn tell_through<S: Shelf>(&mut self, step: &mut Step<'_, S>) {
        let waiting = self.carry.is_some()
            || self.current.is_some()
            || !self.rest.is_empty()
            || !self.asked.is_empty()
            || !self.plan.is_empty();
        let at = self.tail.at;
        let due = match self.tail.told {
            None => at >= step.shelf.arrivals(),
            // Telling without having sent anything would tell of what this neighbour may not be offered.
            Some(told) => at > told && self.tail.sent,
        };
        if self.tail.ready && !waiting && due {
            self.tail.told = Some(at);
            self.tail.sent = false;
            step.say(&Message::Through(Through { arrivals: step.shelf.told(step.peer, at) }));
        }
    }
}

fn branch_item(branch: &Branch) -> Vec<u8> {
    let headers = branch.headers();
    let last = headers.len() - 1;
    let record = |(at, header): (usize, &linli_record::Header)| RawRecord {
        header: header.bytes().to_vec(),
        payload: None,
        signature: (at == last).then_some(*branch.signature()),
    };
    let records = headers.iter().enumerate().map(record).collect();
    wire::pack_run(&headers[0].log, headers[0].seq, records, limits::FILL_BYTES).item
}
