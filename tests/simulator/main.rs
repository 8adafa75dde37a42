//! `simulate SEED` tells one seed's story aloud; `simulate --seeds N` runs many and says what came of them.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Parser;
use linli_simulator::{Report, Tally, Telling, run};

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
    let report = run(seed, Telling::Aloud);
    println!("seed {seed}: trace {}", report.trace);
    println!("{:#?}", report.tally);
    if let Some(failure) = &report.failure {
        println!("FAILED: {failure}");
    }
    report.failure.is_some()
}

fn many(args: &Args) -> bool {
    let began = std::time::Instant::now();
    std::panic::set_hook(Box::new(|_| {}));
    let (next, failed) = (AtomicU64::new(args.from), AtomicU64::new(0));
    let sum = Mutex::new(Tally::default());
    let end = args.from + args.seeds;
    std::thread::scope(|scope| {
        for _ in 0..args.jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end || (args.first && failed.load(Ordering::Relaxed) > 0) {
                        return;
                    }
                    let report = run(seed, Telling::Quiet);
                    if report.failure.is_some() {
                        failed.fetch_add(1, Ordering::Relaxed);
                        tell(&report, args.brief);
                    }
                    sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner).add(&report.tally);
                }
            });
        }
    });
    let failed = failed.into_inner();
    if !args.brief {
        println!("{:#?}", sum.into_inner().unwrap_or_default());
    }
    println!("{} seeds from {} in {} s: {failed} failed", args.seeds, args.from, began.elapsed().as_secs());
    failed > 0
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
