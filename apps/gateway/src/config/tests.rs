use super::*;

fn written(text: &str) -> (tempfile::TempDir, Result<Config, ConfigError>) {
    let home = tempfile::tempdir().unwrap();
    fs::write(Config::path(home.path()), text).unwrap();
    let config = Config::read(home.path());
    (home, config)
}

const DOOR: &str = r#"
[broker]
address = "127.0.0.1:1883"

[[source]]
device = "三单元/大门"
name = "stair-3-door"
kind = "contact"
"#;

#[test]
fn a_few_lines_are_enough_to_serve_one_door() {
    let config = written(DOOR).1.unwrap();
    assert_eq!(config.broker_address(), Some(("127.0.0.1", 1883)));
    assert_eq!(config.broker.base_topic, "zigbee2mqtt");
    assert_eq!(config.sources[0].kind, Kind::Contact);
    assert_eq!((config.grace_secs, config.silent_hours), (60, 25));
}

#[test]
fn a_home_without_a_configuration_says_so() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(Config::read(home.path()).unwrap_err().code(), "no-config");
}

#[test]
fn a_device_cannot_be_named_into_another_topic() {
    for device in [
        "#",
        "+",
        "bridge/state",
        "bridge",
        "door/availability",
        "door/set",
        "/door",
        "door//x",
        "$SYS/x",
        "",
    ] {
        let text = DOOR.replace("三单元/大门", device);
        assert_eq!(written(&text).1.unwrap_err().code(), "config-wrong", "{device:?}");
    }
    let long = DOOR.replace("三单元/大门", &"d".repeat(limits::DEVICE_BYTES + 1));
    assert!(written(&long).1.is_err());
}

#[test]
fn no_two_sources_share_a_name_or_a_thing() {
    let again = "\n[[source]]\ndevice = \"other\"\nname = \"stair-3-door\"\nkind = \"leak\"\n";
    let error = written(&(DOOR.to_owned() + again)).1.unwrap_err().to_string();
    assert!(error.contains("stands twice"), "{error}");
    let again = "\n[[source]]\ndevice = \"三单元/大门\"\nname = \"other\"\nkind = \"contact\"\n";
    let error = written(&(DOOR.to_owned() + again)).1.unwrap_err().to_string();
    assert!(error.contains("twice"), "{error}");
}

#[test]
fn a_word_nobody_knows_is_refused_rather_than_passed_over() {
    assert!(written(&DOOR.replace("address", "adress")).1.is_err());
    assert!(written(&DOOR.replace("\"contact\"", "\"face\"")).1.is_err());
    for address in ["127.0.0.1", ":1883", "host:0", "host:99999"] {
        assert!(written(&DOOR.replace("127.0.0.1:1883", address)).1.is_err(), "{address}");
    }
}

#[cfg(unix)]
#[test]
fn a_password_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let text = DOOR.replace("[broker]", "[broker]\nlogin_file = \"login\"");
    let (home, config) = written(&text);
    let config = config.unwrap();
    let file = home.path().join("login");
    fs::write(&file, "gateway\nsecret\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(config.broker.login().err().map(|error| error.code()), Some("login-exposed"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(config.broker.login().unwrap().unwrap().password, "secret");
    assert!(!config.shows_its_password(), "the broker is on this machine");
    let far = written(&text.replace("127.0.0.1", "192.0.2.7")).1.unwrap();
    assert!(far.shows_its_password());
}
