//! Attachments: files named by their hash, written beside, synced, then renamed; and the catalogue of them.
//!
//! The crash argument. A file gets its name only after its bytes are hashed and on disk, and the catalogue says "held"
//! only after the name is: a power cut between leaves a whole file that nobody lists, never a listed one that is not
//! whole. Forgetting goes the other way round.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use linli_record::{BlobHash, limits};
use redb::WriteTransaction;

use crate::checksum;
use crate::errors::{ReadError, WriteError};
use crate::file::sync_dir;
use crate::open::Store;
use crate::tables::BLOBS;

const DIR: &str = "blobs";
const UNFINISHED: &str = "unfinished";
const DAMAGED: &str = "damaged";
static NEXT: AtomicU64 = AtomicU64::new(0);

/// What the catalogue says of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobEntry {
    /// BLAKE3 of its bytes.
    pub hash: BlobHash,
    /// Bytes.
    pub size: u64,
    /// Whether its file is there, or only wanted.
    pub held: bool,
}

/// An attachment being received. Dropped before [`Incoming::finish`], it leaves nothing.
#[derive(Debug)]
pub struct Incoming {
    file: File,
    unfinished: PathBuf,
    named: PathBuf,
    hash: BlobHash,
    size: u64,
    hasher: blake3::Hasher,
    written: u64,
}

impl Write for Incoming {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.written.saturating_add(bytes.len() as u64) > self.size {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "attachment is longer than announced"));
        }
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Incoming {
    /// Checks the hash and gives the file its name, durably. Catalogue it next, with [`crate::Op::Blob`].
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] when the bytes are not the announced ones; what the disk says.
    pub fn finish(self) -> io::Result<BlobEntry> {
        if self.written != self.size || self.hasher.finalize().as_bytes() != self.hash.as_bytes() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "attachment is not the announced one"));
        }
        self.file.sync_all()?;
        let shelf = self.named.parent().expect("two directories above");
        fs::create_dir_all(shelf)?;
        sync_dir(shelf.parent().expect("the directory of all shelves"))?;
        fs::rename(&self.unfinished, &self.named)?;
        sync_dir(shelf)?;
        Ok(BlobEntry { hash: self.hash, size: self.size, held: true })
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // After a rename there is nothing under this name; otherwise the next opening clears it too.
        let _ = fs::remove_file(&self.unfinished);
    }
}

impl Store {
    /// Begins to receive an attachment. The receiver needs the store no more and may run on another thread.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] above 64 MiB or without a directory; what the disk says.
    pub fn receive_blob(&self, hash: BlobHash, size: u64) -> io::Result<Incoming> {
        let refused = |why| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        let Some(home) = self.home() else { return refused("this store has no directory") };
        if size > limits::BLOB_BYTES {
            return refused("attachment over 64 MiB");
        }
        let dir = home.join(DIR).join(UNFINISHED);
        fs::create_dir_all(&dir)?;
        let unfinished = dir.join(format!("{hash}.{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        let file = OpenOptions::new().write(true).create_new(true).open(&unfinished)?;
        let named = path(home, &hash);
        Ok(Incoming { file, unfinished, named, hash, size, hasher: blake3::Hasher::new(), written: 0 })
    }

    /// Where an attachment's file is, or would be.
    #[must_use]
    pub fn blob_path(&self, hash: &BlobHash) -> Option<PathBuf> {
        self.home().map(|home| path(home, hash))
    }

    /// Moves an attachment's file out of the way, into `blobs/damaged`; say first that it is not held, with
    /// [`crate::Op::Blob`]. A file that is not there is no fault.
    ///
    /// # Errors
    /// What the disk says.
    pub fn set_blob_aside(&self, hash: &BlobHash) -> io::Result<()> {
        let Some(home) = self.home() else { return Ok(()) };
        match set_aside(home, hash) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            moved => moved,
        }
    }

    /// A held attachment's bytes, with their hash checked; none when it is not held.
    ///
    /// # Errors
    /// [`ReadError::Damaged`] when the file is not what its name says.
    pub fn read_blob(&self, hash: &BlobHash) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(entry) = self.blob(hash)?.filter(|entry| entry.held) else { return Ok(None) };
        let path =
            self.blob_path(hash).ok_or_else(|| ReadError::damaged("attachment without a directory"))?;
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(ReadError::Io)?;
        file.take(entry.size + 1).read_to_end(&mut bytes).map_err(ReadError::Io)?;
        if blake3::hash(&bytes).as_bytes() == hash.as_bytes() {
            Ok(Some(bytes))
        } else {
            Err(ReadError::damaged(format!("attachment {hash:?}")))
        }
    }

