//! What lists show of an object, kept as it folded: a screen opens as fast after twenty years as after one.
//!
//! A projection of the newest objects of each kind. A glance lasts until something it rests on changes: a record of the
//! object, what the register says of people, a key of this device; one that shows something not settled, until the next
//! block. What was forgotten is folded again when a list is asked for, or when the node has nothing else to do. Nothing
//! rests on a glance: without them a list only takes longer.
//!
//! The one place where they are forgotten is [`Core::forget_glances`], which every batch passes before it is written,
//! so that a glance and what it shows change in one commit.

use std::collections::{BTreeMap, BTreeSet};

use linli_community::content::audience::{Audience, AudienceChange};
use linli_community::content::covered::Covered;
use linli_community::content::grants::KeyGrant;
use linli_community::content::notice::{self, Notice};
use linli_community::content::request::{self, Request};
use linli_community::content::roll_call::{self, RollCall};
use linli_community::content::story::{self, Story};
use linli_community::content::talk::{self, Thread};
use linli_community::content::{Context, Dwelling, Entry, Payload, Said};
use linli_community::register::State;
use linli_record::{Kind, RecordId};
use linli_store::{Batch, Op};
use serde::de::DeserializeOwned;

use super::read::NEWEST;
use super::{Core, ring, store_fault_read};
use crate::fault::{Fault, FaultKind};

/// Projection: kind 2 | arrival of the object's beginning 8, to program 4 | object 32 | until 8 | the view as JSON.
const GLANCES: &str = "glances";
/// Projection: object to its key among the glances.
const GLANCED: &str = "glanced";
/// A glance of something wholly settled.
const LASTING: u64 = u64::MAX;
/// Objects folded at once while the node idles: whoever asks meanwhile waits for these.
const AT_ONCE: usize = 16;
const KINDS: [Kind; 5] = [Notice::KIND, RollCall::KIND, Request::KIND, Story::KIND, Thread::KIND];

/// Records that say who is in an audience, hand out its keys, or tell which block settled what was said in it.
const AUDIENCE_KINDS: [Kind; 4] = [KeyGrant::KIND, Audience::KIND, AudienceChange::KIND, Covered::KIND];

/// Kind and arrival.
type Spot = [u8; 10];

/// What lists show: somebody began it.
pub(super) trait Begun: DeserializeOwned {
    /// Who, and whether it counts.
    fn opened(&self) -> &Said;
}

macro_rules! begun {
    ($($view:ty),*) => { $(impl Begun for $view { fn opened(&self) -> &Said { &self.opened } })* };
}

begun!(notice::NoticeView, roll_call::RollCallView, request::RequestView, story::StoryView, talk::ThreadView);

/// Which objects have a glance.
#[derive(Debug, Default)]
pub(super) struct Glances {
    spots: BTreeMap<RecordId, Spot>,
    /// Folded, to be written with the next batch.
    fresh: BTreeMap<Spot, Vec<u8>>,
    /// No longer among the newest, to be removed with the next batch.
    old: Vec<RecordId>,
    /// Kinds that lists are made of here, and whose glances may have gaps.
    gaps: BTreeSet<Kind>,
}

impl Glances {
    fn note_gap(&mut self, at: &Spot) {
        self.gaps.extend(KINDS.iter().filter(|kind| at.starts_with(&kind.number().to_be_bytes())));
    }

    /// After a block: what was not settled may be.
    pub(super) fn note_gaps(&mut self) {
        let spots: Vec<Spot> = self.spots.values().copied().collect();
        spots.iter().for_each(|at| self.note_gap(at));
    }
}

/// A glance as it is kept.
struct Glance<'a> {
    object: RecordId,
    until: u64,
    view: &'a [u8],
}

impl<'a> Glance<'a> {
    /// Reads what this version of the program wrote; another may have folded otherwise.
    fn read(value: &'a [u8]) -> Option<Self> {
        let rest = value.strip_prefix(&program())?;
        let (object, rest) = rest.split_first_chunk::<32>()?;
        let (until, view) = rest.split_first_chunk::<8>()?;
        Some(Self { object: RecordId::from(*object), until: u64::from_be_bytes(*until), view })
    }

    fn write(&self) -> Vec<u8> {
        [&program()[..], self.object.as_bytes(), &self.until.to_be_bytes(), self.view].concat()
    }
}

fn program() -> [u8; 4] {
    *blake3::hash(super::PROGRAM.as_bytes()).as_bytes().first_chunk().expect("four of thirty-two")
}

fn spot(kind: Kind, arrival: u64) -> Spot {
    let mut spot = [0; 10];
    spot[..2].copy_from_slice(&kind.number().to_be_bytes());
    spot[2..].copy_from_slice(&arrival.to_be_bytes());
    spot
}

