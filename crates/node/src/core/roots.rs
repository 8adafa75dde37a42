//! Private logs and the public block that settles them (register rule 24).
//!
//! The first public record of a day carries a salted root over this device's private logs, whether any moved or not: its
//! absence would tell that nobody opened a door. What the root covers is written into each log that moved, in the same
//! commit. Whoever reads a private log follows these paths to the block that settled it.

use std::collections::BTreeMap;

use linli_community::content::covered::{self, Cover, Covered};
use linli_community::content::grants::KeyGrant;
use linli_community::content::{Author, Entry, Payload as _, Standing};
use linli_community::register::private::{RootDue, root_due};
use linli_record::private_root::{self, Leaf};
use linli_record::writer::Seal;
use linli_record::{AudienceId, EpochKey, LogId, LogWriter, Record, RecordId};

use super::own::Saying;
use super::{Core, fresh_salt, store_fault_read};
use crate::chance::random;
use crate::fault::Fault;

/// Name under which the time of the last root is kept.
const ROOTED: &str = "rooted";

/// What is known of roots: ours, and those that cover what others say to us.
#[derive(Debug, Default)]
pub(super) struct Roots {
    /// When this device's last root was written, by its own clock.
    rooted_ms: Option<u64>,
    /// The covered records of each private log by their places, and what each covers as far as that could be told.
    covered: BTreeMap<LogId, BTreeMap<u64, (RecordId, Cover)>>,
    /// Set while keys for the covered records are being readied, which may say public things itself.
    readying: bool,
}

/// A private log that moved, with the key its covered record is sealed under.
struct Moved {
    audience: AudienceId,
    epoch: u64,
    key: EpochKey,
}

impl Core {
    /// Finds the covered records held, and when the last root was written.
    pub(super) fn load_roots(&mut self) -> Result<(), Fault> {
        let held = self.store.named(ROOTED).map_err(|error| store_fault_read(&error))?;
        let rooted_ms = held.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok()).map(u64::from_be_bytes);
        self.roots = Roots { rooted_ms, ..Roots::default() };
        for record in self.every(Covered::KIND)? {
            self.note_covered(&record);
        }
        Ok(())
    }

    /// A covered record arrived.
    pub(super) fn note_covered(&mut self, record: &Record) {
        if record.kind == Covered::KIND && record.audience.is_some() {
            let known = self.roots.covered.entry(record.log).or_default();
            known.entry(record.seq).or_insert((record.id(), Cover::Unread));
        }
    }

    /// After a block or new records: paths that could not be followed before may lead somewhere now.
    pub(super) fn follow_paths(&mut self) {
        let mut roots = std::mem::take(&mut self.roots);
        for (id, cover) in roots.covered.values_mut().flat_map(BTreeMap::values_mut) {
            if *cover == Cover::Unread {
                *cover = self.cover_of(id).unwrap_or(Cover::Unread);
            }
        }
        self.roots = roots;
    }

    fn cover_of(&self, id: &RecordId) -> Option<Cover> {
        let record = self.store.record(id).ok()??;
        let key = self.store.tip(&record.log)?.key;
        let author = Author::stranger(record.log);
        let mut entry = Entry::plain(&record, Standing::unsettled(), &author);
        entry.body = self.open_body(&record);
        let held = |id: &RecordId| self.store.record(id).ok().flatten();
        let seq_of = |id: &RecordId| held(id).filter(|tip| tip.log == record.log).map(|tip| tip.seq);
        let public = |id: &RecordId| {
            let public = held(id)?;
            Some((self.store.tip(&public.log)?.key, public.header().clone()))
        };
        Some(covered::read(&entry, &key, seq_of, public))
    }

    /// Height of the block that settled a record of a private log: that of the first public record whose root covers it.
    pub(super) fn covered_height(&self, log: &LogId, seq: u64) -> Option<u64> {
        let covers = self.roots.covered.get(log)?.iter().map(|(place, (_, cover))| (*place, cover));
        let covering = covered::first_over(covers, seq)?;
        let public = self.store.record(&covering.public).ok()??;
        self.settled_height(&public.log, public.seq)
    }

    fn root_due(&self) -> RootDue {
        let public_ms = self.pen.as_ref().and_then(|pen| {
            let tip = pen.tip();
            let newest = self.store.records(&tip.log, tip.seq, tip.seq).ok()?;
            newest.first().map(|record| record.claimed_ms)
        });
        let has_private = !self.private_pens.is_empty() && !self.roots.readying;
        root_due(self.clock.now_ms(), public_ms.unwrap_or(0), self.roots.rooted_ms, has_private)
    }

    /// Before something public is said: the root it carries, if one is owed, with what follows from it.
    pub(super) fn root_for_today(&mut self) -> Result<Option<Rooted>, Fault> {
        if self.root_due() == RootDue::No {
            return Ok(None);
        }
        let moved = self.moved()?;
        let leaves: Vec<Leaf> = self
            .private_pens
            .values()
            .map(|pen| Leaf { salt: random(), log: pen.tip().log, tip: pen.tip().id })
            .collect();
        Ok(Some(Rooted { leaves, moved }))
    }

    /// The private logs with something that no root covers yet. Readying their keys may begin epochs.
    fn moved(&mut self) -> Result<Vec<Moved>, Fault> {
        let mut moved = Vec::new();
        let audiences: Vec<AudienceId> = self.private_pens.keys().copied().collect();
        for audience in audiences {
            let Some(tip) = self.private_pens.get(&audience).map(|pen| pen.tip().clone()) else { continue };
            if !self.is_uncovered(&tip.log, tip.seq)? {
                continue;
            }
            self.roots.readying = true;
            let key = self.audience(&audience).map(|view| self.writing_key(&view));
            self.roots.readying = false;
            if let Some(Ok((epoch, key))) = key {
                moved.push(Moved { audience, epoch, key });
            }
        }
        Ok(moved)
    }

    /// Whether a log holds anything but covered records above what the last of these covers.
    fn is_uncovered(&self, log: &LogId, upto: u64) -> Result<bool, Fault> {
        let known = self.roots.covered.get(log).into_iter().flat_map(BTreeMap::values);
        let reached = known.filter_map(|(_, cover)| match cover {
            Cover::Reaches(covering) => Some(covering.seq + 1),
            Cover::Unread | Cover::Void => None,
        });
        let from = reached.max().unwrap_or(0);
        if from > upto {
            return Ok(false);
        }
        let above = self.store.records(log, from, upto).map_err(|error| store_fault_read(&error))?;
        Ok(above.iter().any(|record| record.kind != Covered::KIND))
    }

    /// Whether a month passed without a public word: then a record is written that says nothing but the root.
    pub(super) fn break_silence(&mut self) {
        let speaks = self.pen.is_some() && self.is_member() && !self.is_asking();
        if !speaks || self.root_due() != RootDue::Now {
            return;
        }
        let empty = linli_community::content::grants::seal(&self.community, &[], &[], &random());
        let said = empty.and_then(|grant| grant.body());
        let outcome =
            said.map_err(Fault::from).and_then(|body| self.say(Saying { draft: KeyGrant::begin(), body }));
        if let Err(fault) = outcome {
            tracing::warn!(%fault, "the monthly root could not be written yet");
        }
    }
}

