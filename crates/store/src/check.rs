//! Verifying a store from the ground up: every chain from its log-open, every index both ways, blocks, small values and
//! attachments. It changes nothing, names every fault by its place, and needs memory for the faults and one run.
//!
//! Indexes are compared by tallies first: the number of keys and the sum of their hashes, once as the records say they
//! should be and once as they are. Equal tallies are equal sets (this guards against disks, not people); only where
//! they differ is every key looked up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use linli_record::{CommunityId, Header, LogId, Record, Tip, keys};
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, TableDefinition};

use crate::audit::{Audit, Verified, Witness};
use crate::contain::contain;
use crate::errors::{OpenError, ReadError};
use crate::index::{self, Extent, Keys, Placed};
use crate::open::{Settings, Store};
use crate::rebuild::{self, Logs};
use crate::report::{CheckReport, Place, Progress, Stage};
use crate::runs::{self, Space};
use crate::tables::{self, PrefixKey, RunKey};
use crate::tips::Held;
use crate::view::{Shelf, View};
use crate::{blobs, blocks, checksum, file, forks};

/// How often progress is told, in records.
const TELL_EVERY: u64 = 4_096;
/// What is said of a file that makes redb panic.
const CONTRADICT: &str = "its pages contradict one another";

impl Store {
    /// Verifies everything. Reading only; the time it takes grows with the records.
    #[must_use]
    pub fn check(&self, progress: &mut dyn FnMut(Progress)) -> CheckReport {
        let logs = self.tips.iter().map(|(number, held)| (number, held.clone())).collect();
        let mut report = CheckReport::default();
        match self.view() {
            Ok(view) => check(view, self.community, logs, self.home(), report, progress),
            Err(error) => {
                report.fault(Place::File, explained(&error));
                report
            }
        }
    }

    /// Verifies a store that does not open because it is damaged.
    ///
    /// # Errors
    /// [`OpenError`] when not even its tables can be listed.
    pub fn examine(
        home: &Path,
        settings: &Settings,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<CheckReport, OpenError> {
        let db = file::open(home, settings.cache_bytes)?;
        let (community, _) = file::guarded(home, || file::identity(&db, home))?;
        let mut report = CheckReport::default();
        let opened = contain(|| View::open(&db, &Default::default()));
        let view = match opened {
            Ok(Ok(view)) => view,
            Ok(Err(error)) => {
                report.fault(Place::File, explained(&error));
                return Ok(report);
            }
            Err(_) => {
                report.fault(Place::File, CONTRADICT);
                return Ok(report);
            }
        };
        let logs = whole_tips(&view, &mut report);
        Ok(check(&view, community, logs, Some(home), report, progress))
    }
}

/// The tips that can be read; the others are faults.
fn whole_tips(view: &View, report: &mut CheckReport) -> BTreeMap<u32, Held> {
    let mut logs = BTreeMap::new();
    let read = contain(|| {
        each(&view.tx, tables::LOGS, |number, value| {
            match Held::open(number, value) {
                Some(held) => drop(logs.insert(number, held)),
                None => report.fault(value_at("logs", number), "the log's tip is damaged"),
            }
            Ok::<(), ReadError>(())
        })
    });
    match read {
        Ok(Ok(())) => {}
        Ok(Err(error)) => report.fault(Place::File, explained(&error)),
        Err(_) => report.fault(Place::File, CONTRADICT),
    }
    logs
}

impl Logs for BTreeMap<u32, Held> {
    fn held(&self, number: u32) -> Option<&Held> {
        self.get(&number)
    }
}

fn check(
    view: &View,
    community: CommunityId,
    logs: BTreeMap<u32, Held>,
    home: Option<&Path>,
    report: CheckReport,
    progress: &mut dyn FnMut(Progress),
) -> CheckReport {
    let mut checking = Checking {
        view,
        community,
        logs,
        home,
        report,
        progress,
        ids: Tally::default(),
        objects: Tally::default(),
        beginnings: Tally::default(),
        unreadable: BTreeSet::new(),
        rows: 0,
        of: 0,
    };
    // A damaged file may make redb panic: that is a fault of the file.
    let stages = [
        Checking::records,
        Checking::indexes,
        Checking::forks,
        Checking::register,
        Checking::values,
        Checking::attachments,
    ];
    for stage in stages {
        match contain(|| stage(&mut checking)) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => checking.report.fault(Place::File, explained(&error)),
            Err(_) => checking.report.fault(Place::File, CONTRADICT),
        }
    }
    checking.report
}

