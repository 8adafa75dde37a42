//! A file that does not open any more: what of it reads is saved, what does not is said, and nothing of it is thrown away.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::{Path, PathBuf};

use common::{Neighbour, community, store_id};
use linli_record::NodeKey;
use linli_store::testing::Chance;
use linli_store::{Batch, OpenError, RepairReport, Settings, Store};

const ID: [u8; 16] = [8; 16];

/// A store with some hundred records of four neighbours, closed.
fn home(dir: &Path) -> u64 {
    let mut store = Store::create(dir, community(), store_id(), &Settings::default()).unwrap();
    let mut neighbours: Vec<Neighbour> = (0..4).map(Neighbour::new).collect();
    for day in 0..20 {
        let mut batch = Batch::new();
        for neighbour in &mut neighbours {
            neighbour.talk(12);
            let from = Some(NodeKey::from([day; 32]));
            batch.append(std::mem::take(&mut neighbour.waiting), neighbour.tip(), from);
        }
        store.write(batch).unwrap();
    }
    store.arrivals()
}

fn file(dir: &Path) -> PathBuf {
    dir.join("store.redb")
}

fn repair(dir: &Path) -> RepairReport {
    Store::repair(dir, Some(community()), ID.into(), &Settings::default(), &mut |_| {}).unwrap()
}

/// How many records the repaired store holds; it is sound and of the same community.
fn sound(dir: &Path) -> u64 {
    let store = Store::open(dir, &Settings::default()).unwrap();
    assert_eq!((store.community(), store.store_id()), (community(), ID.into()));
    let report = store.check(&mut |_| {});
    assert_eq!(report.faults, []);
    report.verified
}

/// Repairs these bytes in a folder of their own: they are kept, and this many records are saved.
fn repaired(dir: &Path, bytes: &[u8]) -> (RepairReport, u64) {
    std::fs::create_dir(dir).unwrap();
    std::fs::write(file(dir), bytes).unwrap();
    let report = repair(dir);
    let kept = report.damaged_file.as_ref().unwrap();
    assert!(std::fs::read(kept).unwrap().len() >= bytes.len(), "the damaged file was kept");
    let saved = sound(dir);
    assert_eq!(saved, report.found.verified);
    (report, saved)
}

#[test]
fn a_file_cut_short_gives_what_is_left_of_it_and_says_that_there_was_more() {
    let dir = tempfile::tempdir().unwrap();
    let records = home(&dir.path().join("s"));
    let whole = std::fs::read(file(&dir.path().join("s"))).unwrap();
    let used = whole.iter().rposition(|byte| *byte != 0).unwrap();
    let mut most = 0;
    for tenths in (0..8).rev() {
        let (report, saved) = repaired(&dir.path().join(tenths.to_string()), &whole[..used * tenths / 10]);
        println!("{tenths} tenths: {saved} of {records}");
        assert!(report.incomplete && !report.found.faults.is_empty(), "{report:?}");
        assert_eq!(report.fresh, saved == 0);
        assert!(saved <= records);
        most = most.max(saved);
    }
    assert!(most > records / 4, "{most} of {records}");
}

#[test]
fn a_file_full_of_noise_or_of_nothing_becomes_an_empty_store_of_the_same_community() {
    let dir = tempfile::tempdir().unwrap();
    home(&dir.path().join("s"));
    let mut chance = Chance(77);
    let noise: Vec<u8> = (0..200_000).map(|_| u8::try_from(chance.below(256)).unwrap()).collect();
    let mut headed = std::fs::read(file(&dir.path().join("s"))).unwrap();
    headed[512..].fill_with(|| u8::try_from(chance.below(256)).unwrap());
    for (name, bytes) in
        [("noise", &noise[..]), ("zeros", &[0; 9000][..]), ("empty", &[]), ("headed", &headed)]
    {
        let (report, saved) = repaired(&dir.path().join(name), bytes);
        assert_eq!((report.fresh, report.names_lost, saved), (true, true, 0), "{name}: {report:?}");
    }
    let gone = dir.path().join("gone");
    let report = repair(&gone);
    assert_eq!((report.fresh, report.damaged_file, sound(&gone)), (true, None, 0));
}

#[test]
fn nobody_makes_a_store_for_a_community_that_nobody_can_name() {
    let dir = tempfile::tempdir().unwrap();
    let nameless =
        |dir: &Path| Store::repair(dir, None, ID.into(), &Settings::default(), &mut |_| {}).unwrap_err();
    assert!(matches!(nameless(dir.path()), OpenError::NotFound(_)));
    std::fs::write(file(dir.path()), b"not a store").unwrap();
    assert!(matches!(nameless(dir.path()), OpenError::Nameless(_)));
    assert_eq!(std::fs::read(file(dir.path())).unwrap(), b"not a store", "it was left as it was");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_flipped_bit_that_keeps_the_file_from_opening_costs_at_most_one_page_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let records = home(&dir.path().join("s"));
    let whole = std::fs::read(file(&dir.path().join("s"))).unwrap();
    let here = dir.path().join("flipped");
    std::fs::create_dir(&here).unwrap();
    let mut shut = Vec::new();
    // At the head of every page lies what redb needs to open the file; in the last ones, which room is free.
    let used: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] != 0).collect();
    let heads = used.iter().filter(|at| *at % 4096 < 48).step_by(7);
    for at in heads.chain(used.iter().rev().take(6000).step_by(11)) {
        let mut bytes = whole.clone();
        bytes[*at] ^= 0x10;
        std::fs::write(file(&here), &bytes).unwrap();
        if let Err(OpenError::Damaged { what, .. }) = Store::open(&here, &Settings::default()).map(drop) {
            shut.push((*at, what));
        }
    }
    println!("{} do not open", shut.len());
    assert!(shut.len() > 10);
    for (at, what) in shut.iter().step_by(3) {
        let mut bytes = whole.clone();
        bytes[*at] ^= 0x10;
        let (report, saved) = repaired(&dir.path().join(at.to_string()), &bytes);
        let kept = saved + report.aside;
        // A damaged root leads nowhere.
        assert!(kept + 130 > records || report.incomplete, "byte {at}, {what}: {kept} of {records}");
        assert!(saved > 0 || *at > 4096, "byte {at}, {what}: the header alone costs nothing");
    }
}
