//! The signed part of a record: a CBOR map with small integer keys, in one encoding only.
//!
//! [`Fields`] is what a header says; [`Header`] is a header that was checked, with its exact bytes and id. The two doors
//! are [`Header::parse`] for bytes from anywhere and [`Header::new`] for fields we fill ourselves.

use minicbor::Encoder;

use crate::canonical;
use crate::ids::{AudienceId, BlobHash, Hash, LogId, PayloadHash, RecordId};
use crate::kind::Kind;
use crate::limits;
use crate::refused::Refused;

/// Keys of the header map. Keys of 64 and above are preserved, hashed and ignored; others below 64 are refused.
mod key {
    pub(super) const VERSION: u64 = 0;
    pub(super) const LOG: u64 = 1;
    pub(super) const SEQ: u64 = 2;
    pub(super) const PREV: u64 = 3;
    pub(super) const SEEN: u64 = 4;
    pub(super) const CLAIMED: u64 = 5;
    pub(super) const KIND: u64 = 6;
    pub(super) const OBJECT: u64 = 7;
    pub(super) const REFS: u64 = 8;
    pub(super) const FLAGS: u64 = 9;
    pub(super) const RETENTION: u64 = 10;
    pub(super) const CONSENT: u64 = 11;
    pub(super) const AUDIENCE: u64 = 12;
    pub(super) const EPOCH: u64 = 13;
    pub(super) const BLOBS: u64 = 14;
    pub(super) const PRIVATE_ROOT: u64 = 15;
    pub(super) const PAYLOAD_LEN: u64 = 16;
    pub(super) const PAYLOAD_HASH: u64 = 17;
    /// The first key that is kept without being understood.
    pub(super) const EXTRA: u64 = 64;
}

/// What sync and keepers must know of a record without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(u8);

impl Flags {
    /// The signature is kept for ever, so that this record can be shown alone.
    pub const EVIDENCE: Self = Self(1);
    /// The payload is an envelope.
    pub const SEALED: Self = Self(2);
    /// The first attachment is part of the statement; without it the record waits.
    pub const REQUIRED_ANNEX: Self = Self(4);
    const KNOWN: u8 = 7;

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every flag of `other` is set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// How long honest nodes keep a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Retention {
    /// For ever.
    #[default]
    Archive,
    /// This many days from first receipt; never 0.
    Days(u16),
}

/// An attachment: what it hashes to and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobRef {
    /// BLAKE3 of the attachment's bytes (of the ciphertext, when the record is sealed).
    pub hash: BlobHash,
    /// Bytes.
    pub size: u64,
    /// Reserved: 0 in format 1; preserved.
    pub flag: u8,
}

/// A header key of 64 or above, with its value's bytes as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extra {
    /// The key.
    pub key: u64,
    /// One canonical CBOR item.
    pub value: Vec<u8>,
}

/// What a header says. See `docs/FORMAT.md` for the reason each field is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// Format version; 1.
    pub version: u8,
    /// The log this record extends.
    pub log: LogId,
    /// Position in the log, from 0.
    pub seq: u64,
    /// The record before; absent exactly at 0.
    pub prev: Option<RecordId>,
    /// Height of the newest register block the author knew.
    pub seen: u64,
    /// The author's clock, milliseconds since 1970; shown, never believed.
    pub claimed_ms: u64,
    /// What kind of statement this is.
    pub kind: Kind,
    /// The record that began the object this one belongs to; absent in that record itself.
    pub object: Option<RecordId>,
    /// "I had seen these."
    pub refs: Vec<RecordId>,
    /// What sync must know.
    pub flags: Flags,
    /// How long the payload is kept.
    pub retention: Retention,
    /// The consent a sighting rests on: the record that granted it.
    pub consent: Option<RecordId>,
    /// Who is offered it, and the epoch of the audience's key; absent for the whole community.
    pub audience: Option<(AudienceId, u64)>,
    /// Attachments.
    pub blobs: Vec<BlobRef>,
    /// Salted root over the author's private logs.
    pub private_root: Option<Hash>,
    /// Bytes of the payload, salt included.
    pub payload_len: u32,
    /// BLAKE3 of the payload.
    pub payload_hash: PayloadHash,
    /// Keys this version does not know.
    pub extra: Vec<Extra>,
}

/// A header that keeps format 1's rules, with its exact bytes and its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    fields: Fields,
    bytes: Box<[u8]>,
    id: RecordId,
}

impl std::ops::Deref for Header {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.fields
    }
}

impl Header {
    /// Checks fields and gives them their bytes.
    ///
    /// # Errors
    /// [`Refused`] when a bound or a rule between fields is broken.
    pub fn new(fields: Fields) -> Result<Self, Refused> {
        fields.check()?;
        let bytes = fields.encode();
        Self::sealed(fields, bytes)
    }