/// Number of keys and sum of their hashes: equal for equal sets, in any order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    keys: u64,
    sum: u128,
}

impl Tally {
    fn add(&mut self, key: &[u8]) {
        let mut word = [0; 16];
        word[..key.len()].copy_from_slice(key);
        // An odd multiplier and a fold of the halves: a changed bit changes the sum.
        let mixed = u128::from_le_bytes(word).wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645);
        self.sum = self
            .sum
            .wrapping_add((mixed ^ (mixed >> 64)).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
        self.keys += 1;
    }
}

struct Checking<'a> {
    view: &'a View,
    community: CommunityId,
    logs: BTreeMap<u32, Held>,
    home: Option<&'a Path>,
    report: CheckReport,
    progress: &'a mut dyn FnMut(Progress),
    ids: Tally,
    objects: Tally,
    beginnings: Tally,
    /// Arrivals whose id is not known: damaged or behind damage.
    unreadable: BTreeSet<u64>,
    /// Rows that a log leads to.
    rows: u64,
    of: u64,
}

/// Listens to the audit of one log.
struct Listener<'c, 'a> {
    checking: &'c mut Checking<'a>,
    log: LogId,
}

impl Witness for Listener<'_, '_> {
    fn verified(&mut self, run: Vec<Verified>) {
        let checking = &mut *self.checking;
        for one in &run {
            let keys = Keys::of(one.record.header(), one.arrival);
            checking.ids.add(&keys.id);
            match &keys.place {
                Placed::Continues(key) => checking.objects.add(key),
                Placed::Begins(key) => checking.beginnings.add(key),
            }
        }
        checking.report.verified += run.len() as u64;
        checking.seen(run.len() as u64);
    }

    fn fault(&mut self, seq: u64, arrival: Option<u64>, what: String) {
        self.checking.unreadable.extend(arrival);
        self.checking.seen(u64::from(arrival.is_some()));
        let place = Place::Record { log: Some(self.log), seq: Some(seq), arrival };
        self.checking.report.fault(place, what);
    }

    fn unverified(&mut self, _: u64, arrival: u64) {
        self.checking.unreadable.insert(arrival);
        self.checking.report.unverified += 1;
        self.checking.seen(1);
    }
}

