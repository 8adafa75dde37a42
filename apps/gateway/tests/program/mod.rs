//! The program as a person runs it: joined to a community whose founder runs beside it, with doors at a real broker.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use linli_node::vocabulary::{Answer, ConsentTerms, Event, Request, Sight, SightingView};
use linli_node::{Client, FaultKind, Founding, Network, Node, Settings};
use linli_speech::exit;

use crate::estate::{Broker, DOORS, PATIENCE, mosquitto};

const CLOSED: &str = "{\"contact\":true,\"battery\":97}";
const OPEN: &str = "{\"contact\":false,\"battery\":97}";
/// A message is published again this often until the gateway has heard of its consent.
const AGAIN: Duration = Duration::from_secs(1);

fn loopback() -> Settings {
    Settings { listen: "127.0.0.1:0".into(), discover: false, ..Settings::default() }
}

/// The founder's home, with its node running.
fn founded(home: &Path) -> Node {
    let founding = Founding {
        name: "Guihuali".into(),
        unit: "3-1201".into(),
        label: "3-1201".into(),
        language: "en".into(),
    };
    linli_node::found(home, &founding, &loopback()).unwrap();
    Node::open(home, Network::On).unwrap()
}

fn gateway(home: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linli-gateway"));
    command.arg("--home").arg(home).args(["--lang", "en"]).args(words);
    command
}

fn told(home: &Path, words: &[&str]) -> Output {
    gateway(home, words).output().unwrap()
}

