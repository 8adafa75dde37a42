//! What goes in comes out, byte for byte, and nothing else is believed.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Neighbour, community, store_id};
use linli_record::{AudienceId, BlobHash, Block, Draft, Kind, NodeKey, Record, SecretKey, StoreId};
use linli_store::testing::{Chance, SimDisk};
use linli_store::{Batch, Op, OpenError, Settings, Store, WriteError};

fn sim() -> (SimDisk, Store) {
    let disk = SimDisk::new();
    let store = Store::create_on(&disk, community(), store_id()).unwrap();
    (disk, store)
}

/// What a store gives back: kept signatures only, and the tip's.
fn kept(records: &[Record]) -> Vec<Record> {
    let last = records.len() - 1;
    let raw = records.iter().enumerate().map(|(index, record)| {
        let mut raw = record.to_raw();
        raw.signature = raw.signature.filter(|_| record.keeps_signature() || index == last);
        Record::recall(raw).unwrap()
    });
    raw.collect()
}

#[test]
fn every_record_of_every_neighbour_reads_back_byte_for_byte() {
    let (disk, mut store) = sim();
    let mut chance = Chance(11);
    let mut neighbours: Vec<Neighbour> = (0..5).map(Neighbour::new).collect();
    neighbours.push(Neighbour::with_audience(6, Some(AudienceId::from([4; 16]))));
    let mut said: Vec<Vec<Record>> = neighbours.iter().map(|one| one.waiting.clone()).collect();
    let mut objects = Vec::new();
    for _ in 0..120 {
        let mut batch = Batch::new();
        for (neighbour, said) in neighbours.iter_mut().zip(&mut said) {
            for _ in 0..chance.below(4) {
                neighbour.chatter(&mut chance, &objects);
                let record = neighbour.waiting.last().unwrap().clone();
                objects.extend(Some(record.id()).filter(|_| record.object.is_none() && objects.len() < 40));
                said.push(record);
            }
            neighbour.hand_over(&mut batch);
        }
        store.write(batch).unwrap();
    }
    drop(store);
    let store = Store::open_on(&disk).unwrap();
    for (neighbour, said) in neighbours.iter().zip(&said) {
        let tip = neighbour.tip();
        assert_eq!(store.tip(&tip.log), Some(&tip));
        assert_eq!(store.records(&tip.log, 0, tip.seq).unwrap(), kept(said));
        for (record, kept) in said.iter().zip(kept(said)) {
            assert_eq!(store.record(&record.id()).unwrap(), Some(kept.clone()));
            assert_eq!(store.id_at(&tip.log, record.seq).unwrap(), Some(record.id()));
        }
    }
    let all: Vec<&Record> = said.iter().flatten().collect();
    assert_eq!(store.arrivals(), all.len() as u64);
    for object in &objects {
        let held = store.object(object).unwrap();
        assert_eq!(held[0].id(), *object);
        let expected = all.iter().filter(|record| record.object == Some(*object)).count();
        assert_eq!(held.len() - 1, expected);
    }
    let kind = Kind::new(102);
    let expected = all.iter().filter(|record| record.kind == kind && record.object.is_none()).count();
    let beginnings = store.beginnings(kind, 0, 4096).unwrap();
    assert_eq!(beginnings.len(), expected);
    assert_eq!(store.beginnings_before(kind, u64::MAX, 4096).unwrap(), beginnings);
    assert_eq!(store.beginnings(kind, beginnings[2].arrival, 2).unwrap(), beginnings[3..5]);
}

#[test]
fn runs_to_send_end_at_a_signature() {
    let (_disk, mut store) = sim();
    let mut neighbour = Neighbour::new(1);
    neighbour.talk(149);
    neighbour.store(&mut store);
    let log = neighbour.tip().log;
    let lengths: Vec<_> =
        [0, 64, 128, 149, 150].iter().map(|from| store.run(&log, *from).unwrap().len()).collect();
    assert_eq!(lengths, [64, 64, 22, 1, 0]);
    let (mut chain, _) = linli_record::Chain::open(community(), store.run(&log, 0).unwrap()).unwrap();
    chain.extend(store.run(&log, 64).unwrap()).unwrap();
    chain.extend(store.run(&log, 128).unwrap()).unwrap();
    assert_eq!(Some(chain.tip()), store.tip(&log));
}

