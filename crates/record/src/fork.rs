//! Proof that one log has two histories, for anyone who knows the log's key.
//!
//! A [`Branch`] is headers that follow one another and end at a signed one: at most 64, because a signature is kept at
//! least that often. Two branches contradict each other when their first records stand at one sequence number and
//! differ, or when the second begins right after the first one's and names another predecessor. Who acts on a proof,
//! and when, is the register's matter.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::canonical;
use crate::chain::verify_alone;
use crate::header::BlobRef;
use crate::header::{Draft, Flags, Header};
use crate::ids::{BlobHash, CommunityId, DeviceKey, LogId, RecordId};
use crate::keys::Signature;
use crate::kind::Kind;
use crate::limits;
use crate::refused::Refused;

/// The body of a `fork-proof` record whose proof is too long for it and stands in its required annex: CBOR null.
const IN_ANNEX: &[u8] = b"\xf6";

/// Headers that follow one another, and the signature of the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    headers: Vec<Header>,
    signature: Signature,
}

/// Two branches of one log that contradict each other; the signatures are checked by [`ForkProof::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkProof {
    branches: [Branch; 2],
}

/// What a verified proof shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fork {
    /// The log with two histories.
    pub log: LogId,
    /// Its author signed two records at this sequence number.
    pub seq: u64,
    /// The first record of each branch.
    pub firsts: [RecordId; 2],
}

/// What a `fork-proof` record carries: a body, and an annex when the proof is too long for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// A draft with the flags, and the annex named.
    pub draft: Draft,
    /// The record's body.
    pub body: Vec<u8>,
    /// The attachment's bytes.
    pub annex: Option<Vec<u8>>,
}

#[derive(Encode, Decode)]
struct WireBranch {
    #[n(0)]
    headers: Vec<ByteVec>,
    #[n(1)]
    signature: Signature,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Wire {
    #[n(0)]
    first: WireBranch,
    #[n(1)]
    second: WireBranch,
}

fn fault(why: &'static str) -> Refused {
    Refused::malformed("fork proof", why)
}

impl Branch {
    /// Headers in order, ending at the one `signature` is of.
    ///
    /// # Errors
    /// [`Refused`] when there are none, more than 64, or they do not follow one another in one log.
    pub fn new(headers: Vec<Header>, signature: Signature) -> Result<Self, Refused> {
        Refused::bound("branch", headers.len(), limits::RUN_RECORDS)?;
        if headers.is_empty() {
            return Err(fault("a branch has a record"));
        }
        for pair in headers.windows(2) {
            let follows = pair[1].log == pair[0].log
                && Some(pair[1].seq) == pair[0].seq.checked_add(1)
                && pair[1].prev == Some(pair[0].id());
            if !follows {
                return Err(Refused::Broken { seq: pair[1].seq });
            }
        }
        Ok(Self { headers, signature })
    }

    /// The headers in order.
    #[must_use]
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// The signature of the last header.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    fn first(&self) -> &Header {
        self.headers.first().expect("a branch has a record")
    }

    fn last(&self) -> &Header {
        self.headers.last().expect("a branch has a record")
    }

    fn parse(wire: &WireBranch) -> Result<Self, Refused> {
        Refused::bound("branch", wire.headers.len(), limits::RUN_RECORDS)?;
        let headers = wire.headers.iter().map(|bytes| Header::parse(bytes)).collect::<Result<_, _>>()?;
        Self::new(headers, wire.signature)
    }

    fn wire(&self) -> WireBranch {
        let headers = self.headers.iter().map(|header| ByteVec::from(header.bytes().to_vec())).collect();
        WireBranch { headers, signature: self.signature }
    }
}

impl ForkProof {
    /// Puts two branches in order, if they contradict each other.
    ///
    /// # Errors
    /// [`Refused`] when both can be true.
    pub fn new(one: Branch, other: Branch) -> Result<Self, Refused> {
        let mut branches = [one, other];
        branches.sort_by_key(|branch| (branch.first().seq, branch.first().id()));
        let [first, second] = [branches[0].first(), branches[1].first()];
        let contradict = (second.seq == first.seq && second.id() != first.id())
            || (Some(second.seq) == first.seq.checked_add(1) && second.prev != Some(first.id()));
        if first.log == second.log && contradict {
            Ok(Self { branches })
        } else {
            Err(fault("the branches do not contradict each other"))
        }
    }

    /// Both branches, the one that begins lower (by sequence number, then id) first.
    #[must_use]
    pub const fn branches(&self) -> &[Branch; 2] {
        &self.branches
    }

    /// The log.
    #[must_use]
    pub fn log(&self) -> LogId {
        self.branches[0].first().log
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let [first, second] = &self.branches;
        let wire = Wire { first: first.wire(), second: second.wire() };
        minicbor::to_vec(&wire).expect("a vector takes every byte")
    }

    /// Reads a proof; whether it proves anything, [`ForkProof::verify`] tells.
    ///
    /// # Errors
    /// [`Refused`] when it is malformed, too long, or its branches can both be true.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        Refused::bound("fork proof", bytes.len(), limits::FORK_PROOF_BYTES)?;
        canonical::check(bytes)?;
        let wire: Wire = minicbor::decode(bytes).map_err(|error| Refused::malformed("fork proof", error))?;
        let proof = Self::new(Branch::parse(&wire.first)?, Branch::parse(&wire.second)?)?;
        if proof.to_bytes() == bytes {
            Ok(proof)
        } else {
            Err(fault("branches out of order, or unknown keys"))
        }
    }

    /// Whether the log's key signed both branches, and what that shows.
    ///
    /// # Errors
    /// [`Refused::Signature`] naming the branch's last record.
    pub fn verify(&self, community: &CommunityId, key: &DeviceKey) -> Result<Fork, Refused> {
        for branch in &self.branches {
            if !verify_alone(community, key, branch.last(), &branch.signature) {
                return Err(Refused::Signature { seq: branch.last().seq });
            }
        }
        let [first, second] = [self.branches[0].first(), self.branches[1].first()];
        Ok(Fork { log: first.log, seq: first.seq, firsts: [first.id(), second.id()] })
    }

    /// What a record that states this proof carries.
    #[must_use]
    pub fn carry(&self) -> Carried {
        let bytes = self.to_bytes();
        let mut draft = Draft::new(Kind::FORK_PROOF).evidence();
        if bytes.len() <= limits::PAYLOAD_BYTES - limits::SALT_BYTES {
            return Carried { draft, body: bytes, annex: None };
        }
        let hash = BlobHash::from(*blake3::hash(&bytes).as_bytes());
        draft.flags = draft.flags.with(Flags::REQUIRED_ANNEX);
        draft.blobs.push(BlobRef { hash, size: bytes.len() as u64, flag: 0 });
        Carried { draft, body: IN_ANNEX.to_vec(), annex: Some(bytes) }
    }

    /// Reads what [`ForkProof::carry`] made: from the body, or from the annex when the body says so.
    ///
    /// # Errors
    /// As [`ForkProof::parse`]; and [`Refused::Malformed`] when the annex is needed and missing.
    pub fn read(body: &[u8], annex: Option<&[u8]>) -> Result<Self, Refused> {
        match (body == IN_ANNEX, annex) {
            (false, _) => Self::parse(body),
            (true, Some(annex)) => Self::parse(annex),
            (true, None) => Err(fault("its annex is missing")),
        }
    }
}
