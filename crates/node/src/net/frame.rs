//! How messages travel on a stream: four bytes of length, most significant first, then that many bytes.
//!
//! The first byte of a link message says what it is: [`Message::Ping`], a sync frame, or an address book.

use iroh::endpoint::{ReadExactError, RecvStream, SendStream};

/// A message on a link is never longer than this.
pub(super) const MESSAGE_BYTES: usize = 288 * 1024;

const PING: u8 = 0;
const SYNC: u8 = 1;
const ADDRESSES: u8 = 2;

/// What neighbours say on a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// "I am here." Sent every few seconds; silence closes the link.
    Ping,
    /// A frame of the sync machine.
    Sync(Vec<u8>),
    /// Where members were last reachable.
    Addresses(Vec<u8>),
}

/// Why reading a message failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    /// The stream or connection ended.
    #[error("connection ended: {0}")]
    Ended(String),
    /// Longer than any message may be.
    #[error("message of {0} bytes is over the limit")]
    TooLong(usize),
    /// A first byte this version does not know.
    #[error("unknown message type {0}")]
    Unknown(u8),
}

/// Reads one length-framed block of at most `limit` bytes; nothing at a clean end.
pub(super) async fn read(stream: &mut RecvStream, limit: usize) -> Result<Option<Vec<u8>>, FrameError> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length).await {
        Ok(()) => {}
        Err(ReadExactError::FinishedEarly(0)) => return Ok(None),
        Err(error) => return Err(FrameError::Ended(error.to_string())),
    }
    let length = u32::from_be_bytes(length) as usize;
    if length > limit {
        return Err(FrameError::TooLong(length));
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await.map_err(|error| FrameError::Ended(error.to_string()))?;
    Ok(Some(bytes))
}

/// Writes one length-framed block.
pub(super) async fn write(stream: &mut SendStream, bytes: &[u8]) -> Result<(), FrameError> {
    let ended = |error: iroh::endpoint::WriteError| FrameError::Ended(error.to_string());
    let length = u32::try_from(bytes.len()).map_err(|_| FrameError::TooLong(bytes.len()))?;
    stream.write_all(&length.to_be_bytes()).await.map_err(ended)?;
    stream.write_all(bytes).await.map_err(ended)
}

impl Message {
    /// Reads a block as a message.
    pub(super) fn parse(mut bytes: Vec<u8>) -> Result<Self, FrameError> {
        match bytes.first().copied() {
            None | Some(PING) => Ok(Self::Ping),
            Some(SYNC) => Ok(Self::Sync(bytes.split_off(1))),
            Some(ADDRESSES) => Ok(Self::Addresses(bytes.split_off(1))),
            Some(other) => Err(FrameError::Unknown(other)),
        }
    }

    /// The block to write.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let (first, rest): (u8, &[u8]) = match self {
            Self::Ping => (PING, &[]),
            Self::Sync(bytes) => (SYNC, bytes),
            Self::Addresses(bytes) => (ADDRESSES, bytes),
        };
        let mut out = Vec::with_capacity(1 + rest.len());
        out.push(first);
        out.extend_from_slice(rest);
        out
    }
}
