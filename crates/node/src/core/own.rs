//! This home's own records: signed, durable, then announced; in that order.
//!
//! Before the first record after a start, the machine is compared with the one the home remembers, and neighbours are asked
//! (see `first_word`). A home that was copied or restored goes on in a new log of the same key (a new incarnation), so that
//! it never writes a second history.

use std::collections::BTreeMap;

use linli_record::writer::Seal;
use linli_record::{
    AudienceId, Draft, EpochKey, Incarnation, LogId, LogOpen, LogWriter, Record, RecordId, Tip,
};
use linli_store::Batch;

use super::links::behind;
use super::roots::Covers;
use super::{Core, LastingWarning, PROGRAM, fresh_salt, store_fault_read};
use crate::chance::random;
use crate::fault::{Fault, FaultKind};
use crate::home::Home;

/// Name under which a home that waits to be admitted keeps its invite.
pub(super) const JOINING: &str = "joining";
/// Name under which the machine is remembered.
const MACHINE: &str = "machine";
/// What ends by itself is shown for at least so long.
const READ_WITHIN_MS: u64 = 10 * 60 * 1000;

/// A record about to be written.
pub(super) struct Saying {
    pub(super) draft: Draft,
    pub(super) body: Vec<u8>,
}

impl Core {
    /// Finds the logs this device writes, as far as the store holds them.
    pub(super) fn load_pens(&mut self) -> Result<(), Fault> {
        self.pen = None;
        self.private_pens.clear();
        let own = self.keys.signing.public();
        let incarnation = self.keys.incarnation;
        let logs: Vec<(Option<AudienceId>, LogId)> = self
            .store
            .tips()
            .filter(|tip| tip.key == own && !tip.closed)
            .filter(|tip| tip.log == linli_record::open::log_id(&own, &incarnation, tip.audience.as_ref()))
            .map(|tip| (tip.audience, tip.log))
            .collect();
        for (audience, log) in logs {
            let writer = self.resume(&log)?;
            match audience {
                None => self.pen = Some(writer),
                Some(audience) => {
                    self.private_pens.insert(audience, writer);
                }
            }
        }
        Ok(())
    }

    fn resume(&self, log: &LogId) -> Result<LogWriter, Fault> {
        let damaged = || Fault::store_damaged("this home's own log does not read");
        let tip = self.store.tip(log).cloned().ok_or_else(damaged)?;
        let opening = self.store.records(log, 0, 0).map_err(|error| store_fault_read(&error))?;
        let opening = opening.into_iter().next().ok_or_else(damaged)?;
        Ok(LogWriter::resume(self.community, self.keys.signing.clone(), tip, opening))
    }

    /// A home whose store was made on another machine, or lies elsewhere now, was copied: it goes on in a new log.
    pub(super) fn notice_copied_home(&mut self) -> Result<(), Fault> {
        let here = machine(&self.home);
        let remembered = self.store.named(MACHINE).map_err(|error| store_fault_read(&error))?;
        match remembered {
            Some(there) if there != here => {
                self.begin_new_life()?;
                self.warn_until_even(
                    "copied-home",
                    "this home was copied or restored from a backup: it goes on in a new log. If the other copy is \
                     still in use, stop one of the two and add it as a second device instead (`linli device add`)",
                );
            }
            Some(_) => return Ok(()),
            None => {}
        }
        let mut batch = Batch::new();
        batch.name(MACHINE, here);
        self.write(batch)
    }

    /// Another copy of this home writes with the same key, now.
    pub(super) fn meet_own_copy(&mut self) {
        self.warn_lastingly(
            "copied-home",
            "another copy of this home writes with the same key. Stop one of the two; add it as a second device instead \
             (`linli device add`)",
        );
        self.go_on_in_a_new_log();
    }

    /// A settled fork closes every log its device had: what is said from now on stands in a new one, once it is confirmed.
    pub(super) fn leave_closed_log(&mut self) {
        let Some((state, pen)) = self.state.as_ref().zip(self.pen.as_ref()) else { return };
        if state.closed_logs().any(|closed| closed.log == pen.tip().log) {
            self.go_on_in_a_new_log();
        }
    }

    /// Whether this home writes that log now.
    pub(super) fn writes(&self, log: &LogId) -> bool {
        self.pen.iter().chain(self.private_pens.values()).any(|pen| pen.tip().log == *log)
    }

    fn go_on_in_a_new_log(&mut self) {
        if let Err(fault) = self.begin_new_life() {
            tracing::error!(%fault, "a new log could not be begun");
        }
    }

