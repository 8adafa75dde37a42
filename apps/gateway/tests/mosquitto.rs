//! The gateway against a real broker. Zigbee2MQTT is played by mosquitto's own clients, in its topics and forms.

#![allow(clippy::unwrap_used, reason = "a test that can't go on ends there")]

mod estate;
mod program;

use estate::{Broker, Entrance, mosquitto};
use linli_gateway::limits;
use linli_gateway::pen::Refusal;

const ONLINE: &str = "{\"state\":\"online\"}";
const OPEN: &str = "{\"contact\":false,\"battery\":97,\"linkquality\":112}";
const CLOSED: &str = "{\"contact\":true,\"battery\":97,\"linkquality\":115}";

/// A broker with a running bridge, and a gateway that has heard it.
fn listening(program: &std::path::Path) -> (Broker, Entrance) {
    let broker = Broker::open(program);
    broker.publish_kept("zigbee2mqtt/bridge/state", ONLINE);
    let entrance = Entrance::open(&broker);
    entrance.until("the bridge is heard", |seen| seen.bridge == "online");
    (broker, entrance)
}

#[test]
fn a_door_that_opens_is_signed_and_a_repeated_state_is_not() {
    let Some(program) = mosquitto() else { return };
    let (broker, entrance) = listening(&program);
    for payload in [OPEN, OPEN, CLOSED] {
        broker.publish("zigbee2mqtt/door-a", payload);
    }
    assert_eq!(entrance.signed(), "east open");
    assert_eq!(entrance.signed(), "east closed");
    assert!(entrance.signed_nothing());
}

#[test]
fn a_door_the_owners_did_not_agree_to_is_refused_and_shown_as_refused() {
    let Some(program) = mosquitto() else { return };
    let (broker, entrance) = listening(&program);
    broker.publish("zigbee2mqtt/door-b", OPEN);
    let refused = |seen: &linli_gateway::seen::Seen| {
        seen.sources.get("west").and_then(|west| west.refused.get("no-consent")) == Some(&1)
    };
    entrance.until("the refusal is counted", refused);
    broker.publish("zigbee2mqtt/door-a", OPEN);
    assert_eq!(entrance.signed(), "east open");
    assert!(entrance.signed_nothing());
}

#[test]
fn when_zigbee2mqtt_dies_its_last_will_makes_every_door_unknown() {
    let Some(program) = mosquitto() else { return };
    let broker = Broker::open(&program);
    let mut bridge = broker.bridge();
    let entrance = Entrance::open(&broker);
    entrance.until("the bridge is heard", |seen| seen.bridge == "online");
    broker.publish("zigbee2mqtt/door-a", CLOSED);
    assert_eq!(entrance.signed(), "east closed");
    bridge.kill().unwrap();
    bridge.wait().unwrap();
    assert_eq!(entrance.signed(), "east unknown");
    broker.publish_kept("zigbee2mqtt/bridge/state", ONLINE);
    broker.publish("zigbee2mqtt/door-a", CLOSED);
    assert_eq!(entrance.signed(), "east closed");
}

#[test]
fn a_device_that_is_not_available_is_unknown() {
    let Some(program) = mosquitto() else { return };
    let (broker, entrance) = listening(&program);
    broker.publish("zigbee2mqtt/door-a", CLOSED);
    assert_eq!(entrance.signed(), "east closed");
    broker.publish_kept("zigbee2mqtt/door-a/availability", "{\"state\":\"offline\"}");
    assert_eq!(entrance.signed(), "east unknown");
}

#[test]
fn a_broker_that_is_restarted_is_found_again() {
    let Some(program) = mosquitto() else { return };
    let (mut broker, entrance) = listening(&program);
    broker.publish("zigbee2mqtt/door-a", CLOSED);
    assert_eq!(entrance.signed(), "east closed");
    broker.kill();
    entrance.until("the broker is missed", |seen| seen.broker != "up");
    broker.start_again();
    entrance.until("the broker is found", |seen| seen.broker == "up");
    broker.publish_kept("zigbee2mqtt/bridge/state", ONLINE);
    // Kept, so that it reaches the gateway even if it has yet to ask for the topic.
    broker.publish_kept("zigbee2mqtt/door-a", OPEN);
    assert_eq!(entrance.signed(), "east open");
}

#[test]
fn what_happens_while_the_gateway_is_away_waits_at_the_broker() {
    let Some(program) = mosquitto() else { return };
    let (broker, entrance) = listening(&program);
    broker.publish("zigbee2mqtt/door-a", CLOSED);
    assert_eq!(entrance.signed(), "east closed");
    let home = entrance.close();
    for payload in [OPEN, CLOSED] {
        broker.publish("zigbee2mqtt/door-a", payload);
    }
    let entrance = Entrance::with(home, broker.port, "", None);
    // What was signed may come again, if the broker had not heard so when the gateway left.
    let first = Some(entrance.signed()).filter(|said| said != "east closed");
    assert_eq!(first.unwrap_or_else(|| entrance.signed()), "east open");
    assert_eq!(entrance.signed(), "east closed");
}

