//! The network: one endpoint, its links, the door for newcomers, the building's network, an embedded relay.
//!
//! One task owns all of it and never waits for anything but its own channels: [`Net`]. It knows keys and addresses and
//! nothing of records; what arrives goes to the actor's [`Desk`]. A panic in a link's task ends that link; a dead
//! endpoint is rebuilt on the same port.

mod attachment;
mod book;
mod endpoint;
mod enrol;
mod frame;
mod gate;
mod lan;
mod link;
mod relay;
mod relays;
#[cfg(test)]
mod tests;
mod watchdog;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use iroh::address_lookup::memory::MemoryLookup;
use iroh::{Endpoint, EndpointAddr, EndpointId, TransportAddr, Watcher as _};
use linli_record::{CommunityId, NodeKey};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::time::Instant;

pub(crate) use attachment::fetch;
use book::Book;
pub(crate) use book::{BookEntry, Heard};
pub(crate) use endpoint::BindError;
pub use enrol::KnockAnswer;
pub(crate) use enrol::{Knock, KnockError};
pub(crate) use frame::Message;
pub(crate) use gate::Roster;
#[cfg(any(test, feature = "testing"))]
pub(crate) use link::Carrier;
pub(crate) use link::LinkHandle;
pub use link::PathView;
pub(crate) use link::Side;
pub(crate) use relay::RelayError;

use crate::actor::Desk;
use crate::home::{DeviceKeys, Settings};
use crate::invite::Invite;

/// The sync protocol of members.
pub(crate) const SYNC_ALPN: &[u8] = b"linli/sync/1";
/// The enrolment protocol, open to strangers.
pub(crate) const ENROL_ALPN: &[u8] = b"linli/enrol/1";
/// QUIC close code for whoever is not enrolled.
pub(crate) const STRANGER_CODE: u32 = 403;
/// Handshakes in progress; more are turned away. Past [`PROVEN`] a dialer first proves that its address is its own.
const HANDSHAKES: usize = 256;
const PROVEN: usize = HANDSHAKES / 8;
/// A dial to a dead address is given up after this.
const DIAL: Duration = Duration::from_secs(5);
/// Neighbours a household keeps; hubs (gateways, keepers) keep [`HUB_LINKS`].
const LINKS: usize = 8;
const HUB_LINKS: usize = 256;
const TICK: Duration = Duration::from_millis(500);
/// Neighbours hear this often of members they have not heard of.
const SHARE_EVERY: Duration = Duration::from_secs(15);
/// Calls waiting for the network task.
const CALLS: usize = 64;

/// A member as the actor knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) node: NodeKey,
    /// Gateways and keepers: always on, many links.
    pub(crate) hub: bool,
}

/// Who is enrolled, and whether an invite is open; the actor publishes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) members: Vec<Member>,
    pub(crate) invites_open: bool,
    /// Whether this node holds nothing yet: it listens to one member before it dials others.
    pub(crate) newcomer: bool,
}

/// What the rest of the node asks of the network.
pub(crate) enum NetCall {
    Knock {
        invite: Box<Invite>,
        knock: Box<Knock>,
        reply: oneshot::Sender<Result<KnockAnswer, KnockError>>,
    },
    Learn(Vec<Heard>),
    /// This neighbour let us in just now: what it refused before it takes now.
    Welcome(NodeKey),
    LinkUp(NodeKey),
    LinkDown(NodeKey),
    Stop,
    #[cfg(test)]
    Panic,
    #[cfg(test)]
    CloseEndpoint,
}

/// The network task's public face.
#[derive(Clone)]
pub(crate) struct NetHandle {
    calls: mpsc::Sender<NetCall>,
    own: watch::Receiver<Own>,
    port: endpoint::Port,
}

/// How this node can be reached right now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) relay: Option<String>,
}

impl NetHandle {
    /// Asks; false when the network has stopped.
    pub(crate) fn call(&self, call: NetCall) -> bool {
        self.calls.try_send(call).is_ok()
    }

    /// Waits until there is room to ask.
    pub(crate) async fn send(&self, call: NetCall) -> bool {
        self.calls.send(call).await.is_ok()
    }

    /// Whether another program keeps the port of this home's settings, so that it listens on another one.
    pub(crate) fn port_is_taken(&self) -> bool {
        self.port == endpoint::Port::Taken
    }

    /// How this node can be reached right now.
    pub(crate) fn own(&self) -> Own {
        self.own.borrow().clone()
    }
}

