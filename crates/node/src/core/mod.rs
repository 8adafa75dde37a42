//! What a node knows and decides: store, register, own logs, audiences, sessions. No async here; the actor calls in.
//!
//! The rooms: [`own`] writes this home's records, [`intake`] takes others', [`order`] keeps the register, [`links`] drives
//! the sync sessions, [`shelf`] is what they read, [`first_word`] asks neighbours before this home speaks, [`door`] enrols newcomers, [`ring`] holds audience keys,
//! [`audience`] says who is in, [`read`] gathers what folds need, [`glance`] keeps what lists show, `ask` answers requests.
//! Everything that grows the store ends in [`Core::settle_down`].

mod addresses;
mod ask;
mod audience;
mod begin;
mod bundle;
mod busy;
mod clocks;
mod disk;
mod door;
mod erasure;
mod fetch;
mod first_word;
mod forks;
mod glance;
mod intake;
mod links;
mod lost;
mod newcomer;
mod newer;
mod order;
mod own;
mod patience;
mod quota;
mod read;
mod retention;
#[cfg(test)]
mod rig;
mod ring;
mod roots;
mod shelf;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(test)]
mod tests;
mod turned;
mod wants;

use std::collections::{BTreeMap, BTreeSet};

use linli_community::register::State;
use linli_record::{CommunityId, LogWriter, NodeKey};
use linli_store::{OpenError, Store, contain};
use tokio::sync::{mpsc, watch};

pub(crate) use begin::{found, join, join_anew};
pub(crate) use bundle::community as bundle_community;

use crate::actor::{Call, Desk, LinkId};
use crate::chance::{Clock, random};
use crate::fault::{Fault, FaultKind};
use crate::home::{DeviceKeys, Home, Settings, WitnessKeys};
use crate::net::{self, Membership, Message, NetCall, NetHandle, NetSetup, Roster};
use crate::vocabulary::{Answer, BusyView, CheckView, Event, WarningView};

/// What log-open says wrote it.
pub(crate) const PROGRAM: &str = concat!("linli ", env!("CARGO_PKG_VERSION"));
/// Neighbours heal differences the live stream missed this often.
const HEAL_EVERY_MS: u64 = 60_000;
/// Name under which warnings are kept that a person must not miss.
const WARNINGS: &str = "warnings";
/// How long they are shown.
const WARN_FOR_MS: u64 = 7 * 24 * 3_600_000;

/// A warning that outlives the process that found it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct LastingWarning {
    message: String,
    at_ms: u64,
    /// It is over once a neighbour holds all that is here.
    #[serde(default)]
    until_even: bool,
}

/// The settings a store is opened with.
fn store_settings(settings: &Settings) -> linli_store::Settings {
    linli_store::Settings::with_cache(settings.cache_mib.clamp(4, 4096) * 1024 * 1024)
}

/// A home's store, register and sessions.
pub(crate) struct Core {
    settings: Settings,
    keys: DeviceKeys,
    witness: Option<WitnessKeys>,
    store: Store,
    community: CommunityId,
    /// The register's state; nothing until the founder's log arrived.
    state: Option<State>,
    /// This device's public log; nothing until it is enrolled.
    pen: Option<LogWriter>,
    /// This device's private logs, by audience.
    private_pens: BTreeMap<linli_record::AudienceId, LogWriter>,
    ring: ring::Ring,
    roots: roots::Roots,
    order: order::Order,
    links: BTreeMap<LinkId, links::Peer>,
    /// With members who came lately.
    patience: BTreeMap<NodeKey, patience::Patience>,
    pending: intake::Pending,
    fetches: wants::Wants,
    forks: forks::Forks,
    first_word: first_word::FirstWord,
    retention: retention::Retention,
    quota: quota::Quota,
    ailing: disk::Ailing,
    door: door::DoorBook,
    glances: glance::Glances,
    newcomers: newcomer::Newcomers,
    warnings: BTreeMap<&'static str, String>,
    lasting: BTreeMap<String, LastingWarning>,
    desk: Desk,
    network: Option<Network>,
    roster: Roster,
    membership: watch::Sender<Membership>,
    addresses: addresses::AddressBook,
    healed_ms: u64,
    /// What this node takes for the time.
    clock: Clock,
    woke_ms: u64,
    /// Arrivals and register place the sessions were last pumped for.
    pumped: (u64, u64),
    /// Changes to be written with the next own record.
    alongside: Vec<linli_store::Op>,
    /// Last, so that its lock goes when the store is closed: whoever gets the lock opens the store next.
    home: Home,
}

