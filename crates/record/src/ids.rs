//! Fixed-length names: hashes, keys and random ids. Each prints as lower-case hexadecimal and reads either case.

use std::fmt;
use std::str::FromStr;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} hexadecimal digits, found {found:?}")]
pub struct ParseIdError {
    expected: usize,
    found: String,
}

fn hex_digit(c: u8) -> Option<u8> {
    match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        b'A'..=b'F' => Some(c - b'A' + 10),
        _ => None,
    }
}

fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
    }
    Some(out)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// Exactly [`Self::LEN`] bytes, or nothing.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The first eight hexadecimal digits, for people; never unique enough for a machine.
            #[must_use]
            pub fn short(&self) -> String {
                let mut text = self.to_string();
                text.truncate(8);
                text
            }
        }

        impl From<[u8; $len]> for $name {
            fn from(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.short())
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse_hex(text)
                    .map(Self)
                    .ok_or_else(|| ParseIdError { expected: $len * 2, found: text.chars().take(80).collect() })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?;
                Ok(())
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Self::from_slice(d.bytes()?)
                    .ok_or_else(|| minicbor::decode::Error::message(concat!(stringify!($name), ": wrong length")))
            }
        }
    };
}

id!(
    /// A community: the BLAKE3 hash of the payload that founded it.
    CommunityId,
    32
);
id!(
    /// A record: the BLAKE3 hash of its header bytes.
    RecordId,
    32
);
id!(
    /// A device's log for one audience.
    LogId,
    32
);
id!(
    /// A register block: the BLAKE3 hash of its bytes, without the certificate.
    BlockId,
    32
);
id!(
    /// The BLAKE3 hash of a payload.
    PayloadHash,
    32
);
id!(
    /// The BLAKE3 hash of an attachment.
    BlobHash,
    32
);
id!(
    /// Any other BLAKE3 hash.
    Hash,
    32
);
id!(
    /// A device's Ed25519 public key, as bytes; whether it is a point on the curve shows when it verifies.
    DeviceKey,
    32
);
id!(
    /// A device's X25519 public key, to which epoch keys are sealed.
    SealingKey,
    32
);
id!(
    /// A node's Ed25519 public key on the transport.
    NodeKey,
    32
);
id!(
    /// An audience: random and secret.
    AudienceId,
    16
);
id!(
    /// One life of a device key: random, new after a restore.
    Incarnation,
    16
);
id!(
    /// One life of a store: random, new after a restore or repair.
    StoreId,
    16
);

impl AudienceId {
    /// What stands for the whole community where a fixed length is hashed; no audience may have it.
    pub const EVERYONE: Self = Self([0; 16]);
}

/// A 16-byte ASCII tag that keeps the hashes and signatures of different things apart.
pub(crate) type Domain = [u8; 16];

/// BLAKE3 over a domain tag and parts whose lengths are fixed by the caller's format.
pub(crate) fn hash_parts(domain: &Domain, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(domain);
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_prints() {
        let id = AudienceId::from([0x0f; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.short(), "0f0f0f0f");
    }

    #[test]
    fn a_text_of_another_length_is_refused_by_name() {
        let error = "0f".parse::<RecordId>().unwrap_err();
        assert_eq!(error.to_string(), "expected 64 hexadecimal digits, found \"0f\"");
    }
}
