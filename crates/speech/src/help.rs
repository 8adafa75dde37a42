//! `--help` in the person's language.
//!
//! English stands in the sources, as the comments of the command's types. For another language the texts are looked up by
//! the command's path (`linli-notice-post`), an argument's as an attribute of it (`.title`); arguments that every program
//! has are attributes of `common`.

use std::fmt::Write as _;

use clap::builder::PossibleValue;
use clap::{Arg, Command};

use crate::texts::Speech;
use crate::{exit, say};

/// Every program has these arguments; their texts are shared.
const COMMON: &str = "common";

/// The whole command line, in words of `speech`.
#[must_use]
pub fn command(command: Command, speech: &Speech) -> Command {
    let name = command.get_name().to_owned();
    let command = command.after_help(exit_codes(speech));
    if speech.is_english() { command } else { translate(command, &name, speech) }
}

/// The table at the end of a program's help.
fn exit_codes(speech: &Speech) -> String {
    let mut text = say!(speech, "help-exit-codes");
    for (code, meaning) in exit::table(speech) {
        let _ = write!(text, "\n  {code:>3}  {meaning}");
    }
    text
}

fn translate(command: Command, path: &str, speech: &Speech) -> Command {
    // Under a heading of their own, positional arguments would be sorted by name.
    let mut place = 0;
    let mut command = command
        .help_template(template(speech))
        .subcommand_help_heading(say!(speech, "help-commands"))
        .subcommand_value_name(say!(speech, "help-commands"))
        .mut_args(|argument| {
            place += 1;
            let placed = if argument.is_positional() { argument.display_order(place) } else { argument };
            translate_argument(placed, path, speech)
        });
    if let Some(about) = speech.help(path, None) {
        command = command.about(about);
    }
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(&name, |below| translate(below, &format!("{path}-{name}"), speech));
    }
    command
}

fn translate_argument(argument: Arg, path: &str, speech: &Speech) -> Arg {
    let heading =
        if argument.is_positional() { say!(speech, "help-arguments") } else { say!(speech, "help-options") };
    let told = argument_help(&argument, path, speech).unwrap_or_default() + &values(&argument, speech);
    let takes_values = argument.get_action().takes_values();
    let argument = argument.help_heading(heading).help(told);
    if takes_values { argument.hide_possible_values(true).hide_default_value(true) } else { argument }
}

/// What an argument can be and is by itself, which clap would say in English.
fn values(argument: &Arg, speech: &Speech) -> String {
    if !argument.get_action().takes_values() {
        return String::new();
    }
    let possible = argument.get_possible_values();
    let names: Vec<&str> = possible.iter().map(PossibleValue::get_name).collect();
    let defaults = argument.get_default_values();
    let default: Vec<_> =
        defaults.iter().map(|value| value.to_string_lossy()).filter(|value| !value.is_empty()).collect();
    match (names.is_empty(), default.is_empty()) {
        (true, true) => String::new(),
        (false, true) => say!(speech, "help-values", values = names.join(" ")),
        (_, false) => say!(speech, "help-default", value = default.join(" ")),
    }
}

/// An argument's help: its command's, else the shared one.
pub(crate) fn argument_help(argument: &Arg, path: &str, speech: &Speech) -> Option<String> {
    let id = argument.get_id().as_str();
    speech.help(path, Some(id)).or_else(|| speech.help(COMMON, Some(id)))
}

fn template(speech: &Speech) -> String {
    format!("{{about-with-newline}}\n{} {{usage}}\n\n{{all-args}}{{after-help}}", say!(speech, "help-usage"))
}
