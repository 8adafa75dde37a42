//! What a raw change chunk would expand to, read without expanding it.
//!
//! An uncompressed chunk still inflates: its columns are run-length coded, and 80 bytes may claim 2^40 operations, which
//! Automerge's own parser would loop over. This walk allocates nothing by count, and nothing else may see a chunk first.
//! Layout: Automerge's binary format, <https://automerge.org/automerge-binary-format-spec/>.

/// What a chunk claims.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scan<'a> {
    pub(crate) dependencies: u64,
    pub(crate) actor: &'a [u8],
    pub(crate) time: i64,
    pub(crate) message: u64,
    pub(crate) other_actors: u64,
    pub(crate) operations: u64,
    pub(crate) predecessors: u64,
    pub(crate) extra: usize,
}

/// The chunk is not a plain, uncompressed change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotAChange;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const PLAIN_CHANGE: u8 = 1;
const COLUMNS: u64 = 32;
const DEFLATED: u64 = 8;
const ACTION_COLUMN: u64 = 66;
const PREDECESSOR_COLUMN: u64 = 112;

/// Walks a chunk.
pub(crate) fn scan(chunk: &[u8]) -> Result<Scan<'_>, NotAChange> {
    let mut r = Reader { rest: chunk };
    // The four bytes after the magic are a checksum; the caller compares them with the hash.
    if r.take(4)? != MAGIC || r.take(4).is_err() || r.take(1)? != [PLAIN_CHANGE] {
        return Err(NotAChange);
    }
    if r.unsigned()? != r.rest.len() as u64 {
        return Err(NotAChange);
    }
    let dependencies = r.unsigned()?;
    r.take(dependencies.checked_mul(32).ok_or(NotAChange)?)?;
    let actor = r.prefixed()?;
    let (_seq, _start_op, time) = (r.unsigned()?, r.unsigned()?, r.signed()?);
    let message = r.prefixed()?.len() as u64;
    let other_actors = r.unsigned()?;
    for _ in 0..other_actors {
        r.prefixed()?;
    }
    let (operations, predecessors) = columns(&mut r)?;
    let extra = r.rest.len();
    Ok(Scan { dependencies, actor, time, message, other_actors, operations, predecessors, extra })
}

fn columns(r: &mut Reader<'_>) -> Result<(u64, u64), NotAChange> {
    let count = r.unsigned()?;
    if count > COLUMNS {
        return Err(NotAChange);
    }
    let mut heads = Vec::with_capacity(32);
    for _ in 0..count {
        heads.push((r.unsigned()?, r.unsigned()?));
    }
    let (mut operations, mut predecessors) = (0, 0);
    for (column, length) in heads {
        let bytes = r.take(length)?;
        if column & DEFLATED != 0 {
            return Err(NotAChange);
        }
        match column {
            ACTION_COLUMN => operations = run_lengths(bytes)?.entries,
            PREDECESSOR_COLUMN => predecessors = run_lengths(bytes)?.sum,
            _ => {}
        }
    }
    Ok((operations, predecessors))
}

struct Runs {
    entries: u64,
    sum: u64,
}

/// Entries of a run-length coded column of unsigned numbers, and their sum; a null counts as 0.
fn run_lengths(bytes: &[u8]) -> Result<Runs, NotAChange> {
    let mut r = Reader { rest: bytes };
    let mut runs = Runs { entries: 0, sum: 0 };
    while !r.rest.is_empty() {
        let length = r.signed()?;
        let entries = match length {
            0 => r.unsigned()?,
            1.. => {
                runs.sum = runs.sum.saturating_add(length.unsigned_abs().saturating_mul(r.unsigned()?));
                length.unsigned_abs()
            }
            _ => {
                // A literal run: each entry takes at least a byte, so the bytes end a hostile loop.
                for _ in 0..length.unsigned_abs() {
                    runs.sum = runs.sum.saturating_add(r.unsigned()?);
                }
                length.unsigned_abs()
            }
        };
        runs.entries = runs.entries.saturating_add(entries);
    }
    Ok(runs)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8], NotAChange> {
        let length = usize::try_from(length).map_err(|_| NotAChange)?;
        let (part, rest) = self.rest.split_at_checked(length).ok_or(NotAChange)?;
        self.rest = rest;
        Ok(part)
    }

    fn prefixed(&mut self) -> Result<&'a [u8], NotAChange> {
        let length = self.unsigned()?;
        self.take(length)
    }

    fn unsigned(&mut self) -> Result<u64, NotAChange> {
        self.leb().map(|leb| leb.value)
    }

    fn signed(&mut self) -> Result<i64, NotAChange> {
        let leb = self.leb()?;
        let negative = leb.last & 0x40 != 0 && leb.bits < 64;
        let value = if negative { leb.value | u64::MAX << leb.bits } else { leb.value };
        Ok(value.cast_signed())
    }

    /// LEB128, at most ten bytes.
    fn leb(&mut self) -> Result<Leb, NotAChange> {
        let mut leb = Leb { value: 0, bits: 0, last: 0 };
        loop {
            let byte = self.take(1)?[0];
            if leb.bits > 63 {
                return Err(NotAChange);
            }
            leb.value |= u64::from(byte & 0x7f) << leb.bits;
            leb.bits += 7;
            leb.last = byte;
            if byte & 0x80 == 0 {
                return Ok(leb);
            }
        }
    }
}

struct Leb {
    value: u64,
    bits: u32,
    last: u8,
}
