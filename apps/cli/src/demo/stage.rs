//! The demo's nodes: real homes in a folder, real links on loopback, and waiting with a bound.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use linli_node::vocabulary::{Answer, Request};
use linli_node::{Fault, FaultKind, Founding, Network, Node, Settings, found, join};
use linli_record::Hash;

/// Nothing in the demo is waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_millis(40);

/// One household or body with its node.
pub(super) struct Actor {
    pub(super) name: String,
    pub(super) label: String,
    home: PathBuf,
    node: Option<Node>,
}

/// Loopback only, and nobody is looked for beyond it.
fn settings() -> Settings {
    Settings { listen: "127.0.0.1:0".into(), discover: false, ..Settings::default() }
}

impl Actor {
    /// Founds the community and starts the founder's node.
    pub(super) fn founder(folder: &Path, name: &str, founding: &Founding) -> Result<Self, Fault> {
        let home = folder.join(name);
        found(&home, founding, &settings())?;
        let mut actor = Self { name: name.into(), label: founding.label.clone(), home, node: None };
        actor.connect()?;
        Ok(actor)
    }

    /// Prepares a home with an invite and starts its node, which knocks until it is admitted.
    pub(super) fn newcomer(folder: &Path, name: &str, label: &str, invite: &str) -> Result<Self, Fault> {
        let home = folder.join(name);
        join(&home, invite, label, &settings())?;
        let mut actor = Self { name: name.into(), label: label.into(), home, node: None };
        actor.connect()?;
        Ok(actor)
    }

    /// Starts the node with its network.
    pub(super) fn connect(&mut self) -> Result<(), Fault> {
        self.node = None;
        self.node = Some(Node::open(&self.home, Network::On)?);
        Ok(())
    }

    /// Pulls the cable: the node goes on without a network.
    pub(super) fn cut_off(&mut self) -> Result<(), Fault> {
        self.node = None;
        self.node = Some(Node::open(&self.home, Network::Off)?);
        Ok(())
    }

    /// Ends the node; its home stays.
    pub(super) fn rest(&mut self) {
        self.node = None;
    }

    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// Asks the node.
    pub(super) fn ask(&self, request: Request) -> Result<Answer, Fault> {
        go_on()?;
        self.node.as_ref().ok_or_else(Fault::stopped)?.ask(request)
    }

    /// Says something and gives the record's id.
    pub(super) fn say(&self, request: Request) -> Result<String, Fault> {
        match self.ask(request)? {
            Answer::Said { record, .. } => Ok(record.to_string()),
            other => Err(unexpected(&other)),
        }
    }

    /// The digest this node shows.
    pub(super) fn digest(&self) -> Result<(Hash, u64), Fault> {
        match self.ask(Request::Digest)? {
            Answer::Digest(digest) => Ok((digest.of.digest, digest.of.missing)),
            other => Err(unexpected(&other)),
        }
    }

    /// How many records this node holds.
    pub(super) fn records(&self) -> Result<u64, Fault> {
        match self.ask(Request::Status)? {
            Answer::Status(status) => Ok(status.records),
            other => Err(unexpected(&other)),
        }
    }
}

/// An answer of another kind than was asked for.
pub(super) fn unexpected(answer: &Answer) -> Fault {
    Fault::new(FaultKind::Internal, "answer", format!("the node answered something else: {answer:?}"))
}

/// The person's wish to end, noticed at the next wait.
static ENDED: AtomicBool = AtomicBool::new(false);

/// The fault's code when the person ended the demo.
pub(super) const INTERRUPTED: &str = "interrupted";

/// From now on Ctrl-C ends the demo in order, not in the middle of a write.
pub(super) fn mind_the_person() {
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime {
            runtime.block_on(linli_speech::asked_to_end());
            ENDED.store(true, Ordering::Relaxed);
        }
    });
}

/// Whether the person wants to go on.
pub(super) fn go_on() -> Result<(), Fault> {
    if ENDED.load(Ordering::Relaxed) {
        return Err(Fault::new(FaultKind::Stopped, INTERRUPTED, "the demo was ended"));
    }
    Ok(())
}

/// Tries until it gives something, within [`PATIENCE`].
pub(super) fn until<T>(
    what: &str,
    mut attempt: impl FnMut() -> Result<Option<T>, Fault>,
) -> Result<T, Fault> {
    let began = Instant::now();
    loop {
        go_on()?;
        if let Some(found) = attempt()? {
            return Ok(found);
        }
        if began.elapsed() > PATIENCE {
            return Err(Fault::new(
                FaultKind::Unreachable,
                "demo-stuck",
                format!("waited in vain for {what}"),
            ));
        }
        std::thread::sleep(AGAIN);
    }
}

/// Waits until every node shows the same digest with every body held; gives what each of them showed, in their order.
pub(super) fn same_digest(actors: &[Actor]) -> Result<Vec<Hash>, Fault> {
    until("all nodes to show the same digest", || {
        let shown: Vec<(Hash, u64)> = actors.iter().map(Actor::digest).collect::<Result<_, _>>()?;
        let same = shown.iter().all(|digest| *digest == shown[0] && digest.1 == 0);
        Ok(same.then(|| shown.into_iter().map(|(digest, _)| digest).collect()))
    })
}
