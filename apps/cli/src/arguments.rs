//! The words of the command line; English help is the comments here and in [`crate::commands`].

use clap::{CommandFactory as _, Parser};
use linli_speech::{Common, Session, help};

use crate::commands::Command;

/// Linli: a neighbourhood's own records, held by its households
#[derive(Debug, Parser)]
#[command(
    name = "linli",
    version,
    disable_help_flag = true,
    disable_help_subcommand = true,
    disable_version_flag = true
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The whole command line in the person's language, for help, the manual and shells.
pub(crate) fn command(session: &Session) -> clap::Command {
    help::command(Arguments::command(), &session.speech)
}
