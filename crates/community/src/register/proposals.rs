//! When a proposal is complete (rule 5), and in which step of a block it applies.
//!
//! Every statement that changes the state is a proposal; those that one voice decides are complete at once. Read
//! [`Facts::ready`] first.

use std::collections::BTreeSet;

use linli_record::{Claim, DeviceKey, Kind, RecordId};

use super::intake::{enrolled, may_say};
use super::people::{Ended, Role};
use super::seats::{Voice, speaks_for};
use super::state::{Facts, Proposal};
use super::statement::{ConfirmWhat, RegistrarsChange, Revoke, RoleGrant, Said, TellersChange, Transfer};
use crate::kinds;

/// The order inside a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// What gives.
    Addition,
    /// What changes the rules, the offices or the roll.
    Change,
    /// What takes.
    Removal,
}

/// The step a kind applies in.
pub(super) fn step(kind: Kind) -> Step {
    match kind {
        kinds::CHARTER_CHANGE | kinds::REGISTRARS | kinds::TELLERS_CHANGE | kinds::PRESET | kinds::ROLL => {
            Step::Change
        }
        kinds::LOG_CLOSE
        | kinds::FORK_PROOF
        | kinds::REVOKE
        | kinds::REMOVE
        | kinds::ROLE_WITHDRAW
        | kinds::CONSENT_WITHDRAW
        | kinds::TRANSFER => Step::Removal,
        _ => Step::Addition,
    }
}

/// Whether a statement changes the charter number, and so lapses what is open (rule 6). A roll does not.
pub(super) fn changes_charter(kind: Kind) -> bool {
    step(kind) == Step::Change && kind != kinds::ROLL
}

/// Where a proposal stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ready {
    /// Complete; the households whose approvals did it.
    Yes(Vec<RecordId>),
    /// It waits.
    NotYet,
    /// It can't ever apply.
    Dead,
}

impl Facts {
    /// Where a proposal stands in this state.
    pub(super) fn ready(&self, proposal: &Proposal, said: &Said) -> Ready {
        let voices = self.voices(proposal);
        match self.possible(proposal, said) {
            Some(true) => {}
            Some(false) => return Ready::NotYet,
            None => return Ready::Dead,
        }
        let approvers = match said {
            Said::Admit(_) => return self.admission_ready(proposal, &voices),
            Said::Confirm(confirm) if confirm.what == ConfirmWhat::Life && !self.own_word(proposal, said) => {
                self.enough(proposal, &voices)
            }
            Said::Revoke(revoke) if !self.revokes_own(proposal, revoke) => self.enough(proposal, &voices),
            Said::Confirm(_) => self.author_speaks(proposal, said).then(Vec::new),
            Said::Revoke(_) | Said::LogClose(_) | Said::ForkProof(_) => Some(Vec::new()),
            Said::Outside(_) => one_office(&voices),
            _ => self.enough(proposal, &voices),
        };
        approvers.map_or(Ready::NotYet, Ready::Yes)
    }

