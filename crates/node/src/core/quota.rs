//! How much of one device's new records a day is forwarded at once. Beyond it they come by comparison only: back-pressure,
//! never a verdict, and never on catching up.

use std::collections::BTreeMap;

use linli_record::{DeviceKey, LogId, Record};

use super::Core;

/// New records of one device that are forwarded at once, in one day.
const RECORDS: u64 = 1_000;
/// Bytes of them.
const BYTES: u64 = 16 * 1024 * 1024;
const DAY_MS: u64 = 86_400_000;

/// What every device said today that was new here.
#[derive(Debug, Default)]
pub(super) struct Quota {
    day: u64,
    said: BTreeMap<DeviceKey, (u64, u64)>,
}

impl Quota {
    fn count(&mut self, key: DeviceKey, records: &[Record], now_ms: u64) {
        if self.day != now_ms / DAY_MS {
            (self.day, self.said) = (now_ms / DAY_MS, BTreeMap::new());
        }
        let bytes = |record: &Record| record.bytes().len() + record.payload().map_or(0, <[u8]>::len);
        let said = self.said.entry(key).or_default();
        said.0 += records.len() as u64;
        said.1 += records.iter().map(bytes).sum::<usize>() as u64;
    }

    fn is_within(&self, key: &DeviceKey, now_ms: u64) -> bool {
        let today = self.said.get(key).filter(|_| self.day == now_ms / DAY_MS);
        today.is_none_or(|(records, bytes)| *records <= RECORDS && *bytes <= BYTES)
    }
}

impl Core {
    /// Records that were new to everyone: said here, or forwarded by a neighbour this node was even with.
    pub(super) fn count_new(&mut self, key: DeviceKey, records: &[Record]) {
        self.quota.count(key, records, self.clock.now_ms());
    }

    /// Whether a log's new records are forwarded at once.
    pub(super) fn is_within_quota(&self, log: &LogId) -> bool {
        self.store.tip(log).is_none_or(|tip| self.quota.is_within(&tip.key, self.clock.now_ms()))
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
        assert!(quota.is_within(&key, 5));
        quota.count(key, std::slice::from_ref(&record), 5);
        assert!(!quota.is_within(&key, 5));
        assert!(quota.is_within(&SecretKey::from_bytes(&[8; 32]).public(), 5));
        assert!(quota.is_within(&key, DAY_MS));
    }
}
