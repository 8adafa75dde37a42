//! Writing a batch: one transaction, acknowledged only when it is durable.
//!
//! The crash argument. redb never writes over a page that the last commit reaches; two-phase commit syncs every new
//! page before the header names them, and the header before [`Store::write`] returns. A power cut before that leaves
//! the state of the commit before; nothing in memory changes until the commit returned. When the commit itself fails,
//! the new state may or may not be the one on disk: nothing is acknowledged, and the store asks to be opened again,
//! which finds out.

use std::collections::BTreeMap;

use linli_record::{LogId, NodeKey, Record, RecordId, Tip};
use redb::{Durability, ReadableTable, WriteTransaction};

use crate::batch::{Batch, Committed, Op};
use crate::blocks::{self, Head};
use crate::errors::WriteError;
use crate::index::Staged;
use crate::open::Store;
use crate::rebuild::{self, Logs, Rebuilt};
use crate::row::{self, Seat};
use crate::tables::{self, ARRIVALS, LOGS, NUMBER_MAX, PEERS};
use crate::tips::{Held, Peers, Tips};
use crate::{blobs, checksum, forks};

impl Store {
    /// Writes a batch durably: whole, or not at all.
    ///
    /// # Errors
    /// [`WriteError`]; nothing of the batch is there then, except perhaps after [`WriteError::Uncertain`]. When
    /// [`WriteError::must_reopen`] says so, the store still reads but takes no more writes.
    pub fn write(&mut self, batch: Batch) -> Result<Committed, WriteError> {
        if self.stopped {
            return Err(WriteError::MustReopen);
        }
        let written = self.commit(batch);
        self.stopped |= written.as_ref().is_err_and(WriteError::must_reopen);
        written
    }

    fn commit(&mut self, batch: Batch) -> Result<Committed, WriteError> {
        let before = self.arrivals;
        let tx = self.begin()?;
        let mut writing = Writing::new(self, &tx);
        for op in batch.ops {
            writing.apply(op)?;
        }
        let outcome = writing.finish()?;
        tx.commit()?;
        let logs = outcome.changed.values().map(|held| held.tip.log).collect();
        self.adopt(outcome);
        let first = if self.arrivals > before { before + 1 } else { 0 };
        Ok(Committed { first, last: self.arrivals, logs })
    }

    /// A transaction that is durable, in two phases, when it commits.
    pub(crate) fn begin(&self) -> Result<WriteTransaction, WriteError> {
        let file = self.file.as_ref().ok_or(WriteError::MustReopen)?;
        let mut tx = file.db.begin_write()?;
        tx.set_durability(Durability::Immediate).expect("no savepoint was touched");
        tx.set_two_phase_commit(true);
        Ok(tx)
    }

    /// The batch is durable: whatever fails from here on, it is there.
    fn adopt(&mut self, outcome: Outcome) {
        for (number, held) in outcome.changed {
            self.tips.set(number, held);
        }
        for key in outcome.peers {
            self.peers.push(key);
        }
        self.arrivals = outcome.arrivals;
        self.head = outcome.head;
        for hash in &outcome.forgotten {
            blobs::remove(self.home.as_deref(), hash);
        }
        self.show_committed();
    }
}

/// Entries of a projection that are looked up before they are removed.
const CLEARED_AT_ONCE: usize = 1_024;

/// What changes in memory once the transaction is durable.
struct Outcome {
    changed: BTreeMap<u32, Held>,
    peers: Vec<NodeKey>,
    arrivals: u64,
    head: Option<Head>,
    forgotten: Vec<linli_record::BlobHash>,
}

/// The logs as this transaction will leave them.
pub(crate) struct Overlay<'a> {
    base: &'a Tips,
    changed: BTreeMap<u32, Held>,
    new: BTreeMap<LogId, u32>,
}

impl Logs for Overlay<'_> {
    fn held(&self, number: u32) -> Option<&Held> {
        self.changed.get(&number).or_else(|| self.base.by_number(number))
    }
}

