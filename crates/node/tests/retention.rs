//! What was said for some days is gone after them, on every node, and its header stays.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use linli_node::chance::Clock;
use linli_node::vocabulary::{Answer, ConsentTerms, LogFilter, LogLine, Request, Sight};
use linli_node::{Founding, Network, Node, Settings, found};

const DAY_MS: i64 = 86_400_000;
/// Nothing is waited for longer than this.
const BOUND: Duration = Duration::from_secs(60);

fn line(node: &Node, id: linli_record::RecordId) -> LogLine {
    let Answer::Log(lines) = node.ask(Request::Log(LogFilter::default())).unwrap() else { panic!() };
    lines.into_iter().find(|line| line.id == id).unwrap()
}

fn until(what: &str, mut attempt: impl FnMut() -> bool) {
    let began = Instant::now();
    while !attempt() {
        assert!(began.elapsed() < BOUND, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

fn digest(node: &Node) -> String {
    let Answer::Digest(digest) = node.ask(Request::Digest).unwrap() else { panic!() };
    digest.of.digest.to_string()
}

#[test]
fn what_a_door_said_goes_when_its_days_are_over_and_its_header_stays() {
    let folder = tempfile::tempdir().unwrap();
    let founding = Founding {
        name: "Guihuali".into(),
        unit: "1-302".into(),
        label: "1-302 Lin".into(),
        language: "zh-CN".into(),
    };
    found(folder.path(), &founding, &Settings::default()).unwrap();
    let clock = Clock::default();
    let node = Node::open_by(folder.path(), Network::Off, clock.clone()).unwrap();
    let terms = ConsentTerms {
        gateway: "1-302 Lin".into(),
        source: "door".into(),
        purpose: "leaks".into(),
        viewers: "everyone".into(),
        retention_days: 2,
        days: None,
        motion: String::new(),
    };
    node.ask(Request::ConsentGrant(terms)).unwrap();
    let sight = Sight {
        source: "door".into(),
        kind: "contact".into(),
        value: "open".into(),
        battery: None,
        at_ms: None,
    };
    let Answer::Said { record, .. } = node.ask(Request::Sight(sight)).unwrap() else { panic!() };
    clock.advance(DAY_MS);
    until("the nightly block", || line(&node, record).height.is_some());
    let kept = digest(&node);
    // A repair forgets no receipt: the days go on from the first one.
    node.ask(Request::Repair).unwrap();
    assert!(line(&node, record).held && !line(&node, record).expired);
    clock.advance(2 * DAY_MS);
    until("the body to go", || !line(&node, record).held);
    assert!(line(&node, record).expired);
    assert_eq!(digest(&node), kept, "equal nodes show the same, whether or not they hold it");
    let Answer::Checked(checked) = node.ask(Request::Check).unwrap() else { panic!() };
    assert_eq!(checked.faults, []);
    node.close();
}
