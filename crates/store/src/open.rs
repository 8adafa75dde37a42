//! Opening and closing a store, and what is held in memory while it is open.

use std::io;
use std::path::{Path, PathBuf};

use linli_record::{CommunityId, StoreId, Tip};
use redb::{ReadableTable, ReadableTableMetadata};

use crate::blocks::Head;
use crate::errors::{OpenError, ReadError, WriteError};
use crate::tables::{self, meta};
use crate::tips::{Held, Peers, Tips};
use crate::view::View;
use crate::{blobs, checksum, file};

/// How a store is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// Memory for pages, in bytes.
    pub cache_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { cache_bytes: 64 << 20 }
    }
}

impl Settings {
    /// The default settings with another page cache.
    #[must_use]
    pub const fn with_cache(cache_bytes: usize) -> Self {
        Self { cache_bytes }
    }
}

/// An open store. One process at a time; one writer; reading needs no lock.
pub struct Store {
    /// None after a reopening that failed: nothing is read or written until the next one.
    pub(crate) file: Option<OpenFile>,
    /// The directory; none on a simulated disk.
    pub(crate) home: Option<PathBuf>,
    pub(crate) community: CommunityId,
    pub(crate) store_id: StoreId,
    pub(crate) tips: Tips,
    pub(crate) peers: Peers,
    pub(crate) arrivals: u64,
    pub(crate) head: Option<Head>,
    /// A write failed on the disk: redb takes no more until it is opened again.
    pub(crate) stopped: bool,
    #[cfg(feature = "testing")]
    pub(crate) simulated: Option<crate::testing::SimDisk>,
}

/// The open file and what was last committed to it.
pub(crate) struct OpenFile {
    /// Before the database: it must be let go first.
    pub(crate) view: View,
    pub(crate) db: file::OpenDb,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({} arrivals of {} logs, {:?})", self.arrivals, self.tips.len(), self.community)
    }
}

impl Store {
    /// Makes a new store in the directory `home`, which may exist, and opens it. `store` is fresh random bytes.
    ///
    /// # Errors
    /// [`OpenError::Exists`] when there is one; [`OpenError::Io`].
    pub fn create(
        home: &Path,
        community: CommunityId,
        store: StoreId,
        settings: &Settings,
    ) -> Result<Self, OpenError> {
        file::create(home, community, store, settings.cache_bytes)?;
        Self::open(home, settings)
    }

    /// Opens the store in the directory `home`. Takes a time that depends on the number of logs, not of records.
    ///
    /// # Errors
    /// [`OpenError`]; a missing store is not made, a damaged one is left as it is.
    pub fn open(home: &Path, settings: &Settings) -> Result<Self, OpenError> {
        let db = file::open(home, settings.cache_bytes)?;
        let store = file::guarded(home, || Self::load(db, Some(home.to_owned())))?;
        blobs::clear_unfinished(home)
            .map_err(|source| OpenError::Io { attempted: format!("clearing {}", home.display()), source })?;
        Ok(store)
    }

    pub(crate) fn load(db: file::OpenDb, home: Option<PathBuf>) -> Result<Self, OpenError> {
        let name = home.clone().unwrap_or_default();
        let (community, store_id) = file::identity(&db, &name)?;
        let explain = |error| match error {
            ReadError::Damaged { what } => file::damaged(&name, what),
            ReadError::Io(source) => OpenError::Io { attempted: "reading the store".to_owned(), source },
        };
        let view = View::open(&db, &Default::default()).map_err(explain)?;
        let tips = read_tips(&view).map_err(explain)?;
        let peers = read_peers(&view).map_err(explain)?;
        let arrivals = last_arrival(&view).map_err(explain)?;
        let head = Head::read(&view).map_err(explain)?;
        let file = Some(OpenFile { view, db });
        Ok(Self {
            file,
            home,
            community,
            store_id,
            tips,
            peers,
            arrivals,
            head,
            stopped: false,
            #[cfg(feature = "testing")]
            simulated: None,
        })
    }

    /// Opens the file again after a write failed on the disk: what it holds then is what counts. A batch that was not
    /// acknowledged is there whole or not at all.
    ///
    /// # Errors
    /// [`OpenError`] when the disk still refuses, or the file is damaged now: nothing is read or written then, until a
    /// reopening succeeds.
    pub fn reopen(&mut self, settings: &Settings) -> Result<(), OpenError> {
        #[cfg(feature = "testing")]
        if let Some(disk) = self.simulated.clone() {
            self.close();
            *self = Self { home: self.home.clone(), ..Self::open_on(&disk)? };
            return Ok(());
        }
        let home = self.home.clone().ok_or_else(|| OpenError::NotFound(PathBuf::new()))?;
        self.close();
        *self = Self::open(&home, settings)?;
        Ok(())
    }

