//! What it costs to find out what the other lacks: bytes and trips, as JSON, one line a case.
//!
//! Two copies of 5,000 logs and a million records differ by some records, the newest or scattered ones. The shelves know
//! heights only: no record is sent, and every log that a session began to send is checked against what truly differs.
//! Run with `cargo run --release -p linli-sync --example reconcile`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use linli_record::{
    BlockId, CertifiedBlock, CommunityId, DeviceKey, LogId, NodeKey, RawRecord, RecordId, StoreId, Tip,
};
use linli_sync::testing::Chance;
use linli_sync::{Arrival, Cursor, Effect, Head, Input, Session, Shelf};

const LOGS: usize = 5_000;
const RECORDS: usize = 1_000_000;

/// Heights of logs, in the order their records came.
struct Heights {
    heights: BTreeMap<LogId, u64>,
    arrivals: Vec<(LogId, u64)>,
    store: StoreId,
    cursor: Option<Cursor>,
    began: RefCell<BTreeMap<LogId, u64>>,
}

impl Heights {
    fn tip_of(log: &LogId, height: u64) -> Tip {
        let mut name = log.as_bytes().to_vec();
        name.extend_from_slice(&height.to_be_bytes());
        let id = RecordId::from(*blake3::hash(&name).as_bytes());
        let key = DeviceKey::from([0; 32]);
        Tip { log: *log, key, audience: None, seq: height - 1, id, seen: 0, version: 1, closed: false }
    }
}

impl Shelf for Heights {
    fn community(&self) -> CommunityId {
        CommunityId::from([1; 32])
    }

    fn store_id(&self) -> StoreId {
        self.store
    }

    fn arrivals(&self) -> u64 {
        self.arrivals.len() as u64
    }

    fn arrivals_after(&self, after: u64, limit: usize) -> Vec<Arrival> {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        let arrivals = self.arrivals.iter().enumerate().skip(after).take(limit);
        arrivals
            .map(|(at, (log, seq))| Arrival { number: at as u64 + 1, log: *log, seq: *seq, from: None })
            .collect()
    }

    fn head(&self) -> Option<Head> {
        Some(Head { era: 0, height: 7_300, id: BlockId::from([9; 32]) })
    }

    fn block(&self, _: u64) -> Option<CertifiedBlock> {
        None
    }

    fn tip(&self, log: &LogId) -> Option<Tip> {
        self.heights.get(log).map(|height| Self::tip_of(log, *height))
    }

    fn run(&self, log: &LogId, from: u64) -> Vec<RawRecord> {
        self.began.borrow_mut().entry(*log).or_insert(from);
        Vec::new()
    }

    fn offered(&self, _: &NodeKey) -> Vec<Tip> {
        self.heights.iter().map(|(log, height)| Self::tip_of(log, *height)).collect()
    }

    fn may_offer(&self, _: &NodeKey, _: &LogId) -> bool {
        true
    }

    fn cursor(&self, _: &NodeKey) -> Option<Cursor> {
        self.cursor
    }

    fn rank(&self, _: &LogId) -> u8 {
        0
    }
}

/// A million arrivals: author `n` writes as often as 1/n (Zipf), drawn without floats.
fn history(chance: &mut Chance) -> Vec<(LogId, u64)> {
    let logs: Vec<LogId> = (0..LOGS).map(|_| LogId::from(chance.bytes())).collect();
    let mut sums = Vec::with_capacity(LOGS);
    let mut sum = 0u64;
    for at in 0..LOGS {
        sum += 1_000_000_000 / (at as u64 + 1);
        sums.push(sum);
    }
    let mut heights = vec![0; LOGS];
    let mut arrivals = Vec::with_capacity(RECORDS);
    for at in 0..RECORDS {
        // Everyone opens a log before anyone goes on.
        let author = if at < LOGS { at } else { sums.partition_point(|up_to| *up_to <= chance.draw() % sum) };
        arrivals.push((logs[author], heights[author]));
        heights[author] += 1;
    }
    arrivals
}

/// The copy without `lacking` records: the newest ones, or the last ones of logs picked by chance.
fn without(history: &[(LogId, u64)], lacking: usize, newest: bool, chance: &mut Chance) -> Vec<(LogId, u64)> {
    if newest {
        return history[..history.len() - lacking].to_vec();
    }
    let mut cut: BTreeMap<LogId, u64> = BTreeMap::new();
    let mut heights: BTreeMap<LogId, u64> = BTreeMap::new();
    history.iter().for_each(|(log, _)| *heights.entry(*log).or_default() += 1);
    let logs: Vec<_> = heights.keys().copied().collect();
    let mut left = lacking;
    while left > 0 {
        let log = logs[chance.below(logs.len())];
        let next = cut.entry(log).or_insert(heights[&log]);
        if *next > 1 {
            *next -= 1;
            left -= 1;
        }
    }
    history.iter().filter(|(log, seq)| cut.get(log).is_none_or(|next| seq < next)).copied().collect()
}