#[test]
fn the_signature_of_a_tip_goes_when_the_tip_is_passed() {
    let (_disk, mut store) = sim();
    let mut neighbour = Neighbour::new(1);
    let first = neighbour.say(Draft::new(Kind::new(145)), b"\x40");
    neighbour.store(&mut store);
    assert!(store.record(&first.id()).unwrap().unwrap().signature().is_some());
    neighbour.talk(1);
    neighbour.store(&mut store);
    assert!(store.record(&first.id()).unwrap().unwrap().signature().is_none());
}

#[test]
fn arrivals_tell_which_neighbour_brought_them() {
    let (disk, mut store) = sim();
    let (a, b) = (NodeKey::from([1; 32]), NodeKey::from([2; 32]));
    for (number, from) in [(1, Some(a)), (2, None), (3, Some(b)), (4, Some(a))] {
        let mut neighbour = Neighbour::new(number);
        let mut batch = Batch::new();
        batch.append(std::mem::take(&mut neighbour.waiting), neighbour.tip(), from);
        batch.cursor(a, StoreId::from([5; 16]), number);
        store.write(batch).unwrap();
    }
    drop(store);
    let store = Store::open_on(&disk).unwrap();
    let from: Vec<_> = store.arrivals_after(0, 10).unwrap().iter().map(|arrival| arrival.from).collect();
    assert_eq!(from, [Some(a), None, Some(b), Some(a)]);
    assert_eq!(store.arrivals_after(2, 1).unwrap()[0].number, 3);
    assert_eq!(store.cursor(&a).unwrap(), Some((StoreId::from([5; 16]), 4)));
    assert_eq!(store.cursor(&b).unwrap(), None);
}

#[test]
fn a_forgotten_text_leaves_its_header_and_may_come_back() {
    let (_disk, mut store) = sim();
    let mut neighbour = Neighbour::new(1);
    let said = neighbour.say(Draft::new(Kind::new(145)), b"\x41x");
    neighbour.talk(1);
    neighbour.store(&mut store);
    store.write(Op::DropPayload(said.id()).into()).unwrap();
    let held = store.record(&said.id()).unwrap().unwrap();
    assert_eq!((held.payload(), held.header()), (None, said.header()));
    let wrong = store.write(Op::Payload { id: said.id(), payload: vec![0; 18] }.into());
    assert!(matches!(wrong, Err(WriteError::Payload(_))));
    store.write(Op::Payload { id: said.id(), payload: said.payload().unwrap().to_vec() }.into()).unwrap();
    assert_eq!(store.record(&said.id()).unwrap().unwrap().payload(), said.payload());
    let unknown = store.write(Op::DropPayload([0; 32].into()).into());
    assert!(matches!(unknown, Err(WriteError::Unknown(_))));
}

#[test]
fn records_that_do_not_follow_are_not_taken_and_the_store_goes_on() {
    let (_disk, mut store) = sim();
    let mut neighbour = Neighbour::new(1);
    neighbour.talk(5);
    let late = neighbour.waiting.split_off(3);
    let misfit = |store: &mut Store, records: &[Record], tip| {
        let mut batch = Batch::new();
        batch.name("beside", b"x".to_vec());
        batch.append(records.to_vec(), tip, None);
        assert!(matches!(store.write(batch), Err(WriteError::Misfit { .. })));
        assert_eq!(
            (store.arrivals(), store.named("beside").unwrap()),
            (0, None),
            "nothing of the batch is there"
        );
    };
    misfit(&mut store, &late, neighbour.tip());
    misfit(&mut store, &[], neighbour.tip());
    misfit(&mut store, &neighbour.waiting.clone(), neighbour.tip());
    neighbour.waiting.extend(late);
    let hole = [neighbour.waiting[..2].to_vec(), neighbour.waiting[3..].to_vec()].concat();
    misfit(&mut store, &hole, neighbour.tip());
    neighbour.store(&mut store);
    assert_eq!(store.arrivals(), 6);
}

