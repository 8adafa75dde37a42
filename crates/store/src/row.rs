//! One record as a row: what the store knows anyway is left out. The drawing is in [`crate::tables`].

use linli_record::header::Extra;
use linli_record::{
    AudienceId, BlobHash, BlobRef, Fields, Flags, Hash, Header, Kind, LogId, PayloadHash, RecordId, Refused,
    Retention, Signature,
};

use crate::checksum;
use crate::tables::ANCHOR;

/// Bits of a row's shape; the lowest three are the record's own flags.
mod shape {
    pub(super) const FLAGS: [u16; 3] = [1, 2, 4];
    pub(super) const PAYLOAD: u16 = 1 << 3;
    pub(super) const SIGNATURE: u16 = 1 << 4;
    pub(super) const PREV: u16 = 1 << 5;
    pub(super) const OBJECT: u16 = 1 << 6;
    pub(super) const REFS: u16 = 1 << 7;
    pub(super) const RETENTION: u16 = 1 << 8;
    pub(super) const CONSENT: u16 = 1 << 9;
    pub(super) const EPOCH: u16 = 1 << 10;
    pub(super) const BLOBS: u16 = 1 << 11;
    pub(super) const PRIVATE_ROOT: u16 = 1 << 12;
    pub(super) const EXTRA: u16 = 1 << 13;
    /// A version other than 1 would need a later schema.
    pub(super) const UNKNOWN: u16 = 1 << 14 | 1 << 15;
}

/// Why bytes are not a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadRow(pub(crate) &'static str);

/// Where a record lies in this store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) arrival: u64,
    /// Local log number.
    pub(crate) log: u32,
    /// Local peer number; 0 for this node itself.
    pub(crate) from: u32,
}

/// The payload, or what is known of one that is not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body<'a> {
    Held(&'a [u8]),
    Gone { len: u32, hash: PayloadHash },
}

/// A row that was read: everything of a header but what the log implies.
#[derive(Debug, Clone)]
pub(crate) struct Row<'a> {
    pub(crate) seat: Seat,
    pub(crate) seq: u64,
    pub(crate) kind: Kind,
    pub(crate) prev: Option<RecordId>,
    pub(crate) object: Option<RecordId>,
    pub(crate) signature: Option<Signature>,
    pub(crate) body: Body<'a>,
    flags: Flags,
    seen: u64,
    claimed_ms: u64,
    refs: Vec<RecordId>,
    retention: Retention,
    consent: Option<RecordId>,
    epoch: Option<u64>,
    blobs: Vec<BlobRef>,
    private_root: Option<Hash>,
    extra: Vec<Extra>,
}

/// What the log implies about a header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Implied {
    pub(crate) log: LogId,
    pub(crate) audience: Option<AudienceId>,
    /// The record before; what a row says itself goes first.
    pub(crate) prev: Option<RecordId>,
}

impl<'a> Row<'a> {
    /// Reads the row stored under `arrival`.
    pub(crate) fn parse(arrival: u64, bytes: &'a [u8]) -> Result<Self, BadRow> {
        let value = checksum::open(&arrival.to_be_bytes(), bytes).ok_or(BadRow("checksum"))?;
        let mut reader = Reader(value);
        let shape = u16::from_be_bytes(reader.array()?);
        if shape & shape::UNKNOWN != 0 {
            return Err(BadRow("shape"));
        }
        reader.row(arrival, shape)
    }

    /// Whether the record before must be rebuilt to know this one's bytes.
    pub(crate) const fn needs_prev(&self) -> bool {
        self.prev.is_none() && self.seq > 0
    }

    /// The exact header.
    pub(crate) fn header(&self, implied: &Implied) -> Result<Header, Refused> {
        let (payload_len, payload_hash) = match self.body {
            Body::Held(payload) => (
                u32::try_from(payload.len()).unwrap_or(u32::MAX),
                PayloadHash::from(*blake3::hash(payload).as_bytes()),
            ),
            Body::Gone { len, hash } => (len, hash),
        };
        let epoch = self.epoch.unwrap_or(0);
        Header::new(Fields {
            version: 1,
            log: implied.log,
            seq: self.seq,
            prev: self.prev.or(implied.prev),
            seen: self.seen,
            claimed_ms: self.claimed_ms,
            kind: self.kind,
            object: self.object,
            refs: self.refs.clone(),
            flags: self.flags,
            retention: self.retention,
            consent: self.consent,
            audience: implied.audience.map(|audience| (audience, epoch)),
            blobs: self.blobs.clone(),
            private_root: self.private_root,
            payload_len,
            payload_hash,
            extra: self.extra.clone(),
        })
    }
}

