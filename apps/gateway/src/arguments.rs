//! The words of the command line. English help is the comments here; Chinese stands in `lang/zh-CN.help.ftl`.

use clap::{CommandFactory as _, Parser, Subcommand};
use linli_node::Role;
use linli_speech::completions::Completions;
use linli_speech::exit::Failure;
use linli_speech::joining::{self, JoinArgs};
use linli_speech::man::Man;
use linli_speech::systemd::Systemd;
use linli_speech::{Common, Session};

use crate::{run, sources, status};

/// Linli's gateway: things at the door become signed sightings, and only those the owners agreed to
#[derive(Debug, Parser)]
#[command(
    name = "linli-gateway",
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

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Join a community with an invite made for a gateway; waits to be admitted
    Join(JoinArgs),
    /// Run the node and the bridge until stopped
    Run,
    /// Show each source: its device, whether the owners agreed, what it said last, what was refused
    Sources,
    /// Show how the node, the broker and the spool are
    Status,
    /// Print a systemd unit that runs this home at every start
    Systemd(Systemd),
    /// Print a shell's completion script
    Completions(Completions),
    /// Print the manual's first page, or write all of it
    Man(Man),
}

impl Command {
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Join(join) => joining::serve_as(Role::Gateway, join, session),
            Self::Run => run::run(session),
            Self::Sources => sources::show(session),
            Self::Status => status::show(session),
            Self::Completions(completions) => completions.run(session, Arguments::command()),
            Self::Man(man) => man.run(session, Arguments::command()),
            Self::Systemd(systemd) => {
                systemd.run(session, "linli-gateway", "Linli, a neighbourhood's gateway")
            }
        }
    }
}
