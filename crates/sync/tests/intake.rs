//! The single door: what is held is left out, what is new is verified, what contradicts is proven.

use linli_record::{CommunityId, LogId, RawRecord, Refused};
use linli_sync::testing::{Chance, Home};
use linli_sync::{Held, Intake, admit};

struct Street {
    community: CommunityId,
    chance: Chance,
    author: Home,
    log: LogId,
}

/// An author with `records` records beside the opening.
fn street(records: usize) -> Street {
    let mut chance = Chance::new(4);
    let community = CommunityId::from(chance.bytes());
    let mut author = Home::new(community, &mut chance);
    let write = |_| author.write(None, community, 30, &mut chance);
    let log = (0..records).map(write).last().expect("something is written");
    Street { community, chance, author, log }
}

impl Street {
    fn write(&mut self, records: usize) {
        for _ in 0..records {
            self.author.write(None, self.community, 30, &mut self.chance);
        }
    }

    fn run(&self, from: u64) -> Vec<RawRecord> {
        self.author.shelf.held(&self.log).run(from)
    }

    fn reader(&mut self) -> Home {
        Home::new(self.community, &mut self.chance)
    }

    fn admit(&self, reader: &Home, run: Vec<RawRecord>) -> Intake {
        admit(self.community, &self.log, &reader.shelf.held(&self.log), run, |_| true)
    }

    fn take(&self, reader: &mut Home, run: Vec<RawRecord>) {
        reader.shelf.take(&self.log, run, None);
    }
}

fn extends(intake: &Intake) -> Option<(usize, u64)> {
    match intake {
        Intake::Extends { records, tip } => Some((records.len(), tip.seq)),
        _ => None,
    }
}

#[test]
fn what_is_held_is_left_out_of_a_run_that_overlaps_it() {
    let mut street = street(40);
    let mut reader = street.reader();
    let first = street.run(0);
    assert_eq!(extends(&street.admit(&reader, first.clone())), Some((41, 40)));
    street.take(&mut reader, first.clone());
    assert_eq!(street.admit(&reader, first.clone()), Intake::Nothing);
    street.write(20);
    let more = street.run(10);
    assert_eq!(extends(&street.admit(&reader, more)), Some((20, 60)));
    let next = street.run(41);
    assert_eq!(extends(&street.admit(&reader, next)), Some((20, 60)));
}

#[test]
fn a_run_below_the_tip_is_nothing_new() {
    let mut street = street(200);
    let mut reader = street.reader();
    for from in [0, 64, 128, 192] {
        let run = street.run(from);
        street.take(&mut reader, run);
    }
    for from in [0, 30, 64, 100, 192] {
        let run = street.run(from);
        assert_eq!(street.admit(&reader, run), Intake::Nothing, "from {from}");
    }
}

#[test]
fn a_run_with_something_missing_before_it_is_a_gap() {
    let mut street = street(200);
    let mut reader = street.reader();
    assert_eq!(street.admit(&reader, street.run(64)), Intake::Gap { next: 0 });
    let first = street.run(0);
    street.take(&mut reader, first);
    assert_eq!(street.admit(&reader, street.run(128)), Intake::Gap { next: 64 });
}

#[test]
fn two_histories_are_proven_wherever_the_other_one_comes_in() {
    for (common, ours, theirs, from) in [
        (30, 20, 5, 0),
        (30, 20, 5, 31),
        (30, 5, 20, 33),
        (30, 5, 20, 36),
        (100, 1, 1, 101),
        (100, 20, 90, 110),
    ] {
        let mut street = street(common);
        let mut reader = street.reader();
        let (shelf, writers) = (street.author.shelf.clone(), street.author.writers.clone());
        street.write(ours);
        for start in (0..).step_by(64).take_while(|start| *start <= (common + ours) as u64) {
            let run = street.run(start);
            street.take(&mut reader, run);
        }
        assert_eq!(reader.shelf.held(&street.log).tip().unwrap().seq, (common + ours) as u64);
        (street.author.shelf, street.author.writers) = (shelf, writers);
        street.write(theirs);
        let run = street.run(from);
        assert!(!run.is_empty());
        let Intake::Fork(conflict) = street.admit(&reader, run) else { panic!("no fork from {from}") };
        assert_eq!(conflict.fork.log, street.log);
        assert!(conflict.fork.seq > common as u64);
        let lowest = conflict.branch[0].seq;
        assert!(lowest == (common + 1) as u64 || lowest >= from, "branch begins at {lowest}");
        let again = street.author.shelf.held(&street.log).tip().unwrap();
        assert!(conflict.proof.verify(&street.community, &again.key).is_ok());
    }
}

