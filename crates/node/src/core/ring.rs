//! The keys of the audiences this device is in, and who else is.
//!
//! Keys come from key-grant records, so the records alone bring the ring back after a repair; what was opened once is
//! kept in a projection. Whoever adds a device hands it the keys its household holds; whoever removes one begins a new
//! epoch, whose key the removed never see.

use std::collections::BTreeMap;

use linli_community::content::Payload as _;
use linli_community::content::audience::{
    self, Audience, AudienceChange, AudienceKind, AudienceView, Member,
};
use linli_community::content::grants::{self, Granted, KeyGrant};
use linli_community::register::{Device, Happening};
use linli_record::{AudienceId, EpochKey, Kind, NodeKey, Record, RecordId, SealingKey};

use super::Core;
use super::door::pick;
use super::own::Saying;
use crate::chance::random;
use crate::fault::Fault;
use crate::vocabulary::Answer;

/// Projection: audience and epoch to the key.
const RING: &str = "ring";
/// Projection: audience to the record that opened it.
const AUDIENCES: &str = "audiences";

/// Epoch keys this device holds.
#[derive(Debug, Default)]
pub(super) struct Ring {
    keys: BTreeMap<(AudienceId, u64), EpochKey>,
    names: BTreeMap<AudienceId, String>,
    opened: BTreeMap<AudienceId, RecordId>,
}

impl Ring {
    pub(super) fn key(&self, audience: &AudienceId, epoch: u64) -> Option<&EpochKey> {
        self.keys.get(&(*audience, epoch))
    }

    fn audiences(&self) -> Vec<AudienceId> {
        let mut ids: Vec<AudienceId> = self.keys.keys().map(|(audience, _)| *audience).collect();
        ids.dedup();
        ids
    }

    fn newest(&self, audience: &AudienceId) -> Option<(u64, &EpochKey)> {
        self.keys
            .range((*audience, 0)..=(*audience, u64::MAX))
            .next_back()
            .map(|((_, epoch), key)| (*epoch, key))
    }
}

impl Core {
    /// Reads the ring's projection; after a repair, every grant is opened again.
    pub(super) fn load_ring(&mut self) -> Result<(), Fault> {
        let scan = |cache| {
            self.store.cache_scan(cache, &[], usize::MAX).map_err(|error| super::store_fault_read(&error))
        };
        for (key, value) in scan(AUDIENCES)? {
            if let (Some(audience), Some(id)) = (AudienceId::from_slice(&key), RecordId::from_slice(&value)) {
                self.ring.opened.insert(audience, id);
            }
        }
        for (key, value) in scan(RING)? {
            let Some((audience, epoch)) = key.split_first_chunk::<16>() else { continue };
            let (Ok(epoch), Some((secret, name))) =
                (<[u8; 8]>::try_from(epoch), value.split_first_chunk::<32>())
            else {
                continue;
            };
            let audience = AudienceId::from(*audience);
            self.ring.keys.insert((audience, u64::from_be_bytes(epoch)), EpochKey::from(*secret));
            self.ring.names.insert(audience, String::from_utf8_lossy(name).into_owned());
        }
        Ok(())
    }

    /// Opens every grant again and finds every audience's opening, from the records alone.
    pub(super) fn rebuild_ring(&mut self) -> Result<(), Fault> {
        self.ring = Ring::default();
        for kind in [KeyGrant::KIND, Audience::KIND] {
            for record in self.every(kind)? {
                self.note_for_ring(&record);
            }
        }
        Ok(())
    }

    /// A record arrived: does it hand this device a key, or open an audience?
    pub(super) fn note_for_ring(&mut self, record: &Record) {
        if record.kind == KeyGrant::KIND {
            let Some(grant) = record.body().and_then(|body| KeyGrant::parse(body).ok()) else { return };
            for granted in grant.open_any(&self.community, &self.keys.sealing) {
                self.hold_key(granted);
            }
        } else if record.kind == Audience::KIND
            && let Some((audience, _)) = record.audience
        {
            self.ring.opened.entry(audience).or_insert(record.id());
            self.cache(AUDIENCES, audience.as_bytes().to_vec(), record.id().as_bytes().to_vec());
        }
    }

    fn hold_key(&mut self, granted: Granted) {
        let mut key = granted.audience.as_bytes().to_vec();
        key.extend_from_slice(&granted.epoch.to_be_bytes());
        let mut value = granted.key.as_bytes().to_vec();
        value.extend_from_slice(granted.name.as_bytes());
        self.cache(RING, key, value);
        self.ring.names.insert(granted.audience, granted.name);
        // The first key granted for an epoch is the one kept; a second one shows as a dispute of the audience.
        self.ring.keys.entry((granted.audience, granted.epoch)).or_insert(granted.key);
    }

