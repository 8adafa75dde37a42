//! Comparing two copies that do not know what the other lacks, in four messages: buckets, prints, heights, wants.
//!
//! Only logs that both sides offer each other are compared. Whoever begins sends one hash a bucket; the other answers
//! with the prints of its logs in buckets that differ; the first says which of them it has too, and how far it has the
//! logs that no print matched; the other answers with what it wants of those. Then each side knows from where on the
//! other lacks each log. Logs only one side would offer follow in offers of their own. Read [`Reconciler`] first.

use std::collections::{BTreeMap, BTreeSet};

use linli_record::{ForkProof, LogId, Tip};

use super::context::Step;
use super::outgoing::Outgoing;
use crate::key::{BUCKET, HelloKey, LogName, PRINT, SessionKey};
use crate::limits;
use crate::reason::Reason;
use crate::shelf::Shelf;
use crate::wire::{self, Buckets, Heights, Message, Offers, Prints, Wanted, Wants};

/// What is compared of one log.
#[derive(Debug, Clone)]
struct Entry {
    name: LogName,
    print: [u8; 16],
    log: LogId,
    next: u64,
}

impl Entry {
    fn short(&self) -> [u8; PRINT] {
        *self.print.first_chunk().expect("a print is longer")
    }
}

/// A reconciliation this side began.
#[derive(Debug, Default)]
struct Begun {
    buckets: usize,
    /// The number of the next frame of prints.
    number: u32,
    /// Whether all prints came.
    printed: bool,
    /// The logs of each frame of heights that waits for its wants.
    told: BTreeMap<u32, Vec<(LogId, u64)>>,
}

/// A reconciliation the neighbour began.
#[derive(Debug, Default)]
struct Answered {
    /// The logs of each frame of prints that waits for its heights.
    told: BTreeMap<u32, Vec<(LogId, u64)>>,
}

/// All reconciliations of one session: at most one begun on each side at a time.
#[derive(Debug)]
pub(super) struct Reconciler {
    key: SessionKey,
    hello: HelloKey,
    audiences: BTreeSet<[u8; 8]>,
    begun: Option<Begun>,
    answered: Option<Answered>,
    offered: BTreeMap<u32, Vec<(LogId, u64)>>,
    offers: u32,
    /// Logs that were asked for whole, because the neighbour may not know what is held of them.
    blind: BTreeSet<LogId>,
}

/// Whether a reconciliation came to its end with this message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    Goes,
    Ended,
}

impl Reconciler {
    /// `hello` names audiences as the neighbour does; `audiences` are those it said it offers.
    pub(super) fn new(key: SessionKey, hello: HelloKey, audiences: BTreeSet<[u8; 8]>) -> Self {
        let offered = BTreeMap::new();
        Self {
            key,
            hello,
            audiences,
            begun: None,
            answered: None,
            offered,
            offers: 0,
            blind: BTreeSet::new(),
        }
    }

    /// The neighbour offers other audiences now.
    pub(super) fn audiences(&mut self, audiences: BTreeSet<[u8; 8]>) {
        self.audiences = audiences;
    }

    fn both_offer(&self, tip: &Tip) -> bool {
        tip.audience.is_none_or(|audience| self.audiences.contains(&self.hello.audience(&audience)))
    }

    /// Everything both sides offer, in order of names.
    fn entries<S: Shelf>(&self, step: &Step<'_, S>) -> Vec<Entry> {
        let entry = |tip: Tip| {
            let next = tip.seq.saturating_add(1);
            // Before the fork a log is like any other: what comes before it must still be the same.
            let forked = step.shelf.fork(&tip.log).is_some_and(|proof| fork_seq(&proof) <= next);
            let print = self.key.print(&tip, forked);
            Entry { name: self.key.name(&tip.log), print, log: tip.log, next }
        };
        let offered = step.offered().into_iter().filter(|tip| self.both_offer(tip));
        let mut entries: Vec<_> = offered.map(entry).collect();
        entries.sort_by_key(|entry| entry.name);
        entries
    }

    /// All prints as one hash.
    pub(super) fn root<S: Shelf>(&self, step: &Step<'_, S>) -> [u8; 16] {
        let mut root = [0; 16];
        for entry in self.entries(step) {
            root.iter_mut().zip(entry.print).for_each(|(byte, print)| *byte ^= print);
        }
        root
    }

    /// Begins, unless one that this side began still goes on.
    pub(super) fn begin<S: Shelf>(&mut self, step: &mut Step<'_, S>) {
        if self.begun.is_some() {
            return;
        }
        let entries = self.entries(step);
        let buckets = bucket_count(entries.len());
        let hashes = bucket_hashes(&entries, buckets).concat();
        self.begun = Some(Begun { buckets, ..Begun::default() });
        step.say(&Message::Buckets(Buckets { hashes }));
    }

