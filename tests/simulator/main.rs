//! `simulate SEED` tells one seed's story aloud; `simulate --seeds N` runs many and says what came of them.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use linli_simulator::{Report, Tally, Telling};

/// How often many seeds say how far they are.
const PROGRESS: Duration = Duration::from_secs(10);

/// Runs simulated communities.
#[derive(Debug, Parser)]
struct Args {
    /// One seed, told aloud.
    seed: Option<u64>,
    /// This many seeds, one after another.
    #[arg(long, conflicts_with = "seed", default_value_t = 200)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Stop at the first seed that fails.
    #[arg(long)]
    first: bool,
    /// One line a failure, nothing else: for scripts.
    #[arg(long)]
    brief: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let failed = match args.seed {
        Some(seed) => one(seed),
        None => many(&args),
    };
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What the nodes log goes to stderr, as `RUST_LOG` wants it: it is no part of the trace.
fn one(seed: u64) -> bool {
    let filter = tracing_subscriber::EnvFilter::from_default_env();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).without_time().init();
    let report = linli_simulator::run(seed, Telling::Aloud);
    println!("seed {seed}: trace {}", report.trace);
    println!("{:#?}", report.tally);
    if let Some(failure) = &report.failure {
        println!("FAILED: {failure}");
    }
    report.failure.is_some()
}

fn many(args: &Args) -> bool {
    std::panic::set_hook(Box::new(|_| {}));
    let run = Run::new(args);
    std::thread::scope(|scope| {
        for _ in 0..args.jobs.max(1) {
            scope.spawn(|| run.work());
        }
    });
    run.end()
}

/// Many seeds, lived by several threads.
struct Run<'a> {
    args: &'a Args,
    began: Instant,
    next: AtomicU64,
    done: Mutex<Done>,
}

/// What came of the seeds so far.
struct Done {
    sum: Tally,
    seeds: u64,
    failed: u64,
    /// Every seed below this one is done.
    below: u64,
    /// Done, above the first that is not.
    ahead: BTreeSet<u64>,
    told: Instant,
}

impl<'a> Run<'a> {
    fn new(args: &'a Args) -> Self {
        let began = Instant::now();
        let (sum, ahead) = (Tally::default(), BTreeSet::new());
        let done = Done { sum, seeds: 0, failed: 0, below: args.from, ahead, told: began };
        Self { args, began, next: AtomicU64::new(args.from), done: Mutex::new(done) }
    }

    fn done(&self) -> MutexGuard<'_, Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        loop {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            let enough = self.args.first && self.done().failed > 0;
            if seed >= self.args.from + self.args.seeds || enough {
                return;
            }
            self.note(&linli_simulator::run(seed, Telling::Quiet));
        }
    }

    fn note(&self, report: &Report) {
        let mut done = self.done();
        done.sum.add(&report.tally);
        done.seeds += 1;
        done.ahead.insert(report.seed);
        while done.ahead.first() == Some(&done.below) {
            done.ahead.pop_first();
            done.below += 1;
        }
        if report.failure.is_some() {
            done.failed += 1;
            tell(report, self.args.brief);
        }
        if !self.args.brief && done.told.elapsed() >= PROGRESS {
            done.told = Instant::now();
            self.tell_progress(&done);
        }
    }

    fn tell_progress(&self, done: &Done) {
        let a_minute = done.seeds * 60 / self.began.elapsed().as_secs().max(1);
        let left = self.args.seeds - done.seeds;
        eprintln!(
            "{} of {} seeds, {} failed, {a_minute} a minute, {} min left; to go on later: --from {} --seeds {}",
            done.seeds,
            self.args.seeds,
            done.failed,
            left.div_ceil(a_minute.max(1)),
            done.below,
            self.args.from + self.args.seeds - done.below
        );
    }

    fn end(self) -> bool {
        let (seconds, from) = (self.began.elapsed().as_secs(), self.args.from);
        let done = self.done.into_inner().unwrap_or_else(PoisonError::into_inner);
        if !self.args.brief {
            println!("{:#?}", done.sum);
        }
        println!("{} seeds from {from} in {seconds} s: {} failed", done.seeds, done.failed);
        done.failed > 0
    }
}

fn tell(report: &Report, brief: bool) {
    let failure = report.failure.as_deref().unwrap_or_default();
    println!("seed {} FAILED: {}", report.seed, failure.lines().next().unwrap_or_default());
    if !brief {
        for line in &report.tail {
            println!("    {line}");
        }
        println!("    again: cargo run --release -p linli-simulator -- {}", report.seed);
    }
}
