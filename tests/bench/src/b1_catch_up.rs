//! B1: a keeper that is enrolled and holds nothing catches up a million records from one node: two processes on one
//! loopback, over the real link; verified, indexed, durable. Beside it `git fetch` of a million commits.
//!
//! `b1 [records] [blocks]` measures; `serve HOME` and `follow HOME RECORDS` are the two processes, and `pair` both in a
//! network namespace of their own, whose loopback counts their bytes alone. The time begins with the follower's process.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::estate::{self, Estate, Plan, kept, settings};
use crate::machine;
use crate::rounds::{Report, Row, arguments, rounds, timed};
use linli_node::vocabulary::{Answer, Request, StatusView};
use linli_node::{Network, Node};

const AUTHORS: usize = 5_000;
/// Looked whether everything is there this often.
const GLANCE: Duration = Duration::from_millis(20);

fn status(node: &Node) -> StatusView {
    match node.ask(Request::Status).expect("a status") {
        Answer::Status(status) => *status,
        other => panic!("{other:?}"),
    }
}

/// Serves until its input ends.
fn serve(home: &Path) {
    let node = Node::open(home, Network::On).expect("the home opens");
    let held = status(&node);
    println!("{} {}", held.records, held.head.map_or(0, |(height, _)| height));
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    node.close();
}

/// Follows until everything is held and settled; prints seconds, processor seconds, most memory.
fn follow(home: &Path, records: u64, height: u64) {
    let start = Instant::now();
    let node = Node::open(home, Network::On).expect("the home opens");
    let mut records_at = 0.0;
    loop {
        let held = status(&node);
        if held.records >= records && records_at == 0.0 {
            records_at = start.elapsed().as_secs_f64();
        }
        if held.records >= records && held.head.is_some_and(|(head, _)| head >= height) {
            break;
        }
        std::thread::sleep(GLANCE);
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{seconds} {} {} {records_at}", machine::processor_seconds(), machine::peak_mib());
    node.close();
}

fn this() -> PathBuf {
    std::env::current_exe().expect("this program")
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    line
}

/// Bytes that this process's own network received over its loopback. `/sys` may show another network's.
fn loopback_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/net/dev").expect("Linux tells");
    let line = text.lines().find_map(|line| line.trim().strip_prefix("lo:")).expect("a loopback");
    line.split_whitespace().next().and_then(|bytes| bytes.parse().ok()).expect("bytes received")
}

