//! B2: how fast what one says reaches the others. (a), 50 real nodes, is in `b2_endpoints.rs`.
//!
//! (b): one of 1,000 nodes, in virtual time: the real sync sessions over links of
//! 10 to 50 ms one way, where one frame in a hundred is lost and sent again after a round trip, in order as a stream keeps
//! it; a commit takes half a millisecond. Each node has four links by chance and four by order of keys.
//!
//! A tenth of the nodes is gone while it is said and comes back three seconds later; it is counted apart. Asserted:
//! in the end every node holds everything.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use linli_record::CommunityId;
use linli_sync::testing::{Chance, Home};
use linli_sync::{Effect, Input, Session};

use crate::rounds::{Report, Row, arguments, rounds};

const COMMIT_US: u64 = 500;
const GONE_US: u64 = 3_000_000;
const SAID: usize = 10;

struct End {
    home: usize,
    session: Session,
}

struct Link {
    ends: [End; 2],
    delay_us: u64,
    /// When the frame before arrives, by end.
    last_us: [u64; 2],
    life: u64,
    up: bool,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Frame { link: usize, life: u64, side: usize, frame: Vec<u8> },
    Feed { link: usize, life: u64, side: usize, stored: usize },
    Back(usize),
}

struct Town {
    community: CommunityId,
    homes: Vec<Home>,
    links: Vec<Link>,
    of_home: Vec<Vec<(usize, usize)>>,
    queue: BinaryHeap<Reverse<(u64, u64, What)>>,
    answers: BTreeMap<usize, Input>,
    chance: Chance,
    now_us: u64,
    count: u64,
    /// When each home first held more than before.
    grown: BTreeMap<usize, u64>,
    lost: u64,
}

impl Town {
    fn new(nodes: usize, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let community = CommunityId::from(chance.bytes());
        let mut homes: Vec<Home> = (0..nodes).map(|_| Home::new(community, &mut chance)).collect();
        homes.sort_by_key(|home| home.node);
        let mut pairs = BTreeSet::new();
        for home in 0..nodes {
            let ring = [1, nodes / 8, nodes / 4, nodes / 2].map(|step| (home + step) % nodes);
            let near: [usize; 4] = std::array::from_fn(|_| chance.below(nodes));
            let others = ring.into_iter().chain(near).filter(|other| *other != home);
            pairs.extend(others.map(|other| (home.min(other), home.max(other))));
        }
        let mut of_home = vec![Vec::new(); nodes];
        let mut links = Vec::new();
        for (one, other) in pairs {
            let end = |home: usize, peer: usize| End { home, session: Session::new(homes[peer].node, None) };
            of_home[one].push((links.len(), 0));
            of_home[other].push((links.len(), 1));
            let delay_us = 10_000 + chance.below(40_000) as u64;
            links.push(Link {
                ends: [end(one, other), end(other, one)],
                delay_us,
                last_us: [0; 2],
                life: 0,
                up: false,
            });
        }
        let (queue, answers, grown) = (BinaryHeap::new(), BTreeMap::new(), BTreeMap::new());
        Self { community, homes, links, of_home, queue, answers, chance, now_us: 0, count: 0, grown, lost: 0 }
    }

    fn at(&mut self, time_us: u64, what: What) {
        self.count += 1;
        self.queue.push(Reverse((time_us, self.count, what)));
    }

    fn open(&mut self, link: usize) {
        let [one, other] = [0, 1].map(|side| self.links[link].ends[side].home);
        let nodes = [self.homes[other].node, self.homes[one].node];
        let it = &mut self.links[link];
        (it.up, it.life) = (true, it.life + 1);
        for (end, peer) in it.ends.iter_mut().zip(nodes) {
            end.session = Session::new(peer, None);
        }
        for side in 0..2 {
            let nonce = self.chance.bytes();
            self.feed(link, side, Input::Opened { nonce });
        }
    }

    fn feed(&mut self, link: usize, side: usize, input: Input) {
        let it = &mut self.links[link];
        if !it.up {
            return;
        }
        let end = &mut it.ends[side];
        let home = end.home;
        let effects = end.session.handle(input, self.now_us / 1000, &self.homes[home].shelf);
        for effect in effects {
            self.carry_out(link, side, home, effect);
        }
    }

    fn carry_out(&mut self, link: usize, side: usize, home: usize, effect: Effect) {
        match effect {
            Effect::Send(frame) => {
                let lost = self.chance.below(100) == 0;
                self.lost += u64::from(lost);
                let it = &mut self.links[link];
                let delay = it.delay_us * if lost { 3 } else { 1 };
                let arrives = (self.now_us + delay).max(it.last_us[1 - side] + 1);
                it.last_us[1 - side] = arrives;
                let (life, bulk) = (it.life, (32..64).contains(&frame[0]));
                self.at(arrives, What::Frame { link, life, side: 1 - side, frame });
                if bulk {
                    self.later(link, side, Input::Drained, 1);
                }
            }
            Effect::Close(reason) => panic!("nobody breaks a rule here: {reason}"),
            Effect::Live | Effect::Introduced(_) => {}
            other => {
                let peer = *self.links[link].ends[side].session.peer();
                let before = self.homes[home].shelf.records();
                let answer = self.homes[home].work(other, peer);
                if let Some((ticket, outcome)) = answer {
                    self.later(link, side, Input::Stored { ticket, outcome }, COMMIT_US);
                }
                if self.homes[home].shelf.records() > before {
                    let now = self.now_us + COMMIT_US;
                    self.grown.entry(home).or_insert(now);
                    self.tell_grown(home, COMMIT_US + 1);
                }
            }
        }
    }

