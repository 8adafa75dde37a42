//! A home on a street: the real `linli` program in a place, asked in JSON. Nothing waits longer than [`PATIENCE`].

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program;
use crate::street::Place;

/// Every step has to come true within this.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// A thing waited for is looked at again after this even if nothing seems to have happened.
const LOOK: Duration = Duration::from_millis(250);

/// A home and the place it stands in.
pub(crate) struct Home {
    name: String,
    place: Place,
    folder: PathBuf,
    discover: bool,
    running: Option<Running>,
}

struct Running {
    child: Child,
    events: Receiver<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Home {
    /// A home that will look for neighbours by multicast.
    pub(crate) fn at(place: &Place, homes: &Path, name: &str) -> Self {
        let folder = homes.join(name);
        Self { name: name.to_owned(), place: place.clone(), folder, discover: true, running: None }
    }

    /// The same, without multicast.
    pub(crate) fn that_only_dials(place: &Place, homes: &Path, name: &str) -> Self {
        Self { discover: false, ..Self::at(place, homes, name) }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.place.command(program::path().as_os_str());
        command.arg("--home").arg(&self.folder).arg("--json").args(words);
        command.env_remove("LINLI_LISTEN").env_remove("LINLI_NO_DISCOVER").env("LINLI_LANG", "en");
        if !self.discover {
            command.env("LINLI_NO_DISCOVER", "true");
        }
        command
    }

    /// What `linli` answers.
    pub(crate) fn try_ask(&self, words: &[&str]) -> Result<Value, String> {
        let output = self.command(words).output().expect("linli starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            return Err(format!(
                "{}: {words:?}: {said} {}",
                self.name,
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        let line = said.lines().next().unwrap_or("null");
        let answer: Value = serde_json::from_str(line).map_err(|error| format!("{words:?}: {error}"))?;
        Ok(answer["value"].clone())
    }

    /// What `linli` answers; it may not fail.
    pub(crate) fn ask(&self, words: &[&str]) -> Value {
        self.try_ask(words).unwrap_or_else(|why| panic!("{why}"))
    }

    /// Starts the node.
    pub(crate) fn run(&mut self) {
        let mut command = self.command(&["run"]);
        let log = std::fs::File::create(self.folder.with_extension("log")).expect("a log beside the home");
        command.env("LINLI_LOG", std::env::var("LINLI_LOG").unwrap_or_else(|_| "linli_node=debug".into()));
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("linli starts");
        let (sender, events) = channel();
        let stdout = child.stdout.take().expect("stdout is piped");
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let said = events.recv_timeout(PATIENCE);
        assert!(said.is_ok(), "{} did not start: {}", self.name, self.log());
        self.running = Some(Running { child, events });
    }

    /// Ends the node in good order.
    pub(crate) fn stop(&mut self) {
        self.ask(&["stop"]);
        if let Some(running) = self.running.take() {
            while running.events.recv_timeout(PATIENCE).is_ok() {}
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.with_extension("log")).unwrap_or_default()
    }

    /// Looks until it is so; says how long it took.
    pub(crate) fn until(&self, what: &str, mut so: impl FnMut(&Self) -> bool) -> Duration {
        let began = Instant::now();
        while !so(self) {
            assert!(began.elapsed() < PATIENCE, "{} waited in vain for {what}\n{}", self.name, self.log());
            if let Some(running) = &self.running {
                let _ = running.events.recv_timeout(LOOK);
                while running.events.try_recv().is_ok() {}
            }
        }
        began.elapsed()
    }

    /// Its digest.
    pub(crate) fn digest(&self) -> Value {
        self.ask(&["digest"])["digest"].clone()
    }

    /// Waits until both show the same.
    pub(crate) fn until_even_with(&self, other: &Self) -> Duration {
        self.until(&format!("the digest of {}", other.name), |home| home.digest() == other.digest())
    }

    /// Posts a notice.
    pub(crate) fn post(&self, title: &str) {
        self.ask(&["notice", "post", title, "--text", "From nine to eleven."]);
    }

    /// The path to a linked neighbour, by its transport key.
    pub(crate) fn path_to(&self, other: &Value) -> Option<Value> {
        let status = self.ask(&["status"]);
        let peer = status["peers"].as_array()?.iter().find(|peer| peer["node"] == *other)?;
        (!peer["path"].is_null()).then(|| peer["path"].clone())
    }

    /// Its transport key.
    pub(crate) fn node(&self) -> Value {
        self.ask(&["status"])["node"].clone()
    }

    /// Whether it and all these are linked and even.
    pub(crate) fn is_even_with_all(&self, others: usize) -> bool {
        let peers = self.ask(&["status"])["peers"].as_array().cloned().unwrap_or_default();
        peers.len() == others && peers.iter().all(|peer| peer["live"] == true)
    }

    /// How many sightings of a source it reads.
    pub(crate) fn heard(&self, source: &str) -> usize {
        self.ask(&["sighting", "list", "--source", source]).as_array().map_or(0, Vec::len)
    }

    /// Founds the community.
    pub(crate) fn found(&self) {
        self.ask(&["found", "Osmanthus Lane", "--unit", "1-302", "--label", &self.name, "--language", "en"]);
    }

    /// An invite for an owner.
    pub(crate) fn invite(&self, unit: &str) -> String {
        let invite = self.ask(&["invite", "--as", "owner", "--unit", unit]);
        invite["text"].as_str().expect("an invite has a text").to_owned()
    }

    /// Knocks with the invite, is admitted by `host`, and holds what it holds. Both nodes run afterwards.
    pub(crate) fn join(&mut self, invite: &str, host: &Self) {
        self.ask(&["join", invite, "--label", &self.name, "--no-wait"]);
        self.run();
        host.until("the knock", |host| host.ask(&["claims"]).as_array().is_some_and(|all| !all.is_empty()));
        host.ask(&["admit"]);
        self.until("membership", |home| home.ask(&["status"])["state"] == "member");
        self.until_even_with(host);
    }
}
