//! Key grants (96): an epoch's key handed to devices, without naming them to anyone else.
//!
//! Each grant is sealed by HPKE to one device's key and carries a hint of 8 bytes: BLAKE3 over a tag, the record's salt,
//! the audience id and the recipient's key. The audience id is secret, so an outsider who knows every key of the
//! community still can't test the hints. A reader that looks for one audience finds its own grants by them; this node
//! tries each, since anyone may be granted an audience they have not heard of.
//!
//! Sealing under an epoch key does not commit to it: whoever grants two members different keys could show them different
//! texts. So each record names, beside the grants, the fingerprint of every key it hands out, under a handle only
//! members can compute; a grant that does not match is not opened, and members compare the names of all records.

use linli_record::grant::{self, SealedGrant};
use linli_record::{
    AudienceId, CommunityId, EpochKey, Hash, Kind, Refused, SealingKey, SealingSecret, canonical,
};
use minicbor::{Decode, Encode};

use super::limits;
use super::payload::{Payload, line, malformed, within};
use crate::kinds;

const HINT_DOMAIN: &[u8; 16] = b"linli/hint/1\0\0\0\0";
const HANDLE_DOMAIN: &[u8; 16] = b"linli/handle/1\0\0";
const SEED_DOMAIN: &[u8; 16] = b"linli/gseed/1\0\0\0";

/// The body of a key-grant record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KeyGrant {
    /// Random; makes the hints of one record unlike those of another.
    #[cbor(n(0), with = "minicbor::bytes")]
    salt: [u8; 16],
    /// One for each recipient and secret, in ascending order of hint.
    #[n(1)]
    grants: Vec<HintedGrant>,
    /// One for each secret, in ascending order of handle.
    #[n(2)]
    names: Vec<NamedKey>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct NamedKey {
    #[cbor(n(0), with = "minicbor::bytes")]
    handle: [u8; 8],
    #[n(1)]
    fingerprint: Hash,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct HintedGrant {
    #[cbor(n(0), with = "minicbor::bytes")]
    hint: [u8; 8],
    #[n(1)]
    sealed: SealedGrant,
}

impl Payload for KeyGrant {
    const KIND: Kind = kinds::KEY_GRANT;
    const NAME: &'static str = "key-grant";

    fn check(&self) -> Result<(), Refused> {
        within("grants", self.grants.len(), limits::GRANTS)?;
        within("named keys", self.names.len(), limits::GRANTS)?;
        if !self.grants.is_sorted_by_key(|grant| grant.hint) {
            return Err(malformed("grants", "stand in ascending order of hint"));
        }
        if !self.names.is_sorted_by(|a, b| a.handle < b.handle) {
            return Err(malformed("named keys", "stand in ascending order of handle, each once"));
        }
        Ok(())
    }
}

/// What a grant hands over.
#[derive(Clone, PartialEq, Eq)]
pub struct Granted {
    /// The audience.
    pub audience: AudienceId,
    /// Which epoch.
    pub epoch: u64,
    /// The epoch's key.
    pub key: EpochKey,
    /// What the audience's members call it.
    pub name: String,
}

impl std::fmt::Debug for Granted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Granted(epoch {} of {})", self.epoch, self.audience.short())
    }
}

/// The bytes inside a grant.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Secret {
    #[n(0)]
    audience: AudienceId,
    #[n(1)]
    epoch: u64,
    #[cbor(n(2), with = "minicbor::bytes")]
    key: [u8; 32],
    #[n(3)]
    name: String,
}

