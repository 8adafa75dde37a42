//! What a complete statement does to the facts. Whether it may is decided before; here nothing is refused.

mod bylaws;
mod office;
mod people;

use linli_record::RecordId;

use super::happening::Happening;
use super::people::{Ended, EndedWhy};
use super::rolls::Roll;
use super::state::{Facts, Proposal};
use super::statement::Said;

/// A complete proposal, about to apply.
pub(super) struct Enact<'a> {
    pub(super) facts: &'a mut Facts,
    pub(super) happened: &'a mut Vec<Happening>,
    /// The proposal.
    pub(super) proposal: &'a Proposal,
    /// The households whose approvals completed it.
    pub(super) approvers: Vec<RecordId>,
    /// The roll, when the statement is one.
    pub(super) roll: Option<Roll>,
}

impl Enact<'_> {
    pub(super) fn apply(&mut self, said: &Said) {
        match said {
            Said::Admit(admit) => self.admit(admit),
            Said::Confirm(confirm) => self.confirm(confirm),
            Said::Revoke(revoke) => self.revoke(revoke),
            Said::Remove(remove) => self.remove(remove),
            Said::Readmit(readmit) => self.readmit(readmit),
            Said::Transfer(transfer) => self.transfer(transfer),
            Said::LogClose(close) => self.close_log(close),
            Said::ForkProof(proof) => self.fork(proof),
            Said::RoleGrant(grant) => self.grant_role(grant),
            Said::RoleWithdraw(withdraw) => self.withdraw_role(withdraw),
            Said::ConsentGrant(grant) => self.grant_consent(grant),
            Said::ConsentWithdraw(withdraw) => self.withdraw_consent(withdraw),
            Said::Outside(note) => self.note_outside(note),
            Said::Handover(_) => self.happened.push(Happening::HandoverDecided { by: self.proposal.id }),
            Said::CharterChange(change) => self.change_charter(change),
            Said::Registrars(change) => self.facts.bylaws.registrars = change.registrars.clone(),
            Said::Tellers(change) => self.facts.bylaws.tellers = change.tellers.clone(),
            Said::Preset(change) => self.set_preset(change),
            Said::Roll(change) => self.set_roll(change),
            _ => {}
        }
    }

    fn height(&self) -> u64 {
        self.facts.head.map_or(0, |head| head.height)
    }

    fn ended(&self, why: EndedWhy) -> Ended {
        Ended { height: self.height(), by: Some(self.proposal.id), why }
    }
}
