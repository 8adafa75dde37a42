use super::*;
use crate::zigbee;

const BEGAN: u64 = 1_795_000_000_000;
const SECOND: u64 = 1000;
const HOUR: u64 = 3600 * SECOND;

/// Two doors, a clock that only moves when told, and consents for the first door.
struct Estate {
    hearing: Hearing,
    now: Moment,
}

impl Estate {
    fn quiet() -> Self {
        let config = toml::from_str(
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
        );
        let now = Moment { wall_ms: BEGAN, steady_ms: 5 };
        let mut estate = Self { hearing: Hearing::new(&config.unwrap(), now), now };
        estate.agree(&["east"]);
        estate
    }

    /// Connected, Zigbee2MQTT running, and the east door said to be closed.
    fn closed() -> Self {
        let mut estate = Self::quiet();
        assert_eq!(estate.hear(Heard::Connected { resumed: false }), Vec::<String>::new());
        estate.hear(Heard::Bridge { online: true });
        assert_eq!(estate.door("east", "{\"contact\":true}"), ["east closed"]);
        estate
    }

    fn agree(&mut self, names: &[&str]) -> Vec<usize> {
        self.hearing.consent(&names.iter().map(|name| (*name).to_owned()).collect(), self.now)
    }

    fn hear(&mut self, heard: Heard) -> Vec<String> {
        let spoken = self.hearing.hear(heard, self.now);
        spoken.into_iter().map(|spoken| format!("{} {}", spoken.source, spoken.value)).collect()
    }

    fn message(&mut self, source: &str, payload: &str, kept: bool) -> Vec<String> {
        let place = usize::from(source == "west");
        let reading = zigbee::reading(crate::thing::Kind::Contact, payload.as_bytes()).unwrap();
        self.hear(Heard::Reading { place, reading, kept })
    }

    fn door(&mut self, source: &str, payload: &str) -> Vec<String> {
        self.message(source, payload, false)
    }

    fn after(&mut self, ms: u64) -> Vec<String> {
        self.now.wall_ms += ms;
        self.now.steady_ms += ms;
        self.hear(Heard::Tick)
    }
}

#[test]
fn a_door_that_opens_and_closes_is_said_twice_and_its_chatter_is_not() {
    let mut estate = Estate::closed();
    assert!(estate.door("east", "{\"contact\":true,\"linkquality\":80}").is_empty());
    assert_eq!(estate.door("east", "{\"contact\":false}"), ["east open"]);
    assert!(estate.door("east", "{\"linkquality\":81}").is_empty());
    assert_eq!(estate.door("east", "{\"contact\":true}"), ["east closed"]);
}

#[test]
fn a_door_without_consent_is_not_said_and_not_remembered() {
    let mut estate = Estate::closed();
    assert!(estate.door("west", "{\"contact\":false}").is_empty());
    assert_eq!(estate.agree(&["east", "west"]), [1]);
    assert!(estate.hear(Heard::Tick).is_empty(), "what it said before the consent is gone");
    assert_eq!(estate.door("west", "{\"contact\":true}"), ["west closed"]);
}

#[test]
fn a_consent_taken_back_silences_the_door_at_once() {
    let mut estate = Estate::closed();
    estate.agree(&[]);
    assert!(estate.door("east", "{\"contact\":false}").is_empty());
    assert!(estate.after(48 * HOUR).is_empty());
}

#[test]
fn when_the_bridge_dies_every_door_is_unknown_until_it_speaks_again() {
    let mut estate = Estate::closed();
    assert_eq!(estate.hear(Heard::Bridge { online: false }), ["east unknown"]);
    assert!(estate.hear(Heard::Bridge { online: true }).is_empty());
    assert_eq!(estate.door("east", "{\"contact\":true}"), ["east closed"]);
}

#[test]
fn a_device_the_bridge_does_not_hear_is_unknown() {
    let mut estate = Estate::closed();
    assert_eq!(estate.hear(Heard::Available { place: 0, online: false }), ["east unknown"]);
    assert!(estate.door("east", "{\"contact\":false}").is_empty());
    assert_eq!(estate.hear(Heard::Available { place: 0, online: true }), ["east open"]);
}

#[test]
fn a_short_absence_of_the_broker_puts_nothing_in_doubt() {
    let mut estate = Estate::closed();
    estate.hear(Heard::Lost);
    assert!(estate.after(20 * SECOND).is_empty());
    estate.hear(Heard::Connected { resumed: true });
    assert!(estate.after(10 * HOUR).is_empty());
}

#[test]
fn a_long_absence_of_the_broker_makes_every_door_unknown() {
    let mut estate = Estate::closed();
    estate.hear(Heard::Lost);
    assert!(estate.after(59 * SECOND).is_empty());
    estate.hear(Heard::Lost);
    assert_eq!(estate.after(SECOND), ["east unknown"]);
    estate.hear(Heard::Connected { resumed: true });
    assert!(estate.after(HOUR).is_empty());
    assert_eq!(estate.door("east", "{\"contact\":true}"), ["east closed"]);
}