/// Everything the network task needs to start.
pub(crate) struct NetSetup {
    pub(crate) keys: DeviceKeys,
    pub(crate) community: CommunityId,
    pub(crate) settings: Settings,
    pub(crate) hub: bool,
    pub(crate) roster: Roster,
    pub(crate) membership: watch::Receiver<Membership>,
    pub(crate) book: Vec<Heard>,
}

/// Why the network did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NetError {
    /// The UDP address can't be bound.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The relay's TCP address can't be bound.
    #[error(transparent)]
    Relay(#[from] RelayError),
}

/// Binds the endpoint and starts the network task; returns when this node can be dialed.
///
/// # Errors
/// [`NetError`] when an address can't be bound.
pub(crate) async fn start(setup: NetSetup, desk: Desk) -> Result<NetHandle, NetError> {
    let lan_book = MemoryLookup::with_provenance("linli");
    let listen = &setup.settings.listen;
    let (endpoint, port) =
        endpoint::bind_or_move(&setup.keys, listen, setup.roster.clone(), lan_book.clone()).await?;
    let invites_open = Arc::new(AtomicBool::new(false));
    let relay = match setup.settings.relay {
        Some(address) => {
            Some(relay::Relay::open(address, setup.roster.clone(), Arc::clone(&invites_open)).await?)
        }
        None => None,
    };
    let (calls, inbox) = mpsc::channel(CALLS);
    let (tell_own, own) = watch::channel(Own::default());
    let (lan, heard) = lan::Lan::new(endpoint.id(), &setup.community);
    let mut net = Net {
        me: NodeKey::from(*endpoint.id().as_bytes()),
        door: enrol::Door::new(desk.clone()),
        desk,
        lan_book,
        invites_open,
        relay,
        relays: relays::Relays::default(),
        lan,
        book: Book::new(),
        tell_own,
        done: mpsc::channel(CALLS),
        handshakes: Arc::new(Semaphore::new(HANDSHAKES)),
        watchdog: watchdog::Watchdog::new(),
        shared: Instant::now(),
        deaf: mpsc::channel(1),
        own_relay: None,
        endpoint: Some(endpoint),
        setup,
    };
    net.begin().await;
    tokio::spawn(supervise(net, inbox, heard));
    Ok(NetHandle { calls, own, port })
}

/// Keeps the network task going: a defect in one step of it must not make the node deaf.
async fn supervise(mut net: Net, mut inbox: mpsc::Receiver<NetCall>, mut heard: mpsc::Receiver<lan::Heard>) {
    while watchdog::caught(net.run(&mut inbox, &mut heard)).await.is_none() {
        tracing::error!("the network task failed; it goes on");
    }
    net.close().await;
}

struct Net {
    me: NodeKey,
    setup: NetSetup,
    /// Always there, but while it is rebuilt.
    endpoint: Option<Endpoint>,
    desk: Desk,
    door: enrol::Door,
    lan_book: MemoryLookup,
    lan: lan::Lan,
    relay: Option<relay::Relay>,
    relays: relays::Relays,
    /// What others reach the embedded relay by.
    own_relay: Option<String>,
    invites_open: Arc<AtomicBool>,
    book: Book,
    handshakes: Arc<Semaphore>,
    watchdog: watchdog::Watchdog,
    /// When address books were last gone through.
    shared: Instant,
    /// The watchdog found the endpoint deaf.
    deaf: (mpsc::Sender<()>, mpsc::Receiver<()>),
    tell_own: watch::Sender<Own>,
    /// Dials that failed come back here.
    done: (mpsc::Sender<NodeKey>, mpsc::Receiver<NodeKey>),
}

impl Net {
    async fn begin(&mut self) {
        let book = std::mem::take(&mut self.setup.book);
        self.learn(&book).await;
        self.membership_changed().await;
        self.follow_addresses().await;
    }

    fn endpoint(&self) -> &Endpoint {
        self.endpoint.as_ref().expect("an endpoint is missing only while it is rebuilt")
    }