    /// Reads header bytes from anywhere.
    ///
    /// # Errors
    /// [`Refused`] when they are not exactly what [`Header::new`] would write for some fields.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        Refused::bound("header", bytes.len(), limits::HEADER_BYTES)?;
        let fields = Fields::decode(bytes)?;
        fields.check()?;
        let again = fields.encode();
        if again != bytes {
            return Err(Refused::malformed("header", "not in the deterministic encoding"));
        }
        Self::sealed(fields, again)
    }

    fn sealed(fields: Fields, bytes: Vec<u8>) -> Result<Self, Refused> {
        Refused::bound("header", bytes.len(), limits::HEADER_BYTES)?;
        let id = RecordId::from(*blake3::hash(&bytes).as_bytes());
        Ok(Self { fields, bytes: bytes.into(), id })
    }

    /// The record's id: BLAKE3 of the header bytes.
    #[must_use]
    pub const fn id(&self) -> RecordId {
        self.id
    }

    /// The exact bytes that were hashed and signed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The object this record belongs to: the one it names, or the one it begins.
    #[must_use]
    pub fn object_id(&self) -> RecordId {
        self.fields.object.unwrap_or(self.id)
    }

    /// Whether the payload is `payload`.
    #[must_use]
    pub fn matches(&self, payload: &[u8]) -> bool {
        payload.len() == self.fields.payload_len as usize
            && blake3::hash(payload).as_bytes() == self.fields.payload_hash.as_bytes()
    }
}

impl Fields {
    /// Whether the signature of this record is kept for ever.
    #[must_use]
    pub fn keeps_signature(&self) -> bool {
        self.flags.has(Flags::EVIDENCE)
            || self.seq % limits::RUN_RECORDS as u64 == limits::RUN_RECORDS as u64 - 1
    }

    fn check(&self) -> Result<(), Refused> {
        if self.version != limits::FORMAT_VERSION {
            return Err(Refused::Version { found: u64::from(self.version), known: limits::FORMAT_VERSION });
        }
        Refused::bound("references", self.refs.len(), limits::REFS)?;
        Refused::bound("attachments", self.blobs.len(), limits::BLOBS)?;
        Refused::bound("unknown keys", self.extra.len(), limits::EXTRA_KEYS)?;
        Refused::bound("payload", self.payload_len as usize, limits::PAYLOAD_BYTES)?;
        let wrong = |why| Err(Refused::malformed("header", why));
        if (self.payload_len as usize) < limits::SALT_BYTES {
            return wrong("a payload begins with 16 salt bytes");
        }
        if (self.seq == 0) != self.prev.is_none() {
            return wrong("the first record, and only that, has no predecessor");
        }
        if (self.seq == 0) != (self.kind == Kind::LOG_OPEN) {
            return Err(Refused::NotAnOpening);
        }
        if self.flags.0 & !Flags::KNOWN != 0 {
            return wrong("unknown flags");
        }
        if self.flags.has(Flags::SEALED) && self.audience.is_none() {
            return wrong("sealed without an audience");
        }
        if self.flags.has(Flags::REQUIRED_ANNEX) && self.blobs.is_empty() {
            return wrong("required annex without an attachment");
        }
        if self.retention == Retention::Days(0) {
            return wrong("retention of 0 days is written by leaving it out");
        }
        if self.blobs.iter().any(|blob| blob.size > limits::BLOB_BYTES) {
            return wrong("attachment over 64 MiB");
        }
        if self.extra.iter().any(|extra| extra.key < key::EXTRA || canonical::check(&extra.value).is_err()) {
            return wrong("unknown keys must be 64 or above and canonical");
        }
        Ok(())
    }

    /// The map's entries in ascending order of key. Writing to a vector can't fail.
    fn encode(&self) -> Vec<u8> {
        let mut e = Encoder::new(Vec::with_capacity(256));
        self.write(&mut e).expect("a vector takes every byte");
        e.into_writer()
    }

    fn pairs(&self) -> u64 {
        let optional = [
            self.prev.is_some(),
            self.object.is_some(),
            !self.refs.is_empty(),
            self.flags.0 != 0,
            self.retention != Retention::Archive,
            self.consent.is_some(),
            self.audience.is_some(),
            self.audience.is_some(),
            !self.blobs.is_empty(),
            self.private_root.is_some(),
        ];
        8 + optional.iter().filter(|present| **present).count() as u64 + self.extra.len() as u64
    }

