//! Everything the register decided, as one value: canonical bytes, a hash, and the questions others ask of it.
//!
//! The facts change in one place only, [`super::apply`]. This module knows no rule; it keeps the indexes that make
//! questions cheap. Read [`State`] first, then [`Facts`] for what is remembered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use linli_record::{
    BlobHash, BlockId, Claim, CommunityId, DeviceKey, Hash, LogId, NextKey, NodeKey, RecordId, Refused,
};
use minicbor::{Decode, Encode};

use super::bylaws::Bylaws;
use super::people::{
    Consent, Device, Ended, Fork, Grant, Head, Household, Office, OutsideEntry, PastOffices, Role,
    SettledLog, Witness,
};
use super::rolls::Roll;
use crate::canon;
use crate::charter::{RegistrarSeat, Registrars, Tellers};
use crate::kinds::Sayers;

/// The format of a state's canonical bytes.
pub const VERSION: u8 = 1;

/// What the register decided, up to and including one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    inner: Arc<Inner>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inner {
    pub(super) facts: Facts,
    by_log: BTreeMap<LogId, u32>,
    by_node: BTreeMap<NodeKey, DeviceKey>,
    first_lives: BTreeMap<LogId, DeviceKey>,
}

/// What is remembered, in the order of its canonical bytes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Facts {
    /// Format of these bytes; 1.
    #[n(0)]
    pub version: u8,
    /// The community.
    #[n(1)]
    pub community: CommunityId,
    /// The rules as they stand.
    #[n(2)]
    pub bylaws: Bylaws,
    /// How often they changed: what proposals name as `base`.
    #[n(3)]
    pub charter: u64,
    /// The era.
    #[n(4)]
    pub era: u64,
    /// The newest block; absent before the founding block.
    #[n(5)]
    pub head: Option<Head>,
    /// By what time terms end.
    #[n(6)]
    pub clock: Clock,
    /// Ids of the newest blocks, the head last.
    #[n(7)]
    pub recent: Vec<BlockId>,
    /// Settled logs; the index is the log's number.
    #[n(8)]
    pub logs: Vec<SettledLog>,
    /// Every device ever enrolled.
    #[n(9)]
    pub devices: BTreeMap<DeviceKey, Device>,
    /// Every household and body ever enrolled.
    #[n(10)]
    pub households: BTreeMap<RecordId, Household>,
    /// The founder's household.
    #[n(11)]
    pub founder: RecordId,
    /// Hashes of invites that were used.
    #[n(12)]
    pub invites: BTreeSet<Hash>,
    /// Offices ever granted.
    #[n(13)]
    pub grants: BTreeMap<RecordId, Grant>,
    /// Consents ever granted.
    #[n(14)]
    pub consents: BTreeMap<RecordId, Consent>,
    /// What is not bridged.
    #[n(15)]
    pub outside: Vec<OutsideEntry>,
    /// The roll.
    #[n(16)]
    pub roll: Option<Roll>,
    /// The statement that set it.
    #[n(17)]
    pub roll_by: Option<RecordId>,
    /// The witnesses, ascending by log id.
    #[n(18)]
    pub witnesses: Vec<Witness>,
    /// Incomplete proposals.
    #[n(19)]
    pub open: BTreeMap<RecordId, Proposal>,
    /// Approvals of proposals that are not complete, by proposal, in the order they settled.
    #[n(20)]
    pub approvals: BTreeMap<RecordId, Vec<Approval>>,
    /// Successor keys that nobody confirmed yet, by the log-close that names them.
    #[n(21)]
    pub successors: BTreeMap<RecordId, PendingSuccessor>,
    /// Proven forks.
    #[n(22)]
    pub forks: Vec<Fork>,
    /// Quarantined content that counts again.
    #[n(23)]
    pub readmitted: BTreeSet<RecordId>,
    /// Registrars, tellers and witnesses of before, oldest first: what they said in office is judged by it (rule 24).
    #[cbor(n(24), skip_if = "Vec::is_empty")]
    pub past_offices: Vec<PastOffices>,
}

