//! Before a home says its first word after a start, it hears from its neighbours how far its own log goes.

#![allow(clippy::unwrap_used)]

mod street;

use std::path::Path;

use linli_node::Network;
use linli_node::vocabulary::{Answer, Request};
use street::{Home, same, until};

const HOUR_MS: i64 = 3_600_000;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &there);
        } else {
            std::fs::copy(&path, &there).unwrap();
        }
    }
}

/// Puts a backup in the place of a closed home: the folder, and so the machine, is the same as before.
fn restore(backup: &Path, home: &Path) {
    for entry in std::fs::read_dir(home).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else {
            std::fs::remove_file(path).unwrap();
        }
    }
    copy(backup, home);
}

#[test]
fn a_restored_home_that_is_told_to_speak_at_once_asks_first_and_writes_no_second_history() {
    let folder = tempfile::tempdir().unwrap();
    let (backup, shen) = (folder.path().join("backup"), Home::founded(folder.path().join("shen")));
    let zhou = shen.admits(folder.path().join("zhou"), "owner", "3-1203 Zhou", Some("3-1203"));
    same(&shen, &zhou);
    let zhou = zhou.reopened(Network::Off);
    let (path, clock) = (zhou.path.clone(), zhou.clock.clone());
    zhou.node.close();
    copy(&path, &backup);
    let zhou = Home::opened(path.clone(), clock.clone(), Network::On);
    for title in ["One", "Two", "Three"] {
        zhou.post(title);
    }
    same(&shen, &zhou);
    zhou.node.close();
    restore(&backup, &path);

    let zhou = Home::opened(path, clock, Network::On);
    zhou.post("After the restore");
    same(&shen, &zhou);
    assert!(zhou.status().warnings.iter().any(|warning| warning.code == "restored-home"));
    for home in [&shen, &zhou] {
        assert!(home.status().forks.is_empty(), "one history: {:?}", home.status().forks);
        let Answer::Notices(notices) = home.ask(Request::Notices { all: true }) else { panic!() };
        assert_eq!(notices.len(), 4, "nothing is lost");
    }
    let warned = |zhou: &Home| zhou.status().warnings.iter().any(|warning| warning.code.ends_with("-home"));
    zhou.clock.advance(HOUR_MS);
    until(&zhou, "the warning to go, once a neighbour holds both logs", || (!warned(&zhou)).then_some(()));
    let zhou = zhou.reopened(Network::Off);
    assert!(!warned(&zhou), "after a restart too");
}

#[test]
fn a_home_whose_neighbours_are_away_answers_and_speaks_once_it_waited_in_vain() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let zhou = shen.admits(folder.path().join("zhou"), "owner", "3-1203 Zhou", Some("3-1203"));
    same(&shen, &zhou);
    shen.node.close();
    let zhou = zhou.reopened(Network::On);
    std::thread::scope(|scope| {
        let word = scope.spawn(|| zhou.post("Is anybody here?"));
        // A whole minute by its clock at the latest, whoever answers or not.
        until(&zhou, "the word", || {
            zhou.status();
            zhou.clock.advance(1_000);
            word.is_finished().then_some(())
        });
        word.join().unwrap();
    });
    assert!(zhou.status().peers.is_empty());
}
