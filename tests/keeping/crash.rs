//! `kill -9` at many moments: whatever was acknowledged is there, and the rest is there whole or not at all.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::home::{Home, PATIENCE, said};

/// Times the node is killed.
const ROUNDS: u64 = 12;
/// People talking to the node at once.
const VOICES: usize = 3;
/// Times a command that writes by itself is killed.
const COMMANDS: u64 = 8;

/// Posts notices over the local interface until the node is gone; what is acknowledged goes to `heard`.
fn talk(home: &std::path::Path, voice: usize, heard: &Sender<String>) {
    let running = std::fs::read(home.join("running.json")).expect("a node runs");
    let running: Value = serde_json::from_slice(&running).expect("a port and a token");
    for number in 0.. {
        let request = json!({
            "do": "notice-post", "title": format!("Voice {voice}, {number}"), "text": "word ".repeat(1 + number * 37 % 500),
            "scope": "estate"
        });
        let Some(answer) = post(&running, &request.to_string()) else { return };
        if heard.send(said(&answer)).is_err() {
            return;
        }
    }
}

/// One request, one answer; nothing once the node is gone.
fn post(running: &Value, body: &str) -> Option<Value> {
    let port = running["port"].as_u64().expect("a port");
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let head = format!(
        "POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {}\r\nContent-Type: \
         application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        running["token"].as_str().expect("a token"),
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let text = String::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    assert!(head.starts_with("HTTP/1.1 200"), "{text}");
    serde_json::from_str(body).ok()
}

#[test]
fn what_was_acknowledged_is_there_after_kill_nine_at_any_moment() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::founded(folder.path().join("shen"));
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        let node = home.run();
        let (sender, heard) = channel();
        for voice in 0..VOICES {
            let (root, sender) = (home.root.clone(), sender.clone());
            std::thread::spawn(move || talk(&root, voice, &sender));
        }
        drop(sender);
        // Some words are acknowledged, and others are on their way, whenever the node goes.
        let enough = usize::try_from(1 + round * 7 % 31).expect("a small number");
        let before = acknowledged.len();
        while acknowledged.len() < before + enough {
            acknowledged.insert(heard.recv_timeout(PATIENCE).expect("the node answers"));
        }
        node.kill();
        acknowledged.extend(heard);
        let held = home.records();
        let lost: Vec<_> = acknowledged.difference(&held).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?}");
        home.is_sound();
    }
    println!("{} acknowledged, {ROUNDS} kills", acknowledged.len());
    let before = home.digest();
    home.ask(&["repair"]);
    assert_eq!(home.digest(), before, "incremental equals from scratch");
}

#[test]
fn a_command_killed_while_it_writes_leaves_everything_or_nothing_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::founded(folder.path().join("shen"));
    let mut held = home.records();
    for moment in 0..COMMANDS {
        let mut command = home.command(&["notice", "post", "Killed", "--text", "in the middle"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        // A moment, nothing more: which one decides only what is interrupted.
        let (_keep, never) = channel::<()>();
        let _ = never.recv_timeout(Duration::from_millis(moment * 9));
        let finished = child.try_wait().expect("it can be asked").is_some_and(|status| status.success());
        let _ = child.kill();
        child.wait().expect("it is gone");
        let now = home.records();
        assert!(now.is_superset(&held), "moment {moment}");
        assert!(now.len() > held.len() || !finished, "moment {moment}: acknowledged and lost");
        home.is_sound();
        held = now;
    }
}
