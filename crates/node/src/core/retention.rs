//! How long bodies are kept: so many days from their first receipt, then every honest node drops them and keeps the
//! header. Bodies that should be here and are not are listed, to be sought from neighbours.
//!
//! Days are this node's own; they decide nothing for others. Read [`Core::note_bodies`] first.

use linli_community::kinds::{self, Keep};
use linli_record::{Header, Record, RecordId, Retention as Said};
use linli_store::{Batch, Op};
use linli_sync::Input;

use super::erasure::note_withdrawal;
use super::{Core, store_fault_read};
use crate::actor::LinkId;
use crate::fault::Fault;

/// Projection: the day a body goes (4 bytes) and its record, to nothing.
const EXPIRING: &str = "expiring";
/// Projection: records whose body should be here and is not.
pub(super) const LACKING: &str = "lacking";
/// Name under which is kept from which arrival on records were received on which day: it survives a repair.
const RECEIVED: &str = "received";
/// Bodies dropped in one batch.
const AT_ONCE: usize = 512;
/// Bodies one neighbour is asked for at a time.
const SOUGHT: usize = 256;
/// Records looked at in one step.
const STEP: usize = 2048;
/// A clock further ahead than this of the newest block drops nothing more.
const AHEAD_DAYS: u32 = 31;
const DAY_MS: u64 = 86_400_000;

/// From this arrival on, records were received on this day.
type Received = Vec<(u32, u64)>;

/// What this node knows of receipts.
#[derive(Debug, Default)]
pub(super) struct Retention {
    received: Received,
    swept: u32,
    /// Height of the block after which settled withdrawals were looked at last.
    pub(super) erased: Option<u64>,
}

/// Days a body is kept; `None` for ever.
pub(super) fn days_kept(header: &Header) -> Option<u32> {
    let said = match header.retention {
        Said::Archive => None,
        Said::Days(days) => Some(u32::from(days)),
    };
    match kinds::row(header.kind).map(|row| row.keep) {
        Some(Keep::Archive) => None,
        Some(Keep::AsSaid) | None => said,
        Some(Keep::AtMost(days)) => Some(said.map_or(u32::from(days), |said| said.min(u32::from(days)))),
    }
}

fn day(ms: u64) -> u32 {
    u32::try_from(ms / DAY_MS).unwrap_or(u32::MAX)
}

/// Whether a body that is not here has gone by its own terms, as far as its author's clock tells.
pub(super) fn has_expired(header: &Header, now_ms: u64) -> bool {
    days_kept(header).is_some_and(|days| day(header.claimed_ms).saturating_add(days) <= day(now_ms))
}

impl Core {
    pub(super) fn load_retention(&mut self) -> Result<(), Fault> {
        let held = self.store.named(RECEIVED).map_err(|error| store_fault_read(&error))?;
        self.retention.received =
            held.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Ok(())
    }

    /// Adds to the batch that stores these records when their bodies go, or that they are sought.
    pub(super) fn note_bodies(&mut self, records: &[Record], batch: &mut Batch) {
        let now = self.clock.now_ms();
        for record in records {
            note_withdrawal(record, batch);
            match (record.payload().is_some(), days_kept(record)) {
                (true, Some(days)) => {
                    self.note_day(day(now), batch);
                    batch.cache(
                        EXPIRING,
                        expiring(day(now).saturating_add(days), &record.id()),
                        Some(Vec::new()),
                    );
                }
                (false, _) if !has_expired(record, now) => {
                    batch.cache(LACKING, record.id().as_bytes(), Some(Vec::new()));
                }
                _ => {}
            }
        }
    }

    fn note_day(&mut self, today: u32, batch: &mut Batch) {
        if self.retention.received.last().is_some_and(|(day, _)| *day >= today) {
            return;
        }
        self.retention.received.push((today, self.store.arrivals() + 1));
        batch.name(RECEIVED, serde_json::to_vec(&self.retention.received).expect("plain numbers"));
    }

    /// Once a day: bodies whose days are over go.
    pub(super) fn drop_expired(&mut self) {
        let today = self.head().map_or_else(
            || day(self.clock.now_ms()),
            |head| day(self.clock.now_ms()).min(day(head.time_ms).saturating_add(AHEAD_DAYS)),
        );
        while self.retention.swept < today {
            match self.drop_some(today) {
                Ok(true) => {}
                Ok(false) => self.retention.swept = today,
                Err(fault) => {
                    tracing::warn!(%fault, "expired bodies could not be dropped yet");
                    return;
                }
            }
        }
    }

    /// Drops a batch of bodies; false when none was left.
    fn drop_some(&mut self, today: u32) -> Result<bool, Fault> {
        let due = self.store.cache_scan(EXPIRING, &[], AT_ONCE).map_err(|error| store_fault_read(&error))?;
        let mut batch = Batch::new();
        for (key, _) in due {
            let Some((day, id)) = key.split_first_chunk::<4>() else { continue };
            if u32::from_be_bytes(*day) > today {
                break;
            }
            let id = RecordId::from_slice(id).filter(|id| self.store.holds(id).unwrap_or(false));
            batch.cache(EXPIRING, key, None);
            if let Some(id) = id {
                batch.push(Op::DropPayload(id));
            }
        }
        if batch.is_empty() {
            return Ok(false);
        }
        self.ready_to_write()?;
        self.write(batch).map(|()| true)
    }