    /// An audience as its records fold.
    pub(super) fn audience(&self, id: &AudienceId) -> Option<AudienceView> {
        let opened = self.ring.opened.get(id)?;
        self.with_entries(opened, audience::fold).ok()?
    }

    /// The audiences this device holds keys of.
    pub(super) fn audiences(&self) -> Vec<AudienceView> {
        self.ring.audiences().iter().filter_map(|id| self.audience(id)).collect()
    }

    /// The audience of that name, or whose id begins so.
    pub(super) fn audience_named(&self, name: &str) -> Result<AudienceView, Fault> {
        let held = self.audiences();
        let by_name: Vec<&AudienceView> = held.iter().filter(|view| view.name == name).collect();
        if let [one] = by_name.as_slice() {
            return Ok((*one).clone());
        }
        let ids: Vec<RecordId> = held.iter().map(|view| view.id).collect();
        let found = pick("audience", name, ids.iter())?;
        held.into_iter().find(|view| view.id == found).ok_or_else(|| Fault::not_found("audience", name))
    }

    /// Whether a neighbour may be offered that audience's logs: its members, and the keepers it names.
    pub(super) fn may_read(&self, peer: &NodeKey, audience: &AudienceId) -> bool {
        let Some(state) = &self.state else { return false };
        let Some(device) = state.device_by_node(peer).filter(|device| device.active()) else { return false };
        let Some(view) = self.audience(audience) else { return false };
        let author = self.author_of_device(device);
        view.includes(&author) || view.keepers.contains(&device.key)
    }

    /// Opens a private audience for this household and others.
    pub(super) fn open_audience(
        &mut self,
        name: &str,
        kind: &str,
        households: &[String],
    ) -> Result<Answer, Fault> {
        let kind = match kind {
            "household" => AudienceKind::Household,
            "committee" => AudienceKind::Committee,
            "named" => AudienceKind::Named,
            other => {
                return Err(Fault::input("audience-kind", format!("no audience of kind {other:?}"))
                    .hint("one of: household, committee, named"));
            }
        };
        let mut members = vec![Member::Household(self.own_household().ok_or_else(super::own::not_joined)?)];
        for household in households {
            members.push(Member::Household(self.household_named(household)?));
        }
        members.sort();
        members.dedup();
        let opening = Audience {
            name: name.trim().to_owned(),
            kind,
            members,
            newcomers_read: true,
            keepers: self.state.iter().flat_map(|state| state.keepers()).map(|device| device.key).collect(),
        };
        let (_, record) = self.begin_audience(opening)?;
        Ok(self.said(record))
    }

    /// Opens an audience: its first key to its members, then its first record.
    pub(super) fn begin_audience(&mut self, opening: Audience) -> Result<(AudienceId, RecordId), Fault> {
        let body = opening.body()?;
        let (id, key) = (AudienceId::from(random()), EpochKey::from(random()));
        let granted = Granted { audience: id, epoch: 1, key, name: opening.name };
        self.grant(&opening.members, vec![granted])?;
        let record = self.say_to(id, 1, Saying { draft: Audience::begin(), body })?;
        self.heal_all();
        Ok((id, record))
    }

    /// Adds and removes households: one change, one new epoch, one grant to whoever remains.
    pub(super) fn change_audience(
        &mut self,
        name: &str,
        add: &[String],
        remove: &[String],
    ) -> Result<Answer, Fault> {
        let view = self.audience_named(name)?;
        let named = |core: &Self, names: &[String]| -> Result<Vec<Member>, Fault> {
            names.iter().map(|name| core.household_named(name).map(Member::Household)).collect()
        };
        let (add, remove) = (named(self, add)?, named(self, remove)?);
        let record = self.begin_epoch(&view, &add, &remove)?;
        self.heal_all();
        Ok(self.said(record))
    }

    fn begin_epoch(
        &mut self,
        view: &AudienceView,
        add: &[Member],
        remove: &[Member],
    ) -> Result<RecordId, Fault> {
        let newest = view
            .newest()
            .ok_or_else(|| Fault::not_allowed("not-a-member", "this audience does not open here"))?;
        let mut members: Vec<Member> = newest.members.iter().chain(add).copied().collect();
        members.retain(|member| !remove.contains(member));
        members.sort();
        members.dedup();
        let epoch = newest.epoch + 1;
        let change =
            AudienceChange { epoch, add: add.to_vec(), remove: remove.to_vec(), name: None, keepers: None };
        let body = change.body()?;
        let granted = Granted {
            audience: view.audience,
            epoch,
            key: EpochKey::from(random()),
            name: view.name.clone(),
        };
        self.grant(&members, vec![granted])?;
        if view.newcomers_read && !add.is_empty() {
            self.grant(add, self.held_keys(view))?;
        }
        self.say_to(view.audience, epoch, Saying { draft: AudienceChange::on(view.id, &[]), body })
    }

