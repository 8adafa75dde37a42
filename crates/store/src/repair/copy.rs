//! What a repair takes over besides the records: only what its checksum vouches for.

use std::collections::BTreeMap;
use std::path::Path;

use linli_record::{BlobHash, NodeKey};
use redb::{ReadTransaction, Table, TableDefinition, WriteTransaction};

use super::{Numbers, RepairReport};
use crate::check::each;
use crate::errors::WriteError;
use crate::report::Place;
use crate::{blobs, blocks, checksum, forks, tables};

pub(super) fn forks(
    old: &ReadTransaction,
    tx: &WriteTransaction,
    numbers: &Numbers,
    report: &mut RepairReport,
) -> Result<(), WriteError> {
    let mut table = tx.open_table(tables::FORKS)?;
    each(old, tables::FORKS, |key, value| {
        let (log, from, seq) = forks::places(key);
        match (forks::open(key, value), numbers.get(&log)) {
            (Some((raw, made_way)), Some((number, _))) => {
                let key = forks::key(*number, from, seq);
                return put(&mut table, &key, &forks::seal(&key, &raw, made_way));
            }
            (None, _) => report.found.fault(Place::Fork { log, seq }, "the record is damaged"),
            (Some(_), None) => {
                report.found.fault(Place::Fork { log, seq }, "nothing of its log could be kept");
            }
        }
        Ok(())
    })
}

/// Blocks up to the first that is damaged, since each stands on the one below; the others come again from the neighbours.
/// The state if it is the newest block's.
pub(super) fn register(
    old: &ReadTransaction,
    tx: &WriteTransaction,
    report: &mut RepairReport,
) -> Result<(), WriteError> {
    let (mut table, mut head) = (tx.open_table(tables::BLOCKS)?, None);
    each(old, tables::BLOCKS, |height, value| {
        let follows = head.map_or(0, |head: u64| head + 1) == height;
        match blocks::open(height, value) {
            Ok(_) if follows => {
                (head, report.found.blocks) = (Some(height), report.found.blocks + 1);
                return put(&mut table, height, value);
            }
            Ok(_) => report.found.fault(Place::Block(height), "the block below it is lost"),
            Err(_) => report.found.fault(Place::Block(height), "the block is damaged"),
        }
        report.state_lost = true;
        Ok(())
    })?;
    let mut table = tx.open_table(tables::RIVALS)?;
    each(old, tables::RIVALS, |key, value| {
        let height = blocks::rival_height(key);
        if blocks::open(height, value).is_ok() {
            return put(&mut table, key, value);
        }
        report.found.fault(Place::Block(height), "a rival block is damaged");
        Ok(())
    })?;
    match blocks::state(old) {
        Ok(Some((height, state))) if Some(height) == head && !report.state_lost => {
            blocks::put_state(tx, height, &state)?;
        }
        Ok(None) => {}
        _ => {
            report.found.fault(Place::State, "it must be computed again");
            report.state_lost = true;
        }
    }
    Ok(())
}

/// Small values that are whole. Cursors only if nothing was lost: otherwise neighbours must be compared with anew.
pub(super) fn values(
    old: &ReadTransaction,
    tx: &WriteTransaction,
    report: &mut RepairReport,
) -> Result<(), WriteError> {
    peers(old, tx, report)?;
    let lost = report.aside > 0;
    let mut copy = Copy { old, tx, report };
    copy.table("verdicts", tables::VERDICTS, |id| (hex(*id), id.to_vec()))?;
    copy.table("named", tables::NAMED, |name| ((*name).to_owned(), name.as_bytes().to_vec()))?;
    if lost {
        return Ok(());
    }
    copy.table("cursors", tables::CURSORS, |key| (hex(*key), key.to_vec()))
}

struct Copy<'a> {
    old: &'a ReadTransaction,
    tx: &'a WriteTransaction,
    report: &'a mut RepairReport,
}

impl Copy<'_> {
    fn table<K: redb::Key + 'static>(
        &mut self,
        name: &'static str,
        table: TableDefinition<'_, K, &'static [u8]>,
        key_of: impl for<'e> Fn(&K::SelfType<'e>) -> (String, Vec<u8>),
    ) -> Result<(), WriteError> {
        let mut new = self.tx.open_table(table)?;
        each(self.old, table, |key, value| {
            let (text, bytes) = key_of(&key);
            if checksum::open(&bytes, value).is_some() {
                return put(&mut new, key, value);
            }
            self.report.found.fault(Place::Value { table: name, key: text }, "the value is damaged");
            Ok(())
        })
    }
}

/// Neighbours keep their numbers, which rows name; a damaged key becomes one that nobody has.
fn peers(old: &ReadTransaction, tx: &WriteTransaction, report: &mut RepairReport) -> Result<(), WriteError> {
    let (mut table, mut next) = (tx.open_table(tables::PEERS)?, 1u32);
    each(old, tables::PEERS, |number, value| {
        let whole = checksum::open(&number.to_be_bytes(), value).filter(|key| key.len() == NodeKey::LEN);
        if whole.is_none() {
            let key = number.to_string();
            report.found.fault(Place::Value { table: "peers", key }, "the neighbour's key is damaged");
        }
        while next <= number {
            let key = whole.filter(|_| next == number).unwrap_or(&[0; 32]);
            table.insert(next, checksum::seal(&next.to_be_bytes(), key).as_slice())?;
            next += 1;
        }
        Ok(())
    })
}

/// The catalogue again, from its whole entries and the files that are what their names say.
pub(super) fn blobs(
    old: &ReadTransaction,
    tx: &WriteTransaction,
    home: &Path,
    report: &mut RepairReport,
) -> Result<(), WriteError> {
    let mut listed: BTreeMap<BlobHash, u64> = BTreeMap::new();
    each(old, tables::BLOBS, |hash, value| {
        match blobs::read(hash, value) {
            Ok(entry) => drop(listed.insert(entry.hash, entry.size)),
            Err(_) => {
                let place = Place::Blob(BlobHash::from(*hash));
                report.found.fault(place, "the catalogue's entry is damaged");
            }
        }
        Ok::<(), WriteError>(())
    })?;
    for (hash, path) in blobs::on_disk(home).map_err(WriteError::Uncertain)? {
        let size = match blobs::hash_file(&path) {
            Ok((size, found)) if found == hash => size,
            _ => {
                report.found.fault(Place::Blob(hash), "the file is not what its name says");
                blobs::set_aside(home, &hash).map_err(WriteError::Uncertain)?;
                continue;
            }
        };
        report.found.blobs += 1;
        listed.remove(&hash);
        blobs::put(tx, &hash, size, true)?;
    }
    for (hash, size) in listed {
        blobs::put(tx, &hash, size, false)?;
    }
    Ok(())
}

pub(super) fn put<K: redb::Key + 'static>(
    table: &mut Table<'_, K, &'static [u8]>,
    key: K::SelfType<'_>,
    value: &[u8],
) -> Result<(), WriteError> {
    table.insert(key, value)?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(32).map(|byte| format!("{byte:02x}")).collect()
}