    /// Both lists anew, from the records and the days they were received on.
    pub(super) fn rebuild_bodies(&mut self) -> Result<(), Fault> {
        self.load_retention()?;
        let (mut batch, mut after, now) = (Batch::new(), 0, self.clock.now_ms());
        batch.push(Op::ClearCache(EXPIRING.into())).push(Op::ClearCache(LACKING.into()));
        loop {
            let page = self.store.arrivals_after(after, STEP).map_err(|error| store_fault_read(&error))?;
            let Some(last) = page.last() else { break };
            after = last.number;
            for arrival in &page {
                let record =
                    self.store.by_arrival(arrival.number).map_err(|error| store_fault_read(&error))?;
                let Some(record) = record else { continue };
                note_withdrawal(&record, &mut batch);
                match (record.payload().is_some(), days_kept(&record)) {
                    (true, Some(days)) => {
                        let goes = self.day_received(arrival.number, now).saturating_add(days);
                        batch.cache(EXPIRING, expiring(goes, &record.id()), Some(Vec::new()));
                    }
                    (false, _) if !has_expired(&record, now) => {
                        batch.cache(LACKING, record.id().as_bytes(), Some(Vec::new()));
                    }
                    _ => {}
                }
            }
        }
        self.retention.erased = None;
        self.write(batch)
    }

    fn day_received(&self, arrival: u64, now: u64) -> u32 {
        let after = self.retention.received.partition_point(|(_, first)| *first <= arrival);
        let known = after.checked_sub(1).and_then(|at| self.retention.received.get(at));
        known.map_or_else(|| day(now), |(day, _)| *day)
    }

    /// Asks a neighbour for bodies that should be here, on from where it was asked last.
    pub(super) fn seek_bodies(&mut self, link: LinkId) {
        let Some(from) = self.links.get(&link).map(|peer| peer.sought) else { return };
        let Ok(lacking) = self.store.cache_scan(LACKING, &from, SOUGHT) else { return };
        let ids: Vec<RecordId> = lacking.iter().filter_map(|(key, _)| RecordId::from_slice(key)).collect();
        let next = ids.last().filter(|_| ids.len() == SOUGHT).map_or([0; 32], |last| *last.as_bytes());
        if let Some(peer) = self.links.get_mut(&link) {
            peer.sought = next;
        }
        if !ids.is_empty() {
            self.feed(link, Input::Seek(ids));
        }
    }

    /// A neighbour answered for every body it was asked for: it is asked on, up to the end of the list.
    pub(super) fn seek_more(&mut self, link: LinkId) {
        if self.links.get(&link).is_some_and(|peer| peer.sought != [0; 32]) {
            self.seek_bodies(link);
        }
    }

    /// A body that was sought came: it is listed no more, and goes when its days are over.
    pub(super) fn note_body(&mut self, record: &Record, payload: Vec<u8>) {
        let mut batch = std::mem::take(&mut self.pending.batch);
        if let Ok(whole) = record.clone().with_payload(payload.clone()) {
            // Looked at again, like a record that came whole.
            self.pending.records.push(whole);
        }
        self.pending.doubtful = true;
        Self::note_late_for_ring(record, &mut batch);
        batch.push(Op::Payload { id: record.id(), payload });
        batch.cache(LACKING, record.id().as_bytes(), None);
        if let Some(days) = days_kept(record) {
            let today = day(self.clock.now_ms());
            self.note_day(today, &mut batch);
            batch.cache(EXPIRING, expiring(today.saturating_add(days), &record.id()), Some(Vec::new()));
        }
        self.pending.batch = batch;
    }
}

fn expiring(day: u32, id: &RecordId) -> Vec<u8> {
    [&day.to_be_bytes()[..], id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::super::rig::Rig;
    use super::*;

    #[test]
    fn a_neighbour_is_asked_on_until_it_was_asked_for_everything() {
        let mut rig = Rig::founded();
        let zhou = rig.member("3-1203");
        for lacking in 0..3 * SOUGHT as u64 {
            let id = RecordId::from(*blake3::hash(&lacking.to_be_bytes()).as_bytes());
            rig.core.cache(LACKING, id.as_bytes().to_vec(), Vec::new());
        }
        rig.core.commit_pending();
        let link = rig.link(1, zhou.node_key());
        let said = rig.converse(link);
        assert_eq!(rig.closed(link), None);
        let asked: usize = said.iter().filter(|frame| frame[0] == 15).map(Vec::len).sum();
        assert!(asked > 3 * SOUGHT * RecordId::LEN, "{asked} bytes of names");
    }
}
