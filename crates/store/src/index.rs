//! The short keys that lead to arrivals, and the index entries of a batch, which are sorted before they are inserted.

use linli_record::{Header, Kind, RecordId};
use redb::{Table, WriteTransaction};

use crate::errors::ReadError;
use crate::runs::{self, Run, Space};
use crate::tables::{
    BEGINNINGS, BeginningKey, EXTENTS, ExtentKey, ExtentValue, NUMBER_MAX, PREFIX, PrefixKey,
};

fn five(number: u64) -> [u8; 5] {
    debug_assert!(number <= NUMBER_MAX, "checked before a batch is written");
    number.to_be_bytes()[3..].try_into().expect("eight less three")
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Where a record is found by its id, or an object's records by the object's.
pub(crate) fn prefix_key(id: &RecordId, arrival: u64) -> PrefixKey {
    let mut key = [0; 13];
    key[..PREFIX].copy_from_slice(&id.as_bytes()[..PREFIX]);
    key[PREFIX..].copy_from_slice(&five(arrival));
    key
}

pub(crate) fn arrival_in(key: &PrefixKey) -> u64 {
    number(&key[PREFIX..])
}

pub(crate) fn beginning_key(kind: Kind, arrival: u64) -> BeginningKey {
    let mut key = [0; 7];
    key[..2].copy_from_slice(&kind.number().to_be_bytes());
    key[2..].copy_from_slice(&five(arrival));
    key
}

pub(crate) fn beginning(key: &BeginningKey) -> (Kind, u64) {
    (Kind::new(u16::from_be_bytes([key[0], key[1]])), number(&key[2..]))
}

pub(crate) fn extent_key(log: u32, seq: u64) -> ExtentKey {
    let mut key = [0; 9];
    key[..4].copy_from_slice(&log.to_be_bytes());
    key[4..].copy_from_slice(&five(seq));
    key
}

pub(crate) fn extent_value(arrival: u64) -> ExtentValue {
    five(arrival)
}

/// A stretch of a log whose arrivals follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) log: u32,
    pub(crate) seq: u64,
    pub(crate) arrival: u64,
}

impl Extent {
    pub(crate) fn read(key: &ExtentKey, value: &ExtentValue) -> Self {
        let log = u32::from_be_bytes([key[0], key[1], key[2], key[3]]);
        Self { log, seq: number(&key[4..]), arrival: number(value) }
    }
}

/// Every index key of one record, except its extent's.
pub(crate) struct Keys {
    pub(crate) id: PrefixKey,
    pub(crate) place: Placed,
}

/// A record either continues an object or begins one.
pub(crate) enum Placed {
    Continues(PrefixKey),
    Begins(BeginningKey),
}

impl Keys {
    pub(crate) fn of(header: &Header, arrival: u64) -> Self {
        let place = match &header.object {
            Some(object) => Placed::Continues(prefix_key(object, arrival)),
            None => Placed::Begins(beginning_key(header.kind, arrival)),
        };
        Self { id: prefix_key(&header.id(), arrival), place }
    }
}

/// Index entries that wait for the end of a batch.
#[derive(Debug, Default)]
pub(crate) struct Staged {
    ids: Vec<PrefixKey>,
    objects: Vec<PrefixKey>,
    beginnings: Vec<BeginningKey>,
    extents: Vec<(ExtentKey, ExtentValue)>,
}

impl Staged {
    pub(crate) fn record(&mut self, header: &Header, arrival: u64) {
        let keys = Keys::of(header, arrival);
        self.ids.push(keys.id);
        match keys.place {
            Placed::Continues(key) => self.objects.push(key),
            Placed::Begins(key) => self.beginnings.push(key),
        }
    }

    pub(crate) fn extent(&mut self, log: u32, seq: u64, arrival: u64) {
        self.extents.push((extent_key(log, seq), extent_value(arrival)));
    }

    /// Inserts everything, in order of key.
    pub(crate) fn flush(&mut self, tx: &WriteTransaction, known: &[Vec<Run>; 2]) -> Result<(), ReadError> {
        if !self.ids.is_empty() {
            runs::insert(tx, Space::Ids, &mut self.ids, &known[0])?;
        }
        if !self.objects.is_empty() {
            runs::insert(tx, Space::Objects, &mut self.objects, &known[1])?;
        }
        if !self.beginnings.is_empty() {
            self.beginnings.sort_unstable();
            let mut table = tx.open_table(BEGINNINGS)?;
            for key in self.beginnings.drain(..) {
                table.insert(&key, ())?;
            }
        }
        if !self.extents.is_empty() {
            self.extents.sort_unstable();
            let mut table = tx.open_table(EXTENTS)?;
            for (key, value) in self.extents.drain(..) {
                table.insert(&key, &value)?;
            }
        }
        Ok(())
    }
}

/// Takes a record's entries out again; extents are the caller's, who knows what takes their place.
pub(crate) fn remove(tx: &WriteTransaction, header: &Header, arrival: u64) -> Result<(), ReadError> {
    let keys = Keys::of(header, arrival);
    runs::remove(tx, Space::Ids, &keys.id)?;
    match keys.place {
        Placed::Continues(key) => runs::remove(tx, Space::Objects, &key),
        Placed::Begins(key) => {
            tx.open_table(BEGINNINGS)?.remove(&key)?;
            Ok(())
        }
    }
}

/// Empties the extents of one log from `seq` on.
pub(crate) fn cut_extents(
    extents: &mut Table<'_, &'static ExtentKey, &'static ExtentValue>,
    log: u32,
    seq: u64,
) -> Result<(), redb::StorageError> {
    let (low, high) = (extent_key(log, seq), extent_key(log, NUMBER_MAX));
    extents.retain_in::<&ExtentKey, _>(&low..=&high, |_, _| false)
}
