//! The register's blocks by height, the state after the newest, and verdicts: bytes this crate does not judge.

use linli_record::{Block, BlockId, CertifiedBlock, RecordId};
use redb::{ReadTransaction, ReadableTable, WriteTransaction};

use crate::checksum;
use crate::errors::{ReadError, WriteError};
use crate::open::Store;
use crate::tables::{BLOCKS, REGISTER, RIVALS, RivalKey, VERDICTS};
use crate::view::View;

/// The newest block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its era.
    pub era: u64,
    /// Its height.
    pub height: u64,
    /// Its id.
    pub id: BlockId,
    /// Block time, milliseconds since 1970.
    pub time_ms: u64,
}

impl Head {
    pub(crate) fn of(block: &Block, id: BlockId) -> Self {
        Self { era: block.era, height: block.height, id, time_ms: block.time_ms }
    }

    pub(crate) fn read(view: &View) -> Result<Option<Self>, ReadError> {
        let table = view.tx.open_table(BLOCKS)?;
        let Some((height, value)) = table.last()? else { return Ok(None) };
        let (certified, block) = open(height.value(), value.value())?;
        Ok(Some(Self::of(&block, certified.id())))
    }
}

/// A stored block, whole.
pub(crate) fn open(height: u64, sealed: &[u8]) -> Result<(CertifiedBlock, Block), ReadError> {
    let damaged = || ReadError::damaged(format!("block {height}"));
    let bytes = checksum::open(&height.to_be_bytes(), sealed).ok_or_else(damaged)?;
    let certified = CertifiedBlock::parse(bytes).map_err(|_| damaged())?;
    let block = Block::parse(&certified.bytes).map_err(|_| damaged())?;
    if block.height == height { Ok((certified, block)) } else { Err(damaged()) }
}

impl Store {
    /// The newest block's place; none before the founding block.
    #[must_use]
    pub const fn head(&self) -> Option<Head> {
        self.head
    }

    /// The block at a height.
    ///
    /// # Errors
    /// [`ReadError`] when it can't be read.
    pub fn block(&self, height: u64) -> Result<Option<CertifiedBlock>, ReadError> {
        let table = self.view()?.tx.open_table(BLOCKS)?;
        let value = table.get(height)?;
        value.map(|value| open(height, value.value()).map(|(certified, _)| certified)).transpose()
    }

    /// Other certified blocks at a height: an ended era's, or proof that witnesses signed two.
    ///
    /// # Errors
    /// [`ReadError`] when one can't be read.
    pub fn rivals(&self, height: u64) -> Result<Vec<CertifiedBlock>, ReadError> {
        let table = self.view()?.tx.open_table(RIVALS)?;
        let (low, high) = (rival_key(height, &[0; 32]), rival_key(height, &[0xff; 32]));
        let range = table.range::<&RivalKey>(&low..=&high)?;
        range.map(|entry| open(height, entry?.1.value()).map(|(certified, _)| certified)).collect()
    }

    /// The register's state after the newest block, as it was given.
    ///
    /// # Errors
    /// [`ReadError`] when it can't be read: it can be computed again from the blocks.
    pub fn state(&self) -> Result<Option<(u64, Vec<u8>)>, ReadError> {
        state(&self.view()?.tx)
    }

    /// How a settled record that does not simply stand was judged.
    ///
    /// # Errors
    /// [`ReadError`] when it can't be read.
    pub fn verdict(&self, id: &RecordId) -> Result<Option<Vec<u8>>, ReadError> {
        let table = self.view()?.tx.open_table(VERDICTS)?;
        let value = table.get(id.as_bytes())?;
        value.map(|value| open_verdict(id.as_bytes(), value.value())).transpose()
    }

    /// Every verdict that is not "stands", in order of record id.
    ///
    /// # Errors
    /// [`ReadError`] when one can't be read.
    pub fn verdicts(&self) -> Result<Vec<(RecordId, Vec<u8>)>, ReadError> {
        let table = self.view()?.tx.open_table(VERDICTS)?;
        let mut found = Vec::new();
        for entry in table.iter()? {
            let (id, value) = entry?;
            found.push((RecordId::from(*id.value()), open_verdict(id.value(), value.value())?));
        }
        Ok(found)
    }
}

pub(crate) fn state(tx: &ReadTransaction) -> Result<Option<(u64, Vec<u8>)>, ReadError> {
    let table = tx.open_table(REGISTER)?;
    let Some(value) = table.get(0)? else { return Ok(None) };
    let open = checksum::open(&[0], value.value()).and_then(<[u8]>::split_first_chunk::<8>);
    let (height, state) = open.ok_or_else(|| ReadError::damaged("the register's state"))?;
    Ok(Some((u64::from_be_bytes(*height), state.to_vec())))
}

pub(crate) fn rival_height(key: &RivalKey) -> u64 {
    u64::from_be_bytes(*key.first_chunk().expect("forty bytes"))
}

