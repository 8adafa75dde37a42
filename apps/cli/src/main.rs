//! The `linli` program: words in, one request to the home's node, words out.
//!
//! Nothing here knows what a record means or where it is kept: a command becomes a [`linli_node::vocabulary::Request`],
//! the answer becomes a page or JSON. Read [`arguments`] first, then [`commands`] (one file a noun), then [`session`].

mod arguments;
mod commands;
mod demo;
mod exit;
mod home;
mod render;
mod session;
mod signal;
mod speech;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::FromArgMatches as _;

use crate::arguments::Arguments;
use crate::session::Session;
use crate::speech::{Language, Speech};

fn main() -> ExitCode {
    let words: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let speech = Speech::of(Language::choose(&words));
    let command = speech::help::command(&speech);
    if words.len() < 2 {
        let _ = command.clone().print_help();
        return speech::usage::MALFORMED.into();
    }
    let parsed = command.clone().try_get_matches_from(&words);
    let arguments = match parsed.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        Err(error) => return speech::usage::explain(&error, &speech),
    };
    listen_to_the_log();
    let session = Session::new(arguments.common, speech);
    match arguments.command.run(&session) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => exit::report(&failure, &session),
    }
}

/// What the node logs goes to stderr; `LINLI_LOG` chooses what, in the manner of `RUST_LOG`.
fn listen_to_the_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LINLI_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("linli=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
