//! `linli witness`: a home that orders the community's register.

use clap::Subcommand;
use linli_node::vocabulary::Request;
use linli_speech::Session;
use linli_speech::exit::Failure;

use crate::commands::answer::Asking as _;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Go on ordering, after this home was moved: say that no other copy of it runs
    Resume,
}

impl Verb {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let Self::Resume = self;
        session.show(Request::WitnessResume)
    }
}
