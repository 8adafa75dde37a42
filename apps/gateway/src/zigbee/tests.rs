//! Payloads in the form Zigbee2MQTT 1.x and 2.x publishes them.

use super::*;

/// An Aqara door sensor (MCCGQ11LM), with everything it reports.
const DOOR: &str = r#"{"battery":97,"contact":false,"device_temperature":24,"last_seen":"2026-11-23T09:15:07+08:00",
    "linkquality":112,"power_outage_count":3,"trigger_count":0,"update":{"installed_version":-1,"latest_version":-1,
    "state":null},"voltage":2985}"#;
/// A Tuya leak sensor.
const LEAK: &str = r#"{"battery":100,"battery_low":false,"linkquality":87,"tamper":false,"water_leak":true}"#;
/// A Heiman smoke detector on mains, without a battery.
const SMOKE: &str =
    r#"{"linkquality":200,"smoke":false,"supervision_reports":true,"tamper":false,"test":false}"#;

/// `bridge/devices`, cut to what tells devices apart.
const DEVICES: &str = r#"[
  {"disabled":false,"endpoints":{"1":{"bindings":[],"clusters":{"input":["genBasic"],"output":[]}}},
   "friendly_name":"Coordinator","ieee_address":"0x00124b0024c2a1f0","interview_completed":true,"network_address":0,
   "supported":true,"type":"Coordinator"},
  {"date_code":"20161128","definition":{"description":"Door and window sensor","exposes":[
     {"access":1,"label":"Battery","name":"battery","property":"battery","type":"numeric","unit":"%"},
     {"access":1,"label":"Contact","name":"contact","property":"contact","type":"binary","value_off":true,"value_on":false}],
     "model":"MCCGQ11LM","options":[{"access":2,"name":"device_temperature_calibration"}],"supports_ota":false,
     "vendor":"Aqara"},
   "disabled":false,"friendly_name":"三单元大门","ieee_address":"0x00158d0005a1b2c3","interview_completed":true,
   "manufacturer":"LUMI","model_id":"lumi.sensor_magnet.aq2","network_address":31337,"power_source":"Battery",
   "supported":true,"type":"EndDevice"},
  {"definition":{"description":"Bulb","exposes":[{"features":[{"name":"state","property":"state"}],"type":"light"}],
     "model":"LED1836G9","vendor":"IKEA"},"disabled":false,"friendly_name":"lamp","type":"Router"},
  {"definition":null,"disabled":false,"friendly_name":"0xa4c1380000000001","type":"EndDevice"},
  {"definition":null,"disabled":true,"friendly_name":"old door","type":"EndDevice"},
  {"definition":null,"friendly_name":"bridge/state","type":"EndDevice"}
]"#;

fn code<T: std::fmt::Debug>(read: Result<T, Malformed>) -> &'static str {
    read.unwrap_err().code()
}

#[test]
fn a_magnet_that_lost_its_contact_is_an_open_door() {
    let reading = reading(Kind::Contact, DOOR.as_bytes()).unwrap();
    assert_eq!(reading, Reading { state: Some(State::Raised), battery: Some(97) });
}

#[test]
fn water_and_smoke_are_read_from_their_own_words() {
    assert_eq!(reading(Kind::Leak, LEAK.as_bytes()).unwrap().state, Some(State::Raised));
    let smoke = reading(Kind::Smoke, SMOKE.as_bytes()).unwrap();
    assert_eq!(smoke, Reading { state: Some(State::Quiet), battery: None });
    assert_eq!(reading(Kind::Contact, SMOKE.as_bytes()).unwrap().state, None);
}

#[test]
fn a_battery_that_says_nonsense_is_left_out_and_the_door_is_believed() {
    for (said, percent) in [
        ("97.5", Some(97)),
        ("100", Some(100)),
        ("101", None),
        ("-1", None),
        ("\"97\"", None),
        ("null", None),
    ] {
        let payload = format!("{{\"contact\":true,\"battery\":{said}}}");
        let reading = reading(Kind::Contact, payload.as_bytes()).unwrap();
        assert_eq!((reading.state, reading.battery), (Some(State::Quiet), percent), "{said}");
    }
}

#[test]
fn a_contact_that_is_no_yes_and_no_no_is_refused() {
    for said in ["\"true\"", "1", "[true]", "{}"] {
        assert_eq!(
            code(reading(Kind::Contact, format!("{{\"contact\":{said}}}").as_bytes())),
            "not-json",
            "{said}"
        );
    }
    assert_eq!(reading(Kind::Contact, b"{\"contact\":null}").unwrap().state, Some(State::Unknown));
}

#[test]
fn what_is_not_one_json_object_is_refused() {
    for payload in ["[true,97]", "true", "null", "\"online\"", " 7"] {
        assert_eq!(code(reading(Kind::Contact, payload.as_bytes())), "not-an-object", "{payload}");
    }
    let twice = "{\"contact\":true,\"contact\":false}";
    for payload in ["", "{", "{} {}", "contact", twice] {
        assert_eq!(code(reading(Kind::Contact, payload.as_bytes())), "not-json", "{payload:.40}");
    }
    assert_eq!(code(reading(Kind::Contact, b"{\"contact\":true,\"x\":\"\xff\"}")), "not-json");
    assert_eq!(code(reading(Kind::Contact, &vec![b' '; limits::MESSAGE_BYTES + 1])), "too-large");
}

#[test]
fn a_message_nested_without_end_harms_nobody() {
    let deep = format!("{{\"x\":{}0{},\"contact\":true}}", "[".repeat(30_000), "]".repeat(30_000));
    assert_eq!(reading(Kind::Contact, deep.as_bytes()).unwrap().state, Some(State::Quiet));
    let battery = format!("{{\"battery\":{}0{}}}", "[".repeat(30_000), "]".repeat(30_000));
    assert_eq!(code(reading(Kind::Contact, battery.as_bytes())), "not-json");
}

#[test]
fn the_bridge_says_whether_it_runs_in_either_of_its_forms() {
    for payload in ["online", "{\"state\":\"online\"}"] {
        assert_eq!(is_online(payload.as_bytes()), Ok(true));
    }
    for payload in ["offline", "{\"state\":\"offline\"}"] {
        assert_eq!(is_online(payload.as_bytes()), Ok(false));
    }
    assert_eq!(code(is_online(b"{\"state\":\"ONLINE\"}")), "not-a-state");
    assert_eq!(code(is_online(b"{\"state\":true}")), "not-json");
    assert_eq!(code(is_online(b"onlin")), "not-json");
}

#[test]
fn the_wizard_is_told_of_devices_that_can_be_sources_and_of_those_that_cannot() {
    let devices = devices(DEVICES.as_bytes()).unwrap();
    let told: Vec<_> = devices.iter().map(|device| (device.name.as_str(), device.kinds.as_slice())).collect();
    assert_eq!(told, [("三单元大门", &[Kind::Contact][..]), ("lamp", &[]), ("0xa4c1380000000001", &[])]);
    assert_eq!(devices[0].model, "Aqara MCCGQ11LM");
}

#[test]
fn a_list_of_too_many_devices_is_read_as_far_as_the_bound() {
    let one = "{\"friendly_name\":\"d\",\"type\":\"Router\"}";
    let list = format!("[{}]", vec![one; limits::DEVICES + 9].join(","));
    assert_eq!(devices(list.as_bytes()).unwrap().len(), limits::DEVICES);
    assert_eq!(code(devices(b"{\"friendly_name\":\"d\"}")), "not-json");
}