/// Both processes; prints what the follower says, and the bytes that went over the loopback.
fn pair(founder: &Path, keeper: &Path) {
    let _ = Command::new("ip").args(["link", "set", "lo", "up"]).status();
    let mut server = Command::new(this());
    let mut server = server
        .args(["b1", "serve"])
        .arg(founder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("spawns");
    let held = first_line(&mut server);
    let before = loopback_bytes();
    let follower =
        Command::new(this()).args(["b1", "follow"]).arg(keeper).args(held.split_whitespace()).output();
    let told = String::from_utf8(follower.expect("follows").stdout).expect("numbers");
    println!("{} {}", told.trim(), loopback_bytes() - before);
    drop(server.stdin.take());
    let _ = server.wait();
}

struct Caught {
    seconds: f64,
    processor: f64,
    peak_mib: f64,
    bytes: f64,
    records_at: f64,
}

fn catch_up(estate: &Estate) -> Caught {
    let port = 47_311;
    linli_node::write_settings(&estate.founder, &settings(port)).expect("settings");
    estate.fresh_keeper(port);
    let alone = ["-n", "--"];
    let told = Command::new("unshare")
        .args(alone)
        .arg(this())
        .args(["b1", "pair"])
        .args([&estate.founder, &estate.keeper])
        .stderr(Stdio::inherit())
        .output()
        .expect("a network namespace needs root and util-linux");
    let told = String::from_utf8(told.stdout).expect("numbers");
    let numbers: Vec<f64> = told.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    let [seconds, processor, peak_mib, records_at, bytes] = numbers[..] else {
        panic!("five numbers: {told}")
    };
    Caught { seconds, processor, peak_mib, bytes, records_at }
}

/// A bare repository with that many commits of 5,000 authors, one after another.
fn commits(count: usize) -> PathBuf {
    let path = kept().join(format!("git-{count}"));
    if path.join("made").exists() {
        return path;
    }
    let _ = std::fs::remove_dir_all(&path);
    git(Command::new("git").args(["init", "-q", "--bare"]).arg(&path));
    let mut import = Command::new("git");
    import.arg("-C").arg(&path).args(["fast-import", "--quiet"]).stdin(Stdio::piped());
    let mut import = import.spawn().expect("git is installed");
    {
        use std::io::Write as _;
        let mut dice = crate::dice::Dice(7);
        let mut stream = std::io::BufWriter::new(import.stdin.take().expect("piped"));
        for number in 0..count {
            let author = dice.below(AUTHORS);
            let text = dice.text(110);
            let time = 1_700_000_000 + number;
            write!(
                stream,
                "commit refs/heads/main\ncommitter Neighbour {author} <{author}@guihuali> {time} +0800\ndata {}\n{text}\n\n",
                text.len()
            )
            .expect("git reads");
        }
    }
    assert!(import.wait().expect("ends").success());
    std::fs::write(path.join("made"), "").expect("writes");
    path
}

fn git(command: &mut Command) {
    assert!(command.status().expect("git is installed").success());
}

/// Seconds to fetch it all into a fresh bare repository, durably.
fn fetch(from: &Path, count: usize) -> f64 {
    let folder = tempfile::tempdir_in(kept()).expect("a folder");
    let to = folder.path().join("fetched");
    git(Command::new("git").args(["init", "-q", "--bare"]).arg(&to));
    let url = format!("file://{}", from.display());
    let (seconds, ()) = timed(|| {
        git(Command::new("git").arg("-C").arg(&to).args([
            "-c",
            "core.fsync=all",
            "fetch",
            "-q",
            &url,
            "main:main",
        ]));
    });
    let counted = Command::new("git").arg("-C").arg(&to).args(["rev-list", "--count", "main"]).output();
    assert_eq!(
        String::from_utf8(counted.expect("counts").stdout).expect("a number").trim(),
        count.to_string()
    );
    seconds
}

/// Measures, or is one of the processes that are measured.
pub(crate) fn main() {
    let words: Vec<String> = std::env::args().skip(2).collect();
    let path = |index: usize| Path::new(&words[index]);
    match words.first().map(String::as_str) {
        Some("serve") => return serve(path(1)),
        Some("follow") => {
            return follow(path(1), words[2].parse().expect("records"), words[3].parse().expect("height"));
        }
        Some("pair") => return pair(path(1), path(2)),
        _ => {}
    }
    let arguments = arguments();
    let records = arguments.first().copied().unwrap_or(1_000_000);
    let blocks = arguments.get(1).copied().unwrap_or(240);
    let estate = estate::estate(Plan { human: records, things: 0, authors: AUTHORS, blocks });
    let from = commits(records);
    let mut report = Report::new("b1");
    report.fact("records people wrote", records);
    report.fact("authors", AUTHORS);
    report.fact("blocks", blocks);
    for _ in 0..rounds() {
        let caught = catch_up(&estate);
        report.add("seconds", caught.seconds);
        report.add("seconds until every record is durable", caught.records_at);
        report.add("processor seconds of the follower", caught.processor);
        report.add("most memory", caught.peak_mib);
        report.add("bytes a record", caught.bytes / records as f64);
        report.add("git fetch", fetch(&from, records));
    }
    let row = |work, unit, ours, peer, peer_name, target, reach| Row {
        work,
        unit,
        ours,
        peer,
        peer_name,
        limit: if unit == "s" { "2.5 s" } else { "" },
        target,
        reach,
        smaller_is_better: true,
    };
    report.row(row(
        "a keeper catches up (the target is for 1 M records)",
        "s",
        "seconds",
        "git fetch",
        "git fetch of as many commits",
        "5 s; 3 x git",
        Some(5.0),
    ));
    report.row(row("its most memory", "MiB", "most memory", "", "", "150 MB", Some(143.0)));
    report.row(row(
        "bytes on the wire, packets whole",
        "B a record",
        "bytes a record",
        "",
        "",
        "130 B",
        Some(130.0),
    ));
    report.finish();
}
