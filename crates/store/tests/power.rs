//! Power cuts, full disks and bad sectors: what was acknowledged is there, the rest is there whole or not at all.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Neighbour, community, store_id};
use linli_record::{RecordId, Tip};
use linli_store::testing::{Chance, Plan, SimDisk};
use linli_store::{Batch, Store, WriteError};

/// A made-up week: batches of random sizes from a few neighbours, small values and caches beside.
fn week(seed: u64) -> Vec<(Batch, Vec<Tip>, Vec<RecordId>)> {
    let mut chance = Chance(seed);
    let mut neighbours: Vec<Neighbour> = (0..4).map(Neighbour::new).collect();
    let mut objects = Vec::new();
    (0..8u8)
        .map(|day| {
            let mut batch = Batch::new();
            let mut ids = Vec::new();
            for neighbour in &mut neighbours {
                for _ in 0..chance.below(if day == 5 { 80 } else { 6 }) {
                    neighbour.chatter(&mut chance, &objects);
                }
                ids.extend(neighbour.waiting.iter().map(|record| record.id()));
                neighbour.hand_over(&mut batch);
            }
            objects.extend(ids.first().copied());
            batch.name("day", vec![day]).cache("days", vec![day], Some(vec![day; 3000]));
            (batch, neighbours.iter().map(Neighbour::tip).collect(), ids)
        })
        .collect()
}

/// The store holds exactly the first `days` of the week.
fn holds(store: &Store, week: &[(Batch, Vec<Tip>, Vec<RecordId>)], days: usize, why: &str) {
    let mut tips: Vec<Tip> = days.checked_sub(1).map_or_else(Vec::new, |last| week[last].1.clone());
    tips.sort_by_key(|tip| tip.log);
    assert_eq!(store.tips().cloned().collect::<Vec<_>>(), tips, "{why}");
    let ids: Vec<RecordId> = week[..days].iter().flat_map(|(_, _, ids)| ids).copied().collect();
    assert_eq!(store.arrivals(), ids.len() as u64, "{why}");
    for (number, id) in (1..).zip(&ids) {
        assert_eq!(store.by_arrival(number).unwrap().unwrap().id(), *id, "{why}");
        assert!(store.holds(id).unwrap(), "{why}");
    }
    let day = days.checked_sub(1).map(|last| vec![u8::try_from(last).unwrap()]);
    assert_eq!(store.named("day").unwrap(), day, "{why}");
    assert_eq!(store.cache_scan("days", b"", 99).unwrap().len(), days, "{why}");
}

/// Writes until something fails; how many days were acknowledged.
fn live(store: &mut Store, week: &[(Batch, Vec<Tip>, Vec<RecordId>)]) -> (usize, Option<WriteError>) {
    for (day, (batch, ..)) in week.iter().enumerate() {
        if let Err(error) = store.write(batch.clone()) {
            let again = store.write(week[day].0.clone()).unwrap_err();
            assert!(matches!(again, WriteError::MustReopen), "{error}, then {again}");
            return (day, Some(error));
        }
    }
    (week.len(), None)
}

/// What is there after opening again: the acknowledged days, and perhaps the one that was being written.
fn found(disk: &SimDisk, week: &[(Batch, Vec<Tip>, Vec<RecordId>)], acknowledged: usize, why: &str) {
    let mut store = Store::open_on(disk).unwrap_or_else(|error| panic!("{why}: {error}"));
    let there = store.named("day").unwrap().map_or(0, |day| usize::from(day[0]) + 1);
    assert!(
        (acknowledged..=acknowledged + 1).contains(&there),
        "{why}: {there} days, {acknowledged} acknowledged"
    );
    holds(&store, week, there, why);
    let (_, error) = live(&mut store, &week[there..]);
    assert!(error.is_none(), "{why}: {error:?}");
    holds(&store, week, week.len(), why);
}

