//! Finding neighbours on the building's own network by multicast, with or without a default route.
//!
//! What is heard is a hint: anyone can announce anything; the handshake proves the key. Discovery names every IPv4
//! interface itself, since the system's default one may not exist, and starts anew when addresses change.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use iroh::{EndpointId, TransportAddr};
use linli_record::{CommunityId, NodeKey};
use swarm_discovery::{Discoverer, DropGuard, IpClass};
use tokio::sync::mpsc;

/// How often this node asks who is there, about.
const CADENCE: Duration = Duration::from_millis(900);
/// Addresses believed of one announcement.
const ADDRESSES: usize = 16;
/// Announcements waiting to be looked at; more are dropped, they come again.
const WAITING: usize = 256;

/// A node heard on the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) node: NodeKey,
    /// Empty when it said goodbye or fell silent.
    pub(super) addresses: BTreeSet<SocketAddr>,
}

/// Discovery on the interfaces of the moment.
pub(super) struct Lan {
    me: EndpointId,
    service: String,
    tell: mpsc::Sender<Heard>,
    running: Option<DropGuard>,
    on: BTreeSet<SocketAddr>,
    last: BTreeMap<NodeKey, BTreeSet<SocketAddr>>,
}

impl Lan {
    /// Prepares discovery; nothing is sent before [`Lan::follow`].
    pub(super) fn new(me: EndpointId, community: &CommunityId) -> (Self, mpsc::Receiver<Heard>) {
        let (tell, heard) = mpsc::channel(WAITING);
        // Two communities in one building don't hear each other; the name tells nothing more than the invite does.
        let service = format!("linli{}", community.short());
        (Self { me, service, tell, running: None, on: BTreeSet::new(), last: BTreeMap::new() }, heard)
    }

    /// Announces these addresses on their interfaces; does nothing when they did not change.
    pub(super) fn follow(&mut self, addresses: impl Iterator<Item = SocketAddr>) {
        let addresses: BTreeSet<SocketAddr> =
            addresses.filter(|address| !address.ip().is_loopback()).collect();
        if addresses == self.on && self.running.is_some() {
            return;
        }
        self.running = None;
        self.on.clone_from(&addresses);
        if addresses.is_empty() {
            return;
        }
        let interfaces: BTreeSet<Ipv4Addr> = addresses
            .iter()
            .filter_map(|address| match address.ip() {
                IpAddr::V4(v4) => Some(v4),
                IpAddr::V6(_) => None,
            })
            .collect();
        match self.spawn(interfaces.into_iter().collect()) {
            Ok(guard) => {
                guard.remove_all();
                for address in &addresses {
                    guard.add(address.port(), vec![address.ip()]);
                }
                self.running = Some(guard);
            }
            Err(error) => {
                tracing::warn!(%error, "looking for neighbours on the network failed; will try again");
            }
        }
    }

    fn spawn(&self, interfaces: Vec<Ipv4Addr>) -> Result<DropGuard, String> {
        let me = self.me;
        let tell = self.tell.clone();
        let name = data_encoding::BASE32_NOPAD.encode(me.as_bytes()).to_ascii_lowercase();
        Discoverer::new_interactive(self.service.clone(), name)
            .with_cadence(CADENCE)
            .with_ip_class(IpClass::Auto)
            .with_multicast_interfaces_v4(interfaces)
            .with_callback(move |id, peer| {
                let Some(node) = parse_name(id).filter(|node| node.as_bytes() != me.as_bytes()) else {
                    return;
                };
                let addresses = peer.addrs().iter().map(|(ip, port)| SocketAddr::new(*ip, *port));
                let addresses = addresses.filter(could_be_a_neighbours).take(ADDRESSES).collect();
                // A full channel drops the hint; it is announced again within seconds.
                let _ = tell.try_send(Heard { node, addresses });
            })
            .spawn(&tokio::runtime::Handle::current())
            .map_err(|error| error.to_string())
    }

    /// Whether this announcement says something new.
    pub(super) fn is_news(&mut self, heard: &Heard) -> bool {
        self.last.insert(heard.node, heard.addresses.clone()).as_ref() != Some(&heard.addresses)
    }
}

/// Anyone can announce anything: nobody is dialed at these.
fn could_be_a_neighbours(address: &SocketAddr) -> bool {
    let ip = address.ip();
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    address.port() != 0 && !ip.is_unspecified() && !ip.is_multicast() && !ip.is_loopback() && !broadcast
}

fn parse_name(name: &str) -> Option<NodeKey> {
    let bytes = data_encoding::BASE32_NOPAD.decode(name.to_ascii_uppercase().as_bytes()).ok()?;
    NodeKey::from_slice(&bytes)
}

/// The direct addresses of an endpoint.
pub(super) fn direct(address: &iroh::EndpointAddr) -> impl Iterator<Item = SocketAddr> + '_ {
    address.addrs.iter().filter_map(|address| match address {
        TransportAddr::Ip(address) => Some(*address),
        _ => None,
    })
}
