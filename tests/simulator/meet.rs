//! Who meets whom: neighbours dial each other where both gates open, newcomers knock, attachments are fetched.

use linli_node::testing::SimNode;
use linli_sync::Input;

use crate::link::{Line, Link};
use crate::world::World;

impl World {
    /// Whether two homes could talk now, by the network alone.
    fn reaches(&self, one: usize, other: usize) -> bool {
        let (one_home, other_home) = (&self.homes[one], &self.homes[other]);
        one != other
            && one_home.up()
            && other_home.up()
            && one_home.key != other_home.key
            && self.sides[one] == self.sides[other]
    }

    /// Everyone dials whom they can; newcomers knock.
    pub(crate) fn dial_all(&mut self) {
        for one in 0..self.homes.len() {
            self.knock(one);
            for other in one + 1..self.homes.len() {
                let linked =
                    self.links.values().any(|link| link.ends.contains(&one) && link.ends.contains(&other));
                if !linked && self.reaches(one, other) {
                    let (dialer, door) = if self.once_in(2) { (one, other) } else { (other, one) };
                    self.dial(dialer, door);
                }
            }
        }
    }

    /// One home dials another; both gates must open.
    fn dial(&mut self, dialer: usize, door: usize) {
        let keys = [self.homes[dialer].key, self.homes[door].key];
        let admits = |home: usize, key| self.homes[home].node.as_ref().is_some_and(|node| node.admits(key));
        if !admits(door, &keys[0]) || !admits(dialer, &keys[1]) {
            return;
        }
        let bad = !self.calm && self.once_in(3);
        let mut link = Link {
            ends: [dialer, door],
            ways: Default::default(),
            line: if bad { Line::Bad } else { Line::Sound },
            latency_ms: 1 + self.chance.below(400),
            masks: [None, None],
            tainted: false,
        };
        let line = format!("{} dials {} ({:?})", self.homes[dialer].name, self.homes[door].name, link.line);
        self.tell(&line);
        crate::mask::put_on(self, &mut link);
        self.connect(link);
    }

    /// A link stands.
    pub(crate) fn connect(&mut self, link: Link) -> u64 {
        self.dialed += 1;
        let (id, ends) = (self.dialed, link.ends);
        let masked = [link.masks[0].is_some(), link.masks[1].is_some()];
        let line = format!("#{id} links {} and {}", self.homes[ends[0]].name, self.homes[ends[1]].name);
        self.tell(&line);
        self.links.insert(id, link);
        for end in 0..2 {
            if masked[end] {
                let nonce = self.nonce();
                crate::mask::hears(self, id, end, Input::Opened { nonce });
            } else {
                let neighbour = self.homes[ends[1 - end]].key;
                self.call(ends[end], |node| node.link_up(id, neighbour, end == 0));
            }
        }
        id
    }

    fn nonce(&mut self) -> [u8; 16] {
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.chance.next().to_be_bytes());
        nonce[8..].copy_from_slice(&self.chance.next().to_be_bytes());
        nonce
    }

    fn knock(&mut self, home: usize) {
        let Some((door, knock)) = self.homes[home].node.as_ref().and_then(SimNode::knock) else { return };
        let Some(door) = self.homes.iter().position(|other| other.key == door && other.up()) else { return };
        if !self.reaches(home, door) {
            return;
        }
        let key = self.homes[home].key;
        let Some(answer) = self.call(door, |node| node.knocked(key, &knock)) else { return };
        self.tell(&format!("{} knocks at {}: {answer:?}", self.homes[home].name, self.homes[door].name));
        self.call(home, |node| node.knock_answered(answer));
    }

    /// Attachments travel apart from records: whoever is linked and has one gives it.
    pub(crate) fn bring_attachments(&mut self, home: usize) {
        let Some(node) = &self.homes[home].node else { return };
        let key = self.homes[home].key;
        for hash in node.lacks() {
            let neighbours: Vec<usize> = self
                .links
                .values()
                .filter_map(|link| link.end_of(home).map(|end| link.ends[1 - end]))
                .collect();
            for other in neighbours {
                let Some(Some(bytes)) = self.call(other, |node| node.attachment(key, hash)) else { continue };
                let from = self.homes[other].key;
                self.tell(&format!(
                    "{} fetches {} from {}",
                    self.homes[home].name,
                    hash.short(),
                    self.homes[other].name
                ));
                if let Some(Err(error)) = self.call(home, |node| node.attachment_came(from, hash, &bytes)) {
                    self.fail(format!("this machine could not keep a file: {error}"));
                }
                break;
            }
        }
    }
}
