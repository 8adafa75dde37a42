//! How much of one device's new records a day is forwarded at once. Beyond it they come by comparison only: back-pressure,
//! never a verdict, and never on catching up. A gateway, which speaks for many things, has more.
//!
//! The day's tally outlives a restart, but for its last few records, or whoever floods would be let in again with each. (What
//! a neighbour may ask of this node, [`super::patience`], begins anew: nothing rests on it but this process's own work.)

use std::collections::BTreeMap;

use linli_community::register::Role;
use linli_record::{DeviceKey, LogId, Record};
use serde::{Deserialize, Serialize};

use super::{Core, store_fault_read};
use crate::fault::Fault;

/// New records of one device that are forwarded at once, in one day.
const RECORDS: u64 = 1_000;
/// Bytes of them.
const BYTES: u64 = 16 * 1024 * 1024;
/// A gateway has so many times that.
const GATEWAY: u64 = 20;
const DAY_MS: u64 = 86_400_000;
/// Name under which the tally is kept.
const TALLY: &str = "quota";
/// It is written again after so many more records or bytes of one device.
const WRITE_RECORDS: u64 = 50;
const WRITE_BYTES: u64 = 1024 * 1024;

/// What every device said today that was new here.
#[derive(Debug, Default)]
pub(super) struct Quota {
    day: u64,
    said: BTreeMap<DeviceKey, Said>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    records: u64,
    bytes: u64,
}

impl Said {
    /// How often it should have been written.
    const fn marks(&self) -> (u64, u64) {
        (self.records / WRITE_RECORDS, self.bytes / WRITE_BYTES)
    }
}

/// The tally as it is kept: those who said little are left out.
#[derive(Serialize, Deserialize)]
struct Tally {
    day: u64,
    said: Vec<(DeviceKey, Said)>,
}

impl Quota {
    /// Counts; true when the tally should be written again.
    fn count(&mut self, key: DeviceKey, records: &[Record], now_ms: u64) -> bool {
        if self.day != now_ms / DAY_MS {
            (self.day, self.said) = (now_ms / DAY_MS, BTreeMap::new());
        }
        let bytes = |record: &Record| record.bytes().len() + record.payload().map_or(0, <[u8]>::len);
        let said = self.said.entry(key).or_default();
        let before = said.marks();
        said.records += records.len() as u64;
        said.bytes += records.iter().map(bytes).sum::<usize>() as u64;
        said.marks() != before
    }

    fn is_within(&self, key: &DeviceKey, times: u64, now_ms: u64) -> bool {
        let today = self.said.get(key).filter(|_| self.day == now_ms / DAY_MS);
        today.is_none_or(|said| said.records <= RECORDS * times && said.bytes <= BYTES * times)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let much = self.said.iter().filter(|(_, said)| said.marks() != (0, 0));
        let tally = Tally { day: self.day, said: much.map(|(key, said)| (*key, *said)).collect() };
        serde_json::to_vec(&tally).expect("plain numbers")
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let Tally { day, said } = serde_json::from_slice(bytes).ok()?;
        Some(Self { day, said: said.into_iter().collect() })
    }
}

impl Core {
    pub(super) fn load_quota(&mut self) -> Result<(), Fault> {
        let held = self.store.named(TALLY).map_err(|error| store_fault_read(&error))?;
        self.quota = held.and_then(|bytes| Quota::from_bytes(&bytes)).unwrap_or_default();
        Ok(())
    }

    /// Records that were new to everyone: said here, or forwarded by a neighbour this node was even with.
    pub(super) fn count_new(&mut self, key: DeviceKey, records: &[Record]) {
        if self.quota.count(key, records, self.clock.now_ms()) {
            self.pending.batch.name(TALLY, self.quota.to_bytes());
        }
    }

    /// Whether a log's new records are forwarded at once.
    pub(super) fn is_within_quota(&self, log: &LogId) -> bool {
        let Some(key) = self.store.tip(log).map(|tip| tip.key) else { return true };
        let device = self.state.as_ref().and_then(|state| state.device_by_key(&key));
        let gateway = device.is_some_and(|device| device.role == Role::Gateway);
        self.quota.is_within(&key, if gateway { GATEWAY } else { 1 }, self.clock.now_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linli_record::{CommunityId, Incarnation, LogOpen, LogWriter, SecretKey};

    fn opening() -> Record {
        let key = SecretKey::from_bytes(&[7; 32]);
        let open = LogOpen::member(&key, Incarnation::from([1; 16]), None, "linli");
        let writer = LogWriter::begin(CommunityId::from([9; 32]), key, &open, [0; 16], 0, 0);
        writer.expect("an opening").opening().clone()
    }

    #[test]
    fn a_chatterbox_is_forwarded_a_thousand_times_a_day_and_again_tomorrow() {
        let (key, record) = (SecretKey::from_bytes(&[7; 32]).public(), opening());
        let mut quota = Quota::default();
        for _ in 0..RECORDS {
            quota.count(key, std::slice::from_ref(&record), 5);
        }
        assert!(quota.is_within(&key, 1, 5));
        quota.count(key, std::slice::from_ref(&record), 5);
        assert!(!quota.is_within(&key, 1, 5));
        assert!(quota.is_within(&key, GATEWAY, 5), "a gateway has more");
        assert!(quota.is_within(&SecretKey::from_bytes(&[8; 32]).public(), 1, 5));
        assert!(quota.is_within(&key, 1, DAY_MS));
    }

    #[test]
    fn a_flood_goes_on_being_one_after_a_restart() {
        let (key, record) = (SecretKey::from_bytes(&[7; 32]).public(), opening());
        let (mut quota, mut kept) = (Quota::default(), Vec::new());
        for _ in 0..RECORDS + WRITE_RECORDS {
            if quota.count(key, std::slice::from_ref(&record), 5) {
                kept = quota.to_bytes();
            }
        }
        let again = Quota::from_bytes(&kept).expect("its own bytes");
        assert!(!again.is_within(&key, 1, 5) && again.is_within(&key, 1, DAY_MS));
        assert_eq!(again.said, quota.said);
        assert!(Quota::from_bytes(b"{}").is_none());
    }
}
