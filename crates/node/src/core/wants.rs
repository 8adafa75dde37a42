//! Attachments that are wanted, and whom to ask for which when. It knows neither files nor connections.
//!
//! Who did not have one may be fetching it itself: everybody is asked again, less and less often. Read [`Wants::next`].

use std::collections::{BTreeMap, VecDeque};

use linli_record::{BlobHash, NodeKey};

/// Attachments remembered as wanted; the catalogue holds the rest.
const WANTED: usize = 4096;
/// Fetched at once, each from another neighbour: one that dawdles holds up no other.
const AT_ONCE: usize = 2;
/// How long a neighbour is left alone after it did not have one; doubled up to [`LONGEST_PAUSE_MS`].
const PAUSE_MS: u64 = 4_000;
const LONGEST_PAUSE_MS: u64 = 600_000;
/// With nobody to ask, the list is gone through this often.
const LOOK_MS: u64 = 500;

/// What is wanted and not held.
#[derive(Debug, Default)]
pub(super) struct Wants {
    queue: VecDeque<BlobHash>,
    /// With the neighbours that did not have it.
    wanted: BTreeMap<BlobHash, BTreeMap<NodeKey, Pause>>,
    running: BTreeMap<BlobHash, NodeKey>,
    /// When nobody was found to ask; nothing that bears on it happened since.
    looked_ms: Option<u64>,
    /// More was wanted than is remembered here.
    overflowed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Pause {
    since_ms: u64,
    for_ms: u64,
}

impl Pause {
    /// A clock that was set back holds nobody up.
    const fn is_over(self, now_ms: u64) -> bool {
        now_ms.abs_diff(self.since_ms) >= self.for_ms
    }
}

impl Wants {
    /// How many are wanted.
    pub(super) fn len(&self) -> usize {
        self.wanted.len()
    }

    pub(super) fn contains(&self, hash: &BlobHash) -> bool {
        self.wanted.contains_key(hash)
    }

    /// One more is wanted. When there are too many, one that was asked for in vain most often is forgotten.
    pub(super) fn want(&mut self, hash: BlobHash) {
        if self.wanted.contains_key(&hash) {
            return;
        }
        if self.wanted.len() >= WANTED {
            self.overflowed = true;
            let vain = |tried: &BTreeMap<NodeKey, Pause>| tried.values().map(|pause| pause.for_ms).max();
            let idle = self.wanted.iter().filter(|(hash, _)| !self.running.contains_key(hash));
            let Some(worst) = idle.max_by_key(|(_, tried)| vain(tried)).map(|(hash, _)| *hash) else {
                return;
            };
            self.wanted.remove(&worst);
            self.queue.retain(|queued| *queued != worst);
        }
        self.wanted.insert(hash, BTreeMap::new());
        self.queue.push_back(hash);
        self.looked_ms = None;
    }

    /// It came.
    pub(super) fn came(&mut self, hash: &BlobHash) {
        self.wanted.remove(hash);
    }

    /// Whether there is room again for what was forgotten; says so once.
    pub(super) fn has_room_again(&mut self) -> bool {
        let room = self.overflowed && self.wanted.len() < WANTED / 2;
        self.overflowed &= !room;
        room
    }

    /// A neighbour came: it may have by now what it had not.
    pub(super) fn linked(&mut self, peer: &NodeKey) {
        for tried in self.wanted.values_mut() {
            tried.remove(peer);
        }
        self.looked_ms = None;
    }

    /// What to ask whom for now, among these neighbours.
    pub(super) fn next(&mut self, peers: &[NodeKey], now_ms: u64) -> Option<(BlobHash, NodeKey)> {
        let just_looked = self.looked_ms.is_some_and(|at| now_ms.abs_diff(at) < LOOK_MS);
        if self.running.len() >= AT_ONCE || just_looked {
            return None;
        }
        for _ in 0..self.queue.len() {
            let hash = self.queue.pop_front()?;
            let Some(tried) = self.wanted.get(&hash) else { continue };
            let free = |peer: &&NodeKey| !self.running.values().any(|busy| busy == *peer);
            let due = |peer: &&NodeKey| tried.get(*peer).is_none_or(|pause| pause.is_over(now_ms));
            if let Some(peer) = peers.iter().filter(free).find(due) {
                self.running.insert(hash, *peer);
                return Some((hash, *peer));
            }
            self.queue.push_back(hash);
        }
        self.looked_ms = Some(now_ms);
        None
    }

