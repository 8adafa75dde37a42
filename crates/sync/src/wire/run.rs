//! A run on the wire: `[log, from, record..]`, a record being `[header, payload]` or `[header, payload, signature]`.
//!
//! A header is a byte string of its entries without what can be worked out ([`super::elide`]), or an array of one byte
//! string, the whole header. A payload is a byte string, null when the sender does not hold it, true when it follows in
//! the next frames because this one is full.

use linli_record::limits::{HEADER_BYTES, PAYLOAD_BYTES, RUN_RECORDS};
use linli_record::{LogId, RawRecord, RecordId, Signature};
use minicbor::Decoder;
use minicbor::data::Type;

use super::elide::{self, Known, head};
use crate::reason::Reason;

/// Consecutive records of one log, nothing about them believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) log: LogId,
    pub(crate) from: u64,
    pub(crate) records: Vec<RawRecord>,
    /// Hash of the last header.
    pub(crate) last: RecordId,
}

impl Run {
    /// The sequence number after the last record.
    pub(crate) const fn next(&self) -> u64 {
        self.from + self.records.len() as u64
    }
}

/// A packed run: its item, and the payloads that did not fit.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Parts {
    pub(crate) item: Vec<u8>,
    pub(crate) follow: Vec<Vec<u8>>,
}

/// What one record costs beside its header and payload: heads, and a signature.
const RECORD_OVERHEAD: usize = 1 + 4 + 4 + 2 + 64;

/// Packs a run into at most `room` bytes, which is enough for 64 headers at their largest.
pub(crate) fn pack(log: &LogId, from: u64, records: Vec<RawRecord>, room: usize) -> Parts {
    let headers: usize = records.iter().map(|record| record.header.len() + RECORD_OVERHEAD).sum();
    let mut left = room.saturating_sub(headers + 64);
    let mut parts = Parts::default();
    head(4, 2 + records.len() as u64, &mut parts.item);
    bytes(log.as_bytes(), &mut parts.item);
    head(0, from, &mut parts.item);
    let mut prev: Option<RecordId> = None;
    for (seq, record) in (from..).zip(records) {
        let payload = record.payload.as_deref();
        let known = Known { log, seq, prev: prev.as_ref(), payload };
        head(4, 2 + u64::from(record.signature.is_some()), &mut parts.item);
        match elide::elide(&record.header, &known) {
            Some(entries) => bytes(&entries, &mut parts.item),
            None => {
                head(4, 1, &mut parts.item);
                bytes(&record.header, &mut parts.item);
            }
        }
        match record.payload {
            None => parts.item.push(0xf6),
            Some(payload) if payload.len() <= left => {
                left -= payload.len();
                bytes(&payload, &mut parts.item);
            }
            Some(payload) => {
                left = 0;
                parts.item.push(0xf5);
                parts.follow.push(payload);
            }
        }
        if let Some(signature) = record.signature {
            bytes(signature.as_bytes(), &mut parts.item);
        }
        prev = Some(RecordId::from(*blake3::hash(&record.header).as_bytes()));
    }
    parts
}

pub(super) fn bytes(value: &[u8], out: &mut Vec<u8>) {
    head(2, value.len() as u64, out);
    out.extend_from_slice(value);
}

/// What a run's item turned out to be.
pub(crate) enum Unpacked {
    /// Complete.
    Whole(Run),
    /// This many payloads follow.
    Lacks(usize),
}

/// Reads one run's item, with the payloads that followed it.
pub(crate) fn unpack(item: &[u8], follow: &[Vec<u8>]) -> Result<Unpacked, Reason> {
    read(item, follow).ok_or(Reason::Malformed)
}

fn read(item: &[u8], follow: &[Vec<u8>]) -> Option<Unpacked> {
    let mut d = Decoder::new(item);
    let count = usize::try_from(d.array().ok()??.checked_sub(2)?).ok()?;
    if count == 0 || count > RUN_RECORDS {
        return None;
    }
    let log = LogId::from_slice(d.bytes().ok()?)?;
    let from = d.u64().ok()?;
    from.checked_add(count as u64)?;
    let mut records = Vec::with_capacity(count);
    let mut prev: Option<RecordId> = None;
    let (mut follow, mut lacks) = (follow.iter(), 0);
    for seq in (from..).take(count) {
        let fields = d.array().ok()??;
        let (whole, header) = read_header(&mut d)?;
        let payload = match d.datatype().ok()? {
            Type::Null => d.null().ok().map(|()| None)?,
            Type::Bytes => Some(d.bytes().ok()?.to_vec()),
            Type::Bool if d.bool().ok()? => match follow.next() {
                Some(payload) => Some(payload.clone()),
                None => {
                    lacks += 1;
                    Some(Vec::new())
                }
            },
            _ => return None,
        };
        if payload.as_ref().is_some_and(|payload| payload.len() > PAYLOAD_BYTES) {
            return None;
        }
        let signature = match fields {
            2 => None,
            3 => Some(Signature::from_slice(d.bytes().ok()?)?),
            _ => return None,
        };
        if lacks > 0 {
            continue;
        }
        let known = Known { log: &log, seq, prev: prev.as_ref(), payload: payload.as_deref() };
        let header = if whole { header.to_vec() } else { elide::restore(header, &known)? };
        prev = Some(RecordId::from(*blake3::hash(&header).as_bytes()));
        records.push(RawRecord { header, payload, signature });
    }
    if d.position() != item.len() || follow.next().is_some() {
        return None;
    }
    if lacks > 0 {
        return Some(Unpacked::Lacks(lacks));
    }
    Some(Unpacked::Whole(Run { log, from, records, last: prev? }))
}

/// A header's bytes, and whether they are all of it.
fn read_header<'b>(d: &mut Decoder<'b>) -> Option<(bool, &'b [u8])> {
    let whole = d.datatype().ok()? == Type::Array;
    if whole && d.array().ok()?? != 1 {
        return None;
    }
    let header = d.bytes().ok()?;
    (header.len() <= HEADER_BYTES).then_some((whole, header))
}
