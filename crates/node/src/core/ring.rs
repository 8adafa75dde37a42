//! The keys of the audiences this device is in.
//!
//! Keys come from key-grant records, so the records alone bring the ring back after a repair; what was opened once is
//! kept in a projection. A grant proves nothing by itself, whoever made it: a key counts as an epoch's when it opens the
//! record that began the epoch, and something is sealed under it only while the members' grants name no other (see
//! [`Core::sealing_key`]). So every device's grants are taken, a few of each: which keys are held follows from the records
//! alone, in whatever order they came, and nobody's grants crowd out another's. Who is in an audience,
//! [`super::audience`] knows.

use std::collections::{BTreeMap, BTreeSet};

use linli_community::content::Payload as _;
use linli_community::content::audience::{Audience, AudienceView, Member};
use linli_community::content::grants::{Granted, KeyGrant};
use linli_record::block::era_and_height;
use linli_record::envelope::{self, Place};
use linli_record::sealed_file::Under;
use linli_record::{AudienceId, EpochKey, Hash, Kind, LogId, Record, RecordId};
use linli_store::{Batch, Op};

use super::{Core, store_fault_read};
use crate::fault::Fault;

/// Projection: audience 16, epoch 8, log 32 and the first 8 bytes of the key's fingerprint, to place in the log 8 and key 32.
pub(super) const RING: &str = "ring";
/// Projection: audience and a record that opens it, to nothing.
const OPENINGS: &str = "audience-openings";
/// Keys held for one epoch of those that one log grants, the first ones: one, but for disputes.
const KEYS_A_LOG: usize = 4;
/// Grants looked at in one step.
const STEP: usize = 1024;
/// Kinds the ring listens to.
pub(super) const RING_KINDS: [Kind; 2] = [KeyGrant::KIND, Audience::KIND];
/// Projection: the arrival up to which grants and openings were noted.
const UPTO: &str = "ring-noted";
/// Projection: grants and openings whose bytes came after them and were not noted yet.
const LATE: &str = "ring-late";

type Epoch = (AudienceId, u64);
/// Keys that one log grants, with the place of each, ascending.
type Granting = Vec<(u64, EpochKey)>;

/// Epoch keys this device holds.
#[derive(Debug, Default)]
pub(super) struct Ring {
    granted: BTreeMap<Epoch, BTreeMap<LogId, Granting>>,
    /// The same keys, each once, in the order of their fingerprints.
    keys: BTreeMap<Epoch, Vec<EpochKey>>,
    openings: BTreeMap<AudienceId, BTreeSet<RecordId>>,
    /// Another branch of a log took the place of one that may have granted keys.
    pub(super) stale: bool,
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

    /// Holds a key that the record at this place grants. What changed: the key of this log that is held now, and the one
    /// that is not any more.
    fn hold(&mut self, epoch: Epoch, (log, seq): (LogId, u64), key: EpochKey) -> Changed {
        let granting = self.granted.entry(epoch).or_default().entry(log).or_default();
        let held = granting.iter().position(|(_, other)| *other == key);
        if held.is_some_and(|at| granting[at].0 <= seq) {
            return Changed::default();
        }
        if let Some(at) = held {
            granting.remove(at);
        }
        let before = |(at, other): &(u64, EpochKey)| (*at, other.as_bytes()) < (seq, key.as_bytes());
        granting.insert(granting.partition_point(before), (seq, key.clone()));
        let dropped = if granting.len() > KEYS_A_LOG { granting.pop().map(|(_, key)| key) } else { None };
        let changed = Changed { held: (dropped.as_ref() != Some(&key)).then_some(key), dropped };
        self.gather(epoch);
        changed
    }

    fn gather(&mut self, epoch: Epoch) {
        let name = |key: &EpochKey| *key.fingerprint(&epoch.0, epoch.1).as_bytes();
        let granted = self.granted.get(&epoch).into_iter().flat_map(BTreeMap::values).flatten();
        let keys: BTreeMap<[u8; 32], EpochKey> = granted.map(|(_, key)| (name(key), key.clone())).collect();
        self.keys.insert(epoch, keys.into_values().collect());
    }
}

/// What holding a key changed.
#[derive(Default)]
struct Changed {
    held: Option<EpochKey>,
    dropped: Option<EpochKey>,
}

fn ring_key((audience, epoch): Epoch, log: &LogId, key: &EpochKey) -> Vec<u8> {
    let fingerprint = key.fingerprint(&audience, epoch);
    let name = &fingerprint.as_bytes()[..8];
    [&audience.as_bytes()[..], &epoch.to_be_bytes(), &log.as_bytes()[..], name].concat()
}

