//! People and proposals: the register as people ask about it, and what they state to it.

use linli_community::register::statement::{
    Approve, Confirm, ConfirmWhat, Revoke, Statement as _, Unapprove,
};
use linli_community::register::{Approval, Household, Proposal, State};
use linli_record::{DeviceKey, Incarnation, LogOpen, RecordId, Tip};

use super::super::Core;
use super::super::door::{pick, role_name};
use super::super::own::not_joined;
use crate::fault::Fault;
use crate::vocabulary::{Answer, DeviceView, HouseholdView, PeopleView, ProposalView};

impl Core {
    pub(super) fn register_state(&self) -> Result<&State, Fault> {
        self.state.as_ref().ok_or_else(not_joined)
    }

    pub(super) fn people(&self) -> Result<Answer, Fault> {
        let state = self.register_state()?;
        let registrars = state.registrars();
        let witnesses = state.witnesses().iter().map(|witness| {
            let holder = state.household(&witness.holder);
            holder.map_or_else(|| witness.key.short(), |home| home.label.clone())
        });
        Ok(Answer::People(Box::new(PeopleView {
            households: state.households().map(|home| self.household_view(state, home)).collect(),
            registrars: (registrars.seats.iter().map(|seat| seat.label.clone()).collect(), registrars.k),
            witnesses: witnesses.collect(),
        })))
    }

    fn household_view(&self, state: &State, home: &Household) -> HouseholdView {
        let own = self.keys.signing.public();
        let devices = state.devices().filter(|device| device.household == home.id);
        HouseholdView {
            id: home.id,
            label: home.label.clone(),
            unit: home.units.first().map(|seat| seat.unit.clone()).or_else(|| home.lives.clone()),
            role: role_name(home.role.number()),
            confirmed: home.confirmed(),
            devices: devices
                .map(|device| DeviceView {
                    key: device.key,
                    node: device.node,
                    own: device.key == own,
                    revoked: !device.active(),
                })
                .collect(),
        }
    }

    /// A household's seat; or, when one of its devices is suspended for two histories, that device's new log.
    pub(super) fn confirm(&mut self, name: &str) -> Result<Answer, Fault> {
        let household = self.household_named(name)?;
        if self.own_household() == Some(household) {
            return Err(Fault::not_allowed("own-seat", "nobody confirms their own seat")
                .hint("another owner does: `linli admit --confirm UNIT` on their device"));
        }
        let recent = self.register_state()?.recent();
        let confirm = match self.life_to_confirm(&household) {
            Some((record, life)) => {
                Confirm { what: ConfirmWhat::Life, record, incarnation: Some(life), recent }
            }
            None => Confirm { what: ConfirmWhat::Seat, record: household, incarnation: None, recent },
        };
        self.propose(Confirm::KIND, Confirm::draft(), confirm.body())
    }

    /// The newest log of a device that is suspended because an earlier one had two histories.
    fn life_to_confirm(&self, household: &RecordId) -> Option<(RecordId, Incarnation)> {
        let state = self.state.as_ref()?;
        let device = state
            .devices()
            .find(|device| device.household == *household && device.active() && device.forked.is_some())?;
        let open = |tip: &&Tip| {
            tip.key == device.key
                && tip.audience.is_none()
                && !tip.closed
                && !device.reopened.contains(&tip.log)
                && state.closed_logs().all(|closed| closed.log != tip.log)
        };
        let openings = self.store.tips().filter(open).filter_map(|tip| {
            let opening = self.store.records(&tip.log, 0, 0).ok()?.pop()?;
            Some((opening.claimed_ms, LogOpen::parse(opening.body()?).ok()?.incarnation))
        });
        let (_, life) = openings.max_by_key(|(claimed_ms, _)| *claimed_ms)?;
        Some((device.admitted, life))
    }

    pub(super) fn proposals(&self) -> Answer {
        let Some(state) = &self.state else { return Answer::Proposals(Vec::new()) };
        let open = self.proposals_open();
        Answer::Proposals(open.iter().map(|open| self.proposal_view(state, open)).collect())
    }

