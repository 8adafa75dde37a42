//! Two hundred seeds, none of which may fail, and one that is lived twice.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use linli_simulator::{Report, Tally, Telling, run};

const SEEDS: u64 = 200;

/// Runs the seeds on as many threads as there are processors.
fn all(seeds: u64) -> Vec<Report> {
    let (next, reports) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        return;
                    }
                    let report = run(seed, Telling::Quiet);
                    reports.lock().unwrap_or_else(PoisonError::into_inner).push(report);
                }
            });
        }
    });
    reports.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn two_hundred_neighbourhoods_become_even_whatever_breaks_and_whoever_lies() {
    let mut sum = Tally::default();
    let mut failed = Vec::new();
    for report in all(SEEDS) {
        sum.add(&report.tally);
        if let Some(failure) = &report.failure {
            println!("seed {}: {failure}\n  {}", report.seed, report.tail.join("\n  "));
            println!("again: cargo run --release -p linli-simulator -- {}", report.seed);
            failed.push(report.seed);
        }
    }
    println!("{sum:#?}");
    assert!(failed.is_empty(), "seeds {failed:?} failed");
    // A run in which nothing breaks shows nothing.
    for (what, count) in [
        ("power cuts", sum.power_cuts),
        ("bad disks", sum.bad_disks),
        ("partitions", sum.partitions),
        ("mischief", sum.mischief),
        ("expelled liars", sum.expelled),
        ("lies", sum.lies),
        ("forks", sum.forks),
        ("sightings", sum.sightings),
        ("private records settled", sum.covered),
    ] {
        assert!(count >= 20, "only {count} {what} in {SEEDS} seeds");
    }
}

#[test]
fn a_seed_lived_twice_is_the_same_to_the_last_frame() {
    for seed in [1, 2, 3] {
        let (first, second) = (run(seed, Telling::Quiet), run(seed, Telling::Quiet));
        assert_eq!(first.trace, second.trace, "seed {seed}");
        assert_eq!(first.tally, second.tally, "seed {seed}");
    }
}
