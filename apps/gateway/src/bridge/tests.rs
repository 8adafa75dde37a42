use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::limits;
use crate::spool::Seal;

const NOW: Moment = Moment { wall_ms: 1_795_000_000_000, steady_ms: 10 };

/// What lies on a test's disk may be read.
struct Open;

impl Seal for Open {
    fn seal(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        Some(sealed.to_vec())
    }
}

/// A node that can be told to refuse.
#[derive(Debug, Default)]
struct Node {
    consented: BTreeSet<String>,
    signed: Vec<String>,
    refusal: Option<Refusal>,
    last: Option<Said>,
    no_consents: bool,
}

impl Pen for Node {
    fn consented(&mut self) -> Result<BTreeSet<String>, Refusal> {
        if self.no_consents {
            return Err(Refusal::Later("busy".into()));
        }
        Ok(self.consented.clone())
    }

    fn said(&mut self, _: &str, _: Kind) -> Result<Option<Said>, Refusal> {
        Ok(self.last)
    }

    fn say(&mut self, spoken: &Spoken) -> Result<(), Refusal> {
        match &self.refusal {
            Some(refusal) => Err(refusal.clone()),
            None => {
                self.signed.push(format!("{} {}", spoken.source, spoken.value));
                Ok(())
            }
        }
    }
}

struct House {
    home: tempfile::TempDir,
    bridge: Bridge<Node>,
    acknowledged: Arc<AtomicUsize>,
}

impl House {
    fn new() -> Self {
        Self::on(
            tempfile::tempdir().unwrap(),
            Node { consented: ["east".to_owned()].into(), ..Node::default() },
        )
    }

    fn on(home: tempfile::TempDir, node: Node) -> Self {
        let config: Config = toml::from_str(
            r#"
            [broker]
            address = "localhost:1883"
            [[source]]
            device = "door-a"
            name = "east"
            kind = "contact"
            [[source]]
            device = "door-b"
            name = "west"
            kind = "contact"
            "#,
        )
        .unwrap();
        let spool = Spool::open(home.path(), Box::new(Open)).unwrap();
        let mut bridge = Bridge::new(config, node, spool, NOW);
        bridge.tick(NOW);
        bridge.take(Told::Connected { resumed: false }, NOW);
        let house = Self { home, bridge, acknowledged: Arc::default() };
        house.with("bridge/state", "{\"state\":\"online\"}")
    }

    fn with(mut self, topic: &str, payload: &str) -> Self {
        self.hear(topic, payload);
        self
    }

    fn hear(&mut self, topic: &str, payload: &str) {
        let counted = Arc::clone(&self.acknowledged);
        let receipt = Receipt::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        let delivery =
            Delivery { topic: format!("zigbee2mqtt/{topic}"), payload: payload.into(), kept: false, receipt };
        self.bridge.take(Told::Delivery(delivery), NOW);
    }

    fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::Relaxed)
    }

    fn refused(&self, source: &str, code: &str) -> u64 {
        self.bridge.seen().sources[source].refused.get(code).copied().unwrap_or_default()
    }
}

#[test]
fn a_door_that_opens_is_signed_and_then_acknowledged() {
    let house = House::new().with("door-a", "{\"contact\":false}");
    assert_eq!(house.bridge.pen.signed, ["east open"]);
    assert_eq!(house.acknowledged(), 2);
}

#[test]
fn a_door_without_consent_is_acknowledged_counted_and_not_read() {
    let house = House::new().with("door-b", "not even JSON");
    assert!(house.bridge.pen.signed.is_empty());
    assert_eq!((house.refused("west", "no-consent"), house.refused("west", "not-json")), (1, 0));
    assert_eq!(house.acknowledged(), 2);
}

#[test]
fn what_the_node_refuses_for_good_is_counted_and_not_tried_again() {
    let mut house = House::new();
    house.bridge.pen.refusal = Some(Refusal::No("consent-missing".into()));
    house.hear("door-a", "{\"contact\":false}");
    assert_eq!(house.refused("east", "consent-missing"), 1);
    assert_eq!(house.acknowledged(), 2);
    assert!(house.bridge.spool.is_empty());
}

#[test]
fn what_the_node_cannot_take_yet_waits_in_the_spool_and_keeps_its_order() {
    let mut house = House::new();
    house.bridge.pen.refusal = Some(Refusal::Later("disk".into()));
    house.hear("door-a", "{\"contact\":false}");
    assert_eq!(house.acknowledged(), 2, "the spool is durable");
    assert_eq!(house.bridge.seen().blocked.as_deref(), Some("disk"));
    house.bridge.pen.refusal = None;
    house.hear("door-a", "{\"contact\":true}");
    assert!(house.bridge.pen.signed.is_empty(), "the opening comes first");
    house.bridge.tick(NOW);
    assert_eq!(house.bridge.pen.signed, ["east open", "east closed"]);
    assert_eq!((house.bridge.seen().spooled, house.bridge.seen().blocked.clone()), (0, None));
}

