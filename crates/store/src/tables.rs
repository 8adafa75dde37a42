//! The tables of `store.redb`, schema 1, with the width of every key and value in bytes.
//!
//! Records are keyed by **arrival number**: 1, 2, 3 in the order they were stored here, local to this store. Sequential
//! keys fill their pages and are written several times faster than hashes. Everything else about a record is found
//! through short index keys, which a batch sorts before it inserts them. An index key that names a record by the first
//! 8 bytes of its id is a hint, never a proof: whoever follows it compares the whole id.
//!
//! ```text
//! table       key                                        value
//! meta        name                                       bytes
//! arrivals    arrival 8                                  row (below)
//! logs        local log number 4                         tip, sealed
//! extents     log 4 | first seq 5                        first arrival 5
//! ids         sorted runs of id prefix 8 | arrival 5: see runs.rs (three tables)
//! objects     sorted runs of object id prefix 8 | arrival 5
//! beginnings  kind 2 | arrival 5                         -
//! forks       log 4 | parting 5 | seq 5                  record (see forks.rs), sealed
//! blocks      height 8                                   certified block, sealed
//! rivals      height 8 | block id 32                     certified block, sealed
//! register    0                                          height 8 | state, sealed
//! verdicts    record id 32                               verdict, sealed
//! peers       local peer number 4                        node key 32, sealed
//! cursors     node key 32                                store id 16 | arrivals 8, sealed
//! named       name                                       bytes, sealed
//! caches      name length 1 | name | key                 bytes, sealed
//! blobs       blob hash 32                               size 8 | held 1, sealed
//! quarantine  number 8                                   what was moved aside, and why
//! ```
//!
//! Integers inside keys are big-endian, so that bytes sort as numbers. "Sealed" values begin with a 4-byte checksum
//! (CRC-32C over the key's own bytes and the rest), because redb, opened plainly, trusts its pages. An **extent** says
//! that from this sequence number on, until the log's next extent, arrivals follow one another: a log that came in one
//! piece has one extent.
//!
//! ```text
//! row = checksum 4 | shape 2 | log v | seq v | from v | kind v | seen v | claimed v
//!       | prev 32? | object 32? | refs 1 + 32n? | retention v? | consent 32? | epoch v?
//!       | blobs 1 + n(32 + v + 1)? | private root 32? | extra (1 + n(v + v + bytes))?
//!       | signature 64? | payload...  or  payload length v + payload hash 32
//! ```
//!
//! `v` is a LEB128 number. The row leaves out what the store knows anyway: the log's id and audience (in `logs`), the
//! payload's hash while the payload is held, and the record before's id except at every [`ANCHOR`]th sequence number:
//! between anchors it is the hash of the header before, rebuilt. The signature of a log's newest record lies in `logs`
//! and goes when the tip moves on, unless the record keeps it for ever: then it lies in the row.

use redb::TableDefinition;

/// The schema this version writes.
pub const SCHEMA: u32 = 1;
/// A row holds its predecessor's id at every multiple of this; reading one record rebuilds at most this many less one.
pub const ANCHOR: u64 = 4;
/// Bytes of an id that an index key holds.
pub const PREFIX: usize = 8;
/// The highest arrival number and sequence number an index key holds: 2^40 - 1.
pub const NUMBER_MAX: u64 = (1 << 40) - 1;

pub(crate) type ExtentKey = [u8; 9];
pub(crate) type ExtentValue = [u8; 5];
/// An id's or object's prefix and an arrival number.
pub(crate) type PrefixKey = [u8; 13];
pub(crate) type BeginningKey = [u8; 7];
/// Which index, which run.
pub(crate) type FenceKey = [u8; 5];
/// Which index, which run, which chunk.
pub(crate) type RunKey = [u8; 9];
pub(crate) type RivalKey = [u8; 40];
/// Log, where the branch parts, sequence number.
pub(crate) type ForkKey = [u8; 14];

pub(crate) const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
pub(crate) const ARRIVALS: TableDefinition<u64, &[u8]> = TableDefinition::new("arrivals");
pub(crate) const LOGS: TableDefinition<u32, &[u8]> = TableDefinition::new("logs");
pub(crate) const EXTENTS: TableDefinition<&ExtentKey, &ExtentValue> = TableDefinition::new("extents");
pub(crate) const FRESH_IDS: TableDefinition<&PrefixKey, ()> = TableDefinition::new("fresh ids");
pub(crate) const FRESH_OBJECTS: TableDefinition<&PrefixKey, ()> = TableDefinition::new("fresh objects");
pub(crate) const FENCES: TableDefinition<&FenceKey, &[u8]> = TableDefinition::new("fences");
pub(crate) const RUNS: TableDefinition<&RunKey, &[u8]> = TableDefinition::new("runs");
pub(crate) const BEGINNINGS: TableDefinition<&BeginningKey, ()> = TableDefinition::new("beginnings");
pub(crate) const FORKS: TableDefinition<&ForkKey, &[u8]> = TableDefinition::new("forks");
pub(crate) const BLOCKS: TableDefinition<u64, &[u8]> = TableDefinition::new("blocks");
pub(crate) const RIVALS: TableDefinition<&RivalKey, &[u8]> = TableDefinition::new("rivals");
pub(crate) const REGISTER: TableDefinition<u8, &[u8]> = TableDefinition::new("register");
pub(crate) const VERDICTS: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("verdicts");
pub(crate) const PEERS: TableDefinition<u32, &[u8]> = TableDefinition::new("peers");
pub(crate) const CURSORS: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("cursors");
pub(crate) const NAMED: TableDefinition<&str, &[u8]> = TableDefinition::new("named");
pub(crate) const CACHES: TableDefinition<&[u8], &[u8]> = TableDefinition::new("caches");
pub(crate) const BLOBS: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("blobs");
pub(crate) const QUARANTINE: TableDefinition<u64, &[u8]> = TableDefinition::new("quarantine");

/// Names in the meta table.
pub(crate) mod meta {
    pub(crate) const SCHEMA: &str = "schema";
    pub(crate) const COMMUNITY: &str = "community";
    pub(crate) const STORE: &str = "store id";
}
