//! The signed part of a record: a CBOR map with small integer keys, in one encoding only.
//!
//! [`Fields`] is what a header says; [`Header`] is a header that was checked, with its exact bytes and id. The two doors
//! are [`Header::parse`] for bytes from anywhere and [`Header::new`] for fields we fill ourselves.

mod codec;
mod draft;

pub use draft::Draft;

use crate::canonical;
use crate::ids::{AudienceId, BlobHash, Hash, LogId, PayloadHash, RecordId};
use crate::kind::Kind;
use crate::limits;
use crate::refused::Refused;

/// What sync and keepers must know of a record without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(u8);

impl Flags {
    /// None.
    pub const NONE: Self = Self(0);
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
    /// The newest register block the author knew: [`crate::block::seen`] of its era and height.
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
        let bytes = codec::encode(&fields);
        Refused::bound("header", bytes.len(), limits::HEADER_BYTES)?;
        Ok(Self::named(fields, bytes))
    }

    /// Reads header bytes from anywhere.
    ///
    /// # Errors
    /// [`Refused`] when they are not exactly what [`Header::new`] would write for some fields.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        Refused::bound("header", bytes.len(), limits::HEADER_BYTES)?;
        Self::parse_owned(bytes.to_vec())
    }

    /// [`Header::parse`] for bytes that are not needed elsewhere: nothing is copied.
    ///
    /// # Errors
    /// As [`Header::parse`].
    pub fn parse_owned(bytes: Vec<u8>) -> Result<Self, Refused> {
        Refused::bound("header", bytes.len(), limits::HEADER_BYTES)?;
        let fields = codec::decode(&bytes)?;
        fields.check()?;
        Ok(Self::named(fields, bytes))
    }

    fn named(fields: Fields, bytes: Vec<u8>) -> Self {
        let id = RecordId::from(*blake3::hash(&bytes).as_bytes());
        Self { fields, bytes: bytes.into(), id }
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
        self.check_flags()?;
        self.check_audience()?;
        if self.retention == Retention::Days(0) {
            return wrong("retention of 0 days is written by leaving it out");
        }
        if self.blobs.iter().any(|blob| blob.size > limits::BLOB_BYTES) {
            return wrong("attachment over 64 MiB");
        }
        self.check_extra()
    }

    fn check_flags(&self) -> Result<(), Refused> {
        let wrong = |why| Err(Refused::malformed("header", why));
        if self.flags.0 & !Flags::KNOWN != 0 {
            return wrong("unknown flags");
        }
        if self.flags.has(Flags::REQUIRED_ANNEX) {
            match self.blobs.first() {
                None => return wrong("required annex without an attachment"),
                Some(annex) if annex.size > limits::ANNEX_BYTES => {
                    return wrong("required annex over 16 MiB");
                }
                Some(_) => {}
            }
        }
        let bounds_a_log = self.kind == Kind::LOG_OPEN || self.kind == Kind::LOG_CLOSE;
        let kept = self.flags.has(Flags::EVIDENCE) && self.retention == Retention::Archive;
        if bounds_a_log && (!kept || self.flags.has(Flags::SEALED)) {
            return wrong("log-open and log-close are evidence, plain and kept for ever");
        }
        Ok(())
    }

    fn check_audience(&self) -> Result<(), Refused> {
        match self.audience {
            None if self.flags.has(Flags::SEALED) => {
                Err(Refused::malformed("header", "sealed without an audience"))
            }
            Some((id, _)) if id == AudienceId::EVERYONE => Err(Refused::malformed(
                "header",
                "the whole community is written by leaving the audience out",
            )),
            _ => Ok(()),
        }
    }

    fn check_extra(&self) -> Result<(), Refused> {
        let known = self.extra.iter().any(|extra| extra.key < codec::key::EXTRA);
        if known || !self.extra.is_sorted_by(|a, b| a.key < b.key) {
            return Err(Refused::malformed("header", "unknown keys must be 64 or above and ascend"));
        }
        self.extra.iter().try_for_each(|extra| canonical::check_inner(&extra.value))
    }
}