/// Writes the row of a record into `out`, which is emptied first.
pub(crate) fn write(
    out: &mut Vec<u8>,
    seat: Seat,
    header: &Header,
    payload: Option<&[u8]>,
    signature: Option<&Signature>,
) {
    let mut shape = shape_of(header);
    out.clear();
    out.extend_from_slice(&[0; 6]);
    for number in [
        seat.log.into(),
        header.seq,
        seat.from.into(),
        header.kind.number().into(),
        header.seen,
        header.claimed_ms,
    ] {
        put(out, number);
    }
    let prev = header.prev.filter(|_| header.seq.is_multiple_of(ANCHOR));
    shape |= optional(out, shape::PREV, prev.as_ref().map(RecordId::as_bytes));
    shape |= optional(out, shape::OBJECT, header.object.as_ref().map(RecordId::as_bytes));
    put_rare(out, header);
    if let Some(signature) = signature {
        shape |= shape::SIGNATURE;
        out.extend_from_slice(signature.as_bytes());
    }
    if let Some(payload) = payload {
        shape |= shape::PAYLOAD;
        out.extend_from_slice(payload);
    } else {
        put(out, header.payload_len.into());
        out.extend_from_slice(header.payload_hash.as_bytes());
    }
    out[4..6].copy_from_slice(&shape.to_be_bytes());
    let sum = checksum::of(&seat.arrival.to_be_bytes(), &out[4..]);
    out[..4].copy_from_slice(&sum);
}

/// The bits that follow from the header alone.
fn shape_of(header: &Header) -> u16 {
    let flags = [Flags::EVIDENCE, Flags::SEALED, Flags::REQUIRED_ANNEX];
    let flags =
        flags.iter().zip(shape::FLAGS).filter(|(flag, _)| header.flags.has(**flag)).map(|(_, bit)| bit);
    let rare = [
        (!header.refs.is_empty(), shape::REFS),
        (header.retention != Retention::Archive, shape::RETENTION),
        (header.consent.is_some(), shape::CONSENT),
        (header.audience.is_some_and(|(_, epoch)| epoch != 0), shape::EPOCH),
        (!header.blobs.is_empty(), shape::BLOBS),
        (header.private_root.is_some(), shape::PRIVATE_ROOT),
        (!header.extra.is_empty(), shape::EXTRA),
    ];
    flags
        .chain(rare.into_iter().filter(|(there, _)| *there).map(|(_, bit)| bit))
        .fold(0, |shape, bit| shape | bit)
}

fn optional(out: &mut Vec<u8>, bit: u16, bytes: Option<&[u8; 32]>) -> u16 {
    bytes.map_or(0, |bytes| {
        out.extend_from_slice(bytes);
        bit
    })
}

/// Fields few records have. Lists are bounded by the header's own limits, far below 256.
fn put_rare(out: &mut Vec<u8>, header: &Header) {
    let count = |length: usize| u8::try_from(length).expect("bounded by the header");
    if !header.refs.is_empty() {
        out.push(count(header.refs.len()));
        header.refs.iter().for_each(|id| out.extend_from_slice(id.as_bytes()));
    }
    if let Retention::Days(days) = header.retention {
        put(out, days.into());
    }
    optional(out, 0, header.consent.as_ref().map(RecordId::as_bytes));
    if let Some((_, epoch)) = header.audience.filter(|(_, epoch)| *epoch != 0) {
        put(out, epoch);
    }
    if !header.blobs.is_empty() {
        out.push(count(header.blobs.len()));
        for blob in &header.blobs {
            out.extend_from_slice(blob.hash.as_bytes());
            put(out, blob.size);
            out.push(blob.flag);
        }
    }
    optional(out, 0, header.private_root.as_ref().map(Hash::as_bytes));
    if !header.extra.is_empty() {
        out.push(count(header.extra.len()));
        for extra in &header.extra {
            put(out, extra.key);
            put(out, extra.value.len() as u64);
            out.extend_from_slice(&extra.value);
        }
    }
}