/// Block time, guarded against jumps (rule 14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct Clock {
    /// The time by which terms and proposals end, milliseconds.
    #[n(0)]
    pub due_ms: u64,
    /// After a jump: block time from which `due_ms` follows again.
    #[n(1)]
    pub hold_until_ms: Option<u64>,
}

/// A statement that waits for approvals.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Proposal {
    /// The record.
    #[n(0)]
    pub id: RecordId,
    /// Its kind's number.
    #[n(1)]
    pub kind: u16,
    /// The author's key.
    #[n(2)]
    pub author: DeviceKey,
    /// The author's log.
    #[n(3)]
    pub log: LogId,
    /// Its place in the log.
    #[n(4)]
    pub seq: u64,
    /// Height of the block that settled it.
    #[n(5)]
    pub height: u64,
    /// The guarded clock when it settled, milliseconds.
    #[n(6)]
    pub since_ms: u64,
    /// Its body.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub body: Vec<u8>,
    /// Its required annex.
    #[n(8)]
    pub annex: Option<BlobHash>,
    /// The verified claim it quotes.
    #[n(9)]
    pub claim: Option<Claim>,
    /// Whether its author took the implied approval back.
    #[n(10)]
    pub author_withdrew: bool,
}

/// One approval.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Approval {
    /// The `approve` record.
    #[n(0)]
    pub id: RecordId,
    /// Its author's key.
    #[n(1)]
    pub author: DeviceKey,
    /// Height of the block that settled it.
    #[n(2)]
    pub height: u64,
    /// The guarded clock when it settled, milliseconds.
    #[n(3)]
    pub since_ms: u64,
}

/// A successor key waiting for someone else's word.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PendingSuccessor {
    /// The key that ends.
    #[n(0)]
    pub of: DeviceKey,
    /// What follows it.
    #[n(1)]
    pub next: NextKey,
    /// The guarded clock when it settled, milliseconds.
    #[n(2)]
    pub since_ms: u64,
}

impl State {
    pub(super) fn from_facts(facts: Facts) -> Self {
        let mut inner =
            Inner { facts, by_log: BTreeMap::new(), by_node: BTreeMap::new(), first_lives: BTreeMap::new() };
        inner.index();
        Self { inner: Arc::new(inner) }
    }