impl Core {
    /// Reads which objects have a glance, not the glances.
    pub(super) fn load_glances(&mut self) -> Result<(), Fault> {
        let held =
            self.store.cache_scan(GLANCED, &[], usize::MAX).map_err(|error| store_fault_read(&error))?;
        self.glances = Glances::default();
        for (object, at) in held {
            if let (Some(object), Ok(at)) = (RecordId::from_slice(&object), Spot::try_from(at)) {
                self.glances.spots.insert(object, at);
            }
        }
        self.glances.note_gaps();
        Ok(())
    }

    /// The newest objects of a kind as they fold, newest first; what was begun without authority is left out.
    pub(super) fn list<T: Begun>(&mut self, kind: Kind) -> Result<Vec<T>, Fault> {
        self.list_where(kind, |view: &T| !view.opened().set_aside())
    }

    /// What [`Core::list`] leaves out, newest first.
    pub(super) fn list_aside<T: Begun>(&mut self, kind: Kind) -> Result<Vec<T>, Fault> {
        self.list_where(kind, |view: &T| view.opened().set_aside())
    }

    fn list_where<T: Begun>(&mut self, kind: Kind, shown: impl Fn(&T) -> bool) -> Result<Vec<T>, Fault> {
        let (glances, _) = self.newest_glances(kind, usize::MAX)?;
        let mut views = Vec::with_capacity(glances.len());
        for value in glances {
            let view = Glance::read(&value).map(|glance| serde_json::from_slice::<Option<T>>(glance.view));
            let unread = || Fault::new(FaultKind::Internal, "glance", "what a list shows does not read back");
            views.extend(view.and_then(Result::ok).ok_or_else(unread)?.filter(&shown));
        }
        Ok(views)
    }

    /// When there is nothing else to do: folds some of what the next list would have to.
    pub(super) fn fill_glances(&mut self) {
        let Some(kind) = self.glances.gaps.first().copied() else { return };
        match self.newest_glances(kind, AT_ONCE) {
            Ok((_, whole)) => {
                if whole {
                    self.glances.gaps.remove(&kind);
                }
                self.keep_glances();
            }
            Err(fault) => {
                tracing::warn!(%fault, "what lists show could not be made ready");
                self.glances.gaps.clear();
            }
        }
    }

    /// Writes what was folded; lists do without if the disk refuses.
    pub(super) fn keep_glances(&mut self) {
        if !self.glances.fresh.is_empty() && self.write(Batch::new()).is_err() {
            self.glances.fresh.clear();
        }
    }

    /// Forgets every glance, in a batch about to be written.
    pub(super) fn forget_all_glances(&mut self, batch: &mut Batch) {
        self.glances.note_gaps();
        if !self.glances.spots.is_empty() {
            batch.push(Op::ClearCache(GLANCES.into())).push(Op::ClearCache(GLANCED.into()));
        }
        self.glances.spots.clear();
        self.glances.fresh.clear();
        self.glances.old.clear();
    }

    /// Takes out of the projection whatever a batch makes untrue, in the batch itself, and adds what was folded.
    pub(super) fn forget_glances(&mut self, batch: &mut Batch) {
        if self.glances.spots.is_empty() {
            return;
        }
        match self.touched(batch) {
            Some(objects) => objects.iter().for_each(|object| self.forget_glance(object, batch)),
            None => self.forget_all_glances(batch),
        }
        for object in std::mem::take(&mut self.glances.old) {
            self.forget_glance(&object, batch);
        }
        for (at, value) in std::mem::take(&mut self.glances.fresh) {
            let Some(glance) = Glance::read(&value) else { continue };
            batch.cache(GLANCED, glance.object.as_bytes().to_vec(), Some(at.to_vec()));
            batch.cache(GLANCES, at.to_vec(), Some(value));
        }
    }

    /// The objects a batch changes that have a glance; nothing when it may change any.
    fn touched(&self, batch: &Batch) -> Option<BTreeSet<RecordId>> {
        let mut objects = BTreeSet::new();
        for op in batch.ops() {
            match op {
                Op::Append { records, .. } => {
                    // Which keys open what is sealed, and for whom.
                    if records.iter().any(|record| AUDIENCE_KINDS.contains(&record.kind)) {
                        return None;
                    }
                    let own = records.iter().map(|record| record.object_id());
                    objects.extend(own.filter(|object| self.glances.spots.contains_key(object)));
                }
                Op::Payload { id, .. } | Op::DropPayload(id) => {
                    objects.insert(self.store.record(id).ok()??.object_id());
                }
                Op::Fork(_) | Op::ReplaceBranch { .. } | Op::ClearVerdicts | Op::State { .. } => return None,
                Op::Cache { cache, .. } | Op::ClearCache(cache) if cache == ring::RING => return None,
                // What a block says of people is compared where it is applied.
                _ => {}
            }
        }
        Some(objects)
    }

    fn forget_glance(&mut self, object: &RecordId, batch: &mut Batch) {
        let Some(at) = self.glances.spots.remove(object) else { return };
        self.glances.fresh.remove(&at);
        self.glances.note_gap(&at);
        batch.cache(GLANCES, at.to_vec(), None);
        batch.cache(GLANCED, object.as_bytes().to_vec(), None);
    }

