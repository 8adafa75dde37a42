//! A session after both hellos: openings, and every frame's way to the part that knows what it means.
//!
//! Met before: each side says how far it has the other's arrivals, and gets what came after. Otherwise both copies are
//! compared. Then both are live: what is new goes out at once.

use linli_record::RecordId;

use super::blocks::{BlocksIn, BlocksOut};
use super::context::Step;
use super::hello::{self, Met, Said};
use super::incoming::Incoming;
use super::outgoing::Outgoing;
use super::reconcile::{Reconciler, Round};
use super::{Effect, Input};
use crate::key::{HelloKey, Nonce, SessionKey};
use crate::limits;
use crate::reason::Reason;
use crate::shelf::Shelf;
use crate::wire::{Audiences, Message, Root, Want, WantPayloads};

#[derive(Debug)]
pub(super) struct Open {
    /// How this side's hello named things.
    ours: HelloKey,
    audiences: Vec<u8>,
    out: Outgoing,
    inc: Incoming,
    reconciler: Reconciler,
    /// What is still to be done before the tail may run.
    comparing: bool,
    root: RootCheck,
    live: bool,
    asking: Asking,
}

/// How often the neighbour made this side compare.
#[derive(Debug, Clone, Copy)]
struct Asking {
    left: u64,
    since_ms: u64,
}

impl Asking {
    fn once_more(&mut self, now_ms: u64) -> Result<(), Reason> {
        let earned = now_ms.saturating_sub(self.since_ms) / limits::COMPARISON_MS;
        self.since_ms += earned * limits::COMPARISON_MS;
        self.left = (self.left + earned).min(limits::COMPARISONS);
        self.left = self.left.checked_sub(1).ok_or(Reason::TooMany)?;
        Ok(())
    }
}

/// After a cursor round one side sends the root, the other compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RootCheck {
    /// Sent or compared, or not needed after a reconciliation.
    Done,
    /// This side sends it once both have caught up.
    Send,
    /// This side compares it with its own once what came before it is stored.
    Compare([u8; 16]),
}

impl Open {
    pub(super) fn begin<S: Shelf>(nonce: &Nonce, said: &Said, met: Met, step: &mut Step<'_, S>) -> Self {
        let community = step.shelf.community();
        let ours = HelloKey::new(&community, nonce);
        let leads = *nonce < met.nonce;
        let due = due_after(step.shelf, said, &met)
            .map(|told| step.shelf.untold(step.peer, told).min(step.shelf.arrivals()));
        let key = SessionKey::new(&community, nonce, &met.nonce);
        let same_block = || {
            let named = step.shelf.head().map(|head| met.key.block(&head.id));
            named == met.head.map(|head| head.block)
        };
        let blocks = BlocksOut::opening(step.shelf, met.head.as_ref(), same_block);
        let inc = Incoming::new(met.store, BlocksIn::new(step.shelf, met.head.as_ref()));
        let mut open = Self {
            audiences: hello::audiences(step.shelf, step.peer, &ours),
            ours,
            out: Outgoing::new(blocks),
            inc,
            reconciler: Reconciler::new(key, met.key, met.audiences),
            comparing: due.is_none(),
            root: if leads && due.is_some() { RootCheck::Send } else { RootCheck::Done },
            live: false,
            asking: Asking { left: limits::COMPARISONS, since_ms: step.now_ms },
        };
        open.out.tail_from(due.unwrap_or_else(|| step.shelf.arrivals()));
        match due {
            Some(_) => open.out.tail_ready(),
            None if leads => open.reconciler.begin(step),
            None => {}
        }
        open.reconciler.offer(step);
        open.settle(step);
        open
    }

