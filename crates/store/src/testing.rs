//! A disk that tears writes, loses what was not synced, fills up and fails; nothing here is in a real build.
//!
//! [`SimDisk`] keeps what was written (live) apart from what a power cut leaves (durable), and the writes between them.
//! After a power cut any subset of these may have reached the disk, in any order, each torn at any sector.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linli_record::{CommunityId, StoreId};
use redb::{Builder, Key, ReadableTable, StorageBackend, TableDefinition, Value, WriteTransaction};

use crate::errors::OpenError;
use crate::open::{Settings, Store};
use crate::{file, tables};

/// What a disk writes in one piece, in bytes.
const SECTOR: usize = 512;

/// What goes wrong, and when. Counters begin at 1 with [`SimDisk::plan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Plan {
    /// Nothing.
    #[default]
    Healthy,
    /// The power fails at this sync: nothing after the sync before is sure to be there, and nothing works any more.
    PowerCut {
        /// Which sync.
        sync: u64,
    },
    /// This write or change of length, and every later one, finds the disk full.
    Full {
        /// Which write.
        write: u64,
    },
    /// This write, change of length or sync fails once.
    Fails {
        /// Which operation.
        operation: u64,
    },
}

#[derive(Debug, Clone)]
enum Unsynced {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Debug, Default)]
struct Disk {
    live: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Unsynced>,
    plan: Plan,
    writes: u64,
    syncs: u64,
    dead: bool,
}

/// A simulated disk. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct SimDisk(Arc<Mutex<Disk>>);

impl SimDisk {
    /// An empty, healthy disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What goes wrong from here on.
    pub fn plan(&self, plan: Plan) {
        let mut disk = self.disk();
        (disk.plan, disk.writes, disk.syncs) = (plan, 0, 0);
    }

    /// Writes and syncs since the last plan.
    #[must_use]
    pub fn counted(&self) -> (u64, u64) {
        let disk = self.disk();
        (disk.writes, disk.syncs)
    }

    /// The disk after the power came back: what was durable, and of the rest whatever `seed` says.
    #[must_use]
    pub fn after_power_cut(&self, seed: u64) -> Self {
        let disk = self.disk();
        let mut chance = Chance(seed);
        let mut durable = disk.durable.clone();
        for change in &disk.unsynced {
            match change {
                Unsynced::Length(length) if chance.below(2) == 0 => durable.resize(*length, 0),
                Unsynced::Write { offset, bytes } => tear(&mut durable, *offset, bytes, &mut chance),
                Unsynced::Length(_) => {}
            }
        }
        Self(Arc::new(Mutex::new(Disk { live: durable.clone(), durable, ..Disk::default() })))
    }

    /// The disk with one byte changed behind everyone's back; `None` past the end.
    #[must_use]
    pub fn with_flip(&self, offset: usize, mask: u8) -> Option<Self> {
        let mut live = self.disk().live.clone();
        *live.get_mut(offset)? ^= mask;
        Some(Self(Arc::new(Mutex::new(Disk { durable: live.clone(), live, ..Disk::default() }))))
    }

    /// The disk as it stands, apart from this one: what a backup or a copied home takes along.
    #[must_use]
    pub fn copied(&self) -> Self {
        let live = self.disk().live.clone();
        Self(Arc::new(Mutex::new(Disk { durable: live.clone(), live, ..Disk::default() })))
    }

    /// Whether the power failed.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.disk().dead
    }

    /// Bytes of the file.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.disk().live.len()
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All of a write, none of it, or some of its sectors.
fn tear(durable: &mut Vec<u8>, offset: usize, bytes: &[u8], chance: &mut Chance) {
    let whole = chance.below(3);
    for (index, sector) in bytes.chunks(SECTOR).enumerate() {
        if whole == 0 || (whole == 1 && chance.below(2) == 0) {
            continue;
        }
        let start = offset + index * SECTOR;
        if durable.len() < start + sector.len() {
            durable.resize(start + sector.len(), 0);
        }
        durable[start..start + sector.len()].copy_from_slice(sector);
    }
}

