//! What may be read: the same questions asked of the last committed state and of a transaction being written.

use linli_record::RecordId;
use redb::{Database, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable, WriteTransaction};

use crate::errors::ReadError;
use crate::index::{Extent, extent_key};
use crate::runs::{self, Run, Space};
use crate::tables::{
    self, ARRIVALS, BEGINNINGS, BeginningKey, EXTENTS, ExtentKey, ExtentValue, FENCES, FRESH_IDS,
    FRESH_OBJECTS, NUMBER_MAX, PrefixKey, RUNS, RunKey,
};

/// Rows and the keys that lead to them.
pub(crate) trait Shelf {
    /// The row stored under an arrival number.
    fn row(&self, arrival: u64) -> Result<Option<Vec<u8>>, ReadError>;
    /// The stretch of the log that holds `seq`, if the log goes so far.
    fn extent(&self, log: u32, seq: u64) -> Result<Option<Extent>, ReadError>;
    /// The first stretch that begins above `seq`.
    fn extent_after(&self, log: u32, seq: u64) -> Result<Option<Extent>, ReadError>;
    /// Arrivals of records whose id begins like this one.
    fn like(&self, id: &RecordId) -> Result<Vec<u64>, ReadError>;
}

/// The last committed state, with the tables that are read most kept open.
pub(crate) struct View {
    pub(crate) arrivals: ReadOnlyTable<u64, &'static [u8]>,
    pub(crate) extents: ReadOnlyTable<&'static ExtentKey, &'static ExtentValue>,
    pub(crate) runs: ReadOnlyTable<&'static RunKey, &'static [u8]>,
    fresh: [ReadOnlyTable<&'static PrefixKey, ()>; 2],
    pub(crate) lists: [Vec<Run>; 2],
    pub(crate) beginnings: ReadOnlyTable<&'static BeginningKey, ()>,
    pub(crate) tx: ReadTransaction,
}

impl View {
    /// `known` are the runs of the view before, which rarely change.
    pub(crate) fn open(db: &Database, known: &[Vec<Run>; 2]) -> Result<Self, ReadError> {
        let tx = db.begin_read()?;
        let fences = tx.open_table(FENCES)?;
        Ok(Self {
            arrivals: tx.open_table(ARRIVALS)?,
            extents: tx.open_table(EXTENTS)?,
            runs: tx.open_table(RUNS)?,
            fresh: [tx.open_table(FRESH_IDS)?, tx.open_table(FRESH_OBJECTS)?],
            lists: [
                runs::list(&fences, Space::Ids, &known[0])?,
                runs::list(&fences, Space::Objects, &known[1])?,
            ],
            beginnings: tx.open_table(BEGINNINGS)?,
            tx,
        })
    }

    /// Arrivals of records that may continue this object.
    pub(crate) fn of_object(&self, id: &RecordId) -> Result<Vec<u64>, ReadError> {
        self.like_in(Space::Objects, id)
    }

    fn like_in(&self, space: Space, id: &RecordId) -> Result<Vec<u64>, ReadError> {
        let at = space as usize;
        runs::like(&self.fresh[at], &self.runs, &self.lists[at], space, id)
    }
}

impl Shelf for View {
    fn row(&self, arrival: u64) -> Result<Option<Vec<u8>>, ReadError> {
        row(&self.arrivals, arrival)
    }

    fn extent(&self, log: u32, seq: u64) -> Result<Option<Extent>, ReadError> {
        extent(&self.extents, log, seq)
    }

    fn extent_after(&self, log: u32, seq: u64) -> Result<Option<Extent>, ReadError> {
        extent_after(&self.extents, log, seq)
    }

    fn like(&self, id: &RecordId) -> Result<Vec<u64>, ReadError> {
        self.like_in(Space::Ids, id)
    }
}

/// Each answer opens its table for itself: whoever asks must not hold that table open.
impl Shelf for WriteTransaction {
    fn row(&self, arrival: u64) -> Result<Option<Vec<u8>>, ReadError> {
        row(&self.open_table(ARRIVALS)?, arrival)
    }

    fn extent(&self, log: u32, seq: u64) -> Result<Option<Extent>, ReadError> {
        extent(&self.open_table(EXTENTS)?, log, seq)
    }

    fn extent_after(&self, log: u32, seq: u64) -> Result<Option<Extent>, ReadError> {
        extent_after(&self.open_table(EXTENTS)?, log, seq)
    }

    fn like(&self, id: &RecordId) -> Result<Vec<u64>, ReadError> {
        let list = runs::list(&self.open_table(FENCES)?, Space::Ids, &[])?;
        runs::like(&self.open_table(FRESH_IDS)?, &self.open_table(RUNS)?, &list, Space::Ids, id)
    }
}

fn row(table: &impl ReadableTable<u64, &'static [u8]>, arrival: u64) -> Result<Option<Vec<u8>>, ReadError> {
    Ok(table.get(arrival)?.map(|row| row.value().to_vec()))
}

pub(crate) fn extent(
    table: &impl ReadableTable<&'static ExtentKey, &'static ExtentValue>,
    log: u32,
    seq: u64,
) -> Result<Option<Extent>, ReadError> {
    let (low, high) = (extent_key(log, 0), extent_key(log, seq.min(NUMBER_MAX)));
    let last = table.range::<&tables::ExtentKey>(&low..=&high)?.next_back().transpose()?;
    Ok(last.map(|(key, value)| Extent::read(key.value(), value.value())))
}

pub(crate) fn extent_after(
    table: &impl ReadableTable<&'static ExtentKey, &'static ExtentValue>,
    log: u32,
    seq: u64,
) -> Result<Option<Extent>, ReadError> {
    if seq >= NUMBER_MAX {
        return Ok(None);
    }
    let (low, high) = (extent_key(log, seq + 1), extent_key(log, NUMBER_MAX));
    let first = table.range::<&tables::ExtentKey>(&low..=&high)?.next().transpose()?;
    Ok(first.map(|(key, value)| Extent::read(key.value(), value.value())))
}
