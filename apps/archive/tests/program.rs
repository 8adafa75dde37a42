//! The archive as a keeper runs it: a community is founded in this process, the program follows it, verifies it and gives
//! it back.

#![allow(clippy::unwrap_used, reason = "a test that can't go on ends there")]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use linli_node::vocabulary::{Answer, Event, Request};
use linli_node::{Founding, Network, Node, Settings};
use linli_speech::exit;

/// What is waited for comes within this.
const PATIENCE: Duration = Duration::from_secs(60);

fn loopback() -> Settings {
    Settings { listen: "127.0.0.1:0".into(), discover: false, ..Settings::default() }
}

fn founded(home: &Path, network: Network) -> Node {
    let founding = Founding {
        name: "Guihuali".into(),
        unit: "3-1201".into(),
        label: "3-1201".into(),
        language: "en".into(),
    };
    linli_node::found(home, &founding, &loopback()).unwrap();
    Node::open(home, network).unwrap()
}

fn story(node: &Node, title: &str) {
    let text = "The neighbours raised two hundred thousand.".to_owned();
    node.ask(Request::StoryWrite { title: title.into(), text }).unwrap();
}

fn digest(node: &Node) -> String {
    match node.ask(Request::Digest).unwrap() {
        Answer::Digest(digest) => digest.of.digest.to_string(),
        other => panic!("{other:?}"),
    }
}

fn archive(home: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linli-archive"));
    command.arg("--home").arg(home).args(["--lang", "en"]).args(words);
    command
}

fn told(home: &Path, words: &[&str]) -> Output {
    archive(home, words).output().unwrap()
}

fn json(home: &Path, words: &[&str]) -> serde_json::Value {
    let output = told(home, words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn restore(from: &Path, to: &Path) -> serde_json::Value {
    let (from, to) = (from.to_str().unwrap(), to.to_str().unwrap());
    json(Path::new("/nowhere"), &["restore", "--from", from, "--to", to, "--json"])
}

#[test]
fn a_restored_copy_has_the_digest_of_what_it_was_copied_from() {
    let folder = tempfile::tempdir().unwrap();
    let [home, copy] = ["home", "copy"].map(|name| folder.path().join(name));
    let node = founded(&home, Network::Off);
    story(&node, "The guard");
    story(&node, "The osmanthus");
    let wanted = digest(&node);
    node.close();
    let restored = restore(&home, &copy);
    assert_eq!(restored["value"]["digest"], wanted.as_str());
    assert_eq!(restored["value"]["refused"], 0);
    assert_eq!(json(&copy, &["digest", "--json"])["value"]["digest"], wanted.as_str());
    assert!(!copy.join("restore.bundle").exists());
    assert!(!copy.join("witness.key").exists(), "a copy orders nothing");
    let verified = json(&copy, &["verify", "--json"]);
    assert_eq!(verified["value"]["fault_count"], 0);
    assert!(verified["value"]["records"].as_u64() > Some(2), "{verified}");
}

/// A bundle of everything a community of two stories holds, and the digest of its home.
fn bundled(folder: &Path) -> (std::path::PathBuf, String) {
    let home = folder.join("founder");
    let node = founded(&home, Network::Off);
    story(&node, "The guard");
    node.ask(Request::StoryPicture {
        story: story_named(&node),
        path: picture(folder),
        caption: "The gate".into(),
    })
    .unwrap();
    let path = folder.join("everything.bundle");
    let export = Request::BundleExport { path: path.clone(), after: 0, reader: None, whole: true };
    let Answer::Bundle { lacking, .. } = node.ask(export).unwrap() else { panic!("bundle") };
    assert_eq!(lacking, 0);
    let wanted = digest(&node);
    node.close();
    (path, wanted)
}

fn story_named(node: &Node) -> String {
    let Answer::Stories(stories) = node.ask(Request::Stories).unwrap() else { panic!("stories") };
    stories[0].id.to_string()
}

/// The smallest PNG there is.
fn picture(folder: &Path) -> std::path::PathBuf {
    let png = unhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082",
    );
    let path = folder.join("gate.png");
    std::fs::write(&path, png).unwrap();
    path
}

fn unhex(hex: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(pair).collect()
}

/// How a restore was refused; it must leave no home behind.
fn refused(from: &Path, more: &[&str]) -> String {
    let to = from.with_extension("copy");
    let mut words = vec!["restore", "--json", "--from", from.to_str().unwrap(), "--to", to.to_str().unwrap()];
    words.extend(more);
    let output = told(Path::new("/nowhere"), &words);
    assert!(!output.status.success(), "{words:?}");
    assert!(!to.exists(), "nothing is left behind");
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    error["error"]["code"].as_str().unwrap().to_owned()
}

#[test]
fn a_bundle_restores_to_the_same_digest_and_a_changed_one_does_not_restore() {
    let folder = tempfile::tempdir().unwrap();
    let (bundle, wanted) = bundled(folder.path());
    let copy = folder.path().join("copy");
    let restored = restore(&bundle, &copy);
    assert_eq!(restored["value"]["digest"], wanted.as_str());
    assert_eq!(restored["value"]["lacking"], 0);
    assert_eq!(json(&copy, &["digest", "--json"])["value"]["digest"], wanted.as_str());
    assert_eq!(json(&copy, &["verify", "--json"])["value"]["fault_count"], 0);

    assert_eq!(refused(&bundle, &["--digest", &"0".repeat(64)]), "other-digest");
    let bytes = std::fs::read(&bundle).unwrap();
    let changed = folder.path().join("changed.bundle");
    for (at, code) in [(0, "not-a-bundle"), (15, "not-a-bundle"), (bytes.len() - 1, "bundle-cut-short")] {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        std::fs::write(&changed, bytes).unwrap();
        assert_eq!(refused(&changed, &[]), code, "byte {at}");
    }
    for length in [0, 14, bytes.len() / 3, bytes.len() - 1] {
        std::fs::write(&changed, &bytes[..length]).unwrap();
        let code = refused(&changed, &[]);
        assert!(["not-a-bundle", "bundle-cut-short"].contains(&code.as_str()), "{length}: {code}");
    }
    // Wherever a bit is turned, the copy is refused; and with a sum made anew, by whoever lies.
    for at in (100..bytes.len() - 41).step_by(bytes.len() / 12) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x10;
        let end = bytes.len() - 41;
        let sum = *blake3::hash(&bytes[..end]).as_bytes();
        bytes[end + 9..].copy_from_slice(&sum);
        std::fs::write(&changed, bytes).unwrap();
        let code = refused(&changed, &["--digest", &wanted]);
        let known = [
            "archive-forged",
            "bundle-cut-short",
            "bundle-lacks",
            "too-large",
            "other-digest",
            "other-community",
            "malformed",
        ];
        assert!(known.contains(&code.as_str()), "byte {at}: {code}");
    }
}