    /// Open proposals with their approvals, admissions that no block settled yet among them.
    fn proposals_open(&self) -> Vec<(Proposal, Vec<Approval>)> {
        let settled = self.state.iter().flat_map(|state| {
            state.open_proposals().map(move |proposal| {
                let approvals = state.facts().approvals.get(&proposal.id);
                (proposal.clone(), approvals.cloned().unwrap_or_default())
            })
        });
        let unsettled = self.foreseen_admissions().unwrap_or_else(|fault| {
            tracing::warn!(%fault, "proposals that are not settled could not be read");
            Vec::new()
        });
        settled.chain(unsettled).collect()
    }

    fn proposal_view(
        &self,
        state: &State,
        (proposal, approvals): &(Proposal, Vec<Approval>),
    ) -> ProposalView {
        let name = |key: &DeviceKey| {
            state.device_by_key(key).map_or_else(|| key.short(), |device| self.author_of_device(device).label)
        };
        ProposalView {
            id: proposal.id,
            what: what_proposed(proposal),
            by: name(&proposal.author),
            approvals: approvals.iter().map(|approval| name(&approval.author)).collect(),
            needs: if proposal.claim.is_some() { "second-approver".into() } else { "registrars".into() },
        }
    }

    pub(in super::super) fn approve(&mut self, proposal: RecordId) -> Result<Answer, Fault> {
        let approve = Approve { proposal, recent: self.register_state()?.recent() };
        self.propose(Approve::KIND, Approve::draft(), approve.body())
    }

    fn proposal_named(&self, name: &str) -> Result<(Proposal, Vec<Approval>), Fault> {
        self.register_state()?;
        let open = self.proposals_open();
        let ids: Vec<RecordId> = open.iter().map(|(proposal, _)| proposal.id).collect();
        let found = pick("proposal", name, ids.iter())?;
        let mut open = open.into_iter();
        open.find(|(proposal, _)| proposal.id == found).ok_or_else(|| Fault::not_found("proposal", name))
    }

    pub(super) fn approve_named(&mut self, name: &str) -> Result<Answer, Fault> {
        let (proposal, _) = self.proposal_named(name)?;
        self.approve(proposal.id)
    }

    pub(super) fn unapprove(&mut self, name: &str) -> Result<Answer, Fault> {
        let (proposal, approvals) = self.proposal_named(name)?;
        let own = self.keys.signing.public();
        let mine = approvals.iter().find(|approval| approval.author == own).map(|approval| approval.id);
        let authored = Some(proposal.id).filter(|_| proposal.author == own);
        let approval = mine
            .or(authored)
            .ok_or_else(|| Fault::not_allowed("not-approved", "this device did not approve that proposal"))?;
        self.propose(Unapprove::KIND, Unapprove::draft(), Unapprove { approval }.body())
    }

    pub(super) fn revoke(&mut self, name: &str, reason: &str) -> Result<Answer, Fault> {
        let state = self.register_state()?;
        let keys: Vec<DeviceKey> =
            state.devices().filter(|device| device.active()).map(|device| device.key).collect();
        let key = pick("device", name, keys.iter())?;
        if key == self.keys.signing.public() {
            return Err(Fault::input("own-device", "this is the device you are using")
                .hint("revoke it from another device of your household"));
        }
        let admission = state.device_by_key(&key).map(|device| device.admitted).ok_or_else(not_joined)?;
        let revoke = Revoke {
            made: state.made(),
            admission,
            reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()),
            suspect_from_ms: None,
        };
        self.propose(Revoke::KIND, Revoke::draft(), revoke.body())
    }

    /// Admissions that still need an approval.
    pub(in super::super) fn admissions_open(&self) -> Vec<(Proposal, Vec<Approval>)> {
        self.proposals_open().into_iter().filter(|(proposal, _)| proposal.claim.is_some()).collect()
    }

    /// The open admission of a device, if there is one.
    pub(in super::super) fn open_admission(&self, device: &DeviceKey) -> Option<RecordId> {
        let open = self.admissions_open().into_iter().map(|(proposal, _)| proposal);
        let mut of_device =
            open.filter(|proposal| proposal.claim.as_ref().is_some_and(|claim| claim.device == *device));
        of_device.next().map(|proposal| proposal.id)
    }
}

fn what_proposed(proposal: &Proposal) -> String {
    match &proposal.claim {
        Some(claim) => format!("admit {} ({})", claim.label, role_name(claim.role)),
        None => linli_community::kinds::name(linli_record::Kind::new(proposal.kind)),
    }
}
