//! The way to the home's node: the one that runs already, or one run here.

use std::path::Path;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use linli_node::vocabulary::{Answer, Event, Request};
use linli_node::{Client, Fault, FaultKind, Network, Node};
use tokio::sync::broadcast::error::RecvError;

use super::Call;

/// A short command that has the home open is given this long to end.
const PATIENCE: Duration = Duration::from_secs(10);
const ONCE_MORE: Duration = Duration::from_millis(50);

/// An open way to a node.
pub(super) enum Door {
    /// A node of another program.
    Elsewhere(Client),
    /// This program's own.
    Here(Box<Node>),
}

impl Door {
    /// Finds the node that has the home open, or runs one; its events come as calls that bear `number`.
    pub(super) fn open(home: &Path, number: u64, calls: &Sender<Call>) -> Result<Self, Fault> {
        let began = Instant::now();
        loop {
            match Node::open(home, Network::On) {
                Ok(node) => {
                    listen_here(&node, number, calls.clone());
                    return Ok(Self::Here(Box::new(node)));
                }
                Err(fault) if fault.kind == FaultKind::Busy => {
                    if let Some(client) = running(home, number, calls) {
                        return Ok(Self::Elsewhere(client));
                    }
                    if began.elapsed() > PATIENCE {
                        return Err(fault);
                    }
                    std::thread::sleep(ONCE_MORE);
                }
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Asks the node and waits.
    pub(super) fn ask(&self, request: Request) -> Result<Answer, Fault> {
        match self {
            Self::Elsewhere(client) => client.ask(&request),
            Self::Here(node) => node.ask(request),
        }
    }

    /// Whether another program runs the node.
    pub(super) const fn is_elsewhere(&self) -> bool {
        matches!(self, Self::Elsewhere(_))
    }
}

/// The node of another program, if one answers.
fn running(home: &Path, number: u64, calls: &Sender<Call>) -> Option<Client> {
    let client = Client::find(home)?;
    let events = client.events().ok()?;
    let calls = calls.clone();
    listen("linli-ears", move || {
        for event in events {
            if calls.send(Call::Heard(number, event)).is_err() {
                return;
            }
        }
        let _ = calls.send(Call::Silent(number));
    });
    Some(client)
}

fn listen_here(node: &Node, number: u64, calls: Sender<Call>) {
    let mut events = node.events();
    listen("linli-ears", move || {
        loop {
            let call = match events.blocking_recv() {
                Ok(event) => Call::Heard(number, event),
                Err(RecvError::Lagged(missed)) => Call::Heard(number, Event::Lagged { missed }),
                Err(RecvError::Closed) => break,
            };
            if calls.send(call).is_err() {
                return;
            }
        }
        let _ = calls.send(Call::Silent(number));
    });
}

fn listen(name: &str, ears: impl FnOnce() + Send + 'static) {
    // Without ears the courier still looks round now and then.
    let _ = std::thread::Builder::new().name(name.into()).spawn(ears);
}
