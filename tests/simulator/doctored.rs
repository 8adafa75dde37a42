//! A liar's copy: its node's, with one lie in it. It knows no session; `mask` shows it to neighbours.

use linli_record::{
    Block, CertifiedBlock, CommunityId, ForkProof, LogId, NodeKey, RawRecord, RecordId, SecretKey, Signature,
    StoreId, Tip,
};
use linli_sync::{Arrival, Cursor, Head, Shelf};

/// What a mask does to the copy it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lie {
    /// Every third log is not there.
    Withholds,
    /// A bit of every run's last signature is another.
    BreaksSignatures,
    /// A bit of a payload is another.
    ChangesPayloads,
    /// A bit of a header is another.
    ChangesHeaders,
    /// A record in the middle is left out.
    LeavesGaps,
    /// Two records changed places.
    Shuffles,
    /// Somebody else's log goes on, signed by the liar.
    Impersonates,
    /// The liar's own log goes on from a record that does not exist.
    Disconnects,
    /// Blocks are dated a moment later, under the certificates they had.
    ChangesBlocks,
    /// The register goes on by a block that the liar signed.
    InventsBlocks,
    /// It says that it has had everything there will ever be.
    Boasts,
}

/// All of them.
pub(crate) const LIES: [Lie; 11] = [
    Lie::Withholds,
    Lie::BreaksSignatures,
    Lie::ChangesPayloads,
    Lie::ChangesHeaders,
    Lie::LeavesGaps,
    Lie::Shuffles,
    Lie::Impersonates,
    Lie::Disconnects,
    Lie::ChangesBlocks,
    Lie::InventsBlocks,
    Lie::Boasts,
];

/// A copy with a lie in it.
pub(crate) struct Doctored<'a, S> {
    pub(crate) true_copy: &'a S,
    pub(crate) lie: Lie,
    /// A record that nobody may take, and the tip it would make.
    pub(crate) forged: Option<&'a (Tip, RawRecord)>,
    /// What the liar signs with.
    pub(crate) signing: &'a SecretKey,
}

impl<S: Shelf> Doctored<'_, S> {
    fn hides(&self, log: &LogId) -> bool {
        self.lie == Lie::Withholds && log.as_bytes()[0].is_multiple_of(3)
    }

    fn tip_shown(&self, tip: Tip) -> Tip {
        match self.forged {
            Some((forged, _)) if forged.log == tip.log => forged.clone(),
            _ => tip,
        }
    }

    fn invented_after(&self, head: &Head) -> Option<CertifiedBlock> {
        let newest = self.true_copy.block(head.height).filter(|_| self.lie == Lie::InventsBlocks)?;
        let block = Block::parse(&newest.bytes).ok()?;
        let next = Block {
            height: block.height + 1,
            prev: Some(newest.id()),
            time_ms: block.time_ms + 1,
            opened: Vec::new(),
            tips: Vec::new(),
            ..block
        };
        Some(next.certify_alone(self.signing))
    }

    fn doctor(&self, log: &LogId, from: u64, mut run: Vec<RawRecord>) -> Vec<RawRecord> {
        let (middle, several) = (run.len() / 2, run.len() > 2);
        match (self.lie, run.last_mut()) {
            (Lie::BreaksSignatures, Some(RawRecord { signature: Some(signature), .. })) => {
                let mut bytes = *signature.as_bytes();
                bytes[7] ^= 4;
                *signature = Signature::from_slice(&bytes).expect("as long as a signature");
            }
            (Lie::ChangesPayloads, Some(RawRecord { payload: Some(payload), .. })) => flip(payload, from),
            (Lie::ChangesHeaders, Some(last)) => flip(&mut last.header, from),
            (Lie::LeavesGaps, Some(_)) if several => drop(run.remove(middle)),
            (Lie::Shuffles, Some(_)) if several => run.swap(middle, middle - 1),
            _ => {}
        }
        if let Some((tip, record)) = self.forged.filter(|(tip, _)| tip.log == *log)
            && from + run.len() as u64 == tip.seq
        {
            run.push(record.clone());
        }
        run
    }
}

/// Flips a bit, somewhere.
pub(crate) fn flip(bytes: &mut [u8], at: u64) {
    let length = bytes.len() as u64;
    if let Some(byte) =
        usize::try_from(at.wrapping_mul(31) % length.max(1)).ok().and_then(|at| bytes.get_mut(at))
    {
        *byte ^= 1;
    }
}

/// The block a moment later: well formed, and not what its witness signed.
fn redated(mut certified: CertifiedBlock) -> Option<CertifiedBlock> {
    let mut block = Block::parse(&certified.bytes).ok()?;
    block.time_ms += 1;
    certified.bytes = block.to_bytes();
    Some(certified)
}

impl<S: Shelf> Shelf for Doctored<'_, S> {
    fn community(&self) -> CommunityId {
        self.true_copy.community()
    }

    fn store_id(&self) -> StoreId {
        self.true_copy.store_id()
    }

    fn arrivals(&self) -> u64 {
        self.true_copy.arrivals()
    }

    fn arrivals_after(&self, after: u64, limit: usize) -> Vec<Arrival> {
        self.true_copy.arrivals_after(after, limit)
    }

    fn head(&self) -> Option<Head> {
        let head = self.true_copy.head()?;
        match self.invented_after(&head) {
            Some(block) => Some(Head { height: head.height + 1, id: block.id(), ..head }),
            None => Some(head),
        }
    }

    fn block(&self, height: u64) -> Option<CertifiedBlock> {
        let block = self.true_copy.block(height);
        if self.lie == Lie::ChangesBlocks {
            return block.and_then(redated);
        }
        let invented = || self.invented_after(&self.true_copy.head()?).filter(|_| block.is_none());
        invented().or(block)
    }

    fn tip(&self, log: &LogId) -> Option<Tip> {
        self.true_copy.tip(log).filter(|_| !self.hides(log)).map(|tip| self.tip_shown(tip))
    }

    fn run(&self, log: &LogId, from: u64) -> Vec<RawRecord> {
        if self.hides(log) { Vec::new() } else { self.doctor(log, from, self.true_copy.run(log, from)) }
    }

    fn offered(&self, peer: &NodeKey) -> Vec<Tip> {
        let tips = self.true_copy.offered(peer).into_iter().filter(|tip| !self.hides(&tip.log));
        tips.map(|tip| self.tip_shown(tip)).collect()
    }

    fn may_offer(&self, peer: &NodeKey, log: &LogId) -> bool {
        self.true_copy.may_offer(peer, log) && !self.hides(log)
    }

    fn cursor(&self, peer: &NodeKey) -> Option<Cursor> {
        let cursor = self.true_copy.cursor(peer);
        match self.lie {
            Lie::Boasts => cursor.map(|cursor| Cursor { arrivals: u64::MAX, ..cursor }),
            _ => cursor,
        }
    }

    fn rank(&self, log: &LogId) -> u8 {
        self.true_copy.rank(log)
    }

    fn fork(&self, log: &LogId) -> Option<ForkProof> {
        self.true_copy.fork(log)
    }

    fn payload(&self, id: &RecordId) -> Option<(LogId, Vec<u8>)> {
        self.true_copy.payload(id)
    }
}
