//! `docs/JSON.md` is true: every command is run with `--json`, and what it prints is made as the page says.

#[path = "json/document.rs"]
mod document;
#[path = "guide/program.rs"]
mod program;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use document::Document;
use serde_json::Value;

/// A home in a folder of its own, and the page it is held against.
struct Neighbour {
    folder: tempfile::TempDir,
    page: Document,
    ran: RefCell<BTreeSet<String>>,
}

impl Neighbour {
    fn new() -> Self {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/JSON.md");
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            page: Document::read(&std::fs::read_to_string(page).expect("the page is there")),
            ran: RefCell::default(),
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let named = words.iter().take(2).copied().collect::<Vec<_>>().join(" ");
        let path = if self.page.commands.contains_key(&named) { named } else { words[0].to_owned() };
        assert!(self.page.commands.contains_key(&path), "docs/JSON.md has no command {path}");
        self.ran.borrow_mut().insert(path);
        let mut command = Command::new(program::path());
        command.args(["--home", "home", "--json"]).args(words);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("LINLI_LISTEN", "127.0.0.1:0").env("LINLI_NO_DISCOVER", "true");
        command
    }

    /// Runs a command that is done; its answer's value.
    fn ask(&self, words: &[&str]) -> Value {
        let output = self.command(words).output().expect("linli starts");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {told}");
        let answer: Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
        self.page.check_answer(&answer).unwrap_or_else(|why| panic!("{words:?}: {why}"));
        let named = words.iter().take(2).copied().collect::<Vec<_>>().join(" ");
        let cell = self.page.commands.get(&named).unwrap_or_else(|| &self.page.commands[words[0]]);
        let name = answer["answer"].as_str().expect("text");
        assert!(cell.contains(&format!("`{name}`")), "{words:?} answers {name}; the page says {cell}");
        answer["value"].clone()
    }

    /// Says something; the record's name.
    fn say(&self, words: &[&str]) -> String {
        self.ask(words)["record"].as_str().expect("text").to_owned()
    }

    /// Runs a command that is refused.
    fn refused(&self, words: &[&str], code: &str) {
        let output = self.command(words).output().expect("linli starts");
        let refusal: Value = serde_json::from_slice(&output.stderr).unwrap_or_else(|error| {
            panic!("{words:?}: {error}: {}", String::from_utf8_lossy(&output.stderr))
        });
        self.page.check_refusal(&refusal).unwrap_or_else(|why| panic!("{words:?}: {why}"));
        assert_eq!(refusal["error"]["code"], code, "{words:?}: {refusal}");
        assert_eq!(output.status.code().map(i64::from), refusal["exit"].as_i64(), "{words:?}");
    }

    /// A roll that lacks the last unit of the example.
    fn shorter_roll(&self) -> String {
        let roll = std::fs::read_to_string(example("roll.csv")).expect("the example is there");
        let shorter = roll.trim_end().rsplit_once('\n').expect("it has lines").0;
        let path = self.folder.path().join("shorter.csv");
        std::fs::write(&path, shorter).expect("a folder takes a file");
        path.to_str().expect("a path of letters").to_owned()
    }

    /// Starts a command that goes on.
    fn follow(&self, words: &[&str]) -> Following {
        let mut child = self.command(words).stdout(Stdio::piped()).spawn().expect("linli starts");
        let lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        Following { child, lines }
    }
}