#[test]
fn a_forged_second_history_proves_nothing() {
    let mut street = street(30);
    let mut reader = street.reader();
    let first = street.run(0);
    street.take(&mut reader, first);
    let (shelf, writers) = (reader.shelf.clone(), street.author.writers.clone());
    street.write(5);
    let more = street.run(31);
    street.take(&mut reader, more);
    street.author.writers = writers;
    street.author.shelf = shelf;
    street.write(9);
    let mut run = street.run(31);
    let last = run.last_mut().unwrap();
    last.signature = Some(linli_record::Signature::from([1; 64]));
    assert!(matches!(street.admit(&reader, run), Intake::Refused(Refused::Signature { .. })));
}

#[test]
fn nothing_of_a_spoiled_run_is_taken() {
    let mut street = street(100);
    let reader = street.reader();
    let whole = street.run(0);
    type Spoil = fn(&mut Vec<RawRecord>);
    let spoils: [(&str, Spoil); 7] = [
        ("unsigned", |run| run.last_mut().unwrap().signature = None),
        ("signature", |run| run.last_mut().unwrap().signature = Some([7; 64].into())),
        ("payload", |run| run[5].payload.as_mut().unwrap()[0] ^= 1),
        ("broken", |run| drop(run.remove(9))),
        ("malformed", |run| run[9].header.truncate(20)),
        ("malformed", Vec::clear),
        ("too-large", |run| run.push(run[9].clone())),
    ];
    for (code, spoil) in spoils {
        let mut run = whole.clone();
        spoil(&mut run);
        let Intake::Refused(refused) = street.admit(&reader, run) else { panic!("{code} was taken") };
        assert_eq!(refused.code(), code);
    }
}

#[test]
fn a_run_of_another_log_is_refused_by_name() {
    let mut street = street(10);
    let reader = street.reader();
    let run = street.run(0);
    street.log = LogId::from([3; 32]);
    let Intake::Refused(refused) = street.admit(&reader, run) else { panic!("taken") };
    assert_eq!(refused.code(), "other-log");
}

#[test]
fn a_payload_that_is_not_wanted_is_verified_and_dropped() {
    let mut street = street(10);
    let reader = street.reader();
    let held = reader.shelf.held(&street.log);
    let intake = admit(street.community, &street.log, &held, street.run(0), |header| header.seq < 5);
    let Intake::Extends { records, .. } = intake else { panic!("not taken") };
    assert!(records.iter().all(|record| record.payload().is_some() == (record.seq < 5)));
}

/// A log whose newest records are accepted and not yet stored.
struct Pending<'a>(linli_sync::testing::MemoryHeld<'a>, linli_record::Tip);

impl Held for Pending<'_> {
    fn tip(&self) -> Option<linli_record::Tip> {
        Some(self.1.clone())
    }

    fn id(&self, seq: u64) -> Option<linli_record::RecordId> {
        self.0.id(seq)
    }

    fn run(&self, from: u64) -> Vec<RawRecord> {
        self.0.run(from)
    }
}

#[test]
fn a_second_history_of_what_is_not_stored_yet_is_no_offence() {
    let mut street = street(30);
    let mut reader = street.reader();
    let first = street.run(0);
    street.take(&mut reader, first);
    let (shelf, writers) = (street.author.shelf.clone(), street.author.writers.clone());
    street.write(5);
    let tip = street.author.shelf.held(&street.log).tip().unwrap();
    (street.author.shelf, street.author.writers) = (shelf, writers);
    street.write(9);
    for from in [0, 31, 36] {
        let held = Pending(reader.shelf.held(&street.log), tip.clone());
        let intake = admit(street.community, &street.log, &held, street.run(from), |_| true);
        assert_eq!(intake, Intake::Nothing, "from {from}");
    }
}
