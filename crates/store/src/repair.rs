//! Rebuilding a store from its rows and blocks: indexes, tips and extents are made anew, projections are left out.
//!
//! The crash argument. A repair reads the damaged file and writes a new one under another name; only when that is whole
//! and synced does it take the place. The damaged file stays beside it under its own name: a repair destroys nothing.
//!
//! Every page may be damaged: rows and tables are read as far as they go ([`salvage`]), and what does not read is said. When
//! nothing does, and the caller knows whose store it was, the new one is empty: everything comes again from the neighbours.
//!
//! A row with one damaged byte is mended by its checksum, and believed only if the log's chain and signature then verify.
//! A log ends where it can't be verified any more; the rows behind go into the table `quarantine`, to be looked at, and
//! come again from the neighbours. The new store has a new id, so that neighbours compare anew; the caller gives its own
//! device a new incarnation if its log was cut.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use linli_record::{CommunityId, DeviceKey, Kind, LogId, LogOpen, RecordId, StoreId, Tip, limits};
use minicbor::{Decode, Encode};
use redb::{Builder, Database, ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};

use self::salvage::{Damaged, Reads, Salvage, each};
use crate::audit::{Audit, Verified, Witness};
use crate::errors::{OpenError, ReadError, WriteError};
use crate::index::Staged;
use crate::open::{Settings, Store};
use crate::report::{CheckReport, Place, Progress, Stage};
use crate::row::{self, Body, Seat};
use crate::tables::{self, ExtentKey, ExtentValue};
use crate::tips::Held;
use crate::view::Shelf;
use crate::{file, rebuild};

mod copy;
mod salvage;

/// Where the damaged file's rows are, by the log numbers they have there. Gone when the repair is done.
const SCRATCH: TableDefinition<&ExtentKey, &ExtentValue> = TableDefinition::new("scratch");
const REPAIRED: &str = "store.redb.repaired";