/// Appends a LEB128 number.
fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn row(&mut self, arrival: u64, shape: u16) -> Result<Row<'a>, BadRow> {
        let has = |bit| shape & bit != 0;
        let (log, seq, from) = (self.number()?, self.number()?, self.number()?);
        let seat = Seat { arrival, log: narrow(log)?, from: narrow(from)? };
        let (kind, seen, claimed_ms) = (Kind::new(narrow(self.number()?)?), self.number()?, self.number()?);
        let mut flags = Flags::default();
        for (flag, bit) in
            [Flags::EVIDENCE, Flags::SEALED, Flags::REQUIRED_ANNEX].into_iter().zip(shape::FLAGS)
        {
            flags = if has(bit) { flags.with(flag) } else { flags };
        }
        Ok(Row {
            seat,
            seq,
            kind,
            flags,
            seen,
            claimed_ms,
            prev: self.when(has(shape::PREV), Self::id)?,
            object: self.when(has(shape::OBJECT), Self::id)?,
            refs: self.when(has(shape::REFS), |r| r.list(Self::id))?.unwrap_or_default(),
            retention: self
                .when(has(shape::RETENTION), |r| Ok(Retention::Days(narrow(r.number()?)?)))?
                .unwrap_or_default(),
            consent: self.when(has(shape::CONSENT), Self::id)?,
            epoch: self.when(has(shape::EPOCH), Self::number)?,
            blobs: self.when(has(shape::BLOBS), |r| r.list(Self::blob))?.unwrap_or_default(),
            private_root: self.when(has(shape::PRIVATE_ROOT), |r| r.array().map(Hash::from))?,
            extra: self.when(has(shape::EXTRA), |r| r.list(Self::extra))?.unwrap_or_default(),
            signature: self.when(has(shape::SIGNATURE), |r| r.array().map(Signature::from))?,
            body: self.body(has(shape::PAYLOAD))?,
        })
    }

    fn body(&mut self, held: bool) -> Result<Body<'a>, BadRow> {
        if held {
            return Ok(Body::Held(std::mem::take(&mut self.0)));
        }
        let (len, hash) = (narrow(self.number()?)?, PayloadHash::from(self.array()?));
        if self.0.is_empty() { Ok(Body::Gone { len, hash }) } else { Err(BadRow("bytes after the end")) }
    }

    fn when<T>(
        &mut self,
        there: bool,
        read: impl FnOnce(&mut Self) -> Result<T, BadRow>,
    ) -> Result<Option<T>, BadRow> {
        there.then(|| read(self)).transpose()
    }

    fn list<T>(&mut self, one: impl Fn(&mut Self) -> Result<T, BadRow>) -> Result<Vec<T>, BadRow> {
        let [count] = self.array()?;
        (0..count).map(|_| one(self)).collect()
    }

    fn blob(&mut self) -> Result<BlobRef, BadRow> {
        let hash = BlobHash::from(self.array::<32>()?);
        let size = self.number()?;
        let [flag] = self.array()?;
        Ok(BlobRef { hash, size, flag })
    }

    fn extra(&mut self) -> Result<Extra, BadRow> {
        let key = self.number()?;
        let length = narrow(self.number()?)?;
        Ok(Extra { key, value: self.take(length)?.to_vec() })
    }

    fn id(&mut self) -> Result<RecordId, BadRow> {
        self.array().map(RecordId::from)
    }

    fn number(&mut self) -> Result<u64, BadRow> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(BadRow("number too long"))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BadRow> {
        let (array, rest) = self.0.split_first_chunk().ok_or(BadRow("cut short"))?;
        self.0 = rest;
        Ok(*array)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], BadRow> {
        let (part, rest) = self.0.split_at_checked(length).ok_or(BadRow("cut short"))?;
        self.0 = rest;
        Ok(part)
    }
}

fn narrow<T: TryFrom<u64>>(number: u64) -> Result<T, BadRow> {
    T::try_from(number).map_err(|_| BadRow("number too large"))
}
