//! Whole communities on one thread. A seed decides everything: who lives there, what they say, when the power fails,
//! what the links lose, who lies. Each home runs the node's real core over a real store; only the disk, the links, the
//! clock and chance are simulated. Nothing here knows how a node works inside: it asks, carries frames, and compares.
//!
//! Read [`run`] first, then [`world`], where time passes. `docs/SIMULATOR.md` says how to use it.
//!
//! ```no_run
//! let report = linli_simulator::run(7, linli_simulator::Telling::Quiet);
//! assert_eq!(report.failure, None);
//! ```

mod act;
mod check;
mod doctored;
mod home;
mod liar;
mod link;
mod mask;
mod meet;
#[cfg(test)]
mod scenes;
mod story;
mod trace;
mod trouble;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use world::World;

/// Whether the trace is printed while it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Every line, to stdout.
    Aloud,
    /// Only its end is kept, for a report.
    Quiet,
}

/// What became of a seed.
#[derive(Debug, Clone)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// BLAKE3 of the whole trace: two runs of one seed have the same.
    pub trace: blake3::Hash,
    /// The last lines of the trace.
    pub tail: Vec<String>,
    /// What happened how often.
    pub tally: Tally,
    /// What went wrong, if something did.
    pub failure: Option<String>,
}

/// What happened how often in a run, or in many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines of the trace.
    pub lines: u64,
    /// Frames delivered.
    pub frames: u64,
    /// Things that people said and a node acknowledged.
    pub said: u64,
    /// Sightings that a gateway's node acknowledged.
    pub sightings: u64,
    /// Private records whose settling some home could tell.
    pub covered: u64,
    /// Records held by all honest homes at the end.
    pub records: u64,
    /// Blocks of the register at the end.
    pub blocks: u64,
    /// Power cuts that struck.
    pub power_cuts: u64,
    /// Disks that were full or failed.
    pub bad_disks: u64,
    /// Partitions of the network.
    pub partitions: u64,
    /// Frames dropped, duplicated, delayed out of order, changed or invented.
    pub mischief: u64,
    /// Sessions that ended because a neighbour broke the protocol.
    pub expelled: u64,
    /// Records that lie.
    pub lies: u64,
    /// Logs proven forked.
    pub forks: u64,
    /// Virtual hours.
    pub hours: u64,
}

impl Tally {
    /// Adds another run.
    pub fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.frames += other.frames;
        self.said += other.said;
        self.sightings += other.sightings;
        self.covered += other.covered;
        self.records += other.records;
        self.blocks += other.blocks;
        self.power_cuts += other.power_cuts;
        self.bad_disks += other.bad_disks;
        self.partitions += other.partitions;
        self.mischief += other.mischief;
        self.expelled += other.expelled;
        self.lies += other.lies;
        self.forks += other.forks;
        self.hours += other.hours;
    }
}

/// Lives one seed through, from the founding to the last comparison.
///
/// # Panics
/// Never: a panic of a node is the seed's failure.
#[must_use]
pub fn run(seed: u64, telling: Telling) -> Report {
    let mut world = World::new(seed, telling);
    let lived = catch_unwind(AssertUnwindSafe(|| story::live(&mut world)));
    let failure = match lived {
        Ok(Ok(())) => None,
        Ok(Err(failure)) => Some(failure.to_string()),
        Err(panic) => Some(format!("a node panicked: {}", panic_text(&*panic))),
    };
    let (trace, tail, mut tally) = (world.trace.hash(), world.trace.tail(), world.tally);
    tally.lines = world.trace.lines();
    // A core that panicked may panic again when it is let go; the seed has failed already.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(world)));
    Report { seed, trace, tail, tally, failure }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