#[test]
fn of_two_histories_both_are_kept_and_the_settled_one_takes_the_log() {
    let (disk, mut store) = sim();
    let mut honest = Neighbour::new(1);
    honest.talk(9);
    honest.store(&mut store);
    let mut other = honest.clone();
    honest.talk(5);
    let ours = honest.waiting.clone();
    honest.store(&mut store);
    other.say(Draft::new(Kind::new(150)), b"\x41y");
    other.talk(2);
    let log = honest.tip().log;

    store.write(Op::Fork(other.waiting.clone()).into()).unwrap();
    store.write(Op::Fork(other.waiting[..1].to_vec()).into()).unwrap();
    let forks = store.forks(&log).unwrap();
    assert_eq!((forks.len(), forks[0].seq, forks[0].made_way), (1, 10, false));
    assert_eq!(forks[0].records, other.waiting);
    assert_eq!(store.tip(&log), Some(&honest.tip()));

    let replace = Op::ReplaceBranch { records: other.waiting.clone(), tip: other.tip(), from: None };
    store.write(replace.into()).unwrap();
    drop(store);
    let mut store = Store::open_on(&disk).unwrap();
    assert_eq!(store.tip(&log), Some(&other.tip()));
    assert_eq!(store.records(&log, 10, 99).unwrap(), kept(&other.waiting));
    let forks = store.forks(&log).unwrap();
    assert_eq!((forks.len(), forks[0].seq, forks[0].made_way), (1, 10, true));
    assert_eq!(forks[0].records, kept(&ours));
    assert!(ours.iter().all(|record| !store.holds(&record.id()).unwrap()));
    assert_eq!(store.forked().unwrap(), [log]);
    other.waiting.clear();
    other.talk(3);
    other.store(&mut store);
    assert_eq!(store.tip(&log), Some(&other.tip()));
    assert_eq!(store.arrivals(), 21, "numbers are not used twice");
}

fn block(height: u64, era: u64, prev: Option<linli_record::BlockId>) -> linli_record::CertifiedBlock {
    let block = Block {
        version: 1,
        community: community(),
        era,
        height,
        prev,
        time_ms: 1000 + height,
        rules: 1,
        opened: vec![],
        tips: vec![],
        snapshot: None,
        base: None,
    };
    block.certify_alone(&SecretKey::from_bytes(&[1; 32]))
}

#[test]
fn a_new_era_takes_the_place_of_the_old_ones_blocks_which_stay_to_be_seen() {
    let (disk, mut store) = sim();
    let put = |store: &mut Store, block: &linli_record::CertifiedBlock, state: &[u8]| {
        store.write(Op::Block { block: block.clone(), state: state.to_vec() }.into())
    };
    let first = block(0, 0, None);
    let second = block(1, 0, Some(first.id()));
    let third = block(2, 0, Some(second.id()));
    for (block, state) in [(&first, b"a"), (&second, b"b"), (&third, b"c")] {
        put(&mut store, block, state).unwrap();
    }
    let stranger = block(3, 0, Some(first.id()));
    assert!(matches!(put(&mut store, &stranger, b""), Err(WriteError::Block { height: 3, .. })));
    let twin = block(1, 0, Some(stranger.id()));
    assert!(matches!(put(&mut store, &twin, b""), Err(WriteError::Block { height: 1, .. })));
    let era = block(1, 1, Some(first.id()));
    put(&mut store, &era, b"new").unwrap();
    drop(store);
    let store = Store::open_on(&disk).unwrap();
    assert_eq!(store.head().map(|head| (head.height, head.id)), Some((1, era.id())));
    assert_eq!(store.block(1).unwrap(), Some(era));
    assert_eq!((store.block(2).unwrap(), store.rivals(2).unwrap()), (None, vec![third]));
    assert_eq!(store.rivals(1).unwrap(), [second]);
    assert_eq!(store.state().unwrap(), Some((1, b"new".to_vec())));
}

