//! A record: a header, its payload if it is held, its signature if it is kept.
//!
//! [`RawRecord`] is bytes from anywhere; [`Record`] is one a [`crate::Chain`] vouched for. [`Record::recall`] is the second
//! door, for bytes our own store verified before it wrote them.

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
