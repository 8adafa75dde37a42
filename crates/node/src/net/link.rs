//! One connection to one neighbour: bytes in, bytes out, a ping when there is nothing else to say.
//!
//! The task knows no meaning; frames go to the actor, and what the actor wants sent comes back on a channel. Silence
//! closes the link: QUIC keep-alive alone can keep a connection to an address that moved away.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use iroh::endpoint::{Connection, ConnectionError, RecvStream, SendStream, VarInt};
use linli_record::NodeKey;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until, timeout};

use super::STRANGER_CODE;
use super::attachment;
use super::endpoint::CONNECTION_WINDOW;
use super::frame::{self, FrameError, MESSAGE_BYTES, Message};
use crate::actor::{Desk, LinkId};

const PING_EVERY: Duration = Duration::from_secs(4);
const SILENCE: Duration = Duration::from_secs(12);
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// A neighbour that was asked whether it is there has this long to say anything.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// A neighbour that takes nothing for this long while something waits for it is let go.
const STALL: Duration = Duration::from_secs(60);
/// Bytes that may wait for a neighbour to take them; four times what credit lets be in flight.
const OUTBOX_BYTES: usize = 32 * 1024 * 1024;
/// Close code for a neighbour that asks for much and reads nothing.
const NOT_READING: u32 = 22;

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
    out: Outbox,
    suspected: Arc<Notify>,
    line: Line,
}

/// What a link runs over.
#[derive(Debug, Clone)]
enum Line {
    Iroh(iroh::endpoint::WeakConnectionHandle),
    /// Nothing: whoever simulates the link reads here why it was closed.
    #[cfg(any(test, feature = "testing"))]
    Simulated(Arc<std::sync::Mutex<Option<String>>>),
}

/// What waits to be written, counted in bytes.
#[derive(Debug, Clone)]
struct Outbox {
    queue: mpsc::UnboundedSender<Message>,
    waiting: Arc<AtomicUsize>,
}

impl Outbox {
    /// False when the neighbour does not take what waits already.
    fn push(&self, message: Message) -> bool {
        let waiting = self.waiting.fetch_add(message.len(), Ordering::Relaxed);
        // A closed queue is a link that ends; its reader says so.
        let _ = self.queue.send(message);
        waiting <= OUTBOX_BYTES
    }
}

impl LinkHandle {
    /// Hands over a message to write.
    pub(crate) fn send(&self, message: Message) {
        if !self.out.push(message) {
            self.close(NOT_READING, "takes nothing");
        }
    }

    /// Something speaks for the link being dead: the neighbour must say something within two seconds, or it is closed.
    pub(crate) fn suspect(&self) {
        self.send(Message::Probe);
        self.suspected.notify_one();
    }

    /// Closes the connection; its task ends and tells the actor.
    pub(crate) fn close(&self, code: u32, reason: &str) {
        #[cfg(any(test, feature = "testing"))]
        if let Line::Simulated(closed) = &self.line {
            let mut closed = closed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            closed.get_or_insert_with(|| format!("{code} {reason}"));
        }
        if let Some(connection) = self.connection() {
            connection.close(VarInt::from_u32(code), reason.as_bytes());
        }
    }

    /// The path in use.
    pub(crate) fn path(&self) -> Option<PathView> {
        let connection = self.connection()?;
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
        match &self.line {
            Line::Iroh(connection) => connection.upgrade(),
            #[cfg(any(test, feature = "testing"))]
            Line::Simulated(_) => None,
        }
    }
}

/// What carries a simulated link: frames that wait, how many bytes, and why the link was closed.
#[cfg(any(test, feature = "testing"))]
pub(crate) struct Carrier {
    outgoing: mpsc::UnboundedReceiver<Message>,
    waiting: Arc<AtomicUsize>,
    closed: Arc<std::sync::Mutex<Option<String>>>,
}

#[cfg(any(test, feature = "testing"))]
impl Carrier {
    /// The next message to carry.
    pub(crate) fn take(&mut self) -> Option<Message> {
        let message = self.outgoing.try_recv().ok()?;
        self.waiting.fetch_sub(message.len(), Ordering::Relaxed);
        Some(message)
    }

    /// Why the link was closed; nothing while it is held.
    pub(crate) fn closed(&self) -> Option<String> {
        let said = self.closed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        said.or_else(|| self.outgoing.is_closed().then(|| "let go".to_owned()))
    }
}

#[cfg(any(test, feature = "testing"))]
impl LinkHandle {
    /// A link that somebody else carries.
    pub(crate) fn simulated(id: LinkId, peer: NodeKey, side: Side) -> (Self, Carrier) {
        let (queue, outgoing) = mpsc::unbounded_channel();
        let (waiting, closed) = (Arc::<AtomicUsize>::default(), Arc::default());
        let out = Outbox { queue, waiting: Arc::clone(&waiting) };
        let line = Line::Simulated(Arc::clone(&closed));
        let handle = Self { id, peer, side, out, suspected: Arc::default(), line };
        (handle, Carrier { outgoing, waiting, closed })
    }
}

static NEXT_LINK: AtomicU64 = AtomicU64::new(1);

