//! What only a newer Linli understands: records of unknown kinds or with header keys this version does not know, logs that
//! go on in a later format, blocks under later rules. They are kept and forwarded as far as they can be verified, said so,
//! and not judged.

use linli_community::kinds;
use linli_record::{Block, BlockId, CertifiedBlock, Record};
use linli_store::{Batch, Op};

use super::{Core, PROGRAM};
use crate::fault::{Fault, FaultKind};

/// Name under which is kept that something newer was met, and by which program.
const MET: &str = "met-newer";
/// The warning's stable code.
pub(super) const NEEDS_NEWER: &str = "needs-newer";
/// Projection: height to a certified block of later rules.
const LATER: &str = "later-blocks";
/// Blocks of later rules kept; more come again from neighbours after the newer version is installed.
const KEPT: u64 = 100_000;

/// Whether parts of a record are beyond this version.
pub(super) fn is_newer(record: &Record) -> bool {
    kinds::row(record.kind).is_none() || !record.extra.is_empty()
}

impl Core {
    /// What was met before this start counts until another program runs; blocks kept for it are tried again, in order.
    pub(super) fn load_newer(&mut self) -> Result<(), Fault> {
        let met = self.store.named(MET).map_err(|error| super::store_fault_read(&error))?;
        if met.as_deref() == Some(PROGRAM.as_bytes()) {
            self.warnings.insert(NEEDS_NEWER, needs_newer());
        }
        let kept =
            self.store.cache_scan(LATER, &[], usize::MAX).map_err(|error| super::store_fault_read(&error))?;
        for (_, bytes) in kept {
            if let Ok(block) = CertifiedBlock::parse(&bytes) {
                let _ = self.take_block(block);
            }
        }
        Ok(())
    }

    /// Something newer arrived: said once, and after every start of this program.
    pub(super) fn meet_newer(&mut self) {
        if self.warnings.contains_key(NEEDS_NEWER) {
            return;
        }
        self.warn(NEEDS_NEWER, needs_newer());
        if let Err(fault) = self.write(Batch::from(Op::Name(MET.into(), Some(PROGRAM.into())))) {
            tracing::warn!(%fault, "that something newer was met could not be remembered");
        }
    }

    /// The next block follows rules this version does not know: it is kept for the version that does, and for neighbours.
    pub(super) fn keep_later(&mut self, block: &Block, certified: &CertifiedBlock) {
        let key = block.height.to_be_bytes().to_vec();
        self.cache(LATER, key, certified.to_bytes());
        if self.order.later.is_none_or(|(height, _)| height < block.height) {
            self.order.later = Some((block.height, certified.id()));
        }
        self.meet_newer();
    }

    /// Whether a block follows on one kept for later and is kept too. The witnesses known here must have signed it.
    pub(super) fn goes_on_later(&mut self, block: &Block, certified: &CertifiedBlock) -> bool {
        let Some((height, id)) = self.order.later else { return false };
        let Some(state) = &self.state else { return false };
        let follows = block.height == height + 1 && block.prev == Some(id);
        let room = height < state.head().map_or(0, |head| head.height) + KEPT;
        if !follows || !room || certified.verify(&state.witness_keys()).is_err() {
            return false;
        }
        self.keep_later(block, certified);
        true
    }

    /// The newest block kept for later.
    pub(super) const fn later_head(&self) -> Option<(u64, BlockId)> {
        self.order.later
    }

    /// Whether the register goes on under rules this version does not know: it moves no power then.
    pub(super) const fn is_outdated(&self) -> bool {
        self.order.later.is_some()
    }

    /// A statement of power is not made by a version that can't judge it.
    pub(super) fn refuse_when_outdated(&self) -> Result<(), Fault> {
        if self.is_outdated() {
            return Err(Fault::new(FaultKind::Newer, NEEDS_NEWER, needs_newer())
                .hint("install the newer Linli; what was said meanwhile is kept"));
        }
        Ok(())
    }

    /// A kept block of later rules, for neighbours.
    pub(super) fn later_block(&self, height: u64) -> Option<CertifiedBlock> {
        let bytes = self.store.cached(LATER, &height.to_be_bytes()).ok().flatten()?;
        CertifiedBlock::parse(&bytes).ok()
    }
}

fn needs_newer() -> String {
    "parts of what neighbours wrote need a newer Linli: they are kept and passed on, and not judged here"
        .into()
}
