//! `completions`: what a shell completes.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::exit::Failure;
use crate::help;
use crate::session::Session;

/// `completions`: prints a shell's script
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints the completions of `program`, in the person's language.
    ///
    /// # Errors
    /// When nobody reads it.
    pub fn run(&self, session: &Session, program: Command) -> Result<(), Failure> {
        let mut text = Vec::new();
        let mut command = help::command(program, &session.speech);
        let name = command.get_name().to_owned();
        clap_complete::generate(self.shell, &mut command, name, &mut text);
        session.text(&String::from_utf8_lossy(&text))
    }
}
