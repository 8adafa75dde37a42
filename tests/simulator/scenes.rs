//! Single scenes of the neighbourhood, each played on purpose: what once went wrong in a seed, at the smallest size that
//! shows it.

#![allow(clippy::unwrap_used, reason = "a test that can not go on fails")]

use linli_node::testing::{SimHome, SimNode};
use linli_node::vocabulary::{Answer, ConsentTerms, ForkView, Request};
use linli_record::{
    Branch, Draft, ForkProof, Incarnation, Kind, LogId, LogOpen, LogWriter, RawRecord, Record, SecretKey,
    Signature,
};
use linli_store::testing::Plan;
use linli_sync::{Outcome, Shelf as _};

use crate::Telling;
use crate::doctored::Lie;
use crate::home::Heart;
use crate::link::{Line, Link};
use crate::story::{self, FOUNDER, GATEWAY};
use crate::world::{Event, HOUR, MINUTE, World};

/// The first household after the founder's.
const ZHOU: usize = 2;

/// A founder, a gateway and a household, all linked.
fn three() -> World {
    let mut world = World::new(1, Telling::Quiet);
    story::found(&mut world).unwrap();
    story::join(&mut world, "Gateway", "gateway", None, Heart::Honest).unwrap();
    story::join(&mut world, "Zhou", "owner", Some("1-102"), Heart::Honest).unwrap();
    assert!(become_even(&mut world));
    world
}

/// Whether everyone shows the same within a day.
fn become_even(world: &mut World) -> bool {
    for _ in 0..24 {
        world.schedule(0, Event::Dial);
        world.run_until(world.now_ms + HOUR).unwrap();
        if crate::check::even(world).unwrap() {
            return true;
        }
    }
    false
}

fn node(world: &World, home: usize) -> &SimNode {
    world.homes[home].node.as_ref().unwrap()
}

fn height(world: &World, home: usize) -> u64 {
    node(world, home).register().unwrap().head().unwrap().height
}

fn thread(title: &str) -> Request {
    Request::ThreadOpen { title: title.into(), audience: None }
}

/// A copy of a home's folder, on a machine that looks different.
fn copied(world: &World, home: usize, name: &str) -> SimHome {
    let it = &world.homes[home].at;
    let at = SimHome {
        root: world.folder.path().join(name),
        disk: it.disk.copied(),
        machine: b"another".to_vec(),
    };
    std::fs::create_dir_all(&at.root).unwrap();
    std::fs::copy(it.root.join("device.key"), at.root.join("device.key")).unwrap();
    at
}

/// The home says something, in a log that goes on from `first` by however many lives.
fn speaks_on(mut node: SimNode, first: &LogId) {
    node.settle_down();
    let said = node.ask(thread("Here again"));
    assert!(matches!(said, Ok(Answer::Said { .. })), "{said:?}");
    let mut log = node.log().unwrap();
    assert_ne!(log, *first, "a copy writes no second history");
    while log != *first {
        let opening = node.store().records(&log, 0, 0).unwrap().remove(0);
        let open = LogOpen::parse(opening.body().unwrap()).unwrap();
        log = open.continues.expect("each life names the one before");
    }
}

#[test]
fn a_home_that_lost_power_in_the_middle_of_a_new_life_speaks_on() {
    let world = three();
    let first = node(&world, ZHOU).log().unwrap();
    let mut cuts = 0;
    for sync in 1.. {
        let mut at = copied(&world, ZHOU, &format!("cut-{sync}"));
        at.disk.plan(Plan::PowerCut { sync });
        drop(at.open());
        if !at.disk.is_dead() {
            break;
        }
        cuts += 1;
        at.disk = at.disk.after_power_cut(sync);
        speaks_on(at.open().unwrap(), &first);
    }
    assert!(cuts >= 4, "only {cuts} moments to lose power at");
}

#[test]
fn a_home_whose_disk_was_full_in_the_middle_of_a_new_life_speaks_on() {
    let world = three();
    let first = node(&world, ZHOU).log().unwrap();
    let mut full = 0;
    for write in 1.. {
        let at = copied(&world, ZHOU, &format!("full-{write}"));
        at.disk.plan(Plan::Full { write });
        let opened = at.open();
        let (writes, _) = at.disk.counted();
        at.disk.plan(Plan::Healthy);
        match opened {
            Ok(_) if writes < write => break,
            Ok(node) => speaks_on(node, &first),
            Err(_) => speaks_on(at.open().unwrap(), &first),
        }
        full += 1;
    }
    assert!(full >= 4, "only {full} moments for the disk to be full at");
}

