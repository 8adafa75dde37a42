//! Time, and what happens in it: one queue of events, each of which ends before the next begins.
//!
//! Frames go from end to end of a [`Link`]; a home's calls are gathered into rounds, as its actor does; a power cut
//! strikes inside a call, whenever the disk says so. Nothing here decides what people say (`act`) or what breaks
//! (`trouble`).

use std::collections::{BTreeMap, VecDeque};

use linli_node::testing::{SimHome, SimNode, begin, set_clock};
use linli_node::vocabulary::{Answer, Request};
use linli_node::{Fault, FaultKind};
use linli_record::RecordId;
use linli_store::testing::{Chance, Plan, SimDisk};

use crate::home::{Heart, Home, Told};
use crate::link::{Line, Link, Way};
use crate::trace::Trace;
use crate::{Tally, Telling};

/// The founding, by everybody's clock, milliseconds since 1970.
const FOUNDED_MS: u64 = 1_790_000_000_000;
const SECOND: u64 = 1_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
/// Neighbours notice after this long that a line is dead.
const SILENCE: u64 = 12 * SECOND;
/// What one direction of a link may hold that the neighbour did not read yet, bytes.
const FLYING_BYTES: usize = 4 * 1024 * 1024;
/// Frames remembered for replaying.
const RECORDED: usize = 64;

/// What happens at some moment.
pub(crate) enum Event {
    /// A frame reaches an end of a link.
    Arrives { link: u64, end: usize, frame: Vec<u8> },
    /// A home notices that a link is gone.
    Noticed { home: usize, link: u64 },
    /// A home's round of calls ends.
    RoundEnds(usize),
    /// A home's housekeeping.
    Heartbeat(usize),
    /// Whoever can be reached is dialed, newcomers knock.
    Dial,
    /// Somebody says something.
    Person,
    /// Something breaks.
    Trouble,
    /// A home is started, or started again.
    Start(usize),
}

