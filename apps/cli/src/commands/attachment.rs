//! `linli attachment`: a picture's bytes into a file.

use std::path::PathBuf;

use clap::Subcommand;
use linli_node::vocabulary::Request;
use linli_speech::Session;
use linli_speech::exit::Failure;

use super::shared::absolute;
use crate::commands::answer::Asking as _;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Save an attachment into a file
    Save {
        /// Its hash, as the page of the notice or story shows it
        hash: String,
        /// The file to write
        file: PathBuf,
        /// Replace the file if it is there already
        #[arg(long)]
        force: bool,
    },
}

impl Verb {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let Self::Save { hash, file, force } = self;
        session.show(Request::Attachment { hash, path: absolute(&file)?, replace: force })
    }
}
