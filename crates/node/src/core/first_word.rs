//! The first word after a start: before it, neighbours that can be reached say how far this home's own logs go.
//!
//! A home restored from a backup has forgotten what it said since, and would say something else in the same places: two
//! histories of one log. So whatever writes records waits until every neighbour that is linked was compared with, whole
//! (no cursor is shown meanwhile: it would leave out what came from here). Own records that come back this way lead to a
//! new log, see `notice_own_records`. Nobody waits for ever: who reaches no one goes on alone. Read [`FirstWord`].

use linli_record::CertifiedBlock;
use tokio::sync::oneshot;

use super::{Core, links};
use crate::fault::{Fault, FaultKind};
use crate::vocabulary::{Answer, Request};

/// Nobody linked within this: nobody can be reached.
const ALONE_MS: u64 = 5_000;
/// Neighbours that are linked are waited for this long in all.
const ANSWER_MS: u64 = 20_000;
/// A founder who is still alone, and began this lately, has no old backup and nobody to ask.
const YOUNG_MS: u64 = 600_000;
/// Requests that may wait.
const HELD: usize = 64;
/// What a request that has to wait is answered by whoever can't let it wait.
const CODE: &str = "asking-neighbours";

type Reply = oneshot::Sender<Result<Answer, Fault>>;

/// Whether this home may write records of its own.
#[derive(Default)]
pub(super) enum FirstWord {
    /// It may.
    #[default]
    Free,
    /// It asks its neighbours first.
    Asking {
        /// Since then, by the node's clock; once there is a register to ask about.
        since_ms: Option<u64>,
        /// It goes on in a new log, whatever they say.
        needless: bool,
        /// What was to be written meanwhile.
        held: Vec<(Box<Request>, Reply)>,
    },
}

impl FirstWord {
    /// Before the first word.
    pub(super) const fn unsaid() -> Self {
        Self::Asking { since_ms: None, needless: false, held: Vec::new() }
    }

    /// A new log was begun: nothing in it can be contradicted.
    pub(super) const fn need_not_ask(&mut self) {
        if let Self::Asking { needless, .. } = self {
            *needless = true;
        }
    }
}

impl Core {
    /// Answers a request now, or once the neighbours have answered when it is one that writes.
    pub(super) fn answer_or_hold(&mut self, request: Box<Request>, reply: Reply) {
        let again = self.is_asking().then(|| request.clone());
        let answer = self.ask(*request);
        if let (FirstWord::Asking { held, .. }, Some(request), Err(fault)) =
            (&mut self.first_word, again, &answer)
            && fault.code == CODE
            && held.len() < HELD
        {
            held.push((request, reply));
            return;
        }
        let _ = reply.send(answer);
    }

    /// Comes before every own record.
    pub(super) fn ready_to_speak(&mut self) -> Result<(), Fault> {
        self.ready_to_write()?;
        let lacks_log = self.pen.is_none() && self.is_member();
        if (self.pen.is_some() || lacks_log) && self.is_asking() {
            let message = "this home has just started and asks its neighbours how far its own log goes";
            return Err(Fault::new(FaultKind::Waiting, CODE, message).hint("say it again in some seconds"));
        }
        // Who was admitted a moment ago speaks at once.
        if lacks_log { self.open_lacking_log() } else { Ok(()) }
    }

    /// Whether the neighbours are still being asked.
    pub(super) fn is_asking(&self) -> bool {
        match &self.first_word {
            FirstWord::Asking { since_ms, needless: false, .. } => {
                !self.is_young_and_alone() && !self.has_heard(*since_ms)
            }
            _ => false,
        }
    }

    fn has_heard(&self, since_ms: Option<u64>) -> bool {
        let Some(since_ms) = since_ms else { return false };
        let passed_ms = self.clock.now_ms().saturating_sub(since_ms);
        let waits_ms = if self.links.is_empty() { ALONE_MS } else { ANSWER_MS };
        let all_live = !self.links.is_empty() && self.links.values().all(links::Peer::live);
        all_live || passed_ms >= waits_ms
    }

    fn is_young_and_alone(&self) -> bool {
        let own = self.keys.signing.public();
        let alone = self
            .state
            .as_ref()
            .is_some_and(|state| !state.devices().any(|device| device.active() && device.key != own));
        let begun_ms = self.pen.as_ref().map(|pen| pen.opening().claimed_ms);
        alone && begun_ms.is_some_and(|begun| self.clock.now_ms().abs_diff(begun) < YOUNG_MS)
    }

    /// Ends the asking when it was answered, or nobody can be asked: what waited is done.
    pub(super) fn end_asking(&mut self) {
        let now = self.clock.now_ms();
        if let FirstWord::Asking { since_ms: since @ None, .. } = &mut self.first_word
            && self.state.is_some()
        {
            *since = Some(now);
        }
        if !self.is_asking()
            && let FirstWord::Asking { held, .. } = std::mem::take(&mut self.first_word)
        {
            self.catch_up_with_keys();
            for (request, reply) in held {
                let _ = reply.send(self.ask(*request));
            }
        }
    }

    /// A block above the newest one held that only this home can have signed: it was restored, and must not sign another.
    pub(super) fn notice_own_block(&mut self, block: &CertifiedBlock) {
        let Some(state) = self.state.as_ref().filter(|_| self.is_asking()) else { return };
        let own = self.witness.as_ref().map(|witness| witness.signing.public());
        if state.witnesses().iter().any(|one| Some(one.key) == own)
            && block.verify(&state.witness_keys()).is_ok()
        {
            self.pause_witness(
                "was restored from a backup: neighbours hold blocks of its own that it had lost",
            );
        }
    }
}