/// A neighbourhood.
pub(crate) struct World {
    pub(crate) chance: Chance,
    /// Since the founding.
    pub(crate) now_ms: u64,
    queue: BTreeMap<(u64, u64), Event>,
    events: u64,
    pub(crate) homes: Vec<Home>,
    pub(crate) links: BTreeMap<u64, Link>,
    dialed: u64,
    /// Who is on which side of a cut network.
    pub(crate) sides: Vec<u8>,
    /// Whether links may be bad lines, disks fail, people speak.
    pub(crate) calm: bool,
    /// Everyone is enrolled: from here on liars lie.
    pub(crate) moved_in: bool,
    /// Seeds differ in how bad their lines are: one frame in so many.
    pub(crate) bad_line_once_in: u64,
    pub(crate) things: Vec<(crate::act::Thing, RecordId)>,
    /// Records that must never stand, and why.
    pub(crate) lies: Vec<(RecordId, &'static str)>,
    pub(crate) recorded: VecDeque<Vec<u8>>,
    /// Settled verdicts seen so far, by record: height and word.
    pub(crate) verdicts: BTreeMap<RecordId, (u64, String)>,
    pub(crate) trace: Trace,
    pub(crate) tally: Tally,
    pub(crate) failure: Option<String>,
    pub(crate) folder: tempfile::TempDir,
}

impl World {
    pub(crate) fn new(seed: u64, telling: Telling) -> Self {
        let shared = std::path::Path::new("/dev/shm");
        let folder = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
        begin(seed);
        let mut chance = Chance(seed ^ 0x6c69_6e6c_6973_696d);
        let bad_line_once_in = 15 + chance.below(60);
        Self {
            chance,
            now_ms: 0,
            queue: BTreeMap::new(),
            events: 0,
            homes: Vec::new(),
            links: BTreeMap::new(),
            dialed: 0,
            sides: Vec::new(),
            calm: true,
            moved_in: false,
            bad_line_once_in,
            things: Vec::new(),
            lies: Vec::new(),
            recorded: VecDeque::new(),
            verdicts: BTreeMap::new(),
            trace: Trace::new(telling),
            tally: Tally::default(),
            failure: None,
            folder: folder.expect("this machine has a folder for temporary files"),
        }
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.chance.below(limit as u64)).expect("below a usize")
    }

    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.chance.below(times) == 0
    }

    pub(crate) fn tell(&mut self, line: &str) {
        self.trace.tell(self.now_ms, line);
    }

    /// The first failure is the one reported.
    pub(crate) fn fail(&mut self, why: String) {
        self.tell(&format!("FAILED: {why}"));
        self.failure.get_or_insert(why);
    }

    pub(crate) fn schedule(&mut self, in_ms: u64, event: Event) {
        self.events += 1;
        self.queue.insert((self.now_ms + in_ms, self.events), event);
    }

    /// A folder, a disk and a machine for one more home.
    pub(crate) fn build(&mut self, name: &str) -> SimHome {
        let root = self.folder.path().join(name);
        SimHome { root, disk: SimDisk::new(), machine: name.as_bytes().to_vec() }
    }

    /// A home that was built moves in; its node is started.
    pub(crate) fn move_in(&mut self, name: &str, at: SimHome, heart: Heart) -> anyhow::Result<usize> {
        set_clock(FOUNDED_MS + self.now_ms);
        let node = at.open().map_err(|fault| anyhow::anyhow!("{name} can't be opened: {fault}"))?;
        let (key, device) = (node.key(), node.device());
        self.homes.push(Home {
            name: name.to_owned(),
            at,
            node: Some(node),
            heart,
            key,
            device,
            skew_ms: 0,
            told: Vec::new(),
            round_open: false,
            disk_failed: false,
            backup: None,
            restored: false,
            gone: false,
        });
        self.sides.push(0);
        let home = self.homes.len() - 1;
        self.tell(&format!("{name} moves in"));
        self.open_round(home);
        self.schedule(HOUR, Event::Heartbeat(home));
        Ok(home)
    }

    /// Lets time pass.
    pub(crate) fn run_until(&mut self, end_ms: u64) -> anyhow::Result<()> {
        while let Some(entry) = self.queue.first_entry() {
            if entry.key().0 > end_ms {
                break;
            }
            let ((at_ms, _), event) = entry.remove_entry();
            self.now_ms = at_ms;
            self.happen(event);
            if let Some(failure) = &self.failure {
                anyhow::bail!("{failure}");
            }
        }
        self.now_ms = end_ms;
        self.tally.hours = self.now_ms / HOUR;
        Ok(())
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrives { link, end, frame } => self.arrives(link, end, frame),
            Event::Noticed { home, link } => {
                self.call(home, |node| node.link_down(link));
            }
            Event::RoundEnds(home) => {
                self.homes[home].round_open = false;
                self.with_node(home, SimNode::settle_down);
                self.pump(home);
            }
            Event::Heartbeat(home) => self.heartbeat(home),
            Event::Dial => self.dial_all(),
            Event::Person => crate::act::somebody_acts(self),
            Event::Trouble => crate::trouble::strike(self),
            Event::Start(home) => self.start(home),
        }
    }

    fn heartbeat(&mut self, home: usize) {
        if self.homes[home].gone {
            return;
        }
        self.call(home, SimNode::settle_down);
        self.bring_attachments(home);
        let next = 2 * HOUR + self.chance.below(2 * HOUR);
        self.schedule(next, Event::Heartbeat(home));
    }

    /// One call to a home's node at its own clock; nothing if it does not run.
    fn with_node<T>(&mut self, home: usize, call: impl FnOnce(&mut SimNode) -> T) -> Option<T> {
        let skewed = (FOUNDED_MS + self.now_ms).saturating_add_signed(self.homes[home].skew_ms);
        set_clock(skewed);
        self.homes[home].node.as_mut().map(call)
    }

    /// One call, after which its round goes on and what it wants carried is carried.
    pub(crate) fn call<T>(&mut self, home: usize, call: impl FnOnce(&mut SimNode) -> T) -> Option<T> {
        let answer = self.with_node(home, call)?;
        self.open_round(home);
        self.pump(home);
        Some(answer)
    }

    fn open_round(&mut self, home: usize) {
        if !std::mem::replace(&mut self.homes[home].round_open, true) {
            let lasts = self.chance.below(30);
            self.schedule(lasts, Event::RoundEnds(home));
        }
    }

    /// Carries what a home's node said, and sees whether its power is still there.
    fn pump(&mut self, home: usize) {
        if self.homes[home].at.disk.is_dead() {
            self.power_fails(home);
            return;
        }
        let links: Vec<(u64, usize)> = self
            .links
            .iter()
            .filter_map(|(id, link)| Some((*id, link.end_of(home)?)))
            .filter(|(id, end)| self.links[id].masks[*end].is_none())
            .collect();
        for (id, end) in links {
            let Some(node) = self.homes[home].node.as_mut() else { return };
            let (frames, closed) = (node.outgoing(id), node.closed(id));
            for frame in frames {
                self.send(id, end, frame);
            }
            if let Some(reason) = closed {
                self.closed_by(id, end, &reason);
            }
        }
    }

    /// A home ended a link.
    pub(crate) fn closed_by(&mut self, id: u64, end: usize, reason: &str) {
        let Some(link) = self.links.remove(&id) else { return };
        let [here, there] = [link.ends[end], link.ends[1 - end]];
        let line = format!("#{id} {} closes to {}: {reason}", self.homes[here].name, self.homes[there].name);
        self.tell(&line);
        let failing = self.homes[here].disk_failed && reason.ends_with("unstored");
        let usual = failing || ["403", "20 ", "let go"].iter().any(|begins| reason.starts_with(begins));
        if !usual {
            self.tally.expelled += 1;
            let honest = self.homes[here].honest() && self.homes[there].honest();
            if honest && !link.tainted && link.line == Line::Sound {
                self.fail(format!("an honest neighbour was expelled over a sound line: {line}"));
            }
        }
        self.with_node(here, |node| node.link_down(id));
        self.schedule(link.latency_ms, Event::Noticed { home: there, link: id });
    }

    /// A link breaks; both ends notice after a while.
    pub(crate) fn break_link(&mut self, id: u64) {
        if let Some(link) = self.links.remove(&id) {
            self.tell(&format!("#{id} breaks"));
            for home in link.ends {
                self.schedule(SILENCE, Event::Noticed { home, link: id });
            }
        }
    }

    /// Puts a frame on its way.
    pub(crate) fn send(&mut self, id: u64, end: usize, frame: Vec<u8>) {
        self.recorded.push_back(frame.clone());
        if self.recorded.len() > RECORDED {
            self.recorded.pop_front();
        }
        let Some(link) = self.links.get(&id) else { return };
        let liar = self.moved_in && self.homes[link.ends[end]].heart == Heart::Liar;
        let (bad, once_in) = (link.line == Line::Bad, self.bad_line_once_in);
        if liar {
            crate::liar::meddle(self, id, end, frame);
        } else if bad && self.once_in(once_in) {
            self.mistreat(id, end, frame);
        } else {
            self.fly(id, end, frame, 0);
        }
    }

    fn mistreat(&mut self, id: u64, end: usize, frame: Vec<u8>) {
        self.tally.mischief += 1;
        match self.below(3) {
            0 => self.tell(&format!("#{id} loses a frame")),
            1 => {
                self.fly(id, end, frame.clone(), 0);
                self.fly(id, end, frame, 1);
            }
            _ => {
                let late = self.chance.below(5 * MINUTE);
                self.fly(id, end, frame, late);
            }
        }
    }

    /// A frame flies to the other end; `late_ms` lets others overtake it.
    pub(crate) fn fly(&mut self, id: u64, end: usize, frame: Vec<u8>, late_ms: u64) {
        let (now_ms, jitter) = (self.now_ms, self.chance.below(8));
        let Some(link) = self.links.get_mut(&id) else { return };
        let way = &mut link.ways[end];
        let in_order = way.last_ms.max(now_ms + link.latency_ms + jitter);
        if late_ms == 0 {
            way.last_ms = in_order;
        }
        way.flying += 1;
        way.bytes += frame.len();
        if way.bytes > FLYING_BYTES {
            let why = format!("#{id} holds {} bytes that the neighbour has not read", way.bytes);
            self.fail(why);
            return;
        }
        self.schedule(in_order + late_ms - now_ms, Event::Arrives { link: id, end: 1 - end, frame });
    }

    fn arrives(&mut self, id: u64, end: usize, frame: Vec<u8>) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let Way { flying, bytes, .. } = &mut link.ways[1 - end];
        *flying -= 1;
        *bytes -= frame.len();
        let (drained, home, from) = (*flying == 0, link.ends[end], link.ends[1 - end]);
        let masked = [link.masks[end].is_some(), link.masks[1 - end].is_some()];
        self.tally.frames += 1;
        let what = blake3::hash(&frame).to_hex();
        let line = format!(
            "#{id} {} > {}: {} bytes {}",
            self.homes[from].name,
            self.homes[home].name,
            frame.len(),
            &what[..8]
        );
        self.tell(&line);
        if masked[0] {
            crate::liar::hears(self, id, end, linli_sync::Input::Frame(frame));
        } else {
            self.call(home, |node| node.frame(id, frame));
        }
        if drained && masked[1] {
            crate::liar::hears(self, id, 1 - end, linli_sync::Input::Drained);
        } else if drained {
            self.call(from, |node| node.drained(id));
        }
    }

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
        self.dialed += 1;
        let id = self.dialed;
        let bad = !self.calm && self.once_in(3);
        let mut link = Link {
            ends: [dialer, door],
            ways: Default::default(),
            line: if bad { Line::Bad } else { Line::Sound },
            latency_ms: 1 + self.chance.below(400),
            masks: [None, None],
            tainted: false,
        };
        let line =
            format!("#{id} {} dials {} ({:?})", self.homes[dialer].name, self.homes[door].name, link.line);
        self.tell(&line);
        let masked = crate::liar::put_on(self, &mut link, keys);
        self.links.insert(id, link);
        for (end, home) in [(0, dialer), (1, door)] {
            if masked[end] {
                let nonce = self.nonce();
                crate::liar::hears(self, id, end, linli_sync::Input::Opened { nonce });
            } else {
                self.call(home, |node| node.link_up(id, keys[1 - end], end == 0));
            }
        }
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
    fn bring_attachments(&mut self, home: usize) {
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

    /// The power of a home is gone, with whatever was not durable.
    pub(crate) fn power_fails(&mut self, home: usize) {
        if self.homes[home].node.take().is_none() {
            return;
        }
        self.tally.power_cuts += 1;
        self.tell(&format!("{} loses power", self.homes[home].name));
        self.unplug(home);
        let dark = MINUTE + self.chance.below(10 * HOUR);
        self.schedule(dark, Event::Start(home));
    }

    /// All links of a home break.
    pub(crate) fn unplug(&mut self, home: usize) {
        let links: Vec<u64> =
            self.links.iter().filter(|(_, link)| link.end_of(home).is_some()).map(|(id, _)| *id).collect();
        for id in links {
            self.break_link(id);
        }
    }

    /// Starts a home, or starts it again in order.
    pub(crate) fn start(&mut self, home: usize) {
        if self.homes[home].gone {
            return;
        }
        if let Some(node) = self.homes[home].node.take() {
            node.close();
            self.unplug(home);
        }
        let seed = self.chance.next();
        let it = &mut self.homes[home];
        if it.at.disk.is_dead() {
            it.at.disk = it.at.disk.after_power_cut(seed);
        }
        it.at.disk.plan(Plan::Healthy);
        it.disk_failed = false;
        set_clock((FOUNDED_MS + self.now_ms).saturating_add_signed(it.skew_ms));
        match it.at.open() {
            Ok(node) => {
                it.device = node.device();
                it.node = Some(node);
                self.tell(&format!("{} starts", self.homes[home].name));
                self.open_round(home);
                self.pump(home);
                crate::check::acknowledged(self, home);
                self.schedule(SECOND, Event::Dial);
            }
            Err(fault) => {
                let why = format!("{} does not start: {fault}", self.homes[home].name);
                self.fail(why);
            }
        }
    }

    /// Somebody asks a home's node; what it acknowledges is remembered.
    pub(crate) fn ask(&mut self, home: usize, what: &str, request: Request) -> Option<Result<Answer, Fault>> {
        let answer = self.call(home, |node| node.ask(request))?;
        let said = match &answer {
            Ok(Answer::Said { record, state }) => {
                self.homes[home].told.push(Told { record: *record, at_ms: self.now_ms });
                self.tally.said += 1;
                format!("{} {state}", record.short())
            }
            Ok(_) => "ok".to_owned(),
            Err(fault) => format!("refused, {}", fault.code),
        };
        self.tell(&format!("{}: {what}: {said}", self.homes[home].name));
        if let Err(fault) = &answer {
            let ailing = self.homes[home].disk_failed || !self.homes[home].up();
            if fault.kind == FaultKind::Internal || (fault.kind == FaultKind::Disk && !ailing) {
                self.fail(format!(
                    "{} answers {what} with a fault of its own: {fault}",
                    self.homes[home].name
                ));
            }
        }
        Some(answer)
    }

    /// The id of whatever was said.
    pub(crate) fn say(&mut self, home: usize, what: &str, request: Request) -> Option<RecordId> {
        match self.ask(home, what, request)? {
            Ok(Answer::Said { record, .. }) => Some(record),
            _ => None,
        }
    }
}