    /// Whether a write failed on the disk, so that the store must be reopened before the next one.
    #[must_use]
    pub const fn must_reopen(&self) -> bool {
        self.stopped
    }

    /// Lets the file go, so that it can be opened anew.
    pub(crate) fn close(&mut self) {
        (self.file, self.stopped) = (None, true);
    }

    pub(crate) fn view(&self) -> Result<&View, ReadError> {
        let closed = || ReadError::Io(io::Error::other("the store could not be opened again"));
        self.file.as_ref().map(|file| &file.view).ok_or_else(closed)
    }

    /// The state that was just committed becomes what is read. It is durable: when it can't be read, the store says that it
    /// must be opened again, and nobody is told that it was not written.
    pub(crate) fn show_committed(&mut self) {
        if let Err(error) = self.look_anew() {
            tracing::error!(%error, "what was just written can't be read");
            self.stopped = true;
        }
    }

    fn look_anew(&mut self) -> Result<(), ReadError> {
        if let Some(OpenFile { view, db }) = &mut self.file {
            *view = View::open(db, &view.lists)?;
        }
        Ok(())
    }

    /// Whose store this is.
    #[must_use]
    pub const fn community(&self) -> CommunityId {
        self.community
    }

    /// Which life of the store this is: new after a restore or repair, so that neighbours' cursors end with the old one.
    #[must_use]
    pub const fn store_id(&self) -> StoreId {
        self.store_id
    }

    /// The highest arrival number; 0 in an empty store.
    #[must_use]
    pub const fn arrivals(&self) -> u64 {
        self.arrivals
    }

    /// The directory, if the store is on a real disk.
    #[must_use]
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// How many records are held.
    ///
    /// # Errors
    /// [`ReadError`] when the file can't be read.
    pub fn records_held(&self) -> Result<u64, ReadError> {
        Ok(self.view()?.arrivals.len()?)
    }

    /// How far a log is held.
    #[must_use]
    pub fn tip(&self, log: &linli_record::LogId) -> Option<&Tip> {
        self.tips.by_id(log).map(|(_, held)| &held.tip)
    }

    /// How far every log is held, in order of log id.
    pub fn tips(&self) -> impl Iterator<Item = &Tip> {
        self.tips.iter().map(|(_, held)| &held.tip)
    }

    /// Gives the store a new id: after its file was restored from a copy.
    ///
    /// # Errors
    /// [`WriteError`]; the old id stays.
    pub fn restamp(&mut self, store: StoreId) -> Result<(), WriteError> {
        if self.stopped {
            return Err(WriteError::MustReopen);
        }
        let written = self.write_id(store);
        self.stopped |= written.as_ref().is_err_and(WriteError::must_reopen);
        written
    }

    fn write_id(&mut self, store: StoreId) -> Result<(), WriteError> {
        let tx = self.begin()?;
        tx.open_table(tables::META)?.insert(meta::STORE, &store.as_bytes()[..])?;
        tx.commit()?;
        self.store_id = store;
        self.show_committed();
        Ok(())
    }
}

fn read_tips(view: &View) -> Result<Tips, ReadError> {
    let mut tips = Tips::default();
    for entry in view.tx.open_table(tables::LOGS)?.iter()? {
        let (number, value) = entry?;
        let number = number.value();
        let held = Held::open(number, value.value()).filter(|_| number == tips.next());
        tips.set(number, held.ok_or_else(|| ReadError::damaged(format!("the tip of log number {number}")))?);
    }
    Ok(tips)
}

fn read_peers(view: &View) -> Result<Peers, ReadError> {
    let mut peers = Peers::default();
    for entry in view.tx.open_table(tables::PEERS)?.iter()? {
        let (number, value) = entry?;
        let number = number.value();
        let key =
            checksum::open(&number.to_be_bytes(), value.value()).and_then(linli_record::NodeKey::from_slice);
        let key = key.filter(|_| number as usize == peers.len() + 1);
        peers.push(key.ok_or_else(|| ReadError::damaged(format!("neighbour number {number}")))?);
    }
    Ok(peers)
}

fn last_arrival(view: &View) -> Result<u64, ReadError> {
    Ok(view.arrivals.last()?.map_or(0, |(number, _)| number.value()))
}
