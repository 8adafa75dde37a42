//! Two histories under one key: the second branch is kept beside the log, whole, so that both can be shown.
//!
//! ```text
//! forks    log 4 | where the branch parts 5 | seq 5      taken 1 | header length 4 | header
//!                                                        | signature 1 + 64? | payload 1 + bytes?, sealed
//! ```
//!
//! The lowest fork is kept, at most one run of it. A branch that was held and made way for the settled one ("taken") is
//! kept whole besides: it was acknowledged once.

use linli_record::{LogId, RawRecord, Record, Signature, Tip};
use redb::ReadableTable;

use crate::checksum;
use crate::errors::{ReadError, WriteError};
use crate::index::{self, cut_extents};
use crate::open::Store;
use crate::rebuild::{self, Logs, Rebuilt, Walk};
use crate::tables::{ARRIVALS, EXTENTS, FORKS, ForkKey};
use crate::write::{Writing, follows};

/// The branch of a forked log that is not the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    /// Where it parts from the log.
    pub seq: u64,
    /// Its records from there on, as far as they are held.
    pub records: Vec<Record>,
    /// Whether it was once held as the log and made way for the settled branch.
    pub made_way: bool,
}

impl Store {
    /// The other branches of a log, lowest first; none if it never forked.
    ///
    /// # Errors
    /// [`ReadError`] when one can't be read.
    pub fn forks(&self, log: &LogId) -> Result<Vec<Fork>, ReadError> {
        let Some(number) = self.tips.number(log) else { return Ok(Vec::new()) };
        branches(&self.view()?.tx.open_table(FORKS)?, number)
    }

    /// Logs with a second branch, in order of local number.
    ///
    /// # Errors
    /// [`ReadError`] when the table can't be read.
    pub fn forked(&self) -> Result<Vec<LogId>, ReadError> {
        let mut logs = Vec::new();
        for entry in self.view()?.tx.open_table(FORKS)?.iter()? {
            let (number, ..) = places(entry?.0.value());
            let log = self.tips.by_number(number).map(|held| held.tip.log);
            logs.extend(log.filter(|log| logs.last() != Some(log)));
        }
        Ok(logs)
    }
}

pub(crate) fn key(log: u32, from: u64, seq: u64) -> ForkKey {
    let mut key = [0; 14];
    key[..9].copy_from_slice(&index::extent_key(log, from));
    key[9..].copy_from_slice(&index::extent_value(seq));
    key
}

/// Log, where the branch parts, sequence number.
pub(crate) fn places(key: &ForkKey) -> (u32, u64, u64) {
    let (head, seq) = key.split_first_chunk::<9>().expect("fourteen bytes");
    let seq: &[u8; 5] = seq.try_into().expect("fourteen less nine");
    let place = index::Extent::read(head, seq);
    (place.log, place.seq, place.arrival)
}

pub(crate) fn seal(key: &ForkKey, record: &RawRecord, made_way: bool) -> Vec<u8> {
    let length = u32::try_from(record.header.len()).expect("bounded by the header");
    let mut value = vec![u8::from(made_way)];
    value.extend_from_slice(&length.to_be_bytes());
    value.extend_from_slice(&record.header);
    value.push(u8::from(record.signature.is_some()));
    value.extend(record.signature.iter().flat_map(Signature::as_bytes));
    value.push(u8::from(record.payload.is_some()));
    value.extend(record.payload.iter().flatten());
    checksum::seal(key, &value)
}

