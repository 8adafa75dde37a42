//! The demo as a person runs it: real nodes, and nothing asserted but what they print.

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
    for home in homes {
        assert_eq!(digest_of(home, folder.path()), value["digest"].as_str().unwrap(), "{home}");
    }
    assert_ne!(value["digest"], value["together"], "nothing was said while the cable was out");

    let again = linli(&["demo", "--folder", "homes"], folder.path()).output().unwrap();
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("Hint: choose another folder with --folder"));
}

#[test]
fn the_three_commands_it_ends_with_work_when_pasted() {
    let folder = tempfile::Builder::new().prefix("our demo").tempdir().unwrap();
    let output = linli(&["demo"], folder.path()).output().unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.contains("All 6 nodes show the same digest"), "{page}");
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
