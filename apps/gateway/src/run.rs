//! `run`: the node in the foreground, and the bridge beside it.

use linli_gateway::bridge::{Gateway, to_file};
use linli_gateway::config::{Config, ConfigError};
use linli_gateway::spool::{Seal, Spool, SpoolError};
use linli_node::vocabulary::{Answer, Event, Request};
use linli_node::{Fault, FaultKind, Network, Node, Strongbox};
use linli_speech::exit::Failure;
use linli_speech::{Session, running, say};

use crate::node_pen::NodePen;

/// Runs the node and, when it is configured, the bridge, until they are stopped.
pub(crate) fn run(session: &Session) -> Result<(), Failure> {
    let config = config(session)?;
    let node = Node::open(&session.home, Network::On)?;
    let gateway = config.map(|config| start(config, &node, session)).transpose()?;
    let changed = |event: &Event| {
        // A listener that lagged may have missed a block.
        if let (Some(gateway), Event::Block { .. } | Event::Lagged { .. }) = (&gateway, event) {
            gateway.register_changed();
        }
    };
    let followed = running::follow(&node, session, changed);
    // The bridge first: what it still hears has a node to sign it.
    drop(gateway);
    node.close();
    followed
}

/// The configuration; without one the node runs all the same, so that it can be admitted.
fn config(session: &Session) -> Result<Option<Config>, Failure> {
    match Config::read(&session.home) {
        Ok(config) => {
            if config.shows_its_password() {
                session.warn(&say!(session.speech, "password-in-the-clear"));
            }
            Ok(Some(config))
        }
        Err(ConfigError::Missing(path)) if path == Config::path(&session.home) => {
            let path = path.display().to_string();
            session.warn(&say!(session.speech, "nothing-is-bridged", path = path));
            Ok(None)
        }
        Err(error) => Err(config_fault(&error).into()),
    }
}

fn start(config: Config, node: &Node, session: &Session) -> Result<Gateway, Failure> {
    let Answer::Status(status) = node.ask(Request::Status)? else {
        return Err(
            Fault::new(FaultKind::Internal, "vocabulary", "the node answered another question").into()
        );
    };
    // The same at every start, so that the broker knows us again, and no other gateway's.
    let client_id: String = format!("linli-{}", status.device).chars().take(22).collect();
    let seal = OwnSeal(Strongbox::of(&session.home)?);
    let spool = Spool::open(&session.home, Box::new(seal)).map_err(|error| spool_fault(&error))?;
    session.tell(&say!(
        session.speech,
        "bridging",
        sources = config.sources.len(),
        broker = config.broker.address.as_str()
    ));
    Gateway::start(config, &client_id, NodePen::of(node), spool, to_file(&session.home))
        .map_err(|error| config_fault(&error).into())
}

/// The spool is sealed with this home's own secrets.
struct OwnSeal(Strongbox);

impl Seal for OwnSeal {
    fn seal(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.seal("gateway-spool", bytes)
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.open("gateway-spool", sealed)
    }
}

/// A configuration's fault, in the form of every other.
pub(crate) fn config_fault(error: &ConfigError) -> Fault {
    let code = error.code();
    match error {
        ConfigError::Missing(_) => Fault::new(FaultKind::NotFound, code, error.to_string())
            .hint("write it as docs/guide/gateways-and-consent.md shows"),
        ConfigError::Disk { .. } => Fault::disk("reading the configuration", error),
        ConfigError::Wrong { .. } => Fault::input(code, error.to_string())
            .hint("docs/guide/gateways-and-consent.md explains every line"),
        ConfigError::Exposed(path) => {
            Fault::input(code, error.to_string()).hint(format!("chmod 600 {}", path.display()))
        }
    }
}

fn spool_fault(error: &SpoolError) -> Fault {
    match error {
        SpoolError::Damaged(path) => Fault::new(FaultKind::Disk, "spool-damaged", error.to_string())
            .hint(format!("{} was left as it is; move it away to go on without it", path.display())),
        _ => Fault::disk("opening the spool", error),
    }
}
