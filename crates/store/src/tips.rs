//! How far every log is held, all in memory: one entry a log, read at opening, so that opening never walks the records.

use std::collections::BTreeMap;

use linli_record::{LogId, NodeKey, Signature, Tip};
use minicbor::{Decode, Encode};

use crate::checksum;

/// A log this store holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Held {
    #[n(0)]
    pub(crate) tip: Tip,
    /// Arrival number of the tip.
    #[n(1)]
    pub(crate) arrival: u64,
    /// The tip's signature, unless its row keeps it.
    #[n(2)]
    pub(crate) signature: Option<Signature>,
}

impl Held {
    pub(crate) fn seal(&self, log: u32) -> Vec<u8> {
        let bytes = minicbor::to_vec(self).expect("a vector takes every byte");
        checksum::seal(&log.to_be_bytes(), &bytes)
    }

    pub(crate) fn open(log: u32, sealed: &[u8]) -> Option<Self> {
        let bytes = checksum::open(&log.to_be_bytes(), sealed)?;
        minicbor::decode(bytes).ok()
    }
}

/// Every log by its local number and by its id. Numbers are given in order and never taken back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tips {
    logs: Vec<Held>,
    numbers: BTreeMap<LogId, u32>,
}

impl Tips {
    pub(crate) fn number(&self, log: &LogId) -> Option<u32> {
        self.numbers.get(log).copied()
    }

    pub(crate) fn by_number(&self, number: u32) -> Option<&Held> {
        self.logs.get(number as usize)
    }

    pub(crate) fn by_id(&self, log: &LogId) -> Option<(u32, &Held)> {
        let number = self.number(log)?;
        Some((number, self.by_number(number)?))
    }

    /// The number the next log gets.
    pub(crate) fn next(&self) -> u32 {
        u32::try_from(self.logs.len()).expect("each log is a row; there are not four thousand million")
    }

    /// Sets a log's state; a new log must have the next number.
    pub(crate) fn set(&mut self, number: u32, held: Held) {
        if number == self.next() {
            self.numbers.insert(held.tip.log, number);
            self.logs.push(held);
        } else {
            self.logs[number as usize] = held;
        }
    }

    /// In order of log id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Held)> {
        self.numbers.values().filter_map(|number| Some((*number, self.by_number(*number)?)))
    }

    pub(crate) fn len(&self) -> usize {
        self.logs.len()
    }
}

/// Neighbours by local number, from 1; 0 is this node itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Peers {
    keys: Vec<NodeKey>,
    numbers: BTreeMap<NodeKey, u32>,
}

impl Peers {
    pub(crate) fn key(&self, number: u32) -> Option<NodeKey> {
        self.keys.get((number as usize).checked_sub(1)?).copied()
    }

    pub(crate) fn number(&self, key: &NodeKey) -> Option<u32> {
        self.numbers.get(key).copied()
    }

    pub(crate) fn push(&mut self, key: NodeKey) -> u32 {
        self.keys.push(key);
        let number = u32::try_from(self.keys.len()).expect("there are not four thousand million neighbours");
        self.numbers.insert(key, number);
        number
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }
}
