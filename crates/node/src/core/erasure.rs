//! What its author took back: once a block settled that, this node drops the bytes and keeps the header.
//!
//! An unsettled withdrawal hides, and erases nothing: it may be judged otherwise yet. Whether a withdrawal counts, the
//! folds decide; a keeper of ciphertext can't read it, and keeps the ciphertext. Start at [`Core::erase_withdrawn`].

use linli_community::content::withdraw::{Marks, Withdraw};
use linli_community::content::{Entry, Payload as _, order};
use linli_record::{Record, RecordId};
use linli_store::{Batch, Op};

use super::retention::LACKING;
use super::{Core, store_fault_read};
use crate::fault::Fault;

/// Projection: withdrawals that erased nothing yet.
const WITHDRAWALS: &str = "withdrawals";
/// Projection: records whose bytes were dropped so; they are not sought, and not taken again.
const ERASED: &str = "erased";

/// Adds to the batch that stores a withdrawal that it has yet to take effect on the bytes.
pub(super) fn note_withdrawal(record: &Record, batch: &mut Batch) {
    if record.kind == Withdraw::KIND {
        batch.cache(WITHDRAWALS, record.id().as_bytes(), Some(Vec::new()));
    }
}

impl Core {
    /// After every block, and after a start: what settled withdrawals take back goes.
    pub(super) fn erase_withdrawn(&mut self) {
        let height = self.head().map(|head| head.height);
        if height.is_none() || self.retention.erased == height {
            return;
        }
        match self.erase_what_is_settled() {
            Ok(()) => self.retention.erased = height,
            Err(fault) => tracing::warn!(%fault, "what was withdrawn could not be erased yet"),
        }
    }

    fn erase_what_is_settled(&mut self) -> Result<(), Fault> {
        let noted = self.store.cache_scan(WITHDRAWALS, &[], usize::MAX);
        let mut batch = Batch::new();
        for (key, _) in noted.map_err(|error| store_fault_read(&error))? {
            let Some(id) = RecordId::from_slice(&key) else { continue };
            let held = self.store.record(&id).map_err(|error| store_fault_read(&error))?;
            let Some(taken_back) = held.map(|record| self.taken_back(&record)).transpose()? else { continue };
            if taken_back.is_empty() {
                continue;
            }
            batch.cache(WITHDRAWALS, key, None);
            for id in taken_back {
                batch.push(Op::DropPayload(id));
                batch.cache(ERASED, id.as_bytes(), Some(Vec::new()));
                batch.cache(LACKING, id.as_bytes(), None);
            }
        }
        if batch.is_empty() {
            return Ok(());
        }
        self.ready_to_write()?;
        self.write(batch)
    }

    /// The records a withdrawal takes back; none while it does not count, is not settled, or names what is not here.
    fn taken_back(&self, record: &Record) -> Result<Vec<RecordId>, Fault> {
        let body = self.open_body(record);
        let said = body.and_then(|body| Withdraw::parse(&body).ok()).filter(|said| said.blob.is_none());
        let Some(target) = said.map(|said| said.target) else { return Ok(Vec::new()) };
        if self.standing(record).height.is_none() {
            return Ok(Vec::new());
        }
        self.with_entries(&record.object_id(), |entries, _| effective(entries, &record.id(), &target))
    }

    /// Whether a record's bytes were taken back: they are not wanted any more.
    pub(super) fn is_erased(&self, id: &RecordId) -> bool {
        self.store.cached(ERASED, id.as_bytes()).is_ok_and(|held| held.is_some())
    }
}

fn effective(entries: &[Entry<'_>], withdrawal: &RecordId, target: &RecordId) -> Vec<RecordId> {
    let (marks, _) = Marks::read(&order::canonical(entries));
    let first = marks.on(target).and_then(|mark| mark.record);
    if first != Some(*withdrawal) {
        return Vec::new();
    }
    marks.gone_with(target, entries)
}
