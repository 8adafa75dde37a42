//! Commands to paste: this program as the person's shell finds it, and paths a shell reads as one word.

use std::path::{Path, PathBuf};

/// `linli` if that is this program, else its path, from here when it lies below.
pub(super) fn program() -> String {
    let Ok(own) = std::env::current_exe() else { return "linli".to_owned() };
    if on_path().is_some_and(|found| is_same(&found, &own)) {
        return "linli".to_owned();
    }
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| own.strip_prefix(here).map(Path::to_owned).ok());
    quoted(&below.unwrap_or(own).display().to_string())
}

fn on_path() -> Option<PathBuf> {
    let name = format!("linli{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|file| file.is_file())
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// A path as one word of a shell.
pub(super) fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/\\:._-+@".contains(c);
    if path.chars().all(is_plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_a_space_is_one_word_and_a_plain_one_stays() {
        assert_eq!(quoted("/tmp/linli-demo-1/1-302"), "/tmp/linli-demo-1/1-302");
        assert_eq!(quoted("/home/lin/our demo"), "'/home/lin/our demo'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}
