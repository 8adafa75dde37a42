//! Messages that steer: small maps. Numbers of keys are the protocol's; a key left out is what `Option` says.

use linli_record::{LogId, RecordId, StoreId};
use minicbor::{Decode, Encode};

use crate::key::{BUCKET, PRINT, TAG};

/// The first frame of each side.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Hello {
    #[n(0)]
    pub(crate) protocol: u8,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) nonce: [u8; 16],
    /// Keyed name of the community.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(crate) community: [u8; 8],
    #[n(3)]
    pub(crate) store: StoreId,
    #[n(4)]
    pub(crate) arrivals: u64,
    #[n(5)]
    pub(crate) head: Option<HelloHead>,
    /// What the sender can do beyond this version; bits nobody knows yet are ignored.
    #[n(6)]
    pub(crate) capabilities: Option<u64>,
    /// What the sender remembers of the receiver.
    #[n(7)]
    pub(crate) cursor: Option<HelloCursor>,
    /// Keyed names of the audiences whose logs the sender would offer the receiver, 8 bytes each.
    #[cbor(n(8), with = "minicbor::bytes")]
    pub(crate) audiences: Option<Vec<u8>>,
    /// Why the sender belongs here, for whoever has not heard of it.
    #[cbor(n(9), with = "minicbor::bytes")]
    pub(crate) enrolment: Option<Vec<u8>>,
}

/// Where the sender's register stands.
#[derive(Debug, Clone, Copy, PartialEq, Encode, Decode)]
pub(crate) struct HelloHead {
    #[n(0)]
    pub(crate) era: u64,
    #[n(1)]
    pub(crate) height: u64,
    /// Keyed name of the block.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(crate) block: [u8; 4],
}

/// A cursor; the store by its keyed name, whose four bytes are enough: a wrong match shows when the roots are compared.
#[derive(Debug, Clone, Copy, PartialEq, Encode, Decode)]
pub(crate) struct HelloCursor {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) store: [u8; 4],
    #[n(1)]
    pub(crate) arrivals: u64,
}

/// The audiences changed since the hello; named as there.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Audiences {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) tags: Vec<u8>,
}

/// All prints of the logs both sides offer, as one.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Root {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) root: [u8; 16],
}

/// Begins a reconciliation: one hash a bucket. None at all: the sender holds nothing.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Buckets {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) hashes: Vec<u8>,
}

impl Buckets {
    pub(crate) fn count(&self) -> usize {
        self.hashes.len() / BUCKET
    }
}

/// Prints of the logs in buckets that differ.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Prints {
    /// From 0, ascending by 1.
    #[n(0)]
    pub(crate) number: u32,
    /// Whether these are the last ones; absent when more follow.
    #[n(1)]
    pub(crate) last: Option<bool>,
    /// Buckets, ascending.
    #[n(2)]
    pub(crate) buckets: Vec<u16>,
    /// How many prints each has.
    #[n(3)]
    pub(crate) counts: Vec<u32>,
    /// The prints, bucket by bucket, 4 bytes each.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub(crate) prints: Vec<u8>,
    /// The sender holds none of the logs compared: all are wanted.
    #[n(5)]
    pub(crate) nothing: Option<bool>,
}

impl Prints {
    pub(crate) fn count(&self) -> usize {
        self.prints.len() / PRINT
    }
}

/// Answers [`Prints`]: which of them the sender has too, and how far it has the logs that none of them matched.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Heights {
    /// Which prints.
    #[n(0)]
    pub(crate) number: u32,
    /// One bit a print, lowest bit first: the sender holds the same.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) same: Vec<u8>,
    /// Names of logs, 6 bytes each.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(crate) logs: Vec<u8>,
    /// The sequence number each goes on at.
    #[n(3)]
    pub(crate) next: Vec<u64>,
}

/// Answers [`Heights`]: for each log named there, 0 (nothing wanted) or 1 more than the sequence number wanted first.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Wants {
    #[n(0)]
    pub(crate) number: u32,
    #[n(1)]
    pub(crate) from: Vec<u64>,
}

/// Logs the sender may offer and the receiver would not: how far the sender has them.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Offers {
    #[n(0)]
    pub(crate) number: u32,
    #[n(1)]
    pub(crate) logs: Vec<LogId>,
    /// The sequence number each goes on at.
    #[n(2)]
    pub(crate) next: Vec<u64>,
}

/// Answers [`Offers`] as [`Wants`] answers [`Heights`].
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Wanted {
    #[n(0)]
    pub(crate) number: u32,
    #[n(1)]
    pub(crate) from: Vec<u64>,
}

/// Asks for records of one log.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Want {
    #[n(0)]
    pub(crate) log: LogId,
    /// The first sequence number.
    #[n(1)]
    pub(crate) from: u64,
    /// The first one not wanted any more; absent for all there is.
    #[n(2)]
    pub(crate) to: Option<u64>,
}

/// More credit.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Grant {
    #[n(0)]
    pub(crate) bytes: u64,
}

/// Everything the receiver was due of the sender's arrivals, up to this one, was sent.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Through {
    #[n(0)]
    pub(crate) arrivals: u64,
}

/// The sender's register moved.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct NewHead {
    #[n(0)]
    pub(crate) era: u64,
    #[n(1)]
    pub(crate) height: u64,
}

/// Asks for blocks.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct WantBlocks {
    /// The first height.
    #[n(0)]
    pub(crate) from: u64,
}

/// Asks for payloads.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct WantPayloads {
    #[n(0)]
    pub(crate) ids: Vec<RecordId>,
}

/// Fixed-length names in one string.
pub(crate) fn tags(bytes: &[u8]) -> impl Iterator<Item = [u8; TAG]> + '_ {
    bytes.chunks_exact(TAG).map(|tag| *tag.first_chunk().expect("chunks are exact"))
}
