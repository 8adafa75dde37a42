//! Where the broker's messages, the gateway's judgement and the node meet.
//!
//! The order is the promise: a message is judged, what is new in it is signed by the node or, if the node can't, kept in
//! the spool, and only when all of it is durable is the message acknowledged. If neither can keep it, the bridge is
//! [blocked](Bridge::is_blocked): it takes no further message, the broker keeps them, and the oldest is tried again. Nothing
//! here has a clock; [`run`] brings one. Read [`Bridge::take`] first.

mod run;

use crate::broker::{Delivery, Receipt, Told};
use crate::config::Config;
use crate::hearing::{self, Heard, Hearing, Moment};
use crate::pen::{Pen, Refusal, Said, Spoken};
use crate::seen::Seen;
use crate::spool::Spool;
use crate::thing::Kind;
use crate::topics::{Topic, Topics};
use crate::zigbee::{self, Malformed};

pub use run::{Gateway, Watcher, to_file};

/// Consents are asked for at least this often, in milliseconds: some end by themselves.
const CONSENTS_MS: u64 = 60_000;

/// A gateway between its broker and its node.
#[derive(Debug)]
pub struct Bridge<P> {
    config: Config,
    topics: Topics,
    hearing: Hearing,
    pen: P,
    spool: Spool,
    /// Neither signed nor spooled, with what is owed for them.
    held: Vec<Spoken>,
    owed: Vec<Receipt>,
    seen: Seen,
    asked_ms: Option<u64>,
    began: Moment,
    /// The spool is from before this start: what is in it may have been signed already.
    inherited: bool,
}

impl<P: Pen> Bridge<P> {
    /// A bridge that has heard nothing yet.
    #[must_use]
    pub fn new(config: Config, pen: P, spool: Spool, now: Moment) -> Self {
        let seen =
            Seen { bridge: "unheard".into(), broker: "down".into(), spooled: spool.len(), ..Seen::default() };
        Self {
            topics: Topics::of(&config),
            hearing: Hearing::new(&config, now),
            config,
            pen,
            spool,
            held: Vec::new(),
            owed: Vec::new(),
            seen,
            asked_ms: None,
            began: now,
            inherited: true,
        }
    }

    /// Whether it waits for the node or the disk, and takes nothing more until then. Before it was told of consents, a
    /// message could only be thrown away.
    #[must_use]
    pub const fn is_blocked(&self) -> bool {
        !self.held.is_empty() || self.asked_ms.is_none()
    }

    /// What was seen so far.
    #[must_use]
    pub const fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Takes what the connection tells. Not while it [is blocked](Self::is_blocked).
    pub fn take(&mut self, told: Told, now: Moment) {
        match told {
            Told::Connected { resumed } => {
                "up".clone_into(&mut self.seen.broker);
                self.hear(Heard::Connected { resumed }, now);
            }
            Told::Lost { why } => {
                self.seen.broker = why;
                self.hear(Heard::Lost, now);
            }
            Told::Denied { topics } => self.seen.unheard_topics = topics,
            Told::Missed => self.seen.missed += 1,
            Told::Delivery(Delivery { topic, payload, kept, receipt }) => {
                self.read(&topic, &payload, kept, now);
                self.owed.push(receipt);
            }
        }
        self.settle();
    }

    /// Time passed: looks at consents that may have ended, tries again what waits, says what became unknown or is due.
    pub fn tick(&mut self, now: Moment) {
        if self.asked_ms.is_none_or(|asked| now.steady_ms.saturating_sub(asked) >= CONSENTS_MS) {
            self.look_at_consents(now);
        }
        self.retry();
        self.expire(now);
        if !self.is_blocked() {
            self.hear(Heard::Tick, now);
        }
        self.settle();
    }

    /// Drops what has waited too long, after the node was asked once more. Time that only a clock that was set says has
    /// passed does not count: the broker has forgotten these sightings already.
    fn expire(&mut self, now: Moment) {
        let passed = now.steady_ms.saturating_sub(self.began.steady_ms);
        let at_most = self.began.wall_ms.saturating_add(passed);
        match self.spool.expire(now.wall_ms.min(at_most)) {
            Ok(dropped) => self.seen.expired += dropped,
            Err(error) => tracing::warn!(%error, "old sightings stay in the spool"),
        }
    }

    /// Asks the node which sources may speak; call it when the register changed.
    pub fn look_at_consents(&mut self, now: Moment) {
        let consents = match self.pen.consented() {
            Ok(consents) => consents,
            Err(refusal) => return self.note(&refusal),
        };
        self.asked_ms = Some(now.steady_ms);
        if self.held.is_empty() && self.spool.is_empty() {
            self.seen.blocked = None;
        }
        for place in self.hearing.consent(&consents, now) {
            let source = &self.config.sources[place];
            match said_last(&mut self.pen, &self.spool, &source.name, source.kind) {
                Ok(Some(said)) => self.hearing.restore(place, said),
                Ok(None) => {}
                Err(refusal) => self.note(&refusal),
            }
        }
    }

