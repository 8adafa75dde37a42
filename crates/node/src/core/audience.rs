//! Private audiences: opening one, changing who is in, and what the register's decisions mean for their keys.
//!
//! Whoever adds a household or device hands it the keys the audience allows; whoever removes one begins a new epoch,
//! whose key the removed never see. Where the remover is not in an audience (registrars), the next member who writes
//! begins the epoch first. Keys themselves are the [`super::ring`]'s.

use linli_community::content::Payload as _;
use linli_community::content::audience::{
    self, Audience, AudienceChange, AudienceKind, AudienceView, Member,
};
use linli_community::content::grants::{self, Granted};
use linli_community::register::{Device, Happening};
use linli_record::{AudienceId, EpochKey, LogId, NodeKey, RecordId, SealingKey};

use super::Core;
use super::door::pick;
use super::own::Saying;
use crate::chance::random;
use crate::fault::Fault;
use crate::vocabulary::Answer;

/// Grants in one record: well within a payload's 60 KiB.
const GRANTS_A_RECORD: usize = 120;
/// Projection: devices this one added that were handed their keys.
const WELCOMED: &str = "welcomed";
impl Core {
    /// An audience as its records fold.
    pub(super) fn audience(&self, id: &AudienceId) -> Option<AudienceView> {
        self.with_entries(&self.opening(id)?, audience::fold).ok()?
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
        let Some(device) = state.device_by_node(peer).filter(|device| self.takes_part(device)) else {
            return false;
        };
        let Some(view) = self.audience(audience) else { return false };
        let author = self.author_of_device(device);
        view.includes(&author) || view.keepers.contains(&device.key)
    }

    /// Whether a device is handed keys: it was not revoked, and its household is in common life (or is this one).
    fn takes_part(&self, device: &Device) -> bool {
        let home = self.state.as_ref().and_then(|state| state.household(&device.household));
        let common = home.is_some_and(linli_community::register::Household::in_common_life);
        device.active() && (common || Some(device.household) == self.own_household())
    }

    /// Opens a private audience for this household and others.
    pub(super) fn open_audience(
        &mut self,
        name: &str,
        kind: &str,
        households: &[String],
        newcomers_read: bool,
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
        let keepers = self.state.iter().flat_map(|state| state.keepers()).map(|device| device.key).collect();
        let name = name.trim().to_owned();
        let (_, record) = self.begin_audience(Audience { name, kind, members, newcomers_read, keepers })?;
        Ok(self.said(record))
    }

    /// Opens an audience: its first key to every member's devices, then its first record.
    pub(super) fn begin_audience(&mut self, opening: Audience) -> Result<(AudienceId, RecordId), Fault> {
        let body = opening.body()?;
        let (audience, key) = (AudienceId::from(random()), EpochKey::from(random()));
        let granted = Granted { audience, epoch: 1, key: key.clone(), name: opening.name };
        self.grant(&opening.members, &[granted])?;
        let record = self.say_to(audience, (1, &key), Saying { draft: Audience::begin(), body })?;
        self.heal_all();
        Ok((audience, record))
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
        let (record, ..) = self.begin_epoch(&view, &add, &remove)?;
        self.heal_all();
        Ok(self.said(record))
    }

    /// Begins an epoch: its key to everyone who is in from now on, earlier ones to newcomers where the audience allows.
    pub(super) fn begin_epoch(
        &mut self,
        view: &AudienceView,
        add: &[Member],
        remove: &[Member],
    ) -> Result<(RecordId, u64, EpochKey), Fault> {
        let newest = view
            .newest()
            .ok_or_else(|| Fault::not_allowed("not-a-member", "this audience does not open here"))?;
        let mut members: Vec<Member> = newest.members.iter().chain(add).copied().collect();
        members.retain(|member| !remove.contains(member));
        members.sort();
        members.dedup();
        let epoch = newest.epoch + 1;
        let introduction = (!view.newcomers_read).then(|| Audience {
            name: view.name.clone(),
            kind: view.kind,
            members: members.clone(),
            newcomers_read: false,
            keepers: view.keepers.clone(),
        });
        let (add, remove) = (add.to_vec(), remove.to_vec());
        let change =
            AudienceChange { epoch, add: add.clone(), remove, name: None, keepers: None, introduction };
        let body = change.body()?;
        let key = EpochKey::from(random());
        let (audience, name) = (view.audience, view.name.clone());
        self.grant(&members, &[Granted { audience, epoch, key: key.clone(), name }])?;
        if view.newcomers_read && !add.is_empty() {
            self.grant(&add, &self.held_keys(view))?;
        }
        let draft = AudienceChange::on(view.id, &[]);
        let record = self.say_to(audience, (epoch, &key), Saying { draft, body })?;
        Ok((record, epoch, key))
    }

