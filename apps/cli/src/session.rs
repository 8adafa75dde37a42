//! One command's surroundings: which home, which language, and a way to ask its node.

use std::cell::OnceCell;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use linli_node::vocabulary::{Answer, Request};
use linli_node::{Door, Fault, FaultKind};

use crate::arguments::Common;
use crate::exit::Failure;
use crate::render::{Page, safe};
use crate::speech::Speech;
use crate::{commands, home};

/// Another command that has the home open is given this long to end.
const PATIENCE: Duration = Duration::from_secs(10);
const ONCE_MORE: Duration = Duration::from_millis(50);

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Words,
    /// For programs.
    Json,
}

/// What every command is given.
pub(crate) struct Session {
    pub(crate) home: PathBuf,
    pub(crate) format: Format,
    pub(crate) speech: Speech,
    quiet: bool,
    door: OnceCell<Door>,
}

impl Session {
    pub(crate) fn new(common: Common, speech: Speech) -> Self {
        Self {
            home: home::folder(common.home),
            format: if common.json { Format::Json } else { Format::Words },
            quiet: common.quiet,
            speech,
            door: OnceCell::new(),
        }
    }

    /// Asks the home's node: the one that runs, or one opened for this command.
    pub(crate) fn ask(&self, request: Request) -> Result<Answer, Failure> {
        if self.door.get().is_none() {
            let door = self.open()?;
            let _ = self.door.set(door);
        }
        let door = self.door.get().expect("it was opened above");
        Ok(door.ask(request)?)
    }

    /// Opens the home; a short command of somebody else's is waited for.
    fn open(&self) -> Result<Door, Fault> {
        let began = Instant::now();
        loop {
            match Door::open(&self.home) {
                Err(fault) if fault.kind == FaultKind::Busy && began.elapsed() < PATIENCE => {
                    std::thread::sleep(ONCE_MORE);
                }
                opened => return opened,
            }
        }
    }

    /// Asks, and shows the answer.
    pub(crate) fn show(&self, request: Request) -> Result<(), Failure> {
        let answer = self.ask(request)?;
        self.answer(&answer)
    }

    /// Shows an answer in the form that was asked for.
    pub(crate) fn answer(&self, answer: &Answer) -> Result<(), Failure> {
        self.result(answer, |page| commands::answer::write(answer, page))
    }

    /// Writes a result: `value` as JSON, or the page that `words` fills.
    pub(crate) fn result(
        &self,
        value: &impl serde::Serialize,
        words: impl FnOnce(&mut Page<'_>),
    ) -> Result<(), Failure> {
        match self.format {
            Format::Json => self.out(&(serde_json::to_string(value).expect("plain fields") + "\n")),
            Format::Words => {
                let mut page = Page::new(&self.speech);
                words(&mut page);
                self.out(&page.finish())
            }
        }
    }

    /// Writes to stdout, at once; colours go only to a terminal.
    pub(crate) fn out(&self, text: &str) -> Result<(), Failure> {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    /// Says something beside the results, on stderr.
    pub(crate) fn tell(&self, text: &str) {
        if !self.quiet && self.format == Format::Words {
            anstream::eprintln!("{}", safe(text));
        }
    }

    /// Whether somebody looks at stderr and wants to be spoken to.
    pub(crate) fn is_watched(&self) -> bool {
        !self.quiet && self.format == Format::Words && std::io::stderr().is_terminal()
    }

    /// A line that moves while something takes time; on a terminal only.
    pub(crate) fn progress(&self, text: &str) -> ProgressBar {
        if !self.is_watched() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})").expect("a fixed template");
        let bar = ProgressBar::new_spinner().with_style(style).with_message(safe(text).into_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }

    /// Asks something that takes time.
    pub(crate) fn ask_long(&self, request: Request, text: &str) -> Result<Answer, Failure> {
        let bar = self.progress(text);
        let answer = self.ask(request);
        bar.finish_and_clear();
        answer
    }
}