impl Disk {
    fn write(&mut self, change: Unsynced) -> io::Result<()> {
        self.alive()?;
        self.writes += 1;
        match self.plan {
            Plan::Full { write } if self.writes >= write => return Err(io::ErrorKind::StorageFull.into()),
            Plan::Fails { operation } if self.writes + self.syncs == operation => {
                return Err(io::Error::other("a bad sector"));
            }
            _ => {}
        }
        match &change {
            Unsynced::Length(length) => self.live.resize(*length, 0),
            Unsynced::Write { offset, bytes } => {
                let end = offset + bytes.len();
                if self.live.len() < end {
                    self.live.resize(end, 0);
                }
                self.live[*offset..end].copy_from_slice(bytes);
            }
        }
        self.unsynced.push(change);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.alive()?;
        self.syncs += 1;
        match self.plan {
            Plan::PowerCut { sync } if self.syncs == sync => {
                self.dead = true;
                return self.alive();
            }
            Plan::Fails { operation } if self.writes + self.syncs == operation => {
                return Err(io::Error::other("a failed sync"));
            }
            _ => {}
        }
        for change in std::mem::take(&mut self.unsynced) {
            match change {
                Unsynced::Length(length) => self.durable.resize(length, 0),
                Unsynced::Write { offset, bytes } => {
                    let end = offset + bytes.len();
                    if self.durable.len() < end {
                        self.durable.resize(end, 0);
                    }
                    self.durable[offset..end].copy_from_slice(&bytes);
                }
            }
        }
        Ok(())
    }

    fn alive(&self) -> io::Result<()> {
        if self.dead { Err(io::Error::other("the power is gone")) } else { Ok(()) }
    }
}

impl StorageBackend for SimDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk().live.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let disk = self.disk();
        disk.alive()?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let found = offset.checked_add(out.len()).and_then(|end| disk.live.get(offset..end));
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let length = usize::try_from(len).map_err(io::Error::other)?;
        self.disk().write(Unsynced::Length(length))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk().sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        self.disk().write(Unsynced::Write { offset, bytes: data.to_vec() })
    }
}

/// Numbers that depend on a seed alone (SplitMix64; Steele, Lea, Flood 2014).
#[derive(Debug, Clone)]
pub struct Chance(pub u64);

