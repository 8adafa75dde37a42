//! Check and repair: every byte is as it was written, and everything computed from the records is what they say.

use linli_record::{Hash, LogId, StoreId};
use linli_store::{CheckReport, Place, RepairReport, contain};

use super::super::busy::Busy;
use super::super::order::FORBIDS;
use super::super::{Core, store_fault, store_settings};
use crate::chance::random;
use crate::fault::Fault;
use crate::vocabulary::{Answer, CheckView, FaultView, RepairView};

const CONTRADICT: &str = "its pages contradict one another";

impl Core {
    /// Verifies every byte of the store, then everything computed from it.
    pub(super) fn check(&self) -> Answer {
        let busy = self.busy("check");
        Answer::Checked(Box::new(self.checked(&busy)))
    }

    fn checked(&self, busy: &Busy) -> CheckView {
        let mut view = CheckView::of(self.store.check(&mut busy.store()));
        // A damaged file may make the store panic: that is a fault of the file, named where the store was checked.
        if contain(|| self.check_register(&mut view, busy)).is_err() {
            view.fault("file", "", CONTRADICT);
        }
        if contain(|| self.check_ring(&mut view)).is_err() {
            view.fault("file", "", CONTRADICT);
        }
        view
    }

    /// Replays every block on a state of its own and compares what it made.
    fn check_register(&self, view: &mut CheckView, busy: &Busy) {
        if let Some(lost) = self.lost_blocks() {
            view.fault(
                "block",
                &lost.to_string(),
                "lost to damage: the register waits for it from neighbours, a bundle or a backup",
            );
        }
        let replayed = match self.replayed(Some(busy)) {
            Ok(replayed) => replayed,
            Err(fault) => return view.fault("register", "", fault.message),
        };
        view.waiting_for.clone_from(&replayed.lacks);
        if replayed.state != self.state {
            view.fault("register", "state", "replaying the blocks gives another state");
        }
        match self.held_verdicts() {
            Ok(held) if held == replayed.verdicts => {}
            Ok(_) => view.fault("register", "verdicts", "replaying the blocks gives other verdicts"),
            Err(fault) => view.fault("register", "verdicts", fault.message),
        }
        match self.held_settled() {
            Ok(held) if held == replayed.settled => {}
            Ok(_) => view.fault("cache", "settled", "it is not what the blocks say"),
            Err(fault) => view.fault("cache", "settled", fault.message),
        }
    }

    fn check_ring(&self, view: &mut CheckView) {
        match self.ring_is_whole() {
            Ok(true) => {}
            Ok(false) => view.fault("cache", "ring", "a key that was granted to this device is not in it"),
            Err(fault) => view.fault("cache", "ring", fault.message),
        }
    }

    /// Rebuilds the store from its rows and blocks, and every cache from the records.
    pub(super) fn repair(&mut self) -> Result<Answer, Fault> {
        self.ready_to_write()?;
        let before = self.digest_now();
        let settings = store_settings(&self.settings);
        let busy = self.busy("repair");
        let report = self.store.repair_here(StoreId::from(random()), &settings, &mut busy.store());
        let report = report.map_err(|error| store_fault(&error))?;
        self.rebuild(&report, &busy)?;
        self.meet_everyone_anew();
        Ok(self.repaired(report, before, &busy))
    }

    /// What a repair did, with a check of what it made.
    pub(in super::super) fn repaired(
        &self,
        report: RepairReport,
        before: Option<Hash>,
        busy: &Busy,
    ) -> Answer {
        let mut view = self.checked(busy);
        let spotless = report.found.is_sound() && report.mended == 0 && report.aside == 0;
        let kept = report.damaged_file.filter(|file| {
            // A spotless file held nothing that the new one does not.
            !(spotless && view.faults.is_empty()) || std::fs::remove_file(file).is_err()
        });
        view.repaired = Some(RepairView {
            found: CheckView::of(report.found).faults,
            mended: report.mended,
            aside: report.aside,
            incomplete: report.incomplete,
            fresh: report.fresh,
            before,
            after: self.digest_now(),
            damaged_file: kept,
        });
        Answer::Checked(Box::new(view))
    }

