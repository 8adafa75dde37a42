//! Why a store does not open, read or write. Each says what was attempted, on what, and what to do.

use std::io;
use std::path::PathBuf;

use linli_record::{BlobHash, LogId, RecordId};

/// Why a store does not open or is not created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Nothing is there; an empty store is only ever made by [`crate::Store::create`].
    #[error("there is no store at {}", .0.display())]
    NotFound(PathBuf),
    /// A store is there already; it is never overwritten.
    #[error("there is a store at {} already", .0.display())]
    Exists(PathBuf),
    /// Another process holds it.
    #[error("the store at {} is in use by another Linli: close that one, or talk to it", .0.display())]
    Locked(PathBuf),
    /// The file is not whole. It is left as it is.
    #[error("the store at {} is damaged ({what}): run `linli repair`", path.display())]
    Damaged {
        /// The store's directory.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// Nothing in the file can be read, and it does not say whose it is.
    #[error("nothing in the store at {} can be read, not even whose it is", .0.display())]
    Nameless(PathBuf),
    /// Written by a later version.
    #[error("the store has schema {found} and needs a newer Linli (this one knows {known})")]
    NewerSchema {
        /// The schema found.
        found: u32,
        /// The newest schema known.
        known: u32,
    },
    /// The disk or the system said no.
    #[error("{attempted}")]
    Io {
        /// What was attempted, and on what.
        attempted: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Why something stored can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The bytes are not what was written: run a check.
    #[error("{what} is damaged: run `linli check`")]
    Damaged {
        /// Which row, block or value.
        what: String,
    },
    /// The disk or the system said no.
    #[error("reading the store")]
    Io(#[source] io::Error),
}

impl ReadError {
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}

/// Why a batch was not written. Nothing of it is there, except after [`WriteError::Uncertain`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Records that do not follow what is held.
    #[error("records of log {log:?} do not fit what is held: {why}")]
    Misfit {
        /// The log.
        log: LogId,
        /// What does not fit.
        why: &'static str,
    },
    /// A block that does not follow what is held.
    #[error("block {height} does not fit what is held: {why}")]
    Block {
        /// The block's height.
        height: u64,
        /// What does not fit.
        why: &'static str,
    },
    /// An operation on a record that is not held.
    #[error("record {0:?} is not held")]
    Unknown(RecordId),
    /// A payload that is not the one the header was signed for.
    #[error("payload does not belong to record {0:?}")]
    Payload(RecordId),
    /// A blob is catalogued as held, but its file is not there.
    #[error("attachment {0:?} is not on disk")]
    Blob(BlobHash),
    /// The disk is full. Nothing was written; make room, then open the store again.
    #[error("the disk is full")]
    Full,
    /// The disk failed. The batch is there whole or not at all, nothing is acknowledged: open the store again and look.
    #[error("writing the store")]
    Uncertain(#[source] io::Error),
    /// An earlier write failed on the disk: open the store again first. Reading goes on.
    #[error("the store must be opened again after a failed write")]
    MustReopen,
    /// What must be read before writing is damaged.
    #[error(transparent)]
    Damaged(ReadError),
}

impl WriteError {
    /// Whether the store takes no more writes until it is opened again.
    #[must_use]
    pub const fn must_reopen(&self) -> bool {
        matches!(self, Self::Full | Self::Uncertain(_) | Self::MustReopen)
    }
}

fn io_of(error: redb::StorageError) -> ReadError {
    match error {
        redb::StorageError::Io(error) => ReadError::Io(error),
        redb::StorageError::PreviousIo => ReadError::Io(io::Error::other("an earlier write failed")),
        other => ReadError::damaged(format!("the file ({other})")),
    }
}

impl From<redb::StorageError> for ReadError {
    fn from(error: redb::StorageError) -> Self {
        io_of(error)
    }
}

impl From<redb::TableError> for ReadError {
    fn from(error: redb::TableError) -> Self {
        match error {
            redb::TableError::Storage(error) => io_of(error),
            other => Self::damaged(format!("the list of tables ({other})")),
        }
    }
}

impl From<redb::TransactionError> for ReadError {
    fn from(error: redb::TransactionError) -> Self {
        io_of(storage(error.into()))
    }
}

impl From<redb::CommitError> for ReadError {
    fn from(error: redb::CommitError) -> Self {
        io_of(storage(error.into()))
    }
}

fn storage(error: redb::Error) -> redb::StorageError {
    match error {
        redb::Error::Io(error) => redb::StorageError::Io(error),
        redb::Error::PreviousIo => redb::StorageError::PreviousIo,
        other => redb::StorageError::Corrupted(other.to_string()),
    }
}

impl From<ReadError> for WriteError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io(error) if is_full(&error) => Self::Full,
            ReadError::Io(error) => Self::Uncertain(error),
            damaged @ ReadError::Damaged { .. } => Self::Damaged(damaged),
        }
    }
}

/// An error met while writing: what the disk said, told apart from what was asked.
impl From<redb::StorageError> for WriteError {
    fn from(error: redb::StorageError) -> Self {
        match error {
            redb::StorageError::Io(error) if is_full(&error) => Self::Full,
            redb::StorageError::Io(error) => Self::Uncertain(error),
            redb::StorageError::PreviousIo | redb::StorageError::DatabaseClosed => Self::MustReopen,
            other => Self::Damaged(io_of(other)),
        }
    }
}

impl From<redb::TableError> for WriteError {
    fn from(error: redb::TableError) -> Self {
        match error {
            redb::TableError::Storage(error) => error.into(),
            other => Self::Damaged(other.into()),
        }
    }
}

impl From<redb::TransactionError> for WriteError {
    fn from(error: redb::TransactionError) -> Self {
        storage(error.into()).into()
    }
}

impl From<redb::CommitError> for WriteError {
    fn from(error: redb::CommitError) -> Self {
        storage(error.into()).into()
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
