//! Measures the store: durable appends one at a time and in batches, opening, disk beyond payload, reading, checking.
//!
//! Prints one JSON object. Arguments: records (1,000,000), logs (5,000), records a batch (16,384), directory.

// Rates are shown to people and compared by nobody.
#![allow(clippy::float_arithmetic)]

use std::path::{Path, PathBuf};
use std::time::Instant;

use linli_record::{
    CommunityId, Draft, Incarnation, Kind, LogOpen, LogWriter, NodeKey, Record, SecretKey, StoreId, Tip,
};
use linli_store::{Batch, Settings, Store};

const BODY: usize = 110;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number =
        |otherwise: u64| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (records, logs, batch) = (number(1_000_000), number(5_000), number(16_384));
    let dir = arguments.next().map_or_else(|| std::env::temp_dir().join("linli-append"), PathBuf::from);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).expect("a directory to measure in");
    let one = one_at_a_time(&dir.join("one"));
    let many = in_batches(&dir.join("many"), records, logs, batch);
    println!("{{\"one_at_a_time_per_s\": {one:.0}, {many}}}");
    let _ = std::fs::remove_dir_all(&dir);
}

fn community() -> CommunityId {
    CommunityId::from([9; 32])
}

fn new_store(path: &Path) -> Store {
    Store::create(path, community(), StoreId::from([1; 16]), &Settings::default()).expect("a new store")
}

fn log(number: u64) -> LogWriter {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    let key = SecretKey::from_bytes(&seed);
    let open = LogOpen::member(&key, Incarnation::from([1; 16]), None, "bench");
    LogWriter::begin(community(), key, &open, [0; 16], 0, 1_700_000_000_000).expect("an opening")
}

/// Half the records begin an object, half continue the one before.
fn say(writer: &mut LogWriter, step: u64) -> Record {
    let mut draft = Draft::new(Kind::new(145)).seen(step / 400);
    if step % 2 == 1 {
        draft = draft.on(writer.tip().id);
    }
    let body = [0x40; BODY];
    writer
        .append(draft, &body, [step.to_le_bytes()[0]; 16], 1_700_000_000_000 + step * 1000)
        .expect("a record")
}

fn one_at_a_time(path: &Path) -> f64 {
    let mut store = new_store(path);
    let mut writer = log(0);
    let mut waiting = vec![writer.opening().clone()];
    let (rounds, start) = (3_000, Instant::now());
    for step in 0..rounds {
        waiting.push(say(&mut writer, step));
        let mut batch = Batch::new();
        batch.append(std::mem::take(&mut waiting), writer.tip().clone(), None);
        store.write(batch).expect("a durable append");
    }
    rounds as f64 / start.elapsed().as_secs_f64()
}

fn runs(records: u64, logs: u64) -> impl Iterator<Item = (Vec<Record>, Tip)> {
    let each = records / logs;
    (0..logs).flat_map(move |number| {
        let mut writer = log(number);
        let mut run = vec![writer.opening().clone()];
        let mut all = Vec::new();
        for step in 1..each {
            run.push(say(&mut writer, number * each + step));
            if run.len() == 64 {
                all.push((std::mem::take(&mut run), writer.tip().clone()));
            }
        }
        if !run.is_empty() {
            all.push((run, writer.tip().clone()));
        }
        all
    })
}

fn in_batches(path: &Path, records: u64, logs: u64, batch_size: u64) -> String {
    let mut store = new_store(path);
    let (mut batch, mut waiting, mut spent, mut payload, mut written) = (Batch::new(), 0, 0.0, 0u64, 0u64);
    let peer = NodeKey::from([5; 32]);
    let mut flush = |store: &mut Store, batch: Batch| {
        let start = Instant::now();
        store.write(batch).expect("a durable batch");
        spent += start.elapsed().as_secs_f64();
    };
    for (run, tip) in runs(records, logs) {
        waiting += run.len() as u64;
        written += run.len() as u64;
        payload += run.iter().map(|record| u64::from(record.payload_len)).sum::<u64>();
        batch.append(run, tip, Some(peer));
        if waiting >= batch_size {
            flush(&mut store, std::mem::take(&mut batch));
            waiting = 0;
        }
    }
    flush(&mut store, batch);
    let start = Instant::now();
    drop(store);
    let closed = start.elapsed().as_secs_f64();
    let file = std::fs::metadata(path.join("store.redb")).expect("the file").len();
    let start = Instant::now();
    let store = Store::open(path, &Settings::default()).expect("the store again");
    let opened = start.elapsed().as_secs_f64();
    let reading = read_all(&store);
    for used in store.usage().expect("readable").iter().filter(|used| used.rows > 0) {
        eprintln!("{used:?}");
    }
    format!(
        "\"records\": {written}, \"batched_per_s\": {:.0}, \"close_ms\": {:.1}, \"open_ms\": {:.2}, \
         \"file_bytes_per_record_beyond_payload\": {:.1}, {reading}",
        written as f64 / spent,
        closed * 1e3,
        opened * 1e3,
        (file - payload) as f64 / written as f64,
    )
}

fn read_all(store: &Store) -> String {
    let start = Instant::now();
    let mut count = 0u64;
    for tip in store.tips() {
        let mut next = 0;
        while next <= tip.seq {
            let run = store.run(&tip.log, next).expect("a run");
            next += run.len() as u64;
            count += run.len() as u64;
        }
    }
    let runs = count as f64 / start.elapsed().as_secs_f64();
    let ids: Vec<_> = (1..=store.arrivals())
        .step_by(997)
        .map(|n| store.by_arrival(n).expect("readable").expect("held").id())
        .collect();
    let start = Instant::now();
    for id in &ids {
        assert!(store.record(id).expect("readable").is_some());
    }
    let by_id = ids.len() as f64 / start.elapsed().as_secs_f64();
    format!("\"run_records_per_s\": {runs:.0}, \"random_by_id_per_s\": {by_id:.0}")
}
