//! The relay a community node with a reachable address embeds, for members behind routers. It carries ciphertext, and
//! only for keys on the roster.

use std::net::SocketAddr;
use std::sync::Arc;

use iroh::EndpointId;
use iroh_relay::server::{
    Access, AccessControl, ClientRequest, ConnectionId, RelayConfig, Server, ServerConfig,
};
use linli_record::NodeKey;

use super::gate::Roster;

/// Why the relay is not running.
#[derive(Debug, thiserror::Error)]
#[error("opening the relay on {address}: {why}")]
pub(crate) struct RelayError {
    address: SocketAddr,
    why: String,
}

/// Asked for every client; the key is proven by then.
///
/// Newcomers knock through the relay before they are enrolled, so while an invite is open strangers may connect: they
/// reach only nodes whose own gates then refuse everything but enrolment.
#[derive(Debug, Clone)]
struct Doorkeeper {
    roster: Roster,
    invites_open: Arc<std::sync::atomic::AtomicBool>,
}

impl AccessControl for Doorkeeper {
    async fn on_connect(&self, request: &ClientRequest) -> Access {
        let member = self.roster.admits(&NodeKey::from(*request.endpoint_id().as_bytes()));
        if member || self.invites_open.load(std::sync::atomic::Ordering::Relaxed) {
            Access::Allow
        } else {
            Access::Deny { reason: Some("not enrolled".into()) }
        }
    }

    fn on_disconnect(&self, _: EndpointId, _: ConnectionId) {}
}

/// A running relay; dropped, it stops.
pub(super) struct Relay {
    server: Server,
    bound: SocketAddr,
}

impl Relay {
    /// Opens the relay.
    pub(super) async fn open(
        address: SocketAddr,
        roster: Roster,
        invites_open: Arc<std::sync::atomic::AtomicBool>,
    ) -> Result<Self, RelayError> {
        let mut relay = RelayConfig::new(address);
        relay.access = Arc::new(Doorkeeper { roster, invites_open });
        relay.key_cache_capacity = Some(1024);
        let mut config = ServerConfig::default();
        config.relay = Some(relay);
        let failed = |why: String| RelayError { address, why };
        let server = Server::spawn(config).await.map_err(|error| failed(format!("{error:#}")))?;
        let bound = server.http_addr().ok_or_else(|| failed("no address".into()))?;
        Ok(Self { server, bound })
    }

    /// What others reach it by: where it listens, or, when it listens everywhere, the first of the node's addresses.
    pub(super) fn url(&self, addresses: &[SocketAddr]) -> Option<String> {
        let ip = match self.bound.ip() {
            ip if !ip.is_unspecified() => ip,
            _ => addresses.iter().map(SocketAddr::ip).find(|ip| !ip.is_loopback())?,
        };
        Some(format!("http://{}", SocketAddr::new(ip, self.bound.port())))
    }

    /// Disconnects a member that was removed.
    pub(super) fn put_out(&self, node: &NodeKey) {
        if let (Some(service), Ok(id)) =
            (self.server.relay_service(), EndpointId::from_bytes(node.as_bytes()))
        {
            service.clients().disconnect(id, None);
        }
    }

    /// Stops the relay.
    pub(super) async fn close(self) {
        let _ = self.server.shutdown().await;
    }
}
