//! The index of ids and the index of objects, as sorted runs.
//!
//! Hashes come in no order, and a tree that takes them one by one rewrites nearly all its pages for every large batch.
//! So a large batch writes its sorted keys as one **run**, small batches gather in a small tree (**fresh**) that becomes
//! a run when it has grown, and runs of like size are merged four at a time. A key lies in the fresh tree or in exactly
//! one run; a look-up asks each.
//!
//! ```text
//! fresh ids, fresh objects   id prefix 8 | arrival 5                          -
//! fences                     space 1 | run 4                                  keys 8 | a lower bound of each chunk 13, sealed
//! runs                       space 1 | run 4 | chunk 4                        keys n x 13, sealed; n at most 300
//! ```
//!
//! Fences are held in memory, 13 bytes for 300 keys: a look-up reads one chunk a run.

use std::sync::Arc;

use linli_record::RecordId;
use redb::{ReadableTable, ReadableTableMetadata, TableDefinition, WriteTransaction};

use crate::checksum;
use crate::errors::ReadError;
use crate::index::{arrival_in, prefix_key};
use crate::tables::{FENCES, FRESH_IDS, FRESH_OBJECTS, FenceKey, NUMBER_MAX, PrefixKey, RUNS, RunKey};

/// Keys in one value: with key and checksum they fill one page of 4 KiB.
const CHUNK: usize = 300;
/// Keys of one batch that are worth a run of their own.
const BULK: usize = 2_048;
/// Keys the fresh tree holds before it becomes a run.
const FRESH: u64 = 8_192;
/// Runs of one size class that are merged.
const MERGE: usize = 4;
/// Keys of the largest run that a merge makes: bounds its time (about 0.1 s) and memory (13 bytes a key, twice).
const LARGEST: u64 = 1 << 20;

const KEY: usize = size_of::<PrefixKey>();

/// Which of the two indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    Ids = 0,
    Objects = 1,
}

impl Space {
    pub(crate) const ALL: [Self; 2] = [Self::Ids, Self::Objects];

    pub(crate) const fn fresh(self) -> TableDefinition<'static, &'static PrefixKey, ()> {
        match self {
            Self::Ids => FRESH_IDS,
            Self::Objects => FRESH_OBJECTS,
        }
    }
}

/// One run: its number, how many keys it holds, and a lower bound of each chunk's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) number: u32,
    pub(crate) keys: u64,
    pub(crate) fences: Arc<[PrefixKey]>,
}

impl Run {
    fn class(&self) -> u32 {
        (self.keys / BULK as u64).max(1).ilog2() / MERGE.ilog2()
    }

    /// The first chunk that may hold `low`; all that may hold more follow it.
    fn first_chunk(&self, low: &PrefixKey) -> usize {
        self.fences.partition_point(|fence| fence <= low).saturating_sub(1)
    }
}

pub(crate) fn fence_key(space: Space, run: u32) -> FenceKey {
    let [a, b, c, d] = run.to_be_bytes();
    [space as u8, a, b, c, d]
}

pub(crate) fn run_key(space: Space, run: u32, chunk: u32) -> RunKey {
    let mut key = [0; 9];
    key[..5].copy_from_slice(&fence_key(space, run));
    key[5..].copy_from_slice(&chunk.to_be_bytes());
    key
}

/// A space's runs, in order of number; those that did not change are taken from `known`.
pub(crate) fn list(
    fences: &impl ReadableTable<&'static FenceKey, &'static [u8]>,
    space: Space,
    known: &[Run],
) -> Result<Vec<Run>, ReadError> {
    let (low, high) = (fence_key(space, 0), fence_key(space, u32::MAX));
    let mut runs = Vec::new();
    for entry in fences.range::<&FenceKey>(&low..=&high)? {
        let (key, value) = entry?;
        runs.push(read_fences(key.value(), value.value(), known)?);
    }
    Ok(runs)
}

fn read_fences(key: &FenceKey, value: &[u8], known: &[Run]) -> Result<Run, ReadError> {
    let number = u32::from_be_bytes([key[1], key[2], key[3], key[4]]);
    let damaged = || ReadError::damaged(format!("the fences of run {number} of index {}", key[0]));
    let keys = value.get(4..12).and_then(|keys| keys.try_into().ok()).map(u64::from_be_bytes);
    if let Some(same) = known.iter().find(|run| run.number == number && Some(run.keys) == keys) {
        return Ok(same.clone());
    }
    let (_, fences) =
        checksum::open(key, value).and_then(<[u8]>::split_first_chunk::<8>).ok_or_else(damaged)?;
    let (fences, rest) = fences.as_chunks::<KEY>();
    if !rest.is_empty() || !fences.is_sorted() {
        return Err(damaged());
    }
    Ok(Run { number, keys: keys.ok_or_else(damaged)?, fences: fences.into() })
}

