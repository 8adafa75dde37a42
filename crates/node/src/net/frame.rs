//! How messages travel on a stream: four bytes of length, most significant first, then that many bytes.
//!
//! The first byte of a link message says what it is: [`Message::Ping`], a sync frame, or an address book.

use iroh::endpoint::{ReadExactError, RecvStream, SendStream};
use linli_sync::Reason;

/// A message on a link is never longer than this.
pub(super) const MESSAGE_BYTES: usize = 288 * 1024;

const PING: u8 = 0;
/// Follows [`PING`] when an answer is wanted at once.
const ANSWER: u8 = 1;
const SYNC: u8 = 1;
const ADDRESSES: u8 = 2;
#[cfg(test)]
const BROKEN: u8 = 0xee;

/// What neighbours say on a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// "I am here." Sent every few seconds; silence closes the link.
    Ping,
    /// "Are you there?" Answered with a ping at once.
    Probe,
    /// A frame of the sync machine.
    Sync(Vec<u8>),
    /// Where members were last reachable.
    Addresses(Vec<u8>),
    /// What a test sends so that reading it panics.
    #[cfg(test)]
    Broken,
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

impl FrameError {
    /// The rule of the protocol that the other side broke, if it broke one.
    pub(super) const fn offence(&self) -> Option<Reason> {
        match self {
            Self::Ended(_) => None,
            Self::TooLong(_) => Some(Reason::Oversize),
            Self::Unknown(_) => Some(Reason::UnknownFrame),
        }
    }
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
            Some(PING) if bytes.get(1) == Some(&ANSWER) => Ok(Self::Probe),
            None | Some(PING) => Ok(Self::Ping),
            #[cfg(test)]
            Some(BROKEN) => panic!("a neighbour sent the byte that tests panic at"),
            Some(SYNC) => Ok(Self::Sync(bytes.split_off(1))),
            Some(ADDRESSES) => Ok(Self::Addresses(bytes.split_off(1))),
            Some(other) => Err(FrameError::Unknown(other)),
        }
    }

    /// Bytes it takes in a queue, about.
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Ping | Self::Probe => 1,
            #[cfg(test)]
            Self::Broken => 1,
            Self::Sync(bytes) | Self::Addresses(bytes) => bytes.len(),
        }
    }

    /// The block to write.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let (first, rest): (u8, &[u8]) = match self {
            Self::Ping => (PING, &[]),
            Self::Probe => (PING, &[ANSWER]),
            Self::Sync(bytes) => (SYNC, bytes),
            Self::Addresses(bytes) => (ADDRESSES, bytes),
            #[cfg(test)]
            Self::Broken => (BROKEN, &[]),
        };
        let mut out = Vec::with_capacity(1 + rest.len());
        out.push(first);
        out.extend_from_slice(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_neighbours_say_reads_back_and_an_older_node_takes_a_probe_for_a_ping() {
        for message in
            [Message::Ping, Message::Probe, Message::Sync(vec![1, 2]), Message::Addresses(vec![0x80])]
        {
            assert_eq!(Message::parse(message.to_bytes()).unwrap(), message);
        }
        assert_eq!(Message::Probe.to_bytes()[0], PING);
        assert!(matches!(Message::parse(vec![200]), Err(FrameError::Unknown(200))));
        assert_eq!(Message::parse(Vec::new()).unwrap(), Message::Ping);
    }
}
