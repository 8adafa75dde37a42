//! Reading: records by id, by place in their log, by object, in order of arrival; and what nodes keep beside them.

use std::ops::RangeInclusive;

use linli_record::{Kind, LogId, NodeKey, RawRecord, Record, RecordId, StoreId, limits};

use crate::checksum;
use crate::errors::ReadError;
use crate::index::{self, beginning_key};
use crate::open::Store;
use crate::rebuild::{self, Rebuilt, Walk};
use crate::tables::{BeginningKey, CACHES, CURSORS, NAMED, NUMBER_MAX};
use crate::write::cache_key;

/// Most records one call reads, whatever was asked: memory stays bounded.
const AT_ONCE: usize = 4096;

/// A record's place in the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Local arrival number.
    pub number: u64,
    /// Its log.
    pub log: LogId,
    /// Its place in the log.
    pub seq: u64,
    /// The neighbour it came from; `None` for this node's own.
    pub from: Option<NodeKey>,
}

/// A projection's entry: key and value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// A record that began an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beginning {
    /// Local arrival number.
    pub arrival: u64,
    /// Its id: the object's.
    pub id: RecordId,
}

impl Store {
    /// The record with this id.
    ///
    /// # Errors
    /// [`ReadError`] when it is held but damaged.
    pub fn record(&self, id: &RecordId) -> Result<Option<Record>, ReadError> {
        rebuild::by_id(self.view()?, &self.tips, id)?.map(Rebuilt::into_record).transpose()
    }

    /// Whether a record with this id is held.
    ///
    /// # Errors
    /// [`ReadError`] when the index or the row it names is damaged.
    pub fn holds(&self, id: &RecordId) -> Result<bool, ReadError> {
        Ok(rebuild::by_id(self.view()?, &self.tips, id)?.is_some())
    }

    /// The record with this arrival number; none when the number is free.
    ///
    /// # Errors
    /// [`ReadError`] when it is held but damaged.
    pub fn by_arrival(&self, number: u64) -> Result<Option<Record>, ReadError> {
        rebuild::by_arrival(self.view()?, &self.tips, number)?.map(Rebuilt::into_record).transpose()
    }

    /// A log's records from `from` up to and including `to`, at most 4,096.
    ///
    /// # Errors
    /// [`ReadError`] when one of them is damaged.
    pub fn records(&self, log: &LogId, from: u64, to: u64) -> Result<Vec<Record>, ReadError> {
        self.stretch(log, from..=to)?.into_iter().map(Rebuilt::into_record).collect()
    }

