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
/// Of these as others say it.
const HEARSAY: usize = 8;
/// A relay's URL is not longer.
const URL_BYTES: usize = 128;
/// Entries in one address book on the wire.
const ENTRIES: usize = 64;
/// First pause after a failed dial; doubled up to [`LONGEST_PAUSE`].
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A member of whom others say something new is not dialed more often than this for it.
const HINT: Duration = Duration::from_secs(5);

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

/// What somebody said of where a member can be reached.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub entry: BookEntry,
    /// The member said it itself.
    pub first_hand: bool,
    /// A hub said it.
    pub hub: bool,
}

impl Heard {
    /// Whether what is said of a relay takes the place of what was said before.
    pub(crate) const fn is_good_for_relays(&self) -> bool {
        self.first_hand || self.hub
    }
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
    let mut entries: Vec<BookEntry> = minicbor::decode(bytes).unwrap_or_default();
    if entries.len() > ENTRIES {
        return Vec::new();
    }
    for entry in &mut entries {
        entry.addresses.retain(|address| address.parse::<SocketAddr>().is_ok());
        entry.addresses.truncate(ADDRESSES);
        entry.relay = entry.relay.take().filter(|url| url.len() < URL_BYTES);
    }
    entries
}

/// What is known of one member.
#[derive(Debug, Default)]
pub(super) struct Neighbour {
    pub(super) hub: bool,
    /// Newest first.
    pub(super) addresses: Vec<SocketAddr>,
    /// As others say it, newest first.
    hearsay: Vec<SocketAddr>,
    /// Heard on the building's network just now.
    pub(super) heard: BTreeSet<SocketAddr>,
    pub(super) relay: Option<String>,
    pub(super) linked: bool,
    pub(super) dialing: bool,
    /// Hash of the address book it was last told on this link.
    told: Option<blake3::Hash>,
    failures: u32,
    next_try: Option<Instant>,
}

impl Neighbour {
    /// Whether to dial now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let reachable = !self.direct().is_empty() || self.relay.is_some();
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

    /// Others say something new of it: it is tried soon, and patience with it stays as it is.
    pub(super) fn hinted(&mut self, now: Instant) {
        self.next_try = self.next_try.map(|at| at.min(now + HINT));
    }

    /// A link came up.
    pub(super) fn up(&mut self) {
        self.dialing = false;
        self.linked = true;
        self.told = None;
        self.refreshed();
    }

    /// Whether it was told another address book than this one; it is told now.
    pub(super) fn is_untold(&mut self, book: &[u8]) -> bool {
        let hash = blake3::hash(book);
        self.told.replace(hash) != Some(hash)
    }

    /// A link ended: try again soon, not at once.
    pub(super) fn down(&mut self, now: Instant) {
        self.linked = false;
        self.next_try = Some(now + PAUSE);
    }

    /// Takes an address book's line; true if it said something new. What is newest goes first, what is oldest is forgotten;
    /// what others say takes no place of what it said itself.
    pub(super) fn learn(&mut self, heard: &Heard) -> bool {
        let Heard { entry, first_hand, .. } = heard;
        let before = (self.addresses.clone(), self.hearsay.clone(), self.relay.clone());
        let said = entry.addresses.iter().take(ADDRESSES).filter_map(|text| text.parse().ok());
        if *first_hand {
            put_first(&mut self.addresses, said.collect(), ADDRESSES);
        } else {
            let new = said.filter(|address| !self.addresses.contains(address)).collect();
            put_first(&mut self.hearsay, new, HEARSAY);
        }
        let relay = entry.relay.clone().filter(|url| url.len() < URL_BYTES);
        self.relay = match self.relay.take() {
            Some(held) if relay.is_none() || !heard.is_good_for_relays() => Some(held),
            _ => relay,
        };
        before != (self.addresses.clone(), self.hearsay.clone(), self.relay.clone())
    }

    /// Everything to try, freshest first.
    pub(super) fn direct(&self) -> Vec<SocketAddr> {
        let mut direct: Vec<SocketAddr> = self.heard.iter().copied().collect();
        for address in self.addresses.iter().chain(&self.hearsay) {
            if !direct.contains(address) {
                direct.push(*address);
            }
        }
        direct
    }

    /// Whether the last dials failed.
    pub(super) const fn was_unreachable(&self) -> bool {
        self.failures > 1
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

fn put_first(known: &mut Vec<SocketAddr>, mut new: Vec<SocketAddr>, most: usize) {
    new.append(known);
    let mut seen = BTreeSet::new();
    new.retain(|address| seen.insert(*address));
    new.truncate(most);
    *known = new;
}

/// The members we may dial, by key.
pub(super) type Book = BTreeMap<NodeKey, Neighbour>;

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(addresses: &[&str]) -> BookEntry {
        let addresses = addresses.iter().map(|&address| address.to_owned()).collect();
        BookEntry { node: NodeKey::from([1; 32]), addresses, relay: None }
    }

    fn says(addresses: &[&str]) -> Heard {
        Heard { entry: entry(addresses), first_hand: true, hub: false }
    }

    #[test]
    fn lies_about_where_a_member_is_leave_it_findable_where_it_says_it_is() {
        let mut neighbour = Neighbour::default();
        neighbour.learn(&says(&["10.0.0.1:4433"]));
        let began = Instant::now();
        neighbour.failed(began);
        neighbour.failed(began);
        for lie in 0..=255 {
            let lie = Heard { first_hand: false, ..says(&[&format!("10.6.6.{lie}:4433")]) };
            assert!(neighbour.learn(&lie));
            neighbour.hinted(began);
        }
        assert_eq!(neighbour.direct()[0], "10.0.0.1:4433".parse().unwrap());
        assert_eq!(neighbour.direct().len(), 1 + HEARSAY);
        assert!(!neighbour.is_due(began + PAUSE) && neighbour.was_unreachable());
        assert!(neighbour.is_due(began + HINT), "a hint is worth a try");
    }

    #[test]
    fn a_neighbour_that_moved_often_is_found_at_its_newest_address() {
        let mut neighbour = Neighbour::default();
        for moved in 0..=255 {
            assert!(neighbour.learn(&says(&[&format!("10.0.0.{moved}:4433")])));
        }
        assert_eq!(neighbour.direct().first(), Some(&"10.0.0.255:4433".parse().unwrap()));
        assert_eq!(neighbour.direct().len(), ADDRESSES);
        assert!(!neighbour.learn(&says(&["10.0.0.255:4433"])), "nothing new");
        neighbour.heard = ["192.168.1.7:4433".parse().unwrap()].into();
        assert_eq!(neighbour.direct().first(), Some(&"192.168.1.7:4433".parse().unwrap()));
    }

    #[test]
    fn an_address_book_that_is_malformed_or_too_long_reads_as_empty() {
        let entries = vec![entry(&["10.0.0.1:1"]); ENTRIES];
        assert_eq!(decode(&encode(&entries)), entries);
        let too_many = minicbor::to_vec(vec![entry(&["10.0.0.1:1"]); ENTRIES + 1]).unwrap();
        assert!(decode(&too_many).is_empty());
        assert!(decode(b"nonsense").is_empty());
        assert_eq!(encode(&vec![entry(&[]); ENTRIES * 2]), encode(&vec![entry(&[]); ENTRIES]));
    }
}
