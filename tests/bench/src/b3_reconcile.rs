//! B3: two copies of a million records that differ by 10 or 1,000, the newest or scattered: bytes, trips and time until
//! both know what the other lacks, and, for us, have it. Beside negentropy, which finds the ids of what differs and
//! leaves the carrying to others: so ours is counted without the frames that carry records.
//!
//! "Never met" compares everything; "met before" goes on from a cursor. Every measure ends with the copies compared.

use crate::dice::{Dice, shares};
use crate::machine::spread;
use crate::rounds::{Report, Row, arguments, rounds, timed};
use linli_record::{
    CommunityId, Draft, Incarnation, Kind, LogOpen, LogWriter, Record, RecordId, SecretKey, Tip,
};
use linli_sync::testing::Neighbourhood;
use negentropy::{Id, Negentropy, NegentropyStorageVector};

/// One author's records, and the tip after each that a difference may end at.
struct Log {
    records: Vec<Record>,
    tip: Tip,
    more: Vec<(Record, Tip)>,
}

fn log(community: CommunityId, author: usize, records: usize, more: usize) -> Log {
    let mut dice = Dice(0x0b30_0000 + author as u64);
    let key = SecretKey::from_bytes(&dice.bytes());
    let open = LogOpen::member(&key, Incarnation::from(dice.bytes::<16>()), None, "bench");
    let mut writer =
        LogWriter::begin(community, key, &open, dice.bytes(), 0, 1_700_000_000_000).expect("opens");
    let mut one = |writer: &mut LogWriter| {
        let draft = Draft::new(Kind::new(145)).on(writer.opening().id());
        writer.append(draft, &dice.bytes::<40>(), dice.bytes(), 1_700_000_000_000).expect("writes")
    };
    let mut held = vec![writer.opening().clone()];
    held.extend((1..records).map(|_| one(&mut writer)));
    let tip = writer.tip().clone();
    let more = (0..more).map(|_| (one(&mut writer), writer.tip().clone())).collect();
    Log { records: held, tip, more }
}

/// What one copy has more than the other: so many records of each of the first logs.
#[derive(Clone, Copy)]
struct Difference {
    name: &'static str,
    logs: usize,
    each: usize,
}

const DIFFERENCES: [Difference; 4] = [
    Difference { name: "10 newest", logs: 1, each: 10 },
    Difference { name: "10 scattered", logs: 10, each: 1 },
    Difference { name: "1,000 newest", logs: 50, each: 20 },
    Difference { name: "1,000 scattered", logs: 1_000, each: 1 },
];

impl Difference {
    fn records<'a>(&self, logs: &'a [Log]) -> impl Iterator<Item = &'a Record> {
        let each = self.each;
        logs.iter().take(self.logs).flat_map(move |log| log.more[..each].iter().map(|(record, _)| record))
    }
}

/// Bytes that steer, trips until both hold the same (greeting and records included), seconds until silence.
fn ours(hood: &mut Neighbourhood, logs: &[Log], difference: Difference, met: bool) -> (f64, f64, f64) {
    let homes = hood.homes(2);
    for log in logs {
        for home in &homes {
            hood.homes[*home].shelf.append(&log.records, &log.tip, None);
        }
    }
    if met {
        let link = hood.meet(homes[0], homes[1]);
        hood.settle();
        hood.part(link);
    }
    for log in logs.iter().take(difference.logs) {
        let (records, tips): (Vec<_>, Vec<_>) = log.more[..difference.each].iter().cloned().unzip();
        hood.homes[homes[0]].shelf.append(&records, tips.last().expect("some"), None);
    }
    let (seconds, (link, depth)) = timed(|| {
        let link = hood.meet(homes[0], homes[1]);
        let [one, other] = [homes[0], homes[1]];
        while hood.homes[one].shelf.records() != hood.homes[other].shelf.records() {
            assert!(hood.step(), "something is still on its way");
        }
        let depth = hood.links[link].depth;
        hood.settle();
        (link, depth)
    });
    assert!(hood.agree(homes[0], homes[1]) && hood.links[link].live(), "both hold the same");
    let link = &hood.links[link];
    (link.control_bytes as f64, f64::from(depth.div_ceil(2)), seconds)
}

