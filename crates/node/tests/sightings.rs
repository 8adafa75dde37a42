//! Real nodes on loopback: what a gateway may say, who may read it, and what becomes of what it may not say.

#![allow(clippy::unwrap_used, reason = "a test that can't go on ends there")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use linli_community::content::Payload as _;
use linli_community::content::sighting::{Sighting, Value, What};
use linli_node::vocabulary::{
    Answer, ConsentTerms, Event, LogFilter, MemberState, Request, Sight, SightingView, StatusView,
};
use linli_node::{Fault, Founding, Network, Node, Settings, found, join};
use linli_record::{LogWriter, RecordId, SecretKey};
use linli_store::{Batch, Store};

/// Nothing is waited for longer than this.
const BOUND: Duration = Duration::from_secs(60);
/// A door's name that stands nowhere else, so that any disk can be searched for it.
const DOOR: &str = "door/1-104-CANARY";

fn settings() -> Settings {
    Settings { listen: "127.0.0.1:0".into(), discover: false, ..Settings::default() }
}

/// Asks again whenever something happens at `node`, until there is an answer.
fn until<T>(node: &Node, what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    let mut events = node.events();
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(began.elapsed() < BOUND, "waited in vain for {what}");
        let next = async { tokio::time::timeout(Duration::from_millis(200), events.recv()).await };
        let _: Result<Result<Event, _>, _> = node.runtime().block_on(next);
    }
}

fn status(node: &Node) -> StatusView {
    match node.ask(Request::Status).unwrap() {
        Answer::Status(status) => *status,
        other => panic!("{other:?}"),
    }
}

fn sightings(node: &Node) -> Vec<SightingView> {
    match node.ask(Request::Sightings { source: None }).unwrap() {
        Answer::Sightings(all) => all,
        other => panic!("{other:?}"),
    }
}

fn sight(source: &str, value: &str) -> Request {
    Request::Sight(Sight {
        source: source.into(),
        kind: "contact".into(),
        value: value.into(),
        battery: Some(97),
        at_ms: None,
    })
}

fn consent(source: &str, viewers: &str) -> Request {
    Request::ConsentGrant(ConsentTerms {
        gateway: "hall".into(),
        source: source.into(),
        purpose: "care".into(),
        viewers: viewers.into(),
        retention_days: 30,
        days: None,
        motion: String::new(),
    })
}

/// Grants a consent and returns its name.
fn granted(founder: &Node, source: &str, viewers: &str) -> String {
    match founder.ask(consent(source, viewers)).unwrap() {
        Answer::Said { record, .. } => record.to_string(),
        other => panic!("{other:?}"),
    }
}

/// A founder and what joined its community, each in a folder of its own.
struct Street {
    folder: tempfile::TempDir,
    founder: Node,
}

impl Street {
    fn founded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("shen");
        let founding = Founding {
            name: "Guihuali".into(),
            unit: "1-302".into(),
            label: "1-302 Shen".into(),
            language: "en".into(),
        };
        found(&home, &founding, &settings()).unwrap();
        Self { folder, founder: Node::open(&home, Network::On).unwrap() }
    }

    fn home(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn joins(&self, name: &str, role: &str, unit: Option<&str>) -> Node {
        let invite = Request::Invite { role: role.into(), unit: unit.map(Into::into) };
        let Answer::Invite(invite) = self.founder.ask(invite).unwrap() else { panic!("invite") };
        join(&self.home(name), &invite.text, name, &settings()).unwrap();
        let node = Node::open(&self.home(name), Network::On).unwrap();
        until(&self.founder, "the knock", || match self.founder.ask(Request::Claims).unwrap() {
            Answer::Claims(claims) => (!claims.is_empty()).then_some(()),
            other => panic!("{other:?}"),
        });
        self.founder.ask(Request::Admit { claim: None }).unwrap();
        until(&node, "membership", || {
            let status = status(&node);
            (status.state == MemberState::Member && status.records > 1).then_some(())
        });
        node
    }
}

/// Says it as soon as the consent has come to the gateway.
fn say(gateway: &Node, source: &str, value: &str) {
    until(gateway, "the consent", || match gateway.ask(sight(source, value)) {
        Ok(_) => Some(()),
        Err(Fault { code, .. }) if code == "no-consent" => None,
        Err(fault) => panic!("{fault:?}"),
    });
}

fn heard(node: &Node, count: usize) -> Vec<SightingView> {
    until(node, "the sightings", || Some(sightings(node)).filter(|all| all.len() == count))
}

