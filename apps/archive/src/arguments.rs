//! The words of the command line. English help is the comments here; Chinese stands in `lang/zh-CN.help.ftl`.

use std::path::PathBuf;

use clap::{CommandFactory as _, Parser, Subcommand};
use linli_node::{Fault, FaultKind, Role};
use linli_speech::completions::Completions;
use linli_speech::exit::Failure;
use linli_speech::joining::{self, JoinArgs};
use linli_speech::man::Man;
use linli_speech::systemd::Systemd;
use linli_speech::{Common, Session};

use crate::{restore, run, status, verify};

/// Linli's archive: holds a community's whole record, verifies it, serves it and gives it back
#[derive(Debug, Parser)]
#[command(
    name = "linli-archive",
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
    /// Join a community with an invite made for a keeper; waits to be admitted
    Join(JoinArgs),
    /// Follow the community and serve it until stopped; everything held is verified at the start and then again
    Run {
        /// Days between two verifications; 0 for none
        #[arg(long, value_name = "DAYS", default_value_t = 7)]
        verify_every: u32,
    },
    /// Show how the node is, and what the last verification found
    Status,
    /// Verify every log and every block held, from the first
    Verify,
    /// Make a read-only copy of an archive in a new home, by the same door as the network
    Restore {
        /// The archive: the home of any node of the community, or a bundle file
        #[arg(long, value_name = "PATH")]
        from: PathBuf,
        /// The new home; it must not exist yet
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// The digest the copy must have, as neighbours print it
        #[arg(long, value_name = "DIGEST")]
        digest: Option<String>,
    },
    /// Print the digest that equal nodes share
    Digest,
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
            Self::Join(join) => joining::serve_as(Role::Keeper, join, session),
            Self::Run { verify_every } => run::run(session, verify_every),
            Self::Status => status::show(session),
            Self::Verify => verify::run(session),
            Self::Restore { from, to, digest } => restore::run(session, &from, &to, digest.as_deref()),
            Self::Digest => verify::digest(session),
            Self::Completions(completions) => completions.run(session, Arguments::command()),
            Self::Man(man) => man.run(session, Arguments::command()),
            Self::Systemd(systemd) => {
                systemd.run(session, "linli-archive", "Linli, a neighbourhood's archive")
            }
        }
    }
}

/// The node answered another question than was asked.
pub(crate) fn misunderstood() -> Fault {
    Fault::new(FaultKind::Internal, "vocabulary", "the node answered another question")
        .hint("use the same version of Linli for the node and this command")
}