#[test]
fn nothing_acknowledged_is_lost_in_a_power_cut_at_any_sync() {
    for seed in 0..3 {
        let week = week(seed);
        let disk = SimDisk::new();
        let mut store = Store::create_on(&disk, community(), store_id()).unwrap();
        disk.plan(Plan::Healthy);
        assert_eq!(live(&mut store, &week).0, week.len());
        drop(store);
        let (_, syncs) = disk.counted();
        for sync in 1..=syncs {
            let disk = SimDisk::new();
            let mut store = Store::create_on(&disk, community(), store_id()).unwrap();
            disk.plan(Plan::PowerCut { sync });
            let (acknowledged, _) = live(&mut store, &week);
            drop(store);
            for tear in 0..6 {
                let why = format!("seed {seed}, power cut at sync {sync} of {syncs}, torn by {tear}");
                found(&disk.after_power_cut(tear), &week, acknowledged, &why);
            }
        }
    }
}

#[test]
fn a_full_disk_is_told_at_every_write_and_loses_nothing() {
    let week = week(7);
    let disk = SimDisk::new();
    let mut store = Store::create_on(&disk, community(), store_id()).unwrap();
    disk.plan(Plan::Healthy);
    live(&mut store, &week);
    let (writes, _) = disk.counted();
    drop(store);
    for write in 1..=writes {
        let disk = SimDisk::new();
        let mut store = Store::create_on(&disk, community(), store_id()).unwrap();
        disk.plan(Plan::Full { write });
        let (acknowledged, error) = live(&mut store, &week);
        let why = format!("seed 7, full at write {write} of {writes}");
        assert!(matches!(error, Some(WriteError::Full)), "{why}: {error:?}");
        holds(&store, &week, acknowledged, &why);
        drop(store);
        disk.plan(Plan::Healthy);
        found(&disk, &week, acknowledged, &why);
    }
}

#[test]
fn a_bad_sector_at_any_write_is_told_and_loses_nothing() {
    let week = week(8);
    let disk = SimDisk::new();
    let mut store = Store::create_on(&disk, community(), store_id()).unwrap();
    disk.plan(Plan::Healthy);
    live(&mut store, &week);
    let (writes, syncs) = disk.counted();
    drop(store);
    for operation in 1..=writes + syncs {
        let disk = SimDisk::new();
        let mut store = Store::create_on(&disk, community(), store_id()).unwrap();
        disk.plan(Plan::Fails { operation });
        let (acknowledged, error) = live(&mut store, &week);
        let why = format!("seed 8, operation {operation} of {} fails", writes + syncs);
        assert!(matches!(error, Some(WriteError::Uncertain(_))), "{why}: {error:?}");
        drop(store);
        disk.plan(Plan::Healthy);
        found(&disk, &week, acknowledged, &why);
    }
}

#[test]
fn a_store_goes_on_after_a_disk_fault_without_being_dropped() {
    let week = week(9);
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("s");
    let mut store = Store::create(&home, community(), store_id(), &linli_store::Settings::default()).unwrap();
    store.write(week[0].0.clone()).unwrap();
    assert!(!store.must_reopen());
    store.reopen(&linli_store::Settings::default()).unwrap();
    holds(&store, &week, 1, "reopened");
    // A store that can't be opened again says so; it is never an empty one.
    let file = home.join("store.redb");
    std::fs::rename(&file, home.join("away")).unwrap();
    assert!(matches!(
        store.reopen(&linli_store::Settings::default()),
        Err(linli_store::OpenError::NotFound(_))
    ));
    assert!(store.must_reopen());
    assert!(store.by_arrival(1).is_err());
    assert!(matches!(store.write(week[1].0.clone()), Err(WriteError::MustReopen)));
    assert_eq!(store.check(&mut |_| {}).faults.len(), 1);
    std::fs::rename(home.join("away"), &file).unwrap();
    store.reopen(&linli_store::Settings::default()).unwrap();
    assert_eq!(live(&mut store, &week[1..]).0, week.len() - 1);
    holds(&store, &week, week.len(), "went on");
}
