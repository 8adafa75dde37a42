//! Whether a change may be applied: who made it, on what it rests, what it touches.
//!
//! A change touches the text (one character inserted after a known one, one known character deleted) and the title, and
//! refers only to what it depends on. What passes here is what Automerge itself would have written, so that applying
//! it neither fails nor depends on the order of arrival.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{Change, ChangeHash, ObjType, ScalarValue};

use super::super::limits;
use super::{char_fits, scan, title_fits};

/// Why a change is not applied; a stable code.
pub(crate) type Reason = &'static str;

/// Reads one chunk: everything that can be said of it alone.
pub(crate) fn parse(chunk: &[u8], actor: &[u8; 16]) -> Result<Change, Reason> {
    if chunk.len() > limits::CHANGE {
        return Err("change-too-large");
    }
    let scan = scan::scan(chunk).map_err(|_| "not-a-plain-change")?;
    if scan.actor != actor {
        return Err("foreign-actor");
    }
    let bounded = scan.dependencies <= limits::CHANGE_DEPS
        && scan.operations <= limits::CHANGE_OPS
        && scan.predecessors <= scan.operations + limits::CHANGE_DEPS
        && scan.other_actors <= limits::CHANGE_ACTORS;
    if !bounded {
        return Err("change-too-large");
    }
    if scan.operations == 0 || scan.extra != 0 || scan.time != 0 || scan.message != 0 {
        return Err("not-a-plain-change");
    }
    // Automerge's reader can panic on crafted runs; its memory is bounded by the counts above.
    let parsed = catch_unwind(|| Change::from_bytes(chunk.to_vec()).ok()).ok().flatten();
    let change = parsed.ok_or("not-a-plain-change")?;
    // The reader takes any checksum; the hash would then stand for several byte strings.
    if change.raw_bytes() != chunk || chunk[4..8] != change.hash().0[..4] {
        return Err("not-a-plain-change");
    }
    Ok(change)
}

/// What an operation made, by its place in its change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    Text,
    Character,
    Nothing,
    Title,
}

/// One accepted change.
struct Accepted {
    start: u64,
    end: u64,
    made: Vec<Made>,
    /// Bit i: accepted change i is this one or one it rests on.
    past: Vec<u64>,
}

impl Accepted {
    fn rests_on(&self, index: usize) -> bool {
        self.past.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }
}

/// What is known of a document's accepted changes.
#[derive(Default)]
pub(crate) struct Ledger {
    changes: Vec<Accepted>,
    by_hash: BTreeMap<ChangeHash, usize>,
    /// Accepted changes of each actor, in order.
    by_actor: BTreeMap<Vec<u8>, Vec<usize>>,
    text: Option<OpId>,
    bytes: usize,
    operations: u64,
}

/// A change being judged, with what it rests on.
struct Judging<'l> {
    ledger: &'l Ledger,
    actor: Vec<u8>,
    accepted: Accepted,
}

impl Ledger {
    pub(crate) fn knows(&self, hash: &ChangeHash) -> bool {
        self.by_hash.contains_key(hash)
    }

    /// The accepted change whose hash begins like this, if there is exactly one.
    pub(crate) fn named(&self, name: &str) -> Option<ChangeHash> {
        let name = name.to_ascii_lowercase();
        let mut found = self.by_hash.keys().filter(|hash| hash.to_string().starts_with(&name));
        match (name.len() >= 8, found.next(), found.next()) {
            (true, Some(hash), None) => Some(*hash),
            _ => None,
        }
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) const fn operations(&self) -> u64 {
        self.operations
    }

    pub(crate) fn len(&self) -> usize {
        self.changes.len()
    }

    /// Accepts a change, all of whose dependencies are accepted; the first one makes the text.
    pub(crate) fn accept(&mut self, change: &Change) -> Result<(), Reason> {
        if self.knows(&change.hash()) {
            return Err("change-twice");
        }
        let full = self.changes.len() >= limits::DOCUMENT_CHANGES
            || self.bytes + change.raw_bytes().len() > limits::DOCUMENT_BYTES
            || self.operations + change.len() as u64 > limits::DOCUMENT_OPS;
        if full {
            return Err("story-full");
        }
        let accepted = self.judge(change)?;
        if self.changes.is_empty() {
            self.text = Some(OpId::new(1, change.actor_id()));
        }
        let index = self.changes.len();
        self.bytes += change.raw_bytes().len();
        self.operations += change.len() as u64;
        self.by_hash.insert(change.hash(), index);
        self.by_actor.entry(change.actor_id().to_bytes().to_vec()).or_default().push(index);
        self.changes.push(accepted);
        Ok(())
    }