    /// Records of this device's key came from a neighbour. In the log this home writes: it lost them, so it was restored
    /// from a backup. In another one that is written still: another copy runs.
    pub(super) fn notice_own_records(&mut self, tips: &BTreeMap<LogId, Tip>, records: &[Record]) {
        let own = self.keys.signing.public();
        let Some(since_ms) = self.pen.as_ref().map(|pen| pen.opening().claimed_ms) else { return };
        let mut theirs = tips.values().filter(|tip| tip.key == own).map(|tip| tip.log).peekable();
        if theirs.peek().is_none() {
            return;
        }
        if theirs.any(|log| self.writes(&log)) {
            self.warn_until_even(
                "restored-home",
                "neighbours hold records of this device that this home had lost: it was restored from a backup, or \
                 copied. Nothing is lost; it goes on in a new log",
            );
            return self.go_on_in_a_new_log();
        }
        let speaks = |record: &&Record| tips.get(&record.log).is_some_and(|tip| tip.key == own);
        if records.iter().filter(speaks).any(|record| record.claimed_ms > since_ms) {
            self.warn_lastingly(
                "copied-home",
                "another copy of this home writes with the same key, in another log. Stop one of the two; add it as a \
                 second device instead (`linli device add`)",
            );
        }
    }

    /// What was told of a restored home is over, once a neighbour holds everything this home holds and the person has
    /// had time to read it; another copy that writes is warned about anew.
    pub(super) fn forget_restoring(&mut self) {
        let now = self.clock.now_ms();
        let over = |warning: &LastingWarning| {
            warning.until_even && now.saturating_sub(warning.at_ms) >= READ_WITHIN_MS
        };
        let over: Vec<String> =
            self.lasting.iter().filter(|(_, one)| over(one)).map(|(code, _)| code.clone()).collect();
        if over.is_empty() || !self.is_held_elsewhere() {
            return;
        }
        for code in over {
            self.warnings.remove(code.as_str());
            self.lasting.remove(&code);
        }
        self.keep_warnings();
    }

    /// Whether a neighbour was sent everything that is here, and sent what it has.
    fn is_held_elsewhere(&self) -> bool {
        let arrivals = self.store.arrivals();
        self.links.values().any(|peer| peer.live() && behind(peer, arrivals) == 0)
    }

    /// A new incarnation of the same key: new logs, which name the ones they continue.
    ///
    /// Ordering is paused first: no moment may follow in which a copy knows of the other and orders. The key file comes
    /// before the log, so that nothing is written any more where another copy writes. Whatever interrupts this after the
    /// key file, [`Core::open_lacking_log`] ends it.
    pub(super) fn begin_new_life(&mut self) -> Result<(), Fault> {
        self.pause_witness("was copied, moved or restored");
        let before = self.pen.take().map(|pen| pen.tip().log);
        self.private_pens.clear();
        let incarnation = Incarnation::from(random());
        self.home.write_incarnation(incarnation)?;
        self.keys.incarnation = incarnation;
        // A new log holds nothing that could be contradicted.
        self.first_word.need_not_ask();
        match before {
            Some(_) if self.is_member() => self.open_public_log(before),
            None if self.is_member() => self.open_lacking_log(),
            _ => self.mark_store(),
        }
    }

    /// Neighbours remember how far they heard this store: a copy of it is another one.
    fn mark_store(&mut self) -> Result<(), Fault> {
        let id = linli_record::StoreId::from(random());
        self.store.restamp(id).map_err(|error| Fault::disk("marking the store", &error))
    }

    /// A new life that was interrupted goes on, as soon as the disk takes it.
    pub(super) fn resume_life(&mut self) {
        if !self.store.must_reopen()
            && !self.is_asking()
            && let Err(fault) = self.open_lacking_log()
        {
            tracing::warn!(%fault, "a new log could not be begun yet");
        }
    }

    /// Opens this device's public log where it is enrolled and has none: it was admitted just now, or a power cut or a
    /// full disk came between a new incarnation and its log.
    pub(super) fn open_lacking_log(&mut self) -> Result<(), Fault> {
        let own = self.keys.signing.public();
        let log = linli_record::open::log_id(&own, &self.keys.incarnation, None);
        if self.pen.is_some() || !self.is_member() || self.store.tip(&log).is_some() {
            return Ok(());
        }
        let earlier = self.store.tips().filter(|tip| tip.key == own && tip.audience.is_none());
        let continues = earlier.last().map(|tip| tip.log);
        self.open_public_log(continues)
    }

    fn open_public_log(&mut self, continues: Option<LogId>) -> Result<(), Fault> {
        if continues.is_some() {
            self.mark_store()?;
        }
        let mut open = LogOpen::member(&self.keys.signing, self.keys.incarnation, None, PROGRAM);
        open.continues = continues;
        self.pen = Some(self.open_log(&open)?);
        Ok(())
    }

    fn open_log(&mut self, open: &LogOpen) -> Result<LogWriter, Fault> {
        self.commit_pending();
        let signing = self.keys.signing.clone();
        let writer =
            LogWriter::begin(self.community, signing, open, fresh_salt(), self.seen(), self.clock.now_ms())?;
        let mut batch = Batch::new();
        batch.append(vec![writer.opening().clone()], writer.tip().clone(), None);
        self.write(batch)?;
        self.note_records(&[writer.opening().clone()]);
        Ok(writer)
    }

