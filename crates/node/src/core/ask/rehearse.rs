//! Before anything is signed for good: would it count? What every node would set aside is refused here, with its reason, and
//! never said.

use linli_community::content::notice::{self, Notice};
use linli_community::content::object::{Aside, ObjectView, fold_object};
use linli_community::content::request::{self, Request as Problem};
use linli_community::content::roll_call::{self, RollCall};
use linli_community::content::story::{self, Story};
use linli_community::content::withdraw::Why;
use linli_community::content::{Context, Entry, Payload as _};
use linli_community::register::{self, Heard, Reason};
use linli_record::{Draft, Kind, Record, RecordId};

use super::super::own::not_joined;
use super::super::{Core, fresh_salt, store_fault_read};
use crate::fault::Fault;
use crate::vocabulary::Answer;

impl Core {
    /// Says a statement of power, unless the register would set it aside.
    pub(in super::super) fn propose(
        &mut self,
        kind: Kind,
        draft: Draft,
        body: Vec<u8>,
    ) -> Result<Answer, Fault> {
        self.refuse_without_power(kind, &draft, &body)?;
        let record = self.state_power(draft, body)?;
        // Something else may have been settled between.
        let held = self.store.record(&record).map_err(|error| store_fault_read(&error))?;
        let reason = held.and_then(|held| {
            let settled = self.settled_height(&held.log, held.seq).is_some();
            self.verdict(&held).reason().filter(|_| settled)
        });
        reason.map_or_else(|| Ok(self.said(record)), |reason| Err(no_effect(kind, reason)))
    }

    /// Refuses a statement of power that the register would set aside.
    pub(super) fn refuse_without_power(
        &mut self,
        kind: Kind,
        draft: &Draft,
        body: &[u8],
    ) -> Result<(), Fault> {
        self.refuse_when_outdated()?;
        self.refuse_after_two_blocks()?;
        self.ready_to_speak()?;
        let rehearsed = self.rehearsed(draft, body)?;
        let heard = Heard { record: &rehearsed, key: self.keys.signing.public() };
        let reason = self.state.as_ref().and_then(|state| register::set_aside(state, heard));
        reason.map_or(Ok(()), |reason| Err(no_effect(kind, reason)))
    }

    /// The record that would be said, said to nobody.
    fn rehearsed(&self, draft: &Draft, body: &[u8]) -> Result<Record, Fault> {
        let mut pen = self.pen.clone().ok_or_else(not_joined)?;
        Ok(pen.append(draft.clone().seen(self.seen()), body, fresh_salt(), self.clock.now_ms())?)
    }

    /// Refuses what would stand beside its object without effect, or what this home's role and offices do not say. What is
    /// sealed only its audience can judge.
    pub(super) fn refuse_without_effect(&self, draft: &Draft, body: &[u8]) -> Result<(), Fault> {
        let record = self.rehearsed(draft, body)?;
        if self.standing(&record).code() == Some(Reason::NoOffice.code()) {
            return Err(no_effect(record.kind, Reason::NoOffice));
        }
        let Some(object) = record.object else { return Ok(()) };
        self.refuse_on_withdrawn(&object)?;
        let aside = self.asides_with(&object, &record)?.into_iter().find(|aside| aside.id == record.id());
        match aside {
            None => Ok(()),
            Some(aside) => Err(beside(&aside.reason)),
        }
    }

    /// Nobody reads what is said of something that was taken back.
    fn refuse_on_withdrawn(&self, object: &RecordId) -> Result<(), Fault> {
        let view = self.with_entries(object, fold_object)?;
        let withdrawn =
            view.as_ref().and_then(ObjectView::mark).is_some_and(|mark| mark.why == Why::Withdrawn);
        if withdrawn {
            return Err(Fault::not_allowed("withdrawn", "it was taken back already")
                .hint("begin it anew if it is still needed"));
        }
        Ok(())
    }

    /// What would stand beside an object without effect, were this record the newest of it.
    fn asides_with(&self, object: &RecordId, record: &Record) -> Result<Vec<Aside>, Fault> {
        let mut records = self.store.object(object).map_err(|error| store_fault_read(&error))?;
        let Some(kind) = records.first().map(|begin| begin.kind) else { return Ok(Vec::new()) };
        records.push(record.clone());
        Ok(self.with_records(&records, |entries, ctx| asides(kind, entries, ctx)).unwrap_or_default())
    }
}

fn asides(kind: Kind, entries: &[Entry<'_>], ctx: &Context<'_>) -> Option<Vec<Aside>> {
    match kind {
        Notice::KIND => notice::fold(entries, ctx).map(|view| view.asides),
        RollCall::KIND => roll_call::fold(entries, ctx).map(|view| view.asides),
        Problem::KIND => request::fold(entries, ctx).map(|view| view.asides),
        Story::KIND => story::fold(entries, ctx).map(|view| view.asides),
        _ => None,
    }
}

fn no_effect(kind: Kind, reason: Reason) -> Fault {
    Fault::not_allowed(reason.code(), format!("nobody would act on this statement (kind {kind}): {reason}"))
        .hint("docs/REGISTER.md says who may state what; `linli people` lists the offices")
}

fn beside(reason: &str) -> Fault {
    let unknown = format!("this would stand beside it without effect: {reason}");
    let (why, hint) = match reason {
        "not-a-clerk" => (
            "only a registrar, a clerk or whoever opened the roll-call enters what others told",
            "ask one of them: `linli people` lists the offices",
        ),
        "own-witness" => (
            "a witness of one's own household, or of the one that answers, is none",
            "name somebody of a third household",
        ),
        "no-witness" => (
            "a witness is a neighbour: a household that joined and lives in a unit on the roll",
            "name it as `linli people` lists it",
        ),
        "outside" => ("it is not meant for that household or unit", "showing it tells for whom it is"),
        "answered-itself" => {
            ("this household has answered by itself: that counts", "`linli rollcall show` lists the answers")
        }
        "not-an-editor" => (
            "the story names others who write on it",
            "`linli story note` puts a correction or reply beside it",
        ),
        "late" => ("the roll-call is closed", "whoever opened it can open another"),
        _ => (unknown.as_str(), "look how it stands now, then say it again"),
    };
    Fault::not_allowed(reason, why).hint(hint)
}
