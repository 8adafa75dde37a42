//! The one loop that owns a node's truth: a thread with the store, the register, the writers and the sync sessions.
//!
//! Everything reaches it through the [`Desk`], on one bounded channel. It takes what is waiting, makes what it learnt
//! durable in as few commits as it can, and only then answers. Read [`Actor::run`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use linli_record::{BlobHash, NodeKey};
use linli_sync::Reason;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::core::Core;
use crate::fault::Fault;
use crate::local::Announcement;
use crate::net::{Knock, KnockAnswer, LinkHandle, Message};
use crate::vocabulary::{Answer, Event, Request, StatusView};

/// Calls waiting for the actor; senders wait when it is full.
const CALLS: usize = 512;
/// Events a slow listener may fall behind before it is told that it lagged.
const EVENTS: usize = 1024;
/// Housekeeping comes round this often.
const TICK: Duration = Duration::from_millis(500);
/// Calls looked at before what they brought is committed.
const ROUND: usize = 128;

/// A link, for the life of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LinkId(pub(crate) u64);

pub(crate) enum Call {
    Ask {
        request: Box<Request>,
        reply: oneshot::Sender<Result<Answer, Fault>>,
    },
    LinkUp(LinkHandle),
    Frame(LinkId, Message),
    /// A link ended, because its neighbour broke a rule or for no such reason.
    LinkDown(LinkId, Option<Reason>),
    Drained(LinkId),
    /// A neighbour closed its door on this node as on a stranger.
    TurnedAway(NodeKey),
    KnockAnswered(Result<KnockAnswer, String>),
    Knock {
        peer: NodeKey,
        knock: Box<Knock>,
        reply: oneshot::Sender<KnockAnswer>,
    },
    AttachmentFor {
        peer: NodeKey,
        hash: BlobHash,
        reply: oneshot::Sender<Option<PathBuf>>,
    },
    Fetched {
        hash: BlobHash,
        from: NodeKey,
        result: Result<PathBuf, String>,
    },
    /// The neighbour's link may be dead; every link, when none is named.
    Suspect(Option<NodeKey>),
    #[cfg(test)]
    Panic,
    #[cfg(test)]
    Wires(oneshot::Sender<(Vec<LinkHandle>, crate::net::NetHandle)>),
    SendBook(NodeKey, Vec<u8>),
    Stop,
}

/// How tasks and clients reach the actor. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    calls: mpsc::Sender<Call>,
    events: broadcast::Sender<Event>,
    /// Set from within the actor, where waiting for room on the channel would be for ever.
    stopping: Arc<AtomicBool>,
    /// The status to answer with while the actor is busy with one long piece of work.
    busy: Arc<watch::Sender<Option<StatusView>>>,
}

impl Desk {
    /// Asks the node something or tells it to do something, and waits for the answer.
    ///
    /// # Errors
    /// The node's [`Fault`], or [`Fault::stopped`] when it has ended.
    pub async fn ask(&self, request: Request) -> Result<Answer, Fault> {
        let busy = if request == Request::Status { self.busy.borrow().clone() } else { None };
        if let Some(status) = busy {
            return Ok(Answer::Status(Box::new(status)));
        }
        let (reply, answer) = oneshot::channel();
        let call = Call::Ask { request: Box::new(request), reply };
        self.calls.send(call).await.map_err(|_| Fault::stopped())?;
        // An open channel behind a dropped answer: the actor runs on, its handler failed.
        let failed = || if self.calls.is_closed() { Fault::stopped() } else { Fault::failed() };
        answer.await.map_err(|_| failed())?
    }

    /// What happens from now on.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Ends the actor after what is waiting.
    pub async fn stop(&self) {
        let _ = self.calls.send(Call::Stop).await;
    }

    pub(crate) async fn link_up(&self, link: LinkHandle) -> bool {
        self.calls.send(Call::LinkUp(link)).await.is_ok()
    }

    pub(crate) async fn frame(&self, link: LinkId, message: Message) -> bool {
        self.calls.send(Call::Frame(link, message)).await.is_ok()
    }

    pub(crate) async fn link_down(&self, link: LinkId, offence: Option<Reason>) {
        let _ = self.calls.send(Call::LinkDown(link, offence)).await;
    }

    pub(crate) async fn drained(&self, link: LinkId) {
        let _ = self.calls.send(Call::Drained(link)).await;
    }

    pub(crate) async fn turned_away(&self, by: NodeKey) {
        let _ = self.calls.send(Call::TurnedAway(by)).await;
    }

    pub(crate) async fn knock_answered(&self, answer: Result<KnockAnswer, String>) {
        let _ = self.calls.send(Call::KnockAnswered(answer)).await;
    }

