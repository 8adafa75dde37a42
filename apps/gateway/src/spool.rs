//! What the node can't take yet: at most a day of sightings in one small sealed file.
//!
//! A sighting in the spool is durable: the file is written whole under another name, synced and renamed, so that a power
//! cut leaves the file before or the file after. Only then may the broker forget the message. What waits tells when doors
//! opened, so the file is sealed; with which key, [`Seal`] knows. An empty spool has no file. Read [`Spool::push`] first.

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

/// Seals what lies on the disk, so that only this gateway reads it.
pub trait Seal: Send {
    /// Seals bytes.
    fn seal(&self, bytes: &[u8]) -> Vec<u8>;

    /// What was sealed; nothing when the bytes are others, or another gateway's.
    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>>;
}

/// Sightings that wait, oldest first.
pub struct Spool {
    path: PathBuf,
    seal: Box<dyn Seal>,
    waiting: VecDeque<Spoken>,
}

impl std::fmt::Debug for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Spool({} waiting)", self.waiting.len())
    }
}

impl Spool {
    /// Opens a home's spool; there need not be one yet.
    ///
    /// # Errors
    /// [`SpoolError`]; a file that does not read is left as it is.
    pub fn open(home: &Path, seal: Box<dyn Seal>) -> Result<Self, SpoolError> {
        let path = home.join("gateway-spool.sealed");
        let disk = |source| SpoolError::Disk { path: path.clone(), source };
        let mut sealed = Vec::new();
        match fs::File::open(&path) {
            Ok(file) => drop(file.take(limits::SPOOL_BYTES).read_to_end(&mut sealed).map_err(disk)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self { path, seal, waiting: VecDeque::new() });
            }
            Err(error) => return Err(disk(error)),
        }
        let text = seal.open(&sealed).and_then(|bytes| String::from_utf8(bytes).ok());
        let waiting =
            text.and_then(|text| text.lines().map(|line| serde_json::from_str(line).ok()).collect());
        match waiting.filter(|waiting: &VecDeque<Spoken>| waiting.len() <= limits::SPOOL_LINES) {
            Some(waiting) => Ok(Self { path, seal, waiting }),
            None => Err(SpoolError::Damaged(path)),
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
        let disk = |source| SpoolError::Disk { path: self.path.clone(), source };
        if self.waiting.is_empty() {
            return fs::remove_file(&self.path).and_then(|()| sync_folder(&self.path)).map_err(disk);
        }
        let mut bytes = Vec::new();
        for spoken in &self.waiting {
            serde_json::to_writer(&mut bytes, spoken).expect("a vector takes every byte");
            bytes.push(b'\n');
        }
        write_private(&self.path, &self.seal.seal(&bytes)).map_err(disk)
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
    sync_folder(path)
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests;