#[test]
fn a_broker_that_forgot_us_may_have_dropped_an_opening() {
    let mut estate = Estate::closed();
    estate.hear(Heard::Lost);
    estate.hear(Heard::Connected { resumed: false });
    assert_eq!(estate.after(60 * SECOND), ["east unknown"]);
}

#[test]
fn a_kept_message_counts_once_the_bridge_says_that_it_runs() {
    let mut estate = Estate::quiet();
    estate.hear(Heard::Connected { resumed: false });
    assert!(estate.message("east", "{\"contact\":true}", true).is_empty());
    assert_eq!(estate.hear(Heard::Bridge { online: true }), ["east closed"]);
}

#[test]
fn a_kept_message_of_a_bridge_that_is_off_is_not_believed() {
    let mut estate = Estate::quiet();
    estate.hear(Heard::Connected { resumed: false });
    assert!(estate.message("east", "{\"contact\":true}", true).is_empty());
    assert_eq!(estate.hear(Heard::Bridge { online: false }), ["east unknown"]);
    let mut estate = Estate::quiet();
    estate.hear(Heard::Connected { resumed: false });
    estate.message("east", "{\"contact\":true}", true);
    assert_eq!(estate.after(60 * SECOND), ["east unknown"]);
}

#[test]
fn a_door_nobody_hears_after_a_start_is_unknown_after_the_grace_and_not_before() {
    let mut estate = Estate::quiet();
    assert!(estate.after(30 * SECOND).is_empty());
    estate.hear(Heard::Connected { resumed: false });
    estate.hear(Heard::Bridge { online: true });
    assert_eq!(estate.after(30 * SECOND), ["east unknown"]);
}

#[test]
fn a_door_that_stays_as_it_is_is_said_again_once_a_day() {
    let mut estate = Estate::closed();
    for hour in 1..24 {
        estate.now.wall_ms += HOUR;
        estate.now.steady_ms += HOUR;
        assert!(estate.door("east", "{\"contact\":true}").is_empty(), "hour {hour}");
    }
    assert_eq!(estate.after(HOUR), ["east closed"]);
}

#[test]
fn a_sensor_that_fell_off_the_door_is_unknown_after_a_day_and_an_hour() {
    let mut estate = Estate::closed();
    assert_eq!(estate.after(24 * HOUR), ["east closed"]);
    assert_eq!(estate.after(HOUR), ["east unknown"]);
}

#[test]
fn a_sensor_that_only_reports_its_battery_is_alive() {
    let mut estate = Estate::closed();
    estate.after(20 * HOUR);
    estate.door("east", "{\"battery\":90}");
    assert_eq!(estate.after(10 * HOUR), ["east closed"]);
}

#[test]
fn a_sensor_that_says_null_is_unknown() {
    assert_eq!(Estate::closed().door("east", "{\"contact\":null}"), ["east unknown"]);
}

#[test]
fn what_was_said_before_a_restart_is_not_said_again() {
    let mut estate = Estate::quiet();
    estate.hearing.restore(0, Said { state: State::Quiet, at_ms: BEGAN - HOUR });
    estate.hear(Heard::Connected { resumed: true });
    assert!(estate.door("east", "{\"contact\":true}").is_empty());
    assert_eq!(estate.door("east", "{\"contact\":false}"), ["east open"]);
}

#[test]
fn a_clock_that_was_ten_years_ahead_silences_nobody() {
    let mut estate = Estate::quiet();
    estate.hearing.restore(0, Said { state: State::Quiet, at_ms: BEGAN + 87_600 * HOUR });
    estate.hear(Heard::Connected { resumed: true });
    assert_eq!(estate.door("east", "{\"contact\":true}"), ["east closed"]);
}

#[test]
fn a_door_that_flutters_is_slowed_down_and_its_last_state_is_said_all_the_same() {
    let mut estate = Estate::closed();
    let flutter =
        (0..1_000).map(|turn| if turn % 2 == 0 { "{\"contact\":false}" } else { "{\"contact\":true}" });
    let said: usize = flutter.map(|payload| estate.door("east", payload).len()).sum();
    assert_eq!(said, limits::PACE_BURST as usize - 1);
    assert!(estate.door("east", "{\"contact\":true}").is_empty());
    assert_eq!(estate.after(limits::PACE_MS), ["east closed"]);
}

#[test]
fn the_battery_goes_with_a_state_and_never_with_unknown() {
    let mut estate = Estate::closed();
    let reading = Reading { state: Some(State::Raised), battery: Some(40) };
    let said = estate.hearing.hear(Heard::Reading { place: 0, reading, kept: false }, estate.now);
    assert_eq!(said[0].battery, Some(40));
    let said = estate.hearing.hear(Heard::Bridge { online: false }, estate.now);
    assert_eq!((said[0].value.as_str(), said[0].battery), ("unknown", None));
}
