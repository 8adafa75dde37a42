//! One home of the neighbourhood: its folder, disk and clock, the node while it runs, and what its people ask of it.

use linli_node::testing::{SimHome, SimNode, set_clock};
use linli_node::vocabulary::{Answer, Request};
use linli_node::{Fault, FaultKind};
use linli_record::{DeviceKey, NodeKey, RecordId};
use linli_store::testing::{Plan, SimDisk};

use crate::world::{Event, HOUR, MINUTE, SECOND, World};

/// Whether a home can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heart {
    /// Runs the program as it is.
    Honest,
    /// A copy of an honest home that does not know it is one: the same keys, on a machine that looks the same.
    Twin,
    /// Runs a changed program.
    Liar,
}

/// Something a node acknowledged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) record: RecordId,
    pub(crate) at_ms: u64,
}

/// What a backup holds.
#[derive(Debug, Clone)]
pub(crate) struct Backup {
    pub(crate) disk: SimDisk,
    pub(crate) keys: Vec<u8>,
    pub(crate) at_ms: u64,
}

/// A home.
pub(crate) struct Home {
    pub(crate) name: String,
    pub(crate) at: SimHome,
    pub(crate) node: Option<SimNode>,
    pub(crate) heart: Heart,
    /// The transport key; known from the first start on.
    pub(crate) key: NodeKey,
    pub(crate) device: DeviceKey,
    /// How far its clock is off, milliseconds.
    pub(crate) skew_ms: i64,
    /// What it acknowledged to its people.
    pub(crate) told: Vec<Told>,
    /// A round of calls waits for its end.
    pub(crate) round_open: bool,
    /// Its disk refuses writes until it is started again.
    pub(crate) disk_failed: bool,
    pub(crate) backup: Option<Backup>,
    /// It was restored from a backup: its logs may have two histories.
    pub(crate) restored: bool,
    /// Moved out: it never runs again.
    pub(crate) gone: bool,
}

impl Home {
    pub(crate) const fn up(&self) -> bool {
        self.node.is_some()
    }

    pub(crate) fn honest(&self) -> bool {
        self.heart == Heart::Honest
    }
}

impl World {
    /// A folder, a disk and a machine for one more home.
    pub(crate) fn build(&mut self, name: &str) -> SimHome {
        let root = self.folder.path().join(name);
        SimHome { root, disk: SimDisk::new(), machine: name.as_bytes().to_vec() }
    }

    /// A home that was built moves in; its node is started.
    pub(crate) fn move_in(&mut self, name: &str, at: SimHome, heart: Heart) -> anyhow::Result<usize> {
        self.set_true_clock();
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
        let clock = self.clock_of(home);
        let it = &mut self.homes[home];
        if it.at.disk.is_dead() {
            it.at.disk = it.at.disk.after_power_cut(seed);
        }
        it.at.disk.plan(Plan::Healthy);
        it.disk_failed = false;
        set_clock(clock);
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