/// A command that goes on; it ends with the test.
struct Following {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Following {
    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().expect("it goes on").expect("a line"))
            .expect("one JSON document")
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn example(name: &str) -> String {
    let estate = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/guihuali");
    estate.join(name).to_str().expect("a path of letters").to_owned()
}

/// Founding, the roll, invites, people.
fn the_estate(shen: &Neighbour, lin: &Neighbour) {
    shen.refused(&["status"], "no-home");
    shen.refused(&["notice", "show"], "usage");
    shen.ask(&["found", "Osmanthus Lane", "--unit", "1-302", "--label", "Shen"]);
    assert!(shen.ask(&["roll", "show"]).is_null());
    shen.ask(&["roll", "import", &example("roll.csv"), "--dry-run"]);
    shen.ask(&["roll", "import", &example("roll.csv")]);
    shen.refused(&["roll", "import", &example("roll-broken.csv")], "roll");
    shen.refused(&["roll", "import", &shen.shorter_roll()], "roll-shrinks");
    shen.ask(&["roll", "show"]);
    shen.ask(&["people"]);
    let invite = shen.ask(&["invite", "--as", "owner", "--unit", "2-501"]);
    lin.ask(&["join", invite["text"].as_str().expect("text"), "--no-wait"]);
    shen.ask(&["invite", "list"]);
    shen.ask(&["invite", "cancel", invite["invite"].as_str().expect("text")]);
    shen.ask(&["device", "add"]);
    shen.ask(&["device", "list"]);
    shen.ask(&["claims"]);
    shen.refused(&["admit"], "nobody-waiting");
    shen.refused(&["refuse", "0123abcd"], "not-found");
    shen.refused(&["device", "revoke", "0123abcd"], "not-found");
    shen.ask(&["decide", "list"]);
    for verb in ["show", "approve", "withdraw"] {
        shen.refused(&["decide", verb, "0123abcd"], "not-found");
    }
}

/// Notices and roll-calls.
fn what_is_told_and_asked(shen: &Neighbour) {
    let notice =
        shen.say(&["notice", "post", "Water", "--text", "Off on Saturday.", "--stair", "1-2", "--days", "3"]);
    shen.say(&["notice", "replace", &notice, "Water", "--text", "Off on Sunday.", "--must-read"]);
    shen.say(&["notice", "ack", &notice]);
    shen.ask(&["notice", "list"]);
    shen.ask(&["notice", "show", &notice]);
    shen.refused(&["notice", "show", "0123abcd"], "not-found");
    let call = shen.say(&["rollcall", "open", "All well?", "--building", "1"]);
    shen.say(&["rollcall", "answer", &call, "yes"]);
    let told = ["rollcall", "told", &call, "1-101", "yes", "--by", "phone", "--witness", "Auntie Wang"];
    shen.refused(&told, "no-witness");
    shen.ask(&["rollcall", "show", &call]);
    shen.say(&["rollcall", "close", &call]);
    shen.ask(&["rollcall", "list"]);
}

/// Requests from opened to judged and reopened.
fn what_is_mended(shen: &Neighbour) {
    let request = shen.say(&[
        "request",
        "open",
        "Lamp",
        "--text",
        "Dark.",
        "--place",
        "stair 1-2",
        "--category",
        "light",
    ]);
    for step in [&["take"][..], &["give-back"], &["take"], &["done"], &["comment", "Thanks."]] {
        let words = [&["request", step[0], &request], &step[1..]].concat();
        shen.say(&words);
    }
    shen.say(&["request", "judge", &request, "good"]);
    shen.say(&["request", "reopen", &request]);
    shen.refused(&["request", "done", &request], "idle-step");
    shen.ask(&["request", "list"]);
    shen.ask(&["request", "show", &request]);
}

/// Stories, talk, audiences.
fn what_is_told_on(shen: &Neighbour) {
    let story = shen.say(&["story", "write", "The guard", "--text", "He came in 1998."]);
    shen.say(&["story", "edit", &story, "--text", "He came in 1997."]);
    shen.say(&["story", "picture", &story, &example("stories/pictures/lift.jpg"), "--caption", "The lift"]);
    shen.say(&["story", "note", &story, "correction", "It was May."]);
    shen.ask(&["story", "list"]);
    let shown = shen.ask(&["story", "show", &story]);
    let blob = shown["pictures"][0]["picture"]["blob"].as_str().expect("text").to_owned();
    shen.ask(&["attachment", "save", &blob, "lift.jpg"]);
    let audience = shen.say(&["audience", "open", "Chess"]);
    shen.refused(&["audience", "add", &audience, "0123abcd"], "not-found");
    shen.refused(&["audience", "remove", &audience, "0123abcd"], "not-found");
    shen.ask(&["audience", "list"]);
    let thread = shen.say(&["talk", "open", "Osmanthus", "--audience", &audience]);
    let message = shen.say(&["talk", "say", &thread, "It blooms."]);
    shen.say(&["talk", "say", &thread, "It does.", "--reply", &message]);
    shen.say(&["talk", "picture", &thread, &example("stories/pictures/chess.jpg")]);
    shen.say(&["withdraw", &message, "--reason", "too early"]);
    shen.ask(&["talk", "list"]);
    shen.ask(&["talk", "show", &thread]);
    shen.say(&["withdraw", &story]);
    shen.ask(&["story", "show", &story]);
}

/// What things may say, and a gateway that says it.
fn what_is_allowed(shen: &Neighbour, hall: &Neighbour) {
    let grant = |to| ["consent", "grant", to, "door/1-104", "--purpose", "count", "--viewers", "everyone"];
    shen.refused(&grant("Shen"), "not-a-gateway");
    let mut node = shen.follow(&["run"]);
    shen.page.check_answer(&node.next()).expect("as the page says");
    let invite = shen.ask(&["invite", "--as", "gateway"]);
    let text = invite["text"].as_str().expect("text");
    let mut joining = hall.follow(&["join", text, "--label", "Hall"]);
    while shen.ask(&["claims"]).as_array().is_none_or(Vec::is_empty) {}
    shen.ask(&["admit"]);
    hall.page.check_answer(&joining.next()).expect("as the page says");
    let consent = shen.say(&grant("Hall"));
    assert_eq!(shen.ask(&["consent", "list"]).as_array().map(Vec::len), Some(1));
    shen.say(&["consent", "withdraw", &consent]);
    shen.refused(&["consent", "withdraw", &consent], "consent-ended");
    shen.ask(&["stop"]);
    shen.refused(&["sighting", "say", "door/1-104", "contact", "open"], "no-consent");
    shen.ask(&["sighting", "list"]);
}

/// The node itself.
fn how_it_is_kept(shen: &Neighbour) {
    shen.ask(&["today"]);
    shen.ask(&["log"]);
    shen.ask(&["log", "--kind", "roll-call"]);
    shen.refused(&["log", "--kind", "rollcall"], "kind");
    shen.ask(&["digest"]);
    shen.ask(&["bundle", "export", "all.bundle"]);
    shen.ask(&["bundle", "import", "all.bundle"]);
    shen.ask(&["settings", "show"]);
    shen.ask(&["settings", "set", "language", "en"]);
    shen.refused(&["settings", "set", "language", "klingon"], "setting");
    shen.ask(&["witness", "resume"]);
    shen.ask(&["check"]);
    shen.ask(&["repair"]);
    shen.refused(&["stop"], "stopped");
    for words in
        [&["systemd"][..], &["completions", "bash"], &["help", "notice"], &["man"], &["man", "pages"]]
    {
        shen.ask(words);
    }
}

/// A node that runs, another command that watches it, and one that says something.
fn what_happens(shen: &Neighbour) {
    let mut node = shen.follow(&["run"]);
    shen.page.check_answer(&node.next()).expect("as the page says");
    shen.ask(&["status"]);
    let mut watcher = shen.follow(&["watch"]);
    // The watcher listens some time after it starts: something is said until it hears.
    let heard = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| watcher.next());
        while !waiting.is_finished() {
            shen.say(&["notice", "post", "Heard?", "--text", "Now."]);
        }
        waiting.join().expect("the watcher hears")
    });
    shen.page.check_event(&heard).expect("as the page says");
    shen.page.check_event(&node.next()).expect("as the page says");
    shen.ask(&["stop"]);
}

