//! Flipped bits are found where they are, and what can be saved is saved.

#![allow(clippy::unwrap_used, clippy::type_complexity)]

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::{Neighbour, community, store_id};
use linli_record::{BlobHash, Block, Draft, Kind, NodeKey, RecordId, SecretKey};
use linli_store::testing::{Chance, Harm, SimDisk, harm};
use linli_store::{Batch, CheckReport, Op, OpenError, Place, Settings, Store};

/// A small community's store with something in every table.
fn home(dir: &Path, seed: u64) -> (Vec<Neighbour>, Vec<RecordId>) {
    use std::io::Write;
    let mut store = Store::create(dir, community(), store_id(), &Settings::default()).unwrap();
    let mut chance = Chance(seed);
    let mut neighbours: Vec<Neighbour> = (0..8).map(Neighbour::new).collect();
    let (mut objects, mut ids) = (Vec::new(), Vec::new());
    for day in 0..20 {
        let mut batch = Batch::new();
        for neighbour in &mut neighbours {
            for _ in 0..chance.below(if day == 9 { 200 } else { 20 }) {
                neighbour.chatter(&mut chance, &objects);
            }
            let said = neighbour.waiting.iter().map(|record| record.id());
            ids.extend(said);
            let from = Some(NodeKey::from([u8::try_from(day % 3).unwrap(); 32]));
            if !neighbour.waiting.is_empty() {
                batch.append(std::mem::take(&mut neighbour.waiting), neighbour.tip(), from);
            }
        }
        objects.extend(ids.last().copied());
        store.write(batch).unwrap();
    }
    let picture = b"a picture of a heron";
    let hash = BlobHash::from(*blake3::hash(picture).as_bytes());
    let mut incoming = store.receive_blob(hash, 20).unwrap();
    incoming.write_all(picture).unwrap();
    incoming.finish().unwrap();
    let block = Block {
        version: 1,
        community: community(),
        era: 0,
        height: 0,
        prev: None,
        time_ms: 1,
        rules: 1,
        opened: vec![],
        tips: vec![],
        snapshot: None,
        base: None,
    };
    let block = block.certify_alone(&SecretKey::from_bytes(&[1; 32]));
    let mut batch = Batch::new();
    batch.push(Op::Block { block, state: b"state".to_vec() });
    batch.push(Op::Verdict(ids[0], Some(b"why".to_vec())));
    batch.push(Op::Blob { hash, size: 20, held: true });
    batch.cursor(NodeKey::from([1; 32]), store_id(), 7).name("phrase", b"heron".to_vec());
    batch.cache("notices", b"a", Some(b"b".to_vec()));
    let mut other = neighbours[0].clone();
    neighbours[0].talk(3);
    neighbours[0].hand_over(&mut batch);
    other.say(Draft::new(Kind::new(99)), b"\x40");
    other.talk(5);
    batch.push(Op::Fork(other.waiting));
    store.write(batch).unwrap();
    (neighbours, ids)
}

fn check(dir: &Path) -> CheckReport {
    let store = Store::open(dir, &Settings::default()).unwrap();
    store.check(&mut |_| {})
}

#[test]
fn a_sound_store_is_found_sound_and_everything_in_it_verified() {
    let dir = tempfile::tempdir().unwrap();
    let (neighbours, _) = home(&dir.path().join("s"), 1);
    let report = check(&dir.path().join("s"));
    let records: u64 = neighbours.iter().map(|neighbour| neighbour.tip().seq + 1).sum();
    assert_eq!(report.faults, []);
    assert!(report.is_sound());
    assert_eq!((report.verified, report.unverified, report.logs), (records, 0, 8));
    assert_eq!((report.blocks, report.blobs), (1, 1));
}