    /// The id of a log's record.
    ///
    /// # Errors
    /// [`ReadError`] when a row on the way is damaged.
    pub fn id_at(&self, log: &LogId, seq: u64) -> Result<Option<RecordId>, ReadError> {
        match self.tips.by_id(log) {
            Some((number, held)) if seq <= held.tip.seq => {
                rebuild::id_at(self.view()?, held, number, seq).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The arrival number of a log's record.
    ///
    /// # Errors
    /// [`ReadError`] when the index can't be read.
    pub fn arrival_of(&self, log: &LogId, seq: u64) -> Result<Option<u64>, ReadError> {
        match self.tips.by_id(log) {
            Some((number, held)) if seq <= held.tip.seq => rebuild::arrival_of(self.view()?, number, seq),
            _ => Ok(None),
        }
    }

    /// A run to send: from `from` on, at most 64 records, ending at the last kept signature within them or at the tip.
    ///
    /// # Errors
    /// [`ReadError`] when one of them is damaged.
    pub fn run(&self, log: &LogId, from: u64) -> Result<Vec<RawRecord>, ReadError> {
        let to = from.saturating_add(limits::RUN_RECORDS as u64 - 1);
        let mut run = self.stretch(log, from..=to)?;
        let signed = run.iter().rposition(|rebuilt| rebuilt.signature.is_some());
        run.truncate(signed.map_or(0, |last| last + 1));
        Ok(run.into_iter().map(Rebuilt::into_raw).collect())
    }

    fn stretch(&self, log: &LogId, seqs: RangeInclusive<u64>) -> Result<Vec<Rebuilt>, ReadError> {
        let Some((number, held)) = self.tips.by_id(log) else { return Ok(Vec::new()) };
        let mut walk = Walk::new(self.view()?, held, number, *seqs.start())?;
        let mut found = Vec::new();
        for _ in seqs.take(AT_ONCE) {
            let Some(rebuilt) = walk.step()? else { break };
            found.push(rebuilt);
        }
        Ok(found)
    }

    /// What arrived after `number`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`ReadError`] when a row is damaged.
    pub fn arrivals_after(&self, number: u64, limit: usize) -> Result<Vec<Arrival>, ReadError> {
        let mut found = Vec::new();
        for entry in self.view()?.arrivals.range(number.saturating_add(1)..)?.take(limit.min(AT_ONCE)) {
            let (number, value) = entry?;
            let row = rebuild::parse(number.value(), value.value())?;
            let held = self.tips.by_number(row.seat.log);
            let held = held.ok_or_else(|| rebuild::damaged_row(number.value(), "of an unknown log"))?;
            let from = self.peers.key(row.seat.from);
            found.push(Arrival { number: number.value(), log: held.tip.log, seq: row.seq, from });
        }
        Ok(found)
    }

    /// An object's records: the one that began it, if held, then the others as they arrived.
    ///
    /// # Errors
    /// [`ReadError`] when one of them is damaged.
    pub fn object(&self, id: &RecordId) -> Result<Vec<Record>, ReadError> {
        let mut records: Vec<Record> = self.record(id)?.into_iter().collect();
        for arrival in self.view()?.of_object(id)? {
            let rebuilt = rebuild::by_arrival(self.view()?, &self.tips, arrival)?;
            let rebuilt =
                rebuilt.ok_or_else(|| rebuild::damaged_row(arrival, "named by an object, but missing"))?;
            if rebuilt.header.object == Some(*id) {
                records.push(rebuilt.into_record()?);
            }
        }
        Ok(records)
    }

    /// Objects of a kind that began after arrival `after`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`ReadError`] when one of them is damaged.
    pub fn beginnings(&self, kind: Kind, after: u64, limit: usize) -> Result<Vec<Beginning>, ReadError> {
        let low = beginning_key(kind, after.saturating_add(1).min(NUMBER_MAX));
        let high = beginning_key(kind, NUMBER_MAX);
        let range = self.view()?.beginnings.range::<&BeginningKey>(&low..=&high)?;
        range.take(limit.min(AT_ONCE)).map(|entry| self.beginning(&entry?.0)).collect()
    }

    /// Objects of a kind that began before arrival `before`, newest last, at most the `limit` newest of them.
    ///
    /// # Errors
    /// [`ReadError`] when one of them is damaged.
    pub fn beginnings_before(
        &self,
        kind: Kind,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Beginning>, ReadError> {
        let (low, high) = (beginning_key(kind, 0), beginning_key(kind, before.min(NUMBER_MAX)));
        let range = self.view()?.beginnings.range::<&BeginningKey>(&low..&high)?.rev();
        let newest_first = range.take(limit.min(AT_ONCE)).map(|entry| self.beginning(&entry?.0));
        let mut found = newest_first.collect::<Result<Vec<_>, _>>()?;
        found.reverse();
        Ok(found)
    }

    /// Arrival numbers of the `limit` newest records that began an object of a kind, newest first. No record is read.
    ///
    /// # Errors
    /// [`ReadError`] when the file can't be read.
    pub fn begun(&self, kind: Kind, limit: usize) -> Result<Vec<u64>, ReadError> {
        let (low, high) = (beginning_key(kind, 0), beginning_key(kind, NUMBER_MAX));
        let newest_first = self.view()?.beginnings.range::<&BeginningKey>(&low..=&high)?.rev();
        newest_first.take(limit.min(AT_ONCE)).map(|entry| Ok(index::beginning(entry?.0.value()).1)).collect()
    }

    fn beginning(&self, key: &redb::AccessGuard<'_, &'static BeginningKey>) -> Result<Beginning, ReadError> {
        let (_, arrival) = index::beginning(key.value());
        let rebuilt = rebuild::by_arrival(self.view()?, &self.tips, arrival)?;
        let rebuilt =
            rebuilt.ok_or_else(|| rebuild::damaged_row(arrival, "named by its kind, but missing"))?;
        Ok(Beginning { arrival, id: rebuilt.header.id() })
    }

    /// A small value by its name.
    ///
    /// # Errors
    /// [`ReadError`] when it is damaged.
    pub fn named(&self, name: &str) -> Result<Option<Vec<u8>>, ReadError> {
        let table = self.view()?.tx.open_table(NAMED)?;
        let Some(value) = table.get(name)? else { return Ok(None) };
        let open = checksum::open(name.as_bytes(), value.value());
        open.map(|value| Some(value.to_vec()))
            .ok_or_else(|| ReadError::damaged(format!("the value {name:?}")))
    }

    /// How far this node has a neighbour's arrivals, and in which life of its store.
    ///
    /// # Errors
    /// [`ReadError`] when it is damaged: the two then meet as strangers.
    pub fn cursor(&self, peer: &NodeKey) -> Result<Option<(StoreId, u64)>, ReadError> {
        let table = self.view()?.tx.open_table(CURSORS)?;
        let Some(value) = table.get(peer.as_bytes())? else { return Ok(None) };
        let open = checksum::open(peer.as_bytes(), value.value()).and_then(<[u8]>::split_first_chunk::<16>);
        let cursor = open.and_then(|(store, arrivals)| {
            Some((StoreId::from(*store), u64::from_be_bytes(arrivals.try_into().ok()?)))
        });
        cursor.map(Some).ok_or_else(|| ReadError::damaged(format!("the cursor of neighbour {peer:?}")))
    }

    /// An entry of a projection.
    ///
    /// # Errors
    /// [`ReadError`] when it is damaged: clear the projection and build it again.
    pub fn cached(&self, cache: &str, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        let table = self.view()?.tx.open_table(CACHES)?;
        let key = cache_key(cache, key);
        let Some(value) = table.get(key.as_slice())? else { return Ok(None) };
        open_cached(&key, value.value()).map(Some)
    }

    /// Entries of a projection from key `from` on, in order of key, at most `limit`.
    ///
    /// # Errors
    /// [`ReadError`] when one is damaged: clear the projection and build it again.
    pub fn cache_scan(&self, cache: &str, from: &[u8], limit: usize) -> Result<Vec<Entry>, ReadError> {
        let table = self.view()?.tx.open_table(CACHES)?;
        let (name, low) = (cache_key(cache, &[]), cache_key(cache, from));
        let mut found = Vec::new();
        for entry in table.range::<&[u8]>(low.as_slice()..)?.take(limit) {
            let (key, value) = entry?;
            let Some(rest) = key.value().strip_prefix(name.as_slice()) else { break };
            found.push((rest.to_vec(), open_cached(key.value(), value.value())?));
        }
        Ok(found)
    }
}

pub(crate) fn open_cached(key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, ReadError> {
    let open = checksum::open(key, sealed).map(<[u8]>::to_vec);
    open.ok_or_else(|| ReadError::damaged("an entry of a projection"))
}
