//! What is written together: a [`Batch`] is one durable transaction.

use linli_record::{BlobHash, CertifiedBlock, LogId, NodeKey, Record, RecordId, StoreId, Tip};

/// One change. Operations apply in the order they were added; a later one sees what an earlier one did.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Op {
    /// Records that extend a log, or open it, as [`linli_record::Chain`] accepted them.
    Append {
        /// Consecutive; the last one signed.
        records: Vec<Record>,
        /// The chain's tip after them.
        tip: Tip,
        /// The neighbour they came from; `None` for this node's own and for imports.
        from: Option<NodeKey>,
    },
    /// A payload that came after its header.
    Payload {
        /// The record it belongs to.
        id: RecordId,
        /// Salt first.
        payload: Vec<u8>,
    },
    /// Forgets a payload; header, id and chain stay.
    DropPayload(RecordId),
    /// The other branch of a forked log. The lowest fork is kept; at the same height the first one seen.
    Fork(Vec<Record>),
    /// The settled branch is the other one: it takes the place of what is held from its first record on, which is kept
    /// as the log's fork.
    ReplaceBranch {
        /// Consecutive, beginning where the branches part; the last one signed.
        records: Vec<Record>,
        /// The chain's tip after them.
        tip: Tip,
        /// The neighbour they came from.
        from: Option<NodeKey>,
    },
    /// A block and the register's state after it. At a height that is held, a later era's block puts the blocks from
    /// there on aside as rivals.
    Block {
        /// The block.
        block: CertifiedBlock,
        /// The state's canonical bytes.
        state: Vec<u8>,
    },
    /// Replaces the register's state without a new block: after replaying the blocks, as far as what they settle is held.
    State {
        /// Height of the block it is the state after.
        height: u64,
        /// The state's canonical bytes.
        state: Vec<u8>,
    },
    /// Another certified block at a height that is held: kept to be shown.
    Rival(CertifiedBlock),
    /// How a settled record that does not simply stand was judged; `None` lets it stand.
    Verdict(RecordId, Option<Vec<u8>>),
    /// Forgets every verdict: a new era judges again.
    ClearVerdicts,
    /// How far this node has a neighbour's arrivals.
    Cursor {
        /// The neighbour.
        peer: NodeKey,
        /// Which life of its store.
        store: StoreId,
        /// Its arrivals up to this one are held.
        arrivals: u64,
    },
    /// A small value under a name; `None` removes it.
    Name(String, Option<Vec<u8>>),
    /// An entry of a rebuildable projection; `None` removes it.
    Cache {
        /// The projection, at most 255 bytes.
        cache: String,
        /// The entry.
        key: Vec<u8>,
        /// Its value.
        value: Option<Vec<u8>>,
    },
    /// Empties one projection.
    ClearCache(String),
    /// Catalogues an attachment. `held` needs its file to be there ([`crate::Incoming::finish`]).
    Blob {
        /// BLAKE3 of its bytes.
        hash: BlobHash,
        /// Bytes.
        size: u64,
        /// Whether the file is there, or only wanted.
        held: bool,
    },
    /// Forgets an attachment and removes its file.
    ForgetBlob(BlobHash),
}

/// Changes that belong together.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub(crate) ops: Vec<Op>,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub const fn new() -> Self {
        Self { ops: Vec::new() }
    }

    /// Adds one change.
    pub fn push(&mut self, op: Op) -> &mut Self {
        self.ops.push(op);
        self
    }

    /// Adds records of one log: [`Op::Append`].
    pub fn append(&mut self, records: Vec<Record>, tip: Tip, from: Option<NodeKey>) -> &mut Self {
        self.push(Op::Append { records, tip, from })
    }

    /// Adds a cursor: [`Op::Cursor`].
    pub fn cursor(&mut self, peer: NodeKey, store: StoreId, arrivals: u64) -> &mut Self {
        self.push(Op::Cursor { peer, store, arrivals })
    }

    /// Sets a small named value: [`Op::Name`].
    pub fn name(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> &mut Self {
        self.push(Op::Name(name.into(), Some(value.into())))
    }

    /// Sets an entry of a projection: [`Op::Cache`].
    pub fn cache(
        &mut self,
        cache: impl Into<String>,
        key: impl Into<Vec<u8>>,
        value: Option<Vec<u8>>,
    ) -> &mut Self {
        self.push(Op::Cache { cache: cache.into(), key: key.into(), value })
    }

    /// Whether nothing would change.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// The changes so far, in the order in which they will apply.
    #[must_use]
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// How many changes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ops.len()
    }
}

impl From<Op> for Batch {
    fn from(op: Op) -> Self {
        Self { ops: vec![op] }
    }
}

/// What a written batch added.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Committed {
    /// The first new arrival number; 0 when no record was added.
    pub first: u64,
    /// The highest arrival number now.
    pub last: u64,
    /// Logs that grew.
    pub logs: Vec<LogId>,
}
