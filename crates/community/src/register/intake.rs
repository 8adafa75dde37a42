//! A settled statement becomes a proposal or an approval, or is quarantined for what it says.
//!
//! What is judged here depends on the state before the block only; whether the author may say it is judged by either
//! state ([`may_say`]). Statements that one voice decides are proposals too: complete as soon as they may be said.

use linli_record::{BlockId, Claim, CommunityId, DeviceKey, NextKey, SignedClaim};

use super::judge::Spoken;
use super::limits;
use super::people::{Device, Role};
use super::seats::speaks_for;
use super::settle::Statement;
use super::state::{Approval, Facts, PendingSuccessor, Proposal};
use super::statement::{Admit, Approve, Confirm, ConfirmWhat, Made, Recent, Said, Unapprove};
use super::verdict::{Reason, Verdict};
use crate::kinds::Sayers;

type Taken = Result<(), Verdict>;

fn quarantined(reason: Reason) -> Verdict {
    Verdict::Quarantined(reason)
}

/// What one statement of a block is judged against.
pub(super) struct Intake<'a> {
    pub(super) before: &'a Facts,
    pub(super) facts: &'a mut Facts,
}

impl Intake<'_> {
    /// Takes one statement in.
    pub(super) fn take(&mut self, spoken: &Spoken, statement: &Statement) -> Taken {
        match &statement.said {
            Said::LogOpen(_) | Said::Objection(_) | Said::WitnessAccept(_) | Said::RulesReady(_) => Ok(()),
            Said::LogClose(close) => {
                let pending = self.successor(spoken, close)?;
                if let Some(pending) = pending {
                    self.facts.successors.insert(spoken.id, pending);
                }
                self.propose(spoken, statement, None)
            }
            Said::ForkProof(proof) => {
                let key = log_key(self.facts, &proof.log()).ok_or(quarantined(Reason::NoSuchThing))?;
                let community = self.facts.community;
                proof.verify(&community, &key).map_err(|_| quarantined(Reason::BadProof))?;
                self.propose(spoken, statement, None)
            }
            Said::Approve(approve) => self.approve(spoken, approve),
            Said::Unapprove(unapprove) => self.unapprove(spoken, unapprove),
            Said::Admit(admit) => self.admit(spoken, statement, admit),
            Said::Confirm(confirm) => {
                self.known_block(confirm.recent)?;
                self.propose(spoken, statement, None)
            }
            Said::Revoke(revoke) => {
                let target = self.before.device_by_admission(&revoke.admission);
                let own = |author: &Device| target.is_some_and(|device| device.household == author.household);
                if !self.before.devices.get(&spoken.key).is_some_and(own) {
                    self.under(revoke.made)?;
                }
                self.propose(spoken, statement, None)
            }
            said => match made(said) {
                Some(made) => {
                    self.under(made)?;
                    self.propose(spoken, statement, None)
                }
                None => Err(Verdict::Waiting(Reason::NotJudged)),
            },
        }
    }

    fn admit(&mut self, spoken: &Spoken, statement: &Statement, admit: &Admit) -> Taken {
        let claim = verified(&self.facts.community, &admit.claim).map_err(quarantined)?;
        let role = Role::from_number(claim.role).ok_or(quarantined(Reason::BadClaim))?;
        check_shape(&claim, role).map_err(quarantined)?;
        // Only what begins a household for a time has a term: a body, or tenants.
        let begins = claim.household.is_none() && (role.is_body() || role == Role::Tenant);
        if !begins && (admit.until_ms.is_some() || !admit.scope.is_empty()) {
            return Err(quarantined(Reason::BreaksRule));
        }
        self.known_block(
            claim.recent.map(|(height, id)| Recent { height, id: BlockId::from(*id.as_bytes()) }),
        )?;
        if enrolled(self.before, &claim) {
            return Err(quarantined(Reason::AlreadyEnrolled));
        }
        if role == Role::Device {
            self.known_block(admit.made.recent)?;
        } else {
            self.under(admit.made)?;
        }
        self.propose(spoken, statement, Some(claim))
    }

    fn approve(&mut self, spoken: &Spoken, approve: &Approve) -> Taken {
        self.known_block(approve.recent)?;
        self.room(&spoken.key)?;
        let approval = Approval {
            id: spoken.id,
            author: spoken.key,
            height: self.height(),
            since_ms: self.facts.clock.due_ms,
        };
        self.facts.approvals.entry(approve.proposal).or_default().push(approval);
        Ok(())
    }

    /// Takes an approval back: one's own seat's, or the author's own word for its proposal.
    fn unapprove(&mut self, spoken: &Spoken, unapprove: &Unapprove) -> Taken {
        let facts = &mut *self.facts;
        let author = spoken.key;
        if let Some(proposal) = facts.open.get(&unapprove.approval) {
            let same = same_seat(facts, &proposal.author, &author);
            let proposal = facts.open.get_mut(&unapprove.approval).filter(|_| same);
            proposal.ok_or(quarantined(Reason::NoOffice))?.author_withdrew = true;
            return Ok(());
        }
        let find = |approval: &&Approval| approval.id == unapprove.approval;
        let found = facts.approvals.values().flatten().find(find).map(|approval| approval.author);
        let whose = found.ok_or(quarantined(Reason::NoSuchThing))?;
        if !same_seat(facts, &whose, &author) {
            return Err(quarantined(Reason::NoOffice));
        }
        for approvals in facts.approvals.values_mut() {
            approvals.retain(|approval| approval.id != unapprove.approval);
        }
        facts.approvals.retain(|_, approvals| !approvals.is_empty());
        Ok(())
    }

    fn propose(&mut self, spoken: &Spoken, statement: &Statement, claim: Option<Claim>) -> Taken {
        // These two are decided in the block that settles them, and leave nothing open.
        if !matches!(statement.said, Said::LogClose(_) | Said::ForkProof(_)) {
            self.room(&spoken.key)?;
        }
        let proposal = Proposal {
            id: spoken.id,
            kind: spoken.kind.number(),
            author: spoken.key,
            log: spoken.log,
            seq: spoken.seq,
            height: self.height(),
            since_ms: self.facts.clock.due_ms,
            body: statement.body.clone(),
            annex: statement.annex,
            claim,
            author_withdrew: false,
        };
        self.facts.open.insert(spoken.id, proposal);
        Ok(())
    }

    /// A device that has too much open is heard again when some of it is decided or lapses.
    fn room(&self, key: &DeviceKey) -> Taken {
        let proposals = self.facts.open.values().filter(|proposal| proposal.author == *key).count();
        let approvals =
            self.facts.approvals.values().flatten().filter(|approval| approval.author == *key).count();
        if proposals + approvals < limits::OPEN_PER_DEVICE {
            Ok(())
        } else {
            Err(quarantined(Reason::TooManyOpen))
        }
    }

    fn height(&self) -> u64 {
        self.facts.head.map_or(0, |head| head.height)
    }

    fn under(&self, made: Made) -> Taken {
        if made.base != self.before.charter {
            return Err(quarantined(Reason::StaleBase));
        }
        self.known_block(made.recent)
    }

    /// Rule 17: who approves names a block of this history. What is older than the memory passes.
    fn known_block(&self, recent: Option<Recent>) -> Taken {
        let (recent, head) = match (recent, &self.before.head) {
            (None, None) => return Ok(()),
            (Some(recent), Some(head)) => (recent, head),
            _ => return Err(quarantined(Reason::OtherHistory)),
        };
        if recent.height > head.height || self.before.holds_block(recent.height, &recent.id) == Some(false) {
            return Err(quarantined(Reason::OtherHistory));
        }
        Ok(())
    }

    fn successor(
        &self,
        spoken: &Spoken,
        close: &linli_record::LogClose,
    ) -> Result<Option<PendingSuccessor>, Verdict> {
        let Some(successor) = &close.successor else { return Ok(None) };
        let next = match successor.verify(&self.facts.community, &spoken.log) {
            Ok(next) => next,
            Err(linli_record::Refused::Suite { .. }) => return Err(Verdict::Waiting(Reason::NotJudged)),
            Err(_) => return Err(quarantined(Reason::BadClaim)),
        };
        if next.device().is_none_or(|key| self.before.devices.contains_key(&key))
            || node_used(self.before, &next)
        {
            return Err(quarantined(Reason::AlreadyEnrolled));
        }
        Ok(Some(PendingSuccessor { of: spoken.key, next, since_ms: self.facts.clock.due_ms }))
    }
}

