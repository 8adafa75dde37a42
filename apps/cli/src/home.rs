//! Where a home lies when nobody says: the platform's folder for a program's own data.

use std::path::PathBuf;

/// `--home`, else the platform's data folder, else the folder the command was started in.
pub(crate) fn folder(given: Option<PathBuf>) -> PathBuf {
    given.or_else(platform).unwrap_or_else(|| PathBuf::from("linli-home"))
}

#[cfg(windows)]
fn platform() -> Option<PathBuf> {
    variable("APPDATA").map(|data| data.join("linli"))
}

#[cfg(target_os = "macos")]
fn platform() -> Option<PathBuf> {
    variable("HOME").map(|home| home.join("Library/Application Support/linli"))
}

#[cfg(not(any(windows, target_os = "macos")))]
fn platform() -> Option<PathBuf> {
    variable("XDG_DATA_HOME")
        .filter(|data| data.is_absolute())
        .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
        .map(|data| data.join("linli"))
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