impl Checking<'_> {
    fn tell(&mut self, stage: Stage, done: u64) {
        (self.progress)(Progress { stage, done, of: self.of });
    }

    fn seen(&mut self, rows: u64) {
        let before = self.rows;
        self.rows += rows;
        if before / TELL_EVERY != self.rows / TELL_EVERY {
            self.tell(Stage::Records, self.rows);
        }
    }

    fn records(&mut self) -> Result<(), ReadError> {
        self.of = self.view.arrivals.len()?;
        self.report.logs = self.logs.len() as u64;
        let (view, community) = (self.view, self.community);
        for (number, held) in self.logs.clone() {
            let log = held.tip.log;
            let reached =
                Audit::new(view, community, number, &held, &mut Listener { checking: self, log }).go();
            self.tip(number, &held, reached.as_ref());
        }
        if self.rows != self.of { self.strays() } else { Ok(()) }
    }

    /// The tip in memory says what the newest row says.
    fn tip(&mut self, number: u32, held: &Held, reached: Option<&Tip>) {
        if reached.is_some_and(|reached| *reached != held.tip) {
            self.report.fault(Place::Tip(held.tip.log), "it is not where the log ends");
        }
        let arrival = rebuild::arrival_of(self.view, number, held.tip.seq);
        if !matches!(arrival, Ok(Some(arrival)) if arrival == held.arrival) {
            self.report.fault(Place::Tip(held.tip.log), "its arrival is not where the log ends");
        }
    }

    /// Rows that no log leads to, found one by one.
    fn strays(&mut self) -> Result<(), ReadError> {
        for entry in self.view.arrivals.iter()? {
            let (arrival, value) = entry?;
            let arrival = arrival.value();
            let Ok(row) = rebuild::parse(arrival, value.value()) else {
                if self.unreadable.insert(arrival) {
                    let place = Place::Record { log: None, seq: None, arrival: Some(arrival) };
                    self.report.fault(place, "the row is damaged and no log leads to it");
                }
                continue;
            };
            let Some(held) = self.logs.get(&row.seat.log) else {
                self.unreadable.insert(arrival);
                continue;
            };
            let (log, seq) = (Some(held.tip.log), Some(row.seq));
            let led = rebuild::arrival_of(self.view, row.seat.log, row.seq);
            if row.seq > held.tip.seq || !matches!(led, Ok(Some(led)) if led == arrival) {
                self.unreadable.insert(arrival);
                self.report
                    .fault(Place::Record { log, seq, arrival: Some(arrival) }, "no log leads to this row");
            }
        }
        Ok(())
    }

    fn indexes(&mut self) -> Result<(), ReadError> {
        self.tell(Stage::Indexes, 0);
        self.extents()?;
        for space in Space::ALL {
            self.runs(space)?;
        }
        let mut found = Tally::default();
        for entry in self.view.beginnings.iter()? {
            found.add(entry?.0.value());
        }
        if found != self.beginnings {
            self.compare_beginnings()?;
        }
        Ok(())
    }

    /// Every stretch begins with the row it names.
    fn extents(&mut self) -> Result<(), ReadError> {
        let mut last: Option<Extent> = None;
        for entry in self.view.extents.iter()? {
            let (key, value) = entry?;
            let extent = Extent::read(key.value(), value.value());
            let place = Place::Index { index: "extents", arrival: extent.arrival };
            let within = self.logs.get(&extent.log).is_some_and(|held| extent.seq <= held.tip.seq);
            if !within && self.logs.contains_key(&extent.log) {
                self.report.fault(place, "a stretch begins after the log's end");
            } else if last.is_some_and(|last| follows(last, extent)) {
                self.report.fault(place, "a stretch goes on where another begins");
            }
            last = Some(extent);
        }
        Ok(())
    }

    /// One space of the runs: whole chunks, fences in order, the same keys as the records have.
    fn runs(&mut self, space: Space) -> Result<(), ReadError> {
        let (index, expected) = match space {
            Space::Ids => ("ids", self.ids),
            Space::Objects => ("objects", self.objects),
        };
        let (mut found, mut broken) = (Tally::default(), Vec::new());
        each_key(self.view, space, |key| found.add(key), |what| broken.push(what))?;
        for what in &broken {
            self.report.fault(Place::Index { index, arrival: 0 }, what.clone());
        }
        if found == expected && broken.is_empty() { Ok(()) } else { self.compare(space, index) }
    }

    /// Every key leads to its record, and every record has its key.
    fn compare(&mut self, space: Space, index: &'static str) -> Result<(), ReadError> {
        let (view, mut wrong) = (self.view, Vec::new());
        let check = |key: &PrefixKey| {
            let arrival = index::arrival_in(key);
            if !self.unreadable.contains(&arrival) && self.key_of(space, arrival) != Some(*key) {
                wrong.push(arrival);
            }
        };
        each_key(view, space, check, drop)?;
        wrong.iter().for_each(|arrival| {
            self.report
                .fault(Place::Index { index, arrival: *arrival }, "leads to another record, or to none");
        });
        for entry in view.arrivals.range::<u64>(..)? {
            let arrival = entry?.0.value();
            if self.unreadable.contains(&arrival) {
                continue;
            }
            let Ok(Some(rebuilt)) = rebuild::by_arrival(view, &self.logs, arrival) else { continue };
            let listed = match (space, rebuilt.header.object) {
                (Space::Ids, _) => view.like(&rebuilt.header.id())?,
                (Space::Objects, Some(object)) => view.of_object(&object)?,
                (Space::Objects, None) => continue,
            };
            if !listed.contains(&arrival) {
                self.report.fault(Place::Index { index, arrival }, "the record is not in it");
            }
        }
        Ok(())
    }

    fn header(&self, arrival: u64) -> Option<Header> {
        rebuild::by_arrival(self.view, &self.logs, arrival).ok().flatten().map(|rebuilt| rebuilt.header)
    }

    fn key_of(&self, space: Space, arrival: u64) -> Option<PrefixKey> {
        let keys = Keys::of(&self.header(arrival)?, arrival);
        match (space, keys.place) {
            (Space::Ids, _) => Some(keys.id),
            (Space::Objects, Placed::Continues(key)) => Some(key),
            (Space::Objects, Placed::Begins(_)) => None,
        }
    }

    fn compare_beginnings(&mut self) -> Result<(), ReadError> {
        let index = "beginnings";
        for entry in self.view.beginnings.iter()? {
            let key = *entry?.0.value();
            let (kind, arrival) = index::beginning(&key);
            let right = |header: Header| header.kind == kind && header.object.is_none();
            if !self.unreadable.contains(&arrival) && !self.header(arrival).is_some_and(right) {
                self.report.fault(Place::Index { index, arrival }, "leads to another record, or to none");
            }
        }
        for entry in self.view.arrivals.iter()? {
            let arrival = entry?.0.value();
            let header = if self.unreadable.contains(&arrival) { None } else { self.header(arrival) };
            let Some(header) = header.filter(|header| header.object.is_none()) else { continue };
            if self.view.beginnings.get(&index::beginning_key(header.kind, arrival))?.is_none() {
                self.report.fault(Place::Index { index, arrival }, "the record is not in it");
            }
        }
        Ok(())
    }

    fn forks(&mut self) -> Result<(), ReadError> {
        let (view, community) = (self.view, self.community);
        for entry in view.tx.open_table(tables::FORKS)?.iter()? {
            let (key, value) = entry?;
            let (log, _, seq) = forks::places(key.value());
            let record = forks::open(key.value(), value.value()).map(|(raw, _)| Record::recall(raw));
            let vouched = |record: &Record, key| match record.signature() {
                Some(signature) => {
                    let message = linli_record::chain::signed_message(&community, record.bytes());
                    keys::verify(key, &message, signature)
                }
                None => true,
            };
            let whole = match (&record, self.logs.get(&log)) {
                (Some(Ok(record)), Some(held)) => record.seq == seq && vouched(record, &held.tip.key),
                (Some(Ok(_)), None) => true,
                _ => false,
            };
            if !whole {
                self.report.fault(Place::Fork { log, seq }, "the record is damaged");
            }
        }
        Ok(())
    }

    /// Blocks whole and each on the one below; the state of the newest.
    fn register(&mut self) -> Result<(), ReadError> {
        let (mut below, mut next) = (None, 0);
        for entry in self.view.tx.open_table(tables::BLOCKS)?.iter()? {
            let (height, value) = entry?;
            let height = height.value();
            if height > next {
                self.report.fault(Place::Blocks(next, height - 1), "missing");
            }
            next = height.saturating_add(1);
            self.report.blocks += 1;
            let Ok((certified, block)) = blocks::open(height, value.value()) else {
                self.report.fault(Place::Block(height), "the block is damaged");
                below = None;
                continue;
            };
            if block.community != self.community {
                self.report.fault(Place::Block(height), "it belongs to another community");
            }
            if below.is_some_and(|(at, id)| at + 1 == height && block.prev != Some(id)) {
                self.report.fault(Place::Block(height), "it does not follow the block below");
            }
            below = Some((height, certified.id()));
        }
        for entry in self.view.tx.open_table(tables::RIVALS)?.iter()? {
            let (key, value) = entry?;
            let height = blocks::rival_height(key.value());
            if blocks::open(height, value.value()).is_err() {
                self.report.fault(Place::Block(height), "a rival block is damaged");
            }
        }
        match blocks::state(&self.view.tx) {
            Err(error) => self.report.fault(Place::State, error.to_string()),
            Ok(Some((height, _))) if below.is_none_or(|(head, _)| head < height) => {
                self.report.fault(Place::State, "it is the state after a block that is not held");
            }
            Ok(_) => {}
        }
        Ok(())
    }

    fn values(&mut self) -> Result<(), ReadError> {
        self.tell(Stage::Register, 0);
        let (tx, report) = (&self.view.tx, &mut self.report);
        let mut sealed = |table: &'static str, name: String, key: &[u8], value: &[u8]| {
            if checksum::open(key, value).is_none() {
                report.fault(Place::Value { table, key: name }, "the value is damaged");
            }
            Ok::<(), ReadError>(())
        };
        each(tx, tables::PEERS, |n: u32, value| sealed("peers", n.to_string(), &n.to_be_bytes(), value))?;
        each(tx, tables::CURSORS, |key, value| sealed("cursors", hex(key), key, value))?;
        each(tx, tables::VERDICTS, |key, value| sealed("verdicts", hex(key), key, value))?;
        each(tx, tables::NAMED, |key, value| sealed("named", key.to_owned(), key.as_bytes(), value))?;
        each(tx, tables::CACHES, |key, value| sealed("caches", hex(key), key, value))
    }

    /// The catalogue against the files, and the files against the catalogue.
    fn attachments(&mut self) -> Result<(), ReadError> {
        let mut listed = BTreeSet::new();
        let read = each(&self.view.tx, tables::BLOBS, |hash, value| {
            let name = linli_record::BlobHash::from(*hash);
            match blobs::read(hash, value) {
                Ok(entry) => drop(listed.insert((name, entry.size, entry.held))),
                Err(_) => self.report.fault(Place::Blob(name), "the catalogue's entry is damaged"),
            }
            Ok::<(), ReadError>(())
        });
        if let Err(error) = read {
            self.report.fault(Place::File, explained(&error));
        }
        let Some(home) = self.home else { return Ok(()) };
        self.of = listed.len() as u64;
        for (done, (hash, size, held)) in (0..).zip(&listed) {
            self.tell(Stage::Attachments, done);
            if *held {
                self.report.blobs += 1;
                match blobs::hash_file(&blobs::path(home, hash)) {
                    Ok(found) if found == (*size, *hash) => {}
                    Ok(_) => self.report.fault(Place::Blob(*hash), "the file is not what its name says"),
                    Err(error) => {
                        self.report.fault(Place::Blob(*hash), format!("the file can't be read: {error}"));
                    }
                }
            }
        }
        match blobs::on_disk(home) {
            Ok(files) => {
                let known: BTreeSet<_> = listed.iter().filter(|one| one.2).map(|one| one.0).collect();
                for (hash, _) in files.iter().filter(|(hash, _)| !known.contains(hash)) {
                    self.report.fault(Place::Blob(*hash), "the file is not in the catalogue");
                }
            }
            Err(error) => self.report.fault(Place::File, format!("the attachments can't be listed: {error}")),
        }
        Ok(())
    }
}