fn node_used(facts: &Facts, next: &NextKey) -> bool {
    facts.devices.values().any(|device| device.node == next.node)
}

fn verified(community: &CommunityId, signed: &SignedClaim) -> Result<Claim, Reason> {
    let claim = signed.verify(community).map_err(|_| Reason::BadClaim)?;
    let unit_fits = claim.unit.as_ref().is_none_or(|unit| matches!(unit.len(), 1..=limits::UNIT_BYTES));
    if unit_fits { Ok(claim) } else { Err(Reason::BadClaim) }
}

/// What a claim of each role must name.
fn check_shape(claim: &Claim, role: Role) -> Result<(), Reason> {
    let (unit, household) = (claim.unit.is_some(), claim.household.is_some());
    let fine = match role {
        Role::Owner => unit && !household,
        Role::Tenant => unit || household,
        Role::Family | Role::Device => household,
        _ => true,
    };
    if fine { Ok(()) } else { Err(Reason::BadClaim) }
}

/// Whether the claim's key, node or invite was used.
pub(super) fn enrolled(facts: &Facts, claim: &Claim) -> bool {
    facts.devices.contains_key(&claim.device)
        || facts.invites.contains(&claim.invite)
        || facts.devices.values().any(|device| device.node == claim.node)
}

/// The key of a log the register knows: a settled one, or a device's first life.
pub(super) fn log_key(facts: &Facts, log: &linli_record::LogId) -> Option<DeviceKey> {
    let settled = facts.logs.iter().find(|settled| settled.log == *log).map(|settled| settled.key);
    settled.or_else(|| facts.devices.values().find(|device| device.log == *log).map(|device| device.key))
}