    /// Reads canonical bytes that this program, or a snapshot with a known hash, wrote.
    ///
    /// # Errors
    /// [`Refused`] when they are not a state's.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Refused> {
        let facts: Facts = canon::read("state", bytes)?;
        if facts.version != VERSION {
            return Err(Refused::Version { found: facts.version.into(), known: VERSION });
        }
        Ok(Self::from_facts(facts))
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        canon::write(&self.inner.facts)
    }

    /// BLAKE3 of the canonical bytes: what a block names as its snapshot.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::from(*blake3::hash(&self.to_bytes()).as_bytes())
    }

    pub(super) fn to_facts(&self) -> Facts {
        self.inner.facts.clone()
    }

    /// All that is remembered.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.inner.facts
    }

    /// The community.
    #[must_use]
    pub fn community(&self) -> &CommunityId {
        &self.facts().community
    }

    /// The newest block; nothing before the founding block.
    #[must_use]
    pub fn head(&self) -> Option<&Head> {
        self.facts().head.as_ref()
    }

    /// What a header's `seen` says for this state: 0 before the founding block.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.head().map_or(0, |head| linli_record::block::seen(head.era, head.height))
    }

    /// The rules as they stand.
    #[must_use]
    pub fn bylaws(&self) -> &Bylaws {
        &self.facts().bylaws
    }

    /// How often the charter changed: what proposals name as `base`.
    #[must_use]
    pub fn charter_number(&self) -> u64 {
        self.facts().charter
    }

    /// Under what a proposal is made now.
    #[must_use]
    pub fn made(&self) -> super::statement::Made {
        super::statement::Made { base: self.facts().charter, recent: self.recent() }
    }

    /// The newest block, as approvals and invites name it.
    #[must_use]
    pub fn recent(&self) -> Option<super::statement::Recent> {
        self.head().map(|head| super::statement::Recent { height: head.height, id: head.id })
    }

    /// Every device ever enrolled, ascending by key.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.facts().devices.values()
    }

    /// The device with that key, also when it no longer speaks.
    #[must_use]
    pub fn device_by_key(&self, key: &DeviceKey) -> Option<&Device> {
        self.facts().devices.get(key)
    }

    /// The device with that key on the transport, also when it no longer speaks.
    #[must_use]
    pub fn device_by_node(&self, node: &NodeKey) -> Option<&Device> {
        self.inner.by_node.get(node).and_then(|key| self.device_by_key(key))
    }

    /// The device enrolled by that record.
    #[must_use]
    pub fn device_by_admission(&self, admission: &RecordId) -> Option<&Device> {
        self.facts().device_by_admission(admission)
    }

    /// Whose a public log is: settled ones, and the first life of every device.
    #[must_use]
    pub fn log_owner(&self, log: &LogId) -> Option<&Device> {
        let settled = self.log_number(log).map(|number| &self.facts().logs[number as usize].key);
        let key = settled.or_else(|| self.inner.first_lives.get(log))?;
        self.device_by_key(key)
    }

    /// Whether a transport key may speak with members: its device is active, its household's term has not ended.
    #[must_use]
    pub fn admits_node(&self, node: &NodeKey) -> bool {
        self.device_by_node(node).is_some_and(|device| self.facts().speaks(device))
    }

    /// Every household and body ever enrolled, ascending by id.
    pub fn households(&self) -> impl Iterator<Item = &Household> {
        self.facts().households.values()
    }

    /// A household or body.
    #[must_use]
    pub fn household(&self, id: &RecordId) -> Option<&Household> {
        self.facts().households.get(id)
    }

    /// The households that hold an owner's seat.
    pub fn seats(&self) -> impl Iterator<Item = &Household> {
        self.households().filter(|household| household.seated())
    }

    /// The household whose owner's seat stands on that unit.
    #[must_use]
    pub fn seat_on(&self, unit: &str) -> Option<&Household> {
        self.facts().seat_on(unit)
    }

    /// The roll.
    #[must_use]
    pub fn roll(&self) -> Option<&Roll> {
        self.facts().roll.as_ref()
    }

    /// The registrars and their thresholds.
    #[must_use]
    pub fn registrars(&self) -> &Registrars {
        &self.bylaws().registrars
    }

    /// The registrar's seat a key speaks for.
    #[must_use]
    pub fn registrar_seat(&self, key: &DeviceKey) -> Option<&RegistrarSeat> {
        let seats = self.registrars();
        seats.seat_of(key).map(|at| &seats.seats[at])
    }

    /// Whether a key spoke for a registrar's seat after block `height`; now, without one.
    #[must_use]
    pub fn is_registrar(&self, key: &DeviceKey, height: Option<u64>) -> bool {
        let registrars = height.map_or_else(|| self.registrars(), |height| self.facts().offices(height).0);
        registrars.seat_of(key).is_some()
    }

    /// The witnesses, ascending by log id: the order of their votes in a certificate.
    #[must_use]
    pub fn witnesses(&self) -> &[Witness] {
        &self.facts().witnesses
    }

    /// The witnesses' keys, in the same order.
    #[must_use]
    pub fn witness_keys(&self) -> Vec<DeviceKey> {
        self.witnesses().iter().map(|witness| witness.key).collect()
    }

    /// Offices ever granted, also ended ones.
    pub fn grants(&self) -> impl Iterator<Item = &Grant> {
        self.facts().grants.values()
    }

    /// Consents ever granted, also ended ones.
    pub fn consents(&self) -> impl Iterator<Item = &Consent> {
        self.facts().consents.values()
    }

    /// What is not bridged, oldest first.
    #[must_use]
    pub fn outside(&self) -> &[OutsideEntry] {
        &self.facts().outside
    }

    /// Devices that keep the history: enrolled as keepers, or of a household granted the office.
    pub fn keepers(&self) -> impl Iterator<Item = &Device> {
        self.devices_saying(Sayers::KEEPER)
    }

    /// Devices that bridge things.
    pub fn gateways(&self) -> impl Iterator<Item = &Device> {
        self.devices_saying(Sayers::GATEWAY)
    }

    /// Devices whose records of power need to travel first: registrars', clerks', witnesses', tellers'.
    pub fn office_holders(&self) -> impl Iterator<Item = &Device> {
        self.devices_saying(Sayers::OFFICE.or(Sayers::WITNESS).or(Sayers::TELLER))
    }

    fn devices_saying(&self, sayers: Sayers) -> impl Iterator<Item = &Device> {
        self.devices().filter(move |device| self.sayers(device).any(sayers))
    }

    /// The roles and offices a device speaks with; none when it no longer speaks.
    #[must_use]
    pub fn sayers(&self, device: &Device) -> Sayers {
        self.facts().sayers(device)
    }

    /// Proposals that wait for approvals.
    pub fn open_proposals(&self) -> impl Iterator<Item = &Proposal> {
        self.facts().open.values()
    }

    /// How far a log is settled: its number, newest sequence number and record.
    #[must_use]
    pub fn settled_tip(&self, log: &LogId) -> Option<(u32, u64, RecordId)> {
        let number = self.log_number(log)?;
        let settled = &self.facts().logs[number as usize];
        Some((number, settled.seq, settled.id))
    }

    /// A log's number.
    #[must_use]
    pub fn log_number(&self, log: &LogId) -> Option<u32> {
        self.inner.by_log.get(log).copied()
    }

    /// The log of that number.
    #[must_use]
    pub fn log_by_number(&self, number: u32) -> Option<&SettledLog> {
        self.facts().logs.get(number as usize)
    }

    /// Logs that end at their settled tip.
    pub fn closed_logs(&self) -> impl Iterator<Item = &SettledLog> {
        self.facts().logs.iter().filter(|log| log.closed.is_some())
    }

    /// Proven forks, oldest first.
    #[must_use]
    pub fn forks(&self) -> &[Fork] {
        &self.facts().forks
    }

    /// Whether quarantined content was re-admitted by name.
    #[must_use]
    pub fn readmitted(&self, record: &RecordId) -> bool {
        self.facts().readmitted.contains(record)
    }

    /// Whether this history holds that block: `None` when it is too old to tell, or newer than the head.
    #[must_use]
    pub fn holds_block(&self, height: u64, id: &BlockId) -> Option<bool> {
        self.facts().holds_block(height, id)
    }
}

