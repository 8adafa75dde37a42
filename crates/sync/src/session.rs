//! One neighbour, one stream, one machine: inputs in, effects out. It reads the [`Shelf`], verifies nothing, stores
//! nothing, and waits for nobody. Read [`Input`], [`Effect`] and [`Session::handle`] first.

mod blocks;
mod context;
mod hello;
mod incoming;
mod open;
mod outgoing;
mod reconcile;

use linli_record::{CertifiedBlock, ForkProof, LogId, NodeKey, RawRecord, RecordId};

use self::context::Step;
use self::hello::{Met, Said};
use self::open::Open;
use crate::key::Nonce;
use crate::limits;
use crate::reason::Reason;
use crate::shelf::{Cursor, Shelf};
use crate::wire::Message;

/// Names what was handed up, until [`Input::Stored`] answers it.
pub type Ticket = u64;

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// The stream stands. The nonce is 16 fresh random bytes.
    Opened {
        /// Fresh for every session.
        nonce: [u8; 16],
    },
    /// The enrolment that [`Effect::Introduced`] showed is good: the peer may be spoken to.
    Admitted,
    /// A frame from the neighbour, whole.
    Frame(Vec<u8>),
    /// What became of something handed up. Every ticket is answered exactly once.
    Stored {
        /// Which.
        ticket: Ticket,
        /// How it went.
        outcome: Outcome,
    },
    /// The store grew or the register moved, from wherever.
    Arrived,
    /// The carrier wrote everything it was given.
    Drained,
    /// Compare everything with this neighbour now.
    Reconcile,
    /// Ask this neighbour for a log from a sequence number on: a settled branch that is not held.
    Want {
        /// The log.
        log: LogId,
        /// The first sequence number wanted.
        from: u64,
    },
    /// Ask this neighbour for payloads of records whose headers are held.
    Seek(Vec<RecordId>),
    /// Time passed; every few seconds will do.
    Tick,
}

/// What became of something that was handed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was new and is durable.
    Kept,
    /// It was held already.
    Known,
    /// A run that does not follow what is held; this sequence number is needed first.
    Gap {
        /// The sequence number needed first.
        next: u64,
    },
    /// A run of another branch: the proof goes to the neighbour.
    Forked(Box<ForkProof>),
    /// Well-formed and not kept: written by a newer version, over a quota, or a block for which there is no room yet.
    Declined,
    /// No honest neighbour could hold this.
    Forged,
    /// This node's disk failed.
    Failed,
}

/// What the node is to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Write this frame to the stream, after those before it.
    Send(Vec<u8>),
    /// Admit and store this run of `log`.
    Take {
        /// To answer with.
        ticket: Ticket,
        /// The log it claims to be of.
        log: LogId,
        /// The run as it came.
        run: Vec<RawRecord>,
    },
    /// Check and apply, or set aside, this block.
    TakeBlock {
        /// To answer with.
        ticket: Ticket,
        /// The height it claims.
        height: u64,
        /// The block as it came.
        block: CertifiedBlock,
    },
    /// Store a payload that was sought, if it is the one its header was signed for.
    TakePayload {
        /// To answer with.
        ticket: Ticket,
        /// The record.
        id: RecordId,
        /// Salt first.
        payload: Vec<u8>,
    },
    /// A claim that a log has two histories: verify it against the log's key, then keep it.
    Forked(Box<ForkProof>),
    /// A peer not enrolled here shows why it should be; answer with [`Input::Admitted`] or close.
    Introduced(Vec<u8>),
    /// Remember this of the peer, with the next batch that is written.
    Remember(Cursor),
    /// The neighbour answered for every payload it was asked for: more may be sought.
    Sought,
    /// Both sides have what the other had at the opening.
    Live,
    /// End the session; nothing more comes out of it.
    Close(Reason),
}

/// The conversation with one neighbour.
#[derive(Debug)]
pub struct Session {
    peer: NodeKey,
    enrolment: Option<Vec<u8>>,
    phase: Phase,
    time: Time,
}

/// Time that only goes forward, from a clock that people and networks set: while it is set back, none passes.
#[derive(Debug, Clone, Copy, Default)]
struct Time {
    clock_ms: Option<u64>,
    passed_ms: u64,
}

