//! What a newcomer signs before anyone enrols it: its keys, and the place it claims.
//!
//! An `admit` record quotes the whole claim, so that nothing in a log not yet enrolled is needed to judge it.

use minicbor::{Decode, Encode};

use crate::canonical;
use crate::ids::{CommunityId, DeviceKey, Domain, Hash, Incarnation, LogId, NodeKey, RecordId, SealingKey};
use crate::keys::{self, SecretKey, Signature};
use crate::limits;
use crate::open::log_id;
use crate::refused::Refused;

const CLAIM_DOMAIN: &Domain = b"linli/claim/1\0\0\0";
const NODE_DOMAIN: &Domain = b"linli/node/1\0\0\0\0";

/// A newcomer's statement about itself.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Claim {
    /// The community it wants to join.
    #[n(0)]
    pub community: CommunityId,
    /// Its signing key.
    #[n(1)]
    pub device: DeviceKey,
    /// The first life of that key.
    #[n(2)]
    pub incarnation: Incarnation,
    /// Where epoch keys are sealed to.
    #[n(3)]
    pub sealing: SealingKey,
    /// Its key on the transport.
    #[n(4)]
    pub node: NodeKey,
    /// Role asked for, as numbered in the kind table of `docs/FORMAT.md`.
    #[n(5)]
    pub role: u8,
    /// The unit on the roll; absent for roles that live nowhere.
    #[n(6)]
    pub unit: Option<String>,
    /// What the household wants to be called, shown to all; at most 64 bytes.
    #[n(7)]
    pub label: String,
    /// Hash of the invite's secret: one claim an invite.
    #[n(8)]
    pub invite: Hash,
    /// The household joined, for a further device, family or tenants; absent to begin one.
    #[n(9)]
    pub household: Option<RecordId>,
    /// Height and hash of a recent block, quoted from the invite.
    #[n(10)]
    pub recent: Option<(u64, Hash)>,
}

/// A claim with the signatures of both keys it names.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SignedClaim {
    /// The claim's canonical bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    bytes: Vec<u8>,
    /// By the device key.
    #[n(1)]
    device: Signature,
    /// By the node key, over the device key: the two belong together.
    #[n(2)]
    node: Signature,
}

impl Claim {
    fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("a vector takes every byte")
    }

    /// The public log of the claimed key's first life.
    #[must_use]
    pub fn log_id(&self) -> LogId {
        log_id(&self.device, &self.incarnation, None)
    }

    /// Signs with both keys; `node` must be the secret half of [`Claim::node`].
    #[must_use]
    pub fn sign(&self, device: &SecretKey, node: &SecretKey) -> SignedClaim {
        let bytes = self.to_bytes();
        SignedClaim {
            device: device.sign(&tagged(CLAIM_DOMAIN, &bytes)),
            node: node.sign(&node_message(&self.community, &self.device)),
            bytes,
        }
    }
}

impl SignedClaim {
    /// Reads and verifies a claim.
    ///
    /// # Errors
    /// [`Refused`] when it is malformed, of another community, or not signed by both keys.
    pub fn verify(&self, community: &CommunityId) -> Result<Claim, Refused> {
        Refused::bound("claim", self.bytes.len(), limits::CLAIM_BYTES)?;
        canonical::check(&self.bytes)?;
        let claim: Claim =
            minicbor::decode(&self.bytes).map_err(|error| Refused::malformed("claim", error))?;
        canonical::only_known("claim", &self.bytes, &claim.to_bytes())?;
        Refused::bound("label", claim.label.len(), limits::LABEL_BYTES)?;
        if claim.community != *community {
            return Err(Refused::malformed("claim", "made for another community"));
        }
        let node_key = DeviceKey::from(*claim.node.as_bytes());
        let signed = keys::verify(&claim.device, &tagged(CLAIM_DOMAIN, &self.bytes), &self.device)
            && keys::verify(&node_key, &node_message(community, &claim.device), &self.node);
        if signed { Ok(claim) } else { Err(Refused::Signature { seq: 0 }) }
    }
}

pub(crate) fn tagged(domain: &Domain, bytes: &[u8]) -> Vec<u8> {
    [&domain[..], bytes].concat()
}

/// What a node key signs: that it belongs to this device in this community.
pub(crate) fn node_message(community: &CommunityId, device: &DeviceKey) -> Vec<u8> {
    [&NODE_DOMAIN[..], community.as_bytes(), device.as_bytes()].concat()
}