fn open_verdict(id: &[u8; 32], sealed: &[u8]) -> Result<Vec<u8>, ReadError> {
    let open = checksum::open(id, sealed).map(<[u8]>::to_vec);
    open.ok_or_else(|| ReadError::damaged(format!("the verdict on record {:?}", RecordId::from(*id))))
}

fn rival_key(height: u64, id: &[u8; 32]) -> RivalKey {
    let mut key = [0; 40];
    key[..8].copy_from_slice(&height.to_be_bytes());
    key[8..].copy_from_slice(id);
    key
}

/// Writes a block where it belongs and the state after it; the answer is the new head.
pub(crate) fn put(
    tx: &WriteTransaction,
    store: &Store,
    head: Option<Head>,
    certified: &CertifiedBlock,
    state: &[u8],
) -> Result<Head, WriteError> {
    let block = parse(store, certified)?;
    let new = Head::of(&block, certified.id());
    let wrong = |why| Err(WriteError::Block { height: new.height, why });
    match head {
        // A block that is held already: the state lagged behind it, because something it settles was not here.
        Some(head) if new == head || store.block(new.height)?.is_some_and(|held| held.id() == new.id) => {
            return put_state(tx, new.height, state).map(|()| head);
        }
        Some(head) if new.height <= head.height && new.era <= head.era => {
            return wrong("another block of this era, or a later one, is held there");
        }
        _ => {}
    }
    if let Some(before) = held_below(tx, new.height)?
        && block.prev != Some(before)
    {
        return wrong("does not follow the block below");
    }
    put_aside(tx, new.height)?;
    let bytes = certified.to_bytes();
    let sealed = checksum::seal(&new.height.to_be_bytes(), &bytes);
    tx.open_table(BLOCKS)?.insert(new.height, sealed.as_slice())?;
    put_state(tx, new.height, state)?;
    Ok(new)
}

fn parse(store: &Store, certified: &CertifiedBlock) -> Result<Block, WriteError> {
    let block = Block::parse(&certified.bytes);
    let block = block.map_err(|_| WriteError::Block { height: 0, why: "breaks the format" })?;
    if block.community == store.community {
        Ok(block)
    } else {
        Err(WriteError::Block { height: block.height, why: "belongs to another community" })
    }
}

/// The id of the block one below, if that height is held: a newcomer may hold blocks with gaps.
fn held_below(tx: &WriteTransaction, height: u64) -> Result<Option<BlockId>, WriteError> {
    let Some(below) = height.checked_sub(1) else { return Ok(None) };
    let table = tx.open_table(BLOCKS)?;
    let value = table.get(below)?;
    Ok(value.map(|value| open(below, value.value()).map(|(certified, _)| certified.id())).transpose()?)
}

/// A later era begins here: what the old one had from this height on becomes rivals.
fn put_aside(tx: &WriteTransaction, height: u64) -> Result<(), WriteError> {
    let mut blocks = tx.open_table(BLOCKS)?;
    let mut rivals = tx.open_table(RIVALS)?;
    for entry in blocks.extract_from_if::<u64, _>(height.., |_, _| true)? {
        let (at, value) = entry?;
        let (certified, _) = open(at.value(), value.value())?;
        rivals.insert(&rival_key(at.value(), certified.id().as_bytes()), value.value())?;
    }
    Ok(())
}

pub(crate) fn put_state(tx: &WriteTransaction, height: u64, state: &[u8]) -> Result<(), WriteError> {
    let mut value = height.to_be_bytes().to_vec();
    value.extend_from_slice(state);
    tx.open_table(REGISTER)?.insert(0, checksum::seal(&[0], &value).as_slice())?;
    Ok(())
}

pub(crate) fn put_rival(
    tx: &WriteTransaction,
    store: &Store,
    certified: &CertifiedBlock,
) -> Result<(), WriteError> {
    let block = parse(store, certified)?;
    let sealed = checksum::seal(&block.height.to_be_bytes(), &certified.to_bytes());
    let key = rival_key(block.height, certified.id().as_bytes());
    tx.open_table(RIVALS)?.insert(&key, sealed.as_slice())?;
    Ok(())
}

pub(crate) fn put_verdict(
    tx: &WriteTransaction,
    id: &RecordId,
    verdict: Option<&[u8]>,
) -> Result<(), WriteError> {
    let mut table = tx.open_table(VERDICTS)?;
    match verdict {
        Some(verdict) => table.insert(id.as_bytes(), checksum::seal(id.as_bytes(), verdict).as_slice())?,
        None => table.remove(id.as_bytes())?,
    };
    Ok(())
}

pub(crate) fn clear_verdicts(tx: &WriteTransaction) -> Result<(), WriteError> {
    tx.delete_table(VERDICTS)?;
    tx.open_table(VERDICTS)?;
    Ok(())
}
