//! A disk that is really full: a small file system of its own, in a mount namespace that goes with its process.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::home::{Home, until};

/// Size of the disk: a founded home and a few hundred records fit.
const DISK: &str = "24m";

/// A small disk, there as long as its process.
struct Disk {
    holder: Child,
    mounted: PathBuf,
}

impl Disk {
    /// None without the right to mount; then the test skips, unless peers are required.
    fn insert(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).expect("a folder to mount on");
        let script = format!("mount -t tmpfs -o size={DISK} linli {} && echo mounted && cat", at.display());
        let spawned = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "sh", "-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut line = String::new();
        let disk = spawned.ok().and_then(|mut holder| {
            BufReader::new(holder.stdout.take()?).read_line(&mut line).ok()?;
            Some(Self { holder, mounted: at.to_owned() })
        });
        if line.trim() == "mounted" {
            return disk;
        }
        let required = std::env::var("LINLI_REQUIRE_PEERS").is_ok_and(|value| value == "1");
        assert!(!required, "a file system can't be mounted here, and LINLI_REQUIRE_PEERS=1");
        println!("skipped: a file system can't be mounted here");
        None
    }

    /// The disk's folder, as this test's own process reaches it.
    fn seen_from_here(&self) -> PathBuf {
        let inside = self.mounted.strip_prefix("/").expect("an absolute path");
        PathBuf::from(format!("/proc/{}/root", self.holder.id())).join(inside)
    }

    fn home(&self) -> Home {
        let mut home = Home::at(self.mounted.join("shen"));
        let pid = self.holder.id().to_string();
        home.through = ["nsenter", "--target", &pid, "--mount"].map(str::to_owned).to_vec();
        home
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut ballast = std::fs::File::create(self.ballast()).expect("the ballast is made");
        for piece in [1 << 16, 1 << 12, 1] {
            while ballast.write_all(&vec![7; piece]).is_ok() {}
        }
    }

    fn ballast(&self) -> PathBuf {
        self.seen_from_here().join("ballast")
    }

    fn make_room(&self) {
        std::fs::remove_file(self.ballast()).expect("the ballast goes");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Posts until the disk refuses; what was acknowledged, and the refusal.
fn post_until_refused(home: &Home, acknowledged: &mut Vec<String>) -> (i32, serde_json::Value) {
    let text = "So that the disk fills. ".repeat(160);
    for number in 0..2_000 {
        let output = home.told(&["notice", "post", &format!("Number {number}"), "--text", &text]);
        if !output.status.success() {
            let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap_or_else(|error| {
                panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
            });
            return (output.status.code().expect("an exit code"), error["error"].clone());
        }
        let answer = serde_json::from_slice(&output.stdout).expect("an answer");
        acknowledged.push(crate::home::said(&answer));
    }
    panic!("the disk never filled");
}

#[test]
fn a_full_disk_is_told_nothing_is_acknowledged_and_the_node_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(disk) = Disk::insert(&folder.path().join("disk")) else { return };
    let home = disk.home();
    home.ask(&["found", "Osmanthus Lane", "--unit", "1-302", "--label", "Shen", "--language", "en"]);
    let mut acknowledged = vec![home.post("Before")];
    let node = home.run();
    disk.fill();
    let (code, error) = post_until_refused(&home, &mut acknowledged);
    assert_eq!((code, error["code"].as_str()), (9, Some("disk-full")), "{error}");
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("room")), "{error}");
    // Reading goes on, and the node says how it is.
    assert!(home.warnings().contains("disk is full"), "{}", home.warnings());
    let held = home.records();
    assert!(acknowledged.iter().all(|id| held.contains(id)));
    disk.make_room();
    acknowledged.push(home.post("There is room again"));
    until("the warning to go", || (!home.warnings().contains("disk is full")).then_some(()));
    node.kill();
    let held = home.records();
    assert!(acknowledged.iter().all(|id| held.contains(id)), "acknowledged and lost");
    home.is_sound();

    // The same without a node: a command that can't write says so, and one that reads still answers.
    disk.fill();
    let (code, error) = post_until_refused(&home, &mut acknowledged);
    assert_eq!((code, error["code"].as_str()), (9, Some("disk-full")), "{error}");
    let held = home.records();
    assert!(acknowledged.iter().all(|id| held.contains(id)));
    let (code, _) = home.refused(&["repair"]);
    assert_eq!(code, 9, "a repair needs room, and says so");
    disk.make_room();
    acknowledged.push(home.post("And again"));
    let held = home.records();
    assert!(acknowledged.iter().all(|id| held.contains(id)), "acknowledged and lost");
    home.is_sound();
}
