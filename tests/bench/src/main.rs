//! The benchmarks of docs/PERFORMANCE.md: `linli-bench b6` measures one and writes `target/results/b6.json`; `linli-bench
//! table` writes what was measured into the page. `tests/bench/run` does all of it.
//!
//! A benchmark runs ours and a peer in turn, asserts that what it timed did its work, and tells medians and spread. Read
//! [`rounds`] first, then [`estate`].

mod b13_dial;
mod b1_catch_up;
mod b2_endpoints;
mod b2_spread;
mod b3_reconcile;
mod b4_start;
mod b5_append;
mod b6_verify;
mod dice;
mod estate;
mod machine;
mod rounds;
mod table;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("b1") => b1_catch_up::main(),
        Some("b2") => b2_spread::main(),
        Some("b3") => b3_reconcile::main(),
        Some("b4") => b4_start::main(),
        Some("b5") => b5_append::main(),
        Some("b6") => b6_verify::main(),
        Some("b13") => b13_dial::main(),
        Some("table") => table::main(),
        _ => eprintln!("one of: b1 b2 b3 b4 b5 b6 b13 table"),
    }
}