struct Network {
    handle: NetHandle,
    runtime: tokio::runtime::Handle,
    /// Links that came up and went down, in this order.
    links: mpsc::UnboundedSender<NetCall>,
}

/// A queue to the network task that never makes the actor wait and never swaps two calls.
fn in_order(handle: NetHandle, runtime: &tokio::runtime::Handle) -> mpsc::UnboundedSender<NetCall> {
    let (queue, mut calls) = mpsc::unbounded_channel();
    runtime.spawn(async move {
        while let Some(call) = calls.recv().await {
            if !handle.send(call).await {
                return;
            }
        }
    });
    queue
}

impl Core {
    /// Opens a home's store and reads what it holds.
    ///
    /// # Errors
    /// A [`Fault`] when a file is missing, damaged or in use; nothing is created then.
    pub(crate) fn open(home: Home, desk: Desk, clock: Clock, network: crate::Network) -> Result<Self, Fault> {
        readable(|| {
            let mut core = Self::assemble(home, desk, clock, network)?;
            if network == crate::Network::Still {
                core.load_state()?;
                core.advance_register();
            } else {
                if network == crate::Network::On {
                    core.first_word = first_word::FirstWord::unsaid();
                }
                core.wake()?;
            }
            Ok(core)
        })
    }

    /// Repairs a home whose store does not open because it is damaged, or is not there, and checks what came of it. Where
    /// nothing can be read, the store begins empty and the device a new life: everything comes again from the neighbours.
    ///
    /// # Errors
    /// A [`Fault`] when nobody knows whose store it was, or the disk refuses; the store is left as it was.
    pub(crate) fn mend(home: Home, desk: Desk, progress: &mut dyn FnMut(BusyView)) -> Result<Answer, Fault> {
        let settings = store_settings(&home.settings()?);
        let id = linli_record::StoreId::from(random());
        let mut told = |at| progress(busy::view("repair", at));
        let report = Store::repair(&home.store_path(), home.community(), id, &settings, &mut told);
        let report = report.map_err(|error| repair_fault(&error))?;
        readable(|| {
            let mut core = Self::assemble(home, desk, Clock::default(), crate::Network::Off)?;
            let busy = core.busy("repair");
            core.rebuild(&report, &busy)?;
            core.wake()?;
            let answer = core.repaired(report, None, &busy);
            core.close();
            Ok(answer)
        })
    }

    /// Verifies a home whose store does not open because it is damaged.
    ///
    /// # Errors
    /// A [`Fault`] when not even the store's tables read.
    pub(crate) fn examine(home: &Home, progress: &mut dyn FnMut(BusyView)) -> Result<Answer, Fault> {
        let settings = store_settings(&home.settings()?);
        let mut told = |at| progress(busy::view("check", at));
        let report = Store::examine(&home.store_path(), &settings, &mut told);
        let report = report.map_err(|error| store_fault(&error))?;
        Ok(Answer::Checked(Box::new(CheckView::of(report))))
    }

