//! Homes, the links between them, and a scheduler that picks what happens next by chance.

use std::collections::VecDeque;

use linli_record::{AudienceId, Block, CommunityId, LogId, SecretKey};

use super::chance::Chance;
use super::home::{Home, Job};
use crate::reason::Reason;
use crate::session::{Effect, Input, Session};
use crate::shelf::Shelf;

/// One end of a link.
#[derive(Debug)]
struct End {
    home: usize,
    session: Session,
    /// Frames on their way to this end, each with the number of messages it took to cause it.
    inbox: VecDeque<(u32, Vec<u8>)>,
    depth: u32,
    undrained: bool,
    live: bool,
    closed: Option<Reason>,
}

/// A stream between two homes, and what went over it.
#[derive(Debug)]
pub struct Link {
    ends: [End; 2],
    /// Whether it stands.
    pub up: bool,
    /// Bytes of frames that steer.
    pub control_bytes: usize,
    /// Bytes of frames that bring records, blocks, payloads.
    pub bulk_bytes: usize,
    /// Frames delivered.
    pub frames: usize,
    /// Messages that had to follow one another; two are a trip.
    pub depth: u32,
}

impl Link {
    /// Whether both ends are live.
    #[must_use]
    pub fn live(&self) -> bool {
        self.ends.iter().all(|end| end.live)
    }

    /// Why the ends closed, if they did.
    #[must_use]
    pub fn closed(&self) -> [Option<Reason>; 2] {
        [self.ends[0].closed, self.ends[1].closed]
    }
}

/// Homes and links.
#[derive(Debug)]
pub struct Neighbourhood {
    /// The community.
    pub community: CommunityId,
    /// The homes.
    pub homes: Vec<Home>,
    /// All links there ever were.
    pub links: Vec<Link>,
    /// What happens next.
    pub chance: Chance,
    /// Milliseconds.
    pub now_ms: u64,
    witness: SecretKey,
}

