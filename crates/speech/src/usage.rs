//! What was wrong with the words of a command, in the person's language and in the form of every other error.

use std::process::ExitCode;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use linli_node::Fault;

use crate::session::Format;
use crate::texts::Speech;
use crate::{exit, say};

/// Exit code of a command line that does not read; the same as a request that does not.
pub(crate) const MALFORMED: u8 = 2;

/// Prints help if that was asked for, else what was wrong, in the form that was asked for.
pub(crate) fn explain(error: &Error, format: Format, speech: &Speech) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        _ if format == Format::Json => {
            let fault = Fault::input("usage", sentence(error, speech));
            let hinted = Fault { hint: hint(error, speech), ..fault };
            anstream::eprintln!("{}", exit::json(&hinted));
        }
        // A noun without its verb: its help lists them.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
        }
        _ => {
            anstream::eprintln!("{}", say!(speech, "error", message = sentence(error, speech)));
            if let Some(hint) = hint(error, speech) {
                anstream::eprintln!("{}", say!(speech, "hint", message = hint));
            }
        }
    }
    ExitCode::from(MALFORMED)
}

fn sentence(error: &Error, speech: &Speech) -> String {
    let word = |kind| told(error, kind, speech);
    let argument = word(ContextKind::InvalidArg);
    let value = word(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::UnknownArgument => say!(speech, "usage-unknown-argument", argument = argument),
        ErrorKind::InvalidSubcommand => {
            say!(speech, "usage-unknown-command", command = word(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand => say!(speech, "usage-no-verb"),
        ErrorKind::MissingRequiredArgument => say!(speech, "usage-missing", argument = argument),
        ErrorKind::InvalidValue if value.is_empty() => say!(speech, "usage-no-value", argument = argument),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            say!(speech, "usage-bad-value", argument = argument, value = value)
        }
        ErrorKind::ArgumentConflict => {
            say!(speech, "usage-conflict", argument = argument, other = word(ContextKind::PriorArg))
        }
        ErrorKind::InvalidUtf8 => say!(speech, "usage-not-utf8"),
        _ => say!(speech, "usage-other", message = first_line(error)),
    }
}

fn hint(error: &Error, speech: &Speech) -> Option<String> {
    let suggested =
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue]
            .into_iter()
            .map(|kind| told(error, kind, speech))
            .find(|text| !text.is_empty());
    if let Some(suggestion) = suggested {
        return Some(say!(speech, "usage-perhaps", suggestion = suggestion));
    }
    for kind in [ContextKind::ValidValue, ContextKind::ValidSubcommand] {
        let values = told(error, kind, speech);
        if !values.is_empty() {
            return Some(say!(speech, "usage-values", values = values));
        }
    }
    Some(say!(speech, "usage-help"))
}

fn told(error: &Error, kind: ContextKind, speech: &Speech) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => speech.list(texts),
        _ => String::new(),
    }
}

fn first_line(error: &Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