    fn assemble(home: Home, desk: Desk, clock: Clock, network: crate::Network) -> Result<Self, Fault> {
        let still = network == crate::Network::Still;
        let settings = home.settings()?;
        let keys = if still { begin::fresh_seeds().keys() } else { home.keys()? };
        let witness = if still { None } else { home.witness()? };
        let store = home.open_store(&store_settings(&settings)).map_err(|error| store_fault(&error))?;
        let community = store.community();
        if !still && let Err(error) = home.note_community(community) {
            tracing::debug!(%error, "whose home this is could not be noted");
        }
        let roster = Roster::default();
        let (membership, _) = watch::channel(Membership::default());
        Ok(Self {
            home,
            settings,
            keys,
            witness,
            community,
            state: None,
            pen: None,
            private_pens: BTreeMap::new(),
            ring: ring::Ring::default(),
            roots: roots::Roots::default(),
            order: order::Order::default(),
            links: BTreeMap::new(),
            patience: BTreeMap::new(),
            pending: intake::Pending::default(),
            fetches: wants::Wants::default(),
            forks: forks::Forks::default(),
            first_word: first_word::FirstWord::default(),
            retention: retention::Retention::default(),
            quota: quota::Quota::default(),
            ailing: disk::Ailing::default(),
            door: door::DoorBook::default(),
            glances: glance::Glances::default(),
            newcomers: newcomer::Newcomers::default(),
            warnings: BTreeMap::new(),
            lasting: BTreeMap::new(),
            store,
            desk,
            network: None,
            roster,
            membership,
            addresses: addresses::AddressBook::default(),
            healed_ms: clock.now_ms(),
            woke_ms: clock.now_ms(),
            clock,
            pumped: (0, 0),
            alongside: Vec::new(),
        })
    }

    /// Everything a start looks at once: register, own logs, this machine, keys, what was left undone.
    fn wake(&mut self) -> Result<(), Fault> {
        self.load_state()?;
        self.load_pens()?;
        self.load_ring()?;
        self.load_glances()?;
        self.load_roots()?;
        self.follow_paths();
        self.load_newer()?;
        self.load_forks()?;
        self.load_retention()?;
        self.load_quota()?;
        self.load_warnings()?;
        self.load_door()?;
        self.load_fetches()?;
        self.load_addresses();
        self.notice_copied_home()?;
        self.advance_register();
        self.catch_up_with_keys();
        self.hand_on_keys();
        self.newcomers.look_again();
        self.find_newcomers();
        self.publish_membership();
        self.knock_if_joining();
        Ok(())
    }

    /// After a handler panicked: forgets everything that is not in the store and reads it anew. Sessions end; what
    /// neighbours sent and was not durable yet was not acknowledged either, and comes again.
    pub(crate) fn recover(&mut self) {
        for id in self.links.keys().copied().collect::<Vec<_>>() {
            self.end_link(id);
        }
        self.pending = intake::Pending::default();
        self.alongside.clear();
        (self.state, self.pen) = (None, None);
        self.private_pens.clear();
        self.ring = ring::Ring::default();
        self.order = order::Order::default();
        self.fetches = wants::Wants::default();
        self.door = door::DoorBook::default();
        self.newcomers = newcomer::Newcomers::default();
        self.glances = glance::Glances::default();
        if let Err(fault) = self.wake() {
            tracing::error!(%fault, "reading the store anew failed");
        }
    }

    /// Starts the network for this home; call before the actor runs.
    pub(crate) async fn start_network(
        &self,
        runtime: tokio::runtime::Handle,
    ) -> Result<(NetHandle, tokio::runtime::Handle), net::NetError> {
        let setup = NetSetup {
            keys: self.keys.clone(),
            community: self.community,
            settings: self.settings.clone(),
            hub: self.is_hub(),
            roster: self.roster.clone(),
            membership: self.membership.subscribe(),
            book: self.remembered_addresses(),
        };
        let handle = net::start(setup, self.desk.clone()).await?;
        Ok((handle, runtime))
    }

    /// Gives the core the network it started.
    pub(crate) fn use_network(&mut self, (handle, runtime): (NetHandle, tokio::runtime::Handle)) {
        let links = in_order(handle.clone(), &runtime);
        self.network = Some(Network { handle, runtime, links });
        self.keep_port();
    }