#[test]
fn a_thousand_flipped_bits_are_all_found_where_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let home_dir = dir.path().join("s");
    let (_, ids) = home(&home_dir, 2);
    let seed = 20_461_123;
    println!("seed {seed}");
    let mut chance = Chance(seed);
    let mut rows: BTreeSet<u64> = BTreeSet::new();
    while rows.len() < 1_000 {
        rows.insert(1 + chance.below(ids.len() as u64));
    }
    let flips: Vec<Harm> = rows
        .iter()
        .map(|row| {
            let mask = if chance.below(2) == 0 { 1 << chance.below(8) } else { 1 + chance.below(255) };
            Harm::Row(*row, usize::try_from(chance.below(1 << 20)).unwrap(), u8::try_from(mask).unwrap())
        })
        .collect();
    harm(&home_dir, &flips).unwrap();
    let report = check(&home_dir);
    let named: BTreeSet<u64> = report
        .faults
        .iter()
        .filter_map(|fault| match fault.place {
            Place::Record { arrival, .. } => arrival,
            _ => None,
        })
        .collect();
    assert_eq!(named, rows, "every damaged row is named, and no other");
    assert_eq!(report.faults.len(), 1_000);
    assert_eq!(report.more, 0);
}

#[test]
fn damage_beside_the_records_is_named_by_its_place() {
    let cases: [(Harm, fn(&Place) -> bool); 13] = [
        (Harm::Value("forks", 99, 4), |place| matches!(place, Place::Fork { log: 0, .. })),
        (Harm::Value("blocks", 99, 4), |place| matches!(place, Place::Block(0))),
        (Harm::Value("register", 9, 4), |place| matches!(place, Place::State)),
        (Harm::Value("verdicts", 5, 1), |place| matches!(place, Place::Value { table: "verdicts", .. })),
        (Harm::Value("cursors", 5, 1), |place| matches!(place, Place::Value { table: "cursors", .. })),
        (Harm::Value("named", 5, 1), |place| matches!(place, Place::Value { table: "named", .. })),
        (Harm::Value("caches", 0, 1), |place| matches!(place, Place::Value { table: "caches", .. })),
        (Harm::Value("blobs", 6, 1), |place| matches!(place, Place::Blob(_))),
        (Harm::Remove("extents"), |place| matches!(place, Place::Record { seq: Some(0), .. })),
        (Harm::Remove("beginnings"), |place| matches!(place, Place::Index { index: "beginnings", .. })),
        (Harm::Remove("fresh ids"), |place| matches!(place, Place::Index { index: "ids", .. })),
        (Harm::Remove("fresh objects"), |place| matches!(place, Place::Index { index: "objects", .. })),
        (Harm::Remove("arrivals"), |place| matches!(place, Place::Record { arrival: Some(1), .. })),
    ];
    for (done, expected) in cases {
        let dir = tempfile::tempdir().unwrap();
        let home_dir = dir.path().join("s");
        home(&home_dir, 3);
        harm(&home_dir, &[done]).unwrap();
        let report = Store::examine(&home_dir, &Settings::default(), &mut |_| {}).unwrap();
        assert!(report.faults.iter().any(|fault| expected(&fault.place)), "{done:?}: {:?}", report.faults);
    }
}

#[test]
fn a_store_whose_tips_are_damaged_does_not_open_but_can_be_examined() {
    for done in [Harm::Value("logs", 30, 2), Harm::Value("peers", 30, 2)] {
        let dir = tempfile::tempdir().unwrap();
        let home_dir = dir.path().join("s");
        home(&home_dir, 4);
        harm(&home_dir, &[done]).unwrap();
        let error = Store::open(&home_dir, &Settings::default()).unwrap_err();
        assert!(
            matches!(error, OpenError::Damaged { .. }) && error.to_string().contains("linli repair"),
            "{error}"
        );
        let report = Store::examine(&home_dir, &Settings::default(), &mut |_| {}).unwrap();
        let named = |place: &Place| matches!(place, Place::Value { table: "logs" | "peers", .. });
        assert!(report.faults.iter().any(|fault| named(&fault.place)), "{:?}", report.faults);
    }
}

