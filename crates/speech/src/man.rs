//! `man`: the manual, in the person's language.

use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man as Page;
use linli_node::Fault;
use linli_node::vocabulary::Answer;

use crate::exit::Failure;
use crate::session::Session;
use crate::{help, say};

/// `man`: prints or writes the manual
#[derive(Debug, Args)]
pub struct Man {
    /// Folder to write a page for every command into; without it, the first page is printed
    folder: Option<PathBuf>,
}

impl Man {
    /// Prints the first page of `program`, or writes a page for each of its commands.
    ///
    /// # Errors
    /// When the folder can't be written, or nobody reads what is printed.
    pub fn run(&self, session: &Session, program: Command) -> Result<(), Failure> {
        let mut command = help::command(program, &session.speech);
        command.build();
        match &self.folder {
            None => session.text(&String::from_utf8_lossy(&page(&command)?)),
            Some(folder) => {
                std::fs::create_dir_all(folder)
                    .map_err(|error| Fault::disk("making the folder of the manual", &error))?;
                let written = write(&command, command.get_name(), folder)?;
                session.tell(&say!(session.speech, "man-written", count = written));
                session.result(&Answer::Done, |_| {})
            }
        }
    }
}

fn page(command: &Command) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    Page::new(command.clone()).render(&mut text)?;
    Ok(text)
}

/// Writes the pages of a command and all below it; how many.
fn write(command: &Command, name: &str, folder: &Path) -> Result<usize, Failure> {
    let named = command.clone().display_name(name.to_owned()).name(name.to_owned());
    let path = folder.join(format!("{name}.1"));
    std::fs::write(&path, page(&named)?).map_err(|error| Fault::disk("writing the manual", &error))?;
    let mut written = 1;
    for below in command.get_subcommands() {
        written += write(below, &format!("{name}-{}", below.get_name()), folder)?;
    }
    Ok(written)
}
