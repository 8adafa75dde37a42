//! Frames: one message each, as bytes. What a message means is the session's to know. Read [`Message`] first.
//!
//! The first byte says what a frame is. Control frames hold one CBOR map in the deterministic encoding, whose unknown
//! keys are ignored; bulk frames hold a CBOR sequence (RFC 8742), compressed when that helps.

mod bulk;
mod control;
mod elide;
mod items;
mod run;

pub(crate) use bulk::{Bulk, Packer};
pub(crate) use control::tags;
pub(crate) use control::{
    Audiences, Buckets, Grant, Heights, Hello, HelloCursor, HelloHead, NewHead, Offers, Prints, Root,
    Through, Want, WantBlocks, WantPayloads, Wanted, Wants,
};
pub(crate) use items::{
    block_item, bytes_item, found_item, read_block_item, read_bytes_item, read_found_item,
};
pub(crate) use run::{Parts, Run, Unpacked, pack as pack_run, unpack};

use linli_record::canonical;
use minicbor::{Decode, Encode};

use crate::limits;
use crate::reason::Reason;

/// First bytes of frames.
mod kind {
    pub(super) const HELLO: u8 = 1;
    pub(super) const AUDIENCES: u8 = 2;
    pub(super) const ROOT: u8 = 3;
    pub(super) const BUCKETS: u8 = 4;
    pub(super) const PRINTS: u8 = 5;
    pub(super) const HEIGHTS: u8 = 6;
    pub(super) const WANTS: u8 = 7;
    pub(super) const OFFERS: u8 = 8;
    pub(super) const WANTED: u8 = 9;
    pub(super) const WANT: u8 = 10;
    pub(super) const GRANT: u8 = 11;
    pub(super) const THROUGH: u8 = 12;
    pub(super) const HEAD: u8 = 13;
    pub(super) const WANT_BLOCKS: u8 = 14;
    pub(super) const WANT_PAYLOADS: u8 = 15;
    pub(super) const RUNS: u8 = 32;
    pub(super) const PAYLOADS: u8 = 33;
    pub(super) const BLOCKS: u8 = 34;
    pub(super) const FORK: u8 = 35;
    pub(super) const FOUND: u8 = 36;
    /// Frames from here on are left unread by whoever does not know them.
    pub(super) const OPTIONAL: u8 = 64;
}

/// One frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Message {
    Hello(Hello),
    Audiences(Audiences),
    Root(Root),
    Buckets(Buckets),
    Prints(Prints),
    Heights(Heights),
    Wants(Wants),
    Offers(Offers),
    Wanted(Wanted),
    Want(Want),
    Grant(Grant),
    Through(Through),
    Head(NewHead),
    WantBlocks(WantBlocks),
    WantPayloads(WantPayloads),
    Bulk(Bulk, Vec<u8>),
    Unknown,
}

impl Message {
    /// The frame's bytes.
    pub(crate) fn to_frame(&self) -> Vec<u8> {
        match self {
            Self::Hello(it) => control(kind::HELLO, it),
            Self::Audiences(it) => control(kind::AUDIENCES, it),
            Self::Root(it) => control(kind::ROOT, it),
            Self::Buckets(it) => control(kind::BUCKETS, it),
            Self::Prints(it) => control(kind::PRINTS, it),
            Self::Heights(it) => control(kind::HEIGHTS, it),
            Self::Wants(it) => control(kind::WANTS, it),
            Self::Offers(it) => control(kind::OFFERS, it),
            Self::Wanted(it) => control(kind::WANTED, it),
            Self::Want(it) => control(kind::WANT, it),
            Self::Grant(it) => control(kind::GRANT, it),
            Self::Through(it) => control(kind::THROUGH, it),
            Self::Head(it) => control(kind::HEAD, it),
            Self::WantBlocks(it) => control(kind::WANT_BLOCKS, it),
            Self::WantPayloads(it) => control(kind::WANT_PAYLOADS, it),
            Self::Bulk(bulk, body) => bulk::seal(bulk.kind(), body),
            Self::Unknown => Vec::new(),
        }
    }

    /// Reads a frame.
    pub(crate) fn parse(frame: &[u8]) -> Result<Self, Reason> {
        if frame.len() > limits::FRAME_BYTES {
            return Err(Reason::Oversize);
        }
        let (kind, body) = frame.split_first().ok_or(Reason::Malformed)?;
        Ok(match *kind {
            kind::HELLO => Self::Hello(read(body)?),
            kind::AUDIENCES => Self::Audiences(read(body)?),
            kind::ROOT => Self::Root(read(body)?),
            kind::BUCKETS => Self::Buckets(read(body)?),
            kind::PRINTS => Self::Prints(read(body)?),
            kind::HEIGHTS => Self::Heights(read(body)?),
            kind::WANTS => Self::Wants(read(body)?),
            kind::OFFERS => Self::Offers(read(body)?),
            kind::WANTED => Self::Wanted(read(body)?),
            kind::WANT => Self::Want(read(body)?),
            kind::GRANT => Self::Grant(read(body)?),
            kind::THROUGH => Self::Through(read(body)?),
            kind::HEAD => Self::Head(read(body)?),
            kind::WANT_BLOCKS => Self::WantBlocks(read(body)?),
            kind::WANT_PAYLOADS => Self::WantPayloads(read(body)?),
            kind::OPTIONAL.. => Self::Unknown,
            other => {
                let bulk = Bulk::of(other).ok_or(Reason::UnknownFrame)?;
                Self::Bulk(bulk, bulk::open(body)?)
            }
        })
    }
}

fn control(kind: u8, body: &impl Encode<()>) -> Vec<u8> {
    let mut frame = vec![kind];
    minicbor::encode(body, &mut frame).expect("a vector takes every byte");
    frame
}

fn read<'b, T: Decode<'b, ()>>(body: &'b [u8]) -> Result<T, Reason> {
    canonical::check(body).map_err(|_| Reason::Malformed)?;
    minicbor::decode(body).map_err(|_| Reason::Malformed)
}

#[cfg(test)]
mod tests;