fn same_seat(facts: &Facts, one: &DeviceKey, other: &DeviceKey) -> bool {
    let registrars = &facts.bylaws.registrars;
    let seat = registrars.seat_of(one);
    let home = |key: &DeviceKey| facts.devices.get(key).map(|device| device.household);
    one == other
        || (seat.is_some() && seat == registrars.seat_of(other))
        || (home(one).is_some() && home(one) == home(other))
}

/// Under what a registrars' proposal was made; nothing for kinds that are not judged yet.
fn made(said: &Said) -> Option<Made> {
    Some(match said {
        Said::RoleGrant(said) => said.made,
        Said::RoleWithdraw(said) => said.made,
        Said::ConsentGrant(said) => said.made,
        Said::ConsentWithdraw(said) => said.made,
        Said::CharterChange(said) => said.made,
        Said::Registrars(said) => said.made,
        Said::Tellers(said) => said.made,
        Said::Roll(said) => said.made,
        Said::Preset(said) => said.made,
        Said::Remove(said) => said.made,
        Said::Readmit(said) => said.made,
        Said::Transfer(said) => said.made,
        Said::Handover(said) => said.made,
        Said::Outside(said) => said.made,
        _ => return None,
    })
}

/// Whether the author may say this at all, by one state; beyond what its kind's row says.
pub(super) fn may_say(
    facts: &Facts,
    author: &DeviceKey,
    said: &Said,
    claim: Option<&Claim>,
) -> Result<(), Reason> {
    let device = facts.devices.get(author).ok_or(Reason::NotEnrolled)?;
    let sayers = facts.sayers(device);
    let removed = facts.home(device).is_none_or(|home| home.removed.is_some());
    if removed && needs_common_life(said) {
        return Err(Reason::Removed);
    }
    let office = if sayers.any(Sayers::OFFICE) { Ok(()) } else { Err(Reason::NoOffice) };
    match said {
        Said::Admit(_) => {
            let claim = claim.ok_or(Reason::BadClaim)?;
            let own = Some(device.household) == claim.household;
            let approver = facts.voice(author).is_some_and(|voice| voice.approves_seats());
            let adds_own = claim.role == Role::Device.number() && own;
            let approves = claim.role != Role::Device.number() && approver;
            if adds_own || approves { Ok(()) } else { Err(Reason::NoOffice) }
        }
        Said::Revoke(revoke) => match facts.device_by_admission(&revoke.admission) {
            None => Err(Reason::NoSuchThing),
            Some(target) if speaks_for(device, &target.household, target.role) => Ok(()),
            Some(_) => office,
        },
        Said::Confirm(confirm) => may_confirm(facts, device, confirm),
        _ => Ok(()),
    }
}

fn may_confirm(facts: &Facts, device: &Device, confirm: &Confirm) -> Result<(), Reason> {
    let sayers = facts.sayers(device);
    match confirm.what {
        ConfirmWhat::Seat => {
            let seat = facts.households.get(&confirm.record).filter(|household| household.seated());
            let seat = seat.ok_or(Reason::NoSuchThing)?;
            if !sayers.any(Sayers::OWNER) {
                return Err(Reason::NoOffice);
            }
            let own = seat.id == device.household || seat.enrolled_by.contains(&device.household);
            if own { Err(Reason::OwnSeat) } else { Ok(()) }
        }
        ConfirmWhat::Successor => {
            let pending = facts.successors.get(&confirm.record).ok_or(Reason::NoSuchThing)?;
            let old = facts.devices.get(&pending.of).filter(|old| old.active()).ok_or(Reason::NoSuchThing)?;
            speaks_for_another(device, old, sayers)
        }
        ConfirmWhat::Life => {
            let forked = facts.device_by_admission(&confirm.record).filter(|device| device.forked.is_some());
            speaks_for_another(device, forked.ok_or(Reason::NoSuchThing)?, sayers)
        }
    }
}

/// Another device of the household, or a registrar; never the key itself.
fn speaks_for_another(device: &Device, other: &Device, sayers: Sayers) -> Result<(), Reason> {
    let own = speaks_for(device, &other.household, other.role);
    let fine = device.key != other.key && (own || sayers.any(Sayers::REGISTRAR));
    if fine { Ok(()) } else { Err(Reason::NoOffice) }
}

/// Removal from common life leaves an owner the right to object, sign, vote, and to look after its own devices.
fn needs_common_life(said: &Said) -> bool {
    match said {
        Said::Admit(_) | Said::Revoke(_) => false,
        Said::Confirm(confirm) => confirm.what == ConfirmWhat::Seat,
        Said::LogOpen(_) | Said::LogClose(_) | Said::ForkProof(_) | Said::Objection(_) => false,
        Said::Petition(_) | Said::PetitionSign(_) | Said::Era(_) | Said::EraSign(_) => false,
        _ => true,
    }
}