impl Inner {
    fn index(&mut self) {
        self.by_log = self.facts.logs.iter().zip(0..).map(|(log, number)| (log.log, number)).collect();
        self.by_node = self.facts.devices.values().map(|device| (device.node, device.key)).collect();
        self.first_lives = self.facts.devices.values().map(|device| (device.log, device.key)).collect();
    }
}

impl Facts {
    /// The device enrolled by that record.
    #[must_use]
    pub fn device_by_admission(&self, admission: &RecordId) -> Option<&Device> {
        self.devices.values().find(|device| device.admitted == *admission)
    }

    /// The household whose owner's seat stands on that unit.
    #[must_use]
    pub fn seat_on(&self, unit: &str) -> Option<&Household> {
        self.households.values().find(|household| household.units.iter().any(|held| held.unit == unit))
    }

    /// A device's household or body, if its term has not ended.
    #[must_use]
    pub fn home(&self, device: &Device) -> Option<&Household> {
        self.households.get(&device.household).filter(|household| household.ended.is_none())
    }

    /// Whether a device speaks at all.
    #[must_use]
    pub fn speaks(&self, device: &Device) -> bool {
        device.active() && self.home(device).is_some()
    }

    /// An office granted to a household and not ended.
    #[must_use]
    pub fn holds(&self, household: &RecordId, office: Office) -> bool {
        let held = |grant: &Grant| grant.to == *household && grant.office == office && grant.ended.is_none();
        self.grants.values().any(held)
    }