/// The other way: epoch, log, place and key of an entry of [`RING`].
fn ring_entry(key: &[u8], value: &[u8]) -> Option<(Epoch, (LogId, u64), EpochKey)> {
    let (audience, rest) = key.split_first_chunk::<16>()?;
    let (epoch, rest) = rest.split_first_chunk::<8>()?;
    let (log, _) = rest.split_first_chunk::<32>()?;
    let (seq, secret) = value.split_first_chunk::<8>()?;
    let at = (LogId::from(*log), u64::from_be_bytes(*seq));
    let epoch = (AudienceId::from(*audience), u64::from_be_bytes(*epoch));
    Some((epoch, at, EpochKey::from(*secret.first_chunk::<32>()?)))
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
            if let Some((epoch, at, key)) = ring_entry(&key, &value) {
                self.ring.hold(epoch, at, key);
            }
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
        for cache in [RING, OPENINGS] {
            self.pending.batch.push(Op::ClearCache(cache.into()));
        }
        self.fill_ring(0)
    }

    /// Keys that only a branch granted that is none any more are not held any more.
    pub(super) fn renew_stale_ring(&mut self) {
        if self.ring.stale
            && let Err(fault) = self.rebuild_ring()
        {
            tracing::warn!(%fault, "the keys could not be gathered anew");
        }
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

    /// Whether the keys held are those that the records grant this device.
    pub(super) fn ring_is_whole(&self) -> Result<bool, Fault> {
        let mut anew = Ring::default();
        for record in self.every_after(KeyGrant::KIND, 0)? {
            for granted in self.granted_by(&record) {
                anew.hold((granted.audience, granted.epoch), (record.log, record.seq), granted.key);
            }
        }
        Ok(anew.granted == self.ring.granted)
    }

    fn granted_by(&self, record: &Record) -> Vec<Granted> {
        let grant = record.body().and_then(|body| KeyGrant::parse(body).ok());
        grant.map(|grant| grant.open_any(&self.community, &self.keys.sealing)).unwrap_or_default()
    }

    /// A record arrived: does it hand this device a key, or open an audience?
    pub(super) fn note_for_ring(&mut self, record: &Record) {
        if record.kind == KeyGrant::KIND {
            for granted in self.granted_by(record) {
                self.hold_key(record, granted);
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

    fn hold_key(&mut self, by: &Record, granted: Granted) {
        let epoch = (granted.audience, granted.epoch);
        let Changed { held, dropped } = self.ring.hold(epoch, (by.log, by.seq), granted.key);
        if let Some(key) = dropped {
            self.pending.batch.cache(RING, ring_key(epoch, &by.log, &key), None);
        }
        if let Some(key) = held {
            let value = [&by.seq.to_be_bytes()[..], key.as_bytes()].concat();
            self.cache(RING, ring_key(epoch, &by.log, &key), value);
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
    pub(super) fn named(
        &mut self,
        audience: &AudienceId,
        epoch: u64,
    ) -> Result<BTreeSet<(LogId, Hash)>, Fault> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that follow from a seed (Knuth's linear congruence).
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, sides: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % sides
        }
    }

    #[test]
    fn which_keys_are_held_follows_from_the_grants_in_whatever_order_they_came() {
        for seed in 0..64 {
            let mut dice = Dice(seed);
            let mut grants: Vec<(Epoch, (LogId, u64), EpochKey)> = (0..200)
                .map(|_| {
                    let byte = |number: u64| u8::try_from(number).expect("small");
                    let epoch = (AudienceId::from([byte(dice.below(2)); 16]), dice.below(2));
                    let at = (LogId::from([byte(dice.below(4)); 32]), dice.below(50));
                    (epoch, at, EpochKey::from([byte(dice.below(12)); 32]))
                })
                .collect();
            let ring_of = |grants: &[(Epoch, (LogId, u64), EpochKey)]| {
                let mut ring = Ring::default();
                for (epoch, at, key) in grants {
                    ring.hold(*epoch, *at, key.clone());
                }
                ring
            };
            let first = ring_of(&grants);
            for _ in 0..8 {
                for at in (1..grants.len()).rev() {
                    let other = usize::try_from(dice.below(at as u64 + 1)).expect("small");
                    grants.swap(at, other);
                }
                let again = ring_of(&grants);
                assert_eq!((&again.granted, &again.keys), (&first.granted, &first.keys), "seed {seed}");
            }
        }
    }

    #[test]
    fn whoever_grants_many_keys_crowds_out_nobody_elses() {
        let mut ring = Ring::default();
        let epoch = (AudienceId::from([1; 16]), 1);
        for number in 0..200_u8 {
            ring.hold(epoch, (LogId::from([7; 32]), u64::from(number)), EpochKey::from([number; 32]));
        }
        let honest = EpochKey::from([255; 32]);
        ring.hold(epoch, (LogId::from([8; 32]), 3), honest.clone());
        assert!(ring.keys(&epoch.0, 1).contains(&honest));
        assert_eq!(ring.keys(&epoch.0, 1).len(), KEYS_A_LOG + 1);
    }
}
