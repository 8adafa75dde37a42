//! A register block: how far each public log is countersigned, and when. It holds no statements and no state.

use minicbor::{Decode, Encode};

use crate::canonical::{self, Cursor};
use crate::ids::{BlockId, CommunityId, DeviceKey, Domain, Hash, LogId, RecordId};
use crate::keys::{self, SecretKey, Signature};
use crate::limits;
use crate::refused::Refused;

const VOTE_DOMAIN: &Domain = b"linli/block/1\0\0\0";

/// A log's new settled tip: the log's number in the register, its newest settled record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct BlockTip {
    /// Number the register gave the log when it first settled.
    #[n(0)]
    pub number: u32,
    /// Sequence number of the record.
    #[n(1)]
    pub seq: u64,
    /// The record.
    #[n(2)]
    pub id: RecordId,
}

/// What a block says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Block {
    /// Format version; 1.
    #[n(0)]
    pub version: u8,
    /// The community.
    #[n(1)]
    pub community: CommunityId,
    /// Which era; 0 from the founding.
    #[n(2)]
    pub era: u64,
    /// Position in the register; the founding block is 0. A new era goes on from its base.
    #[n(3)]
    pub height: u64,
    /// The block before; absent exactly at height 0.
    #[n(4)]
    pub prev: Option<BlockId>,
    /// Block time, milliseconds since 1970; always above the block before.
    #[n(5)]
    pub time_ms: u64,
    /// Number of the rules it was made under.
    #[n(6)]
    pub rules: u32,
    /// Logs settled for the first time, in the order of the numbers they get (the next free ones).
    #[n(7)]
    pub opened: Vec<LogId>,
    /// New settled tips, ascending by number.
    #[n(8)]
    pub tips: Vec<BlockTip>,
    /// Hash of the state's canonical bytes; in every 1,000th block.
    #[n(9)]
    pub snapshot: Option<Hash>,
    /// The block of the era before that a new era begins at.
    #[n(10)]
    pub base: Option<BlockId>,
}

/// One witness's vote in a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Vote {
    /// The witness's position in the set, which is in order of log ids.
    #[n(0)]
    pub witness: u8,
    /// Its signature over [`vote_message`].
    #[n(1)]
    pub signature: Signature,
}

/// More than two thirds of the witnesses' votes for one block in one round. It enters no digest.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Certificate {
    /// The round they voted in.
    #[n(0)]
    pub round: u32,
    /// Ascending by witness.
    #[n(1)]
    pub votes: Vec<Vote>,
}

/// A block's exact bytes and a certificate for it; whether the certificate is enough, [`CertifiedBlock::verify`] tells.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct CertifiedBlock {
    /// The block's canonical bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
    /// Its certificate.
    #[n(1)]
    pub certificate: Certificate,
}

/// What a witness's second vote signs.
#[must_use]
pub fn vote_message(block: &Block, id: &BlockId, round: u32) -> Vec<u8> {
    let mut message = Vec::with_capacity(100);
    message.extend_from_slice(VOTE_DOMAIN);
    message.extend_from_slice(block.community.as_bytes());
    message.extend_from_slice(&block.era.to_be_bytes());
    message.extend_from_slice(&block.height.to_be_bytes());
    message.extend_from_slice(&round.to_be_bytes());
    message.extend_from_slice(id.as_bytes());
    message
}

/// A block's place as one number for a header's `seen`: the era above, the height in the lower 40 bits. So what an
/// author saw never falls when a new era begins at a lower height than the old one reached; in era 0 it is the height.
#[must_use]
pub const fn seen(era: u64, height: u64) -> u64 {
    era << limits::HEIGHT_BITS | height
}

/// Era and height of a header's `seen`.
#[must_use]
pub const fn era_and_height(seen: u64) -> (u64, u64) {
    (seen >> limits::HEIGHT_BITS, seen & ((1 << limits::HEIGHT_BITS) - 1))
}

/// How many votes of `witnesses` make a certificate: more than two thirds.
#[must_use]
pub const fn quorum(witnesses: usize) -> usize {
    witnesses * 2 / 3 + 1
}