    async fn run(&mut self, inbox: &mut mpsc::Receiver<NetCall>, heard: &mut mpsc::Receiver<lan::Heard>) {
        let mut membership = self.setup.membership.clone();
        // After a failure of ours, what was missed is looked at again.
        membership.mark_changed();
        if self.endpoint.is_none() {
            self.rebuild().await;
        }
        let mut addresses = self.endpoint().watch_addr();
        let mut tick = tokio::time::interval(TICK);
        loop {
            let endpoint = self.endpoint.as_ref().expect("rebuilt above and below");
            tokio::select! {
                incoming = endpoint.accept() => match incoming {
                    Some(incoming) => self.accept(incoming),
                    None => {
                        self.rebuild().await;
                        addresses = self.endpoint().watch_addr();
                    }
                },
                call = inbox.recv() => match call {
                    None | Some(NetCall::Stop) => return,
                    Some(call) => self.take(call).await,
                },
                Some(heard) = heard.recv() => self.heard(heard),
                Some(node) = self.done.1.recv() => self.dial_failed(&node),
                Some(()) = self.deaf.1.recv() => endpoint.close().await,
                Ok(()) = membership.changed() => self.membership_changed().await,
                Ok(_) = addresses.updated() => self.follow_addresses().await,
                _ = tick.tick() => self.tick().await,
            }
        }
    }

    async fn tick(&mut self) {
        self.dial_due();
        if self.shared.elapsed() >= SHARE_EVERY {
            self.shared = Instant::now();
            self.share_books().await;
        }
        if self.watchdog.slept() {
            tracing::info!("this machine slept; looking who is still there");
            self.endpoint().network_change().await;
            self.desk.suspect(None);
        }
        if self.book.values().any(|neighbour| neighbour.linked) {
            self.watchdog.linked();
        }
        let dials_fail = self.book.values().any(book::Neighbour::was_unreachable);
        if self.watchdog.is_due(dials_fail) {
            let bound = self.endpoint().bound_sockets().first().copied();
            if let Some(bound) = bound {
                let (id, deaf) = (self.endpoint().id(), self.deaf.0.clone());
                // A task of its own: this one must accept meanwhile.
                tokio::spawn(async move {
                    if !watchdog::hears(id, bound).await {
                        let _ = deaf.send(()).await;
                    }
                });
            }
        }
    }

    async fn close(self) {
        if let Some(endpoint) = self.endpoint {
            endpoint.close().await;
        }
        if let Some(relay) = self.relay {
            relay.close().await;
        }
    }

