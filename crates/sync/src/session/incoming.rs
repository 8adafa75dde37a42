//! What comes from the neighbour: credit counted, runs put together and handed up, gaps asked for, cursors remembered
//! once what they cover is durable. It verifies nothing. Read [`Incoming::bulk`] first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use linli_record::fork::Branch;
use linli_record::{ForkProof, Header, LogId, RecordId, StoreId};

use super::blocks::{self, BlocksIn};
use super::context::Step;
use super::outgoing::Outgoing;
use super::{Effect, Outcome, Ticket};
use crate::limits;
use crate::reason::Reason;
use crate::shelf::{Cursor, Shelf};
use crate::wire::{self, Bulk, Grant, Message, Run, Unpacked, Want, WantPayloads};

/// Something that was handed up.
#[derive(Debug)]
struct Handed {
    cost: u64,
    what: What,
}

#[derive(Debug)]
enum What {
    Run(LogId),
    Block(u64),
    Payload,
}

/// A run whose payloads still follow.
#[derive(Debug)]
struct Partial {
    item: Vec<u8>,
    follow: Vec<Vec<u8>>,
    lacks: usize,
    cost: u64,
}

/// How far a log will be held once what was handed up is stored.
#[derive(Debug, Default)]
struct Underway {
    next: u64,
    runs: usize,
}

#[derive(Debug)]
pub(super) struct Incoming {
    store: StoreId,
    /// What the neighbour may still send.
    window: u64,
    /// Dealt with, not yet given back.
    freed: u64,
    tickets: Ticket,
    handed: BTreeMap<Ticket, Handed>,
    underway: BTreeMap<LogId, Underway>,
    partial: Option<Partial>,
    parked: Vec<(Run, u64)>,
    asked: BTreeSet<LogId>,
    /// Arrivals of the neighbour that are held once every ticket up to this one is answered.
    marks: VecDeque<(Ticket, u64)>,
    through: bool,
    pub(super) blocks: BlocksIn,
    branch: Option<Branch>,
    forks: usize,
    /// Runs that led nowhere, of logs this neighbour may know nothing about.
    vain: usize,
    sought: BTreeSet<RecordId>,
    /// Something was left out that only a reconciliation brings.
    pub(super) ailing: bool,
}

impl Incoming {
    pub(super) fn new(store: StoreId, blocks: BlocksIn) -> Self {
        Self {
            store,
            window: limits::WINDOW_BYTES,
            freed: 0,
            tickets: 0,
            handed: BTreeMap::new(),
            underway: BTreeMap::new(),
            partial: None,
            parked: Vec::new(),
            asked: BTreeSet::new(),
            marks: VecDeque::new(),
            through: false,
            blocks,
            branch: None,
            forks: 0,
            vain: 0,
            sought: BTreeSet::new(),
            ailing: false,
        }
    }

    /// Whether everything that came was dealt with.
    pub(super) fn idle(&self) -> bool {
        self.handed.is_empty() && self.parked.is_empty() && self.partial.is_none()
    }

    /// Whether the neighbour sent what it had at the opening, and it is stored.
    pub(super) fn caught_up(&self) -> bool {
        self.through && self.marks.is_empty()
    }

    /// A bulk frame.
    pub(super) fn bulk<S: Shelf>(
        &mut self,
        bulk: Bulk,
        body: &[u8],
        out: &mut Outgoing,
        step: &mut Step<'_, S>,
    ) -> Result<(), Reason> {
        if self.partial.is_some() != (bulk == Bulk::Payloads) {
            return Err(Reason::OutOfOrder);
        }
        let pieces = Bulk::pieces(body)?;
        let cost = pieces.iter().map(|piece| piece.cost).sum();
        self.window = self.window.checked_sub(cost).ok_or(Reason::Credit)?;
        for piece in pieces {
            match bulk {
                Bulk::Runs => self.run(piece.item, piece.cost, out, step)?,
                Bulk::Payloads => self.payload(piece.item, piece.cost, out, step)?,
                Bulk::Blocks => self.block(piece.item, piece.cost, out, step)?,
                Bulk::Fork => self.fork(piece.item, piece.cost, step)?,
                Bulk::Found => self.found(piece.item, piece.cost, step)?,
            }
        }
        self.remember(step);
        Ok(())
    }