    /// What the catalogue says of an attachment.
    ///
    /// # Errors
    /// [`ReadError`] when the entry is damaged.
    pub fn blob(&self, hash: &BlobHash) -> Result<Option<BlobEntry>, ReadError> {
        let table = self.view()?.tx.open_table(BLOBS)?;
        let value = table.get(hash.as_bytes())?;
        value.map(|value| read(hash.as_bytes(), value.value())).transpose()
    }

    /// The catalogue from `from` on, in order of hash, at most `limit`.
    ///
    /// # Errors
    /// [`ReadError`] when an entry is damaged.
    pub fn blobs(&self, from: &BlobHash, limit: usize) -> Result<Vec<BlobEntry>, ReadError> {
        let table = self.view()?.tx.open_table(BLOBS)?;
        let range = table.range::<&[u8; 32]>(from.as_bytes()..)?.take(limit);
        range
            .map(|entry| {
                entry.map_err(Into::into).and_then(|(hash, value)| read(hash.value(), value.value()))
            })
            .collect()
    }
}

/// One catalogue entry.
pub(crate) fn read(hash: &[u8; 32], sealed: &[u8]) -> Result<BlobEntry, ReadError> {
    let name = BlobHash::from(*hash);
    let open = checksum::open(hash, sealed).and_then(<[u8]>::split_first_chunk::<8>);
    match open {
        Some((size, &[held @ (0 | 1)])) => {
            Ok(BlobEntry { hash: name, size: u64::from_be_bytes(*size), held: held == 1 })
        }
        _ => Err(ReadError::damaged(format!("the catalogue's entry of attachment {name:?}"))),
    }
}

pub(crate) fn catalogue(
    tx: &WriteTransaction,
    home: Option<&Path>,
    hash: &BlobHash,
    size: u64,
    held: bool,
) -> Result<(), WriteError> {
    let there = |home| fs::metadata(path(home, hash)).is_ok_and(|found| found.len() == size);
    if held && !home.is_some_and(there) {
        return Err(WriteError::Blob(*hash));
    }
    put(tx, hash, size, held)
}

pub(crate) fn put(tx: &WriteTransaction, hash: &BlobHash, size: u64, held: bool) -> Result<(), WriteError> {
    let value = [&size.to_be_bytes()[..], &[u8::from(held)]].concat();
    tx.open_table(BLOBS)?.insert(hash.as_bytes(), checksum::seal(hash.as_bytes(), &value).as_slice())?;
    Ok(())
}

/// Removes a forgotten attachment's file; one that stays is found by a check.
pub(crate) fn remove(home: Option<&Path>, hash: &BlobHash) {
    let Some(home) = home else { return };
    match fs::remove_file(path(home, hash)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, attachment = %hash, "a forgotten attachment's file could not be removed");
        }
        _ => {}
    }
}

/// Removes what was being received when the program ended.
pub(crate) fn clear_unfinished(home: &Path) -> io::Result<()> {
    match fs::remove_dir_all(home.join(DIR).join(UNFINISHED)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

pub(crate) fn path(home: &Path, hash: &BlobHash) -> PathBuf {
    let name = hash.to_string();
    home.join(DIR).join(&name[..2]).join(name)
}

/// Moves a file that is not what its name says into `blobs/damaged`.
pub(crate) fn set_aside(home: &Path, hash: &BlobHash) -> io::Result<()> {
    let dir = home.join(DIR).join(DAMAGED);
    fs::create_dir_all(&dir)?;
    fs::rename(path(home, hash), dir.join(hash.to_string()))
}

/// Every attachment file on disk, in order of name; other files are passed by.
pub(crate) fn on_disk(home: &Path) -> io::Result<Vec<(BlobHash, PathBuf)>> {
    let mut found = Vec::new();
    let shelves = match fs::read_dir(home.join(DIR)) {
        Ok(shelves) => shelves,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(error),
    };
    for shelf in shelves {
        let shelf = shelf?;
        if !shelf.file_type()?.is_dir() || shelf.file_name() == UNFINISHED || shelf.file_name() == DAMAGED {
            continue;
        }
        for file in fs::read_dir(shelf.path())? {
            let file = file?;
            let hash = file.file_name().to_str().and_then(|name| name.parse::<BlobHash>().ok());
            found.extend(hash.map(|hash| (hash, file.path())));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Size and hash of a file, 64 KiB at a time.
pub(crate) fn hash_file(path: &Path) -> io::Result<(u64, BlobHash)> {
    let mut hasher = blake3::Hasher::new();
    let mut size = 0;
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((size, BlobHash::from(*hasher.finalize().as_bytes()))),
            n => {
                hasher.update(&buffer[..n]);
                size += n as u64;
            }
        }
    }
}
