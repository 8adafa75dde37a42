//! One command's surroundings: which home, which language, and a way to ask its node.

use std::cell::OnceCell;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use clap::{ArgAction, Args};
use indicatif::{ProgressBar, ProgressStyle};
use linli_node::vocabulary::{Answer, Event, Request};
use linli_node::{Door, Fault, FaultKind};

use crate::exit::Failure;
use crate::language::Language;
use crate::page::{Page, safe};
use crate::texts::Speech;
use crate::{say, standing};

/// Another command that has the home open is given this long to end.
const PATIENCE: Duration = Duration::from_secs(10);
const ONCE_MORE: Duration = Duration::from_millis(50);

/// Arguments that may stand before and after every command of every program.
#[derive(Debug, Clone, Default, Args)]
pub struct Common {
    /// Folder of the home; the platform's data folder when left out
    #[arg(long, global = true, value_name = "DIR", env = "LINLI_HOME", hide_env = true, display_order = 901)]
    pub home: Option<PathBuf>,
    /// Answer in JSON, one document a line
    #[arg(long, global = true, display_order = 902)]
    pub json: bool,
    /// Language of messages: `zh` or `en`
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "LANG",
        env = "LINLI_LANG",
        hide_env = true,
        hide_possible_values = true,
        display_order = 903
    )]
    pub lang: Option<Language>,
    /// Say nothing but results and errors
    #[arg(long, short, global = true, display_order = 904)]
    pub quiet: bool,
    /// Print help
    #[arg(long, short, global = true, action = ArgAction::Help, display_order = 905)]
    help: Option<bool>,
    /// Print the version
    #[arg(long, short = 'V', action = ArgAction::Version, display_order = 906)]
    version: Option<bool>,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Words,
    /// For programs.
    Json,
}

enum Heard {
    Event(Event),
    Answer(Result<Answer, Fault>),
}

/// What every command is given.
pub struct Session {
    /// The home's folder.
    pub home: PathBuf,
    /// How results are written.
    pub format: Format,
    /// The language.
    pub speech: Speech,
    quiet: bool,
    door: OnceCell<Door>,
}

impl Session {
    /// The surroundings of a command in `home`.
    #[must_use]
    pub const fn new(common: &Common, home: PathBuf, speech: Speech) -> Self {
        Self {
            home,
            format: if common.json { Format::Json } else { Format::Words },
            quiet: common.quiet,
            speech,
            door: OnceCell::new(),
        }
    }

    /// Asks the home's node: the one that runs, or one opened for this command.
    ///
    /// # Errors
    /// The node's refusal.
    ///
    /// # Panics
    /// Never: the door stands open once it was opened.
    pub fn ask(&self, request: Request) -> Result<Answer, Failure> {
        Ok(self.door()?.ask(request)?)
    }

    fn door(&self) -> Result<&Door, Fault> {
        if self.door.get().is_none() {
            let door = self.open()?;
            let _ = self.door.set(door);
        }
        Ok(self.door.get().expect("it was opened above"))
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

    /// Writes a result: `value` as JSON, or the page that `words` fills.
    ///
    /// # Errors
    /// When nobody reads it.
    ///
    /// # Panics
    /// When `value` is not made of plain fields.
    pub fn result(
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

    /// Writes text that is the same for people and programs: as it is, or as one JSON document.
    ///
    /// # Errors
    /// When nobody reads it.
    pub fn text(&self, text: &str) -> Result<(), Failure> {
        match self.format {
            Format::Words => self.out(text),
            Format::Json => {
                self.out(&(serde_json::json!({ "answer": "text", "value": text }).to_string() + "\n"))
            }
        }
    }

    /// Writes to stdout, at once; colours go only to a terminal.
    ///
    /// # Errors
    /// When nobody reads it.
    pub fn out(&self, text: &str) -> Result<(), Failure> {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    /// Says something beside the results, on stderr.
    pub fn tell(&self, text: &str) {
        if !self.quiet && self.format == Format::Words {
            anstream::eprintln!("{}", safe(text));
        }
    }

    /// Whether somebody looks at stderr and wants to be spoken to.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        !self.quiet && self.format == Format::Words && std::io::stderr().is_terminal()
    }

    /// A line that moves while something takes time; on a terminal only.
    ///
    /// # Panics
    /// Never: the line's form is fixed.
    #[must_use]
    pub fn progress(&self, text: &str) -> ProgressBar {
        if !self.is_watched() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})").expect("a fixed template");
        let bar = ProgressBar::new_spinner().with_style(style).with_message(safe(text).into_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }

    /// Asks something that takes time.
    ///
    /// # Errors
    /// The node's refusal.
    pub fn ask_long(&self, request: Request, text: &str) -> Result<Answer, Failure> {
        let bar = self.progress(text);
        let answer = if bar.is_hidden() { self.ask(request) } else { self.ask_watching(request, &bar) };
        bar.finish_and_clear();
        answer
    }

    /// Asks, and shows how far the node says it is meanwhile.
    fn ask_watching(&self, request: Request, bar: &ProgressBar) -> Result<Answer, Failure> {
        let door = self.door()?;
        let (teller, heard) = mpsc::channel();
        if let Ok(mut events) = door.events() {
            let teller = teller.clone();
            // It ends with the program: nothing may come for a long time.
            let pass = move |event| teller.send(Heard::Event(event)).is_ok();
            std::thread::spawn(move || events.all(pass));
        }
        std::thread::scope(|scope| {
            scope.spawn(move || teller.send(Heard::Answer(door.ask(request))).is_ok());
            loop {
                match heard.recv() {
                    Ok(Heard::Event(Event::Busy(busy))) => {
                        bar.set_message(standing::busy(&busy, &self.speech));
                    }
                    Ok(Heard::Event(_)) => {}
                    Ok(Heard::Answer(answer)) => return Ok(answer?),
                    Err(_) => return Err(Fault::stopped().into()),
                }
            }
        })
    }

    /// Warns, on stderr, whatever else is asked for.
    pub fn warn(&self, text: &str) {
        anstream::eprintln!("{}", say!(self.speech, "warning", message = safe(text).into_owned()));
    }
}