impl Chance {
    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`.
    pub const fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

impl Store {
    /// Makes a store on a simulated disk, without a directory for attachments.
    ///
    /// # Errors
    /// [`OpenError`] as for [`Store::create`].
    pub fn create_on(disk: &SimDisk, community: CommunityId, store: StoreId) -> Result<Self, OpenError> {
        let made = builder().create_with_backend(disk.clone());
        let db = made.map_err(|error| file::explain(error, "simulated".as_ref()))?;
        file::found(&db, community, store).map_err(|error| file::explain(error, "simulated".as_ref()))?;
        Ok(Self { simulated: Some(disk.clone()), ..Self::load(db.into(), None)? })
    }

    /// The same store with a real directory for attachments.
    #[must_use]
    pub fn with_folder(mut self, folder: std::path::PathBuf) -> Self {
        self.home = Some(folder);
        self
    }

    /// Opens the store on a simulated disk.
    ///
    /// # Errors
    /// [`OpenError`] as for [`Store::open`].
    pub fn open_on(disk: &SimDisk) -> Result<Self, OpenError> {
        if disk.bytes() == 0 {
            return Err(OpenError::NotFound("simulated".into()));
        }
        file::guarded("simulated".as_ref(), || {
            let opened = builder().create_with_backend(disk.clone());
            let db = opened.map_err(|error| file::explain(error, "simulated".as_ref()))?;
            Ok(Self { simulated: Some(disk.clone()), ..Self::load(db.into(), None)? })
        })
    }
}

/// What is done to a closed store behind its back.
#[derive(Debug, Clone, Copy)]
pub enum Harm {
    /// Flips bits of one byte of a row: arrival, byte (modulo the row's length), mask.
    Row(u64, usize, u8),
    /// Flips bits of one byte of the first value of a table.
    Value(&'static str, usize, u8),
    /// Removes the first entry of a table.
    Remove(&'static str),
}

/// Does harm to the closed store in `home`.
///
/// # Errors
/// [`OpenError`] when it does not open.
pub fn harm(home: &std::path::Path, harms: &[Harm]) -> Result<(), OpenError> {
    let db = file::open(home, Settings::default().cache_bytes)?;
    let tx = db.begin_write().map_err(|error| file::damaged(home, error.to_string()))?;
    for harm in harms {
        let done = match *harm {
            Harm::Row(arrival, at, mask) => flip_row(&tx, arrival, at, mask),
            Harm::Value(table, at, mask) => flip_first(&tx, table, at, mask),
            Harm::Remove("extents") => remove_first(&tx, tables::EXTENTS),
            Harm::Remove("beginnings") => remove_first(&tx, tables::BEGINNINGS),
            Harm::Remove("fresh ids") => remove_first(&tx, tables::FRESH_IDS),
            Harm::Remove("fresh objects") => remove_first(&tx, tables::FRESH_OBJECTS),
            Harm::Remove("arrivals") => remove_first(&tx, tables::ARRIVALS),
            Harm::Remove(table) => unreachable!("no test removes from {table}"),
        };
        done.map_err(|error| file::damaged(home, error.to_string()))?;
    }
    tx.commit().map_err(|error| file::damaged(home, error.to_string()))
}

fn flip_first(tx: &WriteTransaction, table: &str, at: usize, mask: u8) -> Result<(), redb::Error> {
    match table {
        "logs" => flip(tx, tables::LOGS, at, mask),
        "fences" => flip(tx, tables::FENCES, at, mask),
        "runs" => flip(tx, tables::RUNS, at, mask),
        "forks" => flip(tx, tables::FORKS, at, mask),
        "blocks" => flip(tx, tables::BLOCKS, at, mask),
        "register" => flip(tx, tables::REGISTER, at, mask),
        "verdicts" => flip(tx, tables::VERDICTS, at, mask),
        "peers" => flip(tx, tables::PEERS, at, mask),
        "cursors" => flip(tx, tables::CURSORS, at, mask),
        "named" => flip(tx, tables::NAMED, at, mask),
        "caches" => flip(tx, tables::CACHES, at, mask),
        "blobs" => flip(tx, tables::BLOBS, at, mask),
        other => unreachable!("no test flips {other}"),
    }
}

fn flip_row(tx: &WriteTransaction, arrival: u64, at: usize, mask: u8) -> Result<(), redb::Error> {
    let mut table = tx.open_table(tables::ARRIVALS)?;
    let Some(mut bytes) = table.get(arrival)?.map(|row| row.value().to_vec()) else { return Ok(()) };
    let at = at % bytes.len();
    bytes[at] ^= mask;
    table.insert(arrival, bytes.as_slice())?;
    Ok(())
}

fn flip<K: Key + 'static>(
    tx: &WriteTransaction,
    table: TableDefinition<'_, K, &'static [u8]>,
    at: usize,
    mask: u8,
) -> Result<(), redb::Error> {
    let mut table = tx.open_table(table)?;
    let Some((key, mut bytes)) = table.first()?.map(|(key, value)| {
        let key = K::as_bytes(&key.value()).as_ref().to_vec();
        (key, value.value().to_vec())
    }) else {
        return Ok(());
    };
    let at = at % bytes.len();
    bytes[at] ^= mask;
    table.insert(K::from_bytes(&key), bytes.as_slice())?;
    Ok(())
}

fn remove_first<K: Key + 'static, V: Value + 'static>(
    tx: &WriteTransaction,
    table: TableDefinition<'_, K, V>,
) -> Result<(), redb::Error> {
    tx.open_table(table)?.pop_first()?;
    Ok(())
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(4 << 20);
    builder
}
