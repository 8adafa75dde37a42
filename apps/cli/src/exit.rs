//! How a command ends: one code for programs, `Error:` and `Hint:` lines for people.
//!
//! The codes are frozen; `docs/guide/json-and-exit-codes.md` prints the same table as `linli --help`.

use std::io::ErrorKind;
use std::process::ExitCode;

use linli_node::{Fault, FaultKind};

use crate::render::safe;
use crate::say;
use crate::session::{Format, Session};
use crate::speech::Speech;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The node's refusal, or our own in its words.
    Fault(Fault),
    /// `check` or `repair` found damage; it is printed already.
    Damaged,
    /// The person ended it.
    Interrupted,
    /// Nobody reads what is printed.
    Output(std::io::Error),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

/// The code of a damaged store.
const DAMAGED: u8 = 13;
/// What shells give a program ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

/// The code of each kind; 0 is success.
pub(crate) const fn code(kind: FaultKind) -> u8 {
    match kind {
        FaultKind::Internal => 1,
        FaultKind::Input => 2,
        FaultKind::NotFound => 3,
        FaultKind::Ambiguous => 4,
        FaultKind::NotAllowed => 5,
        FaultKind::NotJoined => 6,
        FaultKind::Waiting => 7,
        FaultKind::Unreachable => 8,
        FaultKind::Disk => 9,
        FaultKind::Busy => 10,
        FaultKind::Stopped => 11,
        FaultKind::Newer => 12,
    }
}

/// Every code, with the message that explains it.
pub(crate) fn table(speech: &Speech) -> Vec<(u8, String)> {
    let kinds = [
        FaultKind::Internal,
        FaultKind::Input,
        FaultKind::NotFound,
        FaultKind::Ambiguous,
        FaultKind::NotAllowed,
        FaultKind::NotJoined,
        FaultKind::Waiting,
        FaultKind::Unreachable,
        FaultKind::Disk,
        FaultKind::Busy,
        FaultKind::Stopped,
        FaultKind::Newer,
    ];
    let mut table = vec![(0, say!(speech, "exit-done"))];
    table.extend(kinds.into_iter().map(|kind| (code(kind), speech.word("kind-of-fault", name(kind)))));
    table.push((DAMAGED, say!(speech, "exit-damaged")));
    table.push((INTERRUPTED, say!(speech, "exit-interrupted")));
    table
}

/// The kind's word in JSON and in the language files.
const fn name(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Internal => "internal",
        FaultKind::Input => "input",
        FaultKind::NotFound => "not-found",
        FaultKind::Ambiguous => "ambiguous",
        FaultKind::NotAllowed => "not-allowed",
        FaultKind::NotJoined => "not-joined",
        FaultKind::Waiting => "waiting",
        FaultKind::Unreachable => "unreachable",
        FaultKind::Disk => "disk",
        FaultKind::Busy => "busy",
        FaultKind::Stopped => "stopped",
        FaultKind::Newer => "newer",
    }
}

/// Says what went wrong, on stderr, and how the program ends.
pub(crate) fn report(failure: &Failure, session: &Session) -> ExitCode {
    match failure {
        Failure::Fault(fault) => {
            match session.format {
                Format::Json => anstream::eprintln!("{}", json(fault)),
                Format::Words => explain(fault, &session.speech),
            }
            ExitCode::from(code(fault.kind))
        }
        Failure::Damaged => ExitCode::from(DAMAGED),
        Failure::Interrupted => {
            session.tell(&say!(session.speech, "interrupted"));
            ExitCode::from(INTERRUPTED)
        }
        // The reader went away, as `head` does: that is its right.
        Failure::Output(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Failure::Output(error) => {
            let message = error.to_string();
            anstream::eprintln!("{}", say!(session.speech, "error", message = message));
            ExitCode::from(code(FaultKind::Disk))
        }
    }
}

fn json(fault: &Fault) -> String {
    serde_json::json!({ "error": fault, "exit": code(fault.kind) }).to_string()
}

/// The sentence in the person's language where there is one, else its kind; the node's own words; what to do.
fn explain(fault: &Fault, speech: &Speech) {
    let own = safe(&fault.message);
    if speech.is_english() {
        anstream::eprintln!("{}", say!(speech, "error", message = own.as_ref()));
    } else {
        let known = speech.known("fault", &fault.code);
        let message = known.unwrap_or_else(|| speech.word("kind-of-fault", name(fault.kind)));
        anstream::eprintln!("{}", say!(speech, "error", message = message));
        anstream::eprintln!("  {own}");
    }
    for detail in &fault.details {
        anstream::eprintln!("  {}", safe(detail));
    }
    if let Some(hint) = speech.known("hint", &fault.code).or_else(|| fault.hint.clone()) {
        anstream::eprintln!("{}", say!(speech, "hint", message = safe(&hint).into_owned()));
    }
}
