//! The door: invites this home made, newcomers who knocked with them, and this home's own knocking.
//!
//! Invites and claims are local until somebody admits: then an `admit` record quotes the claim, and the register decides.
//! A wrong, used, expired or cancelled invite all get the same answer.

use std::collections::BTreeMap;

use linli_community::register::Role;
use linli_community::register::statement::{Admit, Statement as _};
use linli_record::{Claim, Hash, NodeKey, RecordId, SignedClaim};
use linli_store::Batch;
use serde::{Deserialize, Serialize};

use super::begin::Joining;
use super::own::{JOINING, Saying};
use super::{Core, store_fault_read};
use crate::chance::random;
use crate::fault::{Fault, FaultKind};
use crate::invite::{GOOD_FOR_HOURS, Invite, invite_id};
use crate::net::{BookEntry, Knock, KnockAnswer, Member, NetCall};
use crate::vocabulary::{Answer, ClaimView, Event, InviteView};

/// Names under which invites and claims are kept.
const INVITES: &str = "invites";
const CLAIMS: &str = "claims";
/// The code of the warning that nobody lets this home in.
pub(super) const REFUSED: &str = "invite-refused";
/// Open invites and waiting claims a home keeps.
const OPEN: usize = 512;
/// A home that waits knocks this often.
const KNOCK_EVERY_MS: u64 = 1_500;

/// An invite this home made.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct OpenInvite {
    secret: [u8; 16],
    role: u8,
    unit: Option<String>,
    household: Option<RecordId>,
    expires_ms: u64,
}

/// A newcomer's claim, as it was knocked with.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct WaitingClaim {
    /// Canonical bytes of the signed claim.
    #[serde(with = "hex_bytes")]
    signed: Vec<u8>,
    /// When its invite is past; earlier versions did not say.
    #[serde(default = "unsaid")]
    until_ms: u64,
}

const fn unsaid() -> u64 {
    u64::MAX
}

/// Invites and claims by the invite's name, and this home's own knocking.
#[derive(Debug, Default)]
pub(super) struct DoorBook {
    invites: BTreeMap<Hash, OpenInvite>,
    claims: BTreeMap<Hash, WaitingClaim>,
    joining: Option<Joining>,
    knocked_ms: u64,
    last_answer: Option<KnockAnswer>,
    /// The last answer somebody here was told.
    told_answer: Option<KnockAnswer>,
}

impl DoorBook {
    /// What a home that waits to be admitted wants to be called.
    #[cfg(feature = "testing")]
    pub(super) fn joining_label(&self) -> Option<&str> {
        self.joining.as_ref().map(|joining| joining.label.as_str())
    }
}

impl Core {
    pub(super) fn load_door(&mut self) -> Result<(), Fault> {
        self.door.invites = self.read_named(INVITES)?.unwrap_or_default();
        self.door.claims = self.read_named(CLAIMS)?.unwrap_or_default();
        let latest = self.clock.now_ms() + GOOD_FOR_HOURS * 3_600_000;
        self.door.claims.values_mut().for_each(|claim| claim.until_ms = claim.until_ms.min(latest));
        self.door.joining = self.read_named(JOINING)?;
        Ok(())
    }

