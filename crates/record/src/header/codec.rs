//! Header fields to bytes and back, one pass each way.
//!
//! The reader takes the deterministic encoding and nothing else: shortest numbers, ascending keys, no default written
//! out, nothing after the end. So what it accepts is what [`encode`] writes for the same fields, byte for byte, and no
//! second encoding is needed to prove it.

use minicbor::Encoder;

use super::{BlobRef, Extra, Fields, Flags, Retention};
use crate::canonical::Cursor;
use crate::ids::{AudienceId, BlobHash, Hash, LogId, PayloadHash, RecordId};
use crate::kind::Kind;
use crate::limits;
use crate::refused::Refused;

/// Keys of the header map. Keys of 64 and above are preserved, hashed and ignored; others below 64 are refused.
pub(super) mod key {
    pub(in crate::header) const VERSION: u64 = 0;
    pub(in crate::header) const LOG: u64 = 1;
    pub(in crate::header) const SEQ: u64 = 2;
    pub(in crate::header) const PREV: u64 = 3;
    pub(in crate::header) const SEEN: u64 = 4;
    pub(in crate::header) const CLAIMED: u64 = 5;
    pub(in crate::header) const KIND: u64 = 6;
    pub(in crate::header) const OBJECT: u64 = 7;
    pub(in crate::header) const REFS: u64 = 8;
    pub(in crate::header) const FLAGS: u64 = 9;
    pub(in crate::header) const RETENTION: u64 = 10;
    pub(in crate::header) const CONSENT: u64 = 11;
    pub(in crate::header) const AUDIENCE: u64 = 12;
    pub(in crate::header) const EPOCH: u64 = 13;
    pub(in crate::header) const BLOBS: u64 = 14;
    pub(in crate::header) const PRIVATE_ROOT: u64 = 15;
    pub(in crate::header) const PAYLOAD_LEN: u64 = 16;
    pub(in crate::header) const PAYLOAD_HASH: u64 = 17;
    /// The first key that is kept without being understood.
    pub(in crate::header) const EXTRA: u64 = 64;
}

/// Keys every header has, with their names.
const REQUIRED: [(u64, &str); 8] = [
    (key::VERSION, "version"),
    (key::LOG, "log id"),
    (key::SEQ, "sequence"),
    (key::SEEN, "seen block"),
    (key::CLAIMED, "claimed time"),
    (key::KIND, "kind"),
    (key::PAYLOAD_LEN, "payload length"),
    (key::PAYLOAD_HASH, "payload hash"),
];

/// The map's entries in ascending order of key. Writing to a vector can't fail.
pub(super) fn encode(fields: &Fields) -> Vec<u8> {
    let mut e = Encoder::new(Vec::with_capacity(256));
    write(fields, &mut e).expect("a vector takes every byte");
    e.into_writer()
}

fn pairs(fields: &Fields) -> u64 {
    let optional = [
        fields.prev.is_some(),
        fields.object.is_some(),
        !fields.refs.is_empty(),
        fields.flags.0 != 0,
        fields.retention != Retention::Archive,
        fields.consent.is_some(),
        fields.audience.is_some(),
        fields.audience.is_some(),
        !fields.blobs.is_empty(),
        fields.private_root.is_some(),
    ];
    let present = REQUIRED.len() + optional.iter().filter(|present| **present).count();
    present as u64 + fields.extra.len() as u64
}

fn write(
    fields: &Fields,
    e: &mut Encoder<Vec<u8>>,
) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
    e.map(pairs(fields))?;
    e.u64(key::VERSION)?.u8(fields.version)?.u64(key::LOG)?.bytes(fields.log.as_bytes())?;
    e.u64(key::SEQ)?.u64(fields.seq)?;
    if let Some(prev) = &fields.prev {
        e.u64(key::PREV)?.bytes(prev.as_bytes())?;
    }
    e.u64(key::SEEN)?.u64(fields.seen)?.u64(key::CLAIMED)?.u64(fields.claimed_ms)?;
    e.u64(key::KIND)?.u16(fields.kind.number())?;
    if let Some(object) = &fields.object {
        e.u64(key::OBJECT)?.bytes(object.as_bytes())?;
    }
    if !fields.refs.is_empty() {
        e.u64(key::REFS)?.array(fields.refs.len() as u64)?;
        for id in &fields.refs {
            e.bytes(id.as_bytes())?;
        }
    }
    if fields.flags.0 != 0 {
        e.u64(key::FLAGS)?.u8(fields.flags.0)?;
    }
    if let Retention::Days(days) = fields.retention {
        e.u64(key::RETENTION)?.u16(days)?;
    }
    if let Some(consent) = &fields.consent {
        e.u64(key::CONSENT)?.bytes(consent.as_bytes())?;
    }
    if let Some((audience, epoch)) = &fields.audience {
        e.u64(key::AUDIENCE)?.bytes(audience.as_bytes())?.u64(key::EPOCH)?.u64(*epoch)?;
    }
    if !fields.blobs.is_empty() {
        e.u64(key::BLOBS)?.array(fields.blobs.len() as u64)?;
        for blob in &fields.blobs {
            e.array(3)?.bytes(blob.hash.as_bytes())?.u64(blob.size)?.u8(blob.flag)?;
        }
    }
    if let Some(root) = &fields.private_root {
        e.u64(key::PRIVATE_ROOT)?.bytes(root.as_bytes())?;
    }
    e.u64(key::PAYLOAD_LEN)?.u32(fields.payload_len)?;
    e.u64(key::PAYLOAD_HASH)?.bytes(fields.payload_hash.as_bytes())?;
    for extra in &fields.extra {
        e.u64(extra.key)?.writer_mut().extend_from_slice(&extra.value);
    }
    Ok(())
}

