//! Which topics are listened to, and what each is about.
//!
//! Only exact topics are asked for: those of the bridge and of the devices the configuration names. A wildcard would bring
//! every lamp of the house, and what waits at the broker for a gateway that is away is bounded: the lamps would push the
//! door out. A topic that was not asked for is nobody's, whatever it looks like.

use std::collections::BTreeMap;

use crate::config::Config;

/// What a topic is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// Whether Zigbee2MQTT runs; the broker says so in its place when it dies.
    BridgeState,
    /// The devices it knows.
    BridgeDevices,
    /// A device speaks; the places of its sources in the configuration.
    Said(Vec<usize>),
    /// Zigbee2MQTT says whether it hears the device.
    Available(Vec<usize>),
}

/// Every topic listened to.
#[derive(Debug, Clone)]
pub struct Topics {
    by_name: BTreeMap<String, Topic>,
}

impl Topics {
    /// The topics of a configuration.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let base = &config.broker.base_topic;
        let mut by_name = BTreeMap::from([
            (format!("{base}/bridge/state"), Topic::BridgeState),
            (format!("{base}/bridge/devices"), Topic::BridgeDevices),
        ]);
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, source) in config.sources.iter().enumerate() {
            places.entry(&source.device).or_default().push(place);
        }
        for (device, places) in places {
            by_name.insert(format!("{base}/{device}/availability"), Topic::Available(places.clone()));
            by_name.insert(format!("{base}/{device}"), Topic::Said(places));
        }
        Self { by_name }
    }

    /// What a topic is about; nothing when it was not asked for.
    #[must_use]
    pub fn find(&self, topic: &str) -> Option<&Topic> {
        self.by_name.get(topic)
    }

    /// The topics to ask for.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics() -> Topics {
        let text = r#"
            [broker]
            address = "localhost:1883"
            [[source]]
            device = "stair 3/door"
            name = "door"
            kind = "contact"
            [[source]]
            device = "stair 3/door"
            name = "puddle"
            kind = "leak"
        "#;
        Topics::of(&toml::from_str(text).unwrap())
    }

    #[test]
    fn a_device_with_a_slash_in_its_name_is_heard() {
        let topics = topics();
        assert_eq!(topics.find("zigbee2mqtt/stair 3/door"), Some(&Topic::Said(vec![0, 1])));
        assert_eq!(topics.find("zigbee2mqtt/stair 3/door/availability"), Some(&Topic::Available(vec![0, 1])));
        assert_eq!(topics.names().count(), 4);
    }

    #[test]
    fn a_topic_that_was_not_asked_for_is_nobodys() {
        for topic in [
            "zigbee2mqtt/lamp",
            "zigbee2mqtt/stair 3/door/",
            "zigbee2mqtt//stair 3/door",
            "other/stair 3/door",
            "",
        ] {
            assert_eq!(topics().find(topic), None, "{topic:?}");
        }
    }
}
