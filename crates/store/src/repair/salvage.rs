//! The damaged file, read as far as it goes: row by row and table by table, nothing of it believed but what its own
//! checksums and signatures vouch for later.
//!
//! redb refuses a file that is cut short, whose list of free pages does not read, or that nobody closed and that has one
//! damaged page. Reading needs none of that: redb reads pages for a reader beside a writer without looking at the list or
//! the length, so the file is shown to it that way, by [`AsItStands`], and never written.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Bound;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use linli_record::{CommunityId, RecordId};
use redb::{
    BackendError, Builder, ConcurrencyMode, ReadOnlyDatabase, ReadTransaction, ReadableDatabase,
    ReadableTable, StorageBackend, TableDefinition, WriteTransaction,
};

use super::{Ends, SCRATCH};
use crate::checksum;
use crate::contain::contain;
use crate::errors::{OpenError, ReadError, WriteError};
use crate::file;
use crate::index::{self, Extent};
use crate::rebuild;
use crate::tables;
use crate::tips::Held;
use crate::view::{self, Shelf};

/// No row is shorter.
const ROW_BYTES: u64 = 32;
/// How every redb file begins, what two of the flags behind it say (its `docs/design.md`).
const MAGIC: &[u8; 9] = b"redb\x1a\x0a\xa9\x0d\x0a";
const OTHER_SLOT: u8 = 1;
const NOT_CLOSED: u8 = 2;

/// The damaged file, opened in the way it can be.
pub(super) enum Damaged {
    /// As any store: redb itself vouches for its tables.
    Whole(file::OpenDb),
    /// Only to be read, as far as it goes.
    InParts(ReadOnlyDatabase),
    /// Nothing is there, or not even redb's header reads.
    Nothing,
}

impl Damaged {
    /// Opens the file.
    pub(super) fn open(home: &Path, cache_bytes: usize) -> Result<Self, OpenError> {
        match file::open(home, cache_bytes) {
            Ok(db) if file::guarded(home, || file::identity(&db, home)).is_ok() => Ok(Self::Whole(db)),
            Ok(db) => {
                drop(db);
                Self::in_parts(home, cache_bytes)
            }
            Err(OpenError::Damaged { .. }) => Self::in_parts(home, cache_bytes),
            Err(OpenError::NotFound(_)) => Ok(Self::Nothing),
            Err(other) => Err(other),
        }
    }

    /// What a reader sees of it. The commit before the newest is looked at when nothing of the newest reads.
    fn in_parts(home: &Path, cache_bytes: usize) -> Result<Self, OpenError> {
        for slot in [0, OTHER_SLOT] {
            let shown = AsItStands::open(&home.join(file::FILE), slot).map_err(|source| OpenError::Io {
                attempted: format!("reading {}", home.display()),
                source,
            })?;
            let opened = contain(|| {
                let mut builder = Builder::new();
                builder.set_cache_size(cache_bytes).set_concurrency_mode(ConcurrencyMode::SingleWriter);
                let db = builder.open_read_only_with_backend(shown).ok()?;
                db.begin_read().ok()?.open_table(tables::ARRIVALS).ok()?;
                Some(db)
            });
            if let Ok(Some(db)) = opened {
                return Ok(Self::InParts(db));
            }
        }
        Ok(Self::Nothing)
    }

    /// Whose store the file says it is.
    pub(super) fn community(&self, home: &Path) -> Option<CommunityId> {
        let tx = self.read().ok().flatten()?;
        let said = file::guarded(home, || file::identity_of(&tx, home));
        said.ok().map(|(community, _)| community)
    }

    /// What can be read of it; none when nothing can.
    pub(super) fn read(&self) -> Result<Option<ReadTransaction>, ReadError> {
        Ok(match self {
            Self::Whole(db) => Some(db.begin_read()?),
            Self::InParts(db) => Some(db.begin_read()?),
            Self::Nothing => None,
        })
    }

    pub(super) const fn is_in_parts(&self) -> bool {
        matches!(self, Self::InParts(_))
    }
}

/// A file that is only read, as if it began as it should and had been closed: what is behind its end reads as zeros.
#[derive(Debug)]
struct AsItStands {
    file: Mutex<File>,
    /// Which of the two commits in the header is taken for the newest.
    slot: u8,
}

impl AsItStands {
    fn open(path: &Path, slot: u8) -> io::Result<Self> {
        Ok(Self { file: Mutex::new(File::open(path)?), slot })
    }
}

impl StorageBackend for AsItStands {
    fn len(&self) -> io::Result<u64> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).metadata().map(|found| found.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        out.fill(0);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        let mut filled = 0;
        while filled < out.len() {
            match file.read(&mut out[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // A sector that does not read is damage like any other.
                Err(_) => break,
            }
        }
        if offset == 0 {
            out.iter_mut().zip(MAGIC).for_each(|(read, right)| *read = *right);
            if let Some(flags) = out.get_mut(MAGIC.len()) {
                *flags = (*flags & !NOT_CLOSED) ^ self.slot;
            }
        }
        Ok(())
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, _: u64, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    // The home's own lock keeps others out.
    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn try_lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(false)
    }
}

/// Reads; a panic of redb's is damage.
pub(super) fn reading<T>(read: impl FnOnce() -> Result<T, ReadError>) -> Result<T, ReadError> {
    contain(read).unwrap_or_else(|_| Err(ReadError::damaged("a page of the file")))
}

/// Whether the rest of a table reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// To its end.
    Whole,
    /// Not behind what was visited.
    Partly,
}

