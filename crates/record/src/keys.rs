//! The device's two secrets and what they make: Ed25519 signatures, and an X25519 half for what is sealed to it.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey, Verifier as _, VerifyingKey};
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
    ///
    /// This is `verify_strict` without decompressing R, a tenth of its time: `verify` compares R with the encoding it
    /// computes, so an R that passes is in its one encoding, and of small order exactly if it is one of eight.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        let small = signature.0.first_chunk().is_some_and(|r: &[u8; 32]| SMALL_ORDER.contains(r));
        !small && self.0.verify(message, &ed25519_dalek::Signature::from_bytes(signature.as_bytes())).is_ok()
    }
}

/// The points of order 1, 2, 4 and 8, each in its one encoding.
const SMALL_ORDER: [[u8; 32]; 8] = [
    y(1, 0, 0),
    y(0xec, 0xff, 0x7f),
    y(0, 0, 0),
    y(0, 0, 0x80),
    eighth(OF_ORDER_8[0], 0),
    eighth(OF_ORDER_8[0], 0x80),
    eighth(OF_ORDER_8[1], 0),
    eighth(OF_ORDER_8[1], 0x80),
];

/// The two y coordinates of points of order 8.
const OF_ORDER_8: [[u8; 32]; 2] = [
    *b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\
       \xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
    *b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\
       \x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
];

/// An encoding with these first, middle and last bytes.
const fn y(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

/// An encoding with the sign of x in its highest bit.
const fn eighth(mut y: [u8; 32], sign: u8) -> [u8; 32] {
    y[31] |= sign;
    y
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eight_encodings_are_the_points_of_small_order() {
        for (index, encoding) in SMALL_ORDER.iter().enumerate() {
            assert!(VerifyingKey::from_bytes(encoding).expect("a point").is_weak());
            assert!(is_reduced(encoding) && !SMALL_ORDER[..index].contains(encoding));
        }
    }

    /// A point that has a part of order 8, and a signature by it whose R is of order 8: it passes the equation, and the
    /// strict rules refuse it. From the collection of cases in "Taming the many EdDSAs" (Chalkias and others, 2020).
    #[test]
    fn a_signature_whose_r_is_of_small_order_is_refused() {
        let bytes = from_hex;
        let message = bytes("aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab");
        let key: [u8; 32] = bytes("f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43");
        let r: [u8; 32] = bytes("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa");
        let s: [u8; 32] = bytes("8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e");
        let signature = Signature::from_slice(&[r, s].concat()).expect("64 bytes");
        let plain = VerifyingKey::from_bytes(&key).expect("a point");
        assert!(plain.verify(&message, &ed25519_dalek::Signature::from_bytes(signature.as_bytes())).is_ok());
        assert!(!verify(&DeviceKey::from(key), &message, &signature));
    }

    fn from_hex(text: &str) -> [u8; 32] {
        let byte = |at: usize| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hexadecimal");
        std::array::from_fn(byte)
    }

    #[test]
    fn every_signature_gets_the_answer_of_the_strict_rules() {
        for seed in 0..4u8 {
            let key = SecretKey::from_bytes(&[seed; 32]);
            let verifier = Verifier::of(&key.public()).expect("a key");
            let signature = key.sign(b"the lift stands");
            assert!(verifier.verifies(b"the lift stands", &signature));
            let mut tried = vec![(*signature.as_bytes(), &b"the lift runs"[..])];
            for bit in 0..512 {
                let mut bytes = *signature.as_bytes();
                bytes[bit / 8] ^= 1 << (bit % 8);
                tried.push((bytes, b"the lift stands"));
            }
            for small in SMALL_ORDER {
                let mut bytes = *signature.as_bytes();
                bytes[..32].copy_from_slice(&small);
                tried.push((bytes, b"the lift stands"));
            }
            for (bytes, message) in tried {
                let strict = verifier.0.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&bytes));
                assert_eq!(verifier.verifies(message, &Signature::from(bytes)), strict.is_ok());
            }
        }
    }
}
