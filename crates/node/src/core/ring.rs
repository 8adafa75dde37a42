//! The keys of the audiences this device is in.
//!
//! Keys come from key-grant records, so the records alone bring the ring back after a repair; what was opened once is
//! kept in a projection. A grant proves nothing by itself: a key counts as an epoch's when it opens the record that began
//! the epoch, and something is sealed under it only while the members' grants name no other (see [`Core::sealing_key`]).
//! Who is in an audience, [`super::audience`] knows.

use std::collections::{BTreeMap, BTreeSet};

use linli_community::content::Payload as _;
use linli_community::content::audience::{Audience, AudienceView, Member};
use linli_community::content::grants::{Granted, KeyGrant};
use linli_record::block::era_and_height;
use linli_record::envelope::{self, Place};
use linli_record::sealed_file::Under;
use linli_record::{AudienceId, EpochKey, Hash, Kind, LogId, Record, RecordId};
use linli_store::Batch;

use super::{Core, store_fault_read};
use crate::fault::Fault;

/// Projection: audience, epoch and the beginning of the key's fingerprint, to the key and the audience's name.
pub(super) const RING: &str = "ring";
/// Projection: audience and a record that opens it, to nothing.
const OPENINGS: &str = "audience-openings";
/// Keys held for one epoch: one, but for disputes.
const KEYS_AN_EPOCH: usize = 64;
/// Grants looked at in one step.
const STEP: usize = 1024;
/// Kinds the ring listens to.
pub(super) const RING_KINDS: [Kind; 2] = [KeyGrant::KIND, Audience::KIND];
/// Projection: the arrival up to which grants and openings were noted.
const UPTO: &str = "ring-noted";
/// Projection: grants and openings whose bytes came after them and were not noted yet.
const LATE: &str = "ring-late";

type Epoch = (AudienceId, u64);

/// Epoch keys this device holds.
#[derive(Debug, Default)]
pub(super) struct Ring {
    keys: BTreeMap<Epoch, Vec<EpochKey>>,
    openings: BTreeMap<AudienceId, BTreeSet<RecordId>>,
    named: BTreeMap<Epoch, Named>,
}

/// Which keys grants name for one epoch, and by whom, as far as the grants were looked through.
#[derive(Debug, Default)]
struct Named {
    upto: u64,
    fingerprints: BTreeSet<(LogId, Hash)>,
}

