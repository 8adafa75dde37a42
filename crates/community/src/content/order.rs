//! The canonical order in which a fold reads an object's records.
//!
//! One rule: of the records whose references are all placed, the smallest key goes next. The key of a settled record is
//! (height, log, seq), that of an unsettled one its id, after every settled one. A record's references are those of its
//! header, its object's beginning, and its own log's record before, as far as they are among the records given. So a
//! step never precedes the step it answers, though one block settled both; and whoever holds the same records and the
//! same register reads the same order, however they arrived.

use std::collections::{BTreeMap, BTreeSet};

use linli_record::{LogId, RecordId};

use super::entry::Entry;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Settled(u64, LogId, u64, RecordId),
    Open(RecordId),
}

impl Key {
    fn of(entry: &Entry<'_>) -> Self {
        let record = entry.record;
        match entry.standing.height {
            Some(height) => Self::Settled(height, record.log, record.seq, record.id()),
            None => Self::Open(record.id()),
        }
    }
}

/// The entries in canonical order; a record given twice counts once.
#[must_use]
pub fn canonical<'e, 'a>(entries: &'e [Entry<'a>]) -> Vec<&'e Entry<'a>> {
    let unique: BTreeMap<RecordId, &Entry<'a>> =
        entries.iter().map(|entry| (entry.record.id(), entry)).collect();
    let mut keyed: Vec<(Key, &Entry<'a>)> =
        unique.into_values().map(|entry| (Key::of(entry), entry)).collect();
    keyed.sort_by_key(|(key, _)| *key);
    let after = edges(&keyed);
    walk(&keyed, &after)
}

/// For each entry, the positions of those it must follow.
fn edges(keyed: &[(Key, &Entry<'_>)]) -> Vec<BTreeSet<usize>> {
    let place: BTreeMap<RecordId, usize> =
        keyed.iter().enumerate().map(|(at, (_, entry))| (entry.record.id(), at)).collect();
    let mut logs: BTreeMap<LogId, BTreeMap<u64, Vec<usize>>> = BTreeMap::new();
    for (at, (_, entry)) in keyed.iter().enumerate() {
        logs.entry(entry.record.log).or_default().entry(entry.record.seq).or_default().push(at);
    }
    keyed
        .iter()
        .enumerate()
        .map(|(at, (_, entry))| {
            let record = entry.record;
            let named = record.refs.iter().chain(&record.object).filter_map(|id| place.get(id).copied());
            let before = logs[&record.log].range(..record.seq).next_back().map(|(_, at)| at.as_slice());
            named.chain(before.unwrap_or_default().iter().copied()).filter(|other| *other != at).collect()
        })
        .collect()
}

/// Kahn's walk by position, which is the order of keys. Only a forked log can make a circle; what is left in one goes
/// last, by key.
fn walk<'e, 'a>(keyed: &[(Key, &'e Entry<'a>)], after: &[BTreeSet<usize>]) -> Vec<&'e Entry<'a>> {
    let mut open: Vec<usize> = after.iter().map(BTreeSet::len).collect();
    let mut followers = vec![Vec::new(); keyed.len()];
    for (at, before) in after.iter().enumerate() {
        for other in before {
            followers[*other].push(at);
        }
    }
    let mut ready: BTreeSet<usize> = (0..keyed.len()).filter(|at| open[*at] == 0).collect();
    let mut placed = vec![false; keyed.len()];
    let mut order = Vec::with_capacity(keyed.len());
    while let Some(at) = ready.pop_first() {
        placed[at] = true;
        order.push(keyed[at].1);
        for next in &followers[at] {
            open[*next] -= 1;
            if open[*next] == 0 {
                ready.insert(*next);
            }
        }
    }
    order.extend((0..keyed.len()).filter(|at| !placed[*at]).map(|at| keyed[at].1));
    order
}
