//! Rounds: ours and the peers one after another, again and again; median and spread; one JSON file a benchmark.
//!
//! A figure is a series of values, one a round. A ratio is taken within each round, so that what else the machine did
//! weighs on both.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::machine;

/// Rounds when the command line names no number.
pub(crate) const ROUNDS: usize = 7;

/// The figures of one benchmark.
pub(crate) struct Report {
    name: &'static str,
    facts: Map<String, Value>,
    series: BTreeMap<String, Vec<f64>>,
    rows: Vec<Value>,
    load: Vec<f64>,
}

impl Report {
    /// Nothing measured yet.
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            facts: Map::new(),
            series: BTreeMap::new(),
            rows: Vec::new(),
            load: vec![machine::load()],
        }
    }

    /// Notes what was measured on.
    pub(crate) fn fact(&mut self, name: &str, value: impl Into<Value>) {
        self.facts.insert(name.to_owned(), value.into());
    }

    /// Adds a round's value to a series.
    pub(crate) fn add(&mut self, series: &str, value: f64) {
        eprintln!("{} {series}: {value:.3}", self.name);
        self.series.entry(series.to_owned()).or_default().push(value);
        self.load.push(machine::load());
    }

    /// A series so far.
    pub(crate) fn series(&self, name: &str) -> &[f64] {
        self.series.get(name).map_or(&[], Vec::as_slice)
    }

    /// A line of the table: ours beside a peer (`""` when there is none), with what theory and the plan say.
    pub(crate) fn row(&mut self, row: Row<'_>) {
        let ours = self.series(row.ours);
        let peer = self.series(row.peer);
        let better = if row.smaller_is_better { -1.0 } else { 1.0 };
        let ratios: Vec<f64> = ours.iter().zip(peer).map(|(ours, peer)| ours / peer).collect();
        let reached = row.reach.map(|reach| better * median(ours) >= better * reach);
        self.rows.push(json!({
            "work": row.work, "unit": row.unit, "ours": spread(ours),
            "peer_name": row.peer_name, "peer": spread(peer), "ratio": spread(&ratios),
            "limit": row.limit, "target": row.target, "reached": reached,
        }));
    }

    /// Writes `target/results/NAME.json` and prints it.
    pub(crate) fn finish(mut self) {
        let series: Map<String, Value> =
            self.series.iter().map(|(name, values)| (name.clone(), spread(values))).collect();
        self.load.push(machine::load());
        let report = json!({
            "benchmark": self.name, "facts": self.facts, "series": series, "rows": self.rows,
            "load": spread(&self.load),
        });
        let folder = results();
        std::fs::create_dir_all(&folder).expect("the results folder can be made");
        let text = serde_json::to_string_pretty(&report).expect("plain values");
        std::fs::write(folder.join(format!("{}.json", self.name)), &text)
            .expect("the results can be written");
        println!("{text}");
    }
}

/// A line of the table.
pub(crate) struct Row<'a> {
    /// What was done.
    pub(crate) work: &'a str,
    /// What the numbers are.
    pub(crate) unit: &'a str,
    /// Our series.
    pub(crate) ours: &'a str,
    /// The peer's series.
    pub(crate) peer: &'a str,
    /// Who the peer is.
    pub(crate) peer_name: &'a str,
    /// What computation says is possible.
    pub(crate) limit: &'a str,
    /// What was asked for, in words.
    pub(crate) target: &'a str,
    /// And as a number in this unit.
    pub(crate) reach: Option<f64>,
    /// Whether a smaller number is the better one.
    pub(crate) smaller_is_better: bool,
}

/// Where results lie.
pub(crate) fn results() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/results")
}

/// The middle value; not a number when there is none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn spread(values: &[f64]) -> Value {
    if values.is_empty() {
        return Value::Null;
    }
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    json!({"median": median(values), "min": least, "max": most, "rounds": values.len()})
}

/// Seconds that `work` took, and what it gave.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let done = work();
    (start.elapsed().as_secs_f64(), done)
}

/// The numbers on the command line, `--` left out.
pub(crate) fn arguments() -> Vec<usize> {
    std::env::args().skip(2).filter_map(|text| text.parse().ok()).collect()
}

/// The rounds the environment asks for (`ROUNDS`), or [`ROUNDS`].
pub(crate) fn rounds() -> usize {
    std::env::var("ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS)
}