/// Every entry of a table whose values are bytes, as far as it reads, until `visit` fails. Keys that do not rise are damage.
pub(super) fn each<K: redb::Key + 'static>(
    old: &ReadTransaction,
    table: TableDefinition<'_, K, &'static [u8]>,
    mut visit: impl for<'e> FnMut(K::SelfType<'e>, &'e [u8]) -> Result<(), WriteError>,
) -> Result<Reads, WriteError> {
    let opened = reading(|| {
        let table = old.open_table(table)?;
        Ok(table.range::<K::SelfType<'_>>(..)?)
    });
    let Ok(mut entries) = opened else { return Ok(Reads::Partly) };
    let mut before: Option<Vec<u8>> = None;
    loop {
        let entry = reading(|| {
            let Some(entry) = entries.next() else { return Ok(None) };
            let (key, value) = entry?;
            Ok(Some((K::as_bytes(&key.value()).as_ref().to_vec(), value.value().to_vec())))
        });
        let (key, value) = match entry {
            Ok(Some(entry)) => entry,
            Ok(None) => return Ok(Reads::Whole),
            Err(_) => return Ok(Reads::Partly),
        };
        let rises = before.as_ref().is_none_or(|before| K::compare(before, &key).is_lt());
        // A damaged key may be no key at all: a text that is not UTF-8.
        if !rises || contain(|| drop(K::from_bytes(&key))).is_err() {
            return Ok(Reads::Partly);
        }
        visit(K::from_bytes(&key), &value)?;
        before = Some(key);
    }
}

/// The damaged file's rows, mended where one byte is wrong, found by where they say they are.
pub(super) struct Salvage<'a> {
    arrivals: redb::ReadOnlyTable<u64, &'static [u8]>,
    pub(super) tx: &'a WriteTransaction,
    pub(super) mended: Cell<u64>,
    /// Whether rows were passed over because their pages do not read.
    pub(super) incomplete: Cell<bool>,
    last: u64,
}

impl Shelf for Salvage<'_> {
    fn row(&self, arrival: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(bytes) = self.raw(arrival)? else { return Ok(None) };
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

impl<'a> Salvage<'a> {
    pub(super) fn of(old: &ReadTransaction, tx: &'a WriteTransaction, bytes: u64) -> Result<Self, ReadError> {
        let arrivals = reading(|| Ok(old.open_table(tables::ARRIVALS)?))?;
        let last = reading(|| Ok(arrivals.last()?.map_or(0, |(number, _)| number.value())));
        let told = |last: u64| last.min(bytes / ROW_BYTES);
        let last = last.unwrap_or_else(|_| told(Self::last_told(old).unwrap_or(u64::MAX)));
        Ok(Self { arrivals, tx, mended: Cell::new(0), incomplete: Cell::new(false), last })
    }

    /// The highest arrival that the tips tell of.
    fn last_told(old: &ReadTransaction) -> Option<u64> {
        let mut last = None;
        let read = each(old, tables::LOGS, |number, value| {
            last = last.max(Held::open(number, value).map(|held| held.arrival));
            Ok(())
        });
        last.filter(|_| matches!(read, Ok(Reads::Whole)))
    }

    /// About how many rows there are.
    pub(super) const fn about(&self) -> u64 {
        self.last
    }

    fn raw(&self, arrival: u64) -> Result<Option<Vec<u8>>, ReadError> {
        reading(|| Ok(self.arrivals.get(arrival)?.map(|row| row.value().to_vec())))
    }

    /// Every row that can be read, in order of arrival.
    pub(super) fn each_row(
        &self,
        mut visit: impl FnMut(u64, &[u8]) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        let mut next = Some(0);
        while let Some(from) = next {
            next = self.rows_from(from, &mut visit)?;
        }
        Ok(())
    }

    /// Rows from a number on, up to a page that does not read; the number of the next row behind it.
    fn rows_from(
        &self,
        mut next: u64,
        visit: &mut impl FnMut(u64, &[u8]) -> Result<(), WriteError>,
    ) -> Result<Option<u64>, WriteError> {
        if let Ok(mut rows) = reading(|| Ok(self.arrivals.range::<u64>(next..)?)) {
            loop {
                let row = reading(|| {
                    let Some(row) = rows.next() else { return Ok(None) };
                    let (arrival, bytes) = row?;
                    Ok(Some((arrival.value(), bytes.value().to_vec())))
                });
                match row {
                    Ok(None) => return Ok(None),
                    Ok(Some((arrival, bytes))) if arrival >= next => {
                        visit(arrival, &bytes)?;
                        next = arrival.saturating_add(1);
                    }
                    _ => break,
                }
            }
        }
        self.incomplete.set(true);
        let reads = |arrival: &u64| matches!(self.raw(*arrival), Ok(Some(_)));
        Ok((next..=self.last).find(reads))
    }

    /// Reads every row once and notes where the logs' stretches are.
    pub(super) fn survey(&self) -> Result<Ends, WriteError> {
        let mut ends = Ends::new();
        let mut scratch = self.tx.open_table(SCRATCH)?;
        self.each_row(|arrival, _| {
            let Ok(Some(bytes)) = self.row(arrival) else { return Ok(()) };
            let Ok(row) = rebuild::parse(arrival, &bytes) else { return Ok(()) };
            let (log, seq) = (row.seat.log, row.seq);
            let end = ends.insert(log, (seq, arrival));
            if end.map(|(seq, arrival)| (seq + 1, arrival + 1)) != Some((seq, arrival)) {
                scratch.insert(&index::extent_key(log, seq), &index::extent_value(arrival))?;
            }
            Ok(())
        })?;
        self.mended.set(0);
        Ok(ends)
    }
}