/// Whether any file below holds these bytes.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            return holds(&path, bytes);
        }
        std::fs::read(path).unwrap().windows(bytes.len()).any(|window| window == bytes)
    })
}

#[test]
fn a_flats_door_is_read_by_its_household_and_leaves_no_trace_with_others() {
    let street = Street::founded();
    let lu = street.joins("1-104 Lu", "owner", Some("1-104"));
    let zhou = street.joins("3-1203 Zhou", "owner", Some("3-1203"));
    let keeper = street.joins("library", "keeper", None);
    let gateway = street.joins("hall", "gateway", None);
    granted(&street.founder, DOOR, "1-104");
    for value in ["open", "closed"] {
        say(&gateway, DOOR, value);
    }
    let views = heard(&lu, 2);
    let told: Vec<_> = views.iter().map(|one| (one.value.as_str(), one.counter, one.sealed)).collect();
    assert_eq!(told, [("no", 2, true), ("yes", 1, true)]);
    assert!(views.iter().all(|one| one.verdict == "stands" && one.battery == Some(97)), "{views:?}");

    // Something public that was said after it reaches everyone; then the door had its chance, too.
    granted(&street.founder, "hall", "everyone");
    say(&gateway, "hall", "open");
    for (node, name) in [(street.founder, "shen"), (zhou, "3-1203 Zhou"), (keeper, "library")] {
        assert_eq!(heard(&node, 1)[0].source, "hall");
        let kinds = log(&node, LogFilter { kind: Some(208), ..LogFilter::default() });
        assert_eq!(kinds.len(), 1, "{name} holds the hall's sighting only: {kinds:?}");
        node.close();
    }
    // The consent register is public, and names the source; what the door said stands nowhere.
    let body = Sighting {
        source: DOOR.into(),
        what: What::Contact,
        value: Value::Is(true),
        counter: 1,
        at_ms: 0,
        battery: None,
    };
    let begins = &body.body().unwrap()[..DOOR.len() + 6];
    for name in ["shen", "3-1203 Zhou", "library"] {
        assert!(!holds(&street.folder.path().join(name), begins), "{name}");
    }
}

fn log(node: &Node, filter: LogFilter) -> Vec<linli_node::vocabulary::LogLine> {
    match node.ask(Request::Log(filter)).unwrap() {
        Answer::Log(lines) => lines,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_consent_names_who_may_look_or_is_not_granted() {
    let street = Street::founded();
    let gateway = street.joins("hall", "gateway", None);
    for (viewers, code) in [("", "viewers"), (" , ", "viewers"), ("9-999", "not-found")] {
        let fault = street.founder.ask(consent(DOOR, viewers)).unwrap_err();
        assert_eq!(fault.code, code, "{viewers:?}");
    }
    granted(&street.founder, DOOR, "1-302,hall");
    let Answer::Consents(consents) = street.founder.ask(Request::Consents).unwrap() else { panic!() };
    assert_eq!(consents[0].viewers, ["1-302 Shen", "hall"]);
    say(&gateway, DOOR, "unknown");
    assert_eq!(heard(&street.founder, 1)[0].value, "unknown");
}

#[test]
fn a_consent_taken_back_stops_the_gateway_and_what_it_said_before_stays() {
    let street = Street::founded();
    let gateway = street.joins("hall", "gateway", None);
    let consent = granted(&street.founder, "hall door", "everyone");
    say(&gateway, "hall door", "open");
    heard(&street.founder, 1);
    street.founder.ask(Request::ConsentWithdraw { consent, reason: String::new() }).unwrap();
    until(&gateway, "the withdrawal", || {
        gateway.ask(sight("hall door", "closed")).err().filter(|fault| fault.code == "no-consent")
    });
    let before: Vec<SightingView> = heard(&street.founder, sightings(&gateway).len())
        .into_iter()
        .filter(|one| one.counter == 1)
        .collect();
    assert_eq!(before[0].verdict, "stands");
}

#[test]
fn a_gateway_goes_on_counting_after_a_restart_and_in_a_copied_home() {
    let street = Street::founded();
    let gateway = street.joins("hall", "gateway", None);
    granted(&street.founder, "hall door", "everyone");
    granted(&street.founder, DOOR, "1-302");
    say(&gateway, "hall door", "open");
    say(&gateway, DOOR, "open");
    gateway.close();
    let gateway = Node::open(&street.home("hall"), Network::Off).unwrap();
    gateway.ask(sight("hall door", "closed")).unwrap();
    gateway.ask(sight(DOOR, "closed")).unwrap();
    gateway.close();
    // The folder is another: a copy, or a restored backup.
    std::fs::rename(street.home("hall"), street.home("moved")).unwrap();
    let copy = street.home("copy");
    copied(&street.home("moved"), &copy);
    let gateway = Node::open(&copy, Network::On).unwrap();
    gateway.ask(sight("hall door", "open")).unwrap();
    gateway.ask(sight(DOOR, "open")).unwrap();
    let counters = |node: &Node, source: &str| -> Vec<u64> {
        let all = sightings(node).into_iter().filter(|one| one.source == source);
        all.map(|one| one.counter).collect()
    };
    for source in ["hall door", DOOR] {
        assert_eq!(counters(&gateway, source), [3, 2, 1]);
    }
    let views = heard(&street.founder, 6);
    assert!(views.iter().all(|one| one.flag.is_none()), "{views:#?}");
}

fn copied(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copied(&path, &there);
        } else {
            std::fs::write(&there, std::fs::read(&path).unwrap()).unwrap();
        }
    }
}

