//! A whole node in one value, and the ways a home begins.

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::sync::broadcast::{self, error::RecvError};

use crate::actor::{self, Actor, Desk};
use crate::chance::{Clock, random};
use crate::core::{self, Core};
use crate::fault::{Fault, FaultKind};
use crate::home::{Home, HomeError, Settings};
use crate::invite::Invite;
use crate::local::{self, Announcement, Client, Running};
use crate::vocabulary::{Answer, BusyView, Event, Request};

/// A home that another program has open is tried again for this long, this often.
const PATIENCE: Duration = Duration::from_secs(5);
const GLANCE: Duration = Duration::from_millis(20);

/// What founding a community needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Founding {
    /// The community's name.
    pub name: String,
    /// The founder's unit.
    pub unit: String,
    /// What the founder's household wants to be called.
    pub label: String,
    /// Language tag of the community's first language, such as `zh-CN`.
    pub language: String,
}

/// Whether a node talks to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Endpoint, discovery, local interface: a node that runs.
    On,
    /// Only the store: one command, then closed.
    Off,
    /// Only the store, and only to read: what a start would write (a new log in a copied home, a block that is due) is
    /// left undone, and this home's own keys are not used. For an archive that is copied from.
    Still,
}

/// How long a node that was told to stop may need for what it had begun.
const ENDING: Duration = Duration::from_secs(60);
/// How often to look whether it has.
const LOOK: Duration = Duration::from_millis(20);

/// Founds a community in a new home; its first block is made at once.
///
/// # Errors
/// A [`Fault`] when the folder is taken, a name breaks a bound, or the disk refuses.
pub fn found(root: &Path, founding: &Founding, settings: &Settings) -> Result<Answer, Fault> {
    let fresh = !root.exists();
    let made = Home::create(root).map_err(Fault::from).and_then(|home| {
        home.write_settings(settings)?;
        core::found(&home, founding)
    });
    undo_unless(made, root, fresh)?;
    Node::open(root, Network::Off)?.ask(Request::Status)
}

/// A folder that was made for a home, and holds none, goes again.
fn undo_unless(made: Result<(), Fault>, root: &Path, fresh: bool) -> Result<(), Fault> {
    if made.is_err() && fresh && !root.join("device.key").exists() {
        let _ = std::fs::remove_dir_all(root);
    }
    made
}

/// Prepares a home that will knock with this invite as soon as it runs.
///
/// # Errors
/// A [`Fault`] when the invite does not read, the folder is taken, or the disk refuses.
pub fn join(root: &Path, invite: &str, label: &str, settings: &Settings) -> Result<Invite, Fault> {
    let invite = Invite::parse(invite).map_err(|error| {
        Fault::input("invite", error.to_string()).hint("paste the whole text that begins with LINLI1")
    })?;
    let fresh = !root.exists();
    let made = match Home::create(root) {
        Err(HomeError::Exists(_)) => core::join_anew(&Home::open(root)?, &invite, label),
        made => made.map_err(Fault::from).and_then(|home| {
            home.write_settings(settings)?;
            core::join(&home, &invite, label)
        }),
    };
    undo_unless(made, root, fresh)?;
    Ok(invite)
}

/// Verifies a home whose store does not open because it is damaged; one that opens is asked [`Request::Check`].
///
/// # Errors
/// A [`Fault`] when the home is in use, or not even the store's tables read.
pub fn examine(root: &Path, progress: &mut dyn FnMut(BusyView)) -> Result<Answer, Fault> {
    Core::examine(&Home::open(root)?, progress)
}

/// Repairs a home whose store does not open because it is damaged; one that opens is asked [`Request::Repair`].
///
/// # Errors
/// A [`Fault`] when the home is in use, not even the store's tables read, or the disk refuses.
pub fn mend(root: &Path, progress: &mut dyn FnMut(BusyView)) -> Result<Answer, Fault> {
    let (desk, _inbox) = actor::channel();
    Core::mend(Home::open(root)?, desk, progress)
}

