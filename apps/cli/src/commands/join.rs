//! `linli join`: from an invite to the first sync, and on from there if asked to.

use clap::Args;
use linli_node::vocabulary::Answer;
use linli_speech::Session;
use linli_speech::exit::Failure;
use linli_speech::joining::{JoinArgs, Joined};

use super::run;
use crate::commands::answer::Asking as _;

#[derive(Debug, Args)]
pub(crate) struct Join {
    #[command(flatten)]
    joining: JoinArgs,
    /// Keep running once admitted
    #[arg(long, conflicts_with = "no_wait")]
    run: bool,
}

impl Join {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        match self.joining.join(session, None)? {
            Joined::Prepared => Ok(()),
            Joined::Member(node, _) if self.run => run::follow(*node, session),
            Joined::Member(node, status) => {
                node.close();
                session.answer(&Answer::Status(status))
            }
        }
    }
}