#[test]
fn a_block_that_the_witness_did_not_sign_ends_the_link_and_leaves_the_register_as_it_was() {
    let mut world = three();
    world.unplug(GATEWAY);
    world.homes[GATEWAY].heart = Heart::Liar;
    let before = height(&world, ZHOU);
    for lie in [Lie::InventsBlocks, Lie::ChangesBlocks] {
        if lie == Lie::ChangesBlocks {
            // Somebody has to lack the block that is changed.
            world.unplug(ZHOU);
            decide(&mut world);
            meet(&mut world, [FOUNDER, GATEWAY], None);
            assert_eq!(height(&world, GATEWAY), height(&world, FOUNDER));
            assert!(height(&world, FOUNDER) > before);
        }
        let expelled = world.tally.expelled;
        meet(&mut world, [GATEWAY, ZHOU], Some(lie));
        assert_eq!(world.tally.expelled, expelled + 1, "{lie:?}: {:#?}", world.trace.tail());
        assert_eq!(height(&world, ZHOU), before, "{lie:?}");
    }
    assert!(become_even(&mut world));
    assert!(height(&world, ZHOU) > before);
}

/// The founder says something that the register settles at once.
fn decide(world: &mut World) {
    let terms = ConsentTerms {
        gateway: "Gateway".into(),
        source: "stair-1/door".into(),
        purpose: "to know that the door shuts".into(),
        viewers: "everyone".into(),
        retention_days: 30,
        days: None,
        motion: String::new(),
    };
    world.ask(FOUNDER, "consents", Request::ConsentGrant(terms)).unwrap().unwrap();
}

/// Two homes are linked for a while; the first may lie.
fn meet(world: &mut World, ends: [usize; 2], lie: Option<Lie>) {
    let mask = lie.and_then(|lie| crate::mask::mask(world, ends[0], ends[1], lie));
    let tainted = mask.is_some();
    let masks = [mask, None];
    let link = Link { ends, ways: Default::default(), line: Line::Sound, latency_ms: 5, masks, tainted };
    world.connect(link);
    world.run_until(world.now_ms + MINUTE).unwrap();
}

/// A log that the register never settles, because nobody enrolled its key; and two ways it goes on.
struct Stranger {
    log: LogId,
    opening: RawRecord,
    goes_on: [Record; 2],
}

impl Stranger {
    fn of(world: &World) -> Self {
        let key = SecretKey::from_bytes(&[9; 32]);
        let open = LogOpen::member(&key, Incarnation::from([1; 16]), None, "a stranger");
        let community = node(world, FOUNDER).shelf().community();
        let begun = LogWriter::begin(community, key, &open, [0; 16], 0, 1).unwrap();
        let branch = |salt| begun.clone().append(Draft::new(Kind::new(144)), b"\xa0", [salt; 16], 2).unwrap();
        Self { log: begun.tip().log, opening: begun.opening().to_raw(), goes_on: [branch(1), branch(2)] }
    }

    fn branch(&self, which: usize) -> Vec<RawRecord> {
        vec![self.opening.clone(), self.goes_on[which].to_raw()]
    }
}

fn hand(world: &mut World, home: usize, log: LogId, run: Vec<RawRecord>) -> Outcome {
    world.call(home, |node| node.hand(&log, run)).unwrap()
}

fn forks(world: &mut World, home: usize) -> Vec<ForkView> {
    match world.ask(home, "looks", Request::Status) {
        Some(Ok(Answer::Status(status))) => status.forks,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_proven_fork_counts_though_the_register_never_knew_the_log() {
    let mut world = three();
    let stranger = Stranger::of(&world);
    world.unplug(GATEWAY);
    assert_eq!(hand(&mut world, FOUNDER, stranger.log, stranger.branch(0)), Outcome::Kept);
    assert_eq!(hand(&mut world, GATEWAY, stranger.log, stranger.branch(1)), Outcome::Kept);
    assert!(become_even(&mut world), "each holds another branch, and no block chose one");
    for home in [FOUNDER, GATEWAY, ZHOU] {
        assert!(node(&world, home).register().unwrap().log_number(&stranger.log).is_none());
        assert!(forks(&mut world, home).iter().any(|fork| fork.log == stranger.log && fork.proof.is_some()));
    }
}

#[test]
fn a_false_claim_that_a_log_has_two_histories_neither_counts_nor_hides_the_true_proof() {
    let mut world = three();
    let stranger = Stranger::of(&world);
    let signed = |which: usize| {
        let header = stranger.goes_on[which].header().clone();
        Branch::new(vec![header], Signature::from_slice(&[7; 64]).unwrap()).unwrap()
    };
    let claimed = ForkProof::new(signed(0), signed(1)).unwrap();
    // Said before anyone holds the log: that it is false can't be known yet.
    world
        .call(GATEWAY, |node| node.say_unchecked(claimed.carry().draft, &claimed.to_bytes()))
        .unwrap()
        .unwrap();
    assert!(become_even(&mut world));
    for home in [FOUNDER, GATEWAY, ZHOU] {
        assert_eq!(hand(&mut world, home, stranger.log, stranger.branch(0)), Outcome::Kept);
        assert!(forks(&mut world, home).is_empty(), "a claim that proves nothing");
    }
    world.unplug(ZHOU);
    let second = vec![stranger.goes_on[1].to_raw()];
    assert!(matches!(hand(&mut world, ZHOU, stranger.log, second), Outcome::Forked(_)));
    assert!(become_even(&mut world));
    for home in [FOUNDER, GATEWAY, ZHOU] {
        assert!(forks(&mut world, home).iter().any(|fork| fork.log == stranger.log && fork.proof.is_some()));
    }
}
