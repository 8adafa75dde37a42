//! The first frame of each side: made, and read. What follows from it is [`super::open`]'s.

use std::collections::BTreeSet;

use linli_record::{NodeKey, StoreId};

use crate::key::{HelloKey, Nonce};
use crate::limits;
use crate::reason::Reason;
use crate::shelf::{Cursor, Shelf};
use crate::wire::{Hello, HelloCursor, HelloHead};

/// What a neighbour's hello said, checked.
#[derive(Debug)]
pub(super) struct Met {
    pub(super) nonce: Nonce,
    pub(super) key: HelloKey,
    pub(super) store: StoreId,
    pub(super) arrivals: u64,
    pub(super) head: Option<HelloHead>,
    pub(super) cursor: Option<HelloCursor>,
    pub(super) audiences: BTreeSet<[u8; 8]>,
    pub(super) enrolment: Option<Vec<u8>>,
}

/// What this side's hello said of cursors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    pub(super) cursor: Option<Cursor>,
    pub(super) arrivals: u64,
}

pub(super) fn say<S: Shelf>(
    shelf: &S,
    peer: &NodeKey,
    nonce: &Nonce,
    enrolment: Option<Vec<u8>>,
) -> (Hello, Said) {
    let said = Said { cursor: shelf.cursor(peer), arrivals: shelf.told_at_most() };
    let key = HelloKey::new(&shelf.community(), nonce);
    let head =
        shelf.head().map(|head| HelloHead { era: head.era, height: head.height, block: key.block(&head.id) });
    let cursor =
        said.cursor.map(|cursor| HelloCursor { store: key.store(&cursor.store), arrivals: cursor.arrivals });
    let audiences = audiences(shelf, peer, &key);
    let hello = Hello {
        protocol: limits::PROTOCOL,
        nonce: *nonce,
        community: key.community(),
        store: shelf.store_id(),
        arrivals: said.arrivals,
        head,
        capabilities: None,
        cursor,
        audiences: (!audiences.is_empty()).then_some(audiences),
        enrolment,
    };
    (hello, said)
}

/// Names of the audiences whose logs this node offers the peer.
pub(super) fn audiences<S: Shelf>(shelf: &S, peer: &NodeKey, key: &HelloKey) -> Vec<u8> {
    let offered = shelf.offered(peer);
    let audiences: BTreeSet<_> = offered.into_iter().filter_map(|tip| tip.audience).collect();
    let names: BTreeSet<_> = audiences.iter().take(limits::AUDIENCES).map(|id| key.audience(id)).collect();
    names.into_iter().flatten().collect()
}

/// Reads a list of names.
pub(super) fn names(bytes: &[u8]) -> Result<BTreeSet<[u8; 8]>, Reason> {
    let (names, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(Reason::Malformed);
    }
    if names.len() > limits::AUDIENCES {
        return Err(Reason::TooMany);
    }
    Ok(names.iter().copied().collect())
}

pub(super) fn hear<S: Shelf>(shelf: &S, ours: &Nonce, hello: Hello) -> Result<Met, Reason> {
    if hello.protocol != limits::PROTOCOL {
        return Err(Reason::Protocol);
    }
    if hello.nonce == *ours {
        return Err(Reason::Reflected);
    }
    let key = HelloKey::new(&shelf.community(), &hello.nonce);
    if hello.community != key.community() {
        return Err(Reason::Community);
    }
    if hello.enrolment.as_ref().is_some_and(|bytes| bytes.len() > limits::ENROLMENT_BYTES) {
        return Err(Reason::TooMany);
    }
    Ok(Met {
        nonce: hello.nonce,
        key,
        store: hello.store,
        arrivals: hello.arrivals,
        head: hello.head,
        cursor: hello.cursor,
        audiences: names(hello.audiences.as_deref().unwrap_or_default())?,
        enrolment: hello.enrolment,
    })
}