    /// Answers the neighbour's buckets with prints.
    pub(super) fn buckets<S: Shelf>(
        &mut self,
        theirs: &Buckets,
        out: &mut Outgoing,
        step: &mut Step<'_, S>,
    ) -> Result<(), Reason> {
        let count = theirs.count();
        let whole = count * BUCKET == theirs.hashes.len() && (count == 0 || count.is_power_of_two());
        if !whole || count > limits::BUCKETS {
            return Err(Reason::Malformed);
        }
        if self.answered.is_some() {
            return Err(Reason::OutOfOrder);
        }
        let entries = self.entries(step);
        let mut answered = Answered::default();
        if count == 0 {
            lacks_all(&entries, out, step);
            answer(&[], &[], &mut answered, step);
        } else if entries.is_empty() {
            let nothing = Prints { nothing: Some(true), ..prints(0, true) };
            answered.told.insert(0, Vec::new());
            step.say(&Message::Prints(nothing));
        } else {
            let ours = bucket_hashes(&entries, count);
            let (hashes, _) = theirs.hashes.as_chunks::<BUCKET>();
            let differs = |bucket: &usize| ours[*bucket] != hashes[*bucket];
            let differing: Vec<_> = (0..count).filter(differs).collect();
            let mut by_bucket = vec![Vec::new(); count];
            for entry in entries {
                by_bucket[entry.name.bucket(count)].push(entry);
            }
            answer(&differing, &by_bucket, &mut answered, step);
        }
        self.answered = Some(answered);
        Ok(())
    }

    /// Answers the neighbour's prints with heights.
    pub(super) fn prints<S: Shelf>(
        &mut self,
        theirs: &Prints,
        out: &mut Outgoing,
        step: &mut Step<'_, S>,
    ) -> Result<(), Reason> {
        let entries = self.entries(step);
        let begun = self.begun.as_mut().ok_or(Reason::OutOfOrder)?;
        if begun.printed || theirs.number != begun.number {
            return Err(Reason::OutOfOrder);
        }
        check_prints(theirs, begun.buckets)?;
        let mut same = vec![0; theirs.count().div_ceil(8)];
        let mut lacking = Vec::new();
        if theirs.nothing == Some(true) {
            lacks_all(&entries, out, step);
        } else {
            lacking = match_prints(theirs, &entries, begun.buckets, &mut same);
        }
        for log in lacking.iter().map(|entry| entry.log) {
            tell_fork(&log, out, step);
        }
        begun.number += 1;
        begun.printed = theirs.last == Some(true);
        begun.told.insert(theirs.number, lacking.iter().map(|entry| (entry.log, entry.next)).collect());
        let logs = lacking.iter().flat_map(|entry| entry.name.tag).collect();
        let next = lacking.iter().map(|entry| entry.next).collect();
        step.say(&Message::Heights(Heights { number: theirs.number, same, logs, next }));
        Ok(())
    }

    /// Answers the neighbour's heights with wants, and plans what it lacks.
    pub(super) fn heights<S: Shelf>(
        &mut self,
        theirs: &Heights,
        out: &mut Outgoing,
        step: &mut Step<'_, S>,
    ) -> Result<Round, Reason> {
        let answered = self.answered.as_mut().ok_or(Reason::OutOfOrder)?;
        let told = answered.told.remove(&theirs.number).ok_or(Reason::OutOfOrder)?;
        let ended = answered.told.is_empty();
        let names: Vec<_> = wire::tags(&theirs.logs).collect();
        if names.len() * crate::key::TAG != theirs.logs.len()
            || names.len() != theirs.next.len()
            || theirs.same.len() != told.len().div_ceil(8)
        {
            return Err(Reason::Malformed);
        }
        if names.len() > limits::ENTRIES_PER_FRAME {
            return Err(Reason::TooMany);
        }
        let entries = self.entries(step);
        let mut named = BTreeSet::new();
        let mut from = Vec::with_capacity(names.len());
        for (name, next) in names.iter().zip(&theirs.next) {
            let at = entries.binary_search_by_key(name, |entry| entry.name.tag).ok();
            let ours = at.map(|at| &entries[at]);
            named.extend(ours.map(|entry| entry.log));
            from.push(ours.map_or(1, |entry| weigh(entry, *next, out, step)));
        }
        for (at, (log, _)) in told.iter().enumerate() {
            let same = theirs.same[at / 8] >> (at % 8) & 1 == 1;
            if !same && !named.contains(log) {
                out.plan(step.shelf.rank(log), *log, 0);
            }
        }
        step.say(&Message::Wants(Wants { number: theirs.number, from }));
        if ended {
            self.answered = None;
        }
        Ok(if ended { Round::Ended } else { Round::Goes })
    }

