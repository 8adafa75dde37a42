//! Frames that cost credit: a CBOR sequence of pieces, plain or compressed with zstd (RFC 8878).
//!
//! After the first byte: 0 and the sequence, or 1, the sequence's length in four bytes (big-endian) and one zstd frame.
//! The length is bounded before anything is inflated, and what inflates to another length is refused.

use minicbor::Decoder;

use super::{Message, kind};
use crate::limits::{COMPRESS_FROM, FILL_BYTES, INFLATED_BYTES, PIECE_COST, PIECES_PER_FRAME};
use crate::reason::Reason;

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
/// Level 1: the sender of a large gap must not be the bottleneck.
const LEVEL: i32 = 1;

/// What a bulk frame's pieces are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bulk {
    /// Runs.
    Runs,
    /// Payloads of the run before.
    Payloads,
    /// `[height, certified block]`.
    Blocks,
    /// One branch of a fork, as a run without payloads.
    Fork,
    /// `[record id, payload]`.
    Found,
}

impl Bulk {
    pub(super) const fn kind(self) -> u8 {
        match self {
            Self::Runs => kind::RUNS,
            Self::Payloads => kind::PAYLOADS,
            Self::Blocks => kind::BLOCKS,
            Self::Fork => kind::FORK,
            Self::Found => kind::FOUND,
        }
    }

    pub(super) const fn of(kind: u8) -> Option<Self> {
        match kind {
            kind::RUNS => Some(Self::Runs),
            kind::PAYLOADS => Some(Self::Payloads),
            kind::BLOCKS => Some(Self::Blocks),
            kind::FORK => Some(Self::Fork),
            kind::FOUND => Some(Self::Found),
            _ => None,
        }
    }
}

pub(super) fn seal(kind: u8, body: &[u8]) -> Vec<u8> {
    if body.len() >= COMPRESS_FROM {
        let squeezed = zstd::bulk::compress(body, LEVEL).unwrap_or_default();
        if !squeezed.is_empty() && squeezed.len() + 4 < body.len() {
            let mut frame = vec![kind, ZSTD];
            let length = u32::try_from(body.len()).expect("a body is bounded");
            frame.extend_from_slice(&length.to_be_bytes());
            frame.extend_from_slice(&squeezed);
            return frame;
        }
    }
    let mut frame = vec![kind, PLAIN];
    frame.extend_from_slice(body);
    frame
}

pub(super) fn open(frame: &[u8]) -> Result<Vec<u8>, Reason> {
    let (form, rest) = frame.split_first().ok_or(Reason::Malformed)?;
    match *form {
        PLAIN if rest.len() > INFLATED_BYTES => Err(Reason::Oversize),
        PLAIN => Ok(rest.to_vec()),
        ZSTD => {
            let (length, squeezed) = rest.split_first_chunk::<4>().ok_or(Reason::Malformed)?;
            let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Reason::Oversize)?;
            if length > INFLATED_BYTES {
                return Err(Reason::Oversize);
            }
            let body = zstd::bulk::decompress(squeezed, length).map_err(|_| Reason::Inflation)?;
            if body.len() == length { Ok(body) } else { Err(Reason::Inflation) }
        }
        _ => Err(Reason::Malformed),
    }
}

/// What a bulk frame costs: its inflated length, and something for every piece.
pub(crate) const fn cost(bytes: usize, pieces: usize) -> u64 {
    bytes as u64 + pieces as u64 * PIECE_COST
}

/// One item of a bulk frame's sequence.
pub(crate) struct Piece<'a> {
    pub(crate) item: &'a [u8],
    pub(crate) cost: u64,
}

impl Bulk {
    /// The pieces of a body.
    pub(crate) fn pieces(body: &[u8]) -> Result<Vec<Piece<'_>>, Reason> {
        let mut d = Decoder::new(body);
        let mut pieces = Vec::new();
        while d.position() < body.len() {
            let start = d.position();
            d.skip().map_err(|_| Reason::Malformed)?;
            if pieces.len() == PIECES_PER_FRAME {
                return Err(Reason::TooMany);
            }
            let item = &body[start..d.position()];
            pieces.push(Piece { item, cost: cost(item.len(), 1) });
        }
        if pieces.is_empty() { Err(Reason::Malformed) } else { Ok(pieces) }
    }
}

/// Fills bulk frames of one kind.
#[derive(Debug)]
pub(crate) struct Packer {
    bulk: Bulk,
    body: Vec<u8>,
    pieces: usize,
}

impl Packer {
    pub(crate) const fn new(bulk: Bulk) -> Self {
        Self { bulk, body: Vec::new(), pieces: 0 }
    }

    /// Whether one more piece of this length fits the frame.
    pub(crate) const fn fits(&self, length: usize) -> bool {
        let most = if self.pieces == 0 { INFLATED_BYTES } else { FILL_BYTES };
        self.pieces < PIECES_PER_FRAME && self.body.len() + length <= most
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.pieces == 0
    }

    /// Adds a piece that fits.
    pub(crate) fn push(&mut self, item: &[u8]) {
        debug_assert!(self.fits(item.len()));
        self.body.extend_from_slice(item);
        self.pieces += 1;
    }

    /// What the frame costs now.
    pub(crate) const fn cost(&self) -> u64 {
        cost(self.body.len(), self.pieces)
    }

    /// The frame, if it holds anything; then it is empty again.
    pub(crate) fn take(&mut self) -> Option<Vec<u8>> {
        if self.pieces == 0 {
            return None;
        }
        self.pieces = 0;
        Some(Message::Bulk(self.bulk, std::mem::take(&mut self.body)).to_frame())
    }
}