#[test]
fn attachments_are_compared_with_their_names_and_the_catalogue() {
    let dir = tempfile::tempdir().unwrap();
    let home_dir = dir.path().join("s");
    home(&home_dir, 5);
    let hash = BlobHash::from(*blake3::hash(b"a picture of a heron").as_bytes());
    let path = Store::open(&home_dir, &Settings::default()).unwrap().blob_path(&hash).unwrap();
    std::fs::write(&path, b"a picture of a crane").unwrap();
    let stranger = path.with_file_name("00".repeat(32));
    std::fs::write(&stranger, b"").unwrap();
    let places: Vec<_> = check(&home_dir).faults.into_iter().map(|fault| fault.place).collect();
    assert_eq!(places, [Place::Blob(hash), Place::Blob([0; 32].into())]);
}

#[test]
fn a_byte_changed_anywhere_in_the_file_never_crashes_the_program() {
    let disk = SimDisk::new();
    let mut store = Store::create_on(&disk, community(), store_id()).unwrap();
    let mut neighbour = Neighbour::new(1);
    neighbour.talk(200);
    neighbour.store(&mut store);
    drop(store);
    let seed = 99;
    println!("seed {seed}");
    let mut chance = Chance(seed);
    let (mut opened, mut sound) = (0, 0);
    for _ in 0..150 {
        let offset = usize::try_from(chance.below(disk.bytes() as u64)).unwrap();
        let Some(flipped) = disk.with_flip(offset, 1 << chance.below(8)) else { continue };
        let Ok(store) = Store::open_on(&flipped) else { continue };
        opened += 1;
        let report = store.check(&mut |_| {});
        if report.is_sound() {
            sound += 1;
            assert_eq!(report.verified, 201);
        }
    }
    println!("{opened} opened, {sound} of them sound");
}

fn repair(dir: &Path) -> linli_store::RepairReport {
    Store::repair(dir, Some(community()), [8; 16].into(), &Settings::default(), &mut |_| {}).unwrap()
}

/// Every record that is held, by arrival.
fn held(dir: &Path) -> Vec<(u64, RecordId)> {
    let store = Store::open(dir, &Settings::default()).unwrap();
    let numbers = 1..=store.arrivals();
    numbers.filter_map(|n| Some((n, store.by_arrival(n).unwrap()?.id()))).collect()
}

#[test]
fn repairing_a_sound_store_changes_nothing_but_its_id_and_its_projections() {
    let dir = tempfile::tempdir().unwrap();
    let home_dir = dir.path().join("s");
    let (neighbours, ids) = home(&home_dir, 6);
    let before = held(&home_dir);
    let report = repair(&home_dir);
    assert_eq!(
        (report.found.faults.as_slice(), report.mended, report.aside, report.state_lost),
        (&[][..], 0, 0, false)
    );
    assert!(report.damaged_file.unwrap().exists());
    assert_eq!(held(&home_dir), before);
    assert!(check(&home_dir).is_sound());
    let store = Store::open(&home_dir, &Settings::default()).unwrap();
    assert_eq!(store.store_id(), [8; 16].into());
    let mut tips: Vec<_> = neighbours.iter().map(Neighbour::tip).collect();
    tips.sort_by_key(|tip| tip.log);
    assert_eq!(store.tips().cloned().collect::<Vec<_>>(), tips);
    assert_eq!(store.state().unwrap(), Some((0, b"state".to_vec())));
    assert_eq!(store.verdict(&ids[0]).unwrap(), Some(b"why".to_vec()));
    assert_eq!(store.named("phrase").unwrap(), Some(b"heron".to_vec()));
    assert_eq!(store.cursor(&[1; 32].into()).unwrap(), Some((store_id(), 7)));
    assert_eq!(store.cached("notices", b"a").unwrap(), None, "projections are built again");
    assert_eq!(store.forks(&neighbours[0].tip().log).unwrap().len(), 1);
    assert_eq!(store.arrivals_after(0, 9).unwrap()[0].from, Some([0; 32].into()));
    let hash = BlobHash::from(*blake3::hash(b"a picture of a heron").as_bytes());
    assert_eq!(store.read_blob(&hash).unwrap().unwrap(), b"a picture of a heron");
}