#[test]
fn small_things_beside_the_records_are_kept() {
    let (_disk, mut store) = sim();
    let id = [7; 32].into();
    let mut batch = Batch::new();
    batch.name("phrase", b"heron".to_vec()).push(Op::Verdict(id, Some(b"waiting".to_vec())));
    for entry in [&b"a1"[..], b"a2", b"b1"] {
        batch.cache("notices", entry, Some(entry.to_vec()));
        batch.cache("noticesx", entry, Some(vec![]));
    }
    store.write(batch).unwrap();
    assert_eq!(store.named("phrase").unwrap().unwrap(), b"heron");
    assert_eq!(store.verdict(&id).unwrap().unwrap(), b"waiting");
    assert_eq!(store.cached("notices", b"a2").unwrap().unwrap(), b"a2");
    let scanned: Vec<_> =
        store.cache_scan("notices", b"a2", 9).unwrap().into_iter().map(|(key, _)| key).collect();
    assert_eq!(scanned, [b"a2", b"b1"]);
    store.write(Op::ClearCache("notices".to_owned()).into()).unwrap();
    store.write(Op::Verdict(id, None).into()).unwrap();
    assert!(store.cache_scan("notices", b"", 9).unwrap().is_empty() && store.verdicts().unwrap().is_empty());
    assert_eq!(store.cache_scan("noticesx", b"", 9).unwrap().len(), 3);
}

#[test]
fn a_store_is_never_opened_as_empty_and_by_one_program_only() {
    let dir = tempfile::tempdir().unwrap();
    let (home, settings) = (dir.path().join("store"), Settings::default());
    assert!(matches!(Store::open(&home, &settings), Err(OpenError::NotFound(_))));
    let store = Store::create(&home, community(), store_id(), &settings).unwrap();
    let locked = Store::open(&home, &settings).unwrap_err();
    assert!(locked.to_string().contains("in use by another Linli"), "{locked}");
    assert!(matches!(
        Store::create(&home, community(), store_id(), &settings),
        Err(OpenError::Exists(_) | OpenError::Locked(_))
    ));
    drop(store);
    let file = home.join("store.redb");
    let whole = std::fs::read(&file).unwrap();
    for damaged in [&b""[..], b"not a store", &whole[..100], &whole[..whole.len() / 2]] {
        std::fs::write(&file, damaged).unwrap();
        let error = Store::open(&home, &settings).unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
        assert_eq!(std::fs::read(&file).unwrap(), damaged, "a damaged file is left as it is");
    }
    std::fs::write(&file, whole).unwrap();
    let mut store = Store::open(&home, &settings).unwrap();
    store.restamp(StoreId::from([8; 16])).unwrap();
    drop(store);
    assert_eq!(Store::open(&home, &settings).unwrap().store_id(), StoreId::from([8; 16]));
}

#[test]
fn an_attachment_gets_its_name_only_when_it_is_the_announced_one() {
    use std::io::Write;
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let mut store = Store::create(&home, community(), store_id(), &Settings::default()).unwrap();
    let picture = vec![0x5a; 200_000];
    let hash = BlobHash::from(*blake3::hash(&picture).as_bytes());
    let held = |held| Op::Blob { hash, size: 200_000, held };
    assert!(matches!(store.write(held(true).into()), Err(WriteError::Blob(_))));
    store.write(held(false).into()).unwrap();
    let mut wrong = store.receive_blob(hash, 200_000).unwrap();
    wrong.write_all(&picture[1..]).unwrap();
    wrong.write_all(b"!").unwrap();
    assert!(wrong.finish().is_err());
    let mut long = store.receive_blob(hash, 10).unwrap();
    assert!(long.write_all(&picture).is_err());
    drop(long);
    assert!(!store.blob_path(&hash).unwrap().exists());
    let mut right = store.receive_blob(hash, 200_000).unwrap();
    picture.chunks(777).for_each(|piece| right.write_all(piece).unwrap());
    let entry = right.finish().unwrap();
    assert!(entry.held);
    store.write(held(true).into()).unwrap();
    assert_eq!(store.read_blob(&hash).unwrap(), Some(picture));
    assert_eq!(store.blobs(&[0; 32].into(), 9).unwrap(), [entry]);
    store.write(Op::ForgetBlob(hash).into()).unwrap();
    assert!(!store.blob_path(&hash).unwrap().exists() && store.blob(&hash).unwrap().is_none());
}
