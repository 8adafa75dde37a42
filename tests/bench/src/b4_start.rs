//! B4: from nothing to the first screen: a home is opened and asked how it is, and for notices, requests, stories, talk.
//!
//! `b4` measures; `b4 once HOME` is one start in a process of its own, told in microseconds: open, first
//! screen. Cold means that the machine's own page cache was emptied before.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::estate::{Plan, estate};
use crate::machine;
use crate::rounds::{Report, Row, rounds};
use linli_node::vocabulary::{Answer, Request};
use linli_node::{Network, Node};

/// People's records, and things', in each community; the authors stay the same.
const SIZES: [(&str, usize, usize); 4] =
    [("10 k", 10_000, 0), ("100 k", 100_000, 0), ("1 M", 1_000_000, 0), ("1 M + 5 M", 1_000_000, 5_000_000)];
const AUTHORS: usize = 5_000;
const BLOCKS: usize = 240;

fn once(home: &Path) {
    let start = Instant::now();
    let node = Node::open(home, Network::Off).expect("the home opens");
    let opened = start.elapsed();
    let screen = node.ask(Request::Today).expect("the first screen");
    let shown = start.elapsed();
    let Answer::Today { status, notices, requests, stories, threads } = screen else {
        panic!("the first screen is another answer")
    };
    let full = |count: usize| count > 0;
    assert!(full(notices.len()) && full(requests.len()) && full(stories.len()) && full(threads.len()));
    let messages: usize = threads.iter().map(|thread| thread.messages.len()).sum();
    println!(
        "{} {} {} {messages} {} {} {} {} {}",
        opened.as_micros(),
        shown.as_micros(),
        status.records,
        notices.len(),
        requests.len(),
        stories.len(),
        threads.len(),
        machine::peak_mib() as u64,
    );
    node.close();
}

/// Milliseconds to open, and to the first screen.
fn start(home: &Path) -> (f64, f64) {
    let told =
        Command::new(std::env::current_exe().expect("this program")).args(["b4", "once"]).arg(home).output();
    let told = String::from_utf8(told.expect("a start").stdout).expect("numbers");
    eprint!("  {told}");
    let numbers: Vec<f64> = told.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    (numbers[0] / 1e3, numbers[1] / 1e3)
}

/// Measures, or is one of the processes that are measured.
pub(crate) fn main() {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    if arguments.first().is_some_and(|word| word == "once") {
        return once(Path::new(&arguments[1]));
    }
    let mut report = Report::new("b4");
    report.fact("authors", AUTHORS);
    report.fact("blocks", BLOCKS);
    let most: usize = arguments.first().and_then(|text| text.parse().ok()).unwrap_or(SIZES.len());
    let homes: Vec<_> = SIZES[..most.min(SIZES.len())]
        .iter()
        .map(|(name, human, things)| {
            (*name, estate(Plan { human: *human, things: *things, authors: AUTHORS, blocks: BLOCKS }))
        })
        .collect();
    for (_, home) in &homes {
        start(&home.founder);
    }
    for _ in 0..rounds() {
        for (name, home) in &homes {
            let cold = machine::drop_caches();
            let (opened, shown) = start(&home.founder);
            if cold {
                report.add(&format!("{name} cold open"), opened);
                report.add(&format!("{name} cold"), shown);
            }
            let (opened, shown) = start(&home.founder);
            report.add(&format!("{name} warm open"), opened);
            report.add(&format!("{name} warm"), shown);
        }
    }
    for (name, _) in &homes {
        for (how, target, reach) in [("warm", "60 ms", 60.0), ("cold", "250 ms", 250.0)] {
            report.row(Row {
                work: &format!("start to the first screen, {name} records, {how}"),
                unit: "ms",
                ours: &format!("{name} {how}"),
                peer: "",
                peer_name: "",
                limit: "6 ms",
                target,
                reach: Some(reach),
                smaller_is_better: true,
            });
        }
    }
    report.finish();
}
