//! The demo as a person runs it: real nodes, and nothing asserted but what they print.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// `linli` in surroundings of its own: nothing of the person's who runs the tests, no home folder at all.
fn linli(words: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linli"));
    command.args(words).current_dir(folder).stdin(Stdio::null());
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("LINLI_LANG", "en").env("TMPDIR", folder);
    command
}

fn answer(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?} {said}", output.status);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

fn digest_of(home: &str, folder: &Path) -> String {
    let told = answer(&linli(&["--home", home, "digest", "--json"], folder).output().expect("linli starts"));
    assert_eq!(told["value"]["missing"], 0, "{told}");
    told["value"]["digest"].as_str().expect("a digest").to_owned()
}

#[test]
fn six_homes_show_one_digest_after_the_cable_was_pulled_and_a_taken_folder_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let told = answer(&linli(&["demo", "--folder", "homes", "--json"], folder.path()).output().unwrap());
    let value = &told["value"];
    let homes: Vec<&str> =
        value["nodes"].as_array().unwrap().iter().map(|home| home.as_str().unwrap()).collect();
    assert_eq!(homes.len(), 6, "{value}");
    let shown = value["digests"].as_array().unwrap();
    assert_eq!(shown.len(), 6, "{value}");
    for (home, shown) in homes.into_iter().zip(shown) {
        assert_eq!(digest_of(home, folder.path()), value["digest"].as_str().unwrap(), "{home}");
        assert_eq!(shown["digest"], value["digest"], "{home}");
    }
    assert_ne!(value["digest"], value["together"], "nothing was said while the cable was out");

    let again = linli(&["demo", "--folder", "homes"], folder.path()).output().unwrap();
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("Hint: choose another folder with --folder"));
}

/// Six lines, each with whose node it is and the digest it shows, and after them the sentence that they are the same.
fn every_node_shows_its_own(page: &str) {
    let (table, rest) = page.split_once("All 6 nodes show the same digest").expect("it says so");
    assert!(!rest.is_empty(), "{page}");
    let rows: Vec<&str> = table.lines().skip_while(|line| !line.starts_with("NODE")).skip(1).collect();
    let cells =
        |row: &str| row.rsplit_once(' ').map(|(label, digest)| (label.trim().to_owned(), digest.to_owned()));
    let rows: Vec<(String, String)> = rows.into_iter().map(|row| cells(row).expect("two cells")).collect();
    let labels: BTreeSet<&String> = rows.iter().map(|(label, _)| label).collect();
    let digests: BTreeSet<&String> = rows.iter().map(|(_, digest)| digest).collect();
    assert_eq!((rows.len(), labels.len(), digests.len()), (6, 6, 1), "{page}");
    assert!(digests.iter().all(|digest| digest.len() == 16), "{page}");
}

#[test]
fn a_folder_that_is_no_estate_is_told_what_an_estate_holds() {
    let folder = tempfile::tempdir().unwrap();
    for language in ["en", "zh"] {
        let words = ["demo", "--estate", "nowhere", "--lang", language];
        let output = linli(&words, folder.path()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        for name in
            ["nowhere", "community.toml", "notices", "stories", "requests", "talk", "examples/guihuali"]
        {
            assert!(said.contains(name), "{name}: {said}");
        }
    }
}

#[test]
fn the_three_commands_it_ends_with_work_when_pasted() {
    let folder = tempfile::Builder::new().prefix("our demo").tempdir().unwrap();
    let output = linli(&["demo"], folder.path()).output().unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    every_node_shows_its_own(&page);
    let commands: Vec<&str> = page.lines().filter(|line| line.contains(" --home ")).collect();
    assert_eq!(commands.len(), 3, "{page}");
    for command in commands {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(folder.path()).env("LINLI_LANG", "en");
        let pasted = shell.output().unwrap();
        let said = String::from_utf8_lossy(&pasted.stderr);
        assert!(pasted.status.success() && !pasted.stdout.is_empty(), "{command}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_in_the_middle_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = linli(&["demo"], folder.path());
    let mut demo = demo.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(demo.stderr.take().unwrap()).lines();
    // The second scene: homes lie there, nodes run.
    let joining = said.find(|line| line.as_ref().unwrap().starts_with("2. "));
    assert!(joining.is_some(), "the demo ended before its second scene");
    let killed = Command::new("kill").args(["-INT", &demo.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let rest: Vec<String> = said.map(Result::unwrap).collect();
    assert_eq!(demo.wait().unwrap().code(), Some(130), "{rest:?}");
    assert!(rest.last().unwrap().starts_with("Interrupted."), "{rest:?}");
    let left: Vec<PathBuf> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
}
