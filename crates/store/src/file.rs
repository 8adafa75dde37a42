//! The file itself: made whole before it gets its name, opened by one process only, never opened as empty.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use linli_record::{CommunityId, StoreId};
use redb::{Builder, Database, DatabaseError, ReadTransaction, ReadableDatabase, StorageError};

use crate::contain::contain;
use crate::errors::OpenError;
use crate::tables::{self, SCHEMA, meta};

/// The file's name inside the store's directory.
pub(crate) const FILE: &str = "store.redb";
const UNFINISHED: &str = "store.redb.new";

/// Makes a new file: built under another name, synced, then renamed, so that a power cut leaves either none or a whole
/// one.
pub(crate) fn create(
    home: &Path,
    community: CommunityId,
    store: StoreId,
    cache_bytes: usize,
) -> Result<(), OpenError> {
    let io = |attempted: &str| {
        let attempted = format!("{attempted} {}", home.display());
        move |source| OpenError::Io { attempted, source }
    };
    fs::create_dir_all(home).map_err(io("creating the directory"))?;
    let path = home.join(FILE);
    if path.try_exists().map_err(io("looking for a store in"))? {
        return Err(OpenError::Exists(home.to_owned()));
    }
    let unfinished = home.join(UNFINISHED);
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(io("clearing an unfinished store in")(error));
        }
        _ => {}
    }
    let made = Builder::new().set_cache_size(cache_bytes).create(&unfinished);
    let db = made.map_err(|error| explain(error, home))?;
    found(&db, community, store).map_err(|error| explain(error, home))?;
    drop(db);
    File::open(&unfinished).and_then(|file| file.sync_all()).map_err(io("syncing the new store in"))?;
    fs::rename(&unfinished, &path).map_err(io("naming the new store in"))?;
    sync_dir(home).map_err(io("syncing the directory"))
}

/// Makes every table, so that no reader ever misses one, and writes whose store this is.
pub(crate) fn found(db: &Database, community: CommunityId, store: StoreId) -> Result<(), DatabaseError> {
    let write = || -> Result<(), redb::Error> {
        let mut tx = db.begin_write()?;
        tx.set_two_phase_commit(true);
        make_tables(&tx)?;
        {
            let mut table = tx.open_table(tables::META)?;
            table.insert(meta::SCHEMA, &SCHEMA.to_be_bytes()[..])?;
            table.insert(meta::COMMUNITY, &community.as_bytes()[..])?;
            table.insert(meta::STORE, &store.as_bytes()[..])?;
        }
        Ok(tx.commit()?)
    };
    write().map_err(|error| match error {
        redb::Error::Io(error) => DatabaseError::Storage(StorageError::Io(error)),
        other => DatabaseError::Storage(StorageError::Corrupted(other.to_string())),
    })
}

fn make_tables(tx: &redb::WriteTransaction) -> Result<(), redb::TableError> {
    tx.open_table(tables::ARRIVALS)?;
    tx.open_table(tables::LOGS)?;
    tx.open_table(tables::EXTENTS)?;
    tx.open_table(tables::FRESH_IDS)?;
    tx.open_table(tables::FRESH_OBJECTS)?;
    tx.open_table(tables::FENCES)?;
    tx.open_table(tables::RUNS)?;
    tx.open_table(tables::BEGINNINGS)?;
    tx.open_table(tables::FORKS)?;
    tx.open_table(tables::BLOCKS)?;
    tx.open_table(tables::RIVALS)?;
    tx.open_table(tables::REGISTER)?;
    tx.open_table(tables::VERDICTS)?;
    tx.open_table(tables::PEERS)?;
    tx.open_table(tables::CURSORS)?;
    tx.open_table(tables::NAMED)?;
    tx.open_table(tables::CACHES)?;
    tx.open_table(tables::BLOBS)?;
    tx.open_table(tables::QUARANTINE)?;
    Ok(())
}

