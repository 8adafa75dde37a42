//! One connection to one neighbour: bytes in, bytes out, a ping when there is nothing else to say.
//!
//! The task knows no meaning; frames go to the actor, and what the actor wants sent comes back on a channel. Silence
//! closes the link: QUIC keep-alive alone can keep a connection to an address that moved away.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use iroh::endpoint::{Connection, RecvStream, SendStream, VarInt};
use linli_record::NodeKey;
use tokio::sync::mpsc;

use super::attachment;
use super::frame::{self, FrameError, MESSAGE_BYTES, Message};
use crate::actor::{Desk, LinkId};

const PING_EVERY: Duration = Duration::from_secs(4);
const SILENCE: Duration = Duration::from_secs(12);
const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// Which end of the connection we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// We dialed.
    Dialed,
    /// They did.
    Accepted,
}

/// How long a link's path takes and what it is, for `linli status`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PathView {
    /// The address in use, or the relay's URL.
    pub address: String,
    /// Whether it goes through the community's relay.
    pub relayed: bool,
    /// Round trip, milliseconds.
    pub rtt_ms: u64,
}

/// A neighbour's connection, as the actor sees it.
#[derive(Debug, Clone)]
pub(crate) struct LinkHandle {
    pub(crate) id: LinkId,
    pub(crate) peer: NodeKey,
    pub(crate) side: Side,
    pub(crate) out: mpsc::UnboundedSender<Message>,
    connection: iroh::endpoint::WeakConnectionHandle,
}

impl LinkHandle {
    /// Closes the connection; its task ends and tells the actor.
    pub(crate) fn close(&self, code: u32, reason: &str) {
        if let Some(connection) = self.connection.upgrade() {
            connection.close(VarInt::from_u32(code), reason.as_bytes());
        }
    }

    /// The path in use.
    pub(crate) fn path(&self) -> Option<PathView> {
        let connection = self.connection.upgrade()?;
        let paths = connection.paths();
        let path = paths.iter().find(iroh::endpoint::Path::is_selected)?;
        Some(PathView {
            address: match path.remote_addr() {
                iroh::TransportAddr::Ip(address) => address.to_string(),
                iroh::TransportAddr::Relay(url) => url.to_string(),
                other => format!("{other:?}"),
            },
            relayed: path.is_relay(),
            rtt_ms: u64::try_from(path.rtt().as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// A connection to open an attachment stream on.
    pub(crate) fn connection(&self) -> Option<Connection> {
        self.connection.upgrade()
    }
}

static NEXT_LINK: AtomicU64 = AtomicU64::new(1);

/// Runs a link until either side ends it.
pub(super) async fn run(connection: Connection, side: Side, desk: Desk) {
    let peer = NodeKey::from(*connection.remote_id().as_bytes());
    match tokio::time::timeout(HELLO_WITHIN, open(&connection, side)).await {
        Ok(Ok((send, recv))) => carry(connection, peer, side, send, recv, desk).await,
        Ok(Err(error)) => tracing::debug!(peer = %peer.short(), %error, "link did not open"),
        Err(_) => connection.close(VarInt::from_u32(0), b"no hello"),
    }
}

/// Opens the link's stream. Both ends ping first, so that a dialer that was refused learns it before it says anything.
async fn open(connection: &Connection, side: Side) -> Result<(SendStream, RecvStream), FrameError> {
    let ended = |error: iroh::endpoint::ConnectionError| FrameError::Ended(error.to_string());
    let (mut send, mut recv) = match side {
        Side::Dialed => connection.open_bi().await.map_err(ended)?,
        Side::Accepted => connection.accept_bi().await.map_err(ended)?,
    };
    frame::write(&mut send, &Message::Ping.to_bytes()).await?;
    match frame::read(&mut recv, MESSAGE_BYTES).await? {
        Some(_) => Ok((send, recv)),
        None => Err(FrameError::Ended("closed before hello".into())),
    }
}

async fn carry(
    connection: Connection,
    peer: NodeKey,
    side: Side,
    send: SendStream,
    recv: RecvStream,
    desk: Desk,
) {
    let id = LinkId(NEXT_LINK.fetch_add(1, Ordering::Relaxed));
    let (out, outgoing) = mpsc::unbounded_channel();
    let handle = LinkHandle { id, peer, side, out, connection: connection.weak_handle() };
    if !desk.link_up(handle).await {
        connection.close(VarInt::from_u32(0), b"stopping");
        return;
    }
    let serving = tokio::spawn(attachment::serve(connection.clone(), peer, desk.clone()));
    let writing = tokio::spawn(write_all(send, outgoing, id, desk.clone()));
    let ended = read_all(recv, id, &desk).await;
    tracing::debug!(peer = %peer.short(), %ended, "link ended");
    serving.abort();
    writing.abort();
    connection.close(VarInt::from_u32(0), b"done");
    desk.link_down(id).await;
}

/// Writes what the actor wants sent. What waits here is bounded by the credit the peer granted.
async fn write_all(
    mut send: SendStream,
    mut outgoing: mpsc::UnboundedReceiver<Message>,
    id: LinkId,
    desk: Desk,
) {
    loop {
        let message = match tokio::time::timeout(PING_EVERY, outgoing.recv()).await {
            Ok(Some(message)) => message,
            Ok(None) => return,
            Err(_) => Message::Ping,
        };
        if frame::write(&mut send, &message.to_bytes()).await.is_err() {
            return;
        }
        if outgoing.is_empty() && message != Message::Ping {
            desk.drained(id).await;
        }
    }
}

async fn read_all(mut recv: RecvStream, id: LinkId, desk: &Desk) -> FrameError {
    loop {
        let block = match tokio::time::timeout(SILENCE, frame::read(&mut recv, MESSAGE_BYTES)).await {
            Ok(Ok(Some(block))) => block,
            Ok(Ok(None)) => return FrameError::Ended("closed by the neighbour".into()),
            Ok(Err(error)) => return error,
            Err(_) => return FrameError::Ended("silent".into()),
        };
        match Message::parse(block) {
            Ok(Message::Ping) => {}
            Ok(message) => {
                if !desk.frame(id, message).await {
                    return FrameError::Ended("stopping".into());
                }
            }
            Err(error) => return error,
        }
    }
}
