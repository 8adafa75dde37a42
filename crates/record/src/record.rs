//! A record: a header, its payload if it is held, its signature if it is kept.
//!
//! [`RawRecord`] is bytes from anywhere; [`Record`] is one a [`crate::Chain`] vouched for. [`Record::recall`] is the second
//! door, for bytes our own store verified before it wrote them.

use crate::canonical::Cursor;
use crate::header::Header;
use crate::ids::RecordId;
use crate::keys::Signature;
use crate::limits;
use crate::refused::Refused;

/// A record as it travels or lies on disk: nothing about it is believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRecord {
    /// Header bytes.
    pub header: Vec<u8>,
    /// Payload bytes, salt first; `None` when dropped or not yet received.
    pub payload: Option<Vec<u8>>,
    /// Present at kept signatures and at the tip.
    pub signature: Option<Signature>,
}

impl RawRecord {
    /// One item of a record file: the array `[header, payload or null, signature or null]`. A file is such items one
    /// after another (a CBOR sequence, RFC 8742).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let size = self.header.len() + self.payload.as_ref().map_or(0, Vec::len) + 80;
        let mut e = minicbor::Encoder::new(Vec::with_capacity(size));
        self.write(&mut e).expect("a vector takes every byte");
        e.into_writer()
    }

    fn write(
        &self,
        e: &mut minicbor::Encoder<Vec<u8>>,
    ) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        e.array(3)?.bytes(&self.header)?;
        for part in
            [self.payload.as_deref(), self.signature.as_ref().map(|signature| &signature.as_bytes()[..])]
        {
            match part {
                Some(bytes) => e.bytes(bytes)?,
                None => e.null()?,
            };
        }
        Ok(())
    }

    /// The item that `bytes` begin with, and its length.
    ///
    /// # Errors
    /// [`Refused`] when it is not such an item, or over a bound.
    pub fn first_of(bytes: &[u8]) -> Result<(Self, usize), Refused> {
        let mut cursor = Cursor::new(bytes);
        if cursor.array()? != 3 {
            return Err(Refused::malformed("record", "not header, payload and signature"));
        }
        let header = cursor.bytes()?;
        Refused::bound("header", header.len(), limits::HEADER_BYTES)?;
        let payload = cursor.bytes_or_null()?;
        Refused::bound("payload", payload.map_or(0, <[u8]>::len), limits::PAYLOAD_BYTES)?;
        let signature = cursor.bytes_or_null()?.map(|bytes| {
            Signature::from_slice(bytes)
                .ok_or_else(|| Refused::malformed("record", "signature of another length"))
        });
        let record = Self {
            header: header.to_vec(),
            payload: payload.map(<[u8]>::to_vec),
            signature: signature.transpose()?,
        };
        Ok((record, cursor.at()))
    }

    /// Every item of a record file.
    ///
    /// # Errors
    /// As [`RawRecord::first_of`].
    pub fn all_of(mut bytes: &[u8]) -> Result<Vec<Self>, Refused> {
        let mut records = Vec::new();
        while !bytes.is_empty() {
            let (record, length) = Self::first_of(bytes)?;
            records.push(record);
            bytes = &bytes[length..];
        }
        Ok(records)
    }
}

/// A record whose header, chain and signature were verified, and whose payload, if held, is the signed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    header: Header,
    payload: Option<Vec<u8>>,
    signature: Option<Signature>,
}

impl std::ops::Deref for Record {
    type Target = Header;

    fn deref(&self) -> &Header {
        &self.header
    }
}

impl Record {
    /// Reads back what this program's own store verified before writing; the payload's hash is checked again, the
    /// chain and signature are not.
    ///
    /// # Errors
    /// [`Refused`] when the bytes are damaged.
    pub fn recall(raw: RawRecord) -> Result<Self, Refused> {
        let header = Header::parse(&raw.header)?;
        Self::from_parts(header, raw.payload, raw.signature)
    }

    pub(crate) fn from_parts(
        header: Header,
        payload: Option<Vec<u8>>,
        signature: Option<Signature>,
    ) -> Result<Self, Refused> {
        if let Some(payload) = &payload
            && !header.matches(payload)
        {
            return Err(Refused::Payload { seq: header.seq });
        }
        Ok(Self { header, payload, signature })
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The payload with its salt, if held.
    #[must_use]
    pub fn payload(&self) -> Option<&[u8]> {
        self.payload.as_deref()
    }

    /// The payload without its salt, if held.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.payload.as_deref().map(|payload| &payload[limits::SALT_BYTES..])
    }

    /// The signature, if it is kept.
    #[must_use]
    pub const fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// Adds a payload that arrived after its header.
    ///
    /// # Errors
    /// [`Refused::Payload`] when it is not the signed one.
    pub fn with_payload(self, payload: Vec<u8>) -> Result<Self, Refused> {
        Self::from_parts(self.header, Some(payload), self.signature)
    }

    /// Forgets the payload; header, id and chain stay as they are.
    #[must_use]
    pub fn without_payload(mut self) -> Self {
        self.payload = None;
        self
    }

    /// The bytes again, to send or store.
    #[must_use]
    pub fn to_raw(&self) -> RawRecord {
        RawRecord {
            header: self.header.bytes().to_vec(),
            payload: self.payload.clone(),
            signature: self.signature,
        }
    }

    /// The id: BLAKE3 of the header bytes.
    #[must_use]
    pub const fn id(&self) -> RecordId {
        self.header.id()
    }
}

/// Salt and body together: what a header's payload hash covers.
#[must_use]
pub fn salted(salt: &[u8; limits::SALT_BYTES], body: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(salt.len() + body.len());
    payload.extend_from_slice(salt);
    payload.extend_from_slice(body);
    payload
}
