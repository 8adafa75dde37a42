//! Two certified blocks at one height (rule 15): somebody used the register's keys twice. A node keeps the one it has,
//! stops judging power, and shows both.

use linli_record::{BlockId, CertifiedBlock, DeviceKey};

/// Two blocks of one era and height, both certified by the same witnesses: proof that more than a third of them signed
/// twice, or that a key was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rivals {
    /// The era.
    pub era: u64,
    /// The height.
    pub height: u64,
    /// The block this node has and keeps.
    pub kept: BlockId,
    /// The other one.
    pub other: BlockId,
    /// Positions in the set of the witnesses whose votes stand in both certificates, ascending.
    pub signed_both: Vec<u8>,
}

/// Compares a certified block with the one held at its height. `witnesses` are the keys, in order of their log ids, of the
/// state before that height. Nothing when they are one block, of different places, or the other one is not certified.
#[must_use]
pub fn compare(held: &CertifiedBlock, other: &CertifiedBlock, witnesses: &[DeviceKey]) -> Option<Rivals> {
    if held.id() == other.id() {
        return None;
    }
    let kept = held.verify(witnesses).ok()?;
    let rival = other.verify(witnesses).ok()?;
    if (kept.era, kept.height) != (rival.era, rival.height) || kept.community != rival.community {
        return None;
    }
    let voted = |witness: u8| other.certificate.votes.iter().any(|vote| vote.witness == witness);
    let signed_both = held.certificate.votes.iter().map(|vote| vote.witness).filter(|w| voted(*w)).collect();
    Some(Rivals { era: kept.era, height: kept.height, kept: held.id(), other: other.id(), signed_both })
}
