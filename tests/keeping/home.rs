//! A home of the `linli` program under test: its commands, its node in the background, its files.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program;

/// Everything has to come true within this.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A home's folder, and how a command reaches it.
pub(crate) struct Home {
    pub(crate) root: PathBuf,
    /// Words before the program's own: another mount namespace.
    pub(crate) through: Vec<String>,
}

/// A node in the background; killed when it is let go.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Home {
    pub(crate) fn at(root: PathBuf) -> Self {
        Self { root, through: Vec::new() }
    }

    /// Founds a community here.
    pub(crate) fn founded(root: PathBuf) -> Self {
        let home = Self::at(root);
        home.ask(&["found", "Osmanthus Lane", "--unit", "1-302", "--label", "Shen", "--language", "en"]);
        home
    }

    /// Joins the community whose founder's node runs.
    pub(crate) fn joined(root: PathBuf, founder: &Self, unit: &str, label: &str) -> Self {
        let invite = founder.ask(&["invite", "--unit", unit, "--as", "owner"]);
        let text = invite["value"]["text"].as_str().expect("an invite's text");
        let home = Self::at(root);
        home.ask(&["join", text, "--label", label, "--no-wait"]);
        let node = home.run();
        until("the knock", || {
            let claims = founder.ask(&["claims"]);
            claims["value"].as_array().is_some_and(|claims| !claims.is_empty()).then_some(())
        });
        founder.ask(&["admit"]);
        until("the admission", || (home.status()["state"] == "member").then_some(()));
        until("the same digest", || (home.digest() == founder.digest()).then_some(()));
        node.stop(&home);
        home
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = match self.through.split_first() {
            None => Command::new(program::path()),
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program::path());
                command
            }
        };
        command.arg("--home").arg(&self.root).arg("--json").args(words);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("LINLI_LANG", "en").env("TZ", "UTC").env("NO_COLOR", "1").env("HOME", "/nonexistent");
        command.env("LINLI_LISTEN", "127.0.0.1:0").env("LINLI_NO_DISCOVER", "true").stdin(Stdio::null());
        command
    }

    pub(crate) fn told(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("the program starts")
    }

    /// The answer to a command that must succeed.
    pub(crate) fn ask(&self, words: &[&str]) -> Value {
        let output = self.told(words);
        assert!(output.status.success(), "{words:?}: {}", text(&output));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output)))
    }

    /// The exit code and the error of a command that must fail.
    pub(crate) fn refused(&self, words: &[&str]) -> (i32, Value) {
        let output = self.told(words);
        assert!(!output.status.success(), "{words:?}: {}", text(&output));
        let error =
            output.stderr.split(|byte| *byte == b'\n').find_map(|line| serde_json::from_slice(line).ok());
        let error: Value = error.unwrap_or(Value::Null);
        (
            output.status.code().unwrap_or_else(|| panic!("a signal: {}", text(&output))),
            error["error"].clone(),
        )
    }

    pub(crate) fn status(&self) -> Value {
        self.ask(&["status"])["value"].clone()
    }

    pub(crate) fn digest(&self) -> String {
        self.ask(&["digest"])["value"]["digest"].as_str().expect("a digest").to_owned()
    }

    /// Says something to everyone; the record's id.
    pub(crate) fn post(&self, title: &str) -> String {
        said(&self.ask(&["notice", "post", title, "--text", "To be kept."]))
    }

    /// The id of every record held.
    pub(crate) fn records(&self) -> BTreeSet<String> {
        let log = self.ask(&["log", "--limit", "100000"]);
        let lines = log["value"].as_array().expect("lines").iter();
        lines.map(|line| line["id"].as_str().expect("an id").to_owned()).collect()
    }

    /// What a check says: its exit code and its faults.
    pub(crate) fn check(&self) -> (Option<i32>, Vec<Value>) {
        let output = self.told(&["check"]);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        let faults = answer["value"]["faults"].as_array().cloned().unwrap_or_default();
        (output.status.code(), faults)
    }

    /// Everything is as it was written.
    pub(crate) fn is_sound(&self) {
        let (code, faults) = self.check();
        assert_eq!((code, faults), (Some(0), Vec::new()));
    }

    pub(crate) fn warnings(&self) -> String {
        self.status()["warnings"].to_string()
    }

    /// Starts the node and waits until it can be asked.
    pub(crate) fn run(&self) -> Running {
        let mut child = self
            .command(&["run"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the node starts");
        let (sender, lines) = channel();
        let streams: [Box<dyn std::io::Read + Send>; 2] = [
            Box::new(child.stdout.take().expect("stdout is piped")),
            Box::new(child.stderr.take().expect("stderr is piped")),
        ];
        for stream in streams {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        let running = Running { child, lines };
        running.says("\"answer\":\"status\"");
        running
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.root.join("store").join("store.redb")
    }

    /// A copy of the whole folder, as a backup makes it.
    pub(crate) fn copied(&self, to: PathBuf) -> Self {
        copy(&self.root, &to);
        Self::at(to)
    }

    /// Puts a backup's files in the place of these, in the same folder.
    pub(crate) fn restored_from(&self, backup: &Self) {
        for entry in std::fs::read_dir(&self.root).expect("the home is there").flatten() {
            if entry.path().is_dir() {
                std::fs::remove_dir_all(entry.path()).expect("the folder goes");
            } else {
                std::fs::remove_file(entry.path()).expect("the file goes");
            }
        }
        copy(&backup.root, &self.root);
    }
}

impl Running {
    /// Waits for a line that contains this.
    fn says(&self, wanted: &str) -> String {
        let began = Instant::now();
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE.saturating_sub(began.elapsed())) {
                Ok(line) if line.contains(wanted) => return line,
                Ok(line) => seen.push(line),
                Err(_) => panic!("never said {wanted:?}, but:\n{}", seen.join("\n")),
            }
        }
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("the node can be killed");
        self.child.wait().expect("the node is gone");
    }

    /// Ends it as a person does.
    pub(crate) fn stop(mut self, home: &Home) {
        home.ask(&["stop"]);
        self.child.wait().expect("the node ends");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The record a command acknowledged.
pub(crate) fn said(answer: &Value) -> String {
    answer["value"]["record"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Tries until something comes true.
pub(crate) fn until<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder for the copy");
    for entry in std::fs::read_dir(from).expect("the home is there").flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), &to).expect("the file copies");
        }
    }
}
