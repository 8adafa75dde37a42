//! B5: sign, append, make durable: one record at a time, and 64 writers whose records share a commit; beside SQLite in
//! WAL mode with `synchronous=FULL`, which gets the same bytes under the same keys, and signs them too.
//!
//! Both write to the same disk, in turn, a fresh file a round. Ours syncs twice a commit (two phases), SQLite once.
//! Correctness: after a close and an open, every record is read back.

use std::path::Path;

use crate::dice::Dice;
use crate::rounds::{Report, Row, arguments, rounds, timed};
use linli_record::{CommunityId, Draft, Incarnation, Kind, LogOpen, LogWriter, Record, SecretKey, StoreId};
use linli_store::{Batch, Settings, Store};
use rusqlite::{Connection, params};

const WRITERS: usize = 64;
/// Records each writer brings to one commit: what waits while the commit before is made.
const WAITING: usize = 64;
const BODY_BYTES: usize = 110;

fn writer(community: CommunityId, number: u64) -> LogWriter {
    let mut dice = Dice(number);
    let key = SecretKey::from_bytes(&dice.bytes());
    let open = LogOpen::member(&key, Incarnation::from(dice.bytes::<16>()), None, "bench");
    LogWriter::begin(community, key, &open, dice.bytes(), 0, 1_700_000_000_000).expect("opens")
}

fn said(writer: &mut LogWriter, dice: &mut Dice) -> Record {
    let draft = Draft::new(Kind::new(145)).on(writer.opening().id()).seen(20);
    writer.append(draft, &dice.bytes::<BODY_BYTES>(), dice.bytes(), 1_700_000_000_000).expect("writes")
}

/// Signs on as many threads as there are cores: writers are processes of their own, or wait for each other.
fn all_say(writers: &mut [LogWriter], dice: &mut Dice, each: usize) -> Vec<Vec<Record>> {
    let seeds: Vec<u64> = writers.iter().map(|_| dice.roll()).collect();
    let (left, right) = writers.split_at_mut(WRITERS / 2);
    let say = |writers: &mut [LogWriter], seeds: &[u64]| -> Vec<Vec<Record>> {
        let one = |(writer, seed): (&mut LogWriter, &u64)| {
            let mut dice = Dice(*seed);
            (0..each).map(|_| said(writer, &mut dice)).collect()
        };
        writers.iter_mut().zip(seeds).map(one).collect()
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| say(right, &seeds[WRITERS / 2..]));
        let mut all = say(left, &seeds[..WRITERS / 2]);
        all.extend(other.join().expect("no panic"));
        all
    })
}

fn ours_one(path: &Path, count: usize) -> f64 {
    let community = CommunityId::from([9; 32]);
    let mut writer = writer(community, 1);
    let mut store =
        Store::create(path, community, StoreId::from([3; 16]), &Settings::default()).expect("creates");
    let mut batch = Batch::new();
    batch.append(vec![writer.opening().clone()], writer.tip().clone(), None);
    store.write(batch).expect("writes");
    let mut dice = Dice(5);
    let (seconds, ()) = timed(|| {
        for _ in 0..count {
            let record = said(&mut writer, &mut dice);
            let mut batch = Batch::new();
            batch.append(vec![record], writer.tip().clone(), None);
            store.write(batch).expect("writes");
        }
    });
    drop(store);
    let store = Store::open(path, &Settings::default()).expect("opens again");
    assert_eq!(store.tip(&writer.tip().log), Some(writer.tip()));
    assert_eq!(store.records_held().expect("reads"), count as u64 + 1);
    count as f64 / seconds
}

fn ours_many(path: &Path, commits: usize) -> f64 {
    let community = CommunityId::from([9; 32]);
    let mut writers: Vec<LogWriter> = (0..WRITERS as u64).map(|number| writer(community, number)).collect();
    let mut store =
        Store::create(path, community, StoreId::from([3; 16]), &Settings::default()).expect("creates");
    let mut batch = Batch::new();
    for writer in &writers {
        batch.append(vec![writer.opening().clone()], writer.tip().clone(), None);
    }
    store.write(batch).expect("writes");
    let mut dice = Dice(6);
    let (seconds, ()) = timed(|| {
        for _ in 0..commits {
            let mut batch = Batch::new();
            for (records, writer) in all_say(&mut writers, &mut dice, WAITING).into_iter().zip(&writers) {
                batch.append(records, writer.tip().clone(), None);
            }
            store.write(batch).expect("writes");
        }
    });
    drop(store);
    let store = Store::open(path, &Settings::default()).expect("opens again");
    let written = commits * WRITERS * WAITING;
    assert_eq!(store.records_held().expect("reads"), (written + WRITERS) as u64);
    written as f64 / seconds
}