    /// The households of enough registrars' seats for the proposal's kind.
    fn enough(&self, proposal: &Proposal, voices: &[Voice<'_>]) -> Option<Vec<RecordId>> {
        let seats = self.registrars_among(voices);
        let needed = usize::from(self.bylaws.registrars.needed(proposal.kind));
        (seats.len() >= needed).then(|| distinct(seats.into_values()))
    }

    fn author_speaks(&self, proposal: &Proposal, said: &Said) -> bool {
        let speaks = self.devices.get(&proposal.author).is_some_and(|device| self.speaks(device));
        speaks && !proposal.author_withdrew && may_say(self, &proposal.author, said, None).is_ok()
    }

    /// A forked device's own household says so.
    fn own_word(&self, proposal: &Proposal, said: &Said) -> bool {
        let Said::Confirm(confirm) = said else { return false };
        let forked = self.device_by_admission(&confirm.record);
        let own = self.devices.get(&proposal.author).zip(forked).is_some_and(|(author, forked)| {
            author.key != forked.key && speaks_for(author, &forked.household, forked.role)
        });
        own && self.author_speaks(proposal, said)
    }

    fn revokes_own(&self, proposal: &Proposal, revoke: &Revoke) -> bool {
        let target = self.device_by_admission(&revoke.admission);
        let author = self.devices.get(&proposal.author).filter(|author| self.speaks(author));
        let own = author
            .zip(target)
            .is_some_and(|(author, target)| speaks_for(author, &target.household, target.role));
        own && !proposal.author_withdrew
    }

    fn admission_ready(&self, proposal: &Proposal, voices: &[Voice<'_>]) -> Ready {
        let Some(claim) = &proposal.claim else { return Ready::Dead };
        let role = Role::from_number(claim.role);
        let approvers = match role {
            Some(Role::Owner) => self.seat_ready(claim, voices),
            Some(Role::Family | Role::Tenant) => one_office(voices),
            Some(Role::Device) => self.adds_own(proposal, claim).then(Vec::new),
            Some(_) => self.enough(proposal, voices),
            None => return Ready::Dead,
        };
        approvers.map_or(Ready::NotYet, Ready::Yes)
    }

    /// Rule 18; a later claim on a unit that has a seat waits for the registrars besides.
    fn seat_ready(&self, claim: &Claim, voices: &[Voice<'_>]) -> Option<Vec<RecordId>> {
        let approvers = self.seat_approvers(voices)?;
        let held = claim.unit.as_deref().and_then(|unit| self.seat_on(unit)).is_some();
        let k = usize::from(self.bylaws.registrars.needed(kinds::TRANSFER.number()));
        (!held || self.registrars_among(voices).len() >= k).then_some(approvers)
    }

    fn adds_own(&self, proposal: &Proposal, claim: &Claim) -> bool {
        let author = self.devices.get(&proposal.author).filter(|author| self.speaks(author));
        !proposal.author_withdrew && author.is_some_and(|author| Some(author.household) == claim.household)
    }

    /// Whether what the statement names is there: `Some(false)` while it is not, `None` when it never can be.
    fn possible(&self, proposal: &Proposal, said: &Said) -> Option<bool> {
        let due = |until: Option<u64>| until.is_none_or(|until| until > self.clock.due_ms);
        let lives =
            |id: &RecordId| self.households.get(id).is_some_and(|household| household.in_common_life());
        let open = |ended: Option<Option<Ended>>| match ended {
            None => Some(false),
            Some(None) => Some(true),
            Some(Some(_)) => None,
        };
        match said {
            Said::Admit(admit) => self.admission_possible(proposal, due(admit.until_ms)),
            Said::Revoke(revoke) => {
                open(self.device_by_admission(&revoke.admission).map(|device| device.ended))
            }
            Said::RoleGrant(grant) => self.grant_possible(grant, due(grant.until_ms)),
            Said::RoleWithdraw(withdraw) => open(self.grants.get(&withdraw.grant).map(|grant| grant.ended)),
            Said::ConsentGrant(grant) => {
                let holder = grant.terms.holder.as_ref().is_none_or(lives);
                due(grant.terms.until_ms).then_some(holder)
            }
            Said::ConsentWithdraw(withdraw) => {
                open(self.consents.get(&withdraw.consent).map(|consent| consent.ended))
            }
            Said::Remove(remove) => open(self.households.get(&remove.household).map(|home| home.removed)),
            Said::Readmit(readmit) => Some(readmit.removal.is_none_or(|removal| {
                self.households.values().any(|home| home.removed.is_some_and(|by| by.by == Some(removal)))
            })),
            Said::Registrars(change) => Some(self.registrars_possible(change)),
            Said::Tellers(change) => Some(self.tellers_possible(change)),
            Said::Transfer(transfer) => Some(self.transfer_possible(transfer)),
            _ => Some(true),
        }
    }

    fn admission_possible(&self, proposal: &Proposal, in_time: bool) -> Option<bool> {
        let claim = proposal.claim.as_ref()?;
        if enrolled(self, claim) || !in_time {
            return None;
        }
        let role = Role::from_number(claim.role)?;
        if let Some(household) = &claim.household {
            let home = self.households.get(household).filter(|home| home.ended.is_none());
            return Some(home.is_some_and(|home| match role {
                Role::Device => true,
                Role::Family => home.in_common_life() && home.role == Role::Owner,
                Role::Tenant => home.in_common_life() && home.role == Role::Tenant,
                body => home.in_common_life() && home.role == body,
            }));
        }
        let on_roll = |unit: &String| self.roll.as_ref().is_none_or(|roll| roll.unit(unit).is_some());
        Some(role.is_body() || claim.unit.as_ref().is_none_or(on_roll))
    }

    fn grant_possible(&self, grant: &RoleGrant, in_time: bool) -> Option<bool> {
        let there = |id: &RecordId| self.households.get(id).is_some_and(|home| home.in_common_life());
        in_time.then(|| there(&grant.to) && grant.of.as_ref().is_none_or(there))
    }

    /// Every seat's holder is enrolled and its keys are that household's; from four witnesses on the registrars'
    /// households hold at most f of them (rule 11).
    fn registrars_possible(&self, change: &RegistrarsChange) -> bool {
        let holds = |holder: &RecordId, key: &DeviceKey| {
            self.voice(key).is_some_and(|voice| {
                voice.home.id == *holder && matches!(voice.device.role, Role::Owner | Role::Clerk)
            })
        };
        let seats = &change.registrars.seats;
        let held = seats.iter().all(|seat| {
            seat.holder.as_ref().is_some_and(|holder| seat.keys.iter().all(|key| holds(holder, key)))
        });
        let holders: BTreeSet<_> = seats.iter().filter_map(|seat| seat.holder).collect();
        let tellers = self.bylaws.tellers.seats.iter().any(|teller| holders.contains(&teller.holder));
        let n = self.witnesses.len();
        let theirs = self.witnesses.iter().filter(|witness| holders.contains(&witness.holder)).count();
        held && holders.len() == seats.len() && !tellers && (n < 4 || theirs <= (n - 1) / 3)
    }

    fn tellers_possible(&self, change: &TellersChange) -> bool {
        let seats = &change.tellers.seats;
        let registers = |holder| self.bylaws.registrars.seats.iter().any(|seat| seat.holder == Some(holder));
        let holders: BTreeSet<_> = seats.iter().map(|seat| seat.holder).collect();
        let held = seats.iter().all(|seat| {
            let own = |key| self.voice(key).is_some_and(|voice| voice.home.id == seat.holder);
            !registers(seat.holder) && seat.keys.iter().all(own)
        });
        held && holders.len() == seats.len()
    }

    fn transfer_possible(&self, transfer: &Transfer) -> bool {
        let from = self.seat_on(&transfer.unit).is_some_and(|seat| seat.id == transfer.from);
        let takes = |id: &RecordId| {
            *id != transfer.from
                && self
                    .households
                    .get(id)
                    .is_some_and(|home| home.role == Role::Owner && home.ended.is_none())
        };
        from && transfer.to.as_ref().is_none_or(takes)
    }
}

/// The households of the registrars and clerks among the voices, if there is one.
fn one_office(voices: &[Voice<'_>]) -> Option<Vec<RecordId>> {
    let homes = distinct(voices.iter().filter(|voice| voice.holds_office()).map(|voice| voice.home.id));
    (!homes.is_empty()).then_some(homes)
}

fn distinct(homes: impl Iterator<Item = RecordId>) -> Vec<RecordId> {
    let homes: BTreeSet<RecordId> = homes.collect();
    homes.into_iter().collect()
}