    fn run<S: Shelf>(
        &mut self,
        item: &[u8],
        cost: u64,
        out: &mut Outgoing,
        step: &mut Step<'_, S>,
    ) -> Result<(), Reason> {
        if self.partial.is_some() {
            return Err(Reason::OutOfOrder);
        }
        match wire::unpack(item, &[])? {
            Unpacked::Whole(run) => self.take(run, cost, out, step)?,
            Unpacked::Lacks(lacks) => {
                self.partial = Some(Partial { item: item.to_vec(), follow: Vec::new(), lacks, cost });
            }
        }
        Ok(())
    }

    fn payload<S: Shelf>(
        &mut self,
        item: &[u8],
        cost: u64,
        out: &mut Outgoing,
        step: &mut Step<'_, S>,
    ) -> Result<(), Reason> {
        let partial = self.partial.as_mut().ok_or(Reason::OutOfOrder)?;
        partial.follow.push(wire::read_bytes_item(item).ok_or(Reason::Malformed)?);
        partial.cost += cost;
        if partial.follow.len() < partial.lacks {
            return Ok(());
        }
        let Some(Partial { item, follow, cost, .. }) = self.partial.take() else { return Ok(()) };
        match wire::unpack(&item, &follow)? {
            Unpacked::Whole(run) => self.take(run, cost, out, step)?,
            Unpacked::Lacks(_) => return Err(Reason::Malformed),
        }
        Ok(())
    }

    /// A whole run: handed up, parked, or known already.
    fn take<S: Shelf>(
        &mut self,
        run: Run,
        cost: u64,
        out: &mut Outgoing,
        step: &mut Step<'_, S>,
    ) -> Result<(), Reason> {
        out.knows(run.log, run.next());
        let tip = step.shelf.tip(&run.log);
        if tip.as_ref().is_some_and(|tip| tip.id == run.last) {
            self.release(cost, step);
            // Others brought it meanwhile: what waits behind it need not wait for this neighbour.
            self.asked.remove(&run.log);
            return self.unpark(&run.log, out, step);
        }
        let held = tip.map_or(0, |tip| tip.seq.saturating_add(1));
        let next = self.underway.get(&run.log).map_or(held, |underway| underway.next.max(held));
        if run.from > next {
            return self.park(run, next, cost, step);
        }
        self.asked.remove(&run.log);
        let underway = self.underway.entry(run.log).or_default();
        underway.next = next.max(run.next());
        underway.runs += 1;
        let ticket = self.hand(cost, What::Run(run.log));
        step.effects.push(Effect::Take { ticket, log: run.log, run: run.records });
        Ok(())
    }

    fn hand(&mut self, cost: u64, what: What) -> Ticket {
        self.tickets += 1;
        self.handed.insert(self.tickets, Handed { cost, what });
        self.tickets
    }

    fn park<S: Shelf>(
        &mut self,
        run: Run,
        next: u64,
        cost: u64,
        step: &mut Step<'_, S>,
    ) -> Result<(), Reason> {
        let Some(next) = step.shown(&run.log, next) else {
            self.release(cost, step);
            return self.in_vain();
        };
        self.ask(run.log, next, Some(run.from), step);
        let parked: u64 = self.parked.iter().map(|(_, cost)| cost).sum();
        if self.parked.len() < limits::PARKED_RUNS && parked + cost <= limits::PARKED_COST {
            self.parked.push((run, cost));
        } else {
            self.ailing = true;
            self.release(cost, step);
        }
        Ok(())
    }

    /// A run of a log this neighbour may know nothing about led nowhere: whether it was a gap or a forgery is not told.
    fn in_vain(&mut self) -> Result<(), Reason> {
        self.vain += 1;
        if self.vain > limits::VAIN_RUNS { Err(Reason::TooMany) } else { Ok(()) }
    }

    /// Asks for a missing range; once a log, until it came.
    fn ask<S: Shelf>(&mut self, log: LogId, from: u64, to: Option<u64>, step: &mut Step<'_, S>) {
        if self.asked.len() < limits::ASKS && self.asked.insert(log) {
            step.say(&Message::Want(Want { log, from, to }));
        }
    }

