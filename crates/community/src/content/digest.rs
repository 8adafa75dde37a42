//! `linli digest`: one hash over everything every member may read, the same on a household, a keeper and a restored copy.
//!
//! It covers the register's head and state, every verdict that is not "stands", the tips of all public logs, and the folds of
//! public objects that are kept for ever. Bodies that are sealed, expiring or erased enter by hash: their headers, which
//! hold their payloads' hashes, are under the tips. So it depends neither on the order of arrival nor on which of those
//! bodies are held. The caller gives what it holds in any order.

use std::collections::{BTreeMap, BTreeSet};

use linli_record::{BlockId, CommunityId, Hash, LogId, RecordId, Retention};

use super::entry::{Context, Entry};
use super::object::fold_object;
use super::withdraw::Marks;
use super::{canonical, order};

const DOMAIN: &[u8; 16] = b"linli/digest/1\0\0";
const OBJECT_DOMAIN: &[u8; 16] = b"linli/fold/1\0\0\0\0";

/// Where the register stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegisterHead {
    /// Era.
    pub era: u64,
    /// Height of the newest block.
    pub height: u64,
    /// Its id.
    pub block: BlockId,
    /// BLAKE3 of the state's canonical bytes.
    pub state: Hash,
}

/// A digest being gathered.
#[derive(Debug, Clone)]
pub struct Digest {
    community: CommunityId,
    head: Option<RegisterHead>,
    verdicts: BTreeMap<RecordId, String>,
    logs: BTreeMap<LogId, (u64, RecordId)>,
    forked: BTreeSet<LogId>,
    objects: BTreeMap<RecordId, Hash>,
    missing: BTreeSet<RecordId>,
}

/// A finished digest, with what it was made of.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DigestView {
    /// The hash to compare.
    pub digest: Hash,
    /// Verdicts other than "stands".
    pub verdicts: u64,
    /// Public logs.
    pub logs: u64,
    /// Public objects kept for ever.
    pub objects: u64,
    /// Bodies that should be held and are not yet: until they arrive the digest may differ from others'.
    pub missing: u64,
}

impl Digest {
    /// A digest of this community; `head` is `None` before the founding block. `forked` are the logs proven forked:
    /// of these only what is settled counts, since nodes hold different branches of the rest.
    #[must_use]
    pub fn new(
        community: CommunityId,
        head: Option<RegisterHead>,
        forked: impl IntoIterator<Item = LogId>,
    ) -> Self {
        Self {
            community,
            head,
            verdicts: BTreeMap::new(),
            logs: BTreeMap::new(),
            forked: forked.into_iter().collect(),
            objects: BTreeMap::new(),
            missing: BTreeSet::new(),
        }
    }

    /// Adds a settled verdict other than "stands", with its stable reason code.
    pub fn verdict(&mut self, record: RecordId, code: &str) {
        self.verdicts.insert(record, code.to_owned());
    }

    /// Adds a public log: the newest record held, or for a forked log the newest settled one.
    pub fn log(&mut self, log: LogId, seq: u64, tip: RecordId) {
        self.logs.insert(log, (seq, tip));
    }

    /// Adds an object: all its records. Private ones, expiring ones and the unsettled part of forked logs are left out.
    pub fn object(&mut self, entries: &[Entry<'_>], ctx: &Context<'_>) {
        let kept: Vec<Entry<'_>> = entries.iter().filter(|entry| self.counts(entry)).cloned().collect();
        let ordered = order::canonical(&kept);
        let (marks, _) = Marks::read(&ordered);
        let lacking = kept.iter().filter(|entry| entry.body.is_none()).map(|entry| entry.record.id());
        let gone = marks.gone(&kept);
        self.missing.extend(lacking.filter(|id| !gone.contains(id)));
        let Some(begin) = kept.iter().find(|entry| entry.record.object.is_none()) else { return };
        let Some(view) = fold_object(&kept, ctx) else { return };
        let bytes = canonical::to_bytes(&view).expect("views hold no floats");
        let mut hasher = blake3::Hasher::new();
        hasher.update(OBJECT_DOMAIN).update(&bytes);
        self.objects.insert(begin.record.id(), Hash::from(*hasher.finalize().as_bytes()));
    }

    fn counts(&self, entry: &Entry<'_>) -> bool {
        let record = entry.record;
        record.audience.is_none()
            && record.retention == Retention::Archive
            && (entry.standing.height.is_some() || !self.forked.contains(&record.log))
    }

    /// The digest.
    #[must_use]
    pub fn finish(&self) -> DigestView {
        let mut hasher = blake3::Hasher::new();
        hasher.update(DOMAIN).update(self.community.as_bytes());
        let number = |hasher: &mut blake3::Hasher, value: u64| {
            hasher.update(&value.to_be_bytes());
        };
        number(&mut hasher, u64::from(self.head.is_some()));
        if let Some(head) = &self.head {
            number(&mut hasher, head.era);
            number(&mut hasher, head.height);
            hasher.update(head.block.as_bytes()).update(head.state.as_bytes());
        }
        number(&mut hasher, self.verdicts.len() as u64);
        for (record, code) in &self.verdicts {
            hasher.update(record.as_bytes());
            number(&mut hasher, code.len() as u64);
            hasher.update(code.as_bytes());
        }
        number(&mut hasher, self.logs.len() as u64);
        for (log, (seq, tip)) in &self.logs {
            hasher.update(log.as_bytes());
            number(&mut hasher, *seq);
            hasher.update(tip.as_bytes());
        }
        number(&mut hasher, self.objects.len() as u64);
        for (object, fold) in &self.objects {
            hasher.update(object.as_bytes()).update(fold.as_bytes());
        }
        DigestView {
            digest: Hash::from(*hasher.finalize().as_bytes()),
            verdicts: self.verdicts.len() as u64,
            logs: self.logs.len() as u64,
            objects: self.objects.len() as u64,
            missing: self.missing.len() as u64,
        }
    }
}
