//! Short names that mean something only within one session, so that nothing can be looked up or prepared beforehand.
//!
//! [`HelloKey`] is made from one side's nonce and names what a hello mentions; [`SessionKey`] is made from both nonces and
//! names logs and how far they are held. `docs/PROTOCOL.md`, "Keyed names", gives the bytes.

use linli_record::{AudienceId, BlockId, CommunityId, LogId, StoreId, Tip};

const HELLO_CONTEXT: &str = "linli/sync/1 hello";
const SESSION_CONTEXT: &str = "linli/sync/1 session";

/// Bytes of a nonce.
pub(crate) const NONCE: usize = 16;
/// Bytes of a log's name on the wire.
pub(crate) const TAG: usize = 6;
/// Bytes of a log's print on the wire.
pub(crate) const PRINT: usize = 4;
/// Bytes of a bucket's hash on the wire.
pub(crate) const BUCKET: usize = 8;

pub(crate) type Nonce = [u8; NONCE];

fn keyed(key: &[u8; 32], label: u8, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(&[label]);
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

fn head<const N: usize>(hash: &[u8; 32]) -> [u8; N] {
    *hash.first_chunk().expect("a hash is longer")
}

/// Names what one side's hello mentions.
#[derive(Debug, Clone)]
pub(crate) struct HelloKey([u8; 32]);

impl HelloKey {
    pub(crate) fn new(community: &CommunityId, nonce: &Nonce) -> Self {
        let mut material = community.as_bytes().to_vec();
        material.extend_from_slice(nonce);
        Self(blake3::derive_key(HELLO_CONTEXT, &material))
    }

    pub(crate) fn community(&self) -> [u8; 8] {
        head(&keyed(&self.0, 0, &[]))
    }

    pub(crate) fn store(&self, store: &StoreId) -> [u8; 4] {
        head(&keyed(&self.0, 1, &[store.as_bytes()]))
    }

    pub(crate) fn block(&self, block: &BlockId) -> [u8; 4] {
        head(&keyed(&self.0, 2, &[block.as_bytes()]))
    }

    pub(crate) fn audience(&self, audience: &AudienceId) -> [u8; 8] {
        head(&keyed(&self.0, 3, &[audience.as_bytes()]))
    }
}

/// Names logs, and how far each is held.
#[derive(Debug, Clone)]
pub(crate) struct SessionKey([u8; 32]);

/// A log's name: where it lies among the buckets, and its tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LogName {
    pub(crate) tag: [u8; TAG],
    place: [u8; 2],
}

impl LogName {
    /// Its bucket; `buckets` is a power of two, or 0 when nothing is compared.
    pub(crate) fn bucket(&self, buckets: usize) -> usize {
        usize::from(u16::from_be_bytes(self.place)) & buckets.saturating_sub(1)
    }
}

impl SessionKey {
    pub(crate) fn new(community: &CommunityId, one: &Nonce, other: &Nonce) -> Self {
        let mut material = community.as_bytes().to_vec();
        material.extend_from_slice(one.min(other));
        material.extend_from_slice(one.max(other));
        Self(blake3::derive_key(SESSION_CONTEXT, &material))
    }

    pub(crate) fn name(&self, log: &LogId) -> LogName {
        let hash = keyed(&self.0, 0, &[log.as_bytes()]);
        LogName { tag: head(&hash), place: [hash[TAG], hash[TAG + 1]] }
    }

    /// Equal on both sides exactly when both hold the same log equally far; a forked log's print says only that it is
    /// forked, because both sides may keep another branch in front.
    pub(crate) fn print(&self, tip: &Tip, forked: bool) -> [u8; 16] {
        let hash = if forked {
            keyed(&self.0, 2, &[tip.log.as_bytes()])
        } else {
            keyed(&self.0, 1, &[tip.log.as_bytes(), &tip.seq.to_be_bytes(), tip.id.as_bytes()])
        };
        head(&hash)
    }
}

#[cfg(test)]
mod tests {
    use linli_record::{DeviceKey, RecordId};

    use super::*;

    #[test]
    fn names_are_what_the_protocol_page_says() {
        let community = CommunityId::from([1; 32]);
        let (lower, higher) = ([2; 16], [3; 16]);
        let derive = |context, nonces: &[&[u8]]| {
            blake3::derive_key(context, &[&[&community.as_bytes()[..]], nonces].concat().concat())
        };
        let keyed = |key: &[u8; 32], parts: &[&[u8]]| *blake3::keyed_hash(key, &parts.concat()).as_bytes();

        let h = derive("linli/sync/1 hello", &[&higher]);
        let hello = HelloKey::new(&community, &higher);
        assert_eq!(hello.community(), keyed(&h, &[&[0]])[..8]);
        assert_eq!(hello.store(&StoreId::from([4; 16])), keyed(&h, &[&[1], &[4; 16]])[..4]);
        assert_eq!(hello.block(&BlockId::from([5; 32])), keyed(&h, &[&[2], &[5; 32]])[..4]);
        assert_eq!(hello.audience(&AudienceId::from([6; 16])), keyed(&h, &[&[3], &[6; 16]])[..8]);

        let s = derive("linli/sync/1 session", &[&lower, &higher]);
        let log = LogId::from([7; 32]);
        let (key, id) = (DeviceKey::from([0; 32]), RecordId::from([8; 32]));
        let tip = Tip { log, key, audience: None, seq: 513, id, seen: 0, version: 1, closed: false };
        for session in
            [SessionKey::new(&community, &lower, &higher), SessionKey::new(&community, &higher, &lower)]
        {
            let hash = keyed(&s, &[&[0], &[7; 32]]);
            let name = session.name(&log);
            assert_eq!(name.tag, hash[..6]);
            assert_eq!(name.bucket(256), usize::from(hash[7]));
            let print = keyed(&s, &[&[1], &[7; 32], &[0, 0, 0, 0, 0, 0, 2, 1], &[8; 32]]);
            assert_eq!(session.print(&tip, false), print[..16]);
            assert_eq!(session.print(&tip, true), keyed(&s, &[&[2], &[7; 32]])[..16]);
        }
    }
}