    fn read_named<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Fault> {
        let held = self.store.named(name).map_err(|error| store_fault_read(&error))?;
        Ok(held.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    fn keep_door(&mut self) -> Result<(), Fault> {
        self.forget_past();
        let mut batch = Batch::new();
        batch.name(INVITES, json(&self.door.invites)).name(CLAIMS, json(&self.door.claims));
        self.write(batch)?;
        self.publish_membership();
        Ok(())
    }

    /// Invites that expired, and claims that wait for nothing any more.
    fn forget_past(&mut self) {
        let now = self.clock.now_ms();
        self.door.invites.retain(|_, invite| invite.expires_ms > now);
        let mut claims = std::mem::take(&mut self.door.claims);
        claims.retain(|_, waiting| waiting.until_ms > now && self.still_waits(waiting));
        self.door.claims = claims;
    }

    /// Whether nobody has admitted the newcomer yet: after that its admission says what becomes of it.
    fn still_waits(&self, waiting: &WaitingClaim) -> bool {
        let Some(claim) = self.claim_of(waiting) else { return false };
        let enrolled = self.state.as_ref().is_some_and(|state| state.device_by_key(&claim.device).is_some());
        !enrolled && self.open_admission(&claim.device).is_none()
    }

    /// Whether strangers may come to the relay to knock.
    pub(super) fn has_open_invites(&self) -> bool {
        let now = self.clock.now_ms();
        self.door.invites.values().any(|invite| invite.expires_ms > now)
    }

    /// Makes an invite bound to a role and unit.
    pub(super) fn make_invite(&mut self, role: &str, unit: Option<String>) -> Result<Answer, Fault> {
        let role = role_by_name(role)?;
        let unit = self.check_invite(role, unit)?;
        if self.door.invites.len() >= OPEN {
            return Err(Fault::input("too-many-invites", format!("{OPEN} invites are open already"))
                .hint("cancel some with `linli invite cancel`"));
        }
        let secret = random();
        let joins_own = matches!(role, Role::Device | Role::Family);
        let open = OpenInvite {
            secret,
            role: role.number(),
            unit: unit.clone(),
            household: joins_own.then(|| self.own_household()).flatten(),
            expires_ms: self.clock.now_ms() + GOOD_FOR_HOURS * 3_600_000,
        };
        let invite = self.invite_from(&open)?;
        let name = invite_id(&secret);
        self.door.invites.insert(name, open);
        self.keep_door()?;
        Ok(Answer::Invite(InviteView {
            invite: name,
            text: invite.to_text(),
            role: role_name(role.number()),
            unit,
            expires_ms: invite.expires_ms,
        }))
    }

    fn invite_from(&self, open: &OpenInvite) -> Result<Invite, Fault> {
        let own = self.network.as_ref().map(|network| network.handle.own()).unwrap_or_default();
        let state = self.state.as_ref().ok_or_else(super::own::not_joined)?;
        let mut addresses: Vec<String> = own.addresses.iter().map(ToString::to_string).collect();
        if addresses.is_empty() {
            addresses.extend(self.settings.announce.iter().map(ToString::to_string));
        }
        addresses.truncate(6);
        Ok(Invite {
            community: self.community,
            name: state.bylaws().name.clone(),
            node: self.keys.node_key(),
            addresses,
            relay: own.relay,
            secret: open.secret,
            role: open.role,
            unit: open.unit.clone(),
            household: open.household,
            expires_ms: open.expires_ms,
            recent: self.head().map(|head| (head.height, Hash::from(*head.id.as_bytes()))),
            from: self.own_label(),
        })
    }

    /// Whether this home may invite for that role and unit; the unit as the roll spells it.
    fn check_invite(&self, role: Role, unit: Option<String>) -> Result<Option<String>, Fault> {
        if !self.is_member() {
            return Err(super::own::not_joined());
        }
        let unit = unit.map(|unit| unit.trim().to_owned()).filter(|unit| !unit.is_empty());
        let lives = matches!(role, Role::Owner | Role::Tenant);
        if lives && unit.is_none() {
            return Err(Fault::input("unit-missing", "an owner or tenant is invited to a unit")
                .hint("name it as it stands on the roll: --unit 3-1203"));
        }
        let roll = self.state.as_ref().and_then(linli_community::register::State::roll);
        if let (Some(unit), Some(roll)) = (&unit, roll)
            && roll.unit(unit).is_none()
        {
            return Err(Fault::not_found("unit", unit).hint("`linli roll show` lists the units"));
        }
        if !matches!(role, Role::Device | Role::Family) {
            return Ok(unit);
        }
        let own = self.own_device().map(|device| self.author_of_device(device).units).unwrap_or_default();
        match unit {
            Some(unit) if !own.contains(&unit) => Err(Fault::not_allowed(
                "unit-not-yours",
                format!("unit {unit} is not your household's"),
            )
            .hint("family joins the household that invites it: leave --unit out, or ask theirs to invite")),
            Some(unit) => Ok(Some(unit)),
            None => Ok(own.into_iter().next()),
        }
    }

    pub(super) fn list_invites(&self) -> Answer {
        let now = self.clock.now_ms();
        let open = self.door.invites.iter().filter(|(_, invite)| invite.expires_ms > now);
        Answer::Invites(
            open.map(|(name, invite)| InviteView {
                invite: *name,
                text: String::new(),
                role: role_name(invite.role),
                unit: invite.unit.clone(),
                expires_ms: invite.expires_ms,
            })
            .collect(),
        )
    }

    pub(super) fn cancel_invite(&mut self, name: &str) -> Result<Answer, Fault> {
        let invite = pick("invite", name, self.door.invites.keys())?;
        self.door.invites.remove(&invite);
        self.door.claims.remove(&invite);
        self.keep_door()?;
        Ok(Answer::Done)
    }

    /// A stranger knocked: one answer, and nothing learnt beyond it.
    pub(super) fn knocked(&mut self, peer: NodeKey, knock: &Knock) -> KnockAnswer {
        self.take_knock(peer, knock).unwrap_or(KnockAnswer::Refused)
    }

    fn take_knock(&mut self, peer: NodeKey, knock: &Knock) -> Option<KnockAnswer> {
        if knock.community != self.community {
            return None;
        }
        let claim = knock.claim.verify(&self.community).ok()?;
        if claim.node != peer || claim.invite != invite_id(&knock.secret) {
            return None;
        }
        let state = self.state.as_ref()?;
        if let Some(device) = state.device_by_key(&claim.device) {
            return device.active().then_some(KnockAnswer::Admitted);
        }
        if self.newcomers.contains(&peer) {
            return Some(KnockAnswer::Admitted);
        }
        if self.is_proposed(&claim) {
            return Some(KnockAnswer::NeedsAnother);
        }
        match self.door.claims.get(&claim.invite).map(|waiting| self.claim_of(waiting)) {
            Some(Some(other)) if other.device != claim.device => None,
            Some(_) => Some(KnockAnswer::Waiting),
            None => {
                let invite = self.door.invites.get(&claim.invite)?;
                let fits = invite.expires_ms > self.clock.now_ms()
                    && claim.role == invite.role
                    && claim.unit == invite.unit
                    && claim.household == invite.household;
                let until_ms = invite.expires_ms;
                fits.then(|| self.note_claim(&claim, &knock.claim, until_ms))?
            }
        }
    }

    fn note_claim(&mut self, claim: &Claim, signed: &SignedClaim, until_ms: u64) -> Option<KnockAnswer> {
        if self.door.claims.len() >= OPEN {
            self.forget_past();
        }
        if self.door.claims.len() >= OPEN {
            tracing::warn!("{OPEN} newcomers wait already; one more was turned away");
            return None;
        }
        let bytes = minicbor::to_vec(signed).expect("a vector takes every byte");
        self.door.claims.insert(claim.invite, WaitingClaim { signed: bytes, until_ms });
        if let Err(fault) = self.keep_door() {
            tracing::warn!(%fault, "a newcomer's claim could not be kept; it knocks again");
            self.door.claims.remove(&claim.invite);
            return None;
        }
        self.desk.announce(Event::Knocked {
            claim: claim.invite.to_string(),
            label: claim.label.clone(),
            role: role_name(claim.role),
            unit: claim.unit.clone(),
        });
        Some(KnockAnswer::Waiting)
    }

    fn claim_of(&self, waiting: &WaitingClaim) -> Option<Claim> {
        let signed: SignedClaim = minicbor::decode(&waiting.signed).ok()?;
        signed.verify(&self.community).ok()
    }

    /// Whether the register holds this newcomer's admission open. It must cost little: strangers make this node look.
    fn is_proposed(&self, claim: &Claim) -> bool {
        let open = self.state.iter().flat_map(linli_community::register::State::open_proposals);
        let mut claims = open.filter_map(|proposal| proposal.claim.as_ref());
        claims.any(|open| open.device == claim.device)
    }

    /// Newcomers who wait: those who knocked here, and those others admitted who need one more approval.
    pub(super) fn list_claims(&self) -> Answer {
        let mut views: Vec<ClaimView> = Vec::new();
        for waiting in self.door.claims.values() {
            let Some(claim) = self.claim_of(waiting) else { continue };
            let enrolled =
                self.state.as_ref().is_some_and(|state| state.device_by_key(&claim.device).is_some());
            if !enrolled {
                views.push(claim_view(&claim, "waiting"));
            }
        }
        for claim in self.admissions_open().into_iter().filter_map(|(proposal, _)| proposal.claim) {
            views.retain(|view| view.claim != claim.invite);
            views.push(claim_view(&claim, "needs-another"));
        }
        Answer::Claims(views)
    }
}

fn claim_view(claim: &Claim, state: &str) -> ClaimView {
    ClaimView {
        claim: claim.invite,
        label: claim.label.clone(),
        role: role_name(claim.role),
        unit: claim.unit.clone(),
        device: claim.device,
        state: state.into(),
    }
}

impl Core {
    /// Admits a newcomer: the first approver's `admit` quotes the claim, a further one approves that.
    pub(super) fn admit(&mut self, name: Option<&str>) -> Result<Answer, Fault> {
        let Answer::Claims(waiting) = self.list_claims() else { return Err(Fault::stopped()) };
        let chosen = match (name, waiting.as_slice()) {
            (None, [one]) => one.clone(),
            (None, []) => {
                return Err(Fault::new(
                    FaultKind::NotFound,
                    "nobody-waiting",
                    "nobody is waiting to be admitted",
                )
                .hint("the newcomer must run `linli join` with your invite first"));
            }
            (None, _) => {
                return Err(Fault::new(
                    FaultKind::Ambiguous,
                    "several-waiting",
                    "several newcomers are waiting",
                )
                .hint("`linli claims` lists them; name one"));
            }
            (Some(name), _) => {
                let names: Vec<Hash> = waiting.iter().map(|view| view.claim).collect();
                let found = pick("claim", name, names.iter())?;
                waiting.into_iter().find(|view| view.claim == found).ok_or_else(Fault::stopped)?
            }
        };
        if let Some(proposal) = self.open_admission(&chosen.device) {
            return self.approve(proposal);
        }
        let waiting =
            self.door.claims.get(&chosen.claim).ok_or_else(|| Fault::not_found("claim", &chosen.label))?;
        let signed: SignedClaim = minicbor::decode(&waiting.signed)
            .map_err(|_| Fault::new(FaultKind::Internal, "claim", "a kept claim does not read"))?;
        let made = self.state.as_ref().map(linli_community::register::State::made).unwrap_or_default();
        let statement = Admit { made, claim: signed, until_ms: None, scope: Vec::new() };
        let answer = self.propose(Admit::KIND, Admit::draft(), statement.body())?;
        self.door.invites.remove(&chosen.claim);
        self.keep_door()?;
        Ok(answer)
    }

    /// Turns a newcomer away; the invite is spent.
    pub(super) fn refuse(&mut self, name: &str) -> Result<Answer, Fault> {
        let claim = pick("claim", name, self.door.claims.keys())?;
        self.door.claims.remove(&claim);
        self.door.invites.remove(&claim);
        self.keep_door()?;
        Ok(Answer::Done)
    }

    /// Everyone who may connect: the enrolled whose term goes on and whom their own household did not cut off, and while this home is joining, whoever invited it.
    pub(super) fn members(&self) -> Vec<Member> {
        let admitted = self
            .state
            .iter()
            .flat_map(|state| state.devices().filter(|device| state.admits_node(&device.node)));
        let mut members: Vec<Member> = admitted
            .filter(|device| !self.newcomers.is_cut_off(&device.node))
            .map(|device| Member {
                node: device.node,
                hub: matches!(device.role, Role::Gateway | Role::Keeper),
            })
            .collect();
        members.extend(self.newcomers.nodes().map(|node| Member { node, hub: false }));
        members.extend(self.inviter_entry().map(|entry| Member { node: entry.node, hub: true }));
        // A home whose register is gone asks whom it knew: they say who belongs here.
        if self.state.is_none() {
            members.extend(self.addresses.nodes().map(|node| Member { node, hub: true }));
        }
        members.sort_by_key(|member| member.node);
        members.dedup_by_key(|member| member.node);
        members
    }

    pub(super) fn joining_invite(&self) -> Option<Invite> {
        let joining = self.door.joining.as_ref()?;
        Invite::parse(&joining.invite).ok()
    }

    /// Where to find whoever invited this home, while it is joining.
    pub(super) fn inviter_entry(&self) -> Option<BookEntry> {
        let invite = self.joining_invite()?;
        Some(BookEntry { node: invite.node, addresses: invite.addresses, relay: invite.relay })
    }

    /// A home that waits knocks again now and then, until it is enrolled.
    pub(super) fn knock_if_joining(&mut self) {
        if self.door.joining.is_none() {
            return;
        }
        if self.is_member() {
            self.joined();
            return;
        }
        let now = self.clock.now_ms();
        let early = now.saturating_sub(self.door.knocked_ms) < KNOCK_EVERY_MS;
        if early || self.door.last_answer == Some(KnockAnswer::Admitted) {
            return;
        }
        self.door.knocked_ms = now;
        self.note_first_knock(now);
        let (Some(network), Some(invite)) = (&self.network, self.joining_invite()) else { return };
        let Some(joining) = &self.door.joining else { return };
        let claim = self.own_claim(&invite, &joining.label);
        let signed = claim.sign(&self.keys.signing, &self.keys.node);
        let knock = Knock { community: invite.community, secret: invite.secret, claim: signed };
        let (reply, answer) = tokio::sync::oneshot::channel();
        network.handle.call(NetCall::Knock { invite: Box::new(invite), knock: Box::new(knock), reply });
        let desk = self.desk.clone();
        network.runtime.spawn(async move {
            if let Ok(answer) = answer.await {
                desk.knock_answered(answer.map_err(|error| error.to_string())).await;
            }
        });
    }

    /// No block that admits this home can be dated earlier.
    fn note_first_knock(&mut self, now: u64) {
        let Some(joining) = self.door.joining.as_mut().filter(|joining| joining.since_ms.is_none()) else {
            return;
        };
        joining.since_ms = Some(now);
        let mut batch = Batch::new();
        batch.name(JOINING, json(joining));
        if let Err(fault) = self.write(batch) {
            tracing::warn!(%fault, "when this home knocked first could not be kept");
        }
    }

    pub(super) fn own_claim(&self, invite: &Invite, label: &str) -> Claim {
        Claim {
            community: invite.community,
            device: self.keys.signing.public(),
            incarnation: self.keys.incarnation,
            sealing: self.keys.sealing.public(),
            node: self.keys.node_key(),
            role: invite.role,
            unit: invite.unit.clone(),
            label: label.to_owned(),
            invite: invite_id(&invite.secret),
            household: invite.household,
            recent: invite.recent,
        }
    }

    /// The door we knocked at answered.
    pub(super) fn knock_answered(&mut self, answer: Result<KnockAnswer, String>) {
        match answer {
            Ok(answer) => {
                self.door.last_answer = Some(answer);
                let news = self.door.told_answer != Some(answer);
                // Said once; again only when nobody listened.
                if news && self.desk.announce(Event::Joining { answer }) {
                    self.door.told_answer = Some(answer);
                }
                if let (KnockAnswer::Admitted, Some(invite)) = (answer, self.joining_invite()) {
                    self.tell_network(NetCall::Welcome(invite.node));
                }
                if answer != KnockAnswer::Refused {
                    self.unwarn(REFUSED);
                } else if !self.warnings.contains_key(REFUSED) {
                    self.warn_lastingly(
                        REFUSED,
                        "the neighbours refused: the invite is used, expired or cancelled, or whoever looked after it \
                         said no; ask for a new one and `linli join` with it in the same folder",
                    );
                }
            }
            Err(why) => tracing::info!(why, "knocking failed; trying again"),
        }
    }

    /// Enrolled at last: open the public log, forget the invite.
    fn joined(&mut self) {
        // A backup of a home that waited may have been restored: its log may have been begun.
        if self.is_asking() {
            return;
        }
        if let Err(fault) = self.open_lacking_log() {
            tracing::error!(%fault, "opening this device's log failed; trying again");
            return;
        }
        // From here on the invite does not say any more where to begin.
        self.keep_addresses();
        let mut batch = Batch::new();
        batch.push(linli_store::Op::Name(JOINING.into(), None));
        if self.write(batch).is_ok() {
            let knocked_ms = self.door.joining.take().and_then(|joining| joining.since_ms);
            self.doubt_admission(knocked_ms);
            self.unwarn(REFUSED);
            self.publish_membership();
        }
    }

    /// Says a statement of power and lets the register act on it.
    pub(super) fn state_power(
        &mut self,
        draft: linli_record::Draft,
        body: Vec<u8>,
    ) -> Result<RecordId, Fault> {
        self.say(Saying { draft, body })
    }
}

/// A thing by its hexadecimal name or enough of its beginning.
pub(super) fn pick<'a, T: Copy + std::fmt::Display + 'a>(
    what: &str,
    name: &str,
    all: impl Iterator<Item = &'a T>,
) -> Result<T, Fault> {
    let name = name.trim().to_ascii_lowercase();
    let mut found = all.filter(|id| id.to_string().starts_with(&name));
    match (name.len() >= 4, found.next(), found.next()) {
        (false, ..) => Err(Fault::input("name-short", format!("{what} {name:?}: give at least four digits"))),
        (_, None, _) => Err(Fault::not_found(what, &name)),
        (_, Some(id), None) => Ok(*id),
        (_, Some(_), Some(_)) => {
            Err(Fault::new(FaultKind::Ambiguous, "ambiguous", format!("several begin with {name:?}"))
                .hint("give more digits"))
        }
    }
}

/// A role by its name on the command line.
pub(super) fn role_by_name(name: &str) -> Result<Role, Fault> {
    (0..=9).filter_map(Role::from_number).find(|role| role_name(role.number()) == name).ok_or_else(|| {
        Fault::input("role", format!("no role {name:?}"))
            .hint("one of: owner, family, tenant, clerk, firm, grid, department, gateway, keeper, device")
    })
}

/// A role's name.
pub(super) fn role_name(number: u8) -> String {
    Role::from_number(number)
        .and_then(|role| serde_json::to_value(role).ok())
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_else(|| "unknown".into())
}

fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("keys and fields are plain")
}

mod hex_bytes {
    use data_encoding::HEXLOWER;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        HEXLOWER.decode(text.as_bytes()).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rig::{Rig, newcomer};
    use super::*;
    use crate::vocabulary::Request;