    fn write(
        &self,
        e: &mut Encoder<Vec<u8>>,
    ) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        e.map(self.pairs())?;
        e.u64(key::VERSION)?.u8(self.version)?.u64(key::LOG)?.bytes(self.log.as_bytes())?;
        e.u64(key::SEQ)?.u64(self.seq)?;
        if let Some(prev) = &self.prev {
            e.u64(key::PREV)?.bytes(prev.as_bytes())?;
        }
        e.u64(key::SEEN)?.u64(self.seen)?.u64(key::CLAIMED)?.u64(self.claimed_ms)?;
        e.u64(key::KIND)?.u16(self.kind.number())?;
        if let Some(object) = &self.object {
            e.u64(key::OBJECT)?.bytes(object.as_bytes())?;
        }
        if !self.refs.is_empty() {
            e.u64(key::REFS)?.array(self.refs.len() as u64)?;
            for id in &self.refs {
                e.bytes(id.as_bytes())?;
            }
        }
        if self.flags.0 != 0 {
            e.u64(key::FLAGS)?.u8(self.flags.0)?;
        }
        if let Retention::Days(days) = self.retention {
            e.u64(key::RETENTION)?.u16(days)?;
        }
        if let Some(consent) = &self.consent {
            e.u64(key::CONSENT)?.bytes(consent.as_bytes())?;
        }
        if let Some((audience, epoch)) = &self.audience {
            e.u64(key::AUDIENCE)?.bytes(audience.as_bytes())?.u64(key::EPOCH)?.u64(*epoch)?;
        }
        if !self.blobs.is_empty() {
            e.u64(key::BLOBS)?.array(self.blobs.len() as u64)?;
            for blob in &self.blobs {
                e.array(3)?.bytes(blob.hash.as_bytes())?.u64(blob.size)?.u8(blob.flag)?;
            }
        }
        if let Some(root) = &self.private_root {
            e.u64(key::PRIVATE_ROOT)?.bytes(root.as_bytes())?;
        }
        e.u64(key::PAYLOAD_LEN)?.u32(self.payload_len)?;
        e.u64(key::PAYLOAD_HASH)?.bytes(self.payload_hash.as_bytes())?;
        for extra in &self.extra {
            e.u64(extra.key)?.writer_mut().extend_from_slice(&extra.value);
        }
        Ok(())
    }

    fn decode(bytes: &[u8]) -> Result<Self, Refused> {
        let mut partial = Partial::default();
        partial.read(bytes)?;
        partial.finish()
    }
}

/// A header being read: every field still optional.
#[derive(Default)]
struct Partial {
    version: Option<u8>,
    log: Option<LogId>,
    seq: Option<u64>,
    prev: Option<RecordId>,
    seen: Option<u64>,
    claimed_ms: Option<u64>,
    kind: Option<u16>,
    object: Option<RecordId>,
    refs: Vec<RecordId>,
    flags: u8,
    retention: u16,
    consent: Option<RecordId>,
    audience: Option<AudienceId>,
    epoch: Option<u64>,
    blobs: Vec<BlobRef>,
    private_root: Option<Hash>,
    payload_len: Option<u32>,
    payload_hash: Option<PayloadHash>,
    extra: Vec<Extra>,
}

type Decoder<'b> = minicbor::Decoder<'b>;
type DecodeResult<T> = Result<T, minicbor::decode::Error>;

impl Partial {
    fn read(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let malformed = |error| Refused::malformed("header", error);
        let mut d = Decoder::new(bytes);
        let pairs = d.map().map_err(malformed)?;
        let pairs = pairs.ok_or_else(|| Refused::malformed("header", "indefinite map"))?;
        for _ in 0..pairs {
            let key = d.u64().map_err(malformed)?;
            if key >= key::EXTRA {
                Refused::bound("unknown keys", self.extra.len() + 1, limits::EXTRA_KEYS)?;
                let start = d.position();
                let length = canonical::item_end(&bytes[start..])?;
                d.set_position(start + length);
                self.extra.push(Extra { key, value: bytes[start..start + length].to_vec() });
            } else if key == key::VERSION {
                // A later version may change anything else: say so before stumbling over it.
                let version = d.u64().map_err(malformed)?;
                match u8::try_from(version) {
                    Ok(v) if v == limits::FORMAT_VERSION => self.version = Some(v),
                    _ => return Err(Refused::Version { found: version, known: limits::FORMAT_VERSION }),
                }
            } else if !self.read_known(key, &mut d).map_err(malformed)? {
                return Err(Refused::UnknownKey(key));
            }
        }
        if d.position() == bytes.len() {
            Ok(())
        } else {
            Err(Refused::malformed("header", "bytes after the end"))
        }
    }