#[test]
fn a_thousand_single_flipped_bits_are_all_mended() {
    let dir = tempfile::tempdir().unwrap();
    let home_dir = dir.path().join("s");
    let (_, ids) = home(&home_dir, 7);
    let before = held(&home_dir);
    let seed = 1_949;
    println!("seed {seed}");
    let mut chance = Chance(seed);
    let rows: BTreeSet<u64> = (0..1_000).map(|_| 1 + chance.below(ids.len() as u64)).collect();
    let flips = rows
        .iter()
        .map(|row| Harm::Row(*row, usize::try_from(chance.below(9999)).unwrap(), 1 << chance.below(8)));
    harm(&home_dir, &flips.collect::<Vec<_>>()).unwrap();
    assert_eq!(check(&home_dir).faults.len(), rows.len());
    let report = repair(&home_dir);
    assert_eq!(report.mended, rows.len() as u64);
    assert_eq!((report.found.faults.as_slice(), report.aside), (&[][..], 0));
    assert_eq!(held(&home_dir), before);
    assert!(check(&home_dir).is_sound());
}

#[test]
fn a_log_ends_before_what_cannot_be_mended_and_the_rest_lies_aside() {
    let dir = tempfile::tempdir().unwrap();
    let home_dir = dir.path().join("s");
    let (neighbours, _) = home(&home_dir, 8);
    let before = held(&home_dir);
    let (log, seq) = (neighbours[3].tip().log, neighbours[3].tip().seq);
    let store = Store::open(&home_dir, &Settings::default()).unwrap();
    let hit = (1..=store.arrivals()).find(|n| {
        let record = store.by_arrival(*n).unwrap().unwrap();
        record.log == log && record.seq == 100
    });
    drop(store);
    let hit = hit.unwrap();
    harm(&home_dir, &[Harm::Row(hit, 9, 0xff), Harm::Row(hit, 30, 0xff), Harm::Value("logs", 40, 1)])
        .unwrap();
    let report = repair(&home_dir);
    assert_eq!(report.mended, 0);
    assert!(
        report
            .found
            .faults
            .iter()
            .any(|fault| fault.place == Place::Record { log: Some(log), seq: Some(100), arrival: Some(hit) })
    );
    assert!(check(&home_dir).is_sound(), "{:?}", check(&home_dir).faults);
    let mut store = Store::open(&home_dir, &Settings::default()).unwrap();
    let kept = store.tip(&log).unwrap().seq;
    assert!((63..100).contains(&kept), "kept up to the last signature before the damage, {kept}");
    assert_eq!(store.cursor(&[1; 32].into()).unwrap(), None, "neighbours are compared with anew");
    // The log whose tip was damaged keeps what its last kept signature vouches for.
    let first = store.tip(&neighbours[0].tip().log).unwrap().seq;
    assert!(first <= neighbours[0].tip().seq);
    let aside = store.aside(0, 9_999).unwrap();
    assert_eq!(aside.len() as u64, report.aside);
    assert_eq!(aside.len() as u64, seq - kept + neighbours[0].tip().seq - first);
    assert_eq!(store.records_held().unwrap() + report.aside, before.len() as u64);
    // The rest comes again from a neighbour and fits.
    let lost = (kept + 1..=seq).map(|seq| {
        let (_, id) = before.iter().find(|(_, id)| neighbours[3].id_of(seq) == Some(*id)).unwrap();
        *id
    });
    assert_eq!(lost.count() as u64, seq - kept);
    let mut batch = Batch::new();
    batch.append(neighbours[3].all[usize::try_from(kept).unwrap() + 1..].to_vec(), neighbours[3].tip(), None);
    store.write(batch).unwrap();
    assert_eq!(store.tip(&log), Some(&neighbours[3].tip()));
    drop(store);
    assert!(check(&home_dir).is_sound());
}