    /// The endpoint died (after sleep, or a failed rebind): make it anew on the same port.
    async fn rebuild(&mut self) {
        tracing::warn!("the network endpoint closed; rebuilding it");
        let dead = self.endpoint.take();
        let listen = dead.as_ref().and_then(|dead| Some(dead.bound_sockets().first()?.to_string()));
        let listen = listen.unwrap_or_else(|| self.setup.settings.listen.clone());
        // The port is free once the last handle of the dead endpoint is gone.
        drop(dead);
        while self.endpoint.is_none() {
            let roster = self.setup.roster.clone();
            match endpoint::bind(&self.setup.keys, &listen, roster, self.lan_book.clone()).await {
                Ok(endpoint) => self.endpoint = Some(endpoint),
                Err(error) => {
                    tracing::error!(%error, "rebuilding the endpoint failed; trying again");
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
            }
        }
        let used = relays::Change { add: self.relays.used().to_vec(), ..relays::Change::default() };
        self.change_relays(used).await;
        self.desk.suspect(None);
        self.follow_addresses().await;
    }

    async fn take(&mut self, call: NetCall) {
        match call {
            NetCall::Knock { invite, knock, reply } => {
                if let Some(url) = &invite.relay {
                    let inviter = invite.node;
                    self.use_relay(inviter, url, true).await;
                }
                let endpoint = self.endpoint().clone();
                tokio::spawn(async move {
                    let _ = reply.send(enrol::knock(&endpoint, &invite, &knock).await);
                });
            }
            NetCall::Learn(entries) => self.learn(&entries).await,
            NetCall::Welcome(node) => {
                self.book.entry(node).or_default().refreshed();
                self.dial_due();
            }
            NetCall::LinkUp(node) => {
                self.book.entry(node).or_default().up();
                self.share_book(&node).await;
            }
            NetCall::LinkDown(node) => {
                if let Some(neighbour) = self.book.get_mut(&node) {
                    neighbour.down(Instant::now());
                }
            }
            NetCall::Stop => {}
            #[cfg(test)]
            NetCall::Panic => panic!("asked to, by a test"),
            #[cfg(test)]
            NetCall::CloseEndpoint => self.endpoint().close().await,
        }
    }

    fn accept(&self, incoming: iroh::endpoint::Incoming) {
        let Ok(place) = Arc::clone(&self.handshakes).try_acquire_owned() else {
            incoming.refuse();
            return;
        };
        let many = self.handshakes.available_permits() < HANDSHAKES - PROVEN;
        if many && !incoming.remote_addr_validated() {
            // It comes again with proof; an error means that it had some.
            let _ = incoming.retry();
            return;
        }
        let (door, desk) = (self.door.clone(), self.desk.clone());
        tokio::spawn(async move {
            let from = enrol::Origin::of(&incoming);
            let Ok(accepting) = incoming.accept() else { return };
            let Ok(Ok(connection)) = tokio::time::timeout(DIAL, accepting).await else { return };
            drop(place);
            if connection.alpn() == ENROL_ALPN {
                door.visit(connection, from);
            } else {
                link::run(connection, Side::Accepted, desk).await;
            }
        });
    }

    async fn learn(&mut self, heard: &[Heard]) {
        let (now, me) = (Instant::now(), self.me);
        for heard in heard.iter().filter(|heard| heard.entry.node != me) {
            let neighbour = self.book.entry(heard.entry.node).or_default();
            if neighbour.learn(heard) {
                if heard.first_hand {
                    neighbour.refreshed();
                } else {
                    neighbour.hinted(now);
                }
            }
            if let Some(url) = heard.entry.relay.as_ref().filter(|_| heard.is_good_for_relays()) {
                self.use_relay(heard.entry.node, url, heard.hub).await;
            }
        }
    }

    /// Somebody is reached through this relay.
    async fn use_relay(&mut self, by: NodeKey, url: &str, hub: bool) {
        let change = self.relays.offer(by, url, hub);
        self.change_relays(change).await;
    }

    async fn change_relays(&self, change: relays::Change) {
        for old in change.remove.iter().filter_map(|url| url.parse().ok()) {
            self.endpoint().remove_relay(&old).await;
        }
        for new in change.add.iter().filter_map(|url| url.parse::<iroh::RelayUrl>().ok()) {
            let config = Arc::new(iroh::RelayConfig::new(new.clone(), None));
            self.endpoint().insert_relay(new, config).await;
        }
    }

    /// The embedded relay's URL follows this node's addresses, unless the settings name it.
    async fn use_own_relay(&mut self, addresses: &[SocketAddr]) {
        let Some(relay) = &self.relay else { return };
        let url = self.setup.settings.relay_url.clone().or_else(|| relay.url(addresses));
        if url.is_none() || url == self.own_relay {
            return;
        }
        self.own_relay.clone_from(&url);
        if let Some(url) = url {
            self.use_relay(self.me, &url, true).await;
        }
    }

    fn heard(&mut self, heard: lan::Heard) {
        let known = self.setup.roster.admits(&heard.node) || self.book.contains_key(&heard.node);
        // Strangers first: what is remembered of announcements is bounded by who belongs here.
        if !known || !self.lan.is_news(&heard) {
            return;
        }
        if let Ok(id) = EndpointId::from_bytes(heard.node.as_bytes()) {
            let addresses = heard.addresses.iter().copied().map(TransportAddr::Ip);
            self.lan_book.set_endpoint_info(EndpointAddr::from_parts(id, addresses));
        }
        let neighbour = self.book.entry(heard.node).or_default();
        let moved = neighbour.linked && !heard.addresses.is_empty();
        neighbour.heard = heard.addresses;
        neighbour.refreshed();
        if moved {
            // A live connection to the old address can outlast the move.
            self.desk.suspect(Some(heard.node));
        }
    }

    async fn membership_changed(&mut self) {
        let membership = self.setup.membership.borrow().clone();
        self.invites_open.store(membership.invites_open, std::sync::atomic::Ordering::Relaxed);
        let members: BTreeSet<NodeKey> = membership.members.iter().map(|member| member.node).collect();
        for member in &membership.members {
            if member.node != self.me {
                self.book.entry(member.node).or_default().hub = member.hub;
            }
        }
        if members.is_empty() {
            return;
        }
        let gone: Vec<NodeKey> = self.book.keys().filter(|node| !members.contains(*node)).copied().collect();
        for node in gone {
            self.book.remove(&node);
            if let Some(relay) = &self.relay {
                relay.put_out(&node);
            }
            let change = self.relays.forget(&node);
            self.change_relays(change).await;
        }
    }

    async fn follow_addresses(&mut self) {
        let address = self.endpoint().addr();
        let mut addresses: Vec<SocketAddr> = self.setup.settings.announce.clone();
        addresses.extend(lan::direct(&address));
        addresses.dedup();
        if self.setup.settings.discover {
            self.lan.follow(lan::direct(&address));
        }
        self.use_own_relay(&addresses).await;
        let relay = self.own_relay.clone().or_else(|| self.relays.used().first().cloned());
        let before = self.tell_own.send_replace(Own { addresses, relay });
        if before == *self.tell_own.borrow() {
            return;
        }
        // Whoever is linked learns where we are now, or proves to be out of reach.
        self.share_books().await;
        if before.addresses != self.tell_own.borrow().addresses {
            self.desk.suspect(None);
        }
    }

    /// Dials whoever is due, hubs first, up to the links we keep.
    fn dial_due(&mut self) {
        let limit = match (self.setup.membership.borrow().newcomer, self.setup.hub) {
            (true, _) => 1,
            (false, true) => HUB_LINKS,
            (false, false) => LINKS,
        };
        for node in whom_to_dial(&self.book, &self.me, limit, Instant::now()) {
            self.dial(node);
        }
    }

    fn dial(&mut self, node: NodeKey) {
        let Some(neighbour) = self.book.get_mut(&node) else { return };
        let Some(address) = enrol::address(&node, &neighbour.direct(), neighbour.relay.as_deref()) else {
            return;
        };
        neighbour.dialing = true;
        let (endpoint, desk, failed) = (self.endpoint().clone(), self.desk.clone(), self.done.0.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(DIAL, endpoint.connect(address, SYNC_ALPN)).await {
                Ok(Ok(connection)) => {
                    drop(endpoint);
                    link::run(connection, Side::Dialed, desk).await;
                }
                Ok(Err(error)) => {
                    tracing::debug!(peer = %node.short(), error = format!("{error:#}"), "dial failed");
                }
                Err(_) => tracing::debug!(peer = %node.short(), "dial timed out"),
            }
            let _ = failed.send(node).await;
        });
    }