impl Ring {
    /// Every key granted to this device for that epoch.
    pub(super) fn keys(&self, audience: &AudienceId, epoch: u64) -> &[EpochKey] {
        self.keys.get(&(*audience, epoch)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The audiences keys are held of.
    pub(super) fn audiences(&self) -> Vec<AudienceId> {
        let mut ids: Vec<AudienceId> = self.keys.keys().map(|(audience, _)| *audience).collect();
        ids.dedup();
        ids
    }

    /// Every epoch of an audience with its keys.
    pub(super) fn epochs(&self, audience: &AudienceId) -> impl Iterator<Item = (u64, &[EpochKey])> {
        let range = self.keys.range((*audience, 0)..=(*audience, u64::MAX));
        range.map(|((_, epoch), keys)| (*epoch, keys.as_slice()))
    }

    fn hold(&mut self, audience: AudienceId, epoch: u64, key: EpochKey) -> bool {
        let keys = self.keys.entry((audience, epoch)).or_default();
        let new = keys.len() < KEYS_AN_EPOCH && !keys.contains(&key);
        if new {
            keys.push(key);
        }
        new
    }
}

impl Core {
    /// Reads the ring's projection, and the records that came after it was last written.
    pub(super) fn load_ring(&mut self) -> Result<(), Fault> {
        self.ring = Ring::default();
        let scan =
            |cache| self.store.cache_scan(cache, &[], usize::MAX).map_err(|error| store_fault_read(&error));
        for (key, _) in scan(OPENINGS)? {
            let Some((audience, id)) = key.split_first_chunk::<16>() else { continue };
            if let Some(id) = RecordId::from_slice(id) {
                self.ring.openings.entry(AudienceId::from(*audience)).or_default().insert(id);
            }
        }
        for (key, value) in scan(RING)? {
            let Some((audience, rest)) = key.split_first_chunk::<16>() else { continue };
            let (Some((epoch, _)), Some((secret, _))) =
                (rest.split_first_chunk::<8>(), value.split_first_chunk::<32>())
            else {
                continue;
            };
            let (audience, epoch) = (AudienceId::from(*audience), u64::from_be_bytes(*epoch));
            self.ring.hold(audience, epoch, EpochKey::from(*secret));
        }
        for (key, _) in scan(LATE)? {
            let Some(id) = RecordId::from_slice(&key) else { continue };
            if let Some(record) = self.store.record(&id).map_err(|error| store_fault_read(&error))? {
                self.note_for_ring(&record);
            }
        }
        let upto = self.store.cached(UPTO, &[]).map_err(|error| store_fault_read(&error))?;
        let upto = upto.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes);
        self.fill_ring(upto)
    }

    /// Opens every grant again and finds every audience's opening, from the records alone.
    pub(super) fn rebuild_ring(&mut self) -> Result<(), Fault> {
        self.ring = Ring::default();
        self.fill_ring(0)
    }

    /// Notes what arrived after `upto`.
    fn fill_ring(&mut self, upto: u64) -> Result<(), Fault> {
        for kind in [Audience::KIND, KeyGrant::KIND] {
            for record in self.every_after(kind, upto)? {
                self.note_for_ring(&record);
            }
        }
        Ok(())
    }

    /// Whether every key that the records grant this device is held.
    pub(super) fn ring_is_whole(&self) -> Result<bool, Fault> {
        for record in self.every_after(KeyGrant::KIND, 0)? {
            let Some(grant) = record.body().and_then(|body| KeyGrant::parse(body).ok()) else { continue };
            for granted in grant.open_any(&self.community, &self.keys.sealing) {
                let held = self.ring.keys(&granted.audience, granted.epoch).contains(&granted.key);
                if !held && self.may_grant(&record.log, &granted.audience) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// A record arrived: does it hand this device a key, or open an audience?
    pub(super) fn note_for_ring(&mut self, record: &Record) {
        if record.kind == KeyGrant::KIND {
            let Some(grant) = record.body().and_then(|body| KeyGrant::parse(body).ok()) else { return };
            for granted in grant.open_any(&self.community, &self.keys.sealing) {
                if self.may_grant(&record.log, &granted.audience) {
                    self.hold_key(granted);
                }
            }
        } else if record.kind == Audience::KIND
            && let Some((audience, _)) = record.audience
        {
            self.ring.openings.entry(audience).or_default().insert(record.id());
            let key = [&audience.as_bytes()[..], record.id().as_bytes()].concat();
            self.cache(OPENINGS, key, Vec::new());
        }
        self.pending.batch.cache(LATE, record.id().as_bytes(), None);
        // In one batch with what was noted: a crash before it finds the record after this place again.
        self.cache(UPTO, Vec::new(), self.store.arrivals().to_be_bytes().to_vec());
    }

    /// Adds to the batch that stores a body which came late that the ring has yet to look at it: its record lies before the
    /// place up to which all was noted.
    pub(super) fn note_late_for_ring(record: &Record, batch: &mut Batch) {
        if RING_KINDS.contains(&record.kind) {
            batch.cache(LATE, record.id().as_bytes(), Some(Vec::new()));
        }
    }

    /// The record that opened an audience. Whoever was ever in can write another such record later, and stays as far out
    /// as before: of several, one that stands counts before one that does not, then the one settled first.
    pub(super) fn opening(&self, audience: &AudienceId) -> Option<RecordId> {
        let openings = self.ring.openings.get(audience)?;
        let rank = |id: &&RecordId| {
            let record = self.store.record(id).ok().flatten();
            let standing = record.map(|record| self.standing(&record));
            let stands = standing.is_some_and(|standing| standing.verdict.stands());
            (!stands, standing.and_then(|standing| standing.height).unwrap_or(u64::MAX), **id)
        };
        if openings.len() == 1 {
            openings.first().copied()
        } else {
            openings.iter().min_by_key(rank).copied()
        }
    }

    /// Whether keys from this log are taken: those of whoever was ever in the audience. An audience not known yet is
    /// judged when its records arrive: until then a key opens nothing.
    fn may_grant(&self, log: &LogId, audience: &AudienceId) -> bool {
        let Some(view) = self.audience(audience).filter(|view| !view.epochs.is_empty()) else { return true };
        let author = self.author(log, None);
        view.epochs.iter().any(|epoch| epoch.members.iter().any(|member| member.is(&author)))
    }

    pub(super) fn hold_key(&mut self, granted: Granted) {
        let Granted { audience, epoch, key, name } = granted;
        let mut at = audience.as_bytes().to_vec();
        at.extend_from_slice(&epoch.to_be_bytes());
        at.extend_from_slice(&key.fingerprint(&audience, epoch).as_bytes()[..8]);
        let mut value = key.as_bytes().to_vec();
        value.extend_from_slice(name.as_bytes());
        if self.ring.hold(audience, epoch, key) {
            self.cache(RING, at, value);
        }
    }

    /// A sealed record's body, if a key of this device opens it.
    pub(super) fn unseal(&self, record: &Record) -> Option<Vec<u8>> {
        let place = Place::of(self.community, record)?;
        let keys = self.ring.keys(&place.audience, place.epoch);
        keys.iter().find_map(|key| envelope::open(key, &place, record.body()?).ok())
    }

    /// An attachment's bytes: opened when a key of this device opens it, else as they are.
    pub(super) fn unseal_file(&self, bytes: Vec<u8>) -> Vec<u8> {
        for ((audience, epoch), keys) in &self.ring.keys {
            for key in keys {
                let under = Under { community: &self.community, audience, epoch: *epoch, key };
                if linli_record::sealed_file::is_under(&under, &bytes)
                    && let Ok(file) = linli_record::sealed_file::open(&under, &bytes)
                {
                    return file;
                }
            }
        }
        bytes
    }

    /// The key to seal with, when there is one that all members share: one change began the epoch, the key opens it,
    /// no member names another key for it, and nobody was shut out since. Else another epoch has to begin first.
    pub(super) fn sealing_key(&mut self, view: &AudienceView) -> Option<(u64, EpochKey)> {
        let newest = view.newest()?;
        let [begun_by] = newest.begun_by.as_slice() else { return None };
        let begun = self.store.record(begun_by).ok()??;
        if self.shut_out_since(&newest.members, era_and_height(begun.seen).1) {
            return None;
        }
        let place = Place::of(self.community, &begun)?;
        let (held, body) = (self.ring.keys(&view.audience, newest.epoch), begun.body()?);
        let key = held.iter().find(|key| envelope::open(key, &place, body).is_ok())?.clone();
        let own_name = key.fingerprint(&view.audience, newest.epoch);
        let named = self.named(&view.audience, newest.epoch).ok()?;
        let by_members = named.into_iter().filter(|(log, _)| {
            let author = self.author(log, None);
            *log == begun.log || newest.members.iter().any(|member| member.is(&author))
        });
        by_members.into_iter().all(|(_, name)| name == own_name).then_some((newest.epoch, key))
    }

    /// Whether a device that may hold the epoch's key stopped being one of the members' after that height.
    fn shut_out_since(&self, members: &[Member], height: u64) -> bool {
        let Some(state) = &self.state else { return false };
        state.devices().any(|device| {
            let home = state.household(&device.household);
            let ends = [
                device.ended,
                home.and_then(|home| home.removed).filter(|_| Some(device.household) != self.own_household()),
                home.and_then(|home| home.ended),
            ];
            let member = members.contains(&Member::Household(device.household))
                || members.contains(&Member::Device(device.key));
            member && ends.into_iter().flatten().any(|end| end.height > height)
        })
    }

    /// What grants name for an epoch, and in which logs; only members can compute it.
    fn named(&mut self, audience: &AudienceId, epoch: u64) -> Result<BTreeSet<(LogId, Hash)>, Fault> {
        let mut named = self.ring.named.remove(&(*audience, epoch)).unwrap_or_default();
        loop {
            let page = self
                .store
                .beginnings(KeyGrant::KIND, named.upto, STEP)
                .map_err(|error| store_fault_read(&error))?;
            let Some(last) = page.last() else { break };
            named.upto = last.arrival;
            for beginning in &page {
                let record = self.store.record(&beginning.id).map_err(|error| store_fault_read(&error))?;
                let Some(record) = record else { continue };
                let grant = record.body().and_then(|body| KeyGrant::parse(body).ok());
                let name = grant.and_then(|grant| grant.names(audience, epoch));
                named.fingerprints.extend(name.map(|name| (record.log, name)));
            }
        }
        let found = named.fingerprints.clone();
        self.ring.named.insert((*audience, epoch), named);
        Ok(found)
    }
}
