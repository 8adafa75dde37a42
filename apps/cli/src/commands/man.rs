//! `linli man`: the manual, in the person's language.

use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man as Page;
use linli_node::Fault;
use linli_speech::exit::Failure;
use linli_speech::{Session, say};

use crate::arguments;

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Folder to write a page for every command into; without it, the first page is printed
    folder: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let mut command = arguments::command(session);
        command.build();
        match self.folder {
            None => session.out(&String::from_utf8_lossy(&page(&command)?)),
            Some(folder) => {
                std::fs::create_dir_all(&folder)
                    .map_err(|error| Fault::disk("making the folder of the manual", &error))?;
                let written = write(&command, "linli", &folder)?;
                session.tell(&say!(session.speech, "man-written", count = written));
                Ok(())
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
