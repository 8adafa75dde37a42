//! Writing the store, and what happens when the disk refuses: it is said, nothing is acknowledged, and as soon as the
//! disk is good again the node goes on.
//!
//! After a failed write the batch may be on the disk or not; only opening the file again tells. So everything held in
//! memory is read again then, above all how far this home's own logs go: a record must never be written at a place that
//! is taken.

use linli_store::{Batch, Panicked, WriteError, contain};

use super::Core;
use crate::fault::{Fault, FaultKind};

/// The pause before the store is opened again by itself; doubled each time, up to [`LONGEST_PAUSE_MS`].
const PAUSE_MS: u64 = 1_000;
const LONGEST_PAUSE_MS: u64 = 30_000;
/// What a person sees while the disk refuses.
const WARNING: &str = "disk-failed";
/// Name under which the first write after a fault is kept.
const GOOD_AGAIN: &str = "disk-good-again";

/// A disk that refused; nothing while it is good.
#[derive(Debug, Default)]
pub(super) struct Ailing(Option<Pause>);

#[derive(Debug, Clone, Copy)]
struct Pause {
    next_ms: u64,
    length_ms: u64,
}

impl Core {
    /// Writes a batch: durable when this returns, or not acknowledged.
    pub(super) fn write(&mut self, mut batch: Batch) -> Result<(), Fault> {
        self.forget_glances(&mut batch);
        match self.store.write(batch) {
            Ok(_) => {
                self.disk_is_good();
                Ok(())
            }
            Err(error) => {
                // Nothing of the batch is there, nor what it would have forgotten.
                let _ = self.load_glances();
                if error.must_reopen() {
                    self.disk_refused(&error);
                }
                Err(Fault::disk("writing the store", &error))
            }
        }
    }

    /// Comes before whatever makes records: after a fault the file is opened again first, and what it holds counts.
    pub(super) fn ready_to_write(&mut self) -> Result<(), Fault> {
        if self.store.must_reopen() {
            let settings = super::store_settings(&self.settings);
            self.store.reopen(&settings).map_err(|error| super::store_fault(&error))?;
            self.read_anew()?;
        }
        self.open_lacking_log()
    }

    /// What memory holds of the store, from the store.
    pub(super) fn read_anew(&mut self) -> Result<(), Fault> {
        self.pending = super::intake::Pending::default();
        self.alongside.clear();
        self.load_state()?;
        self.load_pens()?;
        self.load_ring()?;
        self.load_glances()?;
        self.load_roots()?;
        self.follow_paths();
        self.load_door()?;
        self.load_forks()
    }

    /// After a panic memory can't be trusted: everything is read anew. Says whether the store or the program is at fault.
    pub(super) fn after_panic(&mut self, panicked: &Panicked) -> Fault {
        let settings = super::store_settings(&self.settings);
        let anew = contain(|| {
            let reopened = self.store.reopen(&settings);
            self.recover();
            reopened
        });
        let unreadable = !matches!(anew, Ok(Ok(())));
        if unreadable {
            self.desk.stop_soon();
        }
        if unreadable || !self.store.check(&mut |_| {}).is_sound() {
            return Fault::store_damaged("the store is damaged: its pages contradict one another");
        }
        tracing::error!(%panicked, "a request failed");
        Fault::new(FaultKind::Internal, "defect", "a defect of this program ended the request")
            .hint("nothing was acknowledged; what was acknowledged before is on disk")
    }

    /// Tries a disk that refused again, now and then.
    pub(super) fn try_disk_again(&mut self) {
        let Some(pause) = self.ailing.0.filter(|pause| self.clock.now_ms() >= pause.next_ms) else { return };
        let length_ms = (pause.length_ms * 2).min(LONGEST_PAUSE_MS);
        self.ailing.0 = Some(Pause { next_ms: self.clock.now_ms() + length_ms, length_ms });
        let mut batch = Batch::new();
        batch.name(GOOD_AGAIN, self.clock.now_ms().to_be_bytes());
        if let Err(fault) = self.ready_to_write().and_then(|()| self.write(batch)) {
            tracing::warn!(%fault, "the disk still refuses");
        }
    }

    fn disk_refused(&mut self, error: &WriteError) {
        if self.ailing.0.is_none() {
            self.ailing.0 = Some(Pause { next_ms: self.clock.now_ms() + PAUSE_MS, length_ms: PAUSE_MS });
        }
        let why = match error {
            WriteError::Full => "the disk is full",
            _ => "the disk failed",
        };
        if !self.warnings.contains_key(WARNING) {
            self.warn(
                WARNING,
                format!(
                    "{why}: nothing new is saved, and nothing is acknowledged, until it can be written again. What was \
                     saved before is safe; make room, or check the disk"
                ),
            );
        }
    }

    fn disk_is_good(&mut self) {
        if self.ailing.0.take().is_some() {
            self.warnings.remove(WARNING);
            tracing::info!("the disk takes writes again");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::rig::Rig;

    #[test]
    fn a_node_that_has_to_stop_stops_however_much_waits_for_it() {
        let (actor, desk) = Rig::founded().into_actor();
        // As many calls as there is room for.
        (0..100_000).for_each(|_| desk.suspect(None));
        desk.stop_soon();
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            actor.run(runtime.handle());
            tell.send(()).unwrap();
        });
        assert!(told.recv_timeout(Duration::from_secs(60)).is_ok(), "it runs on");
    }
}