    /// Takes one call from the desk.
    pub(crate) fn take(&mut self, call: Call) {
        match call {
            Call::Ask { request, reply } => self.answer_or_hold(request, reply),
            Call::LinkUp(handle) => self.link_up(handle),
            Call::Frame(link, Message::Sync(bytes)) => self.frame(link, bytes),
            Call::Frame(link, Message::Addresses(bytes)) => self.address_book(link, &bytes),
            Call::Frame(_, Message::Ping | Message::Probe) | Call::Stop => {}
            Call::LinkDown(link, offence) => {
                if offence.is_some() {
                    self.offended(link);
                }
                self.link_down(link);
            }
            Call::Drained(link) => self.drained(link),
            Call::TurnedAway(by) => self.turned_away(&by),
            Call::KnockAnswered(answer) => self.knock_answered(answer),
            Call::Knock { peer, knock, reply } => {
                let answer = self.knocked(peer, &knock);
                let _ = reply.send(answer);
            }
            Call::AttachmentFor { peer, hash, reply } => {
                let _ = reply.send(self.attachment_for(&peer, &hash));
            }
            Call::Fetched { hash, from, result } => self.fetched(hash, from, result),
            Call::Suspect(node) => self.suspect(node.as_ref()),
            #[cfg(test)]
            Call::Frame(_, Message::Broken) => {}
            #[cfg(test)]
            Call::Panic => panic!("asked to, by a test"),
            #[cfg(test)]
            Call::Wires(reply) => {
                let links = self.links.values().map(links::Peer::handle).cloned().collect();
                let _ =
                    reply.send((links, self.network.as_ref().expect("a test's node runs").handle.clone()));
            }
            Call::SendBook(node, book) => self.send_book(&node, book),
        }
    }

    /// After a round of calls: make what came durable, let it take effect, tell whoever waits.
    pub(crate) fn settle_down(&mut self) {
        self.commit_pending();
        self.try_disk_again();
        self.end_asking();
        self.advance_register();
        self.find_newcomers();
        self.drop_expired();
        self.erase_withdrawn();
        self.pump_links();
        self.fetch_wanted();
        self.knock_if_joining();
        self.resume_life();
        self.break_silence();
        self.forget_restoring();
        let now = self.clock.now_ms();
        if now.saturating_sub(self.healed_ms) >= HEAL_EVERY_MS {
            self.healed_ms = now;
            self.heal_one();
            self.remember_fetches();
            self.keep_addresses();
            self.publish_membership();
        }
    }

    /// Nothing was asked for a while.
    pub(crate) fn idle(&mut self) {
        self.fill_glances();
    }

    /// Ends: what was taken is made durable, the network closed.
    pub(crate) fn close(&mut self) {
        self.commit_pending();
        self.keep_glances();
        self.keep_addresses();
        if let Some(network) = self.network.take() {
            network.handle.call(NetCall::Stop);
        }
    }

    /// Says who may connect, after the register or the open invites changed.
    fn publish_membership(&mut self) {
        let members = self.members();
        let keys: BTreeSet<NodeKey> = members.iter().map(|member| member.node).collect();
        if self.roster.replace(keys.clone()) {
            self.close_links_outside(&keys);
            self.patience.retain(|node, _| keys.contains(node));
            self.learn_addresses();
        }
        let membership =
            Membership { members, invites_open: self.has_open_invites(), newcomer: self.is_newcomer() };
        self.membership.send_if_modified(|held| {
            let changed = *held != membership;
            *held = membership;
            changed
        });
    }

    /// Whether this home has yet to receive the register: it listens to one neighbour at a time then, for a while.
    fn is_newcomer(&self) -> bool {
        let fresh = self.clock.now_ms().saturating_sub(self.woke_ms) < HEAL_EVERY_MS;
        fresh && self.store.head().is_none() && !self.links.values().any(links::Peer::live)
    }

    /// Warns, and goes on warning after the next starts, for some days.
    fn warn_lastingly(&mut self, code: &'static str, message: &str) {
        self.keep_warning(code, message, false);
    }

    /// Warns in the same way, until what was lost and what is new lies with a neighbour too.
    fn warn_until_even(&mut self, code: &'static str, message: &str) {
        self.keep_warning(code, message, true);
    }

    fn keep_warning(&mut self, code: &'static str, message: &str, until_even: bool) {
        self.warn(code, message.to_owned());
        let warning = LastingWarning { message: message.to_owned(), at_ms: self.clock.now_ms(), until_even };
        self.lasting.insert(code.to_owned(), warning);
        self.keep_warnings();
    }

