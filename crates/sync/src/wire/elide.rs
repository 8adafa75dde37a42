//! Headers without what the receiver can work out: the log, the sequence number, the predecessor, and the length and
//! hash of a payload that comes along.
//!
//! What is left is the header map's other entries, in their order and their exact bytes, so keys nobody knows travel
//! untouched. [`restore`] puts the same bytes together again; whether they are the signed ones, the chain tells.

use linli_record::limits::{EXTRA_KEYS, HEADER_BYTES};
use linli_record::{LogId, RecordId, canonical};

const LOG: u64 = 1;
const SEQ: u64 = 2;
const PREV: u64 = 3;
const PAYLOAD_LEN: u64 = 16;
const PAYLOAD_HASH: u64 = 17;
/// Keys below 64 that format 1 has, and the unknown ones it allows.
const ENTRIES: usize = 18 + EXTRA_KEYS;

/// What the receiver knows about a record before it reads the header.
pub(crate) struct Known<'a> {
    pub(crate) log: &'a LogId,
    pub(crate) seq: u64,
    /// Known for every record of a run but the first.
    pub(crate) prev: Option<&'a RecordId>,
    pub(crate) payload: Option<&'a [u8]>,
}

impl Known<'_> {
    /// Whether `key` is one that can be worked out.
    const fn tells(&self, key: u64) -> bool {
        match key {
            LOG | SEQ => true,
            PREV => self.prev.is_some(),
            PAYLOAD_LEN | PAYLOAD_HASH => self.payload.is_some(),
            _ => false,
        }
    }

    /// Writes the entry of a key that can be worked out. The map's keys are below 24: one byte each.
    fn write(&self, key: u64, out: &mut Vec<u8>) {
        out.push(u8::try_from(key).expect("keys that can be worked out are small"));
        match key {
            LOG => hash(self.log.as_bytes(), out),
            SEQ => head(0, self.seq, out),
            PREV => hash(self.prev.expect("asked only when it is known").as_bytes(), out),
            PAYLOAD_LEN => head(0, self.payload.map_or(0, <[u8]>::len) as u64, out),
            _ => hash(blake3::hash(self.payload.unwrap_or_default()).as_bytes(), out),
        }
    }
}

/// A CBOR head in its shortest form.
pub(super) fn head(major: u8, value: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    let bytes = value.to_be_bytes();
    match value {
        0..=23 => out.push(major | bytes[7]),
        24..=0xff => out.extend_from_slice(&[major | 24, bytes[7]]),
        0x100..=0xffff => {
            out.push(major | 25);
            out.extend_from_slice(&bytes[6..]);
        }
        0x1_0000..=0xffff_ffff => {
            out.push(major | 26);
            out.extend_from_slice(&bytes[4..]);
        }
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&bytes);
        }
    }
}

fn hash(bytes: &[u8; 32], out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x58, 32]);
    out.extend_from_slice(bytes);
}

/// Major type, value and length of a head.
fn read_head(bytes: &[u8]) -> Option<(u8, u64, usize)> {
    let first = *bytes.first()?;
    let (major, info) = (first >> 5, first & 0x1f);
    let width = match info {
        0..=23 => return Some((major, u64::from(info), 1)),
        24..=27 => 1usize << (info - 24),
        _ => return None,
    };
    let value = bytes.get(1..=width)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    Some((major, value, 1 + width))
}

/// The key an entry begins with, and where the entry ends.
fn entry(bytes: &[u8]) -> Option<(u64, usize)> {
    let (major, key, length) = read_head(bytes)?;
    let value = canonical::item_end(bytes.get(length..)?).ok()?;
    (major == 0).then_some((key, length + value))
}

/// The header without what is known, or nothing when it says something else than what is known.
pub(crate) fn elide(header: &[u8], known: &Known<'_>) -> Option<Vec<u8>> {
    let (major, pairs, mut at) = read_head(header)?;
    let mut out = Vec::with_capacity(header.len());
    let mut expected = Vec::with_capacity(40);
    for _ in 0..pairs {
        let rest = header.get(at..)?;
        let (key, length) = entry(rest)?;
        // The payload's hash is not computed again: whoever stored the record checked it.
        if key == PAYLOAD_HASH && known.tells(key) {
        } else if known.tells(key) {
            expected.clear();
            known.write(key, &mut expected);
            if rest[..length] != expected {
                return None;
            }
        } else {
            out.extend_from_slice(&rest[..length]);
        }
        at += length;
    }
    (major == 5 && at == header.len()).then_some(out)
}

/// The header that [`elide`] was given, if these are its entries.
pub(crate) fn restore(entries: &[u8], known: &Known<'_>) -> Option<Vec<u8>> {
    let told = [LOG, SEQ, PREV, PAYLOAD_LEN, PAYLOAD_HASH];
    let mut told = told.into_iter().filter(|key| known.tells(*key)).peekable();
    let mut given = [(0, 0); ENTRIES];
    let (mut count, mut at) = (0, 0);
    while at < entries.len() {
        let (key, length) = entry(&entries[at..])?;
        *given.get_mut(count)? = (key, length);
        (count, at) = (count + 1, at + length);
    }
    let mut out = Vec::with_capacity(entries.len() + 116);
    head(5, (count + told.clone().count()) as u64, &mut out);
    let mut rest = entries;
    for (key, length) in &given[..count] {
        while let Some(known_key) = told.next_if(|known_key| known_key < key) {
            known.write(known_key, &mut out);
        }
        if told.peek() == Some(key) {
            return None;
        }
        out.extend_from_slice(&rest[..*length]);
        rest = &rest[*length..];
    }
    told.for_each(|key| known.write(key, &mut out));
    (out.len() <= HEADER_BYTES).then_some(out)
}
