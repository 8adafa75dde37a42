//! Time, and what happens in it: one queue of events, each of which ends before the next begins.
//!
//! A home's calls are gathered into rounds, as its actor does; a power cut strikes inside a call, whenever the disk says
//! so. How frames travel is `link`'s, who meets whom `meet`'s, how a home starts `home`'s; nothing here decides what
//! people say (`act`) or what breaks (`trouble`).

use std::collections::{BTreeMap, VecDeque};

use linli_node::testing::{SimNode, begin, set_clock};
use linli_record::RecordId;
use linli_store::testing::Chance;

use crate::home::Home;
use crate::link::Link;
use crate::trace::Trace;
use crate::{Tally, Telling};

/// The founding, by everybody's clock, milliseconds since 1970.
const FOUNDED_MS: u64 = 1_790_000_000_000;
pub(crate) const SECOND: u64 = 1_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;

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
    /// Links so far.
    pub(crate) dialed: u64,
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

    /// The next call happens at the right time, whoever's it is.
    pub(crate) fn set_true_clock(&self) {
        set_clock(FOUNDED_MS + self.now_ms);
    }

    /// A home's own clock.
    pub(crate) fn clock_of(&self, home: usize) -> u64 {
        (FOUNDED_MS + self.now_ms).saturating_add_signed(self.homes[home].skew_ms)
    }

    /// One call to a home's node at its own clock; nothing if it does not run.
    pub(crate) fn with_node<T>(&mut self, home: usize, call: impl FnOnce(&mut SimNode) -> T) -> Option<T> {
        set_clock(self.clock_of(home));
        self.homes[home].node.as_mut().map(call)
    }

    /// One call, after which its round goes on and what it wants carried is carried.
    pub(crate) fn call<T>(&mut self, home: usize, call: impl FnOnce(&mut SimNode) -> T) -> Option<T> {
        let answer = self.with_node(home, call)?;
        self.open_round(home);
        self.pump(home);
        Some(answer)
    }

    pub(crate) fn open_round(&mut self, home: usize) {
        if !std::mem::replace(&mut self.homes[home].round_open, true) {
            let lasts = self.chance.below(30);
            self.schedule(lasts, Event::RoundEnds(home));
        }
    }
}