    /// The roles and offices a device speaks with; none when it no longer speaks.
    #[must_use]
    pub fn sayers(&self, device: &Device) -> Sayers {
        let Some(home) = self.home(device).filter(|_| device.active()) else { return Sayers::NONE };
        let mut sayers = match device.role {
            Role::Owner if home.seated() => Sayers::OWNER,
            // An owner whose seat went to someone else lives here still, and decides nothing.
            Role::Owner | Role::Family | Role::Device => Sayers::FAMILY,
            Role::Tenant => Sayers::TENANT,
            Role::Clerk => Sayers::CLERK,
            Role::Firm => Sayers::FIRM,
            Role::Grid => Sayers::GRID,
            Role::Department => Sayers::DEPARTMENT,
            Role::Gateway => Sayers::GATEWAY,
            Role::Keeper => Sayers::KEEPER,
        };
        let offices = [
            (Sayers::REGISTRAR, self.bylaws.registrars.seat_of(&device.key).is_some()),
            (Sayers::WITNESS, self.witnesses.iter().any(|witness| witness.key == device.key)),
            (Sayers::TELLER, self.bylaws.tellers.seats.iter().any(|seat| seat.keys.contains(&device.key))),
            (Sayers::CLERK, device.role == Role::Owner && self.holds(&home.id, Office::Clerk)),
            (Sayers::MODERATOR, self.holds(&home.id, Office::Moderator)),
            (Sayers::KEEPER, self.holds(&home.id, Office::Keeper)),
        ];
        for (office, _) in offices.iter().filter(|(_, held)| *held) {
            sayers = sayers.or(*office);
        }
        sayers
    }

    /// Whether this history holds that block: `None` when it is too old to tell, or newer than the head.
    #[must_use]
    pub fn holds_block(&self, height: u64, id: &BlockId) -> Option<bool> {
        let back = self.head?.height.checked_sub(height)?;
        let at = self.recent.len().checked_sub(1 + usize::try_from(back).ok()?)?;
        Some(self.recent[at] == *id)
    }

    /// Who held office after block `height`.
    pub(super) fn offices(&self, height: u64) -> (&Registrars, &Tellers, &[Witness]) {
        let at = self.past_offices.partition_point(|past| past.until <= height);
        self.past_offices
            .get(at)
            .map_or((&self.bylaws.registrars, &self.bylaws.tellers, &self.witnesses), |past| {
                (&past.registrars, &past.tellers, &past.witnesses)
            })
    }

    /// What these facts said after block `height` about one device: its household, offices and one consent.
    pub(super) fn about(&self, key: &DeviceKey, consent: Option<&RecordId>, height: u64) -> Self {
        let then = |ended: Option<Ended>| ended.filter(|ended| ended.height <= height);
        let device = self.devices.get(key).filter(|device| device.since <= height).cloned();
        let device = device.map(|device| Device { ended: then(device.ended), ..device });
        let home = device.as_ref().and_then(|device| self.households.get(&device.household)).cloned();
        let home =
            home.map(|home| Household { removed: then(home.removed), ended: then(home.ended), ..home });
        let granted =
            |grant: &&Grant| home.as_ref().is_some_and(|home| home.id == grant.to) && grant.since <= height;
        let grants = self.grants.values().filter(granted).cloned();
        let consent =
            consent.and_then(|id| self.consents.get(id)).filter(|held| held.since <= height).cloned();
        let (registrars, tellers, witnesses) = self.offices(height);
        let bylaws = self.bylaws.clone();
        Self {
            version: self.version,
            community: self.community,
            bylaws: Bylaws { registrars: registrars.clone(), tellers: tellers.clone(), ..bylaws },
            charter: self.charter,
            era: self.era,
            head: self.head,
            clock: self.clock,
            recent: Vec::new(),
            logs: Vec::new(),
            grants: grants.map(|grant| (grant.id, Grant { ended: then(grant.ended), ..grant })).collect(),
            consents: consent
                .map(|held| (held.id, Consent { ended: then(held.ended), ..held }))
                .into_iter()
                .collect(),
            devices: device.map(|device| (device.key, device)).into_iter().collect(),
            households: home.map(|home| (home.id, home)).into_iter().collect(),
            founder: self.founder,
            invites: BTreeSet::new(),
            outside: Vec::new(),
            roll: None,
            roll_by: None,
            witnesses: witnesses.to_vec(),
            open: BTreeMap::new(),
            approvals: BTreeMap::new(),
            successors: BTreeMap::new(),
            forks: Vec::new(),
            readmitted: BTreeSet::new(),
            past_offices: Vec::new(),
        }
    }
}
