//! Where members can be reached, as they and their neighbours say: kept for the next start. Hints, never trust: the handshake
//! proves who answers.
//!
//! What a neighbour says of itself comes first; what it says of others is added behind. A relay is believed of whoever
//! names its own, and of hubs: else any member could lead everybody's traffic through a machine of its choice. Whoever is
//! reached through a member's relay is known by it, where nothing better is known.

use std::collections::BTreeMap;

use linli_community::register::Role;
use linli_record::NodeKey;
use linli_store::Batch;

use super::Core;
use crate::actor::LinkId;
use crate::net::{self, BookEntry, Heard, NetCall};

/// Name under which learnt addresses are kept.
const BOOK: &str = "address-book";
/// Members remembered for the next start.
const REMEMBERED: usize = 256;
/// Addresses kept of one.
const ADDRESSES: usize = 16;

/// What was learnt, and whether the store knows it.
#[derive(Debug, Default)]
pub(super) struct AddressBook {
    entries: BTreeMap<NodeKey, BookEntry>,
    changed: bool,
    /// Of nodes that are no members yet, as far as this node knows.
    early: Vec<Heard>,
}

impl AddressBook {
    fn read(bytes: &[u8]) -> Self {
        let entries: Vec<BookEntry> = serde_json::from_slice(bytes).unwrap_or_default();
        let entries = entries.into_iter().take(REMEMBERED).map(|entry| (entry.node, entry)).collect();
        Self { entries, ..Self::default() }
    }

    /// Who is remembered.
    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeKey> {
        self.entries.keys().copied()
    }

    fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.entries.values().collect::<Vec<_>>()).expect("plain fields")
    }

    fn take(&mut self, heard: &Heard) {
        let Heard { entry, first_hand, .. } = heard;
        let known = self.entries.get(&entry.node).cloned();
        if known.is_none() && self.entries.len() >= REMEMBERED {
            if !first_hand {
                return;
            }
            self.entries.pop_last();
        }
        let before = known.as_ref().map_or(&[][..], |known| &known.addresses);
        let (first, second) =
            if *first_hand { (&entry.addresses[..], before) } else { (before, &entry.addresses[..]) };
        let mut addresses: Vec<String> = Vec::new();
        for address in first.iter().chain(second) {
            if addresses.len() < ADDRESSES && !addresses.contains(address) {
                addresses.push(address.clone());
            }
        }
        let before = known.as_ref().and_then(|known| known.relay.clone());
        let said = entry.relay.clone();
        let relay = if heard.is_good_for_relays() { said.or(before) } else { before.or(said) };
        let merged = BookEntry { node: entry.node, addresses, relay };
        self.changed |= known.as_ref() != Some(&merged);
        self.entries.insert(entry.node, merged);
    }
}

impl Core {
    pub(super) fn load_addresses(&mut self) {
        let held = self.store.named(BOOK).ok().flatten().unwrap_or_default();
        self.addresses = AddressBook::read(&held);
    }

    /// What the network starts with: what was remembered, and whoever invited this home.
    pub(super) fn remembered_addresses(&self) -> Vec<Heard> {
        let entries = self.addresses.entries.values().cloned().chain(self.inviter_entry());
        entries.map(|entry| Heard { hub: self.is_hub_node(&entry.node), entry, first_hand: true }).collect()
    }

    /// A neighbour's address book. A newcomer is handed it before the register: whom it does not know yet, it may soon.
    pub(super) fn address_book(&mut self, link: LinkId, bytes: &[u8]) {
        let Some(from) = self.links.get(&link).map(|peer| peer.handle.peer) else { return };
        let hub = self.is_hub_node(&from);
        let book = net::read_book(bytes);
        let own = book.iter().find(|entry| entry.node == from).and_then(|entry| entry.relay.clone());
        let heard = book.into_iter().map(|mut entry| {
            let first_hand = entry.node == from;
            // Neighbours are reached through the relay that the speaker itself is reached through, or through none.
            entry.relay = entry.relay.filter(|url| hub || own.as_ref() == Some(url));
            Heard { entry, first_hand, hub }
        });
        self.addresses.early.extend(heard);
        self.learn_addresses();
    }