/// A home's settings.
///
/// # Errors
/// A [`Fault`] when the file does not read.
pub fn settings(root: &Path) -> Result<Settings, Fault> {
    Ok(Home::read_settings(root)?)
}

/// Writes a home's settings; a running node follows them when it starts again.
///
/// # Errors
/// A [`Fault`] when the disk refuses.
pub fn write_settings(root: &Path, settings: &Settings) -> Result<(), Fault> {
    Ok(Home::save_settings(root, settings)?)
}

/// Ends the node that runs in a home, and waits until the home is free for the next one.
///
/// # Errors
/// A [`Fault`] when nothing runs there, or the node still holds the home after a minute.
pub fn stop(root: &Path) -> Result<Answer, Fault> {
    let client =
        Client::find(root).ok_or_else(|| Fault::stopped().hint("nothing is running in this home"))?;
    let answer = client.ask(&Request::Stop)?;
    for _ in 0..ENDING.as_millis() / LOOK.as_millis() {
        if Home::is_free(root)? {
            return Ok(answer);
        }
        std::thread::sleep(LOOK);
    }
    Err(HomeError::Busy(root.to_owned()).into())
}

/// The community a bundle file belongs to, as it says itself.
///
/// # Errors
/// A [`Fault`] when the file is no bundle, or the disk refuses.
pub fn bundle_community(path: &Path) -> Result<linli_record::CommunityId, Fault> {
    core::bundle_community(path)
}

/// A running node.
pub struct Node {
    desk: Desk,
    runtime: Option<tokio::runtime::Runtime>,
    actor: Option<std::thread::JoinHandle<()>>,
}

impl Node {
    /// Opens a home. With [`Network::On`] it returns when the node can be dialed and asked.
    ///
    /// # Errors
    /// A [`Fault`] when the home is missing, in use or damaged, or an address can't be bound.
    pub fn open(root: &Path, network: Network) -> Result<Self, Fault> {
        Self::open_by(root, network, Clock::default())
    }

    /// [`Node::open`] with another clock than the machine's.
    ///
    /// # Errors
    /// As [`Node::open`].
    pub fn open_by(root: &Path, network: Network, clock: Clock) -> Result<Self, Fault> {
        let home = match network {
            Network::On => when_free(root, || Ok(Home::open(root)?))?,
            Network::Off => Home::open(root)?,
            Network::Still => Home::look(root)?,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("linli-net")
            .enable_all()
            .build()
            .map_err(|error| Fault::disk("starting the node's threads", &error))?;
        let (desk, inbox) = actor::channel();
        let mut core = Core::open(home, desk.clone(), clock, network)?;
        if network == Network::On {
            let net = runtime
                .block_on(core.start_network(runtime.handle().clone()))
                .map_err(|error| Fault::new(FaultKind::Unreachable, "network", error.to_string()))?;
            core.use_network(net);
        }
        // Before the actor has a thread: a home that can't be announced closes as it opened, with nothing running in it.
        let announced = match network {
            Network::On => Some(Self::announce(root, &runtime, &desk)?),
            _ => None,
        };
        let (handle, inner) = (runtime.handle().clone(), desk.clone());
        let actor = std::thread::Builder::new()
            .name("linli-core".into())
            .spawn(move || {
                let _context = handle.enter();
                Actor::new(core, inner, inbox, announced).run(&handle);
            })
            .map_err(|error| Fault::disk("starting the node's thread", &error))?;
        Ok(Self { desk, runtime: Some(runtime), actor: Some(actor) })
    }

    fn announce(root: &Path, runtime: &tokio::runtime::Runtime, desk: &Desk) -> Result<Announcement, Fault> {
        let token = data_encoding::HEXLOWER.encode(&random::<32>());
        let port = runtime
            .block_on(local::serve(desk.clone(), token.clone()))
            .map_err(|error| Fault::disk("opening the local interface", &error))?;
        Ok(Running { port, token, pid: std::process::id() }.announce(root)?)
    }

    /// Asks the node and waits.
    ///
    /// # Errors
    /// The node's [`Fault`].
    ///
    /// # Panics
    /// When called from inside an async task: use [`Node::desk`] there.
    pub fn ask(&self, request: Request) -> Result<Answer, Fault> {
        let runtime = self.runtime.as_ref().ok_or_else(Fault::stopped)?;
        runtime.block_on(self.desk.ask(request))
    }

    /// The node's desk, for tasks of its own.
    #[must_use]
    pub fn desk(&self) -> Desk {
        self.desk.clone()
    }

    /// The runtime the node's tasks run on.
    ///
    /// # Panics
    /// Never before [`Node::close`], which consumes the node.
    #[must_use]
    pub fn runtime(&self) -> &tokio::runtime::Handle {
        self.runtime.as_ref().expect("a node that was not closed").handle()
    }

    /// What happens from now on.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.desk.events()
    }