    fn judge(&self, change: &Change) -> Result<Accepted, Reason> {
        let mut past = vec![0u64; self.changes.len() / 64 + 1];
        let mut newest = 0;
        for hash in change.deps() {
            let before = &self.changes[*self.by_hash.get(hash).ok_or("dependency-missing")?];
            past.iter_mut().zip(&before.past).for_each(|(mine, theirs)| *mine |= theirs);
            newest = newest.max(before.end);
        }
        let twice = change.deps().iter().enumerate().any(|(at, hash)| change.deps()[..at].contains(hash));
        if twice || change.deps().is_empty() != self.changes.is_empty() {
            return Err("dependency-missing");
        }
        if change.start_op().get() != newest + 1 {
            return Err("operations-out-of-place");
        }
        let own = self.changes.len();
        past[own / 64] |= 1 << (own % 64);
        let end = newest + change.len() as u64;
        let accepted = Accepted { start: newest + 1, end, made: Vec::with_capacity(change.len()), past };
        let mut judging = Judging { ledger: self, actor: change.actor_id().to_bytes().to_vec(), accepted };
        judging.follows_itself(change)?;
        judging.operations(change)?;
        Ok(judging.accepted)
    }
}

impl Judging<'_> {
    /// The next of its actor, resting on that actor's last: no two at one place, none skipped.
    fn follows_itself(&self, change: &Change) -> Result<(), Reason> {
        let before = self.ledger.by_actor.get(&self.actor).map_or(&[][..], Vec::as_slice);
        let rests = before.last().is_none_or(|last| self.accepted.rests_on(*last));
        if change.seq() == before.len() as u64 + 1 && rests { Ok(()) } else { Err("sequence-out-of-place") }
    }

    fn operations(&mut self, change: &Change) -> Result<(), Reason> {
        let expanded =
            catch_unwind(AssertUnwindSafe(|| change.decode())).map_err(|_| "not-a-plain-change")?;
        for (at, op) in expanded.operations.iter().enumerate() {
            let made = self.operation(at, op).ok_or("touches-other-things")?;
            self.accepted.made.push(made);
        }
        let again =
            catch_unwind(AssertUnwindSafe(|| Change::from(expanded))).map_err(|_| "not-a-plain-change")?;
        if again.raw_bytes() == change.raw_bytes() { Ok(()) } else { Err("not-a-plain-change") }
    }

    fn operation(&self, at: usize, op: &Op) -> Option<Made> {
        match &op.obj {
            ObjectId::Root => self.on_root(at, op),
            ObjectId::Id(object) if self.is_text(object) => self.on_text(op),
            ObjectId::Id(_) => None,
        }
    }

    fn on_root(&self, at: usize, op: &Op) -> Option<Made> {
        let Key::Map(key) = &op.key else { return None };
        let first = at == 0 && self.ledger.changes.is_empty();
        match (&op.action, key.as_str()) {
            (OpType::Make(ObjType::Text), "text") if first => {
                (!op.insert && op.pred.iter().next().is_none()).then_some(Made::Text)
            }
            (OpType::Put(ScalarValue::Str(title)), "title") if !first && title_fits(title).is_ok() => {
                let known = op.pred.iter().all(|id| self.made(id) == Some(Made::Title));
                (!op.insert && known).then_some(Made::Title)
            }
            _ => None,
        }
    }

    fn on_text(&self, op: &Op) -> Option<Made> {
        let Key::Seq(element) = &op.key else { return None };
        match &op.action {
            OpType::Put(ScalarValue::Str(text)) if op.insert => {
                let mut chars = text.chars();
                let one = chars.next().is_some_and(char_fits) && chars.next().is_none();
                let after = match element {
                    ElementId::Head => true,
                    ElementId::Id(id) => self.made(id) == Some(Made::Character),
                };
                (one && after && op.pred.iter().next().is_none()).then_some(Made::Character)
            }
            OpType::Delete if !op.insert => {
                let ElementId::Id(id) = element else { return None };
                let mut pred = op.pred.iter();
                let only = pred.next() == Some(id) && pred.next().is_none();
                (only && self.made(id) == Some(Made::Character)).then_some(Made::Nothing)
            }
            _ => None,
        }
    }

    fn is_text(&self, object: &OpId) -> bool {
        match &self.ledger.text {
            Some(text) => object == text,
            None => object.counter() == 1 && object.actor().to_bytes() == self.actor,
        }
    }

    /// What the operation of that id made, if this change rests on it.
    fn made(&self, id: &OpId) -> Option<Made> {
        let counter = id.counter();
        if id.actor().to_bytes() == self.actor && counter >= self.accepted.start {
            return self.accepted.made.get(usize::try_from(counter - self.accepted.start).ok()?).copied();
        }
        let of_actor = self.ledger.by_actor.get(id.actor().to_bytes())?;
        let at = of_actor.partition_point(|index| self.ledger.changes[*index].end < counter);
        let index = *of_actor.get(at)?;
        let change = &self.ledger.changes[index];
        let offset = usize::try_from(counter.checked_sub(change.start)?).ok()?;
        self.accepted.rests_on(index).then(|| change.made.get(offset).copied()).flatten()
    }
}