    pub(in super::super) fn digest_now(&self) -> Option<Hash> {
        match self.digest() {
            Ok(Answer::Digest(digest)) => Some(digest.of.digest),
            _ => None,
        }
    }

    /// Everything computed, anew, after the store's rows and indexes are.
    pub(in super::super) fn rebuild(&mut self, report: &RepairReport, busy: &Busy) -> Result<(), Fault> {
        self.pending = super::super::intake::Pending::default();
        self.load_glances()?;
        self.note_lost_blocks(report)?;
        self.replay_register(Some(busy))?;
        self.load_pens()?;
        self.rebuild_ring()?;
        self.rebuild_bodies()?;
        self.load_roots()?;
        self.follow_paths();
        self.load_forks()?;
        self.load_door()?;
        self.commit_pending();
        if self.own_log_was_cut(report)? {
            self.begin_new_life()?;
        }
        if report.state_lost {
            self.pause_witness("some of the register's blocks were damaged");
        } else if remembers_less(report) {
            self.pause_witness("some of what it remembered was damaged");
        }
        Ok(())
    }

    /// Whether records of this device may be among what could not be kept: then its logs must not be written on.
    fn own_log_was_cut(&self, report: &RepairReport) -> Result<bool, Fault> {
        let own = self.keys.signing.public();
        if report.incomplete || report.cut.contains(&own) {
            return Ok(true);
        }
        if report.aside == 0 {
            return Ok(false);
        }
        let is_own = |log: &LogId| self.store.tip(log).is_none_or(|tip| tip.key == own);
        let mut from = 1;
        loop {
            let page =
                self.store.aside(from, 1024).map_err(|error| super::super::store_fault_read(&error))?;
            if page.iter().any(|aside| aside.log.as_ref().is_none_or(is_own)) {
                return Ok(true);
            }
            if page.is_empty() {
                return Ok(false);
            }
            from += page.len() as u64;
        }
    }
}

/// Whether it may be forgotten that this home must not order.
fn remembers_less(report: &RepairReport) -> bool {
    let lost = |place: &Place| matches!(place, Place::Value { table: "named", key } if FORBIDS.contains(&key.as_str()));
    report.names_lost || report.found.faults.iter().any(|fault| lost(&fault.place))
}

impl CheckView {
    /// What the store's check found.
    pub(crate) fn of(report: CheckReport) -> Self {
        Self {
            records: report.verified,
            unverified: report.unverified,
            logs: report.logs,
            blocks: report.blocks,
            attachments: report.blobs,
            faults: report.faults.into_iter().map(|fault| fault_view(&fault.place, fault.what)).collect(),
            more: report.more,
            waiting_for: None,
            repaired: None,
        }
    }

    fn fault(&mut self, place: &str, at: &str, what: impl Into<String>) {
        self.faults.push(FaultView { place: place.into(), at: at.into(), what: what.into() });
    }
}

fn fault_view(place: &Place, what: String) -> FaultView {
    let (place, at) = match place {
        Place::File => ("file", String::new()),
        Place::Record { log, seq, arrival } => {
            let part = |name: &str, value: Option<String>| value.map(|value| format!("{name} {value}"));
            let parts = [
                part("log", log.map(|log| log.to_string())),
                part("record", seq.map(|seq| seq.to_string())),
                part("arrival", arrival.map(|arrival| arrival.to_string())),
            ];
            ("record", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
        }
        Place::Tip(log) => ("tip", log.to_string()),
        Place::Index { index, arrival: 0 } => ("index", (*index).to_owned()),
        Place::Index { index, arrival } => ("index", format!("{index}, arrival {arrival}")),
        Place::Fork { log, seq } => ("fork", format!("log number {log}, record {seq}")),
        Place::Block(height) => ("block", height.to_string()),
        Place::Blocks(from, to) => ("block", format!("{from} to {to}")),
        Place::State => ("register", "state".to_owned()),
        Place::Value { table: "caches", key } => ("cache", key.clone()),
        Place::Value { table, key } => ("value", format!("{table}, {key}")),
        Place::Blob(hash) => ("attachment", hash.to_string()),
        other => ("other", format!("{other:?}")),
    };
    FaultView { place: place.into(), at, what }
}