    fn read(&mut self, topic: &str, payload: &[u8], kept: bool, now: Moment) {
        let Some(topic) = self.topics.find(topic).cloned() else {
            return *self.seen.refused.entry("stray-topic".into()).or_default() += 1;
        };
        let read = match topic {
            Topic::BridgeState => zigbee::is_online(payload).map(|online| vec![Heard::Bridge { online }]),
            Topic::BridgeDevices => zigbee::devices(payload).map(|devices| {
                self.seen.devices = devices;
                Vec::new()
            }),
            Topic::Available(places) => zigbee::is_online(payload)
                .map(|online| places.into_iter().map(|place| Heard::Available { place, online }).collect()),
            Topic::Said(places) => return self.read_sources(&places, payload, kept, now),
        };
        match read {
            Ok(heard) => heard.into_iter().for_each(|heard| self.hear(heard, now)),
            Err(why) => *self.seen.refused.entry(why.code().into()).or_default() += 1,
        }
    }

    fn read_sources(&mut self, places: &[usize], payload: &[u8], kept: bool, now: Moment) {
        for &place in places {
            let source = &self.config.sources[place];
            let seen = self.seen.source(&source.name);
            // Without consent the message is not even read.
            if !self.hearing.is_consented(place) {
                seen.refuse("no-consent");
                continue;
            }
            match zigbee::reading(source.kind, payload) {
                Ok(reading) => self.hear(Heard::Reading { place, reading, kept }, now),
                Err(why) => self.refuse_message(place, why),
            }
        }
    }

    fn refuse_message(&mut self, place: usize, why: Malformed) {
        let name = &self.config.sources[place].name;
        tracing::warn!(code = why.code(), "a device's message was refused");
        self.seen.source(name).refuse(why.code());
    }

    fn hear(&mut self, heard: Heard, now: Moment) {
        let spoken = self.hearing.hear(heard, now);
        self.seen.bridge = match self.hearing.bridge() {
            hearing::Bridge::Unheard => "unheard",
            hearing::Bridge::Online => "online",
            hearing::Bridge::Offline => "offline",
        }
        .into();
        for spoken in spoken {
            self.keep(spoken);
        }
    }

    /// Signs a sighting, or keeps it behind those that wait already: a source's states stay in their order.
    fn keep(&mut self, spoken: Spoken) {
        if self.held.is_empty() && self.spool.is_empty() && self.sign(&spoken) {
            return;
        }
        if !self.held.is_empty() {
            return self.held.push(spoken);
        }
        if let Err(error) = self.spool.push(spoken.clone()) {
            tracing::warn!(%error, "a sighting waits in memory");
            self.held.push(spoken);
        }
    }

    /// Whether the node has dealt with a sighting: signed it, or refused it for good.
    fn sign(&mut self, spoken: &Spoken) -> bool {
        match self.pen.say(spoken) {
            Ok(()) => {
                self.seen.blocked = None;
                self.seen.source(&spoken.source).signed += 1;
                true
            }
            Err(Refusal::No(code)) => {
                self.seen.source(&spoken.source).refuse(&code);
                true
            }
            Err(refusal) => {
                self.note(&refusal);
                false
            }
        }
    }

    fn retry(&mut self) {
        let waiting: Vec<Spoken> = self.spool.waiting().cloned().collect();
        let signed = waiting.iter().take_while(|spoken| self.was_signed(spoken) || self.sign(spoken)).count();
        self.inherited &= signed < waiting.len();
        if let Err(error) = self.spool.forget(signed) {
            tracing::warn!(%error, "signed sightings stay in the spool's file");
        }
        for spoken in std::mem::take(&mut self.held) {
            self.keep(spoken);
        }
    }

    /// Whether the node has it from before the start: the power went between signing and forgetting it here.
    fn was_signed(&mut self, spoken: &Spoken) -> bool {
        let said = if self.inherited { self.pen.said(&spoken.source, spoken.kind) } else { Ok(None) };
        said.is_ok_and(|said| said.is_some_and(|said| said.at_ms >= spoken.at_ms))
    }

    /// Hands in what is owed, once nothing is held back.
    fn settle(&mut self) {
        self.seen.spooled = self.spool.len();
        if !self.is_blocked() {
            self.owed.drain(..).for_each(Receipt::hand_in);
        }
    }

    fn note(&mut self, refusal: &Refusal) {
        let (Refusal::No(code) | Refusal::Later(code)) = refusal;
        self.seen.blocked = Some(code.clone());
    }
}

/// The newest word of a source: what waits in the spool comes after what the node has.
fn said_last(pen: &mut impl Pen, spool: &Spool, source: &str, kind: Kind) -> Result<Option<Said>, Refusal> {
    let waiting = spool.waiting().filter(|spoken| spoken.source == source && spoken.kind == kind).last();
    if let Some(spoken) = waiting
        && let Some(state) = kind.read(&spoken.value)
    {
        return Ok(Some(Said { state, at_ms: spoken.at_ms }));
    }
    pen.said(source, kind)
}

#[cfg(test)]
mod tests;