fn json(home: &Path, words: &[&str]) -> serde_json::Value {
    let output = told(home, words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The next event that is like this.
fn until(
    node: &Node,
    events: &mut tokio::sync::broadcast::Receiver<Event>,
    wait: Duration,
    is: fn(&Event) -> bool,
) -> bool {
    let ends = Instant::now() + wait;
    loop {
        let left = ends.saturating_duration_since(Instant::now());
        match node.runtime().block_on(async { tokio::time::timeout(left, events.recv()).await }) {
            Ok(Ok(event)) if is(&event) => return true,
            Ok(Ok(_)) => {}
            _ => return false,
        }
    }
}

const fn is_sighting(event: &Event) -> bool {
    matches!(event, Event::Record { kind: 208, .. })
}

fn sightings(node: &Node) -> Vec<SightingView> {
    match node.ask(Request::Sightings { source: None }).unwrap() {
        Answer::Sightings(all) => all,
        other => panic!("{other:?}"),
    }
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Admits whoever knocks, and agrees to the east door.
fn admit_and_agree(founder: &Node, events: &mut tokio::sync::broadcast::Receiver<Event>) {
    let knocked = until(founder, events, PATIENCE, |event| matches!(event, Event::Knocked { .. }));
    assert!(knocked, "the gateway knocks");
    founder.ask(Request::Admit { claim: None }).unwrap();
    let terms = ConsentTerms {
        gateway: "entrance".into(),
        source: "east".into(),
        purpose: "who left the door open".into(),
        viewers: "everyone".into(),
        retention_days: 30,
        days: None,
        motion: "meeting of 3 May".into(),
    };
    founder.ask(Request::ConsentGrant(terms)).unwrap();
}

#[test]
fn a_door_the_owners_agreed_to_is_known_to_the_founder_and_the_other_is_not() {
    let Some(program) = mosquitto() else { return };
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let founder = founded(&first.path().join("home"));
    let mut events = founder.events();
    let invited = founder.ask(Request::Invite { role: "gateway".into(), unit: None }).unwrap();
    let Answer::Invite(invite) = invited else { panic!("{invited:?}") };

    let home = second.path().join("home");
    let words = [
        "join",
        &invite.text,
        "--label",
        "entrance",
        "--no-wait",
        "--no-discover",
        "--listen",
        "127.0.0.1:0",
    ];
    let joined = told(&home, &words);
    assert!(joined.status.success(), "{}", String::from_utf8_lossy(&joined.stderr));
    let broker = Broker::open(&program);
    broker.publish_kept("zigbee2mqtt/bridge/state", "{\"state\":\"online\"}");
    let config = format!("[broker]\naddress = \"127.0.0.1:{}\"\n{DOORS}", broker.port);
    std::fs::write(home.join("gateway.toml"), config).unwrap();
    let mut running = Running(gateway(&home, &["run"]).stdout(Stdio::null()).spawn().unwrap());
    assert_waits(&home, &broker);
    admit_and_agree(&founder, &mut events);

    let began = Instant::now();
    loop {
        broker.publish("zigbee2mqtt/door-b", OPEN);
        broker.publish("zigbee2mqtt/door-a", CLOSED);
        if until(&founder, &mut events, AGAIN, is_sighting) {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "the founder hears of the door within a minute");
    }
    broker.publish("zigbee2mqtt/door-a", OPEN);
    assert!(until(&founder, &mut events, PATIENCE, is_sighting));
    let heard = sightings(&founder);
    let told: Vec<_> =
        heard.iter().map(|one| (one.source.as_str(), one.value.as_str(), one.counter)).collect();
    assert_eq!(told, [("east", "yes", 2), ("east", "no", 1)]);

    // Whoever asks the gateway's node past the bridge is refused too.
    let west = Sight {
        source: "west".into(),
        kind: "contact".into(),
        value: "open".into(),
        battery: None,
        at_ms: None,
    };
    let fault = Client::find(&home).unwrap().ask(&Request::Sight(west)).unwrap_err();
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::NotAllowed, "no-consent"));
    assert_sources(&home);
    stop(&mut running);
}

/// Before it is admitted a gateway throws nothing away, and says what it waits for.
fn assert_waits(home: &Path, broker: &Broker) {
    broker.publish("zigbee2mqtt/door-a", CLOSED);
    let began = Instant::now();
    loop {
        let status = String::from_utf8(told(home, &["status"]).stdout).unwrap();
        if status.contains("waiting to be admitted: what comes meanwhile stays at the broker") {
            assert!(!status.contains("no consent"), "{status}");
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{status}");
    }
}

/// What `sources` and `status` say of both doors.
fn assert_sources(home: &Path) {
    let sources = json(home, &["sources", "--json"]);
    let [east, west] = [&sources["value"]["sources"][0], &sources["value"]["sources"][1]];
    assert_eq!((&east["consented"], &east["value"]), (&true.into(), &"open".into()));
    assert_eq!((&west["consented"], &west["value"]), (&false.into(), &serde_json::Value::Null));
    assert!(west["refused"]["no-consent"].as_u64() > Some(0), "{west}");
    let words = String::from_utf8(told(home, &["sources"]).stdout).unwrap();
    assert!(words.contains("none: refused") && words.contains("agreed"), "{words}");
    let status = String::from_utf8(told(home, &["status"]).stdout).unwrap();
    assert!(status.contains("Guihuali") && status.contains("connected"), "{status}");
}

/// Ends the program as a service manager does, and sees that it ends well.
fn stop(running: &mut Running) {
    let id = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}

#[test]
fn an_invite_for_somebody_else_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let founder = founded(&folder.path().join("founder"));
    let invited = founder.ask(Request::Invite { role: "keeper".into(), unit: None }).unwrap();
    let Answer::Invite(invite) = invited else { panic!("{invited:?}") };
    let home = folder.path().join("gateway");
    let refused = told(&home, &["join", &invite.text, "--json"]);
    assert_eq!(refused.status.code(), Some(i32::from(exit::code(FaultKind::Input))));
    let error: serde_json::Value = serde_json::from_slice(&refused.stderr).unwrap();
    assert_eq!(error["error"]["code"], "invite-role");
    assert!(!home.exists(), "nothing is left behind");
}

#[test]
fn a_configuration_that_does_not_read_is_named_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    drop(founded(&home));
    std::fs::write(home.join("gateway.toml"), "[broker]\nadress = \"127.0.0.1:1883\"\n").unwrap();
    let refused = told(&home, &["run"]);
    assert_eq!(refused.status.code(), Some(i32::from(exit::code(FaultKind::Input))));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("adress") && said.contains("Hint:"), "{said}");
}