impl Neighbourhood {
    /// Nobody yet.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let community = CommunityId::from(chance.bytes());
        let witness = SecretKey::from_bytes(&chance.bytes());
        Self { community, homes: Vec::new(), links: Vec::new(), chance, now_ms: 0, witness }
    }

    /// One more home, empty.
    pub fn move_in(&mut self) -> usize {
        self.homes.push(Home::new(self.community, &mut self.chance));
        self.homes.len() - 1
    }

    /// `count` homes, empty.
    pub fn homes(&mut self, count: usize) -> Vec<usize> {
        (0..count).map(|_| self.move_in()).collect()
    }

    /// A home writes this many records for everyone.
    pub fn write(&mut self, home: usize, records: usize) -> LogId {
        self.write_for(home, None, records, 60)
    }

    /// A home writes this many records of this size for an audience.
    ///
    /// # Panics
    /// When `records` is 0.
    pub fn write_for(
        &mut self,
        home: usize,
        audience: Option<AudienceId>,
        records: usize,
        body: usize,
    ) -> LogId {
        let write = |_| self.homes[home].write(audience, self.community, body, &mut self.chance);
        let log = (0..records).map(write).last().expect("something is written");
        self.tell_grown(home);
        log
    }

    /// A home's register gets this many blocks more.
    pub fn settle_blocks(&mut self, home: usize, blocks: u64) {
        for _ in 0..blocks {
            let head = self.homes[home].shelf.head();
            let height = head.map_or(0, |head| head.height + 1);
            let block = Block {
                version: 1,
                community: self.community,
                era: 0,
                height,
                prev: head.map(|head| head.id),
                time_ms: height + 1,
                rules: 1,
                opened: Vec::new(),
                tips: Vec::new(),
                snapshot: None,
                base: None,
            };
            self.homes[home].shelf.take_block(block.certify_alone(&self.witness));
        }
        self.tell_grown(home);
    }

    /// Two homes connect. Several links between the same two may stand.
    pub fn meet(&mut self, one: usize, other: usize) -> usize {
        self.meet_as(one, other, [None, None])
    }

    /// [`Self::meet`], each showing an enrolment.
    pub fn meet_as(&mut self, one: usize, other: usize, enrolments: [Option<Vec<u8>>; 2]) -> usize {
        let [first, second] = enrolments;
        let end = |home, session| End {
            home,
            session,
            inbox: VecDeque::new(),
            depth: 0,
            undrained: false,
            live: false,
            closed: None,
        };
        let ends = [
            end(one, Session::new(self.homes[other].node, first)),
            end(other, Session::new(self.homes[one].node, second)),
        ];
        self.links.push(Link { ends, up: true, control_bytes: 0, bulk_bytes: 0, frames: 0, depth: 0 });
        let link = self.links.len() - 1;
        for side in 0..2 {
            let nonce = self.chance.bytes();
            self.feed(link, side, Input::Opened { nonce });
        }
        link
    }

    /// A link breaks; what was on its way is lost, what was handed up is still stored.
    pub fn part(&mut self, link: usize) {
        self.links[link].up = false;
        for end in &mut self.links[link].ends {
            end.inbox.clear();
        }
    }

    /// One end gets an input.
    pub fn feed(&mut self, link: usize, side: usize, input: Input) {
        if !self.links[link].up {
            return;
        }
        let end = &mut self.links[link].ends[side];
        let shelf = &self.homes[end.home].shelf;
        let effects = end.session.handle(input, self.now_ms, shelf);
        for effect in effects {
            self.carry_out(link, side, effect);
        }
    }

    /// A frame from nobody's session, straight to one end.
    pub fn inject(&mut self, link: usize, side: usize, frame: Vec<u8>) {
        self.feed(link, side, Input::Frame(frame));
    }

    fn carry_out(&mut self, link: usize, side: usize, effect: Effect) {
        let Link { ends, control_bytes, bulk_bytes, .. } = &mut self.links[link];
        match effect {
            Effect::Send(frame) => {
                let bulk = (32..64).contains(&frame[0]);
                *(if bulk { bulk_bytes } else { control_bytes }) += frame.len();
                let depth = ends[side].depth + 1;
                ends[1 - side].inbox.push_back((depth, frame));
                ends[side].undrained |= bulk;
            }
            Effect::Live => ends[side].live = true,
            Effect::Close(reason) => {
                ends[side].closed = Some(reason);
                self.part(link);
            }
            Effect::Introduced(_) => {
                let (home, peer) = (ends[side].home, ends[1 - side].home);
                let peer = self.homes[peer].node;
                self.homes[home].shelf.strangers.remove(&peer);
                self.feed(link, side, Input::Admitted);
            }
            other => {
                let home = ends[side].home;
                self.homes[home].jobs.push_back(Job { link, effect: other });
            }
        }
    }

    /// Every session of a home hears that its copy grew.
    pub fn tell_grown(&mut self, home: usize) {
        for link in 0..self.links.len() {
            for side in 0..2 {
                if self.links[link].ends[side].home == home {
                    self.feed(link, side, Input::Arrived);
                }
            }
        }
    }

    fn side_of(&self, link: usize, home: usize) -> usize {
        usize::from(self.links[link].ends[0].home != home)
    }

    /// One thing happens, picked by chance: a frame arrives, a carrier drains, a disk finishes some work. False when there
    /// is nothing left to happen.
    pub fn step(&mut self) -> bool {
        let mut choices = Vec::new();
        for (at, link) in self.links.iter().enumerate().filter(|(_, link)| link.up) {
            for side in 0..2 {
                if !link.ends[side].inbox.is_empty() {
                    choices.push((0, at, side));
                }
                if link.ends[side].undrained {
                    choices.push((1, at, side));
                }
            }
        }
        let busy = self.homes.iter().enumerate().filter(|(_, home)| !home.jobs.is_empty());
        choices.extend(busy.map(|(at, _)| (2, at, 0)));
        if choices.is_empty() {
            return false;
        }
        self.now_ms += 1;
        match choices[self.chance.below(choices.len())] {
            (0, link, side) => self.deliver(link, side),
            (1, link, side) => {
                self.links[link].ends[side].undrained = false;
                self.feed(link, side, Input::Drained);
            }
            (_, home, _) => self.disk(home),
        }
        true
    }

    fn deliver(&mut self, link: usize, side: usize) {
        let it = &mut self.links[link];
        let Some((depth, frame)) = it.ends[side].inbox.pop_front() else { return };
        it.ends[side].depth = it.ends[side].depth.max(depth);
        it.frames += 1;
        it.depth = it.depth.max(depth);
        self.feed(link, side, Input::Frame(frame));
    }

    /// One batch: some of what waits becomes durable, then every session concerned hears of it.
    fn disk(&mut self, home: usize) {
        let waiting = self.homes[home].jobs.len();
        let batch = 1 + self.chance.below(waiting.min(32));
        let mut answers = Vec::new();
        for _ in 0..batch {
            let Some(Job { link, effect }) = self.homes[home].jobs.pop_front() else { break };
            let side = self.side_of(link, home);
            let peer = *self.links[link].ends[side].session.peer();
            if let Some((ticket, outcome)) = self.homes[home].work(effect, peer) {
                answers.push((link, side, Input::Stored { ticket, outcome }));
            }
        }
        for (link, side, input) in answers {
            self.feed(link, side, input);
        }
        self.tell_grown(home);
    }

    /// Fewer than `most` things happen.
    pub fn steps(&mut self, most: usize) {
        for _ in 0..self.chance.below(most) {
            if !self.step() {
                return;
            }
        }
    }

    /// Everything happens that can.
    ///
    /// # Panics
    /// When it never ends.
    pub fn settle(&mut self) {
        for _ in 0..5_000_000 {
            if !self.step() {
                return;
            }
        }
        panic!("the neighbourhood does not come to rest");
    }

    /// Both ends of a link compare everything.
    pub fn reconcile(&mut self, link: usize) {
        self.feed(link, 0, Input::Reconcile);
        self.settle();
    }

    /// Whether two homes hold the same logs, equally far.
    #[must_use]
    pub fn agree(&self, one: usize, other: usize) -> bool {
        self.homes[one].shelf.heights() == self.homes[other].shelf.heights()
    }
}