    /// Takes what was heard of members; a little of the rest is kept until they are some.
    pub(super) fn learn_addresses(&mut self) {
        let heard = std::mem::take(&mut self.addresses.early).into_iter();
        let (members, mut early): (Vec<Heard>, Vec<Heard>) =
            heard.partition(|heard| self.roster.admits(&heard.entry.node));
        early.drain(..early.len().saturating_sub(REMEMBERED));
        self.addresses.early = early;
        members.iter().for_each(|heard| self.addresses.take(heard));
        if !members.is_empty()
            && let Some(network) = &self.network
            && !network.handle.call(NetCall::Learn(members.clone()))
        {
            // There is no room for now: with the next housekeeping.
            self.addresses.early.extend(members);
        }
    }

    /// Now and then what was learnt is written: neighbours say it again and again, a disk should not hear each time.
    pub(super) fn keep_addresses(&mut self) {
        self.learn_addresses();
        if !std::mem::take(&mut self.addresses.changed) {
            return;
        }
        let bytes = self.addresses.to_bytes();
        if self.store.named(BOOK).ok().flatten().as_deref() == Some(&bytes[..]) {
            return;
        }
        let mut batch = Batch::new();
        batch.name(BOOK, bytes);
        if let Err(fault) = self.write(batch) {
            tracing::warn!(%fault, "addresses could not be remembered");
        }
    }

    /// Whether a node keeps many links and is there for all: a gateway, a keeper, or whoever invited this home.
    fn is_hub_node(&self, node: &NodeKey) -> bool {
        let device = self.state.as_ref().and_then(|state| state.device_by_node(node));
        let hub = device.is_some_and(|device| matches!(device.role, Role::Gateway | Role::Keeper));
        hub || self.inviter_entry().is_some_and(|inviter| inviter.node == *node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(node: u8, addresses: &[&str], relay: Option<&str>, first_hand: bool) -> Heard {
        let addresses = addresses.iter().map(|&address| address.to_owned()).collect();
        let entry =
            BookEntry { node: NodeKey::from([node; 32]), addresses, relay: relay.map(ToOwned::to_owned) };
        Heard { entry, first_hand, hub: false }
    }

    fn of(book: &AddressBook, node: u8) -> &BookEntry {
        &book.entries[&NodeKey::from([node; 32])]
    }

    #[test]
    fn what_a_member_says_of_others_never_takes_the_place_of_what_they_said_themselves() {
        let mut book = AddressBook::default();
        book.take(&heard(1, &["10.0.0.1:1"], Some("http://10.0.0.1:9"), true));
        for lie in 0..100 {
            book.take(&heard(1, &[&format!("10.6.6.{lie}:1")], None, false));
        }
        let entry = of(&book, 1);
        assert_eq!(entry.addresses[0], "10.0.0.1:1");
        assert_eq!(entry.addresses.len(), ADDRESSES);
        assert_eq!(entry.relay.as_deref(), Some("http://10.0.0.1:9"));
        book.take(&heard(1, &["10.0.0.2:1"], None, true));
        assert_eq!(of(&book, 1).addresses[..2], ["10.0.0.2:1", "10.0.0.1:1"], "it moved, and says so");
    }

    #[test]
    fn a_book_that_is_full_makes_room_for_whoever_speaks_for_itself_and_for_nobody_else() {
        let mut book = AddressBook::default();
        for node in 0..=255 {
            book.take(&heard(node, &["10.0.0.1:1"], None, true));
        }
        assert_eq!(book.entries.len(), REMEMBERED);
        let before = book.to_bytes();
        let mut other = heard(0, &["10.0.0.1:1"], None, false);
        other.entry.node = NodeKey::from(*blake3::hash(b"another").as_bytes());
        book.take(&other);
        assert_eq!(book.to_bytes(), before);
        book.take(&Heard { first_hand: true, ..other.clone() });
        assert!(book.entries.contains_key(&other.entry.node) && book.entries.len() == REMEMBERED);
        assert_eq!(AddressBook::read(&book.to_bytes()).entries, book.entries);
    }

    #[test]
    fn what_was_known_already_is_not_written_again() {
        let mut book = AddressBook::default();
        book.take(&heard(1, &["10.0.0.1:1"], None, true));
        assert!(std::mem::take(&mut book.changed));
        book.take(&heard(1, &["10.0.0.1:1"], None, false));
        assert!(!book.changed);
    }
}
