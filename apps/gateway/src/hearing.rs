//! What is known of each source, and what of it is new: the gateway's judgement, without clock or socket.
//!
//! A source's state is one of: what it said itself and nothing has put in doubt; `unknown`; or not decided yet, for a short
//! grace after a start or after the broker went away. In doubt is:
//!
//! 1. everything, while Zigbee2MQTT is off (its last will covers only itself, so its devices are in doubt too, until each
//!    is heard again);
//! 2. a device that Zigbee2MQTT says it does not hear;
//! 3. everything, when the broker stays away longer than the grace;
//! 4. what was not heard again within the grace after the broker forgot us, since it kept nothing for us meanwhile;
//! 5. a message the broker had kept, until the bridge says that it runs;
//! 6. a source that has said nothing for many hours.
//!
//! A state is said when it differs from what was said last, and once a day. What a source without consent says is not kept
//! even here. Read [`Hearing::hear`] first.

use std::collections::BTreeSet;

use crate::config::{Config, Source};
use crate::limits;
use crate::pace::Pace;
use crate::pen::{Said, Spoken};
use crate::thing::State;
use crate::zigbee::Reading;

/// A point in time on both of a machine's clocks, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Since 1970, as the machine believes; shown to people, jumps when it is set.
    pub wall_ms: u64,
    /// Since some start; never jumps. Waiting is measured in it.
    pub steady_ms: u64,
}

/// Something that was heard, or came to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The broker answers; `resumed` when it kept for us what came meanwhile.
    Connected {
        /// Whether it did.
        resumed: bool,
    },
    /// The broker does not answer.
    Lost,
    /// Zigbee2MQTT is there, or not.
    Bridge {
        /// Whether it is.
        online: bool,
    },
    /// Zigbee2MQTT hears a source's device, or not.
    Available {
        /// The source's place in the configuration.
        place: usize,
        /// Whether it does.
        online: bool,
    },
    /// A source spoke.
    Reading {
        /// Its place in the configuration.
        place: usize,
        /// What it said.
        reading: Reading,
        /// Whether the broker had kept it, rather than passing it on as it came.
        kept: bool,
    },
    /// Time passed.
    Tick,
}

/// What is known of Zigbee2MQTT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bridge {
    /// Nothing yet.
    Unheard,
    /// It runs.
    Online,
    /// It does not.
    Offline,
}

/// All sources of a gateway.
#[derive(Debug)]
pub struct Hearing {
    ears: Vec<Ear>,
    bridge: Bridge,
    connected: bool,
    /// When whatever has not been heard by then is in doubt.
    deadline_ms: Option<u64>,
    grace_ms: u64,
    silent_ms: u64,
}

#[derive(Debug)]
struct Ear {
    source: Source,
    consented: bool,
    available: bool,
    heard: Option<Fresh>,
    /// In doubt: unknown until it is heard.
    doubted: bool,
    battery: Option<u8>,
    said: Option<Said>,
    pace: Pace,
}

#[derive(Debug, Clone, Copy)]
struct Fresh {
    state: State,
    steady_ms: u64,
    kept: bool,
    /// Heard before the broker forgot us.
    stale: bool,
}

impl Hearing {
    /// The sources of a configuration, none heard yet.
    #[must_use]
    pub fn new(config: &Config, now: Moment) -> Self {
        let grace_ms = config.grace_secs.saturating_mul(1000);
        Self {
            ears: config.sources.iter().cloned().map(Ear::new).collect(),
            bridge: Bridge::Unheard,
            connected: false,
            deadline_ms: Some(now.steady_ms.saturating_add(grace_ms)),
            grace_ms,
            silent_ms: config.silent_hours.saturating_mul(60 * 60 * 1000),
        }
    }

    /// What is known of Zigbee2MQTT.
    #[must_use]
    pub const fn bridge(&self) -> Bridge {
        self.bridge
    }

    /// Whether a source may speak.
    #[must_use]
    pub fn is_consented(&self, place: usize) -> bool {
        self.ears.get(place).is_some_and(|ear| ear.consented)
    }

    /// Takes the standing consents. A source that lost its own is forgotten; the places of those that gained one are
    /// returned, so that what they said last can be [restored](Self::restore).
    pub fn consent(&mut self, consents: &BTreeSet<String>, now: Moment) -> Vec<usize> {
        let mut gained = Vec::new();
        for (place, ear) in self.ears.iter_mut().enumerate() {
            let may = consents.contains(&ear.source.name);
            match (ear.consented, may) {
                (false, true) => gained.push(place),
                (true, false) => *ear = Ear::new(ear.source.clone()),
                _ => {}
            }
            ear.consented = may;
        }
        if !gained.is_empty() {
            self.deadline_ms.get_or_insert(now.steady_ms.saturating_add(self.grace_ms));
        }
        gained
    }