fn sqlite(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("opens");
    connection.pragma_update(None, "journal_mode", "WAL").expect("WAL");
    connection.pragma_update(None, "synchronous", "FULL").expect("FULL");
    connection
        .execute_batch(
            "CREATE TABLE records (arrival INTEGER PRIMARY KEY, log BLOB, seq INTEGER, id BLOB, bytes BLOB);
             CREATE UNIQUE INDEX by_log ON records (log, seq); CREATE INDEX by_id ON records (id);",
        )
        .expect("tables");
    connection
}

fn insert(connection: &Connection, record: &Record) {
    let raw = record.to_raw();
    let bytes = [&raw.header[..], raw.payload.as_deref().expect("held")].concat();
    connection
        .prepare_cached("INSERT INTO records (log, seq, id, bytes) VALUES (?1, ?2, ?3, ?4)")
        .expect("prepares")
        .execute(params![record.log.as_bytes(), record.seq as i64, record.id().as_bytes(), bytes])
        .expect("inserts");
}

fn count(path: &Path) -> usize {
    let connection = Connection::open(path).expect("opens again");
    let count: i64 =
        connection.query_row("SELECT count(*) FROM records", [], |row| row.get(0)).expect("counts");
    count as usize
}

fn sqlite_one(path: &Path, records: usize) -> f64 {
    let connection = sqlite(path);
    let mut writer = writer(CommunityId::from([9; 32]), 1);
    let mut dice = Dice(5);
    let (seconds, ()) =
        timed(|| (0..records).for_each(|_| insert(&connection, &said(&mut writer, &mut dice))));
    drop(connection);
    assert_eq!(count(path), records);
    records as f64 / seconds
}

fn sqlite_many(path: &Path, commits: usize) -> f64 {
    let mut connection = sqlite(path);
    let community = CommunityId::from([9; 32]);
    let mut writers: Vec<LogWriter> = (0..WRITERS as u64).map(|number| writer(community, number)).collect();
    let mut dice = Dice(6);
    let (seconds, ()) = timed(|| {
        for _ in 0..commits {
            let said = all_say(&mut writers, &mut dice, WAITING);
            let transaction = connection.transaction().expect("begins");
            said.iter().flatten().for_each(|record| insert(&transaction, record));
            transaction.commit().expect("commits");
        }
    });
    drop(connection);
    let written = commits * WRITERS * WAITING;
    assert_eq!(count(path), written);
    written as f64 / seconds
}

/// Measures, or is one of the processes that are measured.
pub(crate) fn main() {
    let arguments = arguments();
    let (singles, commits) =
        (arguments.first().copied().unwrap_or(2_000), arguments.get(1).copied().unwrap_or(25));
    let folder = crate::estate::kept().join("b5");
    std::fs::create_dir_all(&folder).expect("the data folder can be made");
    let mut report = Report::new("b5");
    report.fact("one at a time: records a round", singles);
    report.fact("64 writers: commits a round", commits);
    report.fact("64 writers: records a commit", WRITERS * WAITING);
    for _ in 0..rounds() {
        let fresh = tempfile::tempdir_in(&folder).expect("a folder");
        report.add("one", ours_one(&fresh.path().join("ours"), singles) / 1e3);
        report.add("sqlite one", sqlite_one(&fresh.path().join("one.sqlite"), singles) / 1e3);
        report.add("many", ours_many(&fresh.path().join("many"), commits) / 1e3);
        report.add("sqlite many", sqlite_many(&fresh.path().join("many.sqlite"), commits) / 1e3);
    }
    report.row(Row {
        work: "sign, append, durable, one at a time",
        unit: "k records/s",
        ours: "one",
        peer: "sqlite one",
        peer_name: "SQLite WAL FULL",
        limit: "4 k/s",
        target: "0.5 x SQLite",
        reach: None,
        smaller_is_better: false,
    });
    report.row(Row {
        work: "the same, 64 writers sharing commits",
        unit: "k records/s",
        ours: "many",
        peer: "sqlite many",
        peer_name: "SQLite WAL FULL, one transaction a commit",
        limit: "59 k/s a core",
        target: "60 k/s",
        reach: Some(60.0),
        smaller_is_better: false,
    });
    report.finish();
}
