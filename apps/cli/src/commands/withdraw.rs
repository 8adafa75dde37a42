//! `linli withdraw`: taking back what one said.

use clap::Args;
use linli_node::vocabulary::Request;
use linli_speech::Session;
use linli_speech::exit::Failure;

use crate::commands::answer::Asking as _;

#[derive(Debug, Args)]
pub(crate) struct Withdraw {
    /// The notice, story, request, message or other record
    record: String,
    /// Why; shown beside the mark
    #[arg(long, default_value = "")]
    reason: String,
}

impl Withdraw {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        session.show(Request::Withdraw { record: self.record, reason: self.reason })
    }
}