#[test]
fn a_copied_home_without_its_keys_restores_to_the_same_digest_and_is_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let [home, backup, copy] = ["home", "backup", "copy"].map(|name| folder.path().join(name));
    let node = founded(&home, Network::Off);
    story(&node, "The guard");
    let wanted = digest(&node);
    node.close();
    copied(&home.join("store"), &backup.join("store"));
    assert_eq!(restore(&backup, &copy)["value"]["digest"], wanted.as_str());
    // With its keys but the witness's it is a household's backup: looking at it begins no new log in it.
    std::fs::copy(home.join("device.key"), backup.join("device.key")).unwrap();
    let key = std::fs::read(backup.join("device.key")).unwrap();
    let again = folder.path().join("again");
    assert_eq!(restore(&backup, &again)["value"]["digest"], wanted.as_str());
    assert_eq!(std::fs::read(backup.join("device.key")).unwrap(), key);
}

fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copied(&path, &there);
        } else {
            std::fs::write(&there, std::fs::read(&path).unwrap()).unwrap();
        }
    }
}

#[cfg(unix)]
#[test]
fn an_archive_with_a_link_in_it_is_refused_before_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    founded(&home, Network::Off).close();
    let outside = folder.path().join("outside");
    std::os::unix::fs::symlink(&outside, home.join("store/link")).unwrap();
    assert_eq!(refused(&home, &[]), "archive-link");
    assert_eq!(refused(&folder.path().join("nothing-here"), &[]), "no-home");
}

#[test]
fn a_copy_can_be_read_and_cannot_speak() {
    let folder = tempfile::tempdir().unwrap();
    let [home, copy] = ["home", "copy"].map(|name| folder.path().join(name));
    let node = founded(&home, Network::Off);
    story(&node, "The guard");
    node.close();
    restore(&home, &copy);
    let copy = Node::open(&copy, Network::Off).unwrap();
    let Answer::Stories(stories) = copy.ask(Request::Stories).unwrap() else { panic!("stories") };
    assert_eq!(stories.len(), 1);
    let said = copy.ask(Request::StoryWrite { title: "Forged".into(), text: "Never happened.".into() });
    assert_eq!(said.unwrap_err().code, "not-joined");
}

#[test]
fn a_home_that_is_taken_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let [home, copy] = ["home", "copy"].map(|name| folder.path().join(name));
    founded(&home, Network::Off).close();
    founded(&copy, Network::Off).close();
    let words = ["restore", "--from", home.to_str().unwrap(), "--to", copy.to_str().unwrap(), "--json"];
    let refused = told(Path::new("/nowhere"), &words);
    assert_eq!(refused.status.code(), Some(i32::from(exit::code(linli_node::FaultKind::Input))));
    let error: serde_json::Value = serde_json::from_slice(&refused.stderr).unwrap();
    assert_eq!(error["error"]["code"], "home-exists");
}

#[test]
fn a_changed_byte_is_found_and_told_by_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let node = founded(&home, Network::Off);
    // The same bytes many times: wherever they lie in the file, some are a story's.
    let text = "OSMANTHUS".repeat(400);
    node.ask(Request::StoryWrite { title: "The osmanthus".into(), text }).unwrap();
    node.close();
    let store = changed(&home.join("store"));
    let checked = told(&home, &["verify"]);
    let damaged = [exit::DAMAGED, exit::code(linli_node::FaultKind::Disk)].map(|code| Some(i32::from(code)));
    assert!(damaged.contains(&checked.status.code()), "{checked:?}");
    assert!(store.exists(), "a damaged file stays where it is");
}