/// Whether a stretch goes on from another, so that it should not have been begun.
const fn follows(last: Extent, next: Extent) -> bool {
    last.log == next.log && next.seq - last.seq == next.arrival.wrapping_sub(last.arrival)
}

/// An error with its causes: what the disk said is the point of it.
fn explained(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {}", explained(cause)))
}

fn value_at(table: &'static str, key: impl std::fmt::Display) -> Place {
    Place::Value { table, key: key.to_string() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(32).map(|byte| format!("{byte:02x}")).collect()
}

/// Every entry of a table whose values are bytes, until `visit` fails.
pub(crate) fn each<K: redb::Key + 'static, E: From<ReadError>>(
    tx: &ReadTransaction,
    table: TableDefinition<'_, K, &'static [u8]>,
    mut visit: impl for<'e> FnMut(K::SelfType<'e>, &'e [u8]) -> Result<(), E>,
) -> Result<(), E> {
    let table = tx.open_table(table).map_err(ReadError::from)?;
    for entry in table.range::<K::SelfType<'_>>(..).map_err(ReadError::from)? {
        let (key, value) = entry.map_err(ReadError::from)?;
        visit(key.value(), value.value())?;
    }
    Ok(())
}

/// Every key of one index, and what is broken about its runs.
fn each_key(
    view: &View,
    space: Space,
    mut visit: impl FnMut(&PrefixKey),
    mut broken: impl FnMut(String),
) -> Result<(), ReadError> {
    for entry in view.tx.open_table(space.fresh())?.iter()? {
        visit(entry?.0.value());
    }
    for run in &view.lists[space as usize] {
        let (low, high) = (runs::run_key(space, run.number, 0), runs::run_key(space, run.number, u32::MAX));
        let (mut keys, mut chunks) = (0, 0);
        for entry in view.runs.range::<&RunKey>(&low..=&high)? {
            let (at, value) = entry?;
            let Some(chunk) = runs::open(at.value(), value.value()) else {
                broken(format!("chunk {chunks} of run {} is damaged", run.number));
                chunks += 1;
                continue;
            };
            let (fence, next) = (run.fences.get(chunks), run.fences.get(chunks + 1));
            let fits = chunk.first().is_none_or(|first| fence.is_some_and(|fence| fence <= first))
                && chunk.last().is_none_or(|last| next.is_none_or(|next| last <= next));
            if !fits {
                broken(format!("chunk {chunks} of run {} lies outside its fences", run.number));
            }
            chunk.iter().for_each(&mut visit);
            keys += chunk.len() as u64;
            chunks += 1;
        }
        if chunks != run.fences.len() || (keys != run.keys && chunks > 0) {
            broken(format!("run {} has {keys} keys in {chunks} chunks, not {}", run.number, run.keys));
        }
    }
    Ok(())
}
