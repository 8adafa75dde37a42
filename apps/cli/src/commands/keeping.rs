//! `linli digest`, `linli check`, `linli repair`: that nothing is lost and nothing was changed.

use linli_node::vocabulary::{Answer, DigestAnswer, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, say, short};

use crate::commands::answer::Asking as _;

/// The digest that equal nodes share.
pub(super) fn digest(session: &Session) -> Result<(), Failure> {
    session.show(Request::Digest)
}

/// Verifies everything; damage is an exit code of its own.
pub(super) fn check(session: &Session) -> Result<(), Failure> {
    let answer = session.ask_long(Request::Check, &say!(session.speech, "checking"))?;
    judge(&answer, session)
}

/// Rebuilds every cache.
pub(super) fn repair(session: &Session) -> Result<(), Failure> {
    let answer = session.ask_long(Request::Repair, &say!(session.speech, "repairing"))?;
    judge(&answer, session)
}

fn judge(answer: &Answer, session: &Session) -> Result<(), Failure> {
    session.answer(answer)?;
    match answer {
        Answer::Checked { faults, .. } if !faults.is_empty() => {
            session.tell(&say!(session.speech, "damaged-next"));
            Err(Failure::Damaged)
        }
        _ => Ok(()),
    }
}

/// The page of `linli digest`: the digest in full, for two people to compare.
pub(super) fn show_digest(view: &DigestAnswer, page: &mut Page<'_>) {
    let speech = page.speech;
    let head = view.head.map(|(height, id)| say!(speech, "digest-block", height = height, id = short(&id)));
    page.fields(&[
        (say!(speech, "digest-digest"), view.of.digest.to_string()),
        (say!(speech, "digest-head"), head.unwrap_or_default()),
        (say!(speech, "digest-logs"), view.of.logs.to_string()),
        (say!(speech, "digest-objects"), view.of.objects.to_string()),
        (say!(speech, "digest-verdicts"), view.of.verdicts.to_string()),
    ]);
    if view.of.missing > 0 {
        page.line(&say!(speech, "digest-missing", missing = view.of.missing));
    }
}

/// What was found.
pub(super) fn show_checked(records: u64, faults: &[String], page: &mut Page<'_>) {
    let speech = page.speech;
    if faults.is_empty() {
        page.line(&say!(speech, "checked-well", records = records));
        return;
    }
    page.line(&say!(speech, "checked-faults", records = records, faults = faults.len()));
    for fault in faults {
        page.prose(fault);
    }
}