/// A gateway's owner who signs with its key what its node would refuse.
struct Forger {
    store: Store,
    writer: LogWriter,
}

impl Forger {
    fn at(home: &Path) -> Self {
        let key: serde_json::Value =
            serde_json::from_slice(&std::fs::read(home.join("device.key")).unwrap()).unwrap();
        let seed = data_encoding::HEXLOWER.decode(key["signing"].as_str().unwrap().as_bytes()).unwrap();
        let secret = SecretKey::from_bytes(&seed.try_into().unwrap());
        let store = Store::open(&home.join("store"), &linli_store::Settings::default()).unwrap();
        let tip = store.tips().find(|tip| tip.key == secret.public() && tip.audience.is_none()).cloned();
        let tip = tip.unwrap();
        let opening = store.records(&tip.log, 0, 0).unwrap().remove(0);
        let writer = LogWriter::resume(store.community(), secret, tip, opening);
        Self { store, writer }
    }

    fn sign(&mut self, source: &str, counter: u64, consent: Option<RecordId>) {
        let said = Sighting {
            source: source.into(),
            what: What::Contact,
            value: Value::Is(true),
            counter,
            at_ms: counter,
            battery: None,
        };
        let mut draft = Sighting::begin().for_days(30);
        draft.consent = consent;
        let record = self.writer.append(draft, &said.body().unwrap(), [7; 16], 1).unwrap();
        let mut batch = Batch::new();
        batch.append(vec![record], self.writer.tip().clone(), None);
        self.store.write(batch).unwrap();
    }
}

#[test]
fn what_a_gateway_signs_without_consent_is_quarantined_by_every_node_that_holds_its_log() {
    let street = Street::founded();
    let zhou = street.joins("3-1203 Zhou", "owner", Some("3-1203"));
    let keeper = street.joins("library", "keeper", None);
    let gateway = street.joins("hall", "gateway", None);
    let agreed: RecordId = granted(&street.founder, "hall door", "everyone").parse().unwrap();
    let sealed: RecordId = granted(&street.founder, DOOR, "1-302").parse().unwrap();
    say(&gateway, "hall door", "open");
    gateway.close();
    let mut forger = Forger::at(&street.home("hall"));
    forger.sign("camera/gate", 1, None);
    forger.sign("camera/gate", 2, Some(RecordId::from([9; 32])));
    forger.sign("camera/gate", 3, Some(agreed));
    forger.sign(DOOR, 1, Some(sealed));
    forger.sign("hall door", 1, Some(agreed));
    forger.sign("hall door", 5, Some(agreed));
    drop(forger);
    let gateway = Node::open(&street.home("hall"), Network::On).unwrap();
    for node in [&street.founder, &zhou, &keeper, &gateway] {
        let views = heard(node, 7);
        let told: Vec<_> = views
            .iter()
            .rev()
            .map(|one| (one.source.as_str(), one.counter, one.verdict.as_str(), one.flag.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("hall door", 1, "stands", None),
                ("camera/gate", 1, "no-consent", None),
                ("camera/gate", 2, "no-consent", None),
                ("camera/gate", 3, "other-source", None),
                (DOOR, 1, "shown-too-widely", None),
                ("hall door", 1, "stands", Some("replay")),
                ("hall door", 5, "stands", Some("gap")),
            ]
        );
        let aside = log(node, LogFilter { aside: true, kind: Some(208), ..LogFilter::default() });
        assert!(aside.iter().all(|line| line.verdict == "no-consent") && aside.len() == 2, "{aside:?}");
    }
}
