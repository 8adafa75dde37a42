//! Small files at rest that only their home can read: sealed under a key made of the home's own secrets.
//!
//! For what a program beside the node must keep for a while and nobody else should find: a disk that is copied, or a backup
//! without `device.key`, tells nothing. Whoever holds the whole box holds its key too.

use std::path::Path;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::chance::random;
use crate::fault::Fault;
use crate::home::Home;

/// What the key is for; another purpose has another key.
const PURPOSE: &str = "linli 2026 files at rest v1";
const NONCE_BYTES: usize = 24;

/// Seals and opens a home's own files.
pub struct Strongbox {
    key: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Strongbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Strongbox(..)")
    }
}

impl Strongbox {
    /// The box of the home in `root`, open or not.
    ///
    /// # Errors
    /// A [`Fault`] when its keys do not read.
    pub fn of(root: &Path) -> Result<Self, Fault> {
        let keys = Home::read_keys(root)?;
        let secret = keys.signing.to_bytes();
        Ok(Self { key: Zeroizing::new(blake3::derive_key(PURPOSE, &secret[..])) })
    }

    /// Seals bytes; they open under this name only.
    ///
    /// # Panics
    /// Never: what is sealed is far below the cipher's bound.
    #[must_use]
    pub fn seal(&self, name: &str, bytes: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = random();
        let payload = Payload { msg: bytes, aad: name.as_bytes() };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).expect("the bytes are few");
        [&nonce[..], &sealed].concat()
    }

    /// What was sealed under this name; nothing when the bytes are others, or another home's.
    #[must_use]
    pub fn open(&self, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: name.as_bytes() };
        self.cipher().decrypt(&XNonce::from(*nonce), payload).ok()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.key).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(byte: u8) -> Strongbox {
        Strongbox { key: Zeroizing::new([byte; 32]) }
    }

    #[test]
    fn a_file_opens_in_its_own_home_under_its_own_name_and_unchanged() {
        let mut sealed = of(1).seal("spool", b"the door opened");
        assert_eq!(of(1).open("spool", &sealed).as_deref(), Some(&b"the door opened"[..]));
        assert!(!sealed.windows(4).any(|window| window == b"door"));
        assert_eq!(of(2).open("spool", &sealed), None);
        assert_eq!(of(1).open("other", &sealed), None);
        for at in 0..sealed.len() {
            sealed[at] ^= 1;
            assert_eq!(of(1).open("spool", &sealed), None, "byte {at}");
            sealed[at] ^= 1;
        }
        assert_eq!(of(1).open("spool", &sealed[..NONCE_BYTES - 1]), None);
        assert_eq!(of(1).open("spool", &[]), None);
    }
}
