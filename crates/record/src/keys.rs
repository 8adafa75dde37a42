//! The device's two secrets and what they make: Ed25519 signatures, and an X25519 half for what is sealed to it.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use hpke::{Deserializable, Kem as _, Serializable};
use zeroize::Zeroizing;

use crate::ids::{DeviceKey, SealingKey};

pub(crate) type Kem = hpke::kem::X25519HkdfSha256;

/// An Ed25519 signature, 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    /// Exactly 64 bytes, or nothing.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl From<[u8; 64]> for Signature {
    fn from(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({:02x}{:02x}..)", self.0[0], self.0[1])
    }
}

impl<C> minicbor::Encode<C> for Signature {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?;
        Ok(())
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Signature {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::from_slice(d.bytes()?)
            .ok_or_else(|| minicbor::decode::Error::message("Signature: wrong length"))
    }
}

/// A device's Ed25519 signing key. Wiped from memory when dropped.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// The key made from 32 secret random bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(bytes))
    }

    /// The 32 secret bytes, for a key file.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> DeviceKey {
        DeviceKey::from(self.0.verifying_key().to_bytes())
    }

    /// Signs `message`; the caller puts a domain tag in front.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public().short())
    }
}

/// A public key made ready to verify many signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier(VerifyingKey);

impl Verifier {
    /// The key, if it is one: a point on the curve, not of small order, in its one encoding.
    #[must_use]
    pub fn of(key: &DeviceKey) -> Option<Self> {
        let point = VerifyingKey::from_bytes(key.as_bytes()).ok()?;
        (is_reduced(key.as_bytes()) && !point.is_weak()).then_some(Self(point))
    }

    /// Whether `signature` over `message` is this key's, by the strict rules: the equation without cofactor
    /// (RFC 8032, section 5.1.7, third step), reduced scalar, no point of small order.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        self.0.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature.as_bytes())).is_ok()
    }
}

/// Whether the y coordinate is below p = 2^255 - 19, so that one point has one name.
fn is_reduced(key: &[u8; 32]) -> bool {
    let [low, middle @ .., high] = key;
    *high & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff) || *low < 0xed
}

/// Whether `signature` over `message` is `key`'s, by the rules of [`Verifier`].
#[must_use]
pub fn verify(key: &DeviceKey, message: &[u8], signature: &Signature) -> bool {
    Verifier::of(key).is_some_and(|key| key.verifies(message, signature))
}

/// A device's X25519 secret, to which epoch keys are sealed (RFC 9180, DHKEM(X25519, HKDF-SHA256)).
#[derive(Clone)]
pub struct SealingSecret(<Kem as hpke::Kem>::PrivateKey, SealingKey);

impl SealingSecret {
    /// The pair derived from 32 secret random bytes (RFC 9180, `DeriveKeyPair`).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let (secret, public) = Kem::derive_keypair(seed);
        let public: [u8; 32] = public.to_bytes().into();
        Self(secret, SealingKey::from(public))
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> SealingKey {
        self.1
    }

    pub(crate) const fn private(&self) -> &<Kem as hpke::Kem>::PrivateKey {
        &self.0
    }
}

impl fmt::Debug for SealingSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingSecret(of {})", self.1.short())
    }
}

pub(crate) fn recipient(key: &SealingKey) -> Option<<Kem as hpke::Kem>::PublicKey> {
    <Kem as hpke::Kem>::PublicKey::from_bytes(key.as_bytes()).ok()
}
