//! A newcomer whose admission is not settled yet (rule 22): whether the settled state already gives its approvers the
//! offices they need. Such a member syncs what was written since and the current notices, and decides nothing.

use linli_record::{Claim, DeviceKey, Kind, Record, RecordId};

use super::intake::{Intake, may_say};
use super::judge::{Spoken, log_goes_on};
use super::proposals::Ready;
use super::seats::speaks_for;
use super::settle::Statement;
use super::state::{Approval, Facts, Proposal, State};
use super::statement::Said;
use super::verdict::{Reason, Verdict};

/// An unsettled record and the key of its log.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// The record, with its payload.
    pub record: &'a Record,
    /// The key of its log.
    pub key: DeviceKey,
}

/// The claim of a newcomer that `admit` and `approvals` would enrol if a block settled them now; nothing if they would
/// not. The caller verified the records' chains.
#[must_use]
pub fn provisional(state: &State, admit: Heard<'_>, approvals: &[Heard<'_>]) -> Option<Claim> {
    let before = state.facts();
    before.head?;
    let mut facts = before.clone();
    let said = take(state, &mut facts, admit)?;
    if !matches!(said, Said::Admit(_)) {
        return None;
    }
    for approval in approvals {
        // What does not count leaves the others as they are.
        let _ = take(state, &mut facts, *approval);
    }
    let proposal = facts.open.get(&admit.record.id())?;
    match facts.ready(proposal, &said) {
        Ready::Yes(_) => proposal.claim.clone(),
        Ready::NotYet | Ready::Dead => None,
    }
}

/// Admissions that no block has settled yet and that need another approval, each with those it has so far: the next
/// approver must see them while the witness is away. The caller verified the records' chains.
#[must_use]
pub fn foreseen(
    state: &State,
    admits: &[Heard<'_>],
    approvals: &[Heard<'_>],
) -> Vec<(Proposal, Vec<Approval>)> {
    let before = state.facts();
    let mut facts = before.clone();
    let said: Vec<(RecordId, Said)> = admits
        .iter()
        .filter_map(|admit| Some((admit.record.id(), take(state, &mut facts, *admit)?)))
        .filter(|(_, said)| matches!(said, Said::Admit(_)))
        .collect();
    for approval in approvals {
        let _ = take(state, &mut facts, *approval);
    }
    let waits = |(id, said): &(RecordId, Said)| {
        let proposal = facts.open.get(id).filter(|_| !before.open.contains_key(id))?;
        let approved = facts.approvals.get(id).into_iter().flatten().cloned().collect();
        matches!(facts.ready(proposal, said), Ready::NotYet).then(|| (proposal.clone(), approved))
    };
    said.iter().filter_map(waits).collect()
}

/// The device that an unsettled `revoke` of its own household cuts off from sync at once (rule 21); on the register it acts
/// when settled.
#[must_use]
pub fn cut_off(state: &State, revoke: Heard<'_>) -> Option<DeviceKey> {
    let facts = state.facts();
    let spoken = Spoken::new(revoke.record.header(), revoke.key);
    let Some(Ok(Said::Revoke(said))) = Said::parse(spoken.kind, revoke.record.body()?, None) else {
        return None;
    };
    spoken.form().and_then(|()| spoken.permitted(facts)).and_then(|()| log_goes_on(state, &spoken)).ok()?;
    let author = facts.devices.get(&revoke.key)?;
    let target = facts.device_by_admission(&said.admission)?;
    speaks_for(author, &target.household, target.role).then_some(target.key)
}

/// Why a block that settled this statement now would set it aside; nothing if it would be taken. For whoever is about to say
/// it: other statements may settle before it, so this promises nothing.
#[must_use]
pub fn set_aside(state: &State, heard: Heard<'_>) -> Option<Reason> {
    let before = state.facts();
    let spoken = Spoken::new(heard.record.header(), heard.key);
    if let Err(reason) = spoken.form().and_then(|()| spoken.permitted(before)) {
        return Some(reason);
    }
    let body = heard.record.body()?;
    let Ok(said) = Said::parse(spoken.kind, body, None)? else { return Some(Reason::Malformed) };
    let mut facts = before.clone();
    let statement = Statement { said: said.clone(), body: body.to_vec(), annex: None };
    if let Err(Verdict::Quarantined(reason)) =
        (Intake { before, facts: &mut facts }).take(&spoken, &statement)
    {
        return Some(reason);
    }
    let claim = facts.open.get(&spoken.id).and_then(|proposal| proposal.claim.as_ref());
    may_say(before, &spoken.key, &said, claim).err()
}

fn take(state: &State, facts: &mut Facts, heard: Heard<'_>) -> Option<Said> {
    let before = state.facts();
    let spoken = Spoken::new(heard.record.header(), heard.key);
    let said = Said::parse(spoken.kind, heard.record.body()?, None)?.ok()?;
    let said_well = spoken.form().and_then(|()| spoken.permitted(before));
    // What stands behind the end of a log settles in no block.
    let fine = said_well.and_then(|()| log_goes_on(state, &spoken)).is_ok() && !spoken.private;
    if !fine || !matches!(said, Said::Admit(_) | Said::Approve(_)) {
        return None;
    }
    let statement = Statement { said: said.clone(), body: heard.record.body()?.to_vec(), annex: None };
    Intake { before, facts }.take(&spoken, &statement).ok()?;
    let claim = facts.open.get(&spoken.id).and_then(|proposal| proposal.claim.as_ref());
    may_say(before, &spoken.key, &said, claim).ok()?;
    Some(said)
}

/// Kinds a provisional member may be sent of what was written before it came: the current notices.
#[must_use]
pub fn shown_to_provisional(kind: Kind) -> bool {
    kind == crate::kinds::NOTICE
}