    /// Takes what a source said last, as the node has it.
    pub fn restore(&mut self, place: usize, said: Said) {
        if let Some(ear) = self.ears.get_mut(place) {
            ear.said = Some(said);
        }
    }

    /// Takes what was heard, and returns what is new.
    pub fn hear(&mut self, heard: Heard, now: Moment) -> Vec<Spoken> {
        match heard {
            Heard::Connected { resumed } => self.connect(resumed, now),
            Heard::Lost => self.lose(now),
            Heard::Bridge { online } => self.hear_bridge(online),
            Heard::Available { place, online } => self.hear_availability(place, online),
            Heard::Reading { place, reading, kept } => self.hear_reading(place, reading, kept, now),
            Heard::Tick => {}
        }
        self.doubt_the_unheard(now);
        let (bridge, silent_ms) = (self.bridge, self.silent_ms);
        self.ears.iter_mut().filter_map(|ear| ear.speak(bridge, silent_ms, now)).collect()
    }

    fn connect(&mut self, resumed: bool, now: Moment) {
        self.connected = true;
        if !resumed {
            for fresh in self.ears.iter_mut().filter_map(|ear| ear.heard.as_mut()) {
                fresh.stale = true;
            }
            self.deadline_ms.get_or_insert(now.steady_ms.saturating_add(self.grace_ms));
        }
    }

    fn lose(&mut self, now: Moment) {
        if std::mem::take(&mut self.connected) {
            self.deadline_ms.get_or_insert(now.steady_ms.saturating_add(self.grace_ms));
        }
    }

    fn hear_bridge(&mut self, online: bool) {
        self.bridge = if online { Bridge::Online } else { Bridge::Offline };
        if !online {
            self.ears.iter_mut().for_each(Ear::doubt);
        }
    }

    fn hear_availability(&mut self, place: usize, online: bool) {
        if let Some(ear) = self.ears.get_mut(place) {
            ear.available = online;
            if !online {
                ear.doubt();
            }
        }
    }

    fn hear_reading(&mut self, place: usize, reading: Reading, kept: bool, now: Moment) {
        let Some(ear) = self.ears.get_mut(place).filter(|ear| ear.consented) else { return };
        ear.battery = reading.battery.or(ear.battery);
        if let Some(state) = reading.state {
            ear.heard = Some(Fresh { state, steady_ms: now.steady_ms, kept, stale: false });
            ear.doubted = false;
        } else if let Some(fresh) = ear.heard.as_mut().filter(|_| !kept) {
            fresh.steady_ms = now.steady_ms;
        }
    }

    /// When the grace is over, whatever was not heard is in doubt; with the broker away that is everything.
    fn doubt_the_unheard(&mut self, now: Moment) {
        if self.deadline_ms.is_none_or(|deadline| now.steady_ms < deadline) {
            return;
        }
        self.deadline_ms = None;
        let (connected, bridge) = (self.connected, self.bridge);
        let unheard = |ear: &&mut Ear| {
            let sure = |fresh: Fresh| !fresh.stale && (!fresh.kept || bridge == Bridge::Online);
            !connected || !ear.heard.is_some_and(sure)
        };
        self.ears.iter_mut().filter(unheard).for_each(Ear::doubt);
    }
}

impl Ear {
    const fn new(source: Source) -> Self {
        Self {
            source,
            consented: false,
            available: true,
            heard: None,
            doubted: false,
            battery: None,
            said: None,
            pace: Pace::new(),
        }
    }

    fn doubt(&mut self) {
        self.heard = None;
        self.doubted = true;
    }

    /// What is known; nothing while it is not decided.
    fn state(&self, bridge: Bridge, silent_ms: u64, now: Moment) -> Option<State> {
        if bridge == Bridge::Offline || !self.available {
            return Some(State::Unknown);
        }
        let Some(fresh) = self.heard else { return self.doubted.then_some(State::Unknown) };
        if now.steady_ms.saturating_sub(fresh.steady_ms) >= silent_ms {
            return Some(State::Unknown);
        }
        (!fresh.kept || bridge == Bridge::Online).then_some(fresh.state)
    }

    fn speak(&mut self, bridge: Bridge, silent_ms: u64, now: Moment) -> Option<Spoken> {
        let state = self.state(bridge, silent_ms, now).filter(|_| self.consented)?;
        // Either way round: a clock that was years ahead must not silence a source for years.
        let fresh =
            |said: Said| said.state == state && now.wall_ms.abs_diff(said.at_ms) < limits::HEARTBEAT_MS;
        if self.said.is_some_and(fresh) || !self.pace.take(now.steady_ms) {
            return None;
        }
        self.said = Some(Said { state, at_ms: now.wall_ms });
        Some(Spoken {
            source: self.source.name.clone(),
            kind: self.source.kind,
            value: self.source.kind.say(state).to_owned(),
            battery: self.battery.filter(|_| state != State::Unknown),
            at_ms: now.wall_ms,
        })
    }
}

#[cfg(test)]
mod tests;