impl Overlay<'_> {
    pub(crate) fn number(&self, log: &LogId) -> Option<u32> {
        self.base.number(log).or_else(|| self.new.get(log).copied())
    }

    fn number_or_next(&mut self, log: LogId) -> u32 {
        if let Some(number) = self.number(&log) {
            return number;
        }
        let number = self.base.next() + u32::try_from(self.new.len()).expect("bounded by the batch");
        self.new.insert(log, number);
        number
    }
}

/// A batch being applied.
pub(crate) struct Writing<'a> {
    pub(crate) tx: &'a WriteTransaction,
    pub(crate) logs: Overlay<'a>,
    store: &'a Store,
    peers: &'a Peers,
    new_peers: Vec<NodeKey>,
    arrivals: u64,
    head: Option<Head>,
    staged: Staged,
    row: Vec<u8>,
    forgotten: Vec<linli_record::BlobHash>,
}

impl<'a> Writing<'a> {
    fn new(store: &'a Store, tx: &'a WriteTransaction) -> Self {
        Self {
            tx,
            logs: Overlay { base: &store.tips, changed: BTreeMap::new(), new: BTreeMap::new() },
            store,
            peers: &store.peers,
            new_peers: Vec::new(),
            arrivals: store.arrivals,
            head: store.head,
            staged: Staged::default(),
            row: Vec::with_capacity(4096),
            forgotten: Vec::new(),
        }
    }

    fn apply(&mut self, op: Op) -> Result<(), WriteError> {
        match op {
            Op::Append { records, tip, from } => self.append(&records, tip, from),
            Op::Payload { id, payload } => self.payload(&id, &payload),
            Op::DropPayload(id) => self.drop_payload(&id),
            Op::Fork(records) => self.flush().and_then(|()| forks::keep(self, &records)),
            Op::ReplaceBranch { records, tip, from } => self.replace_branch(&records, tip, from),
            Op::Block { block, state } => {
                self.head = Some(blocks::put(self.tx, self.store, self.head, &block, &state)?);
                Ok(())
            }
            Op::State { height, state } => blocks::put_state(self.tx, height, &state),
            Op::Rival(block) => blocks::put_rival(self.tx, self.store, &block),
            Op::Verdict(id, verdict) => blocks::put_verdict(self.tx, &id, verdict.as_deref()),
            Op::ClearVerdicts => blocks::clear_verdicts(self.tx),
            Op::Cursor { peer, store, arrivals } => {
                let value = [&store.as_bytes()[..], &arrivals.to_be_bytes()].concat();
                let sealed = checksum::seal(peer.as_bytes(), &value);
                self.tx.open_table(tables::CURSORS)?.insert(peer.as_bytes(), sealed.as_slice())?;
                Ok(())
            }
            Op::Name(name, value) => self.name(&name, value.as_deref()),
            Op::Cache { cache, key, value } => self.cache(&cache, &key, value.as_deref()),
            Op::ClearCache(cache) => self.clear_cache(&cache),
            Op::Blob { hash, size, held } => blobs::catalogue(self.tx, self.store.home(), &hash, size, held),
            Op::ForgetBlob(hash) => {
                self.tx.open_table(tables::BLOBS)?.remove(hash.as_bytes())?;
                self.forgotten.push(hash);
                Ok(())
            }
        }
    }

    fn append(&mut self, records: &[Record], tip: Tip, from: Option<NodeKey>) -> Result<(), WriteError> {
        let number = self.logs.number_or_next(tip.log);
        let before = self.logs.held(number);
        follows(before.map(|held| &held.tip), records, &tip)?;
        let last = before.map(|held| held.arrival);
        self.put_records(number, last, records, tip, from)
    }

