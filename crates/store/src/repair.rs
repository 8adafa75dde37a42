//! Rebuilding a store from its rows and blocks: indexes, tips and extents are made anew, projections are left out.
//!
//! The crash argument. A repair reads the damaged file and writes a new one under another name; only when that is whole
//! and synced does it take the place. The damaged file stays beside it under its own name: a repair destroys nothing.
//!
//! A row with one damaged byte is mended by its checksum, and believed only if the log's chain and signature then verify.
//! A log ends where it can't be verified any more; the rows behind go into the table `quarantine`, to be looked at, and
//! come again from the neighbours. The new store has a new id, so that neighbours compare anew; the caller gives its own
//! device a new incarnation if its log was cut.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use linli_record::{CommunityId, Kind, LogId, LogOpen, RecordId, StoreId, Tip, limits};
use minicbor::{Decode, Encode};
use redb::{
    Builder, Database, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    TableDefinition, WriteTransaction,
};

use crate::audit::{Audit, Verified, Witness};
use crate::check::each;
use crate::errors::{OpenError, ReadError, WriteError};
use crate::index::{Extent, Staged};
use crate::open::{Settings, Store};
use crate::report::{CheckReport, Place, Progress, Stage};
use crate::row::{self, Body, Seat};
use crate::tables::{self, ExtentKey, ExtentValue};
use crate::tips::Held;
use crate::view::{self, Shelf};
use crate::{checksum, file, index, rebuild};

mod copy;

/// Where the damaged file's rows are, by the log numbers they have there. Gone when the repair is done.
const SCRATCH: TableDefinition<&ExtentKey, &ExtentValue> = TableDefinition::new("scratch");
const REPAIRED: &str = "store.redb.repaired";

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairReport {
    /// What was wrong; `verified` are the records that were kept, `unverified` whole rows that nothing vouches for.
    pub found: CheckReport,
    /// Rows whose one damaged byte was mended and verified.
    pub mended: u64,
    /// Rows that were moved aside.
    pub aside: u64,
    /// Whether the register's state must be computed again from the blocks.
    pub state_lost: bool,
    /// The damaged file, as it was.
    pub damaged_file: PathBuf,
}

/// A row that was moved aside.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Aside {
    /// Its arrival number.
    #[n(0)]
    pub arrival: u64,
    /// Its log, if that is known.
    #[n(1)]
    pub log: Option<LogId>,
    /// Why it was not kept.
    #[n(2)]
    pub why: String,
    /// The row's bytes.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub row: Vec<u8>,
}

