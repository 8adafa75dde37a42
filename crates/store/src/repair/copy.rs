//! What a repair takes over besides the records: only what its checksum vouches for.

use std::collections::BTreeMap;
use std::path::Path;

use linli_record::{BlobHash, NodeKey};
use redb::{ReadTransaction, Table, TableDefinition, WriteTransaction};

use super::salvage::{Reads, each, reading};
use super::{Numbers, RepairReport};
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
    let read = each(old, tables::FORKS, |key, value| {
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
    })?;
    report.judge(read, "forks");
    Ok(())
}

/// Blocks up to the first that is damaged, since each stands on the one below; the others come again from the neighbours.
/// The state if it is the newest block's.
pub(super) fn register(
    old: &ReadTransaction,
    tx: &WriteTransaction,
    report: &mut RepairReport,
) -> Result<(), WriteError> {
    let (mut table, mut head, mut newest) = (tx.open_table(tables::BLOCKS)?, None, None);
    let read = each(old, tables::BLOCKS, |height, value| {
        let follows = head.map_or(0, |head: u64| head + 1) == height;
        match blocks::open(height, value) {
            Ok(_) if follows => {
                (head, report.found.blocks) = (Some(height), report.found.blocks + 1);
                return put(&mut table, height, value);
            }
            Ok(_) => {
                newest = Some(height);
                report.found.fault(Place::Block(height), "the block below it is lost");
            }
            Err(_) => report.found.fault(Place::Block(height), "the block is damaged"),
        }
        report.state_lost = true;
        Ok(())
    })?;
    if read == Reads::Partly {
        report.lose("blocks");
        report.state_lost = true;
    }
    let mut table = tx.open_table(tables::RIVALS)?;
    let read = each(old, tables::RIVALS, |key, value| {
        let height = blocks::rival_height(key);
        if blocks::open(height, value).is_ok() {
            return put(&mut table, key, value);
        }
        report.found.fault(Place::Block(height), "a rival block is damaged");
        Ok(())
    })?;
    report.judge(read, "rival blocks");
    match reading(|| blocks::state(old)) {
        Ok(Some((height, state))) if Some(height) == head && !report.state_lost => {
            blocks::put_state(tx, height, &state)?;
        }
        Ok(None) => {}
        read => {
            newest = newest.max(read.ok().flatten().map(|(height, _)| height));
            report.found.fault(Place::State, "it must be computed again");
            report.state_lost = true;
        }
    }
    report.blocks_lost = newest.filter(|newest| head.is_none_or(|head| head < *newest));
    Ok(())
}

/// Small values that are whole. Cursors only if nothing was lost: otherwise neighbours must be compared with anew.
pub(super) fn values(
    old: &ReadTransaction,
    tx: &WriteTransaction,
    newest_peer: u32,
    report: &mut RepairReport,
) -> Result<(), WriteError> {
    peers(old, tx, newest_peer, report)?;
    let lost = report.aside > 0 || report.incomplete;
    let mut copy = Copy { old, tx, report };
    copy.table("verdicts", tables::VERDICTS, |id| (hex(*id), id.to_vec()))?;
    let names = copy.table("named", tables::NAMED, |name| ((*name).to_owned(), name.as_bytes().to_vec()))?;
    if !lost {
        copy.table("cursors", tables::CURSORS, |key| (hex(*key), key.to_vec()))?;
    }
    report.names_lost = names == Reads::Partly;
    Ok(())
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
    ) -> Result<Reads, WriteError> {
        let mut new = self.tx.open_table(table)?;
        let mut whole = Reads::Whole;
        let read = each(self.old, table, |key, value| {
            let (text, bytes) = key_of(&key);
            if checksum::open(&bytes, value).is_some() {
                return put(&mut new, key, value);
            }
            whole = Reads::Partly;
            self.report.found.fault(Place::Value { table: name, key: text }, "the value is damaged");
            Ok(())
        })?;
        self.report.judge(read, name);
        Ok(if read == Reads::Partly { read } else { whole })
    }
}

/// Neighbours keep their numbers, which rows name; a damaged key becomes one that nobody has.
fn peers(
    old: &ReadTransaction,
    tx: &WriteTransaction,
    newest: u32,
    report: &mut RepairReport,
) -> Result<(), WriteError> {
    let mut known = BTreeMap::new();
    let read = each(old, tables::PEERS, |number, value| {
        match checksum::open(&number.to_be_bytes(), value).and_then(NodeKey::from_slice) {
            Some(key) => drop(known.insert(number, key)),
            None => {
                let key = number.to_string();
                report.found.fault(Place::Value { table: "peers", key }, "the neighbour's key is damaged");
            }
        }
        Ok(())
    })?;
    report.judge(read, "neighbours' keys");
    let mut table = tx.open_table(tables::PEERS)?;
    let newest = newest.max(known.last_key_value().map_or(0, |(number, _)| *number));
    for number in 1..=newest {
        let key = known.get(&number).map_or(&[0; NodeKey::LEN], NodeKey::as_bytes);
        table.insert(number, checksum::seal(&number.to_be_bytes(), key).as_slice())?;
    }
    Ok(())
}

/// The catalogue again, from its whole entries and the files that are what their names say.
pub(super) fn blobs(
    old: &ReadTransaction,
    tx: &WriteTransaction,
    home: &Path,
    report: &mut RepairReport,
) -> Result<(), WriteError> {
    let mut listed: BTreeMap<BlobHash, u64> = BTreeMap::new();
    let read = each(old, tables::BLOBS, |hash, value| {
        match blobs::read(hash, value) {
            Ok(entry) => drop(listed.insert(entry.hash, entry.size)),
            Err(_) => {
                let place = Place::Blob(BlobHash::from(*hash));
                report.found.fault(place, "the catalogue's entry is damaged");
            }
        }
        Ok(())
    })?;
    report.judge(read, "attachments' catalogue");
    files(tx, home, listed, report)
}

/// The catalogue of the files that are what their names say; `listed` and not there are wanted.
pub(super) fn files(
    tx: &WriteTransaction,
    home: &Path,
    mut listed: BTreeMap<BlobHash, u64>,
    report: &mut RepairReport,
) -> Result<(), WriteError> {
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
