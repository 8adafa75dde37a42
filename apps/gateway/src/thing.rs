//! What a thing can be and what it can say, in words the whole community uses.
//!
//! A state is told by its meaning, not by the wire's yes or no: Zigbee2MQTT's `contact: true` is a door that is closed.

use serde::{Deserialize, Serialize};

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A door or window.
    Contact,
    /// Water where none should be.
    Leak,
    /// Smoke.
    Smoke,
}

/// What it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody knows: not heard, or not believable.
    Unknown,
    /// As it should be: closed, dry, no smoke.
    Quiet,
    /// Open, wet, smoke.
    Raised,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Contact, Self::Leak, Self::Smoke];

    /// The kind's word in sightings and in `gateway.toml`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Leak => "leak",
            Self::Smoke => "smoke",
        }
    }

    /// Zigbee2MQTT's name for it.
    #[must_use]
    pub const fn property(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Leak => "water_leak",
            Self::Smoke => "smoke",
        }
    }

    /// What Zigbee2MQTT's yes or no means. A contact that touches is a door that is closed.
    #[must_use]
    pub const fn means(self, said: bool) -> State {
        let raised = match self {
            Self::Contact => !said,
            Self::Leak | Self::Smoke => said,
        };
        if raised { State::Raised } else { State::Quiet }
    }

    /// The state's word in a sighting.
    #[must_use]
    pub const fn say(self, state: State) -> &'static str {
        match (self, state) {
            (_, State::Unknown) => "unknown",
            (Self::Contact, State::Quiet) => "closed",
            (Self::Contact, State::Raised) => "open",
            (Self::Leak, State::Quiet) => "dry",
            (Self::Leak, State::Raised) => "wet",
            (Self::Smoke, State::Quiet) => "no",
            (Self::Smoke, State::Raised) => "yes",
        }
    }

    /// The state a sighting's word stands for; a node may also say plainly yes or no.
    #[must_use]
    pub fn read(self, word: &str) -> Option<State> {
        match word {
            "yes" => Some(State::Raised),
            "no" => Some(State::Quiet),
            _ => [State::Unknown, State::Quiet, State::Raised]
                .into_iter()
                .find(|state| self.say(*state) == word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_that_touches_is_a_door_that_is_closed() {
        assert_eq!(Kind::Contact.say(Kind::Contact.means(true)), "closed");
        assert_eq!(Kind::Contact.say(Kind::Contact.means(false)), "open");
        assert_eq!(Kind::Leak.say(Kind::Leak.means(true)), "wet");
        assert_eq!(Kind::Smoke.say(Kind::Smoke.means(false)), "no");
    }

    #[test]
    fn every_word_reads_back_as_what_it_said() {
        for kind in Kind::ALL {
            for state in [State::Unknown, State::Quiet, State::Raised] {
                assert_eq!(kind.read(kind.say(state)), Some(state), "{kind:?}");
            }
            assert_eq!(kind.read("ajar"), None);
        }
    }
}