impl Store {
    /// Repairs the closed store in `home`; `store` is fresh random bytes. Open it afterwards.
    ///
    /// # Errors
    /// [`OpenError`] when not even the tables can be read, or when the new file can't be written; the store is left as
    /// it was.
    pub fn repair(
        home: &Path,
        store: StoreId,
        settings: &Settings,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<RepairReport, OpenError> {
        let repaired = home.join(REPAIRED);
        let old = file::open(home, settings.cache_bytes)?;
        let (community, _) = file::identity(&old, home)?;
        remove_if_there(&repaired).map_err(io_error("clearing an unfinished repair in", home))?;
        let mut report = RepairReport {
            found: CheckReport::default(),
            mended: 0,
            aside: 0,
            state_lost: false,
            damaged_file: PathBuf::new(),
        };
        file::guarded(home, || {
            let made = Builder::new().set_cache_size(settings.cache_bytes).create(&repaired);
            let new = made.map_err(|error| file::explain(error, home))?;
            file::found(&new, community, store).map_err(|error| file::explain(error, home))?;
            rebuild_into(&old, &new, community, home, &mut report, progress)
                .map_err(|error| failed(error, home))
        })?;
        drop(old);
        report.damaged_file =
            take_place(home, &repaired).map_err(io_error("naming the repaired store in", home))?;
        Ok(report)
    }

    /// Repairs this store and goes on with the repaired one; `store` is fresh random bytes.
    ///
    /// # Errors
    /// As [`Store::repair`] and [`Store::reopen`]; after the former the store as it was is open again, if it opens.
    pub fn repair_here(
        &mut self,
        store: StoreId,
        settings: &Settings,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<RepairReport, OpenError> {
        let home = self.home().ok_or_else(|| OpenError::NotFound(PathBuf::new()))?.to_owned();
        self.close();
        let repaired = Self::repair(&home, store, settings, progress);
        let reopened = self.reopen(settings);
        let report = repaired?;
        reopened.map(|()| report)
    }

    /// Rows that repairs moved aside, from number `from` on, at most `limit`.
    ///
    /// # Errors
    /// [`ReadError`] when one can't be read.
    pub fn aside(&self, from: u64, limit: usize) -> Result<Vec<Aside>, ReadError> {
        let table = self.view()?.tx.open_table(tables::QUARANTINE)?;
        let mut found = Vec::new();
        for entry in table.range(from..)?.take(limit) {
            let (number, value) = entry?;
            let aside = minicbor::decode(value.value());
            found.push(aside.map_err(|_| ReadError::damaged(format!("row aside {}", number.value())))?);
        }
        Ok(found)
    }
}

fn io_error(attempted: &str, home: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let attempted = format!("{attempted} {}", home.display());
    move |source| OpenError::Io { attempted, source }
}

fn failed(error: WriteError, home: &Path) -> OpenError {
    match error {
        WriteError::Full => io_error("repairing", home)(io::ErrorKind::StorageFull.into()),
        WriteError::Uncertain(source) => io_error("repairing", home)(source),
        other => file::damaged(home, other.to_string()),
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The repaired file takes the name; the damaged one gets another first, so that a power cut leaves one of the two.
fn take_place(home: &Path, repaired: &Path) -> io::Result<PathBuf> {
    File::open(repaired)?.sync_all()?;
    let current = home.join(file::FILE);
    let free = (1..).map(|n| home.join(format!("{}.damaged-{n}", file::FILE))).find(|path| !path.exists());
    let kept = free.expect("some number is free");
    if fs::hard_link(&current, &kept).is_err() {
        // File systems without links (exFAT) have a moment without a store; the next opening says it is not there.
        fs::rename(&current, &kept)?;
    }
    fs::rename(repaired, &current)?;
    file::sync_dir(home)?;
    Ok(kept)
}

fn rebuild_into(
    old: &Database,
    new: &Database,
    community: CommunityId,
    home: &Path,
    report: &mut RepairReport,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), WriteError> {
    let old = old.begin_read()?;
    let mut tx = new.begin_write()?;
    tx.set_two_phase_commit(true);
    let (old, tx_ref) = (&old, &tx);
    let salvage = Salvage { arrivals: old.open_table(tables::ARRIVALS)?, tx: tx_ref, mended: Cell::new(0) };
    let ends = salvage.survey()?;
    let mut keeping = Keeping::new(tx_ref, report, progress, salvage.arrivals.len()?);
    let numbers = keep_logs(old, &salvage, &ends, community, &mut keeping)?;
    keeping.flush()?;
    let why = std::mem::take(&mut keeping.why);
    report.mended = salvage.mended.get();
    move_aside(old, &salvage, &why, &numbers, report)?;
    copy::forks(old, tx_ref, &numbers, report)?;
    copy::register(old, tx_ref, report)?;
    copy::values(old, tx_ref, report)?;
    copy::blobs(old, tx_ref, home, report)?;
    drop(salvage);
    tx.delete_table(SCRATCH)?;
    Ok(tx.commit()?)
}

/// The damaged file's rows, mended where one byte is wrong, found by where they say they are.
struct Salvage<'a> {
    arrivals: redb::ReadOnlyTable<u64, &'static [u8]>,
    tx: &'a WriteTransaction,
    mended: Cell<u64>,
}

impl Shelf for Salvage<'_> {
    fn row(&self, arrival: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(bytes) = self.arrivals.get(arrival)?.map(|row| row.value().to_vec()) else {
            return Ok(None);
        };
        let key = arrival.to_be_bytes();
        if checksum::open(&key, &bytes).is_some() {
            return Ok(Some(bytes));
        }
        let mended = checksum::mend(&key, &bytes);
        self.mended.set(self.mended.get() + u64::from(mended.is_some()));
        Ok(mended.or(Some(bytes)))
    }

    fn extent(&self, log: u32, seq: u64) -> Result<Option<Extent>, ReadError> {
        view::extent(&self.tx.open_table(SCRATCH)?, log, seq)
    }

    fn extent_after(&self, log: u32, seq: u64) -> Result<Option<Extent>, ReadError> {
        view::extent_after(&self.tx.open_table(SCRATCH)?, log, seq)
    }

    fn like(&self, _: &RecordId) -> Result<Vec<u64>, ReadError> {
        Ok(Vec::new())
    }
}

/// Where a log's rows end in the damaged file: sequence number and arrival of the last one.
type Ends = BTreeMap<u32, (u64, u64)>;

impl Salvage<'_> {
    /// Reads every row once and notes where the logs' stretches are.
    fn survey(&self) -> Result<Ends, WriteError> {
        let mut ends = Ends::new();
        let mut scratch = self.tx.open_table(SCRATCH)?;
        for entry in self.arrivals.range::<u64>(..).map_err(ReadError::from)? {
            let arrival = entry.map_err(ReadError::from)?.0.value();
            let Some(bytes) = self.row(arrival)? else { continue };
            let Ok(row) = rebuild::parse(arrival, &bytes) else { continue };
            let (log, seq) = (row.seat.log, row.seq);
            let end = ends.insert(log, (seq, arrival));
            if end.map(|(seq, arrival)| (seq + 1, arrival + 1)) != Some((seq, arrival)) {
                scratch.insert(&index::extent_key(log, seq), &index::extent_value(arrival))?;
            }
        }
        self.mended.set(0);
        Ok(ends)
    }
}

/// Every log that can be told, by its old number.
fn known_logs(
    old: &ReadTransaction,
    salvage: &Salvage<'_>,
    ends: &Ends,
) -> Result<BTreeMap<u32, Held>, WriteError> {
    let mut logs = BTreeMap::new();
    each(old, tables::LOGS, |number, value| {
        logs.extend(Held::open(number, value).map(|held| (number, held)));
        Ok::<(), WriteError>(())
    })?;
    for (number, (seq, arrival)) in ends {
        if !logs.contains_key(number)
            && let Some(mut held) = first_words(salvage, *number)?
        {
            (held.tip.seq, held.arrival) = (*seq, *arrival);
            logs.insert(*number, held);
        }
    }
    Ok(logs)
}

/// Whose log it is, from its log-open: its tip is not known.
fn first_words(salvage: &Salvage<'_>, number: u32) -> Result<Option<Held>, WriteError> {
    let Some(arrival) = rebuild::arrival_of(salvage, number, 0)? else { return Ok(None) };
    let Some(bytes) = salvage.row(arrival)? else { return Ok(None) };
    let Ok(row) = rebuild::parse(arrival, &bytes) else { return Ok(None) };
    let Body::Held(payload) = row.body else { return Ok(None) };
    let open = payload.get(limits::SALT_BYTES..).and_then(|body| LogOpen::parse(body).ok());
    Ok(open.map(|open| {
        let tip = Tip {
            log: open.log_id(),
            key: open.key,
            audience: open.audience,
            seq: 0,
            id: RecordId::from([0; 32]),
            seen: 0,
            version: limits::FORMAT_VERSION,
            closed: false,
        };
        Held { tip, arrival, signature: None }
    }))
}

/// Old log numbers with the new ones.
type Numbers = BTreeMap<u32, (u32, LogId)>;

fn keep_logs(
    old: &ReadTransaction,
    salvage: &Salvage<'_>,
    ends: &Ends,
    community: CommunityId,
    keeping: &mut Keeping<'_>,
) -> Result<Numbers, WriteError> {
    let mut numbers = Numbers::new();
    for (number, held) in known_logs(old, salvage, ends)? {
        let next = u32::try_from(numbers.len()).expect("not more than before");
        keeping.begin(next, &held);
        Audit::new(salvage, community, number, &held, keeping).go();
        if keeping.end()? {
            numbers.insert(number, (next, held.tip.log));
        }
    }
    Ok(numbers)
}

/// Writes what an audit verifies, until the log's first fault.
struct Keeping<'a> {
    tx: &'a WriteTransaction,
    report: &'a mut RepairReport,
    progress: &'a mut dyn FnMut(Progress),
    of: u64,
    staged: Staged,
    row: Vec<u8>,
    why: BTreeMap<u64, Why>,
    /// The log being kept: its new number, whose it is, where it ends so far.
    number: u32,
    model: Option<Tip>,
    kept: Option<Held>,
    broken: bool,
    error: Option<WriteError>,
}

