//! B3: two copies of a million records that differ by 10 or 1,000, the newest or scattered: bytes that steer, trips and
//! time until both know what the other lacks. Beside negentropy, which finds the ids of what differs and leaves the
//! carrying to others: so frames that carry records are left out of our bytes, and the last message, which carries them,
//! out of our trips.
//!
//! "Never met" compares everything; the greeting's bytes count, its message does not, as negentropy has none. "Met before"
//! goes on from a cursor in the greeting itself. Asserted: every measure ends with both copies holding the same.
//! `b3 [records] [authors]`

use crate::dice::{Dice, shares};
use crate::machine::spread;
use crate::rounds::{Report, Row, arguments, rounds, timed};
use linli_record::{
    CommunityId, Draft, Incarnation, Kind, LogOpen, LogWriter, Record, RecordId, SecretKey, StoreId,
};
use linli_sync::testing::Neighbourhood;
use negentropy::{Id, Negentropy, NegentropyStorageVector};

/// One author's log, and what it held at first.
struct Log {
    records: Vec<Record>,
    writer: LogWriter,
    dice: Dice,
}

impl Log {
    fn begin(community: CommunityId, author: usize, records: usize) -> Self {
        let mut dice = Dice(0x0b30_0000 + author as u64);
        let key = SecretKey::from_bytes(&dice.bytes());
        let open = LogOpen::member(&key, Incarnation::from(dice.bytes::<16>()), None, "bench");
        let writer =
            LogWriter::begin(community, key, &open, dice.bytes(), 0, 1_700_000_000_000).expect("opens");
        let mut log = Self { records: vec![writer.opening().clone()], writer, dice };
        for _ in 1..records {
            let record = log.say();
            log.records.push(record);
        }
        log
    }

    fn say(&mut self) -> Record {
        let draft = Draft::new(Kind::new(145)).on(self.writer.opening().id());
        let (body, salt) = (self.dice.bytes::<40>(), self.dice.bytes());
        self.writer.append(draft, &body, salt, 1_700_000_000_000).expect("writes")
    }
}

/// By what the copies differ.
#[derive(Clone, Copy)]
struct Difference {
    records: usize,
    /// Said by those who say most, as what is newest is; or each by anyone.
    newest: bool,
}

const DIFFERENCES: [Difference; 4] = [
    Difference { records: 10, newest: true },
    Difference { records: 10, newest: false },
    Difference { records: 1_000, newest: true },
    Difference { records: 1_000, newest: false },
];

impl Difference {
    fn name(self) -> String {
        format!("{} {}", self.records, if self.newest { "newest" } else { "scattered" })
    }

    /// How many records each author says.
    fn by_author(self, authors: usize, dice: &mut Dice) -> Vec<usize> {
        let weights = shares(authors * 200, authors, 1);
        let all: usize = weights.iter().sum();
        let mut counts = vec![0; authors];
        for _ in 0..self.records {
            let mut at = if self.newest { dice.below(all) } else { 0 };
            let author = if self.newest {
                weights.iter().position(|weight| at.checked_sub(*weight).map(|left| at = left).is_none())
            } else {
                Some(dice.below(authors))
            };
            counts[author.expect("within all weights")] += 1;
        }
        counts
    }
}

/// Both copies, and the authors.
struct Copies {
    hood: Neighbourhood,
    homes: [usize; 2],
    logs: Vec<Log>,
    dice: Dice,
}

impl Copies {
    fn new(records: usize, authors: usize) -> Self {
        let mut hood = Neighbourhood::new(3);
        let homes = [hood.move_in(), hood.move_in()];
        let shares = shares(records, authors, 2);
        let community = hood.community;
        let logs = spread(authors, |author| Log::begin(community, author, shares[author]));
        for log in &logs {
            homes.iter().for_each(|home| {
                hood.homes[*home].shelf.append(&log.records, log.writer.tip(), None);
            });
        }
        Self { hood, homes, logs, dice: Dice(3) }
    }

    /// One of the two hears more than the other.
    fn differ(&mut self, difference: Difference) {
        let counts = difference.by_author(self.logs.len(), &mut self.dice);
        for (log, count) in self.logs.iter_mut().zip(counts).filter(|(_, count)| *count > 0) {
            let said: Vec<Record> = (0..count).map(|_| log.say()).collect();
            self.hood.homes[self.homes[0]].shelf.append(&said, log.writer.tip(), None);
        }
    }

