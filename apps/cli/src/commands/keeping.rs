//! `linli digest`, `linli check`, `linli repair`: that nothing is lost and nothing was changed.

use std::path::Path;

use linli_node::Fault;
use linli_node::vocabulary::{Answer, BusyView, CheckView, DigestAnswer, RepairView, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, say, short, standing};

use crate::commands::answer::Asking as _;

/// The digest that equal nodes share.
pub(super) fn digest(session: &Session) -> Result<(), Failure> {
    session.show(Request::Digest)
}

/// Verifies everything; damage is an exit code of its own.
pub(super) fn check(session: &Session) -> Result<(), Failure> {
    let text = say!(session.speech, "checking");
    let answer = session.ask_long(Request::Check, &text);
    judge(&or_closed(answer, session, &text, &["store-damaged"], linli_node::examine)?, session)
}

/// Rebuilds every cache; a store that can't be read or is gone begins empty.
pub(super) fn repair(session: &Session) -> Result<(), Failure> {
    let text = say!(session.speech, "repairing");
    let answer = session.ask_long(Request::Repair, &text);
    let codes = ["store-damaged", "store-missing"];
    judge(&or_closed(answer, session, &text, &codes, linli_node::mend)?, session)
}

/// A store that is too damaged to be opened is looked at, or repaired, while it is closed.
fn or_closed(
    answer: Result<Answer, Failure>,
    session: &Session,
    text: &str,
    codes: &[&str],
    closed: impl FnOnce(&Path, &mut dyn FnMut(BusyView)) -> Result<Answer, Fault>,
) -> Result<Answer, Failure> {
    match answer {
        Err(Failure::Fault(fault)) if codes.contains(&fault.code.as_str()) => {
            let bar = session.progress(text);
            let answer = closed(&session.home, &mut |busy| {
                bar.set_message(standing::busy(&busy, &session.speech));
            });
            bar.finish_and_clear();
            Ok(answer?)
        }
        answer => answer,
    }
}

fn judge(answer: &Answer, session: &Session) -> Result<(), Failure> {
    session.answer(answer)?;
    match answer {
        Answer::Checked(view) if !view.faults.is_empty() => {
            session.tell(&match &view.repaired {
                None => say!(session.speech, "damaged-next"),
                Some(_) => say!(session.speech, "repaired-next"),
            });
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
pub(super) fn show_checked(view: &CheckView, page: &mut Page<'_>) {
    let speech = page.speech;
    if let Some(repaired) = &view.repaired {
        show_repaired(repaired, page);
    }
    match &view.waiting_for {
        None if view.faults.is_empty() => {
            page.line(&say!(speech, "checked-well", records = view.records));
            return;
        }
        Some(what) if view.faults.is_empty() => {
            page.line(&say!(speech, "checked-waits", records = view.records, what = what.as_str()));
            return;
        }
        _ => {}
    }
    let faults = view.faults.len() as u64 + view.more;
    page.line(&say!(speech, "checked-faults", records = view.records, faults = faults));
    for fault in &view.faults {
        page.prose(&fault.to_string());
    }
}

/// What a repair found and did, when there was something.
fn show_repaired(view: &RepairView, page: &mut Page<'_>) {
    let speech = page.speech;
    for fault in &view.found {
        page.prose(&fault.to_string());
    }
    if view.fresh {
        page.line(&say!(speech, "repaired-fresh"));
    } else if view.incomplete {
        page.line(&say!(speech, "repaired-incomplete"));
    }
    if view.mended > 0 || view.aside > 0 {
        page.line(&say!(speech, "repaired-records", mended = view.mended, aside = view.aside));
    }
    if let Some(file) = &view.damaged_file {
        page.line(&say!(speech, "repaired-kept", file = file.display().to_string()));
    }
}
