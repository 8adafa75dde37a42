//! Exact header bytes again from rows that left out what the store knows.
//!
//! The id of a record is the hash of its header, and a header names the record before: so a row is rebuilt from the
//! nearest row before it that holds its predecessor's id, at most `ANCHOR - 1` rows back.

use linli_record::{Header, RawRecord, Record, RecordId, Signature};

use crate::errors::ReadError;
use crate::index::Extent;
use crate::row::{Body, Implied, Row};
use crate::tips::{Held, Tips};
use crate::view::Shelf;

/// The logs by local number.
pub(crate) trait Logs {
    fn held(&self, number: u32) -> Option<&Held>;
}

impl Logs for Tips {
    fn held(&self, number: u32) -> Option<&Held> {
        self.by_number(number)
    }
}

/// A record with its exact header, its payload still where it was.
pub(crate) struct Rebuilt {
    pub(crate) arrival: u64,
    pub(crate) log: u32,
    pub(crate) from: u32,
    pub(crate) header: Header,
    pub(crate) payload: Option<Vec<u8>>,
    pub(crate) signature: Option<Signature>,
}

impl Rebuilt {
    pub(crate) fn of(row: &Row<'_>, held: &Held, prev: Option<RecordId>) -> Result<Self, ReadError> {
        let implied = Implied { log: held.tip.log, audience: held.tip.audience, prev };
        let header = row.header(&implied).map_err(|why| damaged_row(row.seat.arrival, &why.to_string()))?;
        let payload = match row.body {
            Body::Held(payload) => Some(payload.to_vec()),
            Body::Gone { .. } => None,
        };
        let at_tip = || held.signature.filter(|_| row.seq == held.tip.seq);
        let signature = row.signature.or_else(at_tip);
        Ok(Self {
            arrival: row.seat.arrival,
            log: row.seat.log,
            from: row.seat.from,
            header,
            payload,
            signature,
        })
    }

    pub(crate) fn into_raw(self) -> RawRecord {
        RawRecord { header: self.header.bytes().to_vec(), payload: self.payload, signature: self.signature }
    }

    pub(crate) fn into_record(self) -> Result<Record, ReadError> {
        let arrival = self.arrival;
        Record::recall(self.into_raw()).map_err(|why| damaged_row(arrival, &why.to_string()))
    }
}

pub(crate) fn damaged_row(arrival: u64, why: &str) -> ReadError {
    ReadError::damaged(format!("row {arrival} ({why})"))
}

pub(crate) fn parse(arrival: u64, bytes: &[u8]) -> Result<Row<'_>, ReadError> {
    Row::parse(arrival, bytes).map_err(|bad| damaged_row(arrival, bad.0))
}

/// The arrival number of a log's record.
pub(crate) fn arrival_of(shelf: &impl Shelf, log: u32, seq: u64) -> Result<Option<u64>, ReadError> {
    Ok(shelf.extent(log, seq)?.map(|extent| extent.arrival + (seq - extent.seq)))
}

/// The record under an arrival number; none if the number is free.
pub(crate) fn by_arrival(
    shelf: &impl Shelf,
    logs: &impl Logs,
    arrival: u64,
) -> Result<Option<Rebuilt>, ReadError> {
    let Some(bytes) = shelf.row(arrival)? else { return Ok(None) };
    let row = parse(arrival, &bytes)?;
    let held = held_of(logs, &row)?;
    let prev = if row.needs_prev() { Some(id_at(shelf, held, row.seat.log, row.seq - 1)?) } else { None };
    Rebuilt::of(&row, held, prev).map(Some)
}