    fn waiting(rig: &mut Rig) -> usize {
        let Answer::Claims(claims) = rig.ask(Request::Claims).unwrap() else { panic!() };
        claims.len()
    }

    #[test]
    fn claims_that_wait_for_nothing_leave_the_door_open_for_the_next() {
        let mut rig = Rig::founded();
        let (invite, keys) = (rig.invite("3-1203"), newcomer());
        assert_eq!(rig.knock(&invite, &keys), KnockAnswer::Waiting);
        let past = rig.core.door.claims.values().next().unwrap().clone();
        rig.ask(Request::Refuse { claim: past_name(&rig) }).unwrap();
        assert!(rig.core.door.claims.is_empty(), "who was refused waits no more");
        assert_eq!(rig.knock(&invite, &keys), KnockAnswer::Refused);
        for number in 0..u64::try_from(OPEN).unwrap() {
            let name = Hash::from(*blake3::hash(&number.to_be_bytes()).as_bytes());
            let until_ms = rig.core.clock.now_ms();
            rig.core.door.claims.insert(name, WaitingClaim { until_ms, ..past.clone() });
        }
        let (invite, keys) = (rig.invite("2-501"), newcomer());
        assert_eq!(rig.knock(&invite, &keys), KnockAnswer::Waiting);
        assert_eq!(waiting(&mut rig), 1);
        rig.ask(Request::Admit { claim: None }).unwrap();
        assert!(rig.core.door.claims.is_empty(), "who was admitted waits no more");
        assert_eq!(rig.knock(&invite, &keys), KnockAnswer::Admitted);
    }

    fn past_name(rig: &Rig) -> String {
        rig.core.door.claims.keys().next().unwrap().to_string()
    }

    #[test]
    fn an_invite_that_was_cancelled_admits_nobody_not_even_who_knocked_before() {
        let mut rig = Rig::founded();
        let (invite, keys) = (rig.invite("3-1203"), newcomer());
        assert_eq!(rig.knock(&invite, &keys), KnockAnswer::Waiting);
        rig.ask(Request::InviteCancel { invite: past_name(&rig) }).unwrap();
        assert_eq!(rig.knock(&invite, &keys), KnockAnswer::Refused);
        assert_eq!(waiting(&mut rig), 0);
    }
}