impl Time {
    fn reads(&mut self, clock_ms: u64) -> u64 {
        let before = self.clock_ms.replace(clock_ms).unwrap_or(clock_ms);
        self.passed_ms = self.passed_ms.saturating_add(clock_ms.saturating_sub(before));
        self.passed_ms
    }
}

#[derive(Debug)]
enum Phase {
    New,
    /// Our hello was said, or is held back because the peer is a stranger.
    Greeting {
        nonce: Nonce,
        since_ms: u64,
        said: Option<Said>,
    },
    /// The stranger's hello is here; the node looks at its enrolment.
    Introduced {
        nonce: Nonce,
        met: Box<Met>,
    },
    Open(Box<Open>),
    Closed,
}

impl Session {
    /// A session with `peer`, before anything was said. `enrolment` is this node's own, shown to whoever may not have
    /// heard of it yet; at most 32 KiB.
    #[must_use]
    pub const fn new(peer: NodeKey, enrolment: Option<Vec<u8>>) -> Self {
        Self { peer, enrolment, phase: Phase::New, time: Time { clock_ms: None, passed_ms: 0 } }
    }

    /// The neighbour.
    #[must_use]
    pub const fn peer(&self) -> &NodeKey {
        &self.peer
    }

    /// Takes one input. `now_ms` is any clock; it may be set while the session runs.
    pub fn handle(&mut self, input: Input, now_ms: u64, shelf: &impl Shelf) -> Vec<Effect> {
        let (peer, now_ms) = (self.peer, self.time.reads(now_ms));
        let mut step = Step { shelf, peer: &peer, now_ms, effects: Vec::new() };
        if let Err(reason) = self.turn(input, &mut step) {
            self.phase = Phase::Closed;
            step.effects.push(Effect::Close(reason));
        }
        step.effects
    }

    fn turn<S: Shelf>(&mut self, input: Input, step: &mut Step<'_, S>) -> Result<(), Reason> {
        match (&mut self.phase, input) {
            (Phase::Open(open), input) => open.turn(input, step),
            (Phase::New, Input::Opened { nonce }) => {
                let said = step.shelf.meets(&self.peer).then(|| self.say_hello(&nonce, step));
                self.phase = Phase::Greeting { nonce, since_ms: step.now_ms, said };
                Ok(())
            }
            (Phase::Greeting { nonce, said, .. }, Input::Frame(frame)) => {
                let (nonce, said) = (*nonce, *said);
                let Message::Hello(hello) = Message::parse(&frame)? else { return Err(Reason::OutOfOrder) };
                let met = Box::new(hello::hear(step.shelf, &nonce, hello)?);
                self.greeted(nonce, said, met, step)
            }
            (Phase::Greeting { since_ms, .. }, Input::Tick)
                if step.now_ms.saturating_sub(*since_ms) > limits::HELLO_MS =>
            {
                Err(Reason::Silent)
            }
            (Phase::Introduced { .. }, Input::Admitted) => {
                if let Phase::Introduced { nonce, met } = std::mem::replace(&mut self.phase, Phase::New) {
                    let said = self.say_hello(&nonce, step);
                    self.open(&nonce, &said, *met, step);
                }
                Ok(())
            }
            (Phase::Introduced { .. }, Input::Frame(_)) => Err(Reason::OutOfOrder),
            _ => Ok(()),
        }
    }

    fn say_hello<S: Shelf>(&mut self, nonce: &Nonce, step: &mut Step<'_, S>) -> Said {
        let (hello, said) = hello::say(step.shelf, &self.peer, nonce, self.enrolment.take());
        step.say(&Message::Hello(hello));
        said
    }

    fn greeted<S: Shelf>(
        &mut self,
        nonce: Nonce,
        said: Option<Said>,
        mut met: Box<Met>,
        step: &mut Step<'_, S>,
    ) -> Result<(), Reason> {
        if let Some(said) = said {
            self.open(&nonce, &said, *met, step);
            return Ok(());
        }
        let enrolment = met.enrolment.take().ok_or(Reason::Stranger)?;
        step.effects.push(Effect::Introduced(enrolment));
        self.phase = Phase::Introduced { nonce, met };
        Ok(())
    }

    fn open<S: Shelf>(&mut self, nonce: &Nonce, said: &Said, met: Met, step: &mut Step<'_, S>) {
        self.phase = Phase::Open(Box::new(Open::begin(nonce, said, met, step)));
    }
}

#[cfg(test)]
mod tests;
