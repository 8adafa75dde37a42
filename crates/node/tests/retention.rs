//! What was said for some days is gone after them, on every node, and its header stays.

#![allow(clippy::unwrap_used)]

mod street;

use linli_node::chance::Clock;
use linli_node::vocabulary::{Answer, ConsentTerms, LogLine, Request, Sight};
use street::{Home, same, until};

const DAY_MS: i64 = 86_400_000;

fn line(home: &Home, id: linli_record::RecordId) -> LogLine {
    home.log().into_iter().find(|line| line.id == id).unwrap()
}

fn digest(home: &Home) -> String {
    let Answer::Digest(digest) = home.ask(Request::Digest) else { panic!() };
    digest.of.digest.to_string()
}

/// A door that the owners agreed to, kept for two days.
fn agrees(home: &Home) {
    let terms = ConsentTerms {
        gateway: "hall".into(),
        source: "door".into(),
        purpose: "leaks".into(),
        viewers: "everyone".into(),
        retention_days: 2,
        days: None,
        motion: String::new(),
    };
    home.ask(Request::ConsentGrant(terms));
}

#[test]
fn what_a_door_said_goes_when_its_days_are_over_and_its_header_stays() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::default();
    let shen = Home::founded_by(folder.path().join("shen"), clock.clone());
    let hall = shen.admits_by(folder.path().join("hall"), "gateway", "hall", None, clock.clone());
    agrees(&shen);
    same(&shen, &hall);
    let sight = Sight {
        source: "door".into(),
        kind: "contact".into(),
        value: "open".into(),
        battery: None,
        at_ms: None,
    };
    let Answer::Said { record, .. } = hall.ask(Request::Sight(sight)) else { panic!() };
    same(&shen, &hall);
    clock.advance(DAY_MS);
    for home in [&shen, &hall] {
        until(home, "the nightly block", || line(home, record).height);
    }
    same(&shen, &hall);
    let kept = digest(&shen);
    // A repair forgets no receipt: the days go on from the first one.
    shen.ask(Request::Repair);
    assert!(line(&shen, record).held && !line(&shen, record).expired);
    clock.advance(2 * DAY_MS);
    for home in [&shen, &hall] {
        until(home, "the body to go", || (!line(home, record).held).then_some(()));
        assert!(line(home, record).expired);
        assert_eq!(digest(home), kept, "equal nodes show the same, whether or not they hold it");
        let Answer::Checked(checked) = home.ask(Request::Check) else { panic!() };
        assert_eq!(checked.faults, []);
    }
}
