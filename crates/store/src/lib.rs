//! Where records are kept and how they survive a power cut.
//!
//! A [`Store`] is a directory: `store.redb` with everything signed and every index over it, `blobs/` with attachments.
//! Everything that belongs together goes into one [`Batch`], and a batch is one durable transaction: it is there whole
//! once [`Store::write`] returned, or not at all. This crate never looks inside a payload, knows no kind's meaning,
//! reads no clock and draws no random number. Read [`tables`] first: the bytes are drawn there.
//!
//! ```
//! use linli_record::{CommunityId, Draft, Incarnation, Kind, LogOpen, LogWriter, SecretKey, StoreId};
//! use linli_store::{Batch, Settings, Store};
//!
//! let home = tempfile::tempdir().unwrap();
//! let community = CommunityId::from([9; 32]);
//! let key = SecretKey::from_bytes(&[7; 32]);
//! let open = LogOpen::member(&key, Incarnation::from([1; 16]), None, "linli 0.1");
//! let mut writer = LogWriter::begin(community, key, &open, [0; 16], 0, 1_700_000_000_000).unwrap();
//! let opened = writer.opening().clone();
//! let said = writer.append(Draft::new(Kind::new(145)), b"\x40", [1; 16], 1_700_000_000_500).unwrap();
//!
//! let path = home.path().join("store");
//! let mut store = Store::create(&path, community, StoreId::from([3; 16]), &Settings::default()).unwrap();
//! let mut batch = Batch::new();
//! batch.append(vec![opened, said.clone()], writer.tip().clone(), None);
//! store.write(batch).unwrap();
//! drop(store);
//!
//! let store = Store::open(&path, &Settings::default()).unwrap();
//! assert_eq!(store.record(&said.id()).unwrap().unwrap().body(), Some(&b"\x40"[..]));
//! ```

mod audit;
mod batch;
mod blobs;
mod blocks;
mod check;
mod checksum;
mod contain;
mod errors;
mod file;
mod forks;
mod index;
mod open;
mod read;
mod rebuild;
mod repair;
mod report;
mod row;
mod runs;
pub mod tables;
#[cfg(feature = "testing")]
pub mod testing;
mod tips;
mod usage;
mod view;
mod write;

pub use batch::{Batch, Committed, Op};
pub use blobs::{BlobEntry, Incoming};

pub use blocks::Head;
pub use contain::{Panicked, contain};
pub use errors::{OpenError, ReadError, WriteError};
pub use forks::Fork;
pub use open::{Settings, Store};
pub use read::{Arrival, Beginning, Entry};
pub use repair::{Aside, RepairReport};
pub use report::{CheckReport, Fault, Place, Progress, Stage};
pub use usage::TableUse;
