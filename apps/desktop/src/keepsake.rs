//! What the window remembers between two starts, drafts above all: one small file in the home, `desktop/window.json`.
//!
//! No truth lives here: whoever deletes the file loses half-written words and nothing else. Read [`Keepsake`] first.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use linli_record::RecordId;
use serde::{Deserialize, Serialize};

use crate::command::Field;
use crate::theme::Look;
use crate::words::Language;

/// What is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Keepsake {
    /// The language chosen; the command line's when `None`.
    pub language: Option<Language>,
    /// Colours.
    pub look: Look,
    /// Scale, percent.
    pub percent: u16,
    /// Four big tiles.
    pub simple: bool,
    /// What was typed and not used yet.
    pub drafts: Vec<(Field, String)>,
    /// The version of a story that each of its drafts began from.
    pub bases: Vec<(RecordId, String)>,
    /// The newest message seen in each thread.
    pub seen: Vec<(RecordId, RecordId)>,
    /// Whose invite this home knocked with.
    pub joining: Option<JoiningNote>,
}

impl Default for Keepsake {
    fn default() -> Self {
        Self {
            language: None,
            look: Look::default(),
            percent: 100,
            simple: false,
            drafts: Vec::new(),
            bases: Vec::new(),
            seen: Vec::new(),
            joining: None,
        }
    }
}

/// Whose invite a home knocked with, for the page that waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoiningNote {
    /// What the community is called.
    pub community: String,
    /// Who invites.
    pub from: String,
}

/// The window's folder in a home.
#[must_use]
pub fn folder(home: &Path) -> PathBuf {
    home.join("desktop")
}

fn file(home: &Path) -> PathBuf {
    folder(home).join("window.json")
}

impl Keepsake {
    /// Reads it; a file that does not read is set aside, so that nothing is written over it.
    #[must_use]
    pub fn read(home: &Path) -> Self {
        let path = file(home);
        let Ok(bytes) = std::fs::read(&path) else { return Self::default() };
        serde_json::from_slice(&bytes).unwrap_or_else(|_| {
            let _ = std::fs::rename(&path, path.with_extension("unreadable"));
            Self::default()
        })
    }

    /// Writes it: to a temporary name, synced, then renamed, so that a crash leaves the old or the new and never half.
    ///
    /// # Errors
    /// The disk's refusal.
    pub fn write(&self, home: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder(home))?;
        let path = file(home);
        let temporary = path.with_extension("new");
        let mut options = std::fs::OpenOptions::new();
        options.create(true).write(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        std::fs::rename(&temporary, &path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_written_words_are_there_after_a_restart() {
        let home = tempfile::tempdir().unwrap();
        let id = RecordId::from([7; 32]);
        let drafts = vec![(Field::Message(Some(id)), "half a senten".to_owned())];
        let keepsake = Keepsake { drafts, seen: vec![(id, id)], percent: 150, ..Keepsake::default() };
        keepsake.write(home.path()).unwrap();
        assert_eq!(Keepsake::read(home.path()), keepsake);
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_not_written_over() {
        let home = tempfile::tempdir().unwrap();
        Keepsake::default().write(home.path()).unwrap();
        std::fs::write(file(home.path()), b"{ half").unwrap();
        assert_eq!(Keepsake::read(home.path()), Keepsake::default());
        assert_eq!(std::fs::read(file(home.path()).with_extension("unreadable")).unwrap(), b"{ half");
    }
}