    fn held_keys(&self, view: &AudienceView) -> Vec<Granted> {
        let granted = |(epoch, keys): (u64, &[EpochKey])| -> Vec<Granted> {
            let name = &view.name;
            let one = |key: &EpochKey| Granted {
                audience: view.audience,
                epoch,
                key: key.clone(),
                name: name.clone(),
            };
            // One record names one key an epoch: of a dispute, the newcomer is handed what opens the beginning.
            self.key_that_began(view, epoch).or_else(|| keys.first().cloned()).iter().map(one).collect()
        };
        self.ring.epochs(&view.audience).flat_map(granted).collect()
    }

    fn key_that_began(&self, view: &AudienceView, epoch: u64) -> Option<EpochKey> {
        let begun = view.epochs.iter().find(|held| held.epoch == epoch)?.begun_by.first()?;
        let record = self.store.record(begun).ok()??;
        let place = linli_record::envelope::Place::of(self.community, &record)?;
        let mut keys = self.ring.keys(&view.audience, epoch).iter();
        keys.find(|key| linli_record::envelope::open(key, &place, record.body().unwrap_or_default()).is_ok())
            .cloned()
    }

    /// Seals keys to every device of these members, this one included, in one public record a batch.
    fn grant(&mut self, members: &[Member], secrets: &[Granted]) -> Result<(), Fault> {
        let recipients: Vec<SealingKey> =
            self.devices_of(members).into_iter().map(|device| device.sealing).collect();
        for secrets in secrets.chunks(GRANTS_A_RECORD) {
            let a_time = (GRANTS_A_RECORD / secrets.len()).max(1);
            for recipients in recipients.chunks(a_time) {
                let grant = grants::seal(&self.community, recipients, secrets, &random())?;
                let body = grant.body()?;
                self.say(Saying { draft: grants::KeyGrant::begin(), body })?;
            }
        }
        Ok(())
    }

    fn devices_of(&self, members: &[Member]) -> Vec<Device> {
        let devices = self.state.iter().flat_map(|state| state.devices());
        devices
            .filter(|device| self.takes_part(device))
            .filter(|device| {
                members.contains(&Member::Household(device.household))
                    || members.contains(&Member::Device(device.key))
            })
            .cloned()
            .collect()
    }

    /// The key to write under. A disputed epoch, and one whose key somebody holds who was shut out since, is followed by
    /// another first.
    pub(super) fn writing_key(&mut self, view: &AudienceView) -> Result<(u64, EpochKey), Fault> {
        let own = self.own_device().map(|device| self.author_of_device(device));
        if !own.is_some_and(|author| view.includes(&author)) {
            return Err(Fault::not_allowed("not-a-member", "this household is not in that audience"));
        }
        if self.goes_on_without_us(view) {
            return Err(Fault::not_allowed(
                "not-a-member",
                "this audience goes on under a key that this household was not given (yet)",
            )
            .hint("its members say whether you are still in; after a change the key comes with the next neighbour"));
        }
        match self.sealing_key(view) {
            Some(found) => Ok(found),
            None => self.begin_epoch(view, &[], &[]).map(|(_, epoch, key)| (epoch, key)),
        }
    }

    /// The audiences this device holds keys of, as far as it can know: who was taken out is told no more than that it goes
    /// on without them, and does not find itself among the members any longer.
    pub(super) fn audiences_shown(&mut self) -> Vec<AudienceView> {
        let mut views = self.audiences();
        let own = self.own_household().map(Member::Household);
        for view in &mut views {
            if self.goes_on_without_us(view)
                && let Some(newest) = view.epochs.last_mut()
            {
                newest.members.retain(|member| Some(*member) != own);
            }
        }
        views
    }

