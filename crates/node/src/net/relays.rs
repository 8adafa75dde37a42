//! Which relays this node uses: the community's own, a handful. Whoever offers one has one place; hubs come first.

use std::collections::BTreeMap;

use linli_record::NodeKey;

/// Relays used at a time.
const RELAYS: usize = 4;
/// A relay's URL is not longer.
const URL_BYTES: usize = 128;

/// What is offered, and what is used of it.
#[derive(Debug, Default)]
pub(super) struct Relays {
    offered: BTreeMap<NodeKey, Offer>,
    /// Best first.
    used: Vec<String>,
}

#[derive(Debug)]
struct Offer {
    url: String,
    /// Offered by somebody who is there for all, or by this node itself.
    hub: bool,
}

/// What changed of the relays used.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) add: Vec<String>,
    pub(super) remove: Vec<String>,
}

impl Relays {
    /// Somebody names the relay it is reached by, in place of what it named before.
    pub(super) fn offer(&mut self, by: NodeKey, url: &str, hub: bool) -> Change {
        if url.len() > URL_BYTES || !is_literal(url) {
            return Change::default();
        }
        self.offered.insert(by, Offer { url: url.to_owned(), hub });
        self.choose()
    }

    /// Somebody is no member any more.
    pub(super) fn forget(&mut self, by: &NodeKey) -> Change {
        self.offered.remove(by);
        self.choose()
    }

    /// Those that are used, best first.
    pub(super) fn used(&self) -> &[String] {
        &self.used
    }

    /// Hubs' first; what is used already before what is new.
    fn choose(&mut self) -> Change {
        let mut offers: Vec<&Offer> = self.offered.values().collect();
        offers.sort_by_key(|offer| (!offer.hub, !self.used.contains(&offer.url)));
        let mut chosen: Vec<String> = Vec::new();
        for offer in offers {
            if chosen.len() < RELAYS && !chosen.contains(&offer.url) {
                chosen.push(offer.url.clone());
            }
        }
        let before = std::mem::replace(&mut self.used, chosen);
        let add = self.used.iter().filter(|url| !before.contains(url)).cloned().collect();
        let remove = before.into_iter().filter(|url| !self.used.contains(url)).collect();
        Change { add, remove }
    }
}

/// A name would have to be looked up, somewhere else.
fn is_literal(url: &str) -> bool {
    let Ok(parsed) = url.parse::<iroh::RelayUrl>() else { return false };
    let host = parsed.host().map(|host| host.to_string());
    host.is_some_and(|host| host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(byte: u8) -> NodeKey {
        NodeKey::from([byte; 32])
    }

    #[test]
    fn one_member_has_one_place_however_many_relays_it_names() {
        let mut relays = Relays::default();
        relays.offer(node(9), "http://10.0.0.9:1/", false);
        for lie in 0..100 {
            relays.offer(node(1), &format!("http://10.6.6.{lie}:1/"), false);
        }
        assert_eq!(relays.used(), ["http://10.0.0.9:1/", "http://10.6.6.99:1/"]);
        assert_eq!(relays.forget(&node(1)).remove, ["http://10.6.6.99:1/"]);
    }

    #[test]
    fn a_hubs_relay_finds_a_place_whoever_was_first() {
        let mut relays = Relays::default();
        for liar in 0..RELAYS as u8 {
            relays.offer(node(liar), &format!("http://10.6.6.{liar}:1/"), false);
        }
        let change = relays.offer(node(200), "http://10.0.0.1:1/", true);
        assert_eq!((change.add.len(), change.remove.len()), (1, 1));
        assert_eq!((relays.used()[0].as_str(), relays.used().len()), ("http://10.0.0.1:1/", RELAYS));
        // Whoever is used stays before whoever comes later.
        let used = relays.used().to_vec();
        assert_eq!(relays.offer(node(100), "http://10.6.6.200:1/", false), Change::default());
        assert_eq!(relays.used(), used);
    }

    #[test]
    fn a_relay_by_name_is_not_used() {
        let mut relays = Relays::default();
        relays.offer(node(1), "http://relay.example:1/", true);
        relays.offer(node(2), "nonsense", true);
        relays.offer(node(3), "http://[fd00::1]:3340/", true);
        assert_eq!(relays.used(), ["http://[fd00::1]:3340/"]);
    }
}