    /// Whether the node has ended by itself (asked to stop over the local interface).
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.actor.as_ref().is_none_or(std::thread::JoinHandle::is_finished)
    }

    /// Ends the node after what it was told is durable.
    pub fn close(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(runtime) = &self.runtime {
            runtime.block_on(self.desk.stop());
        }
        if let Some(actor) = self.actor.take() {
            let _ = actor.join();
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(std::time::Duration::from_secs(2));
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.end();
    }
}

/// Opens what a command may hold for a moment, or a node that just starts or stops. A node that runs keeps it: nobody waits
/// for that.
fn when_free<T>(root: &Path, open: impl Fn() -> Result<T, Fault>) -> Result<T, Fault> {
    let began = Instant::now();
    loop {
        match open() {
            Err(fault) if fault.kind == FaultKind::Busy => {
                if began.elapsed() >= PATIENCE || Client::find(root).is_some() {
                    return Err(fault);
                }
                std::thread::sleep(GLANCE);
            }
            other => return other,
        }
    }
}

/// A way to ask a home's node: the one that runs, or one opened here for a single command.
pub enum Door {
    /// A node has the home open.
    Running(Client),
    /// Nobody had; this process does now.
    Here(Box<Node>),
}

impl Door {
    /// Finds the running node, or opens the home.
    ///
    /// # Errors
    /// A [`Fault`] when the home is missing or damaged, or another program holds it without answering.
    pub fn open(root: &Path) -> Result<Self, Fault> {
        Self::open_with(root, Network::Off)
    }

    /// Finds the running node, or opens the home only to read it.
    ///
    /// # Errors
    /// As [`Door::open`].
    pub fn look(root: &Path) -> Result<Self, Fault> {
        Self::open_with(root, Network::Still)
    }

    fn open_with(root: &Path, network: Network) -> Result<Self, Fault> {
        match when_free(root, || Node::open(root, network)) {
            Ok(node) => Ok(Self::Here(Box::new(node))),
            Err(fault) if fault.kind == FaultKind::Busy => Client::find(root).map(Self::Running).ok_or(fault),
            Err(fault) => Err(fault),
        }
    }

    /// What happens from now on; it ends with the node.
    ///
    /// # Errors
    /// A [`Fault`] when the node does not answer.
    pub fn events(&self) -> Result<Box<dyn Iterator<Item = Event> + Send>, Fault> {
        Ok(match self {
            Self::Running(client) => Box::new(client.events()?),
            Self::Here(node) => {
                let mut events = node.events();
                Box::new(std::iter::from_fn(move || match events.blocking_recv() {
                    Ok(event) => Some(event),
                    Err(RecvError::Lagged(missed)) => Some(Event::Lagged { missed }),
                    Err(RecvError::Closed) => None,
                }))
            }
        })
    }

    /// Asks.
    ///
    /// # Errors
    /// The node's [`Fault`].
    pub fn ask(&self, request: Request) -> Result<Answer, Fault> {
        match self {
            Self::Running(client) => client.ask(&request),
            Self::Here(node) => node.ask(request),
        }
    }
}