    /// Asks the actor, from within itself, to end after this round.
    pub(crate) fn stop_soon(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) async fn knock(&self, peer: NodeKey, knock: Knock) -> Option<KnockAnswer> {
        let (reply, answer) = oneshot::channel();
        self.calls.send(Call::Knock { peer, knock: Box::new(knock), reply }).await.ok()?;
        answer.await.ok()
    }

    pub(crate) async fn attachment_for(&self, peer: NodeKey, hash: BlobHash) -> Option<PathBuf> {
        let (reply, answer) = oneshot::channel();
        self.calls.send(Call::AttachmentFor { peer, hash, reply }).await.ok()?;
        answer.await.ok().flatten()
    }

    pub(crate) async fn fetched(&self, hash: BlobHash, from: NodeKey, result: Result<PathBuf, String>) {
        let _ = self.calls.send(Call::Fetched { hash, from, result }).await;
    }

    /// A neighbour was heard at another address, or this machine moved. A lost hint costs some seconds.
    pub(crate) fn suspect(&self, node: Option<NodeKey>) {
        let _ = self.calls.try_send(Call::Suspect(node));
    }

    pub(crate) async fn send_book(&self, to: NodeKey, book: Vec<u8>) {
        let _ = self.calls.send(Call::SendBook(to, book)).await;
    }
}

/// Makes the channel pair before the core exists, since the core hands the desk to its tasks.
pub(crate) fn channel() -> (Desk, mpsc::Receiver<Call>) {
    let (calls, inbox) = mpsc::channel(CALLS);
    let (events, _) = broadcast::channel(EVENTS);
    let busy = Arc::new(watch::Sender::new(None));
    (Desk { calls, events, stopping: Arc::default(), busy }, inbox)
}

impl Desk {
    #[cfg(test)]
    pub(crate) async fn panic(&self) {
        let _ = self.calls.send(Call::Panic).await;
    }

    #[cfg(test)]
    pub(crate) async fn wires(&self) -> Option<(Vec<LinkHandle>, crate::net::NetHandle)> {
        let (reply, answer) = oneshot::channel();
        self.calls.send(Call::Wires(reply)).await.ok()?;
        answer.await.ok()
    }

    fn stops(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// From now on status is answered with this, or by the actor again.
    pub(crate) fn answer_status_with(&self, status: Option<StatusView>) {
        self.busy.send_replace(status);
    }

    /// Tells whoever listens; whether anybody does.
    pub(crate) fn announce(&self, event: Event) -> bool {
        self.events.send(event).is_ok()
    }
}

/// The loop and what it owns.
pub(crate) struct Actor {
    /// Above the core, which holds the home's lock: dropped first.
    _announced: Option<Announcement>,
    core: Core,
    desk: Desk,
    inbox: mpsc::Receiver<Call>,
}

impl Actor {
    pub(crate) const fn new(
        core: Core,
        desk: Desk,
        inbox: mpsc::Receiver<Call>,
        announced: Option<Announcement>,
    ) -> Self {
        Self { _announced: announced, core, desk, inbox }
    }

    /// Runs until told to stop; call it on a thread of its own, inside a tokio runtime's context.
    pub(crate) fn run(mut self, runtime: &tokio::runtime::Handle) {
        loop {
            let first = runtime.block_on(async { tokio::time::timeout(TICK, self.inbox.recv()).await });
            let mut next = match first {
                Ok(None) => break,
                Ok(Some(call)) => Some(call),
                Err(_) => None,
            };
            let mut taken = 0;
            while let Some(call) = next.take() {
                if matches!(call, Call::Stop) {
                    self.core.close();
                    return;
                }
                self.guarded(|core| core.take(call));
                taken += 1;
                if taken < ROUND {
                    next = self.inbox.try_recv().ok();
                }
            }
            self.guarded(Core::settle_down);
            if self.desk.stops() {
                break;
            }
            if taken == 0 {
                self.guarded(Core::idle);
            }
        }
        self.core.close();
    }

    /// Runs one handler. One that panics left memory in an unknown state: the core reads itself anew from the store, where
    /// only whole commits stand, and neighbours' sessions begin again. Nothing that was acknowledged is touched.
    fn guarded(&mut self, handler: impl FnOnce(&mut Core)) {
        if catch_unwind(AssertUnwindSafe(|| handler(&mut self.core))).is_err() {
            tracing::error!("a handler failed; the node goes on from what is stored");
            if catch_unwind(AssertUnwindSafe(|| self.core.recover())).is_err() {
                tracing::error!("going on from what is stored failed; trying again with the next call");
            }
        }
    }
}