/// Runs a link until either side ends it.
pub(super) async fn run(connection: Connection, side: Side, desk: Desk) {
    let peer = NodeKey::from(*connection.remote_id().as_bytes());
    match timeout(HELLO_WITHIN, open(&connection, side)).await {
        Ok(Ok((send, recv))) => carry(connection, peer, side, send, recv, desk).await,
        Ok(Err(error)) => {
            tracing::debug!(peer = %peer.short(), %error, "link did not open");
            if is_turned_away(&connection) {
                desk.turned_away(peer).await;
            }
        }
        Err(_) => connection.close(VarInt::from_u32(0), b"no hello"),
    }
}

/// Whether the neighbour closed the connection as it does on whoever is not enrolled.
fn is_turned_away(connection: &Connection) -> bool {
    let stranger = VarInt::from_u32(STRANGER_CODE);
    matches!(connection.close_reason(), Some(ConnectionError::ApplicationClosed(closed)) if closed.error_code == stranger)
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
    // Strangers and newcomers had little; a neighbour may fill a line.
    connection.set_receive_window(VarInt::from_u32(CONNECTION_WINDOW));
    let id = LinkId(NEXT_LINK.fetch_add(1, Ordering::Relaxed));
    let (queue, outgoing) = mpsc::unbounded_channel();
    let out = Outbox { queue, waiting: Arc::default() };
    let suspected = Arc::new(Notify::new());
    let written = Arc::clone(&out.waiting);
    let reader = Reader { id, out: out.clone(), suspected: Arc::clone(&suspected), desk: desk.clone() };
    let handle = LinkHandle { id, peer, side, out, suspected, line: Line::Iroh(connection.weak_handle()) };
    if !desk.link_up(handle).await {
        connection.close(VarInt::from_u32(0), b"stopping");
        return;
    }
    // Tasks of their own: a panic in one ends this link, and the actor still hears of it.
    let serving = tokio::spawn(attachment::serve(connection.clone(), peer, desk.clone()));
    let mut writing = tokio::spawn(write_all(send, outgoing, written, id, desk.clone()));
    let mut reading = tokio::spawn(reader.read_all(recv));
    let ended = tokio::select! {
        ended = &mut reading => ended,
        ended = &mut writing => ended,
    };
    let code = ended.as_ref().ok().and_then(FrameError::offence);
    match ended {
        Ok(ended) => tracing::debug!(peer = %peer.short(), %ended, "link ended"),
        Err(fault) => {
            tracing::error!(peer = %peer.short(), %fault, "a link's task failed; the link is closed");
        }
    }
    serving.abort();
    writing.abort();
    reading.abort();
    let turned_away = is_turned_away(&connection);
    let (number, word) = code.map_or((0, "done"), |reason| (reason.number(), reason.code()));
    connection.close(VarInt::from_u32(number), word.as_bytes());
    desk.link_down(id, code).await;
    if turned_away {
        desk.turned_away(peer).await;
    }
}

/// Writes what the actor wants sent. What waits here is bounded by [`OUTBOX_BYTES`].
async fn write_all(
    mut send: SendStream,
    mut outgoing: mpsc::UnboundedReceiver<Message>,
    waiting: Arc<AtomicUsize>,
    id: LinkId,
    desk: Desk,
) -> FrameError {
    loop {
        let message = match timeout(PING_EVERY, outgoing.recv()).await {
            Ok(Some(message)) => {
                waiting.fetch_sub(message.len(), Ordering::Relaxed);
                message
            }
            Ok(None) => return FrameError::Ended("stopping".into()),
            Err(_) => Message::Ping,
        };
        match timeout(STALL, frame::write(&mut send, &message.to_bytes())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return error,
            Err(_) => return FrameError::Ended("takes nothing".into()),
        }
        if outgoing.is_empty() && !matches!(message, Message::Ping | Message::Probe) {
            desk.drained(id).await;
        }
    }
}

/// The reading half of a link.
struct Reader {
    id: LinkId,
    out: Outbox,
    suspected: Arc<Notify>,
    desk: Desk,
}

impl Reader {
    async fn read_all(self, mut recv: RecvStream) -> FrameError {
        loop {
            let message = match self.read(&mut recv).await.map(|block| block.map(Message::parse)) {
                Ok(Some(Ok(message))) => message,
                Ok(Some(Err(error))) | Err(error) => return error,
                Ok(None) => return FrameError::Ended("closed by the neighbour".into()),
            };
            let goes_on = match message {
                Message::Ping => true,
                Message::Probe => self.out.push(Message::Ping),
                message => self.desk.frame(self.id, message).await,
            };
            if !goes_on {
                return FrameError::Ended("stopping".into());
            }
        }
    }

    /// Waits for one block; less patiently once the link is suspected to be dead.
    async fn read(&self, recv: &mut RecvStream) -> Result<Option<Vec<u8>>, FrameError> {
        let mut block = pin!(frame::read(recv, MESSAGE_BYTES));
        let mut until = Instant::now() + SILENCE;
        loop {
            tokio::select! {
                block = &mut block => return block,
                () = self.suspected.notified() => until = until.min(Instant::now() + ANSWER_WITHIN),
                () = sleep_until(until) => return Err(FrameError::Ended("silent".into())),
            }
        }
    }
}