impl<'a> Keeping<'a> {
    fn new(
        tx: &'a WriteTransaction,
        report: &'a mut RepairReport,
        progress: &'a mut dyn FnMut(Progress),
        of: u64,
    ) -> Self {
        Self {
            tx,
            report,
            progress,
            of,
            staged: Staged::default(),
            row: Vec::new(),
            why: BTreeMap::new(),
            number: 0,
            model: None,
            kept: None,
            broken: false,
            error: None,
        }
    }

    fn begin(&mut self, number: u32, held: &Held) {
        (self.number, self.model, self.kept, self.broken) = (number, Some(held.tip.clone()), None, false);
    }

    /// Whether anything of the log was kept.
    fn end(&mut self) -> Result<bool, WriteError> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.report.found.logs += u64::from(self.kept.is_some());
        let Some(held) = self.kept.take() else { return Ok(false) };
        self.tx.open_table(tables::LOGS)?.insert(self.number, held.seal(self.number).as_slice())?;
        (self.progress)(Progress { stage: Stage::Records, done: self.report.found.verified, of: self.of });
        Ok(true)
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        Ok(self.staged.flush(self.tx, &Default::default())?)
    }

    fn keep(&mut self, run: &[Verified]) -> Result<(), WriteError> {
        let mut arrivals = self.tx.open_table(tables::ARRIVALS)?;
        for one in run {
            let (header, seat) =
                (one.record.header(), Seat { arrival: one.arrival, log: self.number, from: one.from });
            let signature = one.record.signature().filter(|_| header.keeps_signature());
            row::write(&mut self.row, seat, header, one.record.payload(), signature);
            arrivals.insert(one.arrival, self.row.as_slice())?;
            self.staged.record(header, one.arrival);
            let before = self.kept.as_ref().map(|held| held.arrival);
            if before.is_none() || before.map(|arrival| arrival + 1) != Some(one.arrival) {
                self.staged.extent(self.number, header.seq, one.arrival);
            }
            let model = self.model.clone().expect("set when the log began");
            let tip = Tip {
                seq: header.seq,
                id: header.id(),
                seen: header.seen,
                version: header.version,
                closed: header.kind == Kind::LOG_CLOSE,
                ..model
            };
            let signature = one.record.signature().filter(|_| !header.keeps_signature()).copied();
            self.kept = Some(Held { tip, arrival: one.arrival, signature });
        }
        Ok(())
    }
}

