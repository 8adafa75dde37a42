//! Register blocks and their certificates.

use linli_record::block::{era_and_height, quorum, seen, vote_message};
use linli_record::{
    Block, BlockId, BlockTip, Certificate, CertifiedBlock, DeviceKey, LogId, RecordId, block::Vote, limits,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use crate::any::{community, damage, key};

prop_compose! {
    fn block()(
        era in 0..limits::ERAS, height in 0..1u64 << limits::HEIGHT_BITS, prev in any::<[u8; 32]>(),
        time_ms in any::<u64>(), rules in any::<u32>(), opened in vec(any::<[u8; 32]>(), 0..4),
        tips in btree_map(any::<u32>(), (any::<u64>(), any::<[u8; 32]>()), 0..6),
        snapshot in option::of(any::<[u8; 32]>()), base in option::of(any::<[u8; 32]>()),
    ) -> Block {
        Block {
            version: 1,
            community: community(),
            era,
            height,
            prev: (height > 0).then(|| BlockId::from(prev)),
            time_ms,
            rules,
            opened: opened.into_iter().map(LogId::from).collect(),
            tips: tips.into_iter().map(|(number, (seq, id))| BlockTip { number, seq, id: RecordId::from(id) }).collect(),
            snapshot: snapshot.map(Into::into),
            base: base.filter(|_| era > 0 && height > 0).map(BlockId::from),
        }
    }
}

proptest! {
    #[test]
    fn a_block_reads_back_exactly_what_was_written(block in block()) {
        let bytes = block.to_bytes();
        prop_assert_eq!(Block::parse(&bytes).unwrap(), block);
    }

    #[test]
    fn a_damaged_block_is_refused_or_has_another_id_and_one_encoding(block in block(), damage in damage()) {
        let damaged = damage.done_to(&block.to_bytes());
        if let Ok(read) = Block::parse(&damaged) {
            prop_assert_eq!(read.to_bytes(), &damaged[..]);
            prop_assert_eq!(read.id() == block.id(), read == block);
        }
    }

    #[test]
    fn what_was_seen_orders_by_era_then_height(
        one in (0..limits::ERAS, 0..1u64 << limits::HEIGHT_BITS), other in (0..limits::ERAS, 0..1u64 << limits::HEIGHT_BITS)
    ) {
        prop_assert_eq!(era_and_height(seen(one.0, one.1)), one);
        prop_assert_eq!(seen(one.0, one.1).cmp(&seen(other.0, other.1)), one.cmp(&other));
        prop_assert_eq!(seen(0, one.1), one.1);
    }

    #[test]
    fn a_damaged_certified_block_is_refused(block in block(), damage in damage()) {
        let certified = block.certify_alone(&key(1));
        let bytes = certified.to_bytes();
        prop_assert_eq!(CertifiedBlock::parse(&bytes).unwrap(), certified);
        let damaged = damage.done_to(&bytes);
        let believed = CertifiedBlock::parse(&damaged).and_then(|certified| certified.verify(&[key(1).public()]));
        prop_assert_eq!(believed.is_ok(), damaged == bytes);
    }
}

fn founding() -> Block {
    Block {
        version: 1,
        community: community(),
        era: 0,
        height: 0,
        prev: None,
        time_ms: 1_700_000_000_000,
        rules: 1,
        opened: vec![LogId::from([1; 32])],
        tips: vec![BlockTip { number: 0, seq: 3, id: RecordId::from([2; 32]) }],
        snapshot: None,
        base: None,
    }
}

fn voted(block: &Block, round: u32, voters: &[u8]) -> CertifiedBlock {
    let message = vote_message(block, &block.id(), round);
    let vote = |&witness: &u8| Vote { witness, signature: key(witness).sign(&message) };
    let certificate = Certificate { round, votes: voters.iter().map(vote).collect() };
    CertifiedBlock { bytes: block.to_bytes(), certificate }
}

fn witnesses(n: u8) -> Vec<DeviceKey> {
    (0..n).map(|number| key(number).public()).collect()
}

#[test]
fn more_than_two_thirds_of_the_witnesses_make_a_certificate() {
    assert_eq!([1, 4, 7, 10].map(quorum), [1, 3, 5, 7]);
    for n in [1u8, 4, 7, 10] {
        let enough: Vec<u8> = (0..quorum(n.into()) as u8).collect();
        let block = founding();
        assert_eq!(voted(&block, 2, &enough).verify(&witnesses(n)).unwrap(), block);
        let all: Vec<u8> = (0..n).collect();
        assert!(voted(&block, 0, &all).verify(&witnesses(n)).is_ok());
        assert_eq!(voted(&block, 0, &enough[1..]).verify(&witnesses(n)).unwrap_err().code(), "block");
    }
}

#[test]
fn a_certificate_counts_each_witness_once_in_its_own_round() {
    let (block, set) = (founding(), witnesses(4));
    let refused = |certified: CertifiedBlock| certified.verify(&set).unwrap_err().to_string();
    assert!(refused(voted(&block, 0, &[0, 0, 1])).contains("ascend"));
    assert!(refused(voted(&block, 0, &[2, 1, 0])).contains("ascend"));
    assert!(refused(voted(&block, 0, &[0, 1, 9])).contains("does not verify"), "no such witness");
    let mut other_round = voted(&block, 1, &[0, 1, 2]);
    other_round.certificate.round = 2;
    assert!(refused(other_round).contains("does not verify"));
    let mut other_block = voted(&block, 1, &[0, 1, 2]);
    other_block.bytes = Block { time_ms: 1, ..block }.to_bytes();
    assert!(refused(other_block).contains("does not verify"));
}

#[test]
fn a_block_that_breaks_a_rule_of_its_shape_is_refused() {
    let code = |change: &dyn Fn(&mut Block)| {
        let mut block = founding();
        change(&mut block);
        Block::parse(&block.to_bytes()).unwrap_err().code()
    };
    assert_eq!(code(&|block| block.version = 2), "newer-version");
    assert_eq!(code(&|block| block.prev = Some([1; 32].into())), "block");
    assert_eq!(code(&|block| block.height = 1), "block");
    assert_eq!(code(&|block| block.height = 1 << limits::HEIGHT_BITS), "block");
    assert_eq!(code(&|block| block.era = limits::ERAS), "block");
    assert_eq!(code(&|block| block.base = Some([1; 32].into())), "block");
    assert_eq!(code(&|block| block.tips = vec![block.tips[0]; 2]), "block");
    assert_eq!(code(&|block| block.opened = vec![[7; 32].into(); 7_000]), "too-large");
}
