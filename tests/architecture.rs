//! The house stands as drawn: who may lean on whom, and what a source file may hold.
//!
//! `floors` reads what cargo knows of the packages, `sources` reads the files. Both return sentences that say what is
//! broken; both are shown a broken house of their own, so that a check that can't fail is noticed. The drawing is in
//! `docs/ARCHITECTURE.md`; a change here is a change there.

#[path = "architecture/floors.rs"]
mod floors;
#[path = "architecture/sources.rs"]
mod sources;

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests folder stands in the workspace")
        .to_owned()
}

/// What cargo knows of the packages, as for this machine: offline, since the build has fetched all it names.
fn metadata() -> serde_json::Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let told = Command::new(cargo)
        .current_dir(root())
        .args(["metadata", "--format-version", "1", "--offline", "--filter-platform", &platform])
        .output()
        .expect("cargo starts");
    assert!(told.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&told.stderr));
    serde_json::from_slice(&told.stdout).expect("cargo prints JSON")
}

fn assert_none(broken: &[String]) {
    assert!(broken.is_empty(), "{} broken:\n  {}", broken.len(), broken.join("\n  "));
}

#[test]
fn every_crate_stands_on_its_floor() {
    assert_none(&floors::broken(&floors::read(&metadata())));
}

#[test]
fn every_source_file_keeps_the_rules_of_the_house() {
    let sources = sources::gather(&root());
    assert!(sources.len() > 20, "only {} files found: the walk lost its way", sources.len());
    assert_none(&sources::broken(&sources));
}