    fn later(&mut self, link: usize, side: usize, input: Input, after_us: u64) {
        let stored = self.count as usize + 1;
        self.answers.insert(stored, input);
        let life = self.links[link].life;
        self.at(self.now_us + after_us, What::Feed { link, life, side, stored });
    }

    fn tell_grown(&mut self, home: usize, after_us: u64) {
        for (link, side) in self.of_home[home].clone() {
            if self.links[link].up {
                self.later(link, side, Input::Arrived, after_us);
            }
        }
    }

    fn run(&mut self) {
        while let Some(Reverse((time, _, what))) = self.queue.pop() {
            self.now_us = time;
            match what {
                What::Frame { link, life, side, frame } => {
                    if self.links[link].life == life {
                        self.feed(link, side, Input::Frame(frame));
                    }
                }
                What::Feed { link, life, side, stored } => {
                    let input = self.answers.remove(&stored).expect("told once");
                    if self.links[link].life == life {
                        self.feed(link, side, input);
                    }
                }
                What::Back(home) => {
                    for (link, _) in self.of_home[home].clone() {
                        if !self.links[link].up {
                            self.open(link);
                        }
                    }
                }
            }
        }
    }

    fn leave(&mut self, home: usize) {
        for (link, _) in self.of_home[home].clone() {
            self.links[link].up = false;
            self.links[link].life += 1;
        }
        self.at(self.now_us + GONE_US, What::Back(home));
    }

    /// One says something; milliseconds until each of the others who are there holds it, ascending.
    fn say(&mut self, speaker: usize) -> Vec<f64> {
        let nodes = self.homes.len();
        let gone: BTreeSet<usize> =
            (0..nodes / 10).map(|_| self.chance.below(nodes)).filter(|home| *home != speaker).collect();
        gone.iter().for_each(|home| self.leave(*home));
        self.grown.clear();
        let start = self.now_us;
        self.homes[speaker].write(None, self.community, 110, &mut self.chance);
        self.tell_grown(speaker, COMMIT_US);
        self.run();
        let mut spread: Vec<f64> = (0..nodes)
            .filter(|home| *home != speaker && !gone.contains(home))
            .map(|home| (self.grown[&home] - start) as f64 / 1e3)
            .collect();
        spread.sort_by(f64::total_cmp);
        let heights = self.homes[speaker].shelf.heights();
        assert!(self.homes.iter().all(|home| home.shelf.heights() == heights), "every node holds everything");
        spread
    }
}

/// Measures (a) and (b), in a network namespace whose ports nobody else uses. `b2 [nodes of (b)] [nodes of (a)]`; 0
/// leaves one out.
pub(crate) fn main() {
    if !crate::machine::apart("b2", false) {
        return;
    }
    let arguments = arguments();
    let argument = |index: usize, default: usize| arguments.get(index).copied().unwrap_or(default);
    let mut report = Report::new("b2");
    if argument(1, 50) > 1 {
        super::b2_endpoints::measure(argument(1, 50), &mut report);
    }
    if argument(0, 1_000) > 1 {
        measure(argument(0, 1_000), &mut report);
    }
    report.finish();
}

/// In virtual time a seed gives the same figures on every machine.
fn measure(nodes: usize, report: &mut Report) {
    report.fact("(b) nodes", nodes);
    report.fact("(b) said a round", SAID);
    for seed in 0..rounds() as u64 {
        let mut town = Town::new(nodes, seed);
        (0..town.links.len()).for_each(|link| town.open(link));
        town.run();
        let spreads: Vec<Vec<f64>> = (0..SAID).map(|turn| town.say(turn * 97 % nodes)).collect();
        let mut all: Vec<f64> = spreads.into_iter().flatten().collect();
        all.sort_by(f64::total_cmp);
        report.add("(b) p50", all[all.len() / 2]);
        report.add("(b) p99", all[all.len() * 99 / 100]);
        report.add("(b) last", all[all.len() - 1]);
        report.add("(b) frames lost", town.lost as f64);
    }
    for (ours, work, target, reach) in [
        (
            "(b) p50",
            format!("(b) what one of {nodes} says reaches half of those who are there (virtual time)"),
            "120 ms",
            Some(120.0),
        ),
        ("(b) p99", "(b) 99 in 100 of them".to_owned(), "300 ms", Some(300.0)),
        ("(b) last", "(b) the last of them".to_owned(), "100 % delivered", None),
    ] {
        report.row(Row {
            work: &work,
            unit: "ms",
            ours,
            peer: "",
            peer_name: "",
            limit: "80 ms",
            target,
            reach,
            smaller_is_better: true,
        });
    }
}