#[test]
fn every_command_answers_as_the_page_says() {
    let [shen, lin, hall] = std::array::from_fn(|_| Neighbour::new());
    the_estate(&shen, &lin);
    what_is_told_and_asked(&shen);
    what_is_mended(&shen);
    what_is_told_on(&shen);
    what_is_allowed(&shen, &hall);
    how_it_is_kept(&shen);
    what_happens(&shen);
    let mut ran = shen.ran.take();
    ran.append(&mut lin.ran.take());
    ran.append(&mut hall.ran.take());
    // Played by a test of its own, beside the program.
    ran.insert("demo".to_owned());
    let written: BTreeSet<String> = shen.page.commands.keys().cloned().collect();
    assert_eq!(ran, written, "commands on the page, and commands run here");
    assert_eq!(all_commands(&shen), written.iter().map(|path| path.replace(' ', "-")).collect());
}

/// Every command there is, as the manual's pages name them: those with nothing below, and `invite`, which is both.
fn all_commands(shen: &Neighbour) -> BTreeSet<String> {
    let pages = std::fs::read_dir(shen.folder.path().join("pages")).expect("the manual is written");
    let names: BTreeSet<String> = pages
        .map(|page| page.expect("a page").file_name().into_string().expect("a name of letters"))
        .filter_map(|name| Some(name.strip_prefix("linli-")?.strip_suffix(".1")?.to_owned()))
        .collect();
    let has_more = |name: &String| names.iter().any(|other| other.starts_with(&format!("{name}-")));
    names.iter().filter(|name| !has_more(name) || *name == "invite").cloned().collect()
}