    fn held_keys(&self, view: &AudienceView) -> Vec<Granted> {
        let held = self.ring.keys.range((view.audience, 0)..=(view.audience, u64::MAX));
        held.map(|((audience, epoch), key)| Granted {
            audience: *audience,
            epoch: *epoch,
            key: key.clone(),
            name: view.name.clone(),
        })
        .collect()
    }

    /// Seals keys to every device of these members, this one included, in one public record a batch.
    fn grant(&mut self, members: &[Member], secrets: Vec<Granted>) -> Result<(), Fault> {
        let recipients: Vec<SealingKey> =
            self.devices_of(members).into_iter().map(|device| device.sealing).collect();
        let a_time = (GRANTS_A_RECORD / secrets.len().max(1)).max(1);
        for recipients in recipients.chunks(a_time) {
            let grant = grants::seal(&self.community, recipients, &secrets, &random())?;
            let body = grant.body()?;
            self.say(Saying { draft: KeyGrant::begin(), body })?;
        }
        secrets.into_iter().for_each(|granted| self.hold_key(granted));
        Ok(())
    }

    fn devices_of(&self, members: &[Member]) -> Vec<Device> {
        let devices = self.state.iter().flat_map(|state| state.devices());
        devices
            .filter(|device| device.active())
            .filter(|device| {
                members.contains(&Member::Household(device.household))
                    || members.contains(&Member::Device(device.key))
            })
            .cloned()
            .collect()
    }

    /// The epoch to write under: a disputed one is followed by another first.
    pub(super) fn writing_epoch(&mut self, view: &AudienceView) -> Result<u64, Fault> {
        if view.disputed() {
            self.begin_epoch(view, &[], &[])?;
        }
        let newest = self.ring.newest(&view.audience).map(|(epoch, _)| epoch);
        newest.ok_or_else(|| Fault::not_allowed("not-a-member", "this device holds no key of that audience"))
    }

    /// What the register's decisions mean for keys: new devices are granted, revoked ones shut out.
    pub(super) fn follow_happenings(&mut self, happened: &[Happening]) {
        let own = self.keys.signing.public();
        for happening in happened {
            let outcome = match happening {
                Happening::Admitted { device, .. } => self.welcome_device(device, &own),
                Happening::Consented { .. } => self.follow_consent(happening),
                other => self.shut_out(other),
            };
            if let Err(fault) = outcome {
                tracing::warn!(%fault, "audience keys could not be changed yet");
            }
        }
    }

    /// A device this one added to its household gets the keys the household's audiences allow.
    fn welcome_device(
        &mut self,
        device: &linli_record::DeviceKey,
        own: &linli_record::DeviceKey,
    ) -> Result<(), Fault> {
        let Some(newcomer) = self.state.as_ref().and_then(|state| state.device_by_key(device)).cloned()
        else {
            return Ok(());
        };
        if newcomer.added_by != Some(*own) || self.pen.is_none() {
            return Ok(());
        }
        let author = self.author_of_device(&newcomer);
        for view in self.audiences() {
            if !view.includes(&author) {
                continue;
            }
            let mut keys = self.held_keys(&view);
            if !view.newcomers_read {
                keys = keys.split_off(keys.len().saturating_sub(1));
            }
            self.grant(&[Member::Device(newcomer.key)], keys)?;
        }
        Ok(())
    }

    /// After a revocation that this household made: every audience it was in goes on under a new key.
    fn shut_out(&mut self, happening: &Happening) -> Result<(), Fault> {
        let Happening::Ended { by, household, .. } = happening else { return Ok(()) };
        let ours =
            self.store.record(by).ok().flatten().is_some_and(|record| Some(record.log) == self.own_log());
        if !ours {
            return Ok(());
        }
        for view in self.audiences() {
            let was_in =
                view.newest().is_some_and(|epoch| epoch.members.contains(&Member::Household(*household)));
            if was_in {
                self.begin_epoch(&view, &[], &[])?;
            }
        }
        Ok(())
    }
}

/// Grants in one record: well within a payload's 60 KiB.
const GRANTS_A_RECORD: usize = 120;
/// Kinds the ring listens to.
pub(super) const RING_KINDS: [Kind; 2] = [KeyGrant::KIND, Audience::KIND];