/// One record of a branch, and whether the branch made way.
pub(crate) fn open(key: &ForkKey, sealed: &[u8]) -> Option<(RawRecord, bool)> {
    let (made_way, rest) = checksum::open(key, sealed)?.split_first()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (header, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    let (signed, rest) = rest.split_first()?;
    let (signature, rest) = rest.split_at_checked(if *signed == 1 { 64 } else { 0 })?;
    let (held, payload) = rest.split_first()?;
    let raw = RawRecord {
        header: header.to_vec(),
        payload: (*held == 1).then(|| payload.to_vec()),
        signature: Signature::from_slice(signature),
    };
    Some((raw, *made_way == 1))
}

fn branches(
    table: &impl ReadableTable<&'static ForkKey, &'static [u8]>,
    log: u32,
) -> Result<Vec<Fork>, ReadError> {
    let mut forks: Vec<Fork> = Vec::new();
    for entry in table.range::<&ForkKey>(&key(log, 0, 0)..&key(log + 1, 0, 0))? {
        let (key, value) = entry?;
        let (_, from, seq) = places(key.value());
        let damaged = || ReadError::damaged(format!("record {seq} of a fork of log number {log}"));
        let (raw, made_way) = open(key.value(), value.value()).ok_or_else(damaged)?;
        let record = Record::recall(raw).map_err(|_| damaged())?;
        match forks.last_mut() {
            Some(fork) if fork.seq == from => fork.records.push(record),
            _ => forks.push(Fork { seq: from, records: vec![record], made_way }),
        }
    }
    Ok(forks)
}

fn put(
    writing: &Writing<'_>,
    log: u32,
    records: &[RawRecord],
    from: u64,
    made_way: bool,
) -> Result<(), WriteError> {
    let mut table = writing.tx.open_table(FORKS)?;
    for (record, seq) in records.iter().zip(from..) {
        let key = key(log, from, seq);
        table.insert(&key, seal(&key, record, made_way).as_slice())?;
    }
    Ok(())
}

fn remove(writing: &Writing<'_>, log: u32, from: u64) -> Result<(), WriteError> {
    let mut table = writing.tx.open_table(FORKS)?;
    table.retain_in::<&ForkKey, _>(&key(log, from, 0)..&key(log, from + 1, 0), |_, _| false)?;
    Ok(())
}

/// Keeps the second branch, unless a lower one is kept already.
pub(crate) fn keep(writing: &Writing<'_>, records: &[Record]) -> Result<(), WriteError> {
    let Some(first) = records.first() else { return Ok(()) };
    let (number, held) = parting(writing, first)?;
    let misfit = |why| Err(WriteError::Misfit { log: held.tip.log, why });
    let linked = |pair: &[Record]| pair[1].seq == pair[0].seq + 1 && pair[1].prev == Some(pair[0].id());
    if !records.windows(2).all(linked) || records.iter().any(|record| record.log != held.tip.log) {
        return misfit("a branch is one unbroken run of one log");
    }
    let kept = branches(&writing.tx.open_table(FORKS)?, number)?;
    for fork in &kept {
        let same = fork.seq == first.seq && fork.records[0].id() == first.id();
        let longer = same && fork.records.len() < records.len();
        if fork.made_way && !same {
            continue;
        }
        if fork.seq <= first.seq && !longer {
            return Ok(());
        }
        remove(writing, number, fork.seq)?;
    }
    // A branch that made way at the same place stays: two branches are shown, a third adds nothing.
    if kept.iter().any(|fork| fork.made_way && fork.seq == first.seq) {
        return Ok(());
    }
    let raw: Vec<RawRecord> = records.iter().map(Record::to_raw).collect();
    put(writing, number, &raw, first.seq, false)
}

/// The log a branch parts from, after checking that it does.
fn parting<'w>(writing: &'w Writing<'_>, first: &Record) -> Result<(u32, &'w crate::tips::Held), WriteError> {
    let misfit = |why| WriteError::Misfit { log: first.log, why };
    let number = writing.logs.number(&first.log).ok_or_else(|| misfit("the log is not held"))?;
    let held = writing.logs.held(number).ok_or_else(|| misfit("the log is not held"))?;
    if first.seq > held.tip.seq {
        return Err(misfit("a branch parts at or below the tip"));
    }
    if rebuild::id_at(writing.tx, held, number, first.seq)? == first.id() {
        return Err(misfit("a branch begins with a record that is not held"));
    }
    let before =
        first.seq.checked_sub(1).map(|seq| rebuild::id_at(writing.tx, held, number, seq)).transpose()?;
    if before == first.prev {
        Ok((number, held))
    } else {
        Err(misfit("a branch begins where the log was one"))
    }
}

/// Moves what is held from the first of `records` on aside; the log's number.
pub(crate) fn make_way(writing: &mut Writing<'_>, records: &[Record], tip: &Tip) -> Result<u32, WriteError> {
    let misfit = |why| WriteError::Misfit { log: tip.log, why };
    let first = records.first().ok_or_else(|| misfit("no records"))?;
    let (number, held) = parting(writing, first)?;
    follows_below(held, first, records, tip)?;
    let mut walk = Walk::new(writing.tx, held, number, first.seq)?;
    let mut old: Vec<Rebuilt> = Vec::new();
    while let Some(rebuilt) = walk.step()? {
        old.push(rebuilt);
    }
    for rebuilt in &old {
        index::remove(writing.tx, &rebuilt.header, rebuilt.arrival)?;
        writing.tx.open_table(ARRIVALS)?.remove(rebuilt.arrival)?;
    }
    cut_extents(&mut writing.tx.open_table(EXTENTS)?, number, first.seq)?;
    let kept = branches(&writing.tx.open_table(FORKS)?, number)?;
    for fork in kept.iter().filter(|fork| fork.seq >= first.seq && !fork.made_way) {
        remove(writing, number, fork.seq)?;
    }
    let raw: Vec<RawRecord> = old.into_iter().map(Rebuilt::into_raw).collect();
    put(writing, number, &raw, first.seq, true)?;
    Ok(number)
}

/// The branch follows the record below its first one; [`parting`] compared that record's id.
fn follows_below(
    held: &crate::tips::Held,
    first: &Record,
    records: &[Record],
    tip: &Tip,
) -> Result<(), WriteError> {
    let below =
        first.prev.map(|prev| Tip { seq: first.seq - 1, id: prev, closed: false, ..held.tip.clone() });
    follows(below.as_ref(), records, tip)
}