    /// Writes rows and stages their index entries; `last` is the arrival of the record before, if its stretch goes on.
    fn put_records(
        &mut self,
        number: u32,
        last: Option<u64>,
        records: &[Record],
        tip: Tip,
        from: Option<NodeKey>,
    ) -> Result<(), WriteError> {
        let misfit = |why| WriteError::Misfit { log: tip.log, why };
        if tip.seq > NUMBER_MAX || self.arrivals + records.len() as u64 > NUMBER_MAX {
            return Err(misfit("more records than this store can number"));
        }
        let from = self.peer(from)?;
        let mut arrivals = self.tx.open_table(ARRIVALS)?;
        if last != Some(self.arrivals) {
            self.staged.extent(number, records[0].seq, self.arrivals + 1);
        }
        for record in records {
            self.arrivals += 1;
            let seat = Seat { arrival: self.arrivals, log: number, from };
            let kept = record.signature().filter(|_| record.keeps_signature());
            row::write(&mut self.row, seat, record.header(), record.payload(), kept);
            arrivals.insert(self.arrivals, self.row.as_slice())?;
            self.staged.record(record.header(), self.arrivals);
        }
        let newest = records.last().expect("checked before");
        let signature = newest.signature().filter(|_| !newest.keeps_signature()).copied();
        self.logs.changed.insert(number, Held { tip, arrival: self.arrivals, signature });
        Ok(())
    }

    fn replace_branch(
        &mut self,
        records: &[Record],
        tip: Tip,
        from: Option<NodeKey>,
    ) -> Result<(), WriteError> {
        self.flush()?;
        let number = forks::make_way(self, records, &tip)?;
        self.put_records(number, None, records, tip, from)
    }

    fn peer(&mut self, key: Option<NodeKey>) -> Result<u32, WriteError> {
        let Some(key) = key else { return Ok(0) };
        if let Some(number) = self.peers.number(&key) {
            return Ok(number);
        }
        let known = self.new_peers.iter().position(|new| *new == key);
        let index = known.unwrap_or_else(|| {
            self.new_peers.push(key);
            self.new_peers.len() - 1
        });
        let number = u32::try_from(self.peers.len() + index + 1).expect("bounded by the batch");
        if known.is_none() {
            let sealed = checksum::seal(&number.to_be_bytes(), key.as_bytes());
            self.tx.open_table(PEERS)?.insert(number, sealed.as_slice())?;
        }
        Ok(number)
    }

    /// The record, as this transaction sees it.
    pub(crate) fn find(&self, id: &RecordId) -> Result<Rebuilt, WriteError> {
        rebuild::by_id(self.tx, &self.logs, id)?.ok_or(WriteError::Unknown(*id))
    }

    fn payload(&mut self, id: &RecordId, payload: &[u8]) -> Result<(), WriteError> {
        self.flush()?;
        let found = self.find(id)?;
        if !found.header.matches(payload) {
            return Err(WriteError::Payload(*id));
        }
        self.rewrite(&found, Some(payload))
    }

    fn drop_payload(&mut self, id: &RecordId) -> Result<(), WriteError> {
        self.flush()?;
        let found = self.find(id)?;
        self.rewrite(&found, None)
    }

    fn rewrite(&mut self, found: &Rebuilt, payload: Option<&[u8]>) -> Result<(), WriteError> {
        let seat = Seat { arrival: found.arrival, log: found.log, from: found.from };
        let kept = found.signature.as_ref().filter(|_| found.header.keeps_signature());
        row::write(&mut self.row, seat, &found.header, payload, kept);
        self.tx.open_table(ARRIVALS)?.insert(found.arrival, self.row.as_slice())?;
        Ok(())
    }

    fn name(&self, name: &str, value: Option<&[u8]>) -> Result<(), WriteError> {
        let mut table = self.tx.open_table(tables::NAMED)?;
        match value {
            Some(value) => table.insert(name, checksum::seal(name.as_bytes(), value).as_slice())?,
            None => table.remove(name)?,
        };
        Ok(())
    }