fn fault(why: &'static str) -> Refused {
    Refused::malformed("header", why)
}

/// Reads the one encoding; rules between fields are [`Fields`]'s to check.
pub(super) fn decode(bytes: &[u8]) -> Result<Fields, Refused> {
    let mut cursor = Cursor::new(bytes);
    let mut fields = blank();
    let mut present = 0u64;
    let mut before = None;
    for _ in 0..cursor.map()? {
        let key = cursor.uint()?;
        if before.is_some_and(|before| before >= key) {
            return Err(fault("map keys must ascend"));
        }
        before = Some(key);
        if key >= key::EXTRA {
            Refused::bound("unknown keys", fields.extra.len() + 1, limits::EXTRA_KEYS)?;
            fields.extra.push(Extra { key, value: cursor.inner_item()?.to_vec() });
        } else {
            read(key, &mut cursor, &mut fields)?;
            present |= 1 << key;
        }
    }
    cursor.end()?;
    complete(present)?;
    Ok(fields)
}

fn complete(present: u64) -> Result<(), Refused> {
    for (key, name) in REQUIRED {
        if present & 1 << key == 0 {
            return Err(Refused::malformed("header", format_args!("{name} is missing")));
        }
    }
    if present >> key::AUDIENCE & 1 != present >> key::EPOCH & 1 {
        return Err(fault("audience and epoch go together"));
    }
    Ok(())
}

fn read(key: u64, cursor: &mut Cursor<'_>, fields: &mut Fields) -> Result<(), Refused> {
    match key {
        key::VERSION => fields.version = version(cursor)?,
        key::LOG => fields.log = LogId::from(cursor.fixed()?),
        key::SEQ => fields.seq = cursor.uint()?,
        key::PREV => fields.prev = Some(RecordId::from(cursor.fixed()?)),
        key::SEEN => fields.seen = cursor.uint()?,
        key::CLAIMED => fields.claimed_ms = cursor.uint()?,
        key::KIND => fields.kind = Kind::new(cursor.small()?),
        key::OBJECT => fields.object = Some(RecordId::from(cursor.fixed()?)),
        key::REFS => fields.refs = list(cursor, "references", limits::REFS, record)?,
        key::FLAGS => fields.flags = Flags(nonzero(cursor.small()?)?),
        key::RETENTION => fields.retention = Retention::Days(nonzero(cursor.small()?)?),
        key::CONSENT => fields.consent = Some(RecordId::from(cursor.fixed()?)),
        key::AUDIENCE => fields.audience = Some((AudienceId::from(cursor.fixed()?), 0)),
        key::EPOCH => match &mut fields.audience {
            Some((_, epoch)) => *epoch = cursor.uint()?,
            None => return Err(fault("audience and epoch go together")),
        },
        key::BLOBS => fields.blobs = list(cursor, "attachments", limits::BLOBS, blob)?,
        key::PRIVATE_ROOT => fields.private_root = Some(Hash::from(cursor.fixed()?)),
        key::PAYLOAD_LEN => fields.payload_len = cursor.small()?,
        key::PAYLOAD_HASH => fields.payload_hash = PayloadHash::from(cursor.fixed()?),
        _ => return Err(Refused::UnknownKey(key)),
    }
    Ok(())
}

/// A later version may change anything else; its key comes first, so it is said before anything is stumbled over.
fn version(cursor: &mut Cursor<'_>) -> Result<u8, Refused> {
    let found = cursor.uint()?;
    match u8::try_from(found) {
        Ok(version) if version == limits::FORMAT_VERSION => Ok(version),
        _ => Err(Refused::Version { found, known: limits::FORMAT_VERSION }),
    }
}

fn nonzero<T: Default + PartialEq>(value: T) -> Result<T, Refused> {
    if value == T::default() { Err(fault("a default is written by leaving it out")) } else { Ok(value) }
}

fn list<'a, T>(
    cursor: &mut Cursor<'a>,
    what: &'static str,
    limit: usize,
    one: impl Fn(&mut Cursor<'a>) -> Result<T, Refused>,
) -> Result<Vec<T>, Refused> {
    let length = usize::try_from(cursor.array()?).unwrap_or(usize::MAX);
    Refused::bound(what, nonzero(length)?, limit)?;
    (0..length).map(|_| one(cursor)).collect()
}

fn record(cursor: &mut Cursor<'_>) -> Result<RecordId, Refused> {
    cursor.fixed().map(RecordId::from)
}

fn blob(cursor: &mut Cursor<'_>) -> Result<BlobRef, Refused> {
    if cursor.array()? != 3 {
        return Err(fault("an attachment is hash, size and flag"));
    }
    Ok(BlobRef { hash: BlobHash::from(cursor.fixed()?), size: cursor.uint()?, flag: cursor.small()? })
}

/// Where reading starts; [`complete`] makes sure that no required field stays like this.
fn blank() -> Fields {
    Fields {
        version: 0,
        log: LogId::from([0; 32]),
        seq: 0,
        prev: None,
        seen: 0,
        claimed_ms: 0,
        kind: Kind::LOG_OPEN,
        object: None,
        refs: Vec::new(),
        flags: Flags::NONE,
        retention: Retention::Archive,
        consent: None,
        audience: None,
        blobs: Vec::new(),
        private_root: None,
        payload_len: 0,
        payload_hash: PayloadHash::from([0; 32]),
        extra: Vec::new(),
    }
}
