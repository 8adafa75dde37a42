//! The body of a sealed record: XChaCha20-Poly1305 under an audience's epoch key, bound to its place in its log.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use minicbor::{Decode, Encode};
use zeroize::Zeroize;

use crate::canonical;
use crate::header::Header;
use crate::ids::{AudienceId, CommunityId, Domain, Hash, LogId, hash_parts};
use crate::kind::Kind;
use crate::refused::Refused;

/// Bytes of a nonce.
pub const NONCE_BYTES: usize = 24;
/// Plaintext is padded to a multiple of this, so that lengths tell little.
pub const PAD_BYTES: usize = 64;
/// Envelope suite 1: XChaCha20-Poly1305, padded.
pub const SUITE_XCHACHA: u16 = 1;

const ARRAY_OF_THREE: u8 = 0x83;
const ENVELOPE_DOMAIN: &Domain = b"linli/envelope/1";
const EPOCH_DOMAIN: &Domain = b"linli/epoch/1\0\0\0";

/// The key of one epoch of one audience. Wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct EpochKey([u8; 32]);

impl EpochKey {
    /// The key's bytes, to seal in a grant or keep in the node's key file.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A name for the key that tells nothing of it. An audience states it in the open, so that two members who were
    /// granted different keys for one epoch find out before they read different things.
    #[must_use]
    pub fn fingerprint(&self, audience: &AudienceId, epoch: u64) -> Hash {
        Hash::from(hash_parts(EPOCH_DOMAIN, &[audience.as_bytes(), &epoch.to_be_bytes(), &self.0]))
    }
}

impl From<[u8; 32]> for EpochKey {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl Drop for EpochKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for EpochKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EpochKey(..)")
    }
}

/// Where a sealed body stands: it opens nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The community.
    pub community: CommunityId,
    /// The log.
    pub log: LogId,
    /// The record's position in it.
    pub seq: u64,
    /// The record's kind.
    pub kind: Kind,
    /// The audience.
    pub audience: AudienceId,
    /// The epoch of its key.
    pub epoch: u64,
}

impl Place {
    /// The place a header names, if it has an audience.
    #[must_use]
    pub fn of(community: CommunityId, header: &Header) -> Option<Self> {
        let (audience, epoch) = header.audience?;
        Some(Self { community, log: header.log, seq: header.seq, kind: header.kind, audience, epoch })
    }

    fn associated(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(120);
        bytes.extend_from_slice(ENVELOPE_DOMAIN);
        bytes.extend_from_slice(self.community.as_bytes());
        bytes.extend_from_slice(self.log.as_bytes());
        bytes.extend_from_slice(&self.seq.to_be_bytes());
        bytes.extend_from_slice(&self.kind.number().to_be_bytes());
        bytes.extend_from_slice(self.audience.as_bytes());
        bytes.extend_from_slice(&self.epoch.to_be_bytes());
        bytes
    }
}

/// The CBOR array that is a sealed record's body.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Envelope {
    /// How it is sealed.
    #[n(0)]
    suite: u16,
    /// Random, used once.
    #[cbor(n(1), with = "minicbor::bytes")]
    nonce: [u8; NONCE_BYTES],
    /// Padded plaintext, encrypted, and the 16-byte tag.
    #[cbor(n(2), with = "minicbor::bytes")]
    ciphertext: Vec<u8>,
}

/// Seals a body for the place it will stand.
///
/// # Errors
/// [`Refused::TooLarge`] when the cipher refuses the length (never below the payload bound).
pub fn seal(
    key: &EpochKey,
    place: &Place,
    nonce: [u8; NONCE_BYTES],
    body: &[u8],
) -> Result<Vec<u8>, Refused> {
    let cipher = XChaCha20Poly1305::new(&(*key.as_bytes()).into());
    let aad = place.associated();
    let msg = padded(body);
    let ciphertext = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg: &msg, aad: &aad })
        .map_err(|_| Refused::Sealed("envelope"))?;
    let envelope = Envelope { suite: SUITE_XCHACHA, nonce, ciphertext };
    Ok(minicbor::to_vec(&envelope).expect("a vector takes every byte"))
}

/// Opens a sealed body at the place its header names.
///
/// # Errors
/// [`Refused::Sealed`] when the key, the place or a byte is not the one it was sealed with.
pub fn open(key: &EpochKey, place: &Place, body: &[u8]) -> Result<Vec<u8>, Refused> {
    canonical::check(body)?;
    let envelope: Envelope = minicbor::decode(body).map_err(|error| Refused::malformed("envelope", error))?;
    if body.first() != Some(&ARRAY_OF_THREE) {
        return Err(Refused::malformed("envelope", "not suite, nonce and ciphertext"));
    }
    if envelope.suite != SUITE_XCHACHA {
        return Err(Refused::Suite { what: "envelope", found: envelope.suite });
    }
    let cipher = XChaCha20Poly1305::new(&(*key.as_bytes()).into());
    let aad = place.associated();
    let payload = Payload { msg: &envelope.ciphertext, aad: &aad };
    let plain =
        cipher.decrypt(&XNonce::from(envelope.nonce), payload).map_err(|_| Refused::Sealed("envelope"))?;
    unpadded(plain)
}

/// One 0x80 byte, then zeros to a multiple of [`PAD_BYTES`] (ISO/IEC 7816-4).
fn padded(body: &[u8]) -> Vec<u8> {
    let mut out = body.to_vec();
    out.push(0x80);
    out.resize(out.len().next_multiple_of(PAD_BYTES), 0);
    out
}

fn unpadded(mut plain: Vec<u8>) -> Result<Vec<u8>, Refused> {
    let end = plain.iter().rposition(|byte| *byte != 0).filter(|&at| plain[at] == 0x80);
    plain.truncate(end.ok_or(Refused::Sealed("envelope"))?);
    Ok(plain)
}
