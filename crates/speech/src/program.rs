//! A program from its first word to its exit code: words in, one command, results and speech out.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::exit::{self, Failure};
use crate::language::{Language, option};
use crate::session::{Common, Format, Session};
use crate::texts::{Speech, Texts};
use crate::{help, usage};

/// What makes one program another.
pub struct Program<'p> {
    /// The folder its home lies in when nobody says, below the platform's folder for a program's own data.
    pub folder: &'p str,
    /// Its own texts.
    pub texts: &'p Texts,
}

impl Program<'_> {
    /// Parses the words of this process into `A`, and runs `command` with them.
    pub fn run<A: Parser>(
        &self,
        common: impl FnOnce(&A) -> &Common,
        command: impl FnOnce(A, &Session) -> Result<(), Failure>,
    ) -> ExitCode {
        let words: Vec<OsString> = std::env::args_os().collect();
        let said = option(&words, "--home").map(PathBuf::from);
        let home = self.home(said.or_else(|| std::env::var_os("LINLI_HOME").map(PathBuf::from)));
        let speech = Speech::of(Language::choose(&words, &home), self.texts);
        let line = help::command(A::command(), &speech);
        if words.len() < 2 {
            let _ = line.clone().print_help();
            return usage::MALFORMED.into();
        }
        let parsed = line.try_get_matches_from(&words);
        let arguments = match parsed.and_then(|matches| A::from_arg_matches(&matches)) {
            Ok(arguments) => arguments,
            Err(error) => return usage::explain(&error, format(&words), &speech),
        };
        listen_to_the_log();
        let common = common(&arguments);
        let session = Session::new(common, self.home(common.home.clone()), speech);
        match command(arguments, &session) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => exit::report(&failure, &session),
        }
    }

    /// The folder given, else the program's in the platform's data folder, else one where the command was started.
    fn home(&self, given: Option<PathBuf>) -> PathBuf {
        let own = || data_folder().map(|data| data.join(self.folder));
        given.or_else(own).unwrap_or_else(|| PathBuf::from(format!("{}-home", self.folder)))
    }
}

#[cfg(windows)]
fn data_folder() -> Option<PathBuf> {
    variable("APPDATA")
}

#[cfg(target_os = "macos")]
fn data_folder() -> Option<PathBuf> {
    variable("HOME").map(|home| home.join("Library/Application Support"))
}

#[cfg(not(any(windows, target_os = "macos")))]
fn data_folder() -> Option<PathBuf> {
    variable("XDG_DATA_HOME")
        .filter(|data| data.is_absolute())
        .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// How to answer, before the words are parsed.
fn format(words: &[OsString]) -> Format {
    let mut options = words.iter().take_while(|word| *word != "--");
    if options.any(|word| word == "--json") { Format::Json } else { Format::Words }
}

/// What the node logs goes to stderr; `LINLI_LOG` chooses what, in the manner of `RUST_LOG`.
fn listen_to_the_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LINLI_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("linli=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
