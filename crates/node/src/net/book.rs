//! Where members were last reachable: learnt from invites, from the network, and from neighbours' address books.
//!
//! Addresses are hints and never a matter of trust; the handshake proves who answers. Every list is bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use linli_record::{NodeKey, canonical};
use minicbor::{Decode, Encode};
use tokio::time::Instant;

/// Addresses kept of one member.
const ADDRESSES: usize = 16;
/// Entries in one address book on the wire.
const ENTRIES: usize = 64;
/// First pause after a failed dial; doubled up to [`LONGEST_PAUSE`].
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// One member's line in an address book.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, serde::Serialize, serde::Deserialize)]
#[cbor(map)]
pub(crate) struct BookEntry {
    /// The member's transport key.
    #[n(0)]
    pub node: NodeKey,
    /// `IP:port`, most useful first.
    #[n(1)]
    pub addresses: Vec<String>,
    /// URL of the relay it can be reached through.
    #[n(2)]
    pub relay: Option<String>,
}

/// Bytes of an address book.
pub(super) fn encode(entries: &[BookEntry]) -> Vec<u8> {
    minicbor::to_vec(&entries[..entries.len().min(ENTRIES)]).expect("a vector takes every byte")
}

/// Reads a neighbour's address book; anything malformed reads as empty.
pub(super) fn decode(bytes: &[u8]) -> Vec<BookEntry> {
    if canonical::check(bytes).is_err() {
        return Vec::new();
    }
    let entries: Vec<BookEntry> = minicbor::decode(bytes).unwrap_or_default();
    if entries.len() > ENTRIES { Vec::new() } else { entries }
}

/// What is known of one member.
#[derive(Debug, Default)]
pub(super) struct Neighbour {
    pub(super) hub: bool,
    pub(super) addresses: BTreeSet<SocketAddr>,
    /// Heard on the building's network just now.
    pub(super) heard: BTreeSet<SocketAddr>,
    pub(super) relay: Option<String>,
    pub(super) linked: bool,
    pub(super) dialing: bool,
    failures: u32,
    next_try: Option<Instant>,
}

impl Neighbour {
    /// Whether to dial now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let reachable = !self.addresses.is_empty() || !self.heard.is_empty() || self.relay.is_some();
        reachable && !self.linked && !self.dialing && self.next_try.is_none_or(|at| at <= now)
    }

    /// After a dial that failed: wait longer each time.
    pub(super) fn failed(&mut self, now: Instant) {
        self.dialing = false;
        let pause = PAUSE.saturating_mul(1 << self.failures.min(6)).min(LONGEST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        self.next_try = Some(now + pause);
    }

    /// News of a member is a reason to try again at once.
    pub(super) fn refreshed(&mut self) {
        self.failures = 0;
        self.next_try = None;
    }

    /// A link came up.
    pub(super) fn up(&mut self) {
        self.dialing = false;
        self.linked = true;
        self.refreshed();
    }

    /// A link ended: try again soon, not at once.
    pub(super) fn down(&mut self, now: Instant) {
        self.linked = false;
        self.next_try = Some(now + PAUSE);
    }

    /// Takes an address book's line; true if it said something new.
    pub(super) fn learn(&mut self, entry: &BookEntry) -> bool {
        let before = (self.addresses.len(), self.relay.is_some());
        let parsed = entry.addresses.iter().filter_map(|text| text.parse::<SocketAddr>().ok());
        for address in parsed.take(ADDRESSES) {
            if self.addresses.len() < ADDRESSES {
                self.addresses.insert(address);
            }
        }
        if entry.relay.as_ref().is_some_and(|url| url.len() < 128) {
            self.relay.clone_from(&entry.relay);
        }
        before != (self.addresses.len(), self.relay.is_some())
    }

    /// Everything to try, freshest first.
    pub(super) fn direct(&self) -> Vec<SocketAddr> {
        self.heard.union(&self.addresses).copied().collect()
    }

    /// This member's line for others.
    pub(super) fn entry(&self, node: NodeKey) -> BookEntry {
        BookEntry {
            node,
            addresses: self.direct().iter().take(ADDRESSES).map(ToString::to_string).collect(),
            relay: self.relay.clone(),
        }
    }
}

/// The members we may dial, by key.
pub(super) type Book = BTreeMap<NodeKey, Neighbour>;
