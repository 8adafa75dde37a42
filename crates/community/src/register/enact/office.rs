//! Offices and consents.

use super::Enact;
use crate::register::happening::Happening;
use crate::register::people::{Consent, EndedWhy, Grant, OutsideEntry};
use crate::register::statement::{ConsentGrant, ConsentWithdraw, OutsideNote, RoleGrant, RoleWithdraw};

impl Enact<'_> {
    pub(super) fn grant_role(&mut self, grant: &RoleGrant) {
        let by = self.proposal.id;
        let granted = Grant {
            id: by,
            to: grant.to,
            office: grant.office,
            scope: grant.scope.clone(),
            of: grant.of,
            until_ms: grant.until_ms,
            since: self.height(),
            ended: None,
        };
        self.facts.grants.insert(by, granted);
        self.happened.push(Happening::Granted { by, to: grant.to, office: grant.office });
    }

    pub(super) fn withdraw_role(&mut self, withdraw: &RoleWithdraw) {
        let ended = self.ended(EndedWhy::Withdrawn);
        let grant = self.facts.grants.get_mut(&withdraw.grant).filter(|grant| grant.ended.is_none());
        if let Some(grant) = grant {
            grant.ended = Some(ended);
            self.happened.push(Happening::GrantEnded { grant: withdraw.grant, by: Some(self.proposal.id) });
        }
    }

    pub(super) fn grant_consent(&mut self, grant: &ConsentGrant) {
        let by = self.proposal.id;
        let consent = Consent { id: by, terms: grant.terms.clone(), since: self.height(), ended: None };
        self.facts.consents.insert(by, consent);
        self.happened.push(Happening::Consented { by });
    }

    pub(super) fn withdraw_consent(&mut self, withdraw: &ConsentWithdraw) {
        let ended = self.ended(EndedWhy::Withdrawn);
        let consent =
            self.facts.consents.get_mut(&withdraw.consent).filter(|consent| consent.ended.is_none());
        if let Some(consent) = consent {
            consent.ended = Some(ended);
            let by = Some(self.proposal.id);
            self.happened.push(Happening::ConsentEnded { consent: withdraw.consent, by });
        }
    }

    pub(super) fn note_outside(&mut self, note: &OutsideNote) {
        let by = self.proposal.id;
        self.facts.outside.push(OutsideEntry {
            id: by,
            what: note.what.clone(),
            run_by: note.run_by.clone(),
            place: note.place.clone(),
            motion_text: note.motion_text.clone(),
            replaces: note.replaces,
        });
        self.happened.push(Happening::NotedOutside { by });
    }
}