/// Opens an existing file.
pub(crate) fn open(home: &Path, cache_bytes: usize) -> Result<OpenDb, OpenError> {
    let path = home.join(FILE);
    match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(OpenError::NotFound(home.to_owned()));
        }
        Err(source) => {
            return Err(OpenError::Io { attempted: format!("opening {}", path.display()), source });
        }
        Ok(found) if found.len() == 0 => return Err(damaged(home, "the file is empty")),
        Ok(_) => {}
    }
    guarded(home, || {
        let opened = Builder::new().set_cache_size(cache_bytes).open(&path);
        opened.map(OpenDb::from).map_err(|error| explain(error, home))
    })
}

/// A damaged file may make redb panic: that is damage too, not a crash of the program.
pub(crate) fn guarded<T>(home: &Path, open: impl FnOnce() -> Result<T, OpenError>) -> Result<T, OpenError> {
    contain(open).unwrap_or_else(|_| Err(damaged(home, "its pages contradict one another")))
}

/// An open file. redb may panic on a damaged one when it is closed, too: that says nothing to anybody.
pub(crate) struct OpenDb(Option<Database>);

impl From<Database> for OpenDb {
    fn from(db: Database) -> Self {
        Self(Some(db))
    }
}

impl std::ops::Deref for OpenDb {
    type Target = Database;

    fn deref(&self) -> &Database {
        self.0.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for OpenDb {
    fn drop(&mut self) {
        if let Err(panicked) = contain(|| drop(self.0.take())) {
            tracing::warn!(%panicked, "a damaged store was not closed in order");
        }
    }
}

pub(crate) fn damaged(home: &Path, what: impl Into<String>) -> OpenError {
    OpenError::Damaged { path: home.to_owned(), what: what.into() }
}

pub(crate) fn explain(error: DatabaseError, home: &Path) -> OpenError {
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            OpenError::Locked(home.to_owned())
        }
        DatabaseError::Storage(StorageError::Io(error))
            if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
        {
            damaged(home, error.to_string())
        }
        DatabaseError::Storage(StorageError::Io(source)) => {
            OpenError::Io { attempted: format!("opening the store at {}", home.display()), source }
        }
        other => damaged(home, other.to_string()),
    }
}

/// What the meta table says, after checking that this program may read the rest.
pub(crate) fn identity(db: &Database, home: &Path) -> Result<(CommunityId, StoreId), OpenError> {
    let tx = db.begin_read().map_err(|error| damaged(home, error.to_string()))?;
    identity_of(&tx, home)
}

/// [`identity`], of a file that may not be open as a whole.
pub(crate) fn identity_of(tx: &ReadTransaction, home: &Path) -> Result<(CommunityId, StoreId), OpenError> {
    let read = || -> Result<[Option<Vec<u8>>; 3], redb::Error> {
        let table = tx.open_table(tables::META)?;
        let value = |name| -> Result<Option<Vec<u8>>, redb::Error> {
            Ok(table.get(name)?.map(|value| value.value().to_vec()))
        };
        Ok([value(meta::SCHEMA)?, value(meta::COMMUNITY)?, value(meta::STORE)?])
    };
    let [schema, community, store] = read().map_err(|error| damaged(home, error.to_string()))?;
    let schema = schema.and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    match schema {
        Some(SCHEMA) => {}
        Some(found) if found > SCHEMA => return Err(OpenError::NewerSchema { found, known: SCHEMA }),
        _ => return Err(damaged(home, "it does not say which schema it has")),
    }
    let community = community.and_then(|bytes| CommunityId::from_slice(&bytes));
    let store = store.and_then(|bytes| StoreId::from_slice(&bytes));
    community.zip(store).ok_or_else(|| damaged(home, "it does not say whose it is"))
}

/// Makes names in a directory durable. Elsewhere than on Unix, directories can't be opened and renames are durable with
/// the file system's journal.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}
