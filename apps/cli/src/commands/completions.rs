//! `linli completions`: what a shell completes.

use clap::Args;
use clap_complete::Shell;
use linli_speech::Session;
use linli_speech::exit::Failure;

use crate::arguments;

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut arguments::command(session), "linli", &mut text);
        session.out(&String::from_utf8_lossy(&text))
    }
}
