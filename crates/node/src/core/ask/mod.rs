//! What a node answers, one family a file. A request either becomes records, durable before the answer, or a view.

mod check;
mod daily;
mod estate;
mod keeping;
mod rehearse;
mod roll;
mod sightings;
mod stories;
mod things;

use linli_record::RecordId;
use linli_store::contain;

use roll::Import;

use super::Core;
use crate::fault::Fault;
use crate::vocabulary::{Answer, Request};

impl Core {
    /// Answers one request. One that panics, as a damaged file can make the store do, is refused and stops nothing.
    pub(super) fn ask(&mut self, request: Request) -> Result<Answer, Fault> {
        contain(|| self.answer(request)).unwrap_or_else(|panicked| Err(self.after_panic(&panicked)))
    }

    fn answer(&mut self, request: Request) -> Result<Answer, Fault> {
        self.commit_pending();
        if self.store.must_reopen()
            && let Err(fault) = self.ready_to_write()
        {
            tracing::warn!(%fault, "the store could not be opened again yet");
        }
        match request {
            Request::Status => Ok(Answer::Status(Box::new(self.status()))),
            Request::Digest => self.digest(),
            Request::Check => Ok(self.check()),
            Request::Repair => self.repair(),
            Request::Today => self.today(),
            Request::Log(filter) => self.log(&filter),
            Request::BundleExport { path, after, reader, whole } => {
                self.bundle_export(&path, after, reader.as_deref(), whole)
            }
            Request::BundleImport { path } => self.bundle_import(&path),
            Request::Attachment { hash, path, replace } => self.save_attachment(&hash, &path, replace),
            Request::AttachmentAgain { hash } => self.attachment_again(&hash),
            Request::Stop => {
                self.desk.stop_soon();
                Ok(Answer::Done)
            }
            other => self.ask_estate(other),
        }
    }

    fn ask_estate(&mut self, request: Request) -> Result<Answer, Fault> {
        match request {
            Request::People => self.people(),
            Request::Roll => Ok(self.roll()),
            Request::RollImport { csv, dry_run, shrink } => {
                let import = if dry_run { Import::Rehearse } else { Import::Propose { shrink } };
                self.import_roll(&csv, import)
            }
            Request::Invite { role, unit } => self.make_invite(&role, unit),
            Request::Invites => Ok(self.list_invites()),
            Request::InviteCancel { invite } => self.cancel_invite(&invite),
            Request::Claims => Ok(self.list_claims()),
            Request::Admit { claim } => self.admit(claim.as_deref()),
            Request::Refuse { claim } => self.refuse(&claim),
            Request::Confirm { household } => self.confirm(&household),
            Request::Proposals => Ok(self.proposals()),
            Request::Approve { proposal } => self.approve_named(&proposal),
            Request::Unapprove { proposal } => self.unapprove(&proposal),
            Request::Revoke { device, reason } => self.revoke(&device, &reason),
            Request::ConsentGrant(terms) => self.grant_consent(terms),
            Request::ConsentWithdraw { consent, reason } => self.withdraw_consent(&consent, &reason),
            Request::Consents => self.consents(),
            Request::WitnessResume => self.resume_witness().map(|()| Answer::Done),
            other => self.ask_daily(other),
        }
    }

    /// The record that was just said, and whether a block holds it yet.
    pub(super) fn said(&self, record: RecordId) -> Answer {
        let settled = self
            .store
            .record(&record)
            .ok()
            .flatten()
            .is_some_and(|record| self.settled_height(&record.log, record.seq).is_some());
        let open =
            self.state.as_ref().is_some_and(|state| state.open_proposals().any(|open| open.id == record));
        let state = match (open, settled) {
            (true, _) => "needs-another",
            (false, true) => "settled",
            (false, false) => "unsettled",
        };
        Answer::Said { record, state: state.into() }
    }
}