    pub(super) fn turn<S: Shelf>(&mut self, input: Input, step: &mut Step<'_, S>) -> Result<(), Reason> {
        match input {
            Input::Frame(frame) => self.frame(&frame, step)?,
            Input::Stored { ticket, outcome } => self.inc.stored(ticket, outcome, &mut self.out, step)?,
            Input::Drained => self.out.drained(),
            Input::Reconcile => self.reconcile(step),
            Input::Want { log, from } => step.say(&Message::Want(Want { log, from, to: None })),
            Input::Seek(ids) => self.inc.seek(ids, step),
            Input::Arrived => self.inc.grown(&mut self.out, step)?,
            Input::Tick | Input::Opened { .. } | Input::Admitted => {}
        }
        self.settle(step);
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn is_bounded(&self, logs: usize) -> bool {
        self.inc.is_bounded() && self.out.is_bounded(logs)
    }

    /// What may follow after anything happened.
    fn settle<S: Shelf>(&mut self, step: &mut Step<'_, S>) {
        self.out.blocks.moved(step);
        self.inc.blocks.pull(step);
        self.out.pump(step);
        if !self.live && self.out.caught_up() && self.inc.caught_up() {
            self.live = true;
            step.effects.push(Effect::Live);
        }
        self.check_root(step);
        if self.live && self.inc.ailing && self.inc.idle() {
            self.inc.ailing = false;
            self.reconcile(step);
        }
    }

    fn check_root<S: Shelf>(&mut self, step: &mut Step<'_, S>) {
        match self.root {
            RootCheck::Send if self.live => {
                self.root = RootCheck::Done;
                let root = self.reconciler.root(step);
                step.say(&Message::Root(Root { root }));
            }
            RootCheck::Compare(root) if self.inc.idle() => {
                self.root = RootCheck::Done;
                if self.reconciler.root(step) != root {
                    self.reconcile(step);
                }
            }
            _ => {}
        }
    }

    fn reconcile<S: Shelf>(&mut self, step: &mut Step<'_, S>) {
        let audiences = hello::audiences(step.shelf, step.peer, &self.ours);
        if audiences != self.audiences {
            self.audiences.clone_from(&audiences);
            step.say(&Message::Audiences(Audiences { tags: audiences }));
        }
        self.reconciler.begin(step);
        self.reconciler.offer(step);
    }

    fn frame<S: Shelf>(&mut self, frame: &[u8], step: &mut Step<'_, S>) -> Result<(), Reason> {
        let Self { out, inc, reconciler, .. } = self;
        let message = Message::parse(frame)?;
        if matches!(
            message,
            Message::Root(_) | Message::Buckets(_) | Message::Offers(_) | Message::Audiences(_)
        ) {
            self.asking.once_more(step.now_ms)?;
        }
        match message {
            Message::Hello(_) => return Err(Reason::OutOfOrder),
            Message::Audiences(it) => reconciler.audiences(hello::names(&it.tags)?),
            Message::Root(it) => self.root = RootCheck::Compare(it.root),
            Message::Buckets(it) => reconciler.buckets(&it, out, step)?,
            Message::Prints(it) => reconciler.prints(&it, out, step)?,
            Message::Heights(it) => {
                let round = reconciler.heights(&it, out, step)?;
                self.compared(round);
            }
            Message::Wants(it) => {
                let round = reconciler.wants(&it, out, step)?;
                self.compared(round);
            }
            Message::Offers(it) => reconciler.offers(&it, step)?,
            Message::Wanted(it) => reconciler.wanted(&it, out, step)?,
            Message::Want(it) => out.asked(&it)?,
            Message::Grant(it) => out.granted(it.bytes)?,
            Message::Through(it) => inc.through(it.arrivals, step)?,
            Message::Head(it) => inc.blocks.announced(&it),
            Message::WantBlocks(it) => out.blocks.from(it.from, step.shelf),
            Message::WantPayloads(it) => sought(it, out)?,
            Message::Bulk(bulk, body) => inc.bulk(bulk, &body, out, step)?,
            Message::Unknown => {}
        }
        Ok(())
    }

    fn compared(&mut self, round: Round) {
        if round == Round::Ended && std::mem::take(&mut self.comparing) {
            self.out.tail_ready();
        }
    }
}

/// The arrival, as it was told, after which the neighbour is due ours, when both sides remember each other rightly. Both work it out from
/// the two hellos alone, so they agree.
fn due_after<S: Shelf>(shelf: &S, said: &Said, met: &Met) -> Option<u64> {
    let (remembered, theirs) = (said.cursor?, met.cursor?);
    let fits = remembered.store == met.store
        && remembered.arrivals <= met.arrivals
        && theirs.store == met.key.store(&shelf.store_id())
        && theirs.arrivals <= said.arrivals;
    fits.then_some(theirs.arrivals)
}

fn sought(want: WantPayloads, out: &mut Outgoing) -> Result<(), Reason> {
    let ids: Vec<RecordId> = want.ids;
    if ids.len() > limits::SOUGHT_PAYLOADS {
        return Err(Reason::TooMany);
    }
    out.sought(ids)
}