fn put_fences(tx: &WriteTransaction, space: Space, run: &Run) -> Result<(), ReadError> {
    let key = fence_key(space, run.number);
    let value = [&run.keys.to_be_bytes()[..], run.fences.as_flattened()].concat();
    tx.open_table(FENCES)?.insert(&key, checksum::seal(&key, &value).as_slice())?;
    Ok(())
}

/// Arrivals under keys that begin like `id`, in order of arrival. The answer is a hint: checksums are left to `check`.
pub(crate) fn like(
    fresh: &impl ReadableTable<&'static PrefixKey, ()>,
    runs: &impl ReadableTable<&'static RunKey, &'static [u8]>,
    list: &[Run],
    space: Space,
    id: &RecordId,
) -> Result<Vec<u64>, ReadError> {
    let (low, high) = (prefix_key(id, 0), prefix_key(id, NUMBER_MAX));
    let mut found = Vec::new();
    for entry in fresh.range::<&PrefixKey>(&low..=&high)? {
        found.push(arrival_in(entry?.0.value()));
    }
    for run in list {
        for chunk in run.first_chunk(&low)..run.fences.len() {
            if run.fences[chunk] > high {
                break;
            }
            if let Some(value) = runs.get(&run_key(space, run.number, number_of(chunk)))? {
                found.extend(between(value.value(), &low, &high));
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn number_of(chunk: usize) -> u32 {
    u32::try_from(chunk).expect("a run has few thousand chunks")
}

/// Arrivals of a chunk's keys from `low` to `high`.
fn between<'c>(chunk: &'c [u8], low: &PrefixKey, high: &'c PrefixKey) -> impl Iterator<Item = u64> + 'c {
    let (keys, _) = chunk.get(4..).unwrap_or_default().as_chunks::<KEY>();
    let start = keys.partition_point(|key| key < low);
    keys[start..].iter().take_while(move |key| *key <= high).map(arrival_in)
}

/// A chunk's keys, if they are the ones that were written.
pub(crate) fn open<'c>(key: &RunKey, sealed: &'c [u8]) -> Option<&'c [PrefixKey]> {
    let (keys, rest) = checksum::open(key, sealed)?.as_chunks::<KEY>();
    (rest.is_empty() && keys.is_sorted()).then_some(keys)
}

/// Adds keys, sorted here.
pub(crate) fn insert(
    tx: &WriteTransaction,
    space: Space,
    keys: &mut Vec<PrefixKey>,
    known: &[Run],
) -> Result<(), ReadError> {
    keys.sort_unstable();
    if keys.len() >= BULK {
        write(tx, space, keys, known)?;
        keys.clear();
        return merge(tx, space, known);
    }
    let mut fresh = tx.open_table(space.fresh())?;
    for key in keys.drain(..) {
        fresh.insert(&key, ())?;
    }
    if fresh.len()? < FRESH {
        return Ok(());
    }
    let gathered = fresh.iter()?.map(|entry| entry.map(|(key, _)| *key.value()));
    let gathered = gathered.collect::<Result<Vec<_>, _>>()?;
    drop(fresh);
    tx.delete_table(space.fresh())?;
    tx.open_table(space.fresh())?;
    write(tx, space, &gathered, known)?;
    merge(tx, space, known)
}

/// Writes sorted keys as a new run.
pub(crate) fn write(
    tx: &WriteTransaction,
    space: Space,
    keys: &[PrefixKey],
    known: &[Run],
) -> Result<(), ReadError> {
    // Never a number that anyone may still know other fences by.
    let held = list(&tx.open_table(FENCES)?, space, known)?;
    let number = held.iter().chain(known).map(|run| run.number + 1).max().unwrap_or(0);
    let fences = keys.chunks(CHUNK).map(|chunk| chunk[0]).collect();
    put_fences(tx, space, &Run { number, keys: keys.len() as u64, fences })?;
    let mut runs = tx.open_table(RUNS)?;
    for (index, chunk) in keys.chunks(CHUNK).enumerate() {
        let key = run_key(space, number, number_of(index));
        runs.insert(&key, checksum::seal(&key, chunk.as_flattened()).as_slice())?;
    }
    Ok(())
}

/// Merges runs of like size until no four are left.
fn merge(tx: &WriteTransaction, space: Space, known: &[Run]) -> Result<(), ReadError> {
    loop {
        let runs = list(&tx.open_table(FENCES)?, space, known)?;
        let Some(like) = four_alike(&runs) else { return Ok(()) };
        let mut keys = Vec::new();
        for run in &like {
            take(tx, space, run, &mut keys)?;
        }
        // The stable sort finds what is sorted already and merges it.
        keys.sort();
        write(tx, space, &keys, known)?;
    }
}

fn four_alike(runs: &[Run]) -> Option<Vec<Run>> {
    let classes = runs.iter().map(Run::class).max()?;
    (0..=classes).find_map(|class| {
        let like: Vec<Run> = runs.iter().filter(|run| run.class() == class).take(MERGE).cloned().collect();
        let small = like.iter().map(|run| run.keys).sum::<u64>() <= LARGEST;
        (like.len() == MERGE && small).then_some(like)
    })
}

/// Reads a run's keys and removes it. A damaged chunk is not carried on.
fn take(tx: &WriteTransaction, space: Space, run: &Run, into: &mut Vec<PrefixKey>) -> Result<(), ReadError> {
    let mut runs = tx.open_table(RUNS)?;
    let (low, high) = (run_key(space, run.number, 0), run_key(space, run.number, u32::MAX));
    for entry in runs.range::<&RunKey>(&low..=&high)? {
        let (key, value) = entry?;
        let keys = open(key.value(), value.value());
        into.extend_from_slice(keys.ok_or_else(|| damaged_run(space, run.number))?);
    }
    runs.retain_in::<&RunKey, _>(&low..=&high, |_, _| false)?;
    tx.open_table(FENCES)?.remove(&fence_key(space, run.number))?;
    Ok(())
}

fn damaged_run(space: Space, run: u32) -> ReadError {
    ReadError::damaged(format!("run {run} of the index {space:?}"))
}

/// Takes one key out again.
pub(crate) fn remove(tx: &WriteTransaction, space: Space, key: &PrefixKey) -> Result<(), ReadError> {
    if tx.open_table(space.fresh())?.remove(key)?.is_some() {
        return Ok(());
    }
    let runs = list(&tx.open_table(FENCES)?, space, &[])?;
    for mut run in runs {
        if remove_from(tx, space, &run, key)? {
            run.keys -= 1;
            return put_fences(tx, space, &run);
        }
    }
    Ok(())
}

fn remove_from(tx: &WriteTransaction, space: Space, run: &Run, key: &PrefixKey) -> Result<bool, ReadError> {
    let mut runs = tx.open_table(RUNS)?;
    let at = run_key(space, run.number, number_of(run.first_chunk(key)));
    let Some(keys) = runs.get(&at)?.map(|value| open(&at, value.value()).map(<[_]>::to_vec)) else {
        return Ok(false);
    };
    let mut keys = keys.ok_or_else(|| damaged_run(space, run.number))?;
    let Ok(place) = keys.binary_search(key) else { return Ok(false) };
    keys.remove(place);
    runs.insert(&at, checksum::seal(&at, keys.as_flattened()).as_slice())?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use redb::{Builder, ReadableDatabase, backends::InMemoryBackend};

    fn id(n: u64) -> RecordId {
        RecordId::from(*blake3::hash(&n.to_be_bytes()).as_bytes())
    }

    fn fill(tx: &WriteTransaction, from: u64, to: u64) {
        let mut keys = (from..to).map(|n| prefix_key(&id(n), n)).collect();
        insert(tx, Space::Ids, &mut keys, &[]).unwrap();
    }

    fn find(tx: &redb::ReadTransaction, n: u64) -> Vec<u64> {
        let list = list(&tx.open_table(FENCES).unwrap(), Space::Ids, &[]).unwrap();
        let (fresh, runs) = (tx.open_table(FRESH_IDS).unwrap(), tx.open_table(RUNS).unwrap());
        like(&fresh, &runs, &list, Space::Ids, &id(n)).unwrap()
    }

    #[test]
    fn a_neighbours_record_is_found_whether_it_came_alone_or_with_thousands() {
        let db = Builder::new().create_with_backend(InMemoryBackend::new()).unwrap();
        let tx = db.begin_write().unwrap();
        (0..20).for_each(|batch| fill(&tx, batch * 3_000, batch * 3_000 + 3_000));
        (0..100).for_each(|batch| fill(&tx, 60_000 + batch * 100, 60_000 + batch * 100 + 100));
        remove(&tx, Space::Ids, &prefix_key(&id(7), 7)).unwrap();
        remove(&tx, Space::Ids, &prefix_key(&id(69_999), 69_999)).unwrap();
        let runs = list(&tx.open_table(FENCES).unwrap(), Space::Ids, &[]).unwrap();
        assert!(runs.len() < 9, "runs are merged: {}", runs.len());
        tx.commit().unwrap();
        let tx = db.begin_read().unwrap();
        for n in 0..70_000 {
            let expected = if n == 7 || n == 69_999 { vec![] } else { vec![n] };
            assert_eq!(find(&tx, n), expected);
        }
        assert!(find(&tx, 70_000).is_empty());
    }

    #[test]
    fn keys_that_begin_alike_are_all_found_across_chunks() {
        let db = Builder::new().create_with_backend(InMemoryBackend::new()).unwrap();
        let tx = db.begin_write().unwrap();
        let mut keys: Vec<_> = (0..1_000).map(|n| prefix_key(&id(1), n)).collect();
        keys.extend((0..2_000).map(|n| prefix_key(&id(n + 2), n)));
        insert(&tx, Space::Ids, &mut keys, &[]).unwrap();
        tx.open_table(FRESH_IDS).unwrap();
        tx.commit().unwrap();
        assert_eq!(find(&db.begin_read().unwrap(), 1), (0..1_000).collect::<Vec<_>>());
    }
}