    /// Whether a member began a later epoch whose key is not here: who was taken out sees no more of it than that. The
    /// grants that hand its key to the others are public, and name the epoch to whoever was in.
    fn goes_on_without_us(&mut self, view: &AudienceView) -> bool {
        let Some(newest) = view.newest() else { return true };
        let next = newest.epoch + 1;
        if self.ring.keys(&view.audience, next).is_empty()
            && let Ok(named) = self.named(&view.audience, next)
        {
            let own = self.own_household();
            let another = |log: &LogId| {
                let author = self.author(log, None);
                author.household != own && newest.members.iter().any(|member| member.is(&author))
            };
            if named.iter().any(|(log, _)| another(log)) {
                return true;
            }
        }
        let sealed = view.asides.iter().filter(|aside| aside.kind == AudienceChange::KIND);
        let by_members = sealed.filter(|aside| {
            let author = aside.by.household.map(Member::Household);
            author.is_some_and(|author| newest.members.contains(&author))
        });
        by_members.into_iter().any(|aside| {
            let record = self.store.record(&aside.id).ok().flatten();
            record.is_some_and(|record| {
                record.audience.is_some_and(|(_, epoch)| epoch > newest.epoch)
                    && self.unseal(&record).is_none()
            })
        })
    }

    /// What the register's decisions mean for keys: new devices are granted, revoked ones shut out.
    pub(super) fn follow_happenings(&mut self, happened: &[Happening]) {
        for happening in happened {
            if let Err(fault) = self.shut_out(happening) {
                tracing::warn!(%fault, "audience keys could not be changed yet");
            }
        }
        self.catch_up_with_keys();
        if happened.iter().any(|happening| matches!(happening, Happening::CharterChanged { .. })) {
            self.hand_on_keys();
        }
    }

    /// What is sealed to an office goes on with those who hold it now. Done at every start and after a change.
    pub(super) fn hand_on_keys(&mut self) {
        if let Err(fault) = self.hand_on_mapping() {
            tracing::warn!(%fault, "the roll's mapping could not be handed on yet");
        }
    }

    /// Hands out what is owed: keys to devices this one added, an audience for every consent that names a household.
    /// Done at every start and block, so that a crash in between leaves nothing undone.
    pub(super) fn catch_up_with_keys(&mut self) {
        let outcome = self.welcome_devices().and_then(|()| self.ready_viewers());
        if let Err(fault) = outcome {
            tracing::warn!(%fault, "audience keys could not be handed out yet");
        }
    }

    /// Devices this one added to its household get the keys the household's audiences allow.
    fn welcome_devices(&mut self) -> Result<(), Fault> {
        let own = self.keys.signing.public();
        if self.pen.is_none() || !self.is_member() {
            return Ok(());
        }
        let devices = self.state.iter().flat_map(|state| state.devices());
        let added: Vec<Device> =
            devices.filter(|device| device.active() && device.added_by == Some(own)).cloned().collect();
        for newcomer in added {
            let held = self.store.cached(WELCOMED, newcomer.key.as_bytes());
            if held.map_err(|error| super::store_fault_read(&error))?.is_some() {
                continue;
            }
            self.welcome(&newcomer)?;
            self.cache(WELCOMED, newcomer.key.as_bytes().to_vec(), Vec::new());
            self.commit_pending();
            self.heal_all();
        }
        Ok(())
    }

    fn welcome(&mut self, newcomer: &Device) -> Result<(), Fault> {
        let author = self.author_of_device(newcomer);
        for view in self.audiences() {
            if !view.includes(&author) {
                continue;
            }
            let mut keys = self.held_keys(&view);
            if !view.newcomers_read {
                keys = keys.split_off(keys.len().saturating_sub(1));
            }
            self.grant(&[Member::Device(newcomer.key)], &keys)?;
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
        self.heal_all();
        Ok(())
    }
}