/// Seals `secrets` to every one of `recipients`; `seed` is 32 fresh random bytes.
///
/// # Errors
/// [`Refused`] when there are more than [`limits::GRANTS`] pairs, two keys of one epoch, too long a name, or an unusable key.
pub fn seal(
    community: &CommunityId,
    recipients: &[SealingKey],
    secrets: &[Granted],
    seed: &[u8; 32],
) -> Result<KeyGrant, Refused> {
    within("grants", recipients.len().saturating_mul(secrets.len()), limits::GRANTS)?;
    let derive = |parts: &[&[u8]]| {
        let mut hasher = blake3::Hasher::new_keyed(seed);
        hasher.update(SEED_DOMAIN);
        parts.iter().for_each(|part| {
            hasher.update(part);
        });
        *hasher.finalize().as_bytes()
    };
    let mut salt = [0; 16];
    salt.copy_from_slice(&derive(&[b"salt"])[..16]);
    let mut grants = Vec::with_capacity(recipients.len() * secrets.len());
    for secret in secrets {
        let bytes = secret.to_bytes()?;
        for to in recipients {
            // HPKE's seed must differ for every recipient and every secret, or key and nonce repeat.
            let own = derive(&[to.as_bytes(), &bytes]);
            let hint = hint(&salt, &secret.audience, to);
            grants.push(HintedGrant { hint, sealed: grant::seal(to, community, own, &bytes)? });
        }
    }
    grants.sort_by_key(|grant| grant.hint);
    let mut names: Vec<NamedKey> = secrets.iter().map(|secret| secret.named(&salt)).collect();
    names.sort_by_key(|named| named.handle);
    let grant = KeyGrant { salt, grants, names };
    grant.check()?;
    Ok(grant)
}

impl KeyGrant {
    /// How many grants there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.grants.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.grants.is_empty()
    }

    /// The fingerprint of the key this record hands out for an epoch. Two records that name different ones for the same
    /// epoch are two members' keys, or a lie: nothing is sealed under either, and another epoch begins.
    #[must_use]
    pub fn names(&self, audience: &AudienceId, epoch: u64) -> Option<Hash> {
        let handle = handle(&self.salt, audience, epoch);
        let at = self.names.binary_search_by_key(&handle, |named| named.handle).ok()?;
        Some(self.names[at].fingerprint)
    }

    /// Tries every grant: a device may be granted audiences it has not heard of, whose hints it can't tell.
    #[must_use]
    pub fn open_any(&self, community: &CommunityId, device: &SealingSecret) -> Vec<Granted> {
        self.grants
            .iter()
            .filter_map(|hinted| grant::open(device, community, &hinted.sealed).ok())
            .filter_map(|bytes| Granted::parse(&bytes).ok())
            .filter(|granted| {
                let named = self.names(&granted.audience, granted.epoch);
                named == Some(granted.key.fingerprint(&granted.audience, granted.epoch))
            })
            .collect()
    }
}

impl Granted {
    fn named(&self, salt: &[u8; 16]) -> NamedKey {
        NamedKey {
            handle: handle(salt, &self.audience, self.epoch),
            fingerprint: self.key.fingerprint(&self.audience, self.epoch),
        }
    }

    /// CBOR, then one 0x80 byte and zeros to 192 bytes, so that a name's length does not show.
    fn to_bytes(&self) -> Result<Vec<u8>, Refused> {
        line("audience name", &self.name, limits::NAME)?;
        let secret = Secret {
            audience: self.audience,
            epoch: self.epoch,
            key: *self.key.as_bytes(),
            name: self.name.clone(),
        };
        let mut bytes = minicbor::to_vec(secret).expect("a vector takes every byte");
        bytes.push(0x80);
        bytes.resize(limits::GRANT_SECRET, 0);
        Ok(bytes)
    }

    fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        within("grant", bytes.len(), limits::GRANT_SECRET)?;
        let end = bytes.iter().rposition(|byte| *byte != 0).filter(|at| bytes[*at] == 0x80);
        let bytes = &bytes[..end.ok_or(Refused::Sealed("grant"))?];
        canonical::check(bytes)?;
        let secret: Secret = minicbor::decode(bytes).map_err(|error| malformed("grant", error))?;
        line("audience name", &secret.name, limits::NAME)?;
        Ok(Self {
            audience: secret.audience,
            epoch: secret.epoch,
            key: EpochKey::from(secret.key),
            name: secret.name,
        })
    }
}

fn hint(salt: &[u8; 16], audience: &AudienceId, to: &SealingKey) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(HINT_DOMAIN).update(salt).update(audience.as_bytes()).update(to.as_bytes());
    let mut hint = [0; 8];
    hint.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    hint
}

fn handle(salt: &[u8; 16], audience: &AudienceId, epoch: u64) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(HANDLE_DOMAIN).update(salt).update(audience.as_bytes()).update(&epoch.to_be_bytes());
    let mut handle = [0; 8];
    handle.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    handle
}