    /// A try ended, well or not; if it is still wanted, the neighbour is left alone for a while.
    pub(super) fn ended(&mut self, hash: BlobHash, from: NodeKey, now_ms: u64) {
        let asked = self.running.remove(&hash).is_some();
        self.looked_ms = None;
        if let Some(tried) = self.wanted.get_mut(&hash).filter(|_| asked) {
            let before = tried.get(&from).map_or(PAUSE_MS / 2, |pause| pause.for_ms);
            let for_ms = (before * 2).min(LONGEST_PAUSE_MS);
            tried.insert(from, Pause { since_ms: now_ms, for_ms });
            self.queue.push_back(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(byte: u8) -> NodeKey {
        NodeKey::from([byte; 32])
    }

    fn picture(number: u32) -> BlobHash {
        BlobHash::from(*blake3::hash(&number.to_be_bytes()).as_bytes())
    }

    #[test]
    fn a_neighbour_that_was_still_fetching_it_itself_is_asked_again_less_and_less_often() {
        let mut wants = Wants::default();
        wants.want(picture(0));
        let (mut now, mut pauses) = (1_000, Vec::new());
        for _ in 0..12 {
            let from = now;
            while wants.next(&[peer(1)], now).is_none() {
                now += 1_000;
                assert!(now - from <= LONGEST_PAUSE_MS + LOOK_MS, "never asked again");
            }
            pauses.push(now - from);
            wants.ended(picture(0), peer(1), now);
        }
        assert_eq!(pauses[..4], [0, 4_000, 8_000, 16_000]);
        assert!(pauses.is_sorted());
        wants.linked(&peer(1));
        assert!(wants.next(&[peer(1)], now).is_some(), "who links anew may have it by now");
        wants.ended(picture(0), peer(1), now);
        assert!(wants.next(&[peer(1), peer(2)], now).is_some_and(|(_, from)| from == peer(2)));
        wants.ended(picture(0), peer(2), now);
        assert!(wants.next(&[peer(1)], now - LONGEST_PAUSE_MS).is_some(), "the clock was set back");
        wants.came(&picture(0));
        wants.ended(picture(0), peer(1), now);
        assert_eq!((wants.len(), wants.next(&[peer(1)], now + LONGEST_PAUSE_MS)), (0, None));
    }

    #[test]
    fn a_neighbour_that_dawdles_holds_up_one_attachment_and_not_the_others() {
        let mut wants = Wants::default();
        (0..3).for_each(|number| wants.want(picture(number)));
        assert!(wants.next(&[peer(1)], 0).is_some());
        assert_eq!(wants.next(&[peer(1)], LOOK_MS), None, "one at a time from one neighbour");
        let (second, from) = wants.next(&[peer(1), peer(2)], 2 * LOOK_MS).unwrap();
        assert_eq!(from, peer(2));
        wants.came(&second);
        wants.ended(second, from, 2 * LOOK_MS);
        assert!(wants.next(&[peer(1), peer(2)], 2 * LOOK_MS).is_some_and(|(_, from)| from == peer(2)));
    }

    #[test]
    fn a_thousand_names_of_nothing_do_not_keep_out_what_a_neighbour_has() {
        let mut wants = Wants::default();
        (0..u32::try_from(WANTED).unwrap()).for_each(|number| wants.want(picture(number)));
        while let Some((hash, from)) = wants.next(&[peer(1)], 0) {
            wants.ended(hash, from, 0);
        }
        wants.want(picture(u32::MAX));
        assert_eq!(wants.len(), WANTED);
        assert!(wants.next(&[peer(1)], 0).is_some_and(|(hash, _)| hash == picture(u32::MAX)));
        assert!(!wants.has_room_again());
        (0..u32::try_from(WANTED).unwrap()).for_each(|number| wants.came(&picture(number)));
        assert!(wants.has_room_again());
        assert!(!wants.has_room_again(), "once");
    }
}
