//! `--help` in the person's language.
//!
//! English stands in the sources, as the comments of the command's types. For another language the texts are looked up by
//! the command's path (`linli-notice-post`), an argument's as an attribute of it (`.title`).

use clap::{Arg, Command, CommandFactory as _};
use fluent_bundle::FluentArgs;

use super::Speech;
use crate::arguments::Arguments;
use crate::{exit, say};

/// The whole command line, in words of `speech`.
pub(crate) fn command(speech: &Speech) -> Command {
    let command = Arguments::command().after_help(exit_codes(speech));
    if speech.is_english() { command } else { translate(command, "linli", speech) }
}

/// The table at the end of `linli --help`.
fn exit_codes(speech: &Speech) -> String {
    let mut text = say!(speech, "help-exit-codes");
    for (code, meaning) in exit::table(speech) {
        text.push_str(&format!("\n  {code:>3}  {meaning}"));
    }
    text
}

fn translate(command: Command, path: &str, speech: &Speech) -> Command {
    let about = speech.find(path, None, &FluentArgs::new());
    // Under a heading of their own, positional arguments would be sorted by name.
    let mut place = 0;
    let mut command = command
        .help_template(template(speech))
        .subcommand_help_heading(say!(speech, "help-commands"))
        .mut_args(|argument| {
            place += 1;
            let placed = if argument.is_positional() { argument.display_order(place) } else { argument };
            translate_argument(placed, path, speech)
        });
    if let Some(about) = about {
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
    let id = argument.get_id().to_string();
    let text = speech
        .find(path, Some(&id), &FluentArgs::new())
        .or_else(|| speech.find("linli", Some(&id), &FluentArgs::new()));
    let told = text.unwrap_or_default() + &values(&argument, speech);
    let takes_values = argument.get_action().takes_values();
    let argument = argument.help_heading(heading).help(told);
    if takes_values { argument.hide_possible_values(true).hide_default_value(true) } else { argument }
}

/// What an argument can be and is by itself, which clap would say in English.
fn values(argument: &Arg, speech: &Speech) -> String {
    let possible = argument.get_possible_values();
    let names: Vec<&str> = possible.iter().map(clap::builder::PossibleValue::get_name).collect();
    let defaults = argument.get_default_values();
    let default: Vec<_> =
        defaults.iter().map(|value| value.to_string_lossy()).filter(|value| !value.is_empty()).collect();
    let is_flag = !argument.get_action().takes_values();
    match (names.is_empty() || is_flag, default.is_empty() || is_flag) {
        (true, true) => String::new(),
        (false, true) => say!(speech, "help-values", values = names.join(" ")),
        (_, false) => say!(speech, "help-default", value = default.join(" ")),
    }
}

fn template(speech: &Speech) -> String {
    format!("{{about-with-newline}}\n{} {{usage}}\n\n{{all-args}}{{after-help}}", say!(speech, "help-usage"))
}