fn shelf(arrivals: Vec<(LogId, u64)>, store: u8) -> Heights {
    let mut heights = BTreeMap::new();
    for (log, _) in &arrivals {
        *heights.entry(*log).or_default() += 1;
    }
    let began = RefCell::new(BTreeMap::new());
    Heights { heights, arrivals, store: StoreId::from([store; 16]), cursor: None, began }
}

struct Cost {
    bytes: usize,
    /// Messages, one after the other, until both sides know what the other lacks.
    messages: u32,
}

/// Runs two sessions against each other; a frame's depth is how many had to come before it.
fn converse(shelves: &[Heights; 2], chance: &mut Chance) -> Cost {
    let nodes = [NodeKey::from([1; 32]), NodeKey::from([2; 32])];
    let mut sessions = [Session::new(nodes[1], None), Session::new(nodes[0], None)];
    let mut cost = Cost { bytes: 0, messages: 0 };
    let mut queue = VecDeque::new();
    for side in 0..2 {
        queue.push_back((side, 0, Input::Opened { nonce: chance.bytes() }));
    }
    let mut began = [0; 2];
    while let Some((side, depth, input)) = queue.pop_front() {
        for effect in sessions[side].handle(input, 0, &shelves[side]) {
            match effect {
                Effect::Send(frame) => {
                    cost.bytes += frame.len();
                    queue.push_back((1 - side, depth + 1, Input::Frame(frame)));
                }
                Effect::Close(reason) => panic!("closed: {reason}"),
                _ => {}
            }
        }
        let now = shelves[side].began.borrow().len();
        if now > began[side] {
            began[side] = now;
            cost.messages = cost.messages.max(depth);
        }
    }
    cost
}

fn differences(more: &Heights, less: &Heights) -> BTreeMap<LogId, u64> {
    let lacks = |(log, height): (&LogId, &u64)| {
        let held = less.heights.get(log).copied().unwrap_or(0);
        (held < *height).then_some((*log, held))
    };
    more.heights.iter().filter_map(lacks).collect()
}

fn main() {
    let seed = 42;
    let mut chance = Chance::new(seed);
    let full = history(&mut chance);
    for met in [true, false] {
        for differ in [10, 1_000] {
            for newest in [true, false] {
                let cost = if met {
                    again(&full, differ, &mut chance)
                } else {
                    first(&full, differ, newest, &mut chance)
                };
                let (when, which) =
                    (if met { "met" } else { "never met" }, if newest { "newest" } else { "scattered" });
                let (bytes, messages) = (cost.bytes, cost.messages);
                println!(
                    "{{\"case\":\"{when}\",\"differ\":{differ},\"which\":\"{which}\",\"seed\":{seed},\
                     \"bytes\":{bytes},\"messages\":{messages},\"trips\":{}}}",
                    messages.div_ceil(2)
                );
            }
        }
    }
}

/// Met before: each side remembers the other up to `differ` arrivals ago. Which ones they are makes no difference.
fn again(full: &[(LogId, u64)], differ: usize, chance: &mut Chance) -> Cost {
    let mut shelves = [shelf(full.to_vec(), 1), shelf(full.to_vec(), 2)];
    remember(&mut shelves, differ as u64);
    let cost = converse(&shelves, chance);
    let due: BTreeSet<_> = full[full.len() - differ..].iter().map(|(log, _)| *log).collect();
    for shelf in &shelves {
        assert!(shelf.began.borrow().keys().eq(&due));
    }
    cost
}

/// Never met: one side lacks the newest records, or each lacks half of them, scattered.
fn first(full: &[(LogId, u64)], differ: usize, newest: bool, chance: &mut Chance) -> Cost {
    let copies = if newest {
        [full.to_vec(), without(full, differ, true, chance)]
    } else {
        [without(full, differ / 2, false, chance), without(full, differ / 2, false, chance)]
    };
    let [one, other] = copies;
    let shelves = [shelf(one, 1), shelf(other, 2)];
    let mut cost = converse(&shelves, chance);
    for side in 0..2 {
        let differ = differences(&shelves[side], &shelves[1 - side]);
        assert_eq!(*shelves[side].began.borrow(), differ, "side {side}");
    }
    // The hellos come before the comparison.
    cost.messages -= 1;
    cost
}

/// Both remember each other up to some arrivals ago.
fn remember(shelves: &mut [Heights; 2], ago: u64) {
    let cursors = [1, 0].map(|side: usize| {
        let arrivals = shelves[side].arrivals.len() as u64 - ago;
        Cursor { store: shelves[side].store, arrivals }
    });
    for (shelf, cursor) in shelves.iter_mut().zip(cursors) {
        shelf.cursor = Some(cursor);
    }
}
