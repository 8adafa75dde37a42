//! The register under a member whose record is not whole, a neighbour's made-up blocks, a key that signed twice, a store
//! that was put back.

#![allow(clippy::unwrap_used)]

use linli_community::kinds;
use linli_community::register::statement::{RollChange, Statement as _};
use linli_record::{BlobHash, BlobRef, Block, CertifiedBlock, Draft, Flags, SecretKey};
use linli_store::testing::SimDisk;
use linli_sync::Outcome as Kept;
use tempfile::TempDir;

use crate::actor;
use crate::chance::Clock;
use crate::core::Core;
use crate::core::testing::{self, SimHome};
use crate::home::{Home, Simulated};
use crate::node::Founding;
use crate::{Network, core::own::Saying};

const BEGUN_MS: u64 = 1_790_000_000_000;

struct Founder {
    _folder: TempDir,
    at: SimHome,
    now_ms: u64,
}

impl Founder {
    fn new() -> (Self, Core) {
        let folder = tempfile::tempdir().unwrap();
        let at =
            SimHome { root: folder.path().join("home"), disk: SimDisk::new(), machine: b"machine".to_vec() };
        testing::begin(1);
        testing::set_clock(BEGUN_MS);
        let founding = Founding {
            name: "Guihuali".into(),
            unit: "1-101".into(),
            label: "Shen".into(),
            language: "zh-CN".into(),
        };
        at.found(&founding).unwrap();
        let founder = Self { _folder: folder, at, now_ms: BEGUN_MS };
        let core = founder.open();
        (founder, core)
    }

    fn open(&self) -> Core {
        let simulated = Simulated { disk: self.at.disk.clone(), machine: self.at.machine.clone() };
        let home = Home::open(&self.at.root).unwrap().simulate(simulated);
        Core::open(home, actor::channel().0, Clock::default(), Network::Off).unwrap()
    }

    fn later(&mut self) {
        self.now_ms += 60_000;
        testing::set_clock(self.now_ms);
    }

    fn says(&mut self, core: &mut Core) {
        self.later();
        let objection =
            linli_community::register::statement::Objection { about: None, text: "too loud".into() };
        core.say(Saying {
            draft: linli_community::register::statement::Objection::draft(),
            body: objection.body(),
        })
        .unwrap();
        core.settle_down();
    }
}

fn height(core: &Core) -> u64 {
    core.head().unwrap().height
}

fn signed_by(core: &Core, change: impl FnOnce(&mut Block), key: &SecretKey) -> CertifiedBlock {
    let head = core.head().unwrap();
    let held = core.store.block(head.height).unwrap().unwrap();
    let mut block = Block::parse(&held.bytes).unwrap();
    block.height += 1;
    block.prev = Some(head.id);
    block.time_ms += 1;
    (block.opened, block.tips) = (Vec::new(), Vec::new());
    change(&mut block);
    block.certify_alone(key)
}

#[test]
fn nothing_is_signed_that_waits_for_bytes_nobody_has_and_it_settles_when_they_come() {
    let (mut founder, mut core) = Founder::new();
    let before = height(&core);
    founder.later();
    let annex = b"a roll nobody has".to_vec();
    let hash = BlobHash::from(*blake3::hash(&annex).as_bytes());
    let made = core.state.as_ref().unwrap().made();
    let change = RollChange {
        made,
        fingerprint: [7; 32].into(),
        roll: None,
        ends: Vec::new(),
        as_of_ms: 0,
        source: "register".into(),
    };
    let mut draft = RollChange::draft();
    draft.flags = draft.flags.with(Flags::REQUIRED_ANNEX);
    draft.blobs.push(BlobRef { hash, size: annex.len() as u64, flag: 0 });
    core.say(Saying { draft, body: change.body() }).unwrap();
    core.settle_down();
    assert_eq!(height(&core), before);
    assert!(core.order.waiting.is_empty(), "no block was signed that can't be applied");
    core.keep_attachment(&annex).unwrap();
    core.settle_down();
    assert_eq!(height(&core), before + 1, "it settles as soon as it is whole");
}

#[test]
fn a_block_the_witness_did_not_sign_waits_nowhere_and_displaces_none() {
    let (_founder, mut core) = Founder::new();
    let witness = core.witness.take().unwrap();
    let stranger = SecretKey::from_bytes(&[9; 32]);
    let next = height(&core) + 1;
    let forged = signed_by(&core, |_| {}, &stranger);
    assert_eq!(core.take_block(forged), Kept::Forged);
    let later = |block: &mut Block| {
        block.height += 1;
        block.prev = Some([3; 32].into());
    };
    // Who signs the block after the next one, the next one may say: it is asked for again.
    let early = signed_by(&core, later, &stranger);
    assert_eq!(core.take_block(early), Kept::Declined);
    assert!(core.order.waiting.is_empty());
    let genuine = signed_by(&core, later, &witness.signing);
    assert_eq!(core.take_block(genuine.clone()), Kept::Kept);
    let forged = signed_by(&core, later, &stranger);
    assert_eq!(core.take_block(forged), Kept::Declined);
    assert_eq!(core.order.waiting[&(next + 1)], genuine);
    let far = signed_by(&core, |block| block.height += super::AHEAD, &witness.signing);
    assert_eq!(core.take_block(far), Kept::Declined);
}

#[test]
fn rule_15_two_blocks_at_one_height_stop_power_and_are_shown_after_a_restart() {
    let (mut founder, mut core) = Founder::new();
    let signing = core.witness.as_ref().unwrap().signing.clone();
    founder.later();
    let other = signed_by(&core, |block| block.time_ms += 7, &signing);
    founder.says(&mut core);
    let at = height(&core);
    assert_eq!(core.take_block(other), Kept::Known);
    assert!(core.warnings.contains_key("two-blocks"));
    founder.says(&mut core);
    assert_eq!(height(&core), at, "power is judged no more");
    core.close();
    drop(core);
    let mut core = founder.open();
    assert!(core.warnings.contains_key("two-blocks"), "and a restart forgets nothing");
    assert_eq!(core.store.rivals(at).unwrap().len(), 1);
    core.settle_down();
    assert_eq!(height(&core), at);
    assert_eq!(
        core.propose(kinds::ROLL, Draft::new(kinds::ROLL), Vec::new()).unwrap_err().code,
        "two-blocks"
    );
}

#[test]
fn rule_15_a_witness_whose_store_was_put_back_signs_nothing_until_it_has_what_it_signed() {
    let (mut founder, mut core) = Founder::new();
    core.close();
    drop(core);
    let backup = founder.at.disk.copied();
    let mut core = founder.open();
    founder.says(&mut core);
    let (at, lost) = (height(&core), core.store.block(height(&core)).unwrap().unwrap());
    let said = core.store.records(&core.own_log().unwrap(), 1, 9).unwrap();
    core.close();
    drop(core);
    founder.at.disk = backup;
    let mut core = founder.open();
    assert_eq!(height(&core), at - 1);
    founder.later();
    core.order.waits.power = true;
    core.settle_down();
    assert_eq!(height(&core), at - 1, "no second block at a height that was published");
    assert!(core.warnings.contains_key("witness-behind"));
    // A neighbour brings what was lost.
    let log = core.own_log().unwrap();
    let raw = said.iter().map(linli_record::Record::to_raw).collect();
    core.admit_run(None, &log, raw);
    core.commit_pending();
    assert_eq!(core.take_block(lost.clone()), Kept::Kept);
    core.settle_down();
    assert_eq!(core.store.block(at).unwrap().unwrap().id(), lost.id());
    assert!(!core.warnings.contains_key("witness-behind"));
}