    fn block<S: Shelf>(
        &mut self,
        item: &[u8],
        cost: u64,
        out: &mut Outgoing,
        step: &mut Step<'_, S>,
    ) -> Result<(), Reason> {
        let (height, block) = blocks::read(item).ok_or(Reason::Malformed)?;
        out.blocks.held_there(height);
        if BlocksIn::is_far(height, step.shelf) {
            self.blocks.turned_away(height);
            self.release(cost, step);
            return Ok(());
        }
        self.blocks.came(height);
        let ticket = self.hand(cost, What::Block(height));
        step.effects.push(Effect::TakeBlock { ticket, height, block });
        Ok(())
    }

    fn fork<S: Shelf>(&mut self, item: &[u8], cost: u64, step: &mut Step<'_, S>) -> Result<(), Reason> {
        self.release(cost, step);
        let Unpacked::Whole(run) = wire::unpack(item, &[])? else { return Err(Reason::Malformed) };
        let signature = run.records.last().and_then(|record| record.signature).ok_or(Reason::Malformed)?;
        let headers =
            run.records.iter().map(|record| Header::parse(&record.header)).collect::<Result<_, _>>();
        let headers = headers.map_err(|_| Reason::Malformed)?;
        let branch = Branch::new(headers, signature).map_err(|_| Reason::Malformed)?;
        let Some(first) = self.branch.take() else {
            self.branch = Some(branch);
            return Ok(());
        };
        self.forks += 1;
        if self.forks > limits::FORKS {
            return Err(Reason::TooMany);
        }
        let proof = ForkProof::new(first, branch).map_err(|_| Reason::Malformed)?;
        step.effects.push(Effect::Forked(Box::new(proof)));
        Ok(())
    }

    /// Asks for payloads, as many as may be asked for at a time.
    pub(super) fn seek<S: Shelf>(&mut self, ids: Vec<RecordId>, step: &mut Step<'_, S>) {
        let room = limits::SOUGHT_PAYLOADS - self.sought.len();
        let new: Vec<_> = ids.into_iter().filter(|id| !self.sought.contains(id)).take(room).collect();
        if !new.is_empty() {
            self.sought.extend(&new);
            step.say(&Message::WantPayloads(WantPayloads { ids: new }));
        }
    }

    fn found<S: Shelf>(&mut self, item: &[u8], cost: u64, step: &mut Step<'_, S>) -> Result<(), Reason> {
        let (id, payload) = wire::read_found_item(item).ok_or(Reason::Malformed)?;
        if !self.sought.remove(&id) {
            return Err(Reason::OutOfOrder);
        }
        if self.sought.is_empty() {
            step.effects.push(Effect::Sought);
        }
        let Some(payload) = payload else {
            self.release(cost, step);
            return Ok(());
        };
        let ticket = self.hand(cost, What::Payload);
        step.effects.push(Effect::TakePayload { ticket, id, payload });
        Ok(())
    }

    /// What became of something handed up.
    pub(super) fn stored<S: Shelf>(
        &mut self,
        ticket: Ticket,
        outcome: Outcome,
        out: &mut Outgoing,
        step: &mut Step<'_, S>,
    ) -> Result<(), Reason> {
        let Some(Handed { cost, what }) = self.handed.remove(&ticket) else { return Ok(()) };
        self.release(cost, step);
        let hidden = matches!(&what, What::Run(log) if step.shown(log, 0).is_none());
        match (&what, outcome) {
            (_, Outcome::Forged | Outcome::Gap { .. }) if hidden => self.in_vain()?,
            (_, Outcome::Forged) => return Err(Reason::Forged),
            (_, Outcome::Failed) => return Err(Reason::Unstored),
            (What::Block(height), Outcome::Declined) => self.blocks.declined(*height, step.shelf),
            (What::Run(log), Outcome::Gap { next }) => {
                self.ailing = true;
                if let Some(next) = step.shown(log, next) {
                    self.ask(*log, next, None, step);
                }
            }
            (_, Outcome::Forked(proof)) if !hidden => out.tell_fork(&proof),
            _ => {}
        }
        if let What::Run(log) = what {
            self.landed(log, out, step)?;
        }
        self.remember(step);
        Ok(())
    }

