//! A salted Merkle root over an author's private logs (register rule 24).
//!
//! The root stands in a public header and tells nothing; each private log carries its own salt and path, so that its
//! members, and nobody else, can see that a public block covers it.

use minicbor::{Decode, Encode};

use crate::ids::{Domain, Hash, LogId, RecordId, hash_parts};
use crate::limits;

const LEAF_DOMAIN: &Domain = b"linli/leaf/1\0\0\0\0";
const NODE_DOMAIN: &Domain = b"linli/branch/1\0\0";

/// One private log's tip, with 16 random bytes that hide it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Fresh random bytes.
    pub salt: [u8; 16],
    /// The private log.
    pub log: LogId,
    /// Its newest record.
    pub tip: RecordId,
}

/// How a leaf climbs to the root: its salt, and the sibling at each level.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Path {
    /// The leaf's salt.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 16],
    /// From the leaf upwards; `None` where there is no sibling and the node climbs as it is.
    #[n(1)]
    pub siblings: Vec<Option<Hash>>,
    /// The leaf's position, whose bits say left or right.
    #[n(2)]
    pub index: u32,
}

fn leaf_hash(salt: &[u8; 16], log: &LogId, tip: &RecordId) -> Hash {
    Hash::from(hash_parts(LEAF_DOMAIN, &[salt, log.as_bytes(), tip.as_bytes()]))
}

fn join(left: &Hash, right: &Hash) -> Hash {
    Hash::from(hash_parts(NODE_DOMAIN, &[left.as_bytes(), right.as_bytes()]))
}

fn levels(leaves: &[Leaf]) -> Vec<Vec<Hash>> {
    let mut level: Vec<Hash> =
        leaves.iter().map(|leaf| leaf_hash(&leaf.salt, &leaf.log, &leaf.tip)).collect();
    let mut levels = vec![level.clone()];
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => join(left, right),
                [alone] => *alone,
                _ => unreachable!("chunks of two"),
            })
            .collect();
        levels.push(level.clone());
    }
    levels
}

/// The root over `leaves`, in the order given; nothing for none.
#[must_use]
pub fn root(leaves: &[Leaf]) -> Option<Hash> {
    levels(leaves).last().and_then(|top| top.first().copied())
}

/// The path of the leaf at `index`; nothing past the end.
#[must_use]
pub fn path(leaves: &[Leaf], index: usize) -> Option<Path> {
    let leaf = leaves.get(index)?;
    let levels = levels(leaves);
    let mut at = index;
    let mut siblings = Vec::with_capacity(levels.len() - 1);
    for level in &levels[..levels.len() - 1] {
        siblings.push(level.get(at ^ 1).copied());
        at /= 2;
    }
    Some(Path { salt: leaf.salt, siblings, index: u32::try_from(index).ok()? })
}

impl Path {
    /// Whether this path leads from `log` at `tip` to `root`. A path longer than any tree's leads nowhere.
    #[must_use]
    pub fn leads_to(&self, root: &Hash, log: &LogId, tip: &RecordId) -> bool {
        self.siblings.len() <= limits::PATH_LEVELS && self.climb(log, tip) == *root
    }

    /// The root this path leads to from `log` at `tip`.
    #[must_use]
    pub fn climb(&self, log: &LogId, tip: &RecordId) -> Hash {
        let mut at = self.index;
        let mut hash = leaf_hash(&self.salt, log, tip);
        for sibling in &self.siblings {
            hash = match sibling {
                Some(sibling) if at & 1 == 0 => join(&hash, sibling),
                Some(sibling) => join(sibling, &hash),
                None => hash,
            };
            at /= 2;
        }
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_private_log_climbs_to_the_root_its_author_published() {
        for n in 1..20u8 {
            let leaves: Vec<Leaf> = (0..n)
                .map(|i| Leaf { salt: [i; 16], log: LogId::from([i; 32]), tip: RecordId::from([i ^ 7; 32]) })
                .collect();
            let root = root(&leaves).unwrap();
            for (i, leaf) in leaves.iter().enumerate() {
                let path = path(&leaves, i).unwrap();
                assert!(path.leads_to(&root, &leaf.log, &leaf.tip), "leaf {i} of {n}");
                assert!(!path.leads_to(&root, &leaf.log, &RecordId::from([0xee; 32])));
            }
        }
        assert_eq!(root(&[]), None);
    }
}
