//! The `linli` program under test: the one `LINLI_PROGRAM` names, else the one beside this test, built anew when a source is
//! newer.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// The program's path.
pub(crate) fn path() -> &'static Path {
    static PATH: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match PATH.get_or_init(find) {
        Ok(path) => path,
        Err(why) => panic!("{why}"),
    }
}

fn find() -> Result<PathBuf, String> {
    if let Some(named) = std::env::var_os("LINLI_PROGRAM") {
        return std::path::absolute(named).map_err(|error| error.to_string());
    }
    let profile = profile_folder();
    let program = profile.join(format!("linli{}", std::env::consts::EXE_SUFFIX));
    if is_stale(&program) && !build(&profile) {
        return Err("cargo build --package linli-cli failed".to_owned());
    }
    if program.is_file() { Ok(program) } else { Err(format!("{} was not built", program.display())) }
}

/// `target/debug` or `target/release`, where this test's own program lies one folder deeper.
fn profile_folder() -> PathBuf {
    let own = std::env::current_exe().expect("this test has a path");
    own.ancestors().nth(2).expect("a test lies in the profile's deps folder").to_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn is_stale(program: &Path) -> bool {
    let Ok(built) = program.metadata().and_then(|about| about.modified()) else { return true };
    ["Cargo.lock", "apps/cli", "crates"].iter().any(|part| newest(&root().join(part)) > built)
}

fn newest(path: &Path) -> SystemTime {
    let own = path.metadata().and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let Ok(entries) = std::fs::read_dir(path) else { return own };
    let below = entries.flatten().map(|entry| entry.path());
    let below = below.filter(|path| path.file_name().is_some_and(|name| name != "target" && name != "tests"));
    // A folder's own time changes with editors' temporary files; only files count.
    below.map(|path| newest(&path)).max().unwrap_or(SystemTime::UNIX_EPOCH)
}

fn build(profile: &Path) -> bool {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root()).args(["build", "--quiet", "--offline", "--package", "linli-cli"]);
    if profile.ends_with("release") {
        command.arg("--release");
    }
    command.status().expect("cargo starts").success()
}