    /// What was warned about is over, for the next starts too.
    fn unwarn(&mut self, code: &str) {
        self.warnings.remove(code);
        if self.lasting.remove(code).is_some() {
            self.keep_warnings();
        }
    }

    fn keep_warnings(&mut self) {
        let mut batch = linli_store::Batch::new();
        batch.name(WARNINGS, serde_json::to_vec(&self.lasting).expect("plain fields"));
        if let Err(fault) = self.write(batch) {
            tracing::warn!(%fault, "a warning could not be kept for the next start");
        }
    }

    fn load_warnings(&mut self) -> Result<(), Fault> {
        let held = self.store.named(WARNINGS).map_err(|error| store_fault_read(&error))?;
        self.lasting = held.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        self.lasting.retain(|_, warning| self.clock.now_ms().saturating_sub(warning.at_ms) < WARN_FOR_MS);
        for code in ["copied-home", "restored-home", door::REFUSED, turned::TURNED_AWAY] {
            if let Some(warning) = self.lasting.get(code) {
                self.warnings.insert(code, warning.message.clone());
            }
        }
        Ok(())
    }

    fn warn(&mut self, code: &'static str, message: String) {
        debug_assert!(WarningView::CODES.contains(&code), "{code} has no words in other languages");
        tracing::warn!(code, message);
        self.desk.announce(Event::Warning { code: code.into(), message: message.clone() });
        self.warnings.insert(code, message);
    }

    /// The first port the system chose is kept, so that invites and address books stay true.
    fn keep_port(&mut self) {
        let Some(network) = &self.network else { return };
        if network.handle.port_is_taken() {
            let listen = self.settings.listen.clone();
            self.warn(
                "port-taken",
                format!("another program uses {listen}: this node listens elsewhere until it starts again"),
            );
            return;
        }
        let Some(port) = network.handle.own().addresses.first().map(std::net::SocketAddr::port) else {
            return;
        };
        if let Some(address) = self.settings.listen.strip_suffix(":0") {
            self.settings.listen = format!("{address}:{port}");
            if let Err(error) = self.home.write_settings(&self.settings) {
                tracing::warn!(%error, "the port could not be kept in the settings");
            }
        }
    }
}

/// A damaged file may make the store panic: that is damage, not a defect.
fn readable<T>(read: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    contain(read).unwrap_or_else(|panicked| {
        tracing::debug!(%panicked, "reading the home failed");
        Err(Fault::store_damaged("the store is damaged: its pages contradict one another"))
    })
}

/// Why a repair can't even begin anew.
fn repair_fault(error: &OpenError) -> Fault {
    match error {
        OpenError::NotFound(_) | OpenError::Nameless(_) => {
            Fault::new(FaultKind::Disk, "store-nameless", format!("{error}; nor does this home's folder say whose it was"))
                .hint(
                    "restore the store from a backup; or ask a neighbour for the community's id (`linli status --json`), write \
                     it into a file named `community` in this home's folder, and run `linli repair` again",
                )
        }
        other => store_fault(other),
    }
}

fn store_fault(error: &OpenError) -> Fault {
    let message = error.to_string();
    match error {
        OpenError::NotFound(_) => Fault::new(FaultKind::Disk, "store-missing", message)
            .hint("restore it from a backup; or let `linli repair` make an empty one: everything comes again from neighbours"),
        OpenError::Locked(_) => Fault::new(FaultKind::Busy, "busy", message),
        OpenError::Damaged { .. } => Fault::store_damaged(message),
        OpenError::NewerSchema { .. } => Fault::new(FaultKind::Newer, "newer-schema", message)
            .hint("install the newer Linli that wrote this store"),
        _ => Fault::disk("opening the store", error),
    }
}

fn store_fault_read(error: &linli_store::ReadError) -> Fault {
    match error {
        linli_store::ReadError::Damaged { .. } => Fault::store_damaged(error.to_string()),
        _ => Fault::disk("reading the store", error),
    }
}

fn fresh_salt() -> [u8; 16] {
    random()
}