    /// Says something everyone may read.
    pub(super) fn say(&mut self, saying: Saying) -> Result<RecordId, Fault> {
        let ids = self.say_all(vec![saying])?;
        ids.first().copied().ok_or_else(Fault::stopped)
    }

    /// Says several things in one commit: all are durable, or none.
    pub(super) fn say_all(&mut self, mut sayings: Vec<Saying>) -> Result<Vec<RecordId>, Fault> {
        self.commit_pending();
        self.ready_to_speak()?;
        // Readying a root may say something itself: only then is the pen where it will be.
        let rooted = self.root_for_today()?;
        let mut writer = self.pen.clone().ok_or_else(not_joined)?;
        let mut records = Vec::with_capacity(sayings.len());
        if let (Some(rooted), Some(first)) = (&rooted, sayings.first_mut()) {
            first.draft.private_root = rooted.root();
        }
        for saying in sayings {
            let draft = saying.draft.seen(self.seen());
            records.push(writer.append(draft, &saying.body, fresh_salt(), self.clock.now_ms())?);
        }
        let first = records.first().map(Record::id);
        let covers = match (&rooted, first) {
            (Some(rooted), Some(first)) => Some(self.cover(rooted, first)?),
            _ => None,
        };
        self.write_own(&writer, &records, covers.as_ref())?;
        self.pen = Some(writer);
        self.note_records(&records);
        if let Some(covers) = covers {
            self.use_covers(covers);
        }
        self.advance_register();
        Ok(records.iter().map(Record::id).collect())
    }

    /// Says something sealed to an audience under the key of an epoch, in this device's log for it, which is opened when
    /// it is the first.
    pub(super) fn say_to(
        &mut self,
        audience: AudienceId,
        (epoch, key): (u64, &EpochKey),
        saying: Saying,
    ) -> Result<RecordId, Fault> {
        self.commit_pending();
        self.ready_to_speak()?;
        if !self.private_pens.contains_key(&audience) {
            let open = LogOpen::member(&self.keys.signing, self.keys.incarnation, Some(audience), PROGRAM);
            let writer = self.open_log(&open)?;
            self.private_pens.insert(audience, writer);
        }
        let mut writer = self.private_pens.get(&audience).cloned().ok_or_else(Fault::stopped)?;
        let seal = Seal { key, epoch, nonce: random() };
        let draft = saying.draft.seen(self.seen());
        let record = writer.append_sealed(draft, &saying.body, &seal, fresh_salt(), self.clock.now_ms())?;
        self.write_own(&writer, std::slice::from_ref(&record), None)?;
        self.private_pens.insert(audience, writer);
        self.note_records(std::slice::from_ref(&record));
        Ok(record.id())
    }

    fn write_own(
        &mut self,
        writer: &LogWriter,
        records: &[Record],
        covers: Option<&Covers>,
    ) -> Result<(), Fault> {
        let mut batch = Batch::new();
        batch.append(records.to_vec(), writer.tip().clone(), None);
        // In one commit: a root without its paths would cover nothing.
        if let Some(covers) = covers {
            for (_, writer, record) in &covers.written {
                batch.append(vec![record.clone()], writer.tip().clone(), None);
            }
            batch.push(Self::remember_root(covers.rooted_ms));
        }
        for op in std::mem::take(&mut self.alongside) {
            batch.push(op);
        }
        for record in records {
            self.want_attachments(record, &mut batch);
        }
        self.note_bodies(records, &mut batch);
        self.write(batch)?;
        self.count_new(writer.tip().key, records);
        Ok(())
    }

    /// What this device's records say they had seen.
    pub(super) fn seen(&self) -> u64 {
        self.head().map_or(0, |head| linli_record::block::seen(head.era, head.height))
    }
}

pub(super) fn not_joined() -> Fault {
    Fault::new(FaultKind::NotJoined, "not-joined", "this home is not (yet) a member of the community")
        .hint("keep `linli run` going until a neighbour has admitted it")
}

/// This machine and folder, hashed: enough to notice a copy, and nothing about the person.
fn machine(home: &Home) -> Vec<u8> {
    #[cfg(feature = "testing")]
    if let Some(machine) = home.simulated_machine() {
        return machine;
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"linli/machine/1\0");
    // A machine may be renamed: its name counts only where nothing better tells it from others.
    for path in ["/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/hostname"] {
        if let Some(id) = std::fs::read(path).ok().filter(|id| !id.is_empty()) {
            hasher.update(&id);
            break;
        }
    }
    #[cfg(unix)]
    if let Ok(folder) = std::fs::metadata(home.root()) {
        use std::os::unix::fs::MetadataExt as _;
        hasher.update(&folder.ino().to_be_bytes());
    }
    hasher.finalize().as_bytes().to_vec()
}
