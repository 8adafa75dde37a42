//! What `sources` and `status` show, gathered from the configuration, the node and what the running bridge left behind.

use std::collections::BTreeMap;

use linli_gateway::config::{Config, ConfigError};
use linli_gateway::seen::{Seen, SourceSeen};
use linli_gateway::thing::Kind;
use linli_gateway::zigbee::Device;
use linli_node::vocabulary::{Answer, Request, SightingView, StatusView};
use linli_node::{Client, Fault, FaultKind};
use linli_speech::Session;
use linli_speech::exit::Failure;
use serde::Serialize;

use crate::node_pen::{is_own, own};
use crate::run::config_fault;

/// Everything about this gateway that is shown.
#[derive(Debug, Serialize)]
pub(crate) struct Overview {
    /// Whether a node has the home open and keeps what was seen up to date.
    pub(crate) running: bool,
    /// How the node is.
    pub(crate) node: Box<StatusView>,
    /// The broker's address; nothing when the gateway is not configured.
    pub(crate) broker: Option<String>,
    /// What the running bridge has seen.
    pub(crate) seen: Seen,
    /// Configured sources.
    pub(crate) sources: Vec<SourceLine>,
    /// Devices at the bridge that are no source: what they say is not listened to.
    pub(crate) unlisted: Vec<Device>,
    /// Consents for this gateway that no source here serves.
    pub(crate) unserved: Vec<String>,
}

/// One configured source.
#[derive(Debug, Serialize)]
pub(crate) struct SourceLine {
    /// Its name, as consents name it.
    pub(crate) name: String,
    /// Zigbee2MQTT's name for the device.
    pub(crate) device: String,
    /// What is watched.
    pub(crate) kind: Kind,
    /// Whether the owners agreed.
    pub(crate) consented: bool,
    /// What it said last, as the community has it.
    pub(crate) value: Option<String>,
    /// When, by this machine's clock, milliseconds since 1970.
    pub(crate) said_ms: Option<u64>,
    /// Its place in the source's own count.
    pub(crate) counter: Option<u64>,
    /// What the running bridge signed and refused of it.
    #[serde(flatten)]
    pub(crate) seen: SourceSeen,
}

impl Overview {
    /// Gathers it.
    pub(crate) fn gather(session: &Session) -> Result<Self, Failure> {
        let config = match Config::read(&session.home) {
            Ok(config) => Some(config),
            Err(ConfigError::Missing(path)) if path == Config::path(&session.home) => None,
            Err(error) => return Err(config_fault(&error).into()),
        };
        let running = Client::find(&session.home).is_some();
        let Answer::Status(node) = session.ask(Request::Status)? else { return Err(misunderstood()) };
        let agreed = agreed(session, &node)?;
        let seen = Seen::read(&session.home).unwrap_or_default();
        let newest = newest(session, &node)?;
        let configured = config.as_ref().map(|config| config.sources.as_slice()).unwrap_or_default();
        let listed = |name: &str| configured.iter().any(|source| source.device == name);
        let served = |name: &str| configured.iter().any(|source| source.name == name);
        let line = |source: &linli_gateway::config::Source| {
            let last = newest.get(&source.name);
            SourceLine {
                name: source.name.clone(),
                device: source.device.clone(),
                kind: source.kind,
                consented: agreed.contains(&source.name),
                value: last.and_then(|one| Some(source.kind.say(source.kind.read(&one.value)?).to_owned())),
                said_ms: last.map(|one| one.at_ms),
                counter: last.map(|one| one.counter),
                seen: seen.sources.get(&source.name).cloned().unwrap_or_default(),
            }
        };
        Ok(Self {
            running,
            broker: config.as_ref().map(|config| config.broker.address.clone()),
            sources: configured.iter().map(line).collect(),
            unlisted: seen.devices.iter().filter(|device| !listed(&device.name)).cloned().collect(),
            unserved: agreed.iter().filter(|name| !served(name)).cloned().collect(),
            node,
            seen,
        })
    }
}

/// Sources the owners agreed to; none before the gateway is admitted.
fn agreed(session: &Session, node: &StatusView) -> Result<Vec<String>, Failure> {
    match session.ask(Request::Consents) {
        Ok(Answer::Consents(all)) => Ok(own(&all, node).map(|consent| consent.source.clone()).collect()),
        Ok(_) => Err(misunderstood()),
        Err(Failure::Fault(fault)) if fault.kind == FaultKind::NotJoined => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}

/// The newest sighting of each source of this gateway.
fn newest(session: &Session, node: &StatusView) -> Result<BTreeMap<String, SightingView>, Failure> {
    let Answer::Sightings(all) = session.ask(Request::Sightings { source: None })? else {
        return Err(misunderstood());
    };
    let mut newest = BTreeMap::new();
    for one in all.into_iter().filter(|one| is_own(one, node)) {
        newest.entry(one.source.clone()).or_insert(one);
    }
    Ok(newest)
}

fn misunderstood() -> Failure {
    Fault::new(FaultKind::Internal, "vocabulary", "the node answered another question").into()
}