fn storage<'a>(ids: impl Iterator<Item = (u64, &'a RecordId)>) -> NegentropyStorageVector {
    let mut storage = NegentropyStorageVector::new();
    for (time, id) in ids {
        storage.insert(time, Id::from_byte_array(*id.as_bytes())).expect("inserts");
    }
    storage.seal().expect("seals");
    storage
}

/// The same for negentropy: the ids are ordered by time, and what is scattered lies at chance times.
fn theirs(held: &[(u64, RecordId)], differ: &[(u64, RecordId)]) -> (f64, f64, f64) {
    let (seconds, (bytes, trips)) = {
        let less = storage(held.iter().map(|(time, id)| (*time, id)));
        let all = storage(held.iter().chain(differ).map(|(time, id)| (*time, id)));
        timed(|| {
            let mut client = Negentropy::borrowed(&less, 0).expect("starts");
            let mut server = Negentropy::borrowed(&all, 0).expect("starts");
            let (mut bytes, mut trips) = (0, 0);
            let (mut have, mut need) = (Vec::new(), Vec::new());
            let mut query = client.initiate().expect("asks");
            loop {
                let answer = server.reconcile(&query).expect("answers");
                (bytes, trips) = (bytes + query.len() + answer.len(), trips + 1);
                match client.reconcile_with_ids(&answer, &mut have, &mut need).expect("asks on") {
                    Some(next) => query = next,
                    None => break,
                }
            }
            assert_eq!((have.len(), need.len()), (0, differ.len()), "everything that differs is found");
            (bytes, trips)
        })
    };
    (bytes as f64, f64::from(trips), seconds)
}

/// Measures, or is one of the processes that are measured.
pub(crate) fn main() {
    let arguments = arguments();
    let argument = |index: usize, default: usize| arguments.get(index).copied().unwrap_or(default);
    let (records, authors) = (argument(0, 1_000_000), argument(1, 5_000));
    let mut report = Report::new("b3");
    report.fact("records", records);
    report.fact("logs", authors);
    for round in 0..rounds() as u64 {
        let community = Neighbourhood::new(round).community;
        let shares = shares(records, authors, 2);
        let logs = spread(authors, |author| log(community, author, shares[author], 20));
        let mut dice = Dice(round);
        let held: Vec<(u64, RecordId)> =
            logs.iter().flat_map(|log| &log.records).map(|record| (dice.roll() >> 24, record.id())).collect();
        for difference in DIFFERENCES {
            for (met, how) in [(false, "never met"), (true, "met before")] {
                let (bytes, trips, seconds) = ours(&mut Neighbourhood::new(round), &logs, difference, met);
                report.add(&format!("{} {how} bytes", difference.name), bytes);
                report.add(&format!("{} {how} trips", difference.name), trips);
                report.add(&format!("{} {how} ms", difference.name), seconds * 1e3);
            }
            let newest = difference.name.ends_with("newest");
            let time = |dice: &mut Dice| if newest { u64::MAX >> 8 } else { dice.roll() >> 24 };
            let differ: Vec<_> =
                difference.records(&logs).map(|record| (time(&mut dice), record.id())).collect();
            let (bytes, trips, seconds) = theirs(&held, &differ);
            report.add(&format!("{} negentropy bytes", difference.name), bytes);
            report.add(&format!("{} negentropy trips", difference.name), trips);
            report.add(&format!("{} negentropy ms", difference.name), seconds * 1e3);
        }
    }
    for difference in DIFFERENCES {
        let few = difference.logs * difference.each == 10;
        let never = if few { ("4 kB", 4e3) } else { ("40 kB", 4e4) };
        for (how, unit, target, reach) in [
            ("never met", "bytes", never.0, Some(never.1)),
            ("never met", "trips", "2", Some(2.0)),
            ("met before", "bytes", "200 B", Some(200.0)),
            ("met before", "trips", "1", Some(1.0)),
            ("never met", "ms", "", None),
        ] {
            report.row(Row {
                work: &format!("reconcile {records} records that differ by {}, {how}", difference.name),
                unit,
                ours: &format!("{} {how} {unit}", difference.name),
                peer: &format!("{} negentropy {unit}", difference.name),
                peer_name: "negentropy 0.5",
                limit: if unit == "bytes" { if few { "22 B" } else { "1.4 kB" } } else { "" },
                target,
                reach,
                smaller_is_better: true,
            });
        }
    }
    report.finish();
}
