//! B5: sign, append, make durable: one record at a time, and 64 writers whose records share a commit; beside SQLite in
//! WAL mode with `synchronous=FULL`, which gets the same bytes under the same keys, and signs them too.
//!
//! Both write to the same disk, in turn, a fresh file a round. Ours syncs twice a commit (two phases), SQLite once.
//! Correctness: after a close and an open, every record is read back.

use std::path::Path;
use std::sync::mpsc::sync_channel;

use crate::dice::Dice;
use crate::machine::{THREADS, processor_seconds};
use crate::rounds::{Report, Row, arguments, rounds, timed};
use linli_record::{
    CommunityId, Draft, Incarnation, Kind, LogOpen, LogWriter, Record, SecretKey, StoreId, Tip,
};
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

/// What a writer brings to one commit: its records, and the tip after them.
type Brought = (Vec<Record>, Tip);

/// Lets the writers sign on as many threads as there are cores, and gives `commit` what all of them brought, again and
/// again. While one commit is made, they sign what comes into the next; nobody is further ahead than that.
fn gather(writers: &mut [LogWriter], commits: usize, mut commit: impl FnMut(Vec<Brought>)) {
    let part = writers.len().div_ceil(THREADS);
    std::thread::scope(|scope| {
        let sources: Vec<_> = writers
            .chunks_mut(part)
            .enumerate()
            .map(|(number, writers)| {
                let (hand, ready) = sync_channel(0);
                scope.spawn(move || {
                    let mut dice = Dice(6 + number as u64);
                    (0..commits)
                        .for_each(|_| hand.send(bring(writers, &mut dice)).expect("somebody commits"));
                });
                ready
            })
            .collect();
        for _ in 0..commits {
            commit(sources.iter().flat_map(|ready| ready.recv().expect("they sign")).collect());
        }
    });
}

fn bring(writers: &mut [LogWriter], dice: &mut Dice) -> Vec<Brought> {
    let each = |writer: &mut LogWriter| {
        let records = (0..WAITING).map(|_| said(writer, dice)).collect();
        (records, writer.tip().clone())
    };
    writers.iter_mut().map(each).collect()
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
    let (seconds, ()) = timed(|| {
        gather(&mut writers, commits, |brought| {
            let mut batch = Batch::new();
            for (records, tip) in brought {
                batch.append(records, tip, None);
            }
            store.write(batch).expect("writes");
        });
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
    let (seconds, ()) = timed(|| {
        gather(&mut writers, commits, |brought| {
            let transaction = connection.transaction().expect("begins");
            brought.iter().flat_map(|(records, _)| records).for_each(|record| insert(&transaction, record));
            transaction.commit().expect("commits");
        });
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
        let records = (commits * WRITERS * WAITING) as f64;
        let mut many = |name: &str, one: &dyn Fn() -> f64| {
            let before = processor_seconds();
            report.add(name, one() / 1e3);
            report.add(&format!("{name} processor us"), (processor_seconds() - before) / records * 1e6);
        };
        many("many", &|| ours_many(&fresh.path().join("many"), commits));
        many("sqlite many", &|| sqlite_many(&fresh.path().join("many.sqlite"), commits));
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
    report.row(Row {
        work: "processor time of that, signing included",
        unit: "us a record",
        ours: "many processor us",
        peer: "sqlite many processor us",
        peer_name: "SQLite WAL FULL",
        limit: "17",
        target: "",
        reach: None,
        smaller_is_better: true,
    });
    report.finish();
}
