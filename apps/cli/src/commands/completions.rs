//! `linli completions`: what a shell completes.

use clap::Args;
use clap_complete::Shell;

use crate::exit::Failure;
use crate::session::Session;
use crate::speech::help;

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut help::command(&session.speech), "linli", &mut text);
        session.out(&String::from_utf8_lossy(&text))
    }
}