/// What a repair did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepairReport {
    /// What was wrong; `verified` are the records that were kept, `unverified` whole rows that nothing vouches for.
    pub found: CheckReport,
    /// Rows whose one damaged byte was mended and verified.
    pub mended: u64,
    /// Rows that were moved aside.
    pub aside: u64,
    /// Whether the register's state must be computed again from the blocks.
    pub state_lost: bool,
    /// Whose logs end earlier now than they did.
    pub cut: BTreeSet<DeviceKey>,
    /// Whether parts of the file could not be read at all, so that more may be lost than `found` names.
    pub incomplete: bool,
    /// Whether some of what the home remembers under a name may be lost.
    pub names_lost: bool,
    /// The newest block that was there, as far as that is known, when blocks up to it are lost.
    pub blocks_lost: Option<u64>,
    /// Whether nothing could be read, or nothing was there: the new store is empty.
    pub fresh: bool,
    /// The damaged file, as it was; none when there was no file.
    pub damaged_file: Option<PathBuf>,
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
    /// Repairs the closed store in `home`; `store` is fresh random bytes. Open it afterwards. `known` is whose store it is, if
    /// that is known from elsewhere: it counts more than what a damaged file says.
    ///
    /// # Errors
    /// [`OpenError::Nameless`] when nothing can be read and nobody knows whose store it was; [`OpenError`] when the new file
    /// can't be written. The store is left as it was.
    pub fn repair(
        home: &Path,
        known: Option<CommunityId>,
        store: StoreId,
        settings: &Settings,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<RepairReport, OpenError> {
        let cache_bytes = settings.cache_bytes;
        let old = Damaged::open(home, cache_bytes)?;
        let mut report = RepairReport::default();
        let Some(community) = known.or_else(|| old.community(home)) else { return Err(nameless(home)) };
        fs::create_dir_all(home).map_err(io_error("creating the directory", home))?;
        let repaired = home.join(REPAIRED);
        remove_if_there(&repaired).map_err(io_error("clearing an unfinished repair in", home))?;
        let made = Builder::new().set_cache_size(cache_bytes).create(&repaired);
        let new = made.map_err(|error| file::explain(error, home))?;
        file::found(&new, community, store).map_err(|error| file::explain(error, home))?;
        if old.is_in_parts() {
            report.incomplete = true;
            report.found.fault(Place::File, "it does not open: it is read as far as it goes");
        }
        let done = match old.read() {
            Ok(Some(read)) => rebuild_into(&read, &new, home, community, &mut report, progress),
            Ok(None) => begin_empty(&new, home, &mut report),
            Err(error) => Err(error.into()),
        };
        drop(new);
        drop(old);
        done.map_err(|error| failed(error, home))?;
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
        let community = self.community;
        self.close();
        let repaired = Self::repair(&home, Some(community), store, settings, progress);
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

fn nameless(home: &Path) -> OpenError {
    if home.join(file::FILE).exists() {
        OpenError::Nameless(home.to_owned())
    } else {
        OpenError::NotFound(home.to_owned())
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
fn take_place(home: &Path, repaired: &Path) -> io::Result<Option<PathBuf>> {
    File::open(repaired)?.sync_all()?;
    let current = home.join(file::FILE);
    if !current.try_exists()? {
        fs::rename(repaired, &current)?;
        return file::sync_dir(home).map(|()| None);
    }
    let free = (1..).map(|n| home.join(format!("{}.damaged-{n}", file::FILE))).find(|path| !path.exists());
    let kept = free.expect("some number is free");
    if fs::hard_link(&current, &kept).is_err() {
        // File systems without links (exFAT) have a moment without a store; the next opening says it is not there.
        fs::rename(&current, &kept)?;
    }
    fs::rename(repaired, &current)?;
    file::sync_dir(home)?;
    Ok(Some(kept))
}

/// An empty store, with whatever attachments lie beside it.
fn begin_empty(new: &Database, home: &Path, report: &mut RepairReport) -> Result<(), WriteError> {
    (report.fresh, report.incomplete, report.names_lost, report.state_lost) = (true, true, true, true);
    report.found.fault(Place::File, "nothing in it can be read");
    let mut tx = new.begin_write()?;
    tx.set_two_phase_commit(true);
    copy::files(&tx, home, BTreeMap::new(), report)?;
    Ok(tx.commit()?)
}

fn rebuild_into(
    old: &ReadTransaction,
    new: &Database,
    home: &Path,
    community: CommunityId,
    report: &mut RepairReport,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), WriteError> {
    let mut tx = new.begin_write()?;
    tx.set_two_phase_commit(true);
    let tx_ref = &tx;
    let bytes = fs::metadata(home.join(file::FILE)).map_or(0, |found| found.len());
    let salvage = Salvage::of(old, tx_ref, bytes)?;
    let ends = salvage.survey()?;
    let mut keeping = Keeping::new(tx_ref, report, progress, salvage.about());
    let numbers = keep_logs(old, &salvage, &ends, community, &mut keeping)?;
    keeping.flush()?;
    let (why, newest_peer) = (std::mem::take(&mut keeping.why), keeping.newest_peer);
    report.mended = salvage.mended.get();
    if salvage.incomplete.get() {
        report.lose("rows");
    }
    move_aside(old, &salvage, &why, &numbers, report)?;
    copy::forks(old, tx_ref, &numbers, report)?;
    copy::register(old, tx_ref, report)?;
    copy::values(old, tx_ref, newest_peer, report)?;
    copy::blobs(old, tx_ref, home, report)?;
    report.fresh = report.incomplete && report.found.verified == 0 && report.found.blocks == 0;
    drop(salvage);
    tx.delete_table(SCRATCH)?;
    Ok(tx.commit()?)
}

impl RepairReport {
    /// A part of the file does not read: what was in it is not even known.
    fn lose(&mut self, what: &str) {
        self.incomplete = true;
        self.found.fault(Place::File, format!("not all of its {what} can be read"));
    }

    /// [`RepairReport::lose`], of a table that does not read to its end.
    fn judge(&mut self, read: Reads, what: &str) {
        if read == Reads::Partly {
            self.lose(what);
        }
    }
}

/// Where a log's rows end in the damaged file: sequence number and arrival of the last one.
type Ends = BTreeMap<u32, (u64, u64)>;

/// Every log that can be told, by its old number.
fn known_logs(
    old: &ReadTransaction,
    salvage: &Salvage<'_>,
    ends: &Ends,
    keeping: &mut Keeping<'_>,
) -> Result<BTreeMap<u32, Held>, WriteError> {
    let mut logs = BTreeMap::new();
    let read = each(old, tables::LOGS, |number, value| {
        logs.extend(Held::open(number, value).map(|held| (number, held)));
        Ok(())
    })?;
    keeping.report.judge(read, "logs' tips");
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
    for (number, held) in known_logs(old, salvage, ends, keeping)? {
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
    /// The highest number of a neighbour that a row names.
    newest_peer: u32,
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
            newest_peer: 0,
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
        let reached = self.kept.as_ref().map(|held| held.tip.seq);
        self.report.cut.extend(self.model.take().filter(|tip| reached != Some(tip.seq)).map(|tip| tip.key));
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
            self.newest_peer = self.newest_peer.max(one.from);
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
        // A row that is not even there to be moved aside.
        self.report.incomplete |= arrival.is_none();
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
    let read = each(old, tables::QUARANTINE, |_, value| {
        next += 1;
        copy::put(&mut quarantine, next, value)
    })?;
    report.judge(read, "rows aside");
    salvage.each_row(|arrival, bytes| {
        if kept.get(arrival)?.is_some() {
            return Ok(());
        }
        let row = rebuild::parse(arrival, bytes).ok();
        let read = row.and_then(|row| numbers.get(&row.seat.log)).map(|(_, log)| *log);
        let told = why.get(&arrival);
        let log = read.or_else(|| told.and_then(|why| why.log));
        let why = told.map_or("behind a damaged record of its log", |why| &why.what).to_owned();
        let aside = Aside { arrival, log, why, row: bytes.to_vec() };
        next += 1;
        quarantine.insert(next, minicbor::to_vec(&aside).expect("a vector takes every byte").as_slice())?;
        report.aside += 1;
        Ok(())
    })
}