#[test]
fn what_the_broker_keeps_of_each_topic_is_heard_again_after_a_restart_of_the_gateway() {
    let Some(program) = mosquitto() else { return };
    let (broker, entrance) = listening(&program);
    let home = entrance.close();
    broker.publish_kept("zigbee2mqtt/door-a", OPEN);
    let entrance = Entrance::with(home, broker.port, "", None);
    entrance.until("the bridge is heard again", |seen| seen.bridge == "online");
    assert_eq!(entrance.signed(), "east open");
}

#[test]
fn the_broker_keeps_a_message_until_the_gateway_has_it_for_sure() {
    let Some(program) = mosquitto() else { return };
    let broker = Broker::open(&program);
    broker.publish_kept("zigbee2mqtt/bridge/state", ONLINE);
    let home = tempfile::tempdir().unwrap();
    // Neither the node nor the disk takes it.
    std::fs::create_dir(home.path().join("gateway-spool.new")).unwrap();
    let entrance = Entrance::with(home, broker.port, "", Some(Refusal::Later("disk".into())));
    entrance.until("the bridge is heard", |seen| seen.bridge == "online");
    broker.publish("zigbee2mqtt/door-a", OPEN);
    entrance.until("the node refuses", |seen| seen.blocked.as_deref() == Some("disk"));
    let home = entrance.close();
    let entrance = Entrance::with(home, broker.port, "", None);
    assert_eq!(entrance.signed(), "east open");
}

#[test]
fn hostile_messages_stop_nothing() {
    let Some(program) = mosquitto() else { return };
    let (broker, entrance) = listening(&program);
    // Larger than the gateway told the broker it takes: the broker keeps it back.
    broker.publish("zigbee2mqtt/door-a", &"x".repeat(limits::PACKET_BYTES as usize + 1));
    broker.publish("zigbee2mqtt/door-a", &"x".repeat(limits::MESSAGE_BYTES + 1));
    broker.publish("zigbee2mqtt/door-a", "{\"contact\":\"false\"}");
    broker.publish("zigbee2mqtt/bridge/devices", "[{\"friendly_name\":\"#\"},{\"friendly_name\":\"lamp\"}]");
    broker.publish("zigbee2mqtt/door-a", OPEN);
    assert_eq!(entrance.signed(), "east open");
    let seen = entrance
        .until("both are counted", |seen| seen.sources.get("east").is_some_and(|east| east.signed == 1));
    let refused = &seen.sources["east"].refused;
    assert_eq!((refused["too-large"], refused["not-json"]), (1, 1));
    assert_eq!(seen.devices.iter().map(|device| device.name.as_str()).collect::<Vec<_>>(), ["lamp"]);
    assert_eq!(seen.broker, "up");
}

#[test]
fn a_login_and_a_certificate_are_asked_for_and_checked() {
    let Some(program) = mosquitto() else { return };
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let secrets = tempfile::tempdir().unwrap();
    let passwords = secrets.path().join("passwords");
    let made = std::process::Command::new("mosquitto_passwd")
        .args(["-c", "-b"])
        .arg(&passwords)
        .args(["gateway", "right"])
        .status()
        .expect("mosquitto_passwd comes with mosquitto");
    assert!(made.success());
    let file = |name: &str| fixtures.join(name).display().to_string();
    let broker = Broker::with(
        &program,
        &format!(
            "cafile {}\ncertfile {}\nkeyfile {}\nallow_anonymous false\npassword_file {}",
            file("ca.pem"),
            file("broker.pem"),
            file("broker.key"),
            passwords.display()
        ),
    );
    let enter = |password: &str, about: &str| {
        let home = tempfile::tempdir().unwrap();
        let login = home.path().join("login");
        std::fs::write(&login, format!("gateway\n{password}\n")).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&login, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        Entrance::with(home, broker.port, &format!("login_file = \"login\"\n{about}"), None)
    };
    let trusted = format!("tls = true\nca_file = {:?}", file("ca.pem"));
    enter("right", &trusted).until("the broker lets us in", |seen| seen.broker == "up");
    enter("wrong", &trusted).until("the broker turns us away", |seen| seen.broker.contains("refused"));
    // Without its authority the broker is a stranger, and the password is not shown to it.
    enter("right", "tls = true")
        .until("the broker is a stranger", |seen| seen.broker.contains("certificate"));
}
