//! Pieces of bulk frames that are not runs.

use linli_record::limits::PAYLOAD_BYTES;
use linli_record::{CertifiedBlock, RecordId};
use minicbor::Decoder;
use minicbor::data::Type;

use super::elide::head;
use super::run::bytes;

/// A byte string: a payload of the run before.
pub(crate) fn bytes_item(payload: &[u8]) -> Vec<u8> {
    let mut item = Vec::with_capacity(payload.len() + 5);
    bytes(payload, &mut item);
    item
}

pub(crate) fn read_bytes_item(item: &[u8]) -> Option<Vec<u8>> {
    let mut d = Decoder::new(item);
    let payload = d.bytes().ok()?;
    (d.position() == item.len() && payload.len() <= PAYLOAD_BYTES).then(|| payload.to_vec())
}

/// `[height, certified block]`.
pub(crate) fn block_item(height: u64, block: &CertifiedBlock) -> Vec<u8> {
    let mut item = Vec::new();
    head(4, 2, &mut item);
    head(0, height, &mut item);
    bytes(&block.to_bytes(), &mut item);
    item
}

pub(crate) fn read_block_item(item: &[u8]) -> Option<(u64, &[u8])> {
    let mut d = Decoder::new(item);
    if d.array().ok()?? != 2 {
        return None;
    }
    let height = d.u64().ok()?;
    let block = d.bytes().ok()?;
    (d.position() == item.len()).then_some((height, block))
}

/// `[record id, payload]`; null for a payload that is not held.
pub(crate) fn found_item(id: &RecordId, payload: Option<&[u8]>) -> Vec<u8> {
    let mut item = Vec::new();
    head(4, 2, &mut item);
    bytes(id.as_bytes(), &mut item);
    match payload {
        Some(payload) => bytes(payload, &mut item),
        None => item.push(0xf6),
    }
    item
}

pub(crate) fn read_found_item(item: &[u8]) -> Option<(RecordId, Option<Vec<u8>>)> {
    let mut d = Decoder::new(item);
    if d.array().ok()?? != 2 {
        return None;
    }
    let id = RecordId::from_slice(d.bytes().ok()?)?;
    let payload = if d.datatype().ok()? == Type::Null {
        d.null().ok()?;
        None
    } else {
        Some(d.bytes().ok()?.to_vec())
    };
    let bounded = payload.as_ref().is_none_or(|payload| payload.len() <= PAYLOAD_BYTES);
    (d.position() == item.len() && bounded).then_some((id, payload))
}
