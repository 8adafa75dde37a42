//! The programs under test, built anew when a source is newer. `LINLI_PROGRAM` names another `linli`; the gateway and the
//! archive then lie beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// Each program and the package it is built from.
const PROGRAMS: [(&str, &str); 3] =
    [("linli", "cli"), ("linli-gateway", "gateway"), ("linli-archive", "archive")];

/// The path of `linli`.
#[allow(dead_code, reason = "one test runs all programs, another this one")]
pub(crate) fn path() -> &'static Path {
    named("linli").expect("there is such a program")
}

/// The path of a program, if it is one of ours.
pub(crate) fn named(program: &str) -> Option<&'static Path> {
    static PATHS: OnceLock<BTreeMap<&str, OnceLock<PathBuf>>> = OnceLock::new();
    let paths = PATHS.get_or_init(|| PROGRAMS.iter().map(|(name, _)| (*name, OnceLock::new())).collect());
    let (name, package) = PROGRAMS.iter().find(|(name, _)| *name == program)?;
    Some(paths[name].get_or_init(|| find(name, package).unwrap_or_else(|why| panic!("{why}"))))
}

fn find(name: &str, package: &str) -> Result<PathBuf, String> {
    if let Some(named) = std::env::var_os("LINLI_PROGRAM") {
        let linli = std::path::absolute(named).map_err(|error| error.to_string())?;
        return Ok(if name == "linli" { linli } else { linli.with_file_name(file_name(name)) });
    }
    let profile = profile_folder();
    let program = profile.join(file_name(name));
    if is_stale(&program, package) && !build(&profile, package) {
        return Err(format!("cargo build --package linli-{package} failed"));
    }
    if program.is_file() { Ok(program) } else { Err(format!("{} was not built", program.display())) }
}

fn file_name(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

/// `target/debug` or `target/release`, where this test's own program lies one folder deeper.
fn profile_folder() -> PathBuf {
    let own = std::env::current_exe().expect("this test has a path");
    own.ancestors().nth(2).expect("a test lies in the profile's deps folder").to_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn is_stale(program: &Path, package: &str) -> bool {
    let Ok(built) = program.metadata().and_then(|about| about.modified()) else { return true };
    let own = format!("apps/{package}");
    ["Cargo.lock", own.as_str(), "crates"].iter().any(|part| newest(&root().join(part)) > built)
}

fn newest(path: &Path) -> SystemTime {
    let own = path.metadata().and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let Ok(entries) = std::fs::read_dir(path) else { return own };
    let below = entries.flatten().map(|entry| entry.path());
    let below = below.filter(|path| path.file_name().is_some_and(|name| name != "target" && name != "tests"));
    // A folder's own time changes with editors' temporary files; only files count.
    below.map(|path| newest(&path)).max().unwrap_or(SystemTime::UNIX_EPOCH)
}

fn build(profile: &Path, package: &str) -> bool {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(root())
        .args(["build", "--quiet", "--offline", "--package"])
        .arg(format!("linli-{package}"));
    if profile.ends_with("release") {
        command.arg("--release");
    }
    command.status().expect("cargo starts").success()
}