    /// One run of `log` is dealt with: what was parked behind it may follow.
    fn landed<S: Shelf>(
        &mut self,
        log: LogId,
        out: &mut Outgoing,
        step: &mut Step<'_, S>,
    ) -> Result<(), Reason> {
        if let Some(underway) = self.underway.get_mut(&log) {
            underway.runs -= 1;
            if underway.runs == 0 {
                self.underway.remove(&log);
            }
        }
        self.unpark(&log, out, step)
    }

    /// Takes the parked runs of a log that follow what is held.
    fn unpark<S: Shelf>(
        &mut self,
        log: &LogId,
        out: &mut Outgoing,
        step: &mut Step<'_, S>,
    ) -> Result<(), Reason> {
        let next = step.shelf.tip(log).map_or(0, |tip| tip.seq.saturating_add(1));
        let mut ready: Vec<_> =
            self.parked.extract_if(.., |(run, _)| run.log == *log && run.from <= next).collect();
        ready.sort_by_key(|(run, _)| run.from);
        ready.into_iter().try_for_each(|(run, cost)| self.take(run, cost, out, step))
    }

    /// The copy grew: what another neighbour brought may be what was missing here.
    pub(super) fn grown<S: Shelf>(
        &mut self,
        out: &mut Outgoing,
        step: &mut Step<'_, S>,
    ) -> Result<(), Reason> {
        let logs: BTreeSet<LogId> = self.parked.iter().map(|(run, _)| run.log).collect();
        logs.iter().try_for_each(|log| self.unpark(log, out, step))?;
        self.remember(step);
        Ok(())
    }

    /// The neighbour sent everything due of its arrivals up to this one.
    pub(super) fn through<S: Shelf>(&mut self, arrivals: u64, step: &mut Step<'_, S>) -> Result<(), Reason> {
        if self.partial.is_some() {
            return Err(Reason::OutOfOrder);
        }
        self.through = true;
        if self.marks.len() >= limits::MARKS {
            self.marks.pop_back();
        }
        self.marks.push_back((self.tickets, arrivals));
        self.remember(step);
        Ok(())
    }

    /// Remembers the newest cursor whose records are all durable.
    fn remember<S: Shelf>(&mut self, step: &mut Step<'_, S>) {
        if !self.parked.is_empty() {
            return;
        }
        let waiting = self.handed.first_key_value().map(|(ticket, _)| *ticket);
        let mut durable = None;
        while let Some((ticket, arrivals)) = self.marks.front() {
            if waiting.is_some_and(|waiting| waiting <= *ticket) {
                break;
            }
            durable = Some(*arrivals);
            self.marks.pop_front();
        }
        if let Some(arrivals) = durable {
            step.effects.push(Effect::Remember(Cursor { store: self.store, arrivals }));
        }
    }

    /// Whether everything kept for one neighbour is within its bounds.
    #[cfg(test)]
    pub(super) fn is_bounded(&self) -> bool {
        let handed: u64 = self.handed.values().map(|handed| handed.cost).sum();
        let parked: u64 = self.parked.iter().map(|(_, cost)| cost).sum();
        let partial = self.partial.as_ref().map_or(0, |partial| partial.cost);
        self.window + self.freed + handed + parked + partial == limits::WINDOW_BYTES
            && self.handed.len() as u64 <= limits::WINDOW_BYTES / limits::PIECE_COST
            && self.underway.len() <= self.handed.len()
            && self.parked.len() <= limits::PARKED_RUNS
            && parked <= limits::PARKED_COST
            && self.asked.len() <= limits::ASKS
            && self.marks.len() <= limits::MARKS
            && self.sought.len() <= limits::SOUGHT_PAYLOADS
            && self.freed < limits::GRANT_BYTES
    }

    fn release<S: Shelf>(&mut self, cost: u64, step: &mut Step<'_, S>) {
        self.freed += cost;
        if self.freed >= limits::GRANT_BYTES {
            self.window += self.freed;
            step.say(&Message::Grant(Grant { bytes: std::mem::take(&mut self.freed) }));
        }
    }
}
