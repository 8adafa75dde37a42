//! What the node can't take yet: at most a day of sightings in one small file.
//!
//! A sighting in the spool is durable: the file is written whole under another name, synced and renamed, so that a power
//! cut leaves the file before or the file after. Only then may the broker forget the message. Read [`Spool::push`] first.

use std::collections::VecDeque;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::limits;
use crate::pen::Spoken;

/// Why the spool did not take a sighting, or does not open.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// It holds as many as it may.
    #[error("the spool is full")]
    Full,
    /// Its file is not one this program wrote.
    #[error("the spool {0} is damaged")]
    Damaged(PathBuf),
    /// The disk said no.
    #[error("writing the spool {path}")]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Sightings that wait, oldest first.
#[derive(Debug)]
pub struct Spool {
    path: PathBuf,
    waiting: VecDeque<Spoken>,
}

impl Spool {
    /// Opens a home's spool; there need not be one yet.
    ///
    /// # Errors
    /// [`SpoolError`]; a file that does not read is left as it is.
    pub fn open(home: &Path) -> Result<Self, SpoolError> {
        let path = home.join("gateway-spool.jsonl");
        let disk = |source| SpoolError::Disk { path: path.clone(), source };
        let mut text = String::new();
        match fs::File::open(&path) {
            Ok(file) => match file.take(limits::SPOOL_BYTES).read_to_string(&mut text) {
                Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                    return Err(SpoolError::Damaged(path));
                }
                read => read.map(drop).map_err(disk)?,
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(disk(error)),
        }
        let waiting: Result<VecDeque<Spoken>, _> = text.lines().map(serde_json::from_str).collect();
        match waiting {
            Ok(waiting) if waiting.len() <= limits::SPOOL_LINES => Ok(Self { path, waiting }),
            _ => Err(SpoolError::Damaged(path)),
        }
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Those that wait, oldest first.
    pub fn waiting(&self) -> impl Iterator<Item = &Spoken> {
        self.waiting.iter()
    }

    /// Keeps a sighting; it is durable when this returns.
    ///
    /// # Errors
    /// [`SpoolError`]: then it is not kept.
    pub fn push(&mut self, spoken: Spoken) -> Result<(), SpoolError> {
        if self.waiting.len() >= limits::SPOOL_LINES {
            return Err(SpoolError::Full);
        }
        self.waiting.push_back(spoken);
        self.write().inspect_err(|_| {
            self.waiting.pop_back();
        })
    }

    /// Forgets the oldest `count`, which the node has taken.
    ///
    /// # Errors
    /// [`SpoolError::Disk`]: they are forgotten all the same, and may be offered to the node twice after a restart.
    pub fn forget(&mut self, count: usize) -> Result<(), SpoolError> {
        if count == 0 {
            return Ok(());
        }
        self.waiting.drain(..count.min(self.waiting.len()));
        self.write()
    }

    /// Drops what has waited longer than a day by `now_ms`, and returns how many that were.
    ///
    /// # Errors
    /// [`SpoolError::Disk`].
    pub fn expire(&mut self, now_ms: u64) -> Result<usize, SpoolError> {
        let fresh = |spoken: &&Spoken| now_ms.saturating_sub(spoken.at_ms) >= limits::SPOOL_MS;
        let old = self.waiting.iter().take_while(fresh).count();
        self.forget(old)?;
        Ok(old)
    }

    fn write(&self) -> Result<(), SpoolError> {
        let mut bytes = Vec::new();
        for spoken in &self.waiting {
            serde_json::to_writer(&mut bytes, spoken).expect("a vector takes every byte");
            bytes.push(b'\n');
        }
        write_private(&self.path, &bytes)
            .map_err(|source| SpoolError::Disk { path: self.path.clone(), source })
    }
}

/// Writes a file whole, for its owner only: under another name, synced, renamed, the folder synced.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests;
