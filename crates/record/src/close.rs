//! What the last record of a log says: why it ends, and which key goes on.
//!
//! A successor named here is a claim until another device of the household, or a registrar, says so (register rule 21).
//! Its key may be of a suite this program does not know: the record still parses, only the successor is not verified.

use minicbor::{Decode, Encode};

use crate::canonical;
use crate::claim::{node_message, tagged};
use crate::header::Draft;
use crate::ids::{CommunityId, DeviceKey, Domain, Incarnation, LogId, NodeKey, SealingKey};
use crate::keys::{self, SecretKey, Signature};
use crate::kind::Kind;
use crate::limits;
use crate::open::{SUITE_ED25519_BLAKE3, log_id};
use crate::refused::Refused;

const SUCCESSOR_DOMAIN: &Domain = b"linli/next/1\0\0\0\0";

/// The payload body of `log-close`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LogClose {
    /// Why, for people: 0 not said, 1 device retired, 2 moved to a new device, 3 key may be known to others, 4 new suite.
    #[n(0)]
    pub reason: u8,
    /// The key that goes on, if one does.
    #[n(1)]
    pub successor: Option<Successor>,
}

/// What a successor signs about itself.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NextKey {
    /// Signature and hash suite of the new key.
    #[n(0)]
    pub suite: u16,
    /// The new public key; 32 bytes in suite 1.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub key: Vec<u8>,
    /// The first life of that key.
    #[n(2)]
    pub incarnation: Incarnation,
    /// Where epoch keys are sealed to from now on.
    #[n(3)]
    pub sealing: SealingKey,
    /// Its key on the transport.
    #[n(4)]
    pub node: NodeKey,
}

/// A [`NextKey`] signed by the key it names and by its node: the array `[bytes, signature, node signature]`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Successor {
    /// The canonical bytes of the [`NextKey`].
    #[cbor(n(0), with = "minicbor::bytes")]
    bytes: Vec<u8>,
    /// By the new key, of whatever length its suite has.
    #[cbor(n(1), with = "minicbor::bytes")]
    signature: Vec<u8>,
    /// By the node key, over the new key.
    #[n(2)]
    node: Signature,
}

impl LogClose {
    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("a vector takes every byte")
    }

    /// Reads a body that closes a log.
    ///
    /// # Errors
    /// [`Refused`] when it breaks the format or a bound.
    pub fn parse(body: &[u8]) -> Result<Self, Refused> {
        canonical::check(body)?;
        let close: Self = minicbor::decode(body).map_err(|error| Refused::malformed("log-close", error))?;
        canonical::only_known("log-close", body, &close.to_bytes())?;
        if let Some(next) = &close.successor {
            Refused::bound("successor", next.bytes.len(), limits::SUCCESSOR_KEY_BYTES)?;
            Refused::bound("successor's signature", next.signature.len(), limits::SUCCESSOR_PROOF_BYTES)?;
        }
        Ok(close)
    }

    /// A draft with the flags that `log-close` must have.
    #[must_use]
    pub const fn draft() -> Draft {
        Draft::new(Kind::LOG_CLOSE).evidence()
    }
}

impl NextKey {
    fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("a vector takes every byte")
    }

    /// The public log of the new key's first life, in suite 1.
    #[must_use]
    pub fn log_id(&self) -> Option<LogId> {
        self.device().map(|key| log_id(&key, &self.incarnation, None))
    }

    /// The new key, in suite 1.
    #[must_use]
    pub fn device(&self) -> Option<DeviceKey> {
        if self.suite == SUITE_ED25519_BLAKE3 { DeviceKey::from_slice(&self.key) } else { None }
    }

    /// Signs with the new key and its node's key, as the successor of the log `closing`.
    #[must_use]
    pub fn sign(
        &self,
        community: &CommunityId,
        closing: &LogId,
        key: &SecretKey,
        node: &SecretKey,
    ) -> Successor {
        let bytes = self.to_bytes();
        Successor {
            signature: key.sign(&message(community, closing, &bytes)).as_bytes().to_vec(),
            node: node.sign(&node_message(community, &key.public())),
            bytes,
        }
    }
}

impl Successor {
    /// Reads and verifies the successor of the log `closing`.
    ///
    /// # Errors
    /// [`Refused::Suite`] when the new key needs a newer program; [`Refused`] when it is malformed or did not sign.
    pub fn verify(&self, community: &CommunityId, closing: &LogId) -> Result<NextKey, Refused> {
        canonical::check(&self.bytes)?;
        let next: NextKey =
            minicbor::decode(&self.bytes).map_err(|error| Refused::malformed("successor", error))?;
        if next.suite != SUITE_ED25519_BLAKE3 {
            return Err(Refused::Suite { what: "successor", found: next.suite });
        }
        canonical::only_known("successor", &self.bytes, &next.to_bytes())?;
        let key = next.device().ok_or_else(|| Refused::malformed("successor", "key of another length"))?;
        let node = DeviceKey::from(*next.node.as_bytes());
        let signed = Signature::from_slice(&self.signature).is_some_and(|signature| {
            keys::verify(&key, &message(community, closing, &self.bytes), &signature)
                && keys::verify(&node, &node_message(community, &key), &self.node)
        });
        if signed { Ok(next) } else { Err(Refused::Signature { seq: 0 }) }
    }
}

fn message(community: &CommunityId, closing: &LogId, bytes: &[u8]) -> Vec<u8> {
    tagged(SUCCESSOR_DOMAIN, &[community.as_bytes(), closing.as_bytes(), bytes].concat())
}