#[test]
fn what_neither_node_nor_disk_can_keep_is_not_acknowledged_until_one_can() {
    let mut house = House::new();
    house.bridge.pen.refusal = Some(Refusal::Later("disk".into()));
    let obstacle = house.home.path().join("gateway-spool.new");
    std::fs::create_dir(&obstacle).unwrap();
    house.hear("door-a", "{\"contact\":false}");
    assert!(house.bridge.is_blocked());
    assert_eq!(house.acknowledged(), 1);
    house.bridge.tick(NOW);
    assert_eq!(house.acknowledged(), 1);
    std::fs::remove_dir(&obstacle).unwrap();
    house.bridge.tick(NOW);
    assert!(!house.bridge.is_blocked());
    assert_eq!((house.acknowledged(), house.bridge.spool.len()), (2, 1));
}

#[test]
fn a_message_that_comes_twice_is_signed_once_even_after_a_restart() {
    let house = House::new().with("door-a", "{\"contact\":false}").with("door-a", "{\"contact\":false}");
    assert_eq!((house.bridge.pen.signed.len(), house.acknowledged()), (1, 3));
    let mut node = house.bridge.pen;
    node.last = Some(Said { state: crate::thing::State::Raised, at_ms: NOW.wall_ms });
    let house = House::on(house.home, node).with("door-a", "{\"contact\":false}");
    assert_eq!(house.bridge.pen.signed.len(), 1);
}

#[test]
fn a_spool_that_waited_through_a_restart_is_signed_first() {
    let mut house = House::new();
    house.bridge.pen.refusal = Some(Refusal::Later("busy".into()));
    house.hear("door-a", "{\"contact\":false}");
    let node = Node { consented: ["east".to_owned()].into(), ..Node::default() };
    let house = House::on(house.home, node)
        .with("door-a", "{\"contact\":false}")
        .with("door-a", "{\"contact\":true}");
    assert_eq!(house.bridge.pen.signed, ["east open", "east closed"]);
}

#[test]
fn a_spooled_sighting_that_was_signed_before_the_power_went_is_not_signed_twice() {
    let mut house = House::new();
    house.bridge.pen.refusal = Some(Refusal::Later("busy".into()));
    house.hear("door-a", "{\"contact\":false}");
    let last = Some(Said { state: crate::thing::State::Raised, at_ms: NOW.wall_ms });
    let node = Node { consented: ["east".to_owned()].into(), last, ..Node::default() };
    let house = House::on(house.home, node).with("door-a", "{\"contact\":true}");
    assert_eq!(house.bridge.pen.signed, ["east closed"]);
    assert!(house.bridge.spool.is_empty());
}

#[test]
fn a_gateway_that_does_not_know_its_consents_yet_throws_nothing_away() {
    let mut house = House::new();
    house.bridge.asked_ms = None;
    house.bridge.pen.no_consents = true;
    house.bridge.tick(NOW);
    assert!(house.bridge.is_blocked());
    house.bridge.pen.no_consents = false;
    house.bridge.tick(NOW);
    assert!(!house.bridge.is_blocked());
}

#[test]
fn hostile_messages_are_refused_with_their_reason_and_the_door_goes_on() {
    let huge = format!("{{\"contact\":true,\"x\":\"{}\"}}", "x".repeat(crate::limits::MESSAGE_BYTES));
    let house = House::new()
        .with("door-a", &huge)
        .with("door-a", "{\"contact\":\"false\"}")
        .with("door-a", "{\"contact\":true,\"contact\":false}")
        .with("door-a", "[true]")
        .with("bridge/state", "{\"state\":7}")
        .with("bridge/devices", "{}")
        .with("door-a/set", "{\"contact\":false}")
        .with("door-a", "{\"contact\":true}");
    assert_eq!(house.bridge.pen.signed, ["east closed"]);
    assert_eq!((house.refused("east", "too-large"), house.refused("east", "not-json")), (1, 2));
    assert_eq!(house.refused("east", "not-an-object"), 1);
    assert_eq!(house.bridge.seen().refused["not-json"], 2);
    assert_eq!(house.bridge.seen().refused["stray-topic"], 1);
    assert_eq!(house.acknowledged(), 9);
}

#[test]
fn what_is_left_for_others_to_read_holds_no_value() {
    let house = House::new().with("door-a", "{\"contact\":false}").with("door-b", "{\"contact\":false}");
    let left = serde_json::to_string(house.bridge.seen()).unwrap();
    assert!(!left.contains("open") && !left.contains("contact"), "{left}");
}

#[test]
fn a_clock_that_is_set_costs_no_sighting_the_broker_has_forgotten() {
    let mut house = House::new();
    house.bridge.pen.refusal = Some(Refusal::Later("busy".into()));
    house.hear("door-a", "{\"contact\":false}");
    assert_eq!((house.acknowledged(), house.bridge.seen().spooled), (2, 1));
    let day = limits::SPOOL_MS;
    let after =
        |wall: u64, steady: u64| Moment { wall_ms: NOW.wall_ms + wall, steady_ms: NOW.steady_ms + steady };
    house.bridge.tick(after(400 * day, 1_000));
    assert_eq!(house.bridge.seen().expired, 0);
    // Late, but not too late for a node that answers now.
    house.bridge.pen.refusal = None;
    house.bridge.tick(after(2 * day, 2 * day));
    assert_eq!(house.bridge.pen.signed[0], "east open");
    assert_eq!((house.bridge.seen().spooled, house.bridge.seen().expired), (0, 0));
    house.bridge.pen.refusal = Some(Refusal::Later("busy".into()));
    house.hear("door-a", "{\"contact\":true}");
    house.bridge.tick(after(4 * day, 4 * day));
    assert!(house.bridge.seen().expired > 0, "a day is a day");
}