    fn read_known(&mut self, key: u64, d: &mut Decoder<'_>) -> DecodeResult<bool> {
        match key {
            key::LOG => self.log = Some(d.decode()?),
            key::SEQ => self.seq = Some(d.u64()?),
            key::PREV => self.prev = Some(d.decode()?),
            key::SEEN => self.seen = Some(d.u64()?),
            key::CLAIMED => self.claimed_ms = Some(d.u64()?),
            key::KIND => self.kind = Some(d.u16()?),
            key::OBJECT => self.object = Some(d.decode()?),
            key::REFS => self.refs = bounded(d, limits::REFS, |d| d.decode())?,
            key::FLAGS => self.flags = d.u8()?,
            key::RETENTION => self.retention = d.u16()?,
            key::CONSENT => self.consent = Some(d.decode()?),
            key::AUDIENCE => self.audience = Some(d.decode()?),
            key::EPOCH => self.epoch = Some(d.u64()?),
            key::BLOBS => self.blobs = bounded(d, limits::BLOBS, blob)?,
            key::PRIVATE_ROOT => self.private_root = Some(d.decode()?),
            key::PAYLOAD_LEN => self.payload_len = Some(d.u32()?),
            key::PAYLOAD_HASH => self.payload_hash = Some(d.decode()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn finish(self) -> Result<Fields, Refused> {
        let missing = |what: &str| Refused::malformed("header", format!("{what} is missing"));
        let audience = match (self.audience, self.epoch) {
            (Some(audience), Some(epoch)) => Some((audience, epoch)),
            (None, None) => None,
            _ => return Err(Refused::malformed("header", "audience and epoch go together")),
        };
        Ok(Fields {
            version: self.version.ok_or_else(|| missing("version"))?,
            log: self.log.ok_or_else(|| missing("log id"))?,
            seq: self.seq.ok_or_else(|| missing("sequence"))?,
            prev: self.prev,
            seen: self.seen.ok_or_else(|| missing("seen block"))?,
            claimed_ms: self.claimed_ms.ok_or_else(|| missing("claimed time"))?,
            kind: Kind::new(self.kind.ok_or_else(|| missing("kind"))?),
            object: self.object,
            refs: self.refs,
            flags: Flags(self.flags),
            retention: if self.retention == 0 { Retention::Archive } else { Retention::Days(self.retention) },
            consent: self.consent,
            audience,
            blobs: self.blobs,
            private_root: self.private_root,
            payload_len: self.payload_len.ok_or_else(|| missing("payload length"))?,
            payload_hash: self.payload_hash.ok_or_else(|| missing("payload hash"))?,
            extra: self.extra,
        })
    }
}

fn blob(d: &mut Decoder<'_>) -> DecodeResult<BlobRef> {
    if d.array()? != Some(3) {
        return Err(minicbor::decode::Error::message("an attachment is hash, size and flag"));
    }
    Ok(BlobRef { hash: d.decode()?, size: d.u64()?, flag: d.u8()? })
}

fn bounded<'b, T>(
    d: &mut Decoder<'b>,
    limit: usize,
    mut one: impl FnMut(&mut Decoder<'b>) -> DecodeResult<T>,
) -> DecodeResult<Vec<T>> {
    match d.array()? {
        Some(n) if n <= limit as u64 => (0..n).map(|_| one(d)).collect(),
        _ => Err(minicbor::decode::Error::message("list too long")),
    }
}

/// What an author chooses about a record; the log fills in the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What kind of statement this is.
    pub kind: Kind,
    /// The object it belongs to; `None` begins one.
    pub object: Option<RecordId>,
    /// "I had seen these."
    pub refs: Vec<RecordId>,
    /// Evidence and annex flags; sealing sets its own.
    pub flags: Flags,
    /// How long the payload is kept.
    pub retention: Retention,
    /// The consent a sighting rests on.
    pub consent: Option<RecordId>,
    /// Attachments.
    pub blobs: Vec<BlobRef>,
    /// Salted root over private logs.
    pub private_root: Option<Hash>,
    /// Newest block known.
    pub seen: u64,
}

impl Draft {
    /// A plain archived record that begins an object.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            object: None,
            refs: Vec::new(),
            flags: Flags(0),
            retention: Retention::Archive,
            consent: None,
            blobs: Vec::new(),
            private_root: None,
            seen: 0,
        }
    }

    /// Continues `object`.
    #[must_use]
    pub const fn on(mut self, object: RecordId) -> Self {
        self.object = Some(object);
        self
    }

    /// Keeps the signature for ever.
    #[must_use]
    pub const fn evidence(mut self) -> Self {
        self.flags = self.flags.with(Flags::EVIDENCE);
        self
    }

    /// Says which block the author knew.
    #[must_use]
    pub const fn seen(mut self, height: u64) -> Self {
        self.seen = height;
        self
    }

    /// Keeps the payload for this many days only (0 keeps it for ever).
    #[must_use]
    pub const fn for_days(mut self, days: u16) -> Self {
        self.retention = if days == 0 { Retention::Archive } else { Retention::Days(days) };
        self
    }
}