impl Witness for Keeping<'_> {
    fn verified(&mut self, run: Vec<Verified>) {
        if self.broken || self.error.is_some() {
            self.report.found.unverified += run.len() as u64;
            return;
        }
        self.report.found.verified += run.len() as u64;
        self.error = self.keep(&run).err();
    }

    fn fault(&mut self, seq: u64, arrival: Option<u64>, what: String) {
        self.broken = true;
        let log = self.model.as_ref().map(|tip| tip.log);
        self.report.found.fault(Place::Record { log, seq: Some(seq), arrival }, what.clone());
        self.why.extend(arrival.map(|arrival| (arrival, Why { log, what })));
    }

    fn unverified(&mut self, _: u64, _: u64) {
        self.broken = true;
        self.report.found.unverified += 1;
    }
}

/// Why a row was not kept.
struct Why {
    /// The log it lay in: a damaged row does not tell by itself.
    log: Option<LogId>,
    what: String,
}

/// Every row that was not kept goes aside, with its reason.
fn move_aside(
    old: &ReadTransaction,
    salvage: &Salvage<'_>,
    why: &BTreeMap<u64, Why>,
    numbers: &Numbers,
    report: &mut RepairReport,
) -> Result<(), WriteError> {
    let kept = salvage.tx.open_table(tables::ARRIVALS)?;
    let mut quarantine = salvage.tx.open_table(tables::QUARANTINE)?;
    let mut next = 0;
    each(old, tables::QUARANTINE, |_, value| {
        next += 1;
        copy::put(&mut quarantine, next, value)
    })?;
    for entry in salvage.arrivals.range::<u64>(..).map_err(ReadError::from)? {
        let (arrival, value) = entry.map_err(ReadError::from)?;
        let arrival = arrival.value();
        if kept.get(arrival)?.is_some() {
            continue;
        }
        let row = rebuild::parse(arrival, value.value()).ok();
        let read = row.and_then(|row| numbers.get(&row.seat.log)).map(|(_, log)| *log);
        let told = why.get(&arrival);
        let log = read.or_else(|| told.and_then(|why| why.log));
        let why = told.map_or("behind a damaged record of its log", |why| &why.what).to_owned();
        let aside = Aside { arrival, log, why, row: value.value().to_vec() };
        next += 1;
        quarantine.insert(next, minicbor::to_vec(&aside).expect("a vector takes every byte").as_slice())?;
        report.aside += 1;
    }
    Ok(())
}
