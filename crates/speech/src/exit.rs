//! How a command ends: one code for programs, `Error:` and `Hint:` lines for people.
//!
//! The codes are frozen and the same in every program; `docs/guide/json-and-exit-codes.md` prints the table of every
//! program's `--help`.

use std::io::ErrorKind;
use std::process::ExitCode;

use linli_node::{Fault, FaultKind};

use crate::page::{code as word_of, safe};
use crate::say;
use crate::session::{Format, Session};
use crate::texts::Speech;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// The node's refusal, or our own in its words.
    Fault(Fault),
    /// A check found damage; it is printed already.
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
pub const DAMAGED: u8 = 13;
/// What shells give a program ended by Ctrl-C.
pub const INTERRUPTED: u8 = 130;

const KINDS: [FaultKind; 12] = [
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

/// The code of each kind; 0 is success.
#[must_use]
pub const fn code(kind: FaultKind) -> u8 {
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

/// Every code, with what it means.
#[must_use]
pub fn table(speech: &Speech) -> Vec<(u8, String)> {
    let mut table = vec![(0, say!(speech, "exit-done"))];
    table.extend(KINDS.into_iter().map(|kind| (code(kind), meaning(kind, speech))));
    table.push((DAMAGED, say!(speech, "exit-damaged")));
    table.push((INTERRUPTED, say!(speech, "exit-interrupted")));
    table
}

/// The kind's own word, in JSON too, leads to its text.
fn meaning(kind: FaultKind, speech: &Speech) -> String {
    speech.word("kind-of-fault", &word_of(&kind))
}

/// Says what went wrong, on stderr, and how the program ends.
#[must_use]
pub fn report(failure: &Failure, session: &Session) -> ExitCode {
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
            anstream::eprintln!("{}", say!(session.speech, "error", message = error.to_string()));
            ExitCode::from(code(FaultKind::Disk))
        }
    }
}

pub(crate) fn json(fault: &Fault) -> String {
    serde_json::json!({ "error": fault, "exit": code(fault.kind) }).to_string()
}

/// Says on stderr what went wrong and what to do.
fn explain(fault: &Fault, speech: &Speech) {
    for line in lines(fault, speech) {
        anstream::eprintln!("{line}");
    }
}

/// The sentence in the person's language, the names that stand in the node's own, what explains further, and what to do.
/// The node's words themselves are said where the language has none.
fn lines(fault: &Fault, speech: &Speech) -> Vec<String> {
    // A verdict of the register comes as its bare code.
    let is_bare = !speech.is_english() || fault.message.ends_with(&fault.code);
    let reason = || speech.known("reason", &fault.code).filter(|_| is_bare);
    let known = speech.known("fault", &fault.code).or_else(reason);
    let mut lines = match known {
        Some(known) => vec![error_line(&known, speech)],
        None if speech.is_english() => vec![error_line(&fault.message, speech)],
        None => vec![error_line(&meaning(fault.kind, speech), speech), indented(&fault.message)],
    };
    let names = names_in(&fault.message);
    if !speech.is_english() && lines.len() == 1 && !names.is_empty() {
        lines.push(indented(&say!(speech, "fault-names", names = speech.list(&names))));
    }
    lines.extend(details(fault, speech).iter().map(|detail| indented(detail)));
    lines.extend(hint(fault, speech).map(|hint| say!(speech, "hint", message = safe(&hint).into_owned())));
    lines
}

fn indented(text: &str) -> String {
    format!("  {}", safe(text))
}

/// What to do, in the person's language where it has words for it. Words to choose from are the same in all.
fn hint(fault: &Fault, speech: &Speech) -> Option<String> {
    if let Some(hint) = speech.known("hint", &fault.code) {
        return Some(hint);
    }
    let hint = fault.hint.clone()?;
    if speech.is_english() {
        return Some(hint);
    }
    if let Some(values) = hint.strip_prefix("one of: ") {
        return Some(say!(speech, "usage-values", values = values));
    }
    let reason = speech.known("reason", &fault.code);
    Some(if reason.is_some() { say!(speech, "hint-of-a-reason") } else { hint })
}

/// What a sentence of the node names: what stands in quotes, and paths.
fn names_in(message: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (number, part) in message.split('"').enumerate() {
        if number % 2 == 1 {
            names.push(part.to_owned());
        } else {
            let paths = part.split_whitespace().map(|word| word.trim_end_matches([':', ',', ';', '.']));
            names.extend(paths.filter(|word| word.contains(std::path::is_separator)).map(str::to_owned));
        }
    }
    names
}

/// What explains further; a roll's bad lines in the person's language, with the node's words where they say more.
fn details(fault: &Fault, speech: &Speech) -> Vec<String> {
    if speech.is_english() {
        return fault.details.clone();
    }
    if fault.lines.is_empty() {
        return fault.details.iter().map(|detail| cause(detail, speech)).collect();
    }
    let lines = fault.lines.iter().map(|bad| {
        let why = speech.known("roll-bad", &bad.code);
        let quoted = bad.why.split_once('"').and_then(|(_, rest)| rest.split_once('"'));
        let why = why.map_or_else(
            || bad.why.clone(),
            |why| match quoted {
                Some((cell, _)) if !cell.is_empty() => say!(speech, "roll-cell", why = why, cell = cell),
                _ => why,
            },
        );
        match &bad.column {
            Some(column) => say!(speech, "roll-column", line = bad.line, column = column.as_str(), why = why),
            None => say!(speech, "roll-line", line = bad.line, why = why),
        }
    });
    lines.collect()
}

/// What the system said, in the person's language: it numbers its reasons.
fn cause(detail: &str, speech: &Speech) -> String {
    let number = detail.rsplit_once("(os error ").and_then(|(_, number)| number.strip_suffix(')'));
    let known = number.and_then(|number| speech.known("cause-os", number));
    known.unwrap_or_else(|| detail.to_owned())
}

fn error_line(message: &str, speech: &Speech) -> String {
    say!(speech, "error", message = safe(message).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Language, Texts};

    #[test]
    fn an_error_in_chinese_keeps_the_names_and_none_of_the_english() {
        let none = Texts { chinese: &[], english: &[] };
        let speech = Speech::of(Language::Zh, &none);
        let missing = std::io::Error::from_raw_os_error(2);
        let fault = Fault::input("unreadable-file", "/tmp/桂花里/a.csv does not open")
            .details([missing.to_string()])
            .hint("one of: one, two");
        let said = lines(&fault, &speech);
        assert_eq!(said.len(), 4, "{said:?}");
        assert!(said[1].contains("/tmp/桂花里/a.csv"), "{said:?}");
        assert!(!said.concat().contains("does not open"), "{said:?}");
        #[cfg(unix)]
        assert!(!said.concat().contains("No such file"), "{said:?}");
        assert!(said[3].contains("one, two"), "{said:?}");
        assert_eq!(names_in("no unit \"3-1203\""), ["3-1203"]);
        let unknown = Fault::input("from-the-future", "something new");
        assert!(lines(&unknown, &speech).concat().contains("something new"));
    }

    #[test]
    fn every_way_to_end_has_its_own_code_and_its_own_words() {
        let none = Texts { chinese: &[], english: &[] };
        for language in [Language::Zh, Language::En] {
            let table = table(&Speech::of(language, &none));
            let codes: std::collections::BTreeSet<u8> = table.iter().map(|(code, _)| *code).collect();
            let words: std::collections::BTreeSet<&String> =
                table.iter().map(|(_, meaning)| meaning).collect();
            assert_eq!((codes.len(), words.len()), (15, 15), "{table:?}");
        }
    }
}
