//! The register's blocks between two nodes: pushed while the neighbour keeps up, pulled when it is far behind. A newcomer
//! gets them before any log. It knows heights only; what a block says, and whether it stands, the node decides.

use linli_record::{Block, CertifiedBlock};

use super::context::Step;
use crate::limits::BLOCKS_AHEAD;
use crate::shelf::Shelf;
use crate::wire::{self, HelloHead, Message, NewHead, WantBlocks};

/// Blocks for the neighbour.
#[derive(Debug, Default)]
pub(super) struct BlocksOut {
    next: u64,
    end: u64,
    /// The head told last, by blocks or by its number.
    told: Option<(u64, u64)>,
}

/// Where the register of `shelf` departs from one that stands at `theirs`: the first height to send.
fn departs<S: Shelf>(shelf: &S, theirs: Option<&HelloHead>, same_block: impl Fn() -> bool) -> u64 {
    let Some(ours) = shelf.head() else { return 0 };
    let Some(theirs) = theirs else { return 0 };
    if ours.era < theirs.era || (ours.era == theirs.era && ours.height < theirs.height) {
        return ours.height.saturating_add(1);
    }
    let after = theirs.height.saturating_add(1);
    if ours.era == theirs.era {
        // Two blocks at one height: the neighbour is shown ours.
        return if ours.height == theirs.height && !same_block() { theirs.height } else { after };
    }
    let era_at = |height| {
        let block = shelf.block(height)?;
        Some(Block::parse(&block.bytes).ok()?.era)
    };
    // Eras only rise with height: the first block of a later era than theirs.
    let (mut low, mut high) = (0, ours.height);
    while low < high {
        let middle = low + (high - low) / 2;
        if era_at(middle).is_some_and(|era| era > theirs.era) { high = middle } else { low = middle + 1 }
    }
    low.min(after)
}

impl BlocksOut {
    pub(super) fn opening<S: Shelf>(
        shelf: &S,
        theirs: Option<&HelloHead>,
        same_block: impl Fn() -> bool,
    ) -> Self {
        let told = shelf.head().map(|head| (head.era, head.height));
        let mut blocks = Self { told, ..Self::default() };
        blocks.from(departs(shelf, theirs, same_block), shelf);
        blocks
    }

    /// Sends from this height on, as far ahead as is allowed.
    pub(super) fn from<S: Shelf>(&mut self, height: u64, shelf: &S) {
        let after_head = shelf.head().map_or(0, |head| head.height.saturating_add(1));
        self.next = height;
        self.end = height.saturating_add(BLOCKS_AHEAD).min(after_head).max(height);
    }

    /// The neighbour sent this block itself.
    pub(super) fn held_there(&mut self, height: u64) {
        if self.next <= height {
            self.next = height.saturating_add(1);
            self.end = self.end.max(self.next);
        }
    }

    /// After the register moved: goes on, if the neighbour was kept up to date until now, or tells how far it is.
    pub(super) fn moved<S: Shelf>(&mut self, step: &mut Step<'_, S>) {
        let Some(head) = step.shelf.head() else { return };
        let now = (head.era, head.height);
        if self.told == Some(now) {
            return;
        }
        let before = self.told.replace(now);
        if before.is_some_and(|(era, _)| era < head.era) {
            let theirs = before.map(|(era, height)| HelloHead { era, height, block: [0; 4] });
            let first = departs(step.shelf, theirs.as_ref(), || true);
            return self.from(first.min(self.next), step.shelf);
        }
        let kept_up = before.map_or(0, |(_, height)| height.saturating_add(1)) <= self.end;
        if kept_up && head.height < self.next.saturating_add(BLOCKS_AHEAD) {
            self.end = head.height.saturating_add(1).max(self.next);
        } else {
            step.say(&Message::Head(NewHead { era: head.era, height: head.height }));
        }
    }

    /// The next block's item.
    pub(super) fn next<S: Shelf>(&mut self, shelf: &S) -> Option<Vec<u8>> {
        if self.next >= self.end {
            return None;
        }
        let block = shelf.block(self.next);
        if block.is_none() {
            self.end = self.next;
        }
        Some(wire::block_item(self.next, &block?))
    }