/// A root that is about to be published.
pub(super) struct Rooted {
    leaves: Vec<Leaf>,
    moved: Vec<Moved>,
}

/// What one commit writes beside the public record.
pub(super) struct Covers {
    pub(super) written: Vec<(AudienceId, LogWriter, Record)>,
    pub(super) rooted_ms: u64,
}

impl Rooted {
    pub(super) fn root(&self) -> Option<linli_record::Hash> {
        private_root::root(&self.leaves)
    }
}

impl Core {
    /// The covered records of the logs that moved, signed and not yet written.
    pub(super) fn cover(&self, rooted: &Rooted, public: RecordId) -> Result<Covers, Fault> {
        let now = self.clock.now_ms();
        let mut written = Vec::with_capacity(rooted.moved.len());
        for moved in &rooted.moved {
            let Some(pen) = self.private_pens.get(&moved.audience) else { continue };
            let at = rooted.leaves.iter().position(|leaf| leaf.log == pen.tip().log);
            let Some((at, path)) = at.and_then(|at| Some((at, private_root::path(&rooted.leaves, at)?)))
            else {
                continue;
            };
            let said = Covered { public, tip: rooted.leaves[at].tip, path };
            let mut writer = pen.clone();
            let seal = Seal { key: &moved.key, epoch: moved.epoch, nonce: random() };
            let draft = Covered::begin().seen(self.seen());
            let record = writer.append_sealed(draft, &said.body()?, &seal, fresh_salt(), now)?;
            written.push((moved.audience, writer, record));
        }
        Ok(Covers { written, rooted_ms: now })
    }

    /// The change that remembers when the last root was written.
    pub(super) fn remember_root(rooted_ms: u64) -> linli_store::Op {
        linli_store::Op::Name(ROOTED.into(), Some(rooted_ms.to_be_bytes().to_vec()))
    }

    /// The root was written: its covered records are this device's newest in their logs.
    pub(super) fn use_covers(&mut self, covers: Covers) {
        self.roots.rooted_ms = Some(covers.rooted_ms);
        let mut records = Vec::with_capacity(covers.written.len());
        for (audience, writer, record) in covers.written {
            self.private_pens.insert(audience, writer);
            records.push(record);
        }
        self.note_records(&records);
        self.follow_paths();
    }
}
