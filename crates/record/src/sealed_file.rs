//! A sealed record's attachment: XChaCha20-Poly1305 under an audience's epoch key. What a header names is the hash of these
//! bytes, so that keepers copy and verify them without any key.
//!
//! ```text
//! suite u16be = 1, hint 8, nonce 24, ciphertext (the padded file and the 16-byte tag)
//! ```
//! The hint tells members which of their keys opens the file, and nobody else anything.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::envelope::{EpochKey, NONCE_BYTES, SUITE_XCHACHA};
use crate::ids::{AudienceId, CommunityId, Domain, hash_parts};
use crate::limits;
use crate::refused::Refused;

const FILE_DOMAIN: &Domain = b"linli/file/1\0\0\0\0";
const HINT_BYTES: usize = 8;
const HEAD_BYTES: usize = 2 + HINT_BYTES + NONCE_BYTES;
/// A file is padded to a multiple of this, so that its length tells little.
pub const PAD_BYTES: usize = 4096;

/// Which audience's key, of which epoch, a file is sealed under.
#[derive(Debug, Clone, Copy)]
pub struct Under<'a> {
    /// The community.
    pub community: &'a CommunityId,
    /// The audience.
    pub audience: &'a AudienceId,
    /// The epoch of its key.
    pub epoch: u64,
    /// The key.
    pub key: &'a EpochKey,
}

impl Under<'_> {
    fn hint(&self, nonce: &[u8]) -> [u8; HINT_BYTES] {
        let name = self.key.fingerprint(self.audience, self.epoch);
        let hash = hash_parts(FILE_DOMAIN, &[nonce, name.as_bytes()]);
        *hash.first_chunk().expect("a hash is longer than a hint")
    }

    fn associated(&self) -> Vec<u8> {
        let mut bytes = FILE_DOMAIN.to_vec();
        bytes.extend_from_slice(self.community.as_bytes());
        bytes.extend_from_slice(self.audience.as_bytes());
        bytes.extend_from_slice(&self.epoch.to_be_bytes());
        bytes
    }
}

/// Seals a file; the nonce is fresh random bytes.
///
/// # Errors
/// [`Refused::TooLarge`] when what comes out is larger than an attachment may be.
pub fn seal(under: &Under<'_>, nonce: [u8; NONCE_BYTES], file: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut padded = Vec::with_capacity(file.len() + PAD_BYTES);
    padded.extend_from_slice(file);
    padded.push(0x80);
    padded.resize(padded.len().next_multiple_of(PAD_BYTES), 0);
    let limit = usize::try_from(limits::BLOB_BYTES).unwrap_or(usize::MAX);
    Refused::bound("attachment", HEAD_BYTES + padded.len() + 16, limit)?;
    let cipher = XChaCha20Poly1305::new(&(*under.key.as_bytes()).into());
    let payload = Payload { msg: &padded, aad: &under.associated() };
    let ciphertext =
        cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| Refused::Sealed("attachment"))?;
    let mut out = SUITE_XCHACHA.to_be_bytes().to_vec();
    out.extend_from_slice(&under.hint(&nonce));
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&ciphertext);
    Ok(out)
}

/// Whether `bytes` say that they are sealed under this key. Cheap: one hash.
#[must_use]
pub fn is_under(under: &Under<'_>, bytes: &[u8]) -> bool {
    parts(bytes).is_ok_and(|(hint, nonce, _)| *hint == under.hint(nonce))
}

/// Opens a file.
///
/// # Errors
/// [`Refused::Sealed`] when it is not sealed under this key, or a byte was changed.
pub fn open(under: &Under<'_>, bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    let (_, nonce, ciphertext) = parts(bytes)?;
    let cipher = XChaCha20Poly1305::new(&(*under.key.as_bytes()).into());
    let payload = Payload { msg: ciphertext, aad: &under.associated() };
    let mut plain =
        cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| Refused::Sealed("attachment"))?;
    let end = plain.iter().rposition(|byte| *byte != 0).filter(|&at| plain[at] == 0x80);
    plain.truncate(end.ok_or(Refused::Sealed("attachment"))?);
    Ok(plain)
}

type Parts<'a> = (&'a [u8; HINT_BYTES], &'a [u8; NONCE_BYTES], &'a [u8]);

fn parts(bytes: &[u8]) -> Result<Parts<'_>, Refused> {
    let split = || {
        let (suite, rest) = bytes.split_first_chunk::<2>()?;
        let (hint, rest) = rest.split_first_chunk::<HINT_BYTES>()?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>()?;
        (u16::from_be_bytes(*suite) == SUITE_XCHACHA).then_some((hint, nonce, ciphertext))
    };
    split().ok_or(Refused::Sealed("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_opens_under_the_key_it_was_sealed_with_and_no_other() {
        let (community, audience) = (CommunityId::from([1; 32]), AudienceId::from([2; 16]));
        let (right, wrong) = (EpochKey::from([3; 32]), EpochKey::from([4; 32]));
        let under = |key, epoch| Under { community: &community, audience: &audience, epoch, key };
        let sealed = seal(&under(&right, 1), [5; NONCE_BYTES], b"a picture").unwrap();
        assert_eq!(sealed.len(), HEAD_BYTES + PAD_BYTES + 16);
        assert!(is_under(&under(&right, 1), &sealed));
        assert_eq!(open(&under(&right, 1), &sealed).unwrap(), b"a picture");
        for other in [under(&wrong, 1), under(&right, 2)] {
            assert!(!is_under(&other, &sealed));
            assert_eq!(open(&other, &sealed), Err(Refused::Sealed("attachment")));
        }
        let mut changed = sealed;
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(open(&under(&right, 1), &changed), Err(Refused::Sealed("attachment")));
        assert!(!is_under(&under(&right, 1), b"\x00\x01short"));
    }
}