/// Flips one bit in every copy of the marker in the store's file.
fn changed(folder: &Path) -> std::path::PathBuf {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    for file in files.filter(|path| path.is_file()) {
        let mut bytes = std::fs::read(&file).unwrap();
        let marks: Vec<usize> = bytes
            .windows(9)
            .enumerate()
            .filter(|(_, nine)| *nine == b"OSMANTHUS")
            .map(|(at, _)| at)
            .collect();
        if !marks.is_empty() {
            marks.iter().for_each(|at| bytes[*at] ^= 1);
            std::fs::write(&file, bytes).unwrap();
            return file;
        }
    }
    panic!("the story's bytes are not found in {}", folder.display());
}

#[test]
fn a_damaged_attachment_is_set_aside_and_what_to_do_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let node = founded(&home, Network::Off);
    story(&node, "The gate");
    let (story, path) = (story_named(&node), picture(folder.path()));
    node.ask(Request::StoryPicture { story, path, caption: String::new() }).unwrap();
    node.close();
    let file = attachment_file(&home.join("store/blobs"));
    std::fs::write(&file, b"something else").unwrap();
    let checked = told(&home, &["verify"]);
    assert_eq!(checked.status.code(), Some(i32::from(exit::DAMAGED)));
    let page = String::from_utf8(checked.stdout).unwrap();
    assert!(page.contains("attachment (") && page.contains("fetched again from the neighbours"), "{page}");
    assert!(!file.exists(), "the damaged file is out of the way");
    let again = json(&home, &["verify", "--json"]);
    assert_eq!(again["value"]["fault_count"], 0, "what is wanted and not held is no damage");
    let status = json(&home, &["status", "--json"]);
    assert_eq!(status["value"]["node"]["attachments_wanted"], 1);
}

/// The one attachment of a home.
fn attachment_file(shelves: &Path) -> std::path::PathBuf {
    let below = |folder: &Path| {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let files: Vec<_> = below(shelves).iter().flat_map(|shelf| below(shelf)).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn until(node: &Node, events: &mut tokio::sync::broadcast::Receiver<Event>, is: fn(&Event) -> bool) {
    let ends = Instant::now() + PATIENCE;
    loop {
        let left = ends.saturating_duration_since(Instant::now());
        match node.runtime().block_on(async { tokio::time::timeout(left, events.recv()).await }) {
            Ok(Ok(event)) if is(&event) => return,
            Ok(Ok(_)) => {}
            other => panic!("not within a minute: {other:?}"),
        }
    }
}

/// A keeper's digest, and how many objects it covers.
fn kept(keeper: &Path) -> (String, u64) {
    let answer = json(keeper, &["digest", "--json"]);
    let value = &answer["value"];
    (value["digest"].as_str().unwrap().to_owned(), value["objects"].as_u64().unwrap())
}

#[test]
fn a_keeper_follows_the_community_and_gives_it_back_when_the_founder_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let [home, keeper, copy] = ["home", "keeper", "copy"].map(|name| folder.path().join(name));
    let founder = founded(&home, Network::On);
    let mut events = founder.events();
    let invited = founder.ask(Request::Invite { role: "keeper".into(), unit: None }).unwrap();
    let Answer::Invite(invite) = invited else { panic!("{invited:?}") };
    let words = ["join", &invite.text, "--label", "library", "--no-discover", "--listen", "127.0.0.1:0"];
    let mut joining = Running(archive(&keeper, &words).stdout(Stdio::null()).spawn().unwrap());
    until(&founder, &mut events, |event| matches!(event, Event::Knocked { .. }));
    founder.ask(Request::Admit { claim: None }).unwrap();
    assert_eq!(joining.0.wait().unwrap().code(), Some(0), "it waits until it is admitted and in step");
    let mut running = Running(archive(&keeper, &["run"]).stdout(Stdio::null()).spawn().unwrap());
    until(&founder, &mut events, |event| matches!(event, Event::Linked { .. }));
    story(&founder, "The guard");
    let began = Instant::now();
    // Each question waits for the keeper's loop, so this is no busy wait. The keeper's own log may still be on its way to
    // the founder, who makes a block of it: both are asked again.
    let wanted = loop {
        let wanted = digest(&founder);
        let lines = kept(&keeper);
        if lines.0 == wanted && lines.1 > 0 {
            break wanted;
        }
        assert!(began.elapsed() < PATIENCE, "the keeper has the story within a minute");
    };
    founder.close();
    let restored = restore(&keeper, &copy);
    assert_eq!(restored["value"]["digest"], wanted.as_str());
    let status = String::from_utf8(told(&keeper, &["status"]).stdout).unwrap();
    assert!(status.contains("Guihuali") && status.contains("Last verified"), "{status}");
    let id = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}