/// The record with this id, compared whole.
pub(crate) fn by_id(
    shelf: &impl Shelf,
    logs: &impl Logs,
    id: &RecordId,
) -> Result<Option<Rebuilt>, ReadError> {
    for arrival in shelf.like(id)? {
        let found = by_arrival(shelf, logs, arrival)?;
        let found = found.ok_or_else(|| damaged_row(arrival, "named by the index of ids, but missing"))?;
        if found.header.id() == *id {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn held_of<'l>(logs: &'l impl Logs, row: &Row<'_>) -> Result<&'l Held, ReadError> {
    logs.held(row.seat.log).ok_or_else(|| damaged_row(row.seat.arrival, "of an unknown log"))
}

/// The id of a log's record: back to the nearest row that names its predecessor, then forward by hashing.
pub(crate) fn id_at(shelf: &impl Shelf, held: &Held, log: u32, seq: u64) -> Result<RecordId, ReadError> {
    if seq == held.tip.seq {
        return Ok(held.tip.id);
    }
    let mut rows = Vec::new();
    let mut at = seq;
    loop {
        let (arrival, bytes) = row_at(shelf, log, at)?;
        let back = parse(arrival, &bytes)?.needs_prev();
        rows.push((arrival, bytes));
        if !back {
            break;
        }
        at -= 1;
    }
    let mut id = None;
    for (arrival, bytes) in rows.iter().rev() {
        let row = parse(*arrival, bytes)?;
        let implied = Implied { log: held.tip.log, audience: held.tip.audience, prev: id };
        let header = row.header(&implied).map_err(|why| damaged_row(*arrival, &why.to_string()))?;
        id = Some(header.id());
    }
    Ok(id.expect("the loop pushed at least one row"))
}

fn row_at(shelf: &impl Shelf, log: u32, seq: u64) -> Result<(u64, Vec<u8>), ReadError> {
    let missing = || ReadError::damaged(format!("record {seq} of log number {log} (missing)"));
    let arrival = arrival_of(shelf, log, seq)?.ok_or_else(missing)?;
    let bytes = shelf.row(arrival)?.ok_or_else(missing)?;
    let row = parse(arrival, &bytes)?;
    if row.seat.log == log && row.seq == seq {
        Ok((arrival, bytes))
    } else {
        Err(damaged_row(arrival, "belongs elsewhere"))
    }
}

/// A log read forward: each header's hash is the next one's predecessor.
pub(crate) struct Walk<'s, S> {
    shelf: &'s S,
    held: &'s Held,
    log: u32,
    next: u64,
    prev: Option<RecordId>,
    extent: Option<(Extent, u64)>,
}

impl<'s, S: Shelf> Walk<'s, S> {
    /// Begins at `seq`, rebuilding at most the few rows before it.
    pub(crate) fn new(shelf: &'s S, held: &'s Held, log: u32, seq: u64) -> Result<Self, ReadError> {
        let mut walk = Self { shelf, held, log, next: seq, prev: None, extent: None };
        if seq > 0 && seq <= held.tip.seq {
            walk.prev = Some(id_at(shelf, held, log, seq - 1)?);
        }
        Ok(walk)
    }

    /// The next record; none after the tip.
    pub(crate) fn step(&mut self) -> Result<Option<Rebuilt>, ReadError> {
        if self.next > self.held.tip.seq {
            return Ok(None);
        }
        let seq = self.next;
        let arrival = self.arrival(seq)?;
        let missing = || damaged_row(arrival, "missing");
        let bytes = self.shelf.row(arrival)?.ok_or_else(missing)?;
        let row = parse(arrival, &bytes)?;
        if row.seat.log != self.log || row.seq != seq {
            return Err(damaged_row(arrival, "belongs elsewhere"));
        }
        let rebuilt = Rebuilt::of(&row, self.held, self.prev)?;
        self.prev = Some(rebuilt.header.id());
        self.next += 1;
        Ok(Some(rebuilt))
    }

    /// The arrival of `seq`: asked of the index once a stretch.
    fn arrival(&mut self, seq: u64) -> Result<u64, ReadError> {
        if let Some((extent, end)) = &self.extent
            && (extent.seq..*end).contains(&seq)
        {
            return Ok(extent.arrival + (seq - extent.seq));
        }
        let missing = || ReadError::damaged(format!("extents of log number {} at {seq}", self.log));
        let extent = self.shelf.extent(self.log, seq)?.ok_or_else(missing)?;
        let end = self.shelf.extent_after(self.log, seq)?.map_or(u64::MAX, |next| next.seq);
        self.extent = Some((extent, end));
        Ok(extent.arrival + (seq - extent.seq))
    }
}
