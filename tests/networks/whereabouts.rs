//! What somebody sees who records everything that passes a household's cable, when a door opens that is not theirs.

use crate::capture::Capture;
use crate::home::Home;
use crate::street::Street;

const DOOR: &str = "door/3-1203";
const HALL: &str = "hall door";
/// Openings.
const TIMES: usize = 10;
/// Packets looked at while nothing happens.
const QUIET: usize = 16;
const ALL: [&str; 4] = ["10.77.9.1", "10.77.9.2", "10.77.9.3", "10.77.9.4"];

/// What passed in ten seconds, by what passed in a shorter or longer time.
#[derive(Debug, Clone, Copy)]
struct Traffic {
    packets: u64,
    bytes: u64,
}

impl Traffic {
    /// Since the first `from` packets, ended by one that comes.
    fn since(wire: &Capture, from: usize) -> Self {
        let passed = wire.passed(&ALL);
        let (first, since) = (passed[from.saturating_sub(1)].0, &passed[from..]);
        let took_us = since.last().map_or(1, |(at, _)| at - first).max(1_000_000);
        let bytes: u64 = since.iter().map(|(_, length)| *length as u64).sum();
        Self { packets: since.len() as u64 * 10_000_000 / took_us, bytes: bytes * 10_000_000 / took_us }
    }

    /// Whether there is about as much as when nothing happened: comparisons that fall due, and no more.
    const fn is_like(&self, quiet: &Self) -> bool {
        self.packets <= 2 * quiet.packets + 20 && self.bytes <= 2 * quiet.bytes + 5_000
    }
}

fn consent(shen: &Home, source: &str, viewers: &str) {
    let grant =
        ["consent", "grant", "hall", source, "--purpose", "to know that it is shut", "--viewers", viewers];
    shen.ask(&grant);
}

fn opens(hall: &Home, source: &str) {
    hall.ask(&["sighting", "say", source, "contact", "CANARY-OPEN"]);
}

#[test]
fn whoever_records_a_neighbours_cable_can_not_tell_when_another_flats_door_opens() {
    let Some(street) = Street::open() else { return };
    let homes = tempfile::tempdir().unwrap();
    let bridge = street.bridge("bridge");
    let names = ["shen", "zhou", "wu", "hall"];
    let places = names.map(|name| street.place(name));
    for (place, address) in places.iter().zip(ALL) {
        street.plug(place, "eth0", &bridge, &format!("{address}/24"));
    }
    let mut at = 0;
    let [mut shen, mut zhou, mut wu, mut hall] = names.map(|name| {
        at += 1;
        Home::that_only_dials(&places[at - 1], homes.path(), name)
    });
    shen.found();
    shen.run();
    zhou.join(&shen.invite("3-1203"), &shen);
    wu.join(&shen.invite("2-102"), &shen);
    let invite = shen.ask(&["invite", "--as", "gateway"]);
    hall.join(invite["text"].as_str().expect("an invite has a text"), &shen);
    consent(&shen, DOOR, "3-1203");
    consent(&shen, HALL, "everyone");
    hall.until_even_with(&shen);
    wu.until_even_with(&shen);
    // What a source's first word brings is over, and everybody knows everybody.
    hall.until("the consents", |hall| hall.try_ask(&["sighting", "say", DOOR, "contact", "first"]).is_ok());
    opens(&hall, HALL);
    zhou.until("both", |zhou| zhou.heard(DOOR) == 1 && zhou.heard(HALL) == 1);
    wu.until("the hall", |wu| wu.heard(HALL) == 1);
    wu.until("links to all", |wu| wu.is_even_with_all(3));

    let wire = Capture::begin(&places[2], "eth0", homes.path().join("wire.pcap"));
    let passed = || wire.passed(&ALL).len();
    wu.until("a quiet time", |_| passed() >= QUIET);
    let (quiet, mark) = (Traffic::since(&wire, 1), passed());

    (0..TIMES).for_each(|_| opens(&hall, DOOR));
    zhou.until("every opening", |zhou| zhou.heard(DOOR) == TIMES + 1);
    wu.until("a few more packets", |_| passed() >= mark + 8);
    let (door, mark) = (Traffic::since(&wire, mark), passed());
    println!("quiet {quiet:?}, while a door opens {TIMES} times {door:?}");
    assert!(door.is_like(&quiet), "the cable tells: {door:?}, quiet {quiet:?}");
    assert_eq!(wu.heard(DOOR), 0);

    // The measure sees what it should: the hall's door, which is everyone's.
    (0..TIMES).for_each(|_| opens(&hall, HALL));
    wu.until("every opening of the hall", |wu| wu.heard(HALL) == TIMES + 1);
    let hall_door = Traffic::since(&wire, mark);
    println!("while the hall's door opens as often {hall_door:?}");
    assert!(!hall_door.is_like(&quiet), "ten sightings pass and are not seen: {hall_door:?}");
    for plain in [DOOR.as_bytes(), HALL.as_bytes(), b"CANARY-OPEN", b"3-1203"] {
        assert!(!wire.saw(plain), "{} passed in plain", String::from_utf8_lossy(plain));
    }
    for home in [&mut shen, &mut zhou, &mut wu, &mut hall] {
        home.stop();
    }
}