    fn cache(&self, cache: &str, key: &[u8], value: Option<&[u8]>) -> Result<(), WriteError> {
        let key = cache_key(cache, key);
        let mut table = self.tx.open_table(tables::CACHES)?;
        match value {
            Some(value) => table.insert(key.as_slice(), checksum::seal(&key, value).as_slice())?,
            None => table.remove(key.as_slice())?,
        };
        Ok(())
    }

    /// Walks over this projection's entries only: others may hold one for every settled record.
    fn clear_cache(&self, cache: &str) -> Result<(), WriteError> {
        let low = cache_key(cache, &[]);
        let mut table = self.tx.open_table(tables::CACHES)?;
        loop {
            let keys = table.range::<&[u8]>(low.as_slice()..)?.take(CLEARED_AT_ONCE);
            let keys = keys.map(|entry| entry.map(|(key, _)| key.value().to_vec()));
            let keys = keys.collect::<Result<Vec<_>, _>>()?;
            let ours = keys.iter().take_while(|key| key.starts_with(&low)).count();
            for key in &keys[..ours] {
                table.remove(key.as_slice())?;
            }
            if ours < CLEARED_AT_ONCE {
                return Ok(());
            }
        }
    }

    /// Index entries become visible to what is looked up next.
    pub(crate) fn flush(&mut self) -> Result<(), WriteError> {
        Ok(self.staged.flush(self.tx, &self.store.view()?.lists)?)
    }

    fn finish(mut self) -> Result<Outcome, WriteError> {
        self.flush()?;
        if !self.logs.changed.is_empty() {
            let mut table = self.tx.open_table(LOGS)?;
            for (number, held) in &self.logs.changed {
                table.insert(number, held.seal(*number).as_slice())?;
            }
        }
        Ok(Outcome {
            changed: self.logs.changed,
            peers: self.new_peers,
            arrivals: self.arrivals,
            head: self.head,
            forgotten: self.forgotten,
        })
    }
}

/// A projection's name, with its length before it, and the entry's key.
pub(crate) fn cache_key(cache: &str, key: &[u8]) -> Vec<u8> {
    let name = &cache.as_bytes()[..cache.len().min(255)];
    let length = u8::try_from(name.len()).expect("at most 255");
    [&[length], name, key].concat()
}

/// Checks that records follow one another and what is held, and end at `tip`. Their chain and signatures were verified
/// by [`linli_record::Chain`]; this guards against a caller who lost count.
pub(crate) fn follows(held: Option<&Tip>, records: &[Record], tip: &Tip) -> Result<(), WriteError> {
    let misfit = |why| Err(WriteError::Misfit { log: tip.log, why });
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return misfit("no records") };
    match held {
        None if first.seq != 0 => return misfit("the log's beginning is not held"),
        Some(held) if first.seq != held.seq + 1 => return misfit("they do not begin after the tip"),
        Some(held) if first.prev != Some(held.id) => return misfit("they follow another record"),
        Some(held) if held.key != tip.key || held.audience != tip.audience => {
            return misfit("of another key");
        }
        Some(held) if held.closed => return misfit("the log is closed"),
        _ => {}
    }
    let linked = |pair: &[Record]| pair[1].seq == pair[0].seq + 1 && pair[1].prev == Some(pair[0].id());
    if !records.windows(2).all(linked) {
        return misfit("they do not follow one another");
    }
    let audience = |record: &Record| record.audience.map(|(audience, _)| audience);
    if records.iter().any(|record| record.log != tip.log || audience(record) != tip.audience) {
        return misfit("they are not all of this log");
    }
    if (tip.seq, tip.id) != (last.seq, last.id()) || last.signature().is_none() {
        return misfit("they do not end at a signed tip");
    }
    if records.iter().any(|record| record.keeps_signature() && record.signature().is_none()) {
        return misfit("a signature that is kept for ever is missing");
    }
    Ok(())
}
