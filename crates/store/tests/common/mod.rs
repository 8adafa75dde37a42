//! Neighbours who write logs, for the store's tests.

#![allow(clippy::unwrap_used, clippy::type_complexity)]
#![allow(dead_code)]

use linli_record::{
    AudienceId, CommunityId, Draft, Incarnation, Kind, LogOpen, LogWriter, Record, RecordId, SecretKey,
    StoreId, Tip,
};
use linli_store::testing::Chance;
use linli_store::{Batch, Store};

pub(crate) fn community() -> CommunityId {
    CommunityId::from([9; 32])
}

pub(crate) fn store_id() -> StoreId {
    StoreId::from([3; 16])
}

/// One device's log and what of it was not stored yet.
#[derive(Debug, Clone)]
pub(crate) struct Neighbour {
    pub(crate) writer: LogWriter,
    pub(crate) waiting: Vec<Record>,
    pub(crate) said: u64,
    pub(crate) all: Vec<Record>,
}

impl Neighbour {
    pub(crate) fn new(number: u64) -> Self {
        Self::with_audience(number, None)
    }

    pub(crate) fn with_audience(number: u64, audience: Option<AudienceId>) -> Self {
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&number.to_be_bytes());
        let key = SecretKey::from_bytes(&seed);
        let open = LogOpen::member(&key, Incarnation::from([1; 16]), audience, "test");
        let writer = LogWriter::begin(community(), key, &open, [0; 16], 0, 1_700_000_000_000).unwrap();
        let waiting = vec![writer.opening().clone()];
        Self { writer, all: waiting.clone(), waiting, said: 0 }
    }

    pub(crate) fn say(&mut self, draft: Draft, body: &[u8]) -> Record {
        self.said += 1;
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&self.said.to_be_bytes());
        let record = self.writer.append(draft, body, salt, 1_700_000_000_000 + self.said).unwrap();
        self.waiting.push(record.clone());
        self.all.push(record.clone());
        record
    }

    pub(crate) fn talk(&mut self, count: u64) {
        for _ in 0..count {
            self.say(Draft::new(Kind::new(145)), b"\x40");
        }
    }

    /// Records of every shape, as chance will have it.
    pub(crate) fn chatter(&mut self, chance: &mut Chance, objects: &[RecordId]) {
        let mut draft = Draft::new(Kind::new(100 + u16::try_from(chance.below(5)).unwrap()));
        if !objects.is_empty() && chance.below(2) == 0 {
            draft = draft.on(objects[usize::try_from(chance.below(objects.len() as u64)).unwrap()]);
        }
        if chance.below(4) == 0 {
            draft.refs = objects.iter().take(3).copied().collect();
        }
        if chance.below(8) == 0 {
            draft = draft.evidence();
        }
        if chance.below(5) == 0 {
            draft = draft.for_days(30);
        }
        let body = vec![0x40; usize::try_from(chance.below(300)).unwrap()];
        self.say(draft, &body);
    }

    pub(crate) fn id_of(&self, seq: u64) -> Option<RecordId> {
        self.all.get(usize::try_from(seq).unwrap()).map(|record| record.id())
    }

    pub(crate) fn tip(&self) -> Tip {
        self.writer.tip().clone()
    }

    /// Moves what waits into a batch.
    pub(crate) fn hand_over(&mut self, batch: &mut Batch) {
        if !self.waiting.is_empty() {
            batch.append(std::mem::take(&mut self.waiting), self.tip(), None);
        }
    }

    pub(crate) fn store(&mut self, store: &mut Store) {
        let mut batch = Batch::new();
        self.hand_over(&mut batch);
        store.write(batch).unwrap();
    }
}