    /// Plans what the neighbour wants of the heights it was told.
    pub(super) fn wants<S: Shelf>(
        &mut self,
        theirs: &Wants,
        out: &mut Outgoing,
        step: &Step<'_, S>,
    ) -> Result<Round, Reason> {
        let begun = self.begun.as_mut().ok_or(Reason::OutOfOrder)?;
        let told = begun.told.remove(&theirs.number).ok_or(Reason::OutOfOrder)?;
        plan_wanted(&told, &theirs.from, out, step)?;
        if begun.printed && begun.told.is_empty() {
            self.begun = None;
            return Ok(Round::Ended);
        }
        Ok(Round::Goes)
    }

    /// Offers the logs that the neighbour would not offer this side.
    pub(super) fn offer<S: Shelf>(&mut self, step: &mut Step<'_, S>) {
        if !self.offered.is_empty() {
            return;
        }
        let tips: Vec<_> = step.offered().into_iter().filter(|tip| !self.both_offer(tip)).collect();
        for tips in tips.chunks(limits::OFFERS_PER_FRAME) {
            let told: Vec<_> = tips.iter().map(|tip| (tip.log, tip.seq.saturating_add(1))).collect();
            let (logs, next) = told.iter().copied().unzip();
            self.offered.insert(self.offers, told);
            step.say(&Message::Offers(Offers { number: self.offers, logs, next }));
            self.offers = self.offers.wrapping_add(1);
        }
    }

    /// Answers offers. What this side holds is told only to whom it would offer the log itself.
    pub(super) fn offers<S: Shelf>(&mut self, theirs: &Offers, step: &mut Step<'_, S>) -> Result<(), Reason> {
        if theirs.logs.len() != theirs.next.len() {
            return Err(Reason::Malformed);
        }
        if theirs.logs.len() > limits::OFFERS_PER_FRAME {
            return Err(Reason::TooMany);
        }
        let from = theirs.logs.iter().zip(&theirs.next).map(|(log, next)| {
            let held = step.shelf.tip(log).map_or(0, |tip| tip.seq.saturating_add(1));
            match step.shown(log, held) {
                Some(shown) if held < *next => shown + 1,
                Some(_) => 0,
                // The same answer whatever is held: everything, once.
                None => u64::from(self.blind.len() < limits::BLIND_OFFERS && self.blind.insert(*log)),
            }
        });
        let wanted = Wanted { number: theirs.number, from: from.collect() };
        step.say(&Message::Wanted(wanted));
        Ok(())
    }

    /// Plans what the neighbour wants of the logs it was offered.
    pub(super) fn wanted<S: Shelf>(
        &mut self,
        theirs: &Wanted,
        out: &mut Outgoing,
        step: &Step<'_, S>,
    ) -> Result<(), Reason> {
        let told = self.offered.remove(&theirs.number).ok_or(Reason::OutOfOrder)?;
        plan_wanted(&told, &theirs.from, out, step)
    }
}

/// A power of two, so that a log's bucket is some bits of its name.
fn bucket_count(logs: usize) -> usize {
    match logs / limits::LOGS_PER_BUCKET {
        0 if logs == 0 => 0,
        0 => 1,
        wanted => (1 << wanted.ilog2()).min(limits::BUCKETS),
    }
}

fn bucket_hashes(entries: &[Entry], buckets: usize) -> Vec<[u8; BUCKET]> {
    let mut hashes = vec![[0; BUCKET]; buckets];
    for entry in entries.iter().filter(|_| buckets > 0) {
        let hash = &mut hashes[entry.name.bucket(buckets)];
        hash.iter_mut().zip(entry.print).for_each(|(byte, print)| *byte ^= print);
    }
    hashes
}

/// The neighbour has none of the logs compared.
fn lacks_all<S: Shelf>(entries: &[Entry], out: &mut Outgoing, step: &Step<'_, S>) {
    for entry in entries {
        out.plan(step.shelf.rank(&entry.log), entry.log, 0);
    }
}

const fn prints(number: u32, last: bool) -> Prints {
    let last = if last { Some(true) } else { None };
    Prints { number, last, buckets: Vec::new(), counts: Vec::new(), prints: Vec::new(), nothing: None }
}