    /// Bytes that steer, trips until the records flow, seconds until silence.
    fn meet(&mut self, difference: Difference, met: bool) -> (f64, f64, f64) {
        if !met {
            let fresh = self.dice.bytes::<16>();
            self.homes.iter().zip([0, 0xff]).for_each(|(home, mask)| {
                let id = StoreId::from(fresh.map(|byte| byte ^ mask));
                self.hood.homes[*home].shelf.restamp(id);
            });
        }
        self.differ(difference);
        let [one, other] = self.homes;
        let hood = &mut self.hood;
        let (seconds, (link, depth)) = timed(|| {
            let link = hood.meet(one, other);
            while hood.homes[one].shelf.records() != hood.homes[other].shelf.records() {
                assert!(hood.step(), "something is still on its way");
            }
            let depth = hood.links[link].depth;
            hood.settle();
            (link, depth)
        });
        assert!(hood.agree(one, other) && hood.links[link].live(), "both hold the same");
        hood.part(link);
        let messages = depth - if met { 1 } else { 2 };
        (hood.links[link].control_bytes as f64, f64::from(messages.div_ceil(2)), seconds)
    }
}

/// What negentropy compares: ids in order of time.
struct Ids(Vec<(u64, RecordId)>);

impl Ids {
    fn of(logs: &[Log], dice: &mut Dice) -> Self {
        let records = logs.iter().flat_map(|log| &log.records);
        Self(records.map(|record| (dice.roll() >> 24, record.id())).collect())
    }

    fn storage(&self, more: &[(u64, RecordId)]) -> NegentropyStorageVector {
        let mut storage = NegentropyStorageVector::new();
        for (time, id) in self.0.iter().chain(more) {
            storage.insert(*time, Id::from_byte_array(*id.as_bytes())).expect("inserts");
        }
        storage.seal().expect("seals");
        storage
    }

    /// Bytes, trips, seconds: what is scattered lies at chance times.
    fn differ(
        &self,
        less: &NegentropyStorageVector,
        difference: Difference,
        dice: &mut Dice,
    ) -> (f64, f64, f64) {
        let mut time = || if difference.newest { u64::MAX >> 8 } else { dice.roll() >> 24 };
        let times: Vec<u64> = (0..difference.records).map(|_| time()).collect();
        let more: Vec<_> = times.into_iter().map(|time| (time, RecordId::from(dice.bytes::<32>()))).collect();
        let all = self.storage(&more);
        let (seconds, (bytes, trips)) = timed(|| negentropy(less, &all, more.len()));
        (bytes as f64, trips as f64, seconds)
    }
}

fn negentropy(less: &NegentropyStorageVector, all: &NegentropyStorageVector, lacks: usize) -> (usize, usize) {
    let mut client = Negentropy::borrowed(less, 0).expect("starts");
    let mut server = Negentropy::borrowed(all, 0).expect("starts");
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
    assert_eq!((have.len(), need.len()), (0, lacks), "everything that differs is found");
    (bytes, trips)
}

fn add(report: &mut Report, name: &str, (bytes, trips, seconds): (f64, f64, f64)) {
    report.add(&format!("{name} bytes"), bytes);
    report.add(&format!("{name} trips"), trips);
    report.add(&format!("{name} ms"), seconds * 1e3);
}

/// Measures both, in turn.
pub(crate) fn main() {
    let arguments = arguments();
    let argument = |index: usize, default: usize| arguments.get(index).copied().unwrap_or(default);
    let (records, authors) = (argument(0, 1_000_000), argument(1, 5_000));
    let mut report = Report::new("b3");
    report.fact("records", records);
    report.fact("logs", authors);
    let mut copies = Copies::new(records, authors);
    let mut dice = Dice(4);
    let ids = Ids::of(&copies.logs, &mut dice);
    let less = ids.storage(&[]);
    for _ in 0..rounds() {
        for difference in DIFFERENCES {
            let name = difference.name();
            add(&mut report, &format!("{name} never met"), copies.meet(difference, false));
            add(&mut report, &format!("{name} met before"), copies.meet(difference, true));
            add(&mut report, &format!("{name} negentropy"), ids.differ(&less, difference, &mut dice));
        }
    }
    rows(records, &mut report);
    report.finish();
}

fn rows(records: usize, report: &mut Report) {
    for difference in DIFFERENCES {
        let (limit, most) =
            if difference.records == 10 { ("22 B", ("4 kB", 4e3)) } else { ("1.4 kB", ("40 kB", 4e4)) };
        for (how, unit, target, reach) in [
            ("never met", "bytes", most.0, Some(most.1)),
            ("never met", "trips", "2", Some(2.0)),
            ("met before", "bytes", "200 B", Some(200.0)),
            ("met before", "trips", "1", Some(1.0)),
            ("never met", "ms", "", None),
        ] {
            let name = difference.name();
            report.row(Row {
                work: &format!("reconcile {records} records that differ by {name}, {how}"),
                unit,
                ours: &format!("{name} {how} {unit}"),
                peer: &format!("{name} negentropy {unit}"),
                peer_name: "negentropy 0.5",
                limit: if unit == "bytes" { limit } else { "" },
                target,
                reach,
                smaller_is_better: true,
            });
        }
    }
}
