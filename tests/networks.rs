//! The real program on networks of its own: a bridge without a way out, cables that are plugged, pulled and moved, routers
//! that masquerade. Skips, and says so, where network namespaces are not allowed; `LINLI_REQUIRE_PEERS=1` makes that a failure.

#[path = "networks/capture.rs"]
mod capture;
#[path = "networks/home.rs"]
mod home;
#[path = "guide/program.rs"]
mod program;
#[path = "networks/street.rs"]
mod street;
#[path = "networks/whereabouts.rs"]
mod whereabouts;

use std::time::Duration;

use capture::{Capture, Seen};
use home::Home;
use street::Street;

fn report(what: &str, took: Duration) {
    println!("{what}: {:.1} s", took.as_secs_f64());
}

fn nothing_strange(seen: &Seen) {
    assert!(seen.strange.is_empty(), "packets to others: {:#?}", seen.strange);
    assert!(seen.between_peers > 0, "nothing was captured: {seen:?}");
}

#[test]
fn two_homes_on_a_bridge_that_leads_nowhere_find_each_other_by_multicast() {
    let Some(street) = Street::open() else { return };
    let homes = tempfile::tempdir().unwrap();
    let bridge = street.bridge("bridge");
    let (here, there) = (street.place("shen"), street.place("zhou"));
    let mut shen = Home::at(&here, homes.path(), "shen");
    let mut zhou = Home::at(&there, homes.path(), "zhou");
    shen.found();
    // Made while the place has no interface: there is no address to put in it.
    let invite = shen.invite("3-1203");
    street.plug(&here, "eth0", &bridge, "10.77.0.1/24");
    street.plug(&there, "eth0", &bridge, "10.77.0.2/24");
    let wire = Capture::begin(&there, "eth0", homes.path().join("wire.pcap"));
    shen.run();
    zhou.join(&invite, &shen);
    zhou.post("Poles are behind the stairs");
    report("two homes by multicast, said to shown", shen.until_even_with(&zhou));
    zhou.stop();
    shen.stop();
    let seen = wire.end(&["10.77.0.1", "10.77.0.2"]);
    nothing_strange(&seen);
    assert!(seen.multicast_dns > 0, "they met by multicast: {seen:?}");
}

#[test]
fn two_homes_on_a_bridge_that_leads_nowhere_meet_at_the_address_in_an_invite() {
    let Some(street) = Street::open() else { return };
    let homes = tempfile::tempdir().unwrap();
    let bridge = street.bridge("bridge");
    let (here, there) = (street.place("shen"), street.place("zhou"));
    street.plug(&here, "eth0", &bridge, "10.77.1.1/24");
    street.plug(&there, "eth0", &bridge, "10.77.1.2/24");
    let mut shen = Home::that_only_dials(&here, homes.path(), "shen");
    let mut zhou = Home::that_only_dials(&there, homes.path(), "zhou");
    let wire = Capture::begin(&there, "eth0", homes.path().join("wire.pcap"));
    shen.found();
    shen.run();
    zhou.join(&shen.invite("3-1203"), &shen);
    shen.post("Sheets are ready");
    report("two homes by address, said to shown", shen.until_even_with(&zhou));
    zhou.stop();
    shen.stop();
    let seen = wire.end(&["10.77.1.1", "10.77.1.2"]);
    nothing_strange(&seen);
    assert_eq!(seen.multicast_dns, 0, "nobody looked for neighbours");
}