/// Sends the prints of these buckets, frame by frame. A bucket that no frame can hold, or that comes after the last
/// frame allowed, waits for another reconciliation.
fn answer<S: Shelf>(
    buckets: &[usize],
    entries: &[Vec<Entry>],
    answered: &mut Answered,
    step: &mut Step<'_, S>,
) {
    let (mut frame, mut told) = (prints(0, false), Vec::new());
    for bucket in buckets.iter().filter(|bucket| entries[**bucket].len() <= limits::ENTRIES_PER_FRAME) {
        let full = frame.buckets.len() == limits::BUCKETS_PER_FRAME
            || told.len() + entries[*bucket].len() > limits::ENTRIES_PER_FRAME;
        if full {
            let number = frame.number + 1;
            if number == limits::PRINT_FRAMES {
                break;
            }
            answered.told.insert(frame.number, std::mem::take(&mut told));
            step.say(&Message::Prints(std::mem::replace(&mut frame, prints(number, false))));
        }
        frame.buckets.push(u16::try_from(*bucket).expect("buckets are bounded"));
        frame.counts.push(u32::try_from(entries[*bucket].len()).expect("entries are bounded"));
        for entry in &entries[*bucket] {
            frame.prints.extend_from_slice(&entry.short());
            told.push((entry.log, entry.next));
        }
    }
    frame.last = Some(true);
    answered.told.insert(frame.number, told);
    step.say(&Message::Prints(frame));
}

fn check_prints(prints: &Prints, buckets: usize) -> Result<(), Reason> {
    let sum = prints.counts.iter().try_fold(0usize, |sum, count| sum.checked_add(*count as usize));
    let whole = prints.prints.len().is_multiple_of(PRINT)
        && prints.buckets.len() == prints.counts.len()
        && prints.buckets.is_sorted_by(|a, b| a < b)
        && prints.buckets.last().is_none_or(|last| usize::from(*last) < buckets)
        && sum == Some(prints.count());
    if !whole {
        return Err(Reason::Malformed);
    }
    let many = prints.buckets.len() > limits::BUCKETS_PER_FRAME
        || prints.count() > limits::ENTRIES_PER_FRAME
        || prints.number >= limits::PRINT_FRAMES;
    if many { Err(Reason::TooMany) } else { Ok(()) }
}

/// Marks the prints that an entry of ours has too; what is left of ours in these buckets comes back.
fn match_prints(theirs: &Prints, entries: &[Entry], buckets: usize, same: &mut [u8]) -> Vec<Entry> {
    let mut ours: BTreeMap<u16, Vec<&Entry>> = theirs.buckets.iter().map(|at| (*at, Vec::new())).collect();
    for entry in entries {
        let bucket = u16::try_from(entry.name.bucket(buckets)).expect("buckets are bounded");
        if let Some(list) = ours.get_mut(&bucket) {
            list.push(entry);
        }
    }
    let (prints, _) = theirs.prints.as_chunks::<PRINT>();
    let mut at = 0;
    for (bucket, count) in theirs.buckets.iter().zip(&theirs.counts) {
        let Some(list) = ours.get_mut(bucket) else { continue };
        for print in &prints[at..at + *count as usize] {
            if let Some(found) = list.iter().position(|entry| entry.short() == *print) {
                list.swap_remove(found);
                same[at / 8] |= 1 << (at % 8);
            }
            at += 1;
        }
    }
    let left = ours.into_values().flatten().cloned();
    left.take(limits::ENTRIES_PER_FRAME).collect()
}

/// Compares how far both sides have a log: plans what the neighbour lacks, says what this side wants.
fn weigh<S: Shelf>(ours: &Entry, theirs: u64, out: &mut Outgoing, step: &Step<'_, S>) -> u64 {
    let forked = tell_fork(&ours.log, out, step);
    if forked.is_some_and(|seq| seq <= ours.next && seq <= theirs) {
        return 0;
    }
    if ours.next < theirs {
        return ours.next.saturating_add(1);
    }
    // Equally far and yet not the same: the last record shows the neighbour that there are two histories.
    let from = if ours.next == theirs { ours.next.saturating_sub(1) } else { theirs };
    out.plan(step.shelf.rank(&ours.log), ours.log, from);
    0
}

/// Sends the evidence this node holds about a log, if it does, and says where the fork is.
fn tell_fork<S: Shelf>(log: &LogId, out: &mut Outgoing, step: &Step<'_, S>) -> Option<u64> {
    let proof = step.shelf.fork(log)?;
    out.tell_fork(&proof);
    Some(fork_seq(&proof))
}

/// The sequence number the author used twice.
fn fork_seq(proof: &ForkProof) -> u64 {
    proof.branches()[0].headers().first().map_or(0, |header| header.seq)
}

fn plan_wanted<S: Shelf>(
    told: &[(LogId, u64)],
    wanted: &[u64],
    out: &mut Outgoing,
    step: &Step<'_, S>,
) -> Result<(), Reason> {
    if told.len() != wanted.len() {
        return Err(Reason::Malformed);
    }
    for ((log, next), wanted) in told.iter().zip(wanted) {
        if let Some(from) = wanted.checked_sub(1).filter(|from| from < next) {
            out.plan(step.shelf.rank(log), *log, from);
        }
    }
    Ok(())
}
