//! A secret sealed to one device's X25519 key (HPKE, RFC 9180, base mode): how epoch keys and audience ids travel.

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::{Deserializable, OpModeR, OpModeS, Serializable};
use minicbor::{Decode, Encode};
use rand_core::{TryCryptoRng, TryRng};

use crate::ids::{CommunityId, SealingKey};
use crate::keys::{Kem, SealingSecret, recipient};
use crate::limits;
use crate::refused::Refused;

const INFO: &[u8] = b"linli/grant/1";

/// Grant suite 1: DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, ChaCha20Poly1305 0x0003, base mode.
pub const SUITE_X25519: u16 = 1;

/// A sealed secret and the key it was encapsulated with: the array [suite, encapsulated key, ciphertext].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SealedGrant {
    /// How it is sealed.
    #[n(0)]
    suite: u16,
    /// HPKE encapsulated key; 32 bytes in suite 1.
    #[cbor(n(1), with = "minicbor::bytes")]
    enc: Vec<u8>,
    /// Ciphertext and tag.
    #[cbor(n(2), with = "minicbor::bytes")]
    ciphertext: Vec<u8>,
}

const TAG_BYTES: usize = 16;

/// Hands out one 32-byte seed and nothing else: HPKE asks for exactly that.
struct OneSeed(Option<[u8; 32]>);

impl TryRng for OneSeed {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        unreachable!("HPKE's X25519 encapsulation asks for one 32-byte block")
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        unreachable!("HPKE's X25519 encapsulation asks for one 32-byte block")
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        let seed = self.0.take().expect("asked once");
        out.copy_from_slice(&seed);
        Ok(())
    }
}

impl TryCryptoRng for OneSeed {}

/// Seals `secret` so that only the holder of `to` reads it; `seed` is 32 fresh random bytes.
///
/// # Errors
/// [`Refused::Sealed`] when `to` is not a usable key, [`Refused::TooLarge`] when the secret is.
pub fn seal(
    to: &SealingKey,
    community: &CommunityId,
    seed: [u8; 32],
    secret: &[u8],
) -> Result<SealedGrant, Refused> {
    Refused::bound("grant", secret.len() + TAG_BYTES, limits::GRANT_BYTES)?;
    let key = recipient(to).ok_or(Refused::Sealed("grant"))?;
    let mut rng = OneSeed(Some(seed));
    let (enc, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Kem>(
        &OpModeS::Base,
        &key,
        INFO,
        secret,
        community.as_bytes(),
        &mut rng,
    )
    .map_err(|_| Refused::Sealed("grant"))?;
    Ok(SealedGrant { suite: SUITE_X25519, enc: enc.to_bytes().to_vec(), ciphertext })
}

/// Opens a grant sealed to this device.
///
/// # Errors
/// [`Refused::Sealed`] when it was sealed to another key or changed.
pub fn open(
    secret: &SealingSecret,
    community: &CommunityId,
    grant: &SealedGrant,
) -> Result<Vec<u8>, Refused> {
    if grant.suite != SUITE_X25519 {
        return Err(Refused::Suite { what: "grant", found: grant.suite });
    }
    Refused::bound("grant", grant.ciphertext.len(), limits::GRANT_BYTES)?;
    let enc =
        <Kem as hpke::Kem>::EncappedKey::from_bytes(&grant.enc).map_err(|_| Refused::Sealed("grant"))?;
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(
        &OpModeR::Base,
        secret.private(),
        &enc,
        INFO,
        &grant.ciphertext,
        community.as_bytes(),
    )
    .map_err(|_| Refused::Sealed("grant"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_opens_for_its_device_alone() {
        let (anna, ben) = (SealingSecret::from_seed(&[1; 32]), SealingSecret::from_seed(&[2; 32]));
        let community = CommunityId::from([3; 32]);
        let grant = seal(&anna.public(), &community, [4; 32], b"epoch key").unwrap();
        assert_eq!(open(&anna, &community, &grant).unwrap(), b"epoch key");
        assert_eq!(open(&ben, &community, &grant), Err(Refused::Sealed("grant")));
        assert_eq!(open(&anna, &CommunityId::from([9; 32]), &grant), Err(Refused::Sealed("grant")));
    }

    #[test]
    fn the_same_seed_makes_the_same_grant() {
        let anna = SealingSecret::from_seed(&[1; 32]).public();
        let community = CommunityId::from([3; 32]);
        let once = seal(&anna, &community, [4; 32], b"k").unwrap();
        assert_eq!(once, seal(&anna, &community, [4; 32], b"k").unwrap());
    }
}