impl Block {
    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("a vector takes every byte")
    }

    /// The block's id: BLAKE3 of its bytes.
    #[must_use]
    pub fn id(&self) -> BlockId {
        block_id(&self.to_bytes())
    }

    /// Reads a block's bytes.
    ///
    /// # Errors
    /// [`Refused`] when they break the format.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        Refused::bound("block", bytes.len(), limits::BLOCK_BYTES)?;
        canonical::check(bytes)?;
        known_version(bytes)?;
        let block: Self = minicbor::decode(bytes).map_err(|error| Refused::malformed("block", error))?;
        let wrong = |why| Err(Refused::Block { height: block.height, why });
        if block.to_bytes() != bytes {
            return wrong("holds keys this version does not know");
        }
        if (block.height == 0) != block.prev.is_none() {
            return wrong("the founding block, and only that, has none before it");
        }
        if block.era >= limits::ERAS || block.height >> limits::HEIGHT_BITS != 0 {
            return wrong("era or height out of range");
        }
        if block.base.is_some() && (block.era == 0 || block.height == 0) {
            return wrong("the founding era has no base");
        }
        if !block.tips.is_sorted_by(|a, b| a.number < b.number) {
            return wrong("tips must ascend by log number");
        }
        Ok(block)
    }

    /// Signs as the only witness, in round 0.
    #[must_use]
    pub fn certify_alone(&self, key: &SecretKey) -> CertifiedBlock {
        let bytes = self.to_bytes();
        let message = vote_message(self, &block_id(&bytes), 0);
        let vote = Vote { witness: 0, signature: key.sign(&message) };
        CertifiedBlock { bytes, certificate: Certificate { round: 0, votes: vec![vote] } }
    }
}

/// A later version may change anything else: its number is read before the rest.
fn known_version(bytes: &[u8]) -> Result<(), Refused> {
    let mut cursor = Cursor::new(bytes);
    cursor.map()?;
    if cursor.uint()? != 0 {
        return Err(Refused::malformed("block", "version is missing"));
    }
    match cursor.uint()? {
        found if found == u64::from(limits::FORMAT_VERSION) => Ok(()),
        found => Err(Refused::Version { found, known: limits::FORMAT_VERSION }),
    }
}

fn block_id(bytes: &[u8]) -> BlockId {
    BlockId::from(*blake3::hash(bytes).as_bytes())
}

impl CertifiedBlock {
    /// The canonical bytes, to store and send.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("a vector takes every byte")
    }

    /// Reads a block with its certificate; nothing of either is believed yet.
    ///
    /// # Errors
    /// [`Refused`] when the bytes break the format or a bound.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        Refused::bound("certified block", bytes.len(), limits::BLOCK_BYTES + limits::CERTIFICATE_BYTES)?;
        canonical::check(bytes)?;
        let certified: Self =
            minicbor::decode(bytes).map_err(|error| Refused::malformed("certified block", error))?;
        Refused::bound("votes", certified.certificate.votes.len(), limits::WITNESSES)?;
        if certified.to_bytes() == bytes {
            Ok(certified)
        } else {
            Err(Refused::malformed("certified block", "holds keys this version does not know"))
        }
    }

    /// The block's id.
    #[must_use]
    pub fn id(&self) -> BlockId {
        block_id(&self.bytes)
    }

    /// Reads the block and checks that enough of `witnesses` (in order of their log ids) signed it.
    ///
    /// # Errors
    /// [`Refused`] naming what is missing.
    pub fn verify(&self, witnesses: &[DeviceKey]) -> Result<Block, Refused> {
        let block = Block::parse(&self.bytes)?;
        let wrong = |why| Err(Refused::Block { height: block.height, why });
        let votes = &self.certificate.votes;
        if votes.len() > limits::WITNESSES || !votes.is_sorted_by(|a, b| a.witness < b.witness) {
            return wrong("votes must ascend by witness");
        }
        if votes.len() < quorum(witnesses.len()) {
            return wrong("certificate has too few votes");
        }
        let message = vote_message(&block, &self.id(), self.certificate.round);
        for vote in votes {
            let key = witnesses.get(usize::from(vote.witness));
            if !key.is_some_and(|key| keys::verify(key, &message, &vote.signature)) {
                return wrong("a vote in the certificate does not verify");
            }
        }
        Ok(block)
    }
}
