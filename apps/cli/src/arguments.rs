//! What may stand before and after every command: which home, which language, how to answer.
//!
//! The words of `--help` are the comments here and in [`crate::commands`]; other languages are looked up by
//! [`crate::speech::help`].

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser};

use crate::commands::Command;
use crate::speech::Language;

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

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Common {
    /// Folder of the home; the platform's data folder when left out
    #[arg(long, global = true, value_name = "DIR", env = "LINLI_HOME", hide_env = true, display_order = 901)]
    pub(crate) home: Option<PathBuf>,
    /// Answer in JSON, one document a line
    #[arg(long, global = true, display_order = 902)]
    pub(crate) json: bool,
    /// Language of messages
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "LANG",
        env = "LINLI_LANG",
        hide_env = true,
        display_order = 903
    )]
    pub(crate) lang: Option<Language>,
    /// Say nothing but results and errors
    #[arg(long, short, global = true, display_order = 904)]
    pub(crate) quiet: bool,
    /// Print help
    #[arg(long, short, global = true, action = ArgAction::Help, display_order = 905)]
    help: Option<bool>,
    /// Print the version
    #[arg(long, short = 'V', action = ArgAction::Version, display_order = 906)]
    version: Option<bool>,
}
