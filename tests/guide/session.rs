//! One page's commands, run in a folder of their own.
//!
//! `$ linli --home lin run &` starts a node that stays: its expected lines are awaited, among others. While a node runs,
//! what others said is on its way, so a command that only reads is tried again until it prints what the page says, and so is
//! one that failed; each time after something happened on that home's node. Nothing waits longer than [`PATIENCE`].

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use crate::page::{Step, words};
use crate::pattern::{self, Meaning};
use crate::program;

/// Everything has to come true within this.
const PATIENCE: Duration = Duration::from_secs(60);
/// A command is tried again after this even when nothing seems to have happened.
const AT_LEAST: Duration = Duration::from_secs(1);

/// Verbs that change nothing.
const READING: &[&str] = &["list", "show", "status", "digest", "claims", "people", "log", "today", "sources"];

/// A node in the background.
struct Running {
    child: Child,
    lines: Receiver<String>,
    happened: Option<(Child, Receiver<String>)>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let watcher = self.happened.take().map(|(watcher, _)| watcher);
        if let Some(mut watcher) = watcher {
            let _ = watcher.kill();
            let _ = watcher.wait();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A page being followed.
pub(crate) struct Session {
    running: BTreeMap<String, Running>,
    meaning: Meaning,
    language: &'static str,
    folder: tempfile::TempDir,
}

impl Session {
    /// A fresh folder, with the estate's files in `guihuali/`.
    pub(crate) fn begin(language: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the page");
        let estate = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/guihuali");
        copy(&estate, &folder.path().join("guihuali"));
        Self { running: BTreeMap::new(), meaning: Meaning::new(), language, folder }
    }

    /// Runs one command and holds what it prints against the page.
    pub(crate) fn follow(&mut self, step: &Step) -> Result<(), String> {
        let mut words = words(&pattern::filled(&step.command, &self.meaning));
        if words.is_empty() || program::named(&words[0]).is_none() {
            return Err("only Linli's own programs are run here".to_owned());
        }
        let program = words.remove(0);
        if words.last().is_some_and(|word| word == "&") {
            words.pop();
            return self.start(&program, &words, step);
        }
        let began = Instant::now();
        loop {
            let output = self.command(&program, &words).output().map_err(|error| error.to_string())?;
            match self.judge(&output, step) {
                Ok(meaning) => {
                    self.meaning = meaning;
                    return self.after(&words);
                }
                Err(why) if began.elapsed() > PATIENCE || !self.may_try_again(&words, &output) => {
                    return Err(why);
                }
                Err(_) => self.wait_for_something(&words),
            }
        }
    }

    fn command(&self, program: &str, words: &[String]) -> Command {
        let mut command = Command::new(program::named(program).expect("it was looked up before"));
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        command
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "SYSTEMROOT"));
        command.env("LINLI_LANG", self.language).env("TZ", "UTC").env("NO_COLOR", "1");
        command.env("LINLI_LISTEN", "127.0.0.1:0").env("LINLI_NO_DISCOVER", "true");
        command.env("HOME", self.folder.path()).env("XDG_DATA_HOME", self.folder.path().join("data"));
        command
    }

    fn judge(&self, output: &Output, step: &Step) -> Result<Meaning, String> {
        let (results, speech) = (printed(&output.stdout), printed(&output.stderr));
        let both: Vec<String> = results.iter().chain(&speech).cloned().collect();
        let expected = trimmed(step.expected.clone());
        let matched = pattern::lines(&expected, &results, &self.meaning)
            .or_else(|| pattern::lines(&expected, &both, &self.meaning));
        match (output.status.code(), matched) {
            (Some(code), Some(meaning)) if code == step.exit => Ok(meaning),
            (code, _) => Err(format!(
                "--- expected (exit {})\n{}\n--- found (exit {code:?})\n{}\n--- on stderr\n{}",
                step.exit,
                expected.join("\n"),
                results.join("\n"),
                speech.join("\n")
            )),
        }
    }