    pub(super) const fn sent(&mut self) {
        self.next += 1;
    }
}

/// Blocks from the neighbour.
#[derive(Debug)]
pub(super) struct BlocksIn {
    /// Where the neighbour's register stands.
    theirs: Option<(u64, u64)>,
    /// The height after the last block that came.
    next: u64,
    /// What is on its way ends before this height.
    until: u64,
    /// The lowest height that was passed over or declined.
    hole: Option<u64>,
    /// Our head when a block was declined: nothing is asked before it moved.
    declined_at: Option<Option<u64>>,
}

impl BlocksIn {
    pub(super) fn new<S: Shelf>(shelf: &S, theirs: Option<&HelloHead>) -> Self {
        let next = shelf.head().map_or(0, |head| head.height.saturating_add(1));
        let theirs = theirs.map(|head| (head.era, head.height));
        let mut blocks = Self { theirs, next, until: next, hole: None, declined_at: None };
        // The opening pushes the first ones unasked.
        blocks.expect_more();
        blocks
    }

    fn expect_more(&mut self) {
        let after_theirs = self.theirs.map_or(0, |(_, height)| height.saturating_add(1));
        self.until = self.next.saturating_add(BLOCKS_AHEAD).min(after_theirs);
    }

    pub(super) fn announced(&mut self, head: &NewHead) {
        self.theirs = self.theirs.max(Some((head.era, head.height)));
    }

    /// Whether a block is further ahead of our head than may be sent.
    pub(super) fn is_far<S: Shelf>(height: u64, shelf: &S) -> bool {
        let after_ours = shelf.head().map_or(0, |head| head.height.saturating_add(1));
        height >= after_ours.saturating_add(BLOCKS_AHEAD)
    }

    /// A block came that is too far ahead: nothing is on its way before it any more, and what is missing is asked for
    /// again.
    pub(super) fn turned_away(&mut self, height: u64) {
        self.hole = Some(self.hole.map_or(self.next, |hole| hole.min(self.next)));
        self.until = self.next;
        self.theirs = self.theirs.max(Some((self.theirs.map_or(0, |(era, _)| era), height)));
    }

    pub(super) fn came(&mut self, height: u64) {
        if height > self.next {
            self.hole = Some(self.hole.map_or(self.next, |hole| hole.min(self.next)));
        }
        self.next = height.saturating_add(1);
        if self.theirs.is_none_or(|(_, theirs)| theirs < height) {
            self.theirs = Some((self.theirs.map_or(0, |(era, _)| era), height));
        }
    }

    pub(super) fn declined<S: Shelf>(&mut self, height: u64, shelf: &S) {
        self.hole = Some(self.hole.map_or(height, |hole| hole.min(height)));
        self.declined_at = Some(shelf.head().map(|head| head.height));
    }

    /// Asks for more when what was on its way came, and half of it was applied.
    pub(super) fn pull<S: Shelf>(&mut self, step: &mut Step<'_, S>) {
        let ours = step.shelf.head().map(|head| head.height);
        let after_ours = ours.map_or(0, |height| height.saturating_add(1));
        let from = self.hole.unwrap_or(self.next).max(after_ours);
        let more = self.theirs.is_some_and(|(_, height)| height >= from);
        let ahead = from - after_ours;
        let underway = self.next < self.until;
        if !more || underway || ahead >= BLOCKS_AHEAD / 2 || self.declined_at == Some(ours) {
            return;
        }
        (self.hole, self.declined_at, self.next) = (None, None, from);
        self.expect_more();
        step.say(&Message::WantBlocks(WantBlocks { from }));
    }
}

/// A block's piece, read.
pub(super) fn read(item: &[u8]) -> Option<(u64, CertifiedBlock)> {
    let (height, bytes) = wire::read_block_item(item)?;
    Some((height, CertifiedBlock::parse(bytes).ok()?))
}