    /// The glances of a kind's newest objects, newest first. At most `most` are folded now; the others that lack one are
    /// left out, and the answer says that some were.
    fn newest_glances(&mut self, kind: Kind, most: usize) -> Result<(Vec<Vec<u8>>, bool), Fault> {
        let newest = self.store.begun(kind, NEWEST).map_err(|error| store_fault_read(&error))?;
        let mut held = self.held_glances(kind, newest.last().copied())?;
        let mut dwellings: Option<Vec<Dwelling>> = None;
        let (mut glances, mut folded, mut whole) = (Vec::with_capacity(newest.len()), 0, true);
        for at in newest.iter().map(|arrival| spot(kind, *arrival)) {
            if let Some(value) = held.remove(&at) {
                glances.push(value);
            } else if folded < most {
                let dwellings = dwellings.get_or_insert_with(|| self.dwellings());
                let (object, value) = self.glance(kind, &at, dwellings)?;
                self.glances.spots.insert(object, at);
                self.glances.fresh.insert(at, value.clone());
                glances.push(value);
                folded += 1;
            } else {
                whole = false;
            }
        }
        if folded > 0 {
            self.glances.note_gap(&spot(kind, 0));
        }
        Ok((glances, whole))
    }

    /// The glances that still hold, of one kind, from an arrival on; older ones are let go.
    fn held_glances(&mut self, kind: Kind, from: Option<u64>) -> Result<BTreeMap<Spot, Vec<u8>>, Fault> {
        let Some(from) = from.map(|arrival| spot(kind, arrival)) else { return Ok(BTreeMap::new()) };
        let same_kind = |at: &[u8]| at[..2] == from[..2];
        let old = self.glances.spots.iter().filter(|(_, at)| same_kind(*at) && **at < from);
        self.glances.old.extend(old.map(|(object, _)| *object));
        let kept = self.store.cache_scan(GLANCES, &from, NEWEST).map_err(|error| store_fault_read(&error))?;
        let kept = kept.into_iter().filter_map(|(at, value)| Some((Spot::try_from(at).ok()?, value)));
        let fresh = self.glances.fresh.iter().map(|(at, value)| (*at, value.clone()));
        let now = self.glance_mark();
        let holds = |value: &[u8]| {
            let glance = Glance::read(value);
            glance.is_some_and(|glance| {
                let known = self.glances.spots.contains_key(&glance.object);
                known && (glance.until == LASTING || glance.until == now)
            })
        };
        Ok(kept.chain(fresh).filter(|(at, value)| same_kind(at) && holds(value)).collect())
    }

    /// What a glance of something not settled is marked with: it holds until the next block.
    fn glance_mark(&self) -> u64 {
        self.head().map_or(0, |head| head.height + 1)
    }

    fn glance(&self, kind: Kind, at: &Spot, dwellings: &[Dwelling]) -> Result<(RecordId, Vec<u8>), Fault> {
        let arrival = at.last_chunk().map_or(0, |arrival| u64::from_be_bytes(*arrival));
        let began = self.store.by_arrival(arrival).map_err(|error| store_fault_read(&error))?;
        let object = began.ok_or_else(|| Fault::not_found("record", &arrival.to_string()))?.id();
        let records = self.store.object(&object).map_err(|error| store_fault_read(&error))?;
        let context = Context { dwellings };
        let (view, settled) = self.with_records_in(&records, &context, |entries, context| {
            let settled = entries.iter().all(|entry| entry.standing.height.is_some());
            (fold(kind, entries, context), settled)
        });
        let until = if settled { LASTING } else { self.glance_mark() };
        Ok((object, Glance { object, until, view: &view }.write()))
    }
}

/// The view of an object as JSON: `null` when there is nothing to show.
fn fold(kind: Kind, entries: &[Entry<'_>], context: &Context<'_>) -> Vec<u8> {
    let json = match kind {
        Notice::KIND => serde_json::to_vec(&notice::fold(entries, context)),
        RollCall::KIND => serde_json::to_vec(&roll_call::fold(entries, context)),
        Request::KIND => serde_json::to_vec(&request::fold(entries, context)),
        Story::KIND => serde_json::to_vec(&story::fold(entries, context)),
        Thread::KIND => serde_json::to_vec(&talk::fold(entries, context)),
        _ => Ok(b"null".to_vec()),
    };
    json.expect("views are plain fields")
}

/// Whether a block changed what glances show beside the records it settled: people, offices, the roll, what counts again.
pub(super) fn shows_otherwise(before: &State, after: &State) -> bool {
    let (before, after) = (before.facts(), after.facts());
    before.era != after.era
        || before.charter != after.charter
        || before.devices != after.devices
        || before.households != after.households
        || before.grants != after.grants
        || before.consents != after.consents
        || before.roll != after.roll
        || before.forks != after.forks
        || before.readmitted != after.readmitted
}