    fn dial_failed(&mut self, node: &NodeKey) {
        if let Some(neighbour) = self.book.get_mut(node)
            && !neighbour.linked
        {
            neighbour.failed(Instant::now());
        }
    }

    /// Tells every neighbour what it was not told of the address book.
    async fn share_books(&mut self) {
        let linked: Vec<NodeKey> =
            self.book.iter().filter(|(_, neighbour)| neighbour.linked).map(|(node, _)| *node).collect();
        for node in &linked {
            self.share_book(node).await;
        }
    }

    /// Tells a neighbour where members were last reachable, ourselves first, if that is news.
    async fn share_book(&mut self, to: &NodeKey) {
        let own = self.tell_own.borrow().clone();
        let me = BookEntry {
            node: self.me,
            addresses: own.addresses.iter().map(ToString::to_string).collect(),
            relay: own.relay,
        };
        let others = self.book.iter().filter(|(node, n)| *node != to && (n.linked || n.hub));
        let entries: Vec<BookEntry> =
            std::iter::once(me).chain(others.map(|(node, n)| n.entry(*node))).collect();
        let book = book::encode(&entries);
        if self.book.get_mut(to).is_some_and(|neighbour| neighbour.is_untold(&book)) {
            self.desk.send_book(*to, book).await;
        }
    }
}

/// Reads a neighbour's address book.
pub(crate) fn read_book(bytes: &[u8]) -> Vec<BookEntry> {
    book::decode(bytes)
}

/// Whoever is due, hubs first, until as many are linked or being dialed as `limit` says.
fn whom_to_dial(book: &Book, me: &NodeKey, limit: usize, now: Instant) -> Vec<NodeKey> {
    let busy = book.values().filter(|neighbour| neighbour.linked || neighbour.dialing).count();
    let due = book.iter().filter(|(_, neighbour)| neighbour.is_due(now));
    let mut due: Vec<(bool, NodeKey)> = due.map(|(node, neighbour)| (!neighbour.hub, *node)).collect();
    due.sort_by_key(|(household, node)| (*household, distance(me, node)));
    due.into_iter().map(|(_, node)| node).take(limit.saturating_sub(busy)).collect()
}

/// Distance round the ring of keys: near ones first.
fn distance(from: &NodeKey, to: &NodeKey) -> u64 {
    let place = |key: &NodeKey| u64::from_be_bytes(*key.as_bytes().first_chunk().expect("32 bytes"));
    place(to).wrapping_sub(place(from))
}