#[test]
fn a_home_without_any_interface_catches_up_when_one_is_plugged_in_and_when_it_moves() {
    let Some(street) = Street::open() else { return };
    let homes = tempfile::tempdir().unwrap();
    let bridge = street.bridge("bridge");
    let (here, there) = (street.place("shen"), street.place("zhou"));
    street.plug(&here, "eth0", &bridge, "10.77.2.1/24");
    let first = street.plug(&there, "eth0", &bridge, "10.77.2.2/24");
    let mut shen = Home::at(&here, homes.path(), "shen");
    let mut zhou = Home::at(&there, homes.path(), "zhou");
    shen.found();
    shen.run();
    zhou.join(&shen.invite("3-1203"), &shen);
    zhou.stop();
    first.unplug();
    // Nothing but the loopback interface while it starts, and both sides go on.
    zhou.run();
    zhou.post("The lift stands still");
    shen.post("The lift stands still here too");
    let cable = street.plug(&there, "eth0", &bridge, "10.77.2.3/24");
    report("plugged in late", zhou.until_even_with(&shen));

    cable.pull();
    zhou.post("And the light is out");
    shen.post("Candles are in the guardroom");
    cable.push();
    report("cable out and in again", zhou.until_even_with(&shen));

    cable.pull();
    cable.readdress("10.77.2.77/24");
    zhou.post("The light is on");
    cable.push();
    report("cable out, in again at another address", zhou.until_even_with(&shen));

    shen.post("The lift goes");
    cable.readdress("10.77.2.88/24");
    zhou.post("Good");
    report("another address under a live link", zhou.until_even_with(&shen));
}

#[test]
fn households_behind_routers_of_their_own_meet_through_a_members_relay() {
    let Some(street) = Street::open() else { return };
    let homes = tempfile::tempdir().unwrap();
    let outside = street.bridge("outside");
    let (west, east) = (street.bridge("west"), street.bridge("east"));
    let gate = street.place("gate");
    street.plug(&gate, "eth0", &outside, "203.0.113.1/24");
    street.router("router-west", (&outside, "203.0.113.11/24"), (&west, "192.168.1.1/24"));
    street.router("router-east", (&outside, "203.0.113.12/24"), (&east, "192.168.2.1/24"));
    let (left, right) = (street.place("wu"), street.place("lin"));
    street.plug(&left, "eth0", &west, "192.168.1.10/24");
    left.ip("route add default via 192.168.1.1");
    street.plug(&right, "eth0", &east, "192.168.2.10/24");
    right.ip("route add default via 192.168.2.1");
    let mut shen = Home::at(&gate, homes.path(), "shen");
    let mut wu = Home::at(&left, homes.path(), "wu");
    let mut lin = Home::at(&right, homes.path(), "lin");
    let wires = [
        Capture::begin(&left, "eth0", homes.path().join("left.pcap")),
        Capture::begin(&right, "eth0", homes.path().join("right.pcap")),
    ];
    shen.found();
    shen.ask(&["settings", "set", "relay", "0.0.0.0:8443"]);
    shen.run();
    wu.join(&shen.invite("2-501"), &shen);
    lin.join(&shen.invite("3-1203"), &shen);

    let (from, to) = (wu.node(), lin.node());
    let took = lin.until("a link to wu", |lin| lin.path_to(&from).is_some());
    report("two households behind routers, admitted to linked", took);
    // What is sealed to the two goes from one to the other and never over the third's disk.
    let theirs = wu.ask(&["status"]);
    assert_eq!(theirs["state"], "member");
    let people = wu.ask(&["people"]);
    let household =
        people["households"].as_array().and_then(|all| all.iter().find(|one| one["label"] == "lin"));
    let household = household.and_then(|one| one["id"].as_str()).expect("lin is among the people").to_owned();
    let audience = wu.ask(&["audience", "open", "Cake for old He", &household]);
    let audience = audience["record"].as_str().expect("an audience").to_owned();
    wu.ask(&["talk", "open", "Which cake?", "--audience", &audience]);
    let took =
        lin.until("the sealed talk", |lin| !lin.ask(&["talk", "list"]).as_array().is_none_or(Vec::is_empty));
    report("sealed talk through the relay", took);
    assert_eq!(wu.path_to(&to).expect("linked")["relayed"], true);
    shen.until_even_with(&wu);
    lin.until_even_with(&wu);
    lin.stop();
    wu.stop();
    let ours = ["203.0.113.1", "203.0.113.11", "203.0.113.12", "192.168.1.10", "192.168.2.10"];
    for wire in wires {
        nothing_strange(&wire.end(&ours));
    }
}
