//! `linli help`: the same as `--help`, for those who ask that way.

use clap::Args;
use linli_node::Fault;
use linli_speech::exit::Failure;
use linli_speech::{Format, Session};

use crate::arguments;

#[derive(Debug, Args)]
pub(crate) struct Help {
    /// The command, such as `notice post`
    command: Vec<String>,
}

impl Help {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let mut command = arguments::command(session);
        command.build();
        let mut found = &mut command;
        for name in &self.command {
            found = found.find_subcommand_mut(name).ok_or_else(|| {
                Fault::not_found("command", name).hint("`linli --help` lists every command")
            })?;
        }
        let help = found.render_help();
        match session.format {
            Format::Words => session.out(&help.ansi().to_string()),
            Format::Json => session.text(&help.to_string()),
        }
    }
}