    /// Trying again must not say anything twice: only what failed or only reads.
    fn may_try_again(&self, words: &[String], output: &Output) -> bool {
        let reads = words.iter().any(|word| READING.contains(&word.as_str()));
        self.running.contains_key(&home(words)) && (reads || !output.status.success())
    }

    /// Waits until something happens on the home's node, or a little while.
    fn wait_for_something(&mut self, words: &[String]) {
        let home = home(words);
        let watching = ["--home".into(), home.clone(), "--json".into(), "watch".into()];
        let mut watch = self.command("linli", &watching);
        let Some(running) = self.running.get_mut(&home) else { return };
        if running.happened.is_none() {
            let (sender, receiver) = channel();
            let child = watch.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
            let mut child = child.expect("the watcher starts");
            listen(child.stdout.take().expect("stdout is piped"), sender);
            running.happened = Some((child, receiver));
        }
        if let Some((_, events)) = &running.happened {
            // Whether something happened or not: it is tried again.
            let _ = events.recv_timeout(AT_LEAST);
        }
    }

    /// Starts a node and waits for its lines.
    fn start(&mut self, program: &str, words: &[String], step: &Step) -> Result<(), String> {
        // What stayed in this home ends by itself: a `join` does once it is admitted.
        if let Some(before) = self.running.remove(&home(words))
            && !until_closed(&before.lines)
        {
            return Err("the command before did not end".to_owned());
        }
        let mut command = self.command(program, words);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| error.to_string())?;
        let (sender, lines) = channel();
        listen(child.stdout.take().expect("stdout is piped"), sender.clone());
        listen(child.stderr.take().expect("stderr is piped"), sender);
        let running = Running { child, lines, happened: None };
        let awaited = await_lines(&running.lines, &trimmed(step.expected.clone()), &mut self.meaning);
        self.running.insert(home(words), running);
        awaited
    }

    /// A node that was stopped is waited for, so that the page's next command finds the home free.
    fn after(&mut self, words: &[String]) -> Result<(), String> {
        if words.last().is_none_or(|word| word != "stop") {
            return Ok(());
        }
        let Some(running) = self.running.remove(&home(words)) else { return Ok(()) };
        let ended = until_closed(&running.lines);
        if ended { Ok(()) } else { Err("the node did not end".to_owned()) }
    }
}

/// Waits for each line among others, in order.
fn await_lines(lines: &Receiver<String>, expected: &[String], meaning: &mut Meaning) -> Result<(), String> {
    let began = Instant::now();
    let mut seen = Vec::new();
    for wanted in expected.iter().filter(|line| line.trim() != "...") {
        loop {
            let left = PATIENCE.saturating_sub(began.elapsed());
            let Ok(line) = lines.recv_timeout(left) else {
                return Err(format!("--- never said\n{wanted}\n--- said\n{}", seen.join("\n")));
            };
            let matched = pattern::line(wanted, &line, meaning);
            seen.push(line);
            if let Some(learned) = matched {
                *meaning = learned;
                break;
            }
        }
    }
    Ok(())
}

/// Whether the program closed its output in time, which it does by ending.
fn until_closed(lines: &Receiver<String>) -> bool {
    let began = Instant::now();
    loop {
        match lines.recv_timeout(PATIENCE.saturating_sub(began.elapsed())) {
            Ok(_) => {}
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return true,
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => return false,
        }
    }
}

fn listen(from: impl Read + Send + 'static, to: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if to.send(line).is_err() {
                return;
            }
        }
    });
}

/// The home a command names.
fn home(words: &[String]) -> String {
    words.windows(2).find(|pair| pair[0] == "--home").map(|pair| pair[1].clone()).unwrap_or_default()
}

fn printed(bytes: &[u8]) -> Vec<String> {
    trimmed(String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect())
}

/// Without empty lines at the end.
fn trimmed(mut lines: Vec<String>) -> Vec<String> {
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    lines
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder for the estate");
    for entry in std::fs::read_dir(from).expect("the estate is there") {
        let entry = entry.expect("the folder stays readable");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), &to).expect("the estate's file copies");
        }
    }
}
