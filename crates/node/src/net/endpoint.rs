//! One iroh endpoint that talks to nobody but its peers: no public relay, DNS, STUN or port mapping, ever.

use std::time::Duration;

use iroh::address_lookup::memory::MemoryLookup;
use iroh::dns::DnsResolver;
use iroh::endpoint::{NetReportConfig, PortmapperConfig, QuicTransportConfig, VarInt, presets};
use iroh::{Endpoint, RelayMap, RelayMode, SecretKey};

use super::gate::{Gate, Roster};
use super::{ENROL_ALPN, SYNC_ALPN};
use crate::home::DeviceKeys;

/// Streams a peer may have open: one for sync, the rest for attachments.
const STREAMS: u32 = 16;
/// Receive window of one stream, bytes.
const STREAM_WINDOW: u32 = 2 * 1024 * 1024;
/// Receive and send window of a neighbour's connection, bytes.
pub(super) const CONNECTION_WINDOW: u32 = 8 * 1024 * 1024;
/// Receive window of a connection before it is known to be a neighbour's: what a stranger can make us hold.
const FIRST_WINDOW: u32 = 64 * 1024;
/// A silent connection is dropped after this.
const IDLE: Duration = Duration::from_secs(20);
/// Tries to get the same port back after a restart.
const REBIND_TRIES: u32 = 20;
const REBIND_PAUSE: Duration = Duration::from_millis(100);

/// Why there is no endpoint.
#[derive(Debug, thiserror::Error)]
#[error("listening on {address}: {why}")]
pub(crate) struct BindError {
    address: String,
    why: String,
}

impl BindError {
    fn is_taken(&self) -> bool {
        self.why.contains("in use")
    }
}

/// Binds the endpoint on `listen`, or, when another program keeps that port, on one the system chooses. A home must open
/// all the same: neighbours find it by multicast, and it tells those it dials where it is now.
pub(super) async fn bind_or_move(
    keys: &DeviceKeys,
    listen: &str,
    roster: Roster,
    lan: MemoryLookup,
) -> Result<(Endpoint, Port), BindError> {
    let taken = match bind(keys, listen, roster.clone(), lan.clone()).await {
        Err(error) if error.is_taken() => error,
        bound => return bound.map(|endpoint| (endpoint, Port::AsSet)),
    };
    let Some((host, _)) = listen.rsplit_once(':') else { return Err(taken) };
    tracing::warn!(error = %taken, "the port is taken; listening on another");
    let endpoint = bind(keys, &format!("{host}:0"), roster, lan).await?;
    Ok((endpoint, Port::Taken))
}

/// Whether the endpoint got the port the home's settings name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Port {
    AsSet,
    /// Another program has it.
    Taken,
}

/// Binds the endpoint on `listen` with the home's transport key.
pub(super) async fn bind(
    keys: &DeviceKeys,
    listen: &str,
    roster: Roster,
    lan: MemoryLookup,
) -> Result<Endpoint, BindError> {
    let mut tries = 0;
    loop {
        match bind_once(keys, listen, roster.clone(), lan.clone()).await {
            Ok(endpoint) => return Ok(endpoint),
            // The socket of an endpoint that just closed is freed a moment later.
            Err(error) if error.is_taken() && tries < REBIND_TRIES => {
                tries += 1;
                tokio::time::sleep(REBIND_PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn bind_once(
    keys: &DeviceKeys,
    listen: &str,
    roster: Roster,
    lan: MemoryLookup,
) -> Result<Endpoint, BindError> {
    let failed = |why: String| BindError { address: listen.to_owned(), why };
    Endpoint::builder(presets::Minimal)
        .secret_key(SecretKey::from_bytes(&keys.node.to_bytes()))
        // Empty, not disabled: a community's own relay is added when it is learnt.
        .relay_mode(RelayMode::Custom(RelayMap::empty()))
        .clear_address_lookup()
        .address_lookup(lan)
        .portmapper_config(PortmapperConfig::Disabled)
        // Probes go to the community's own relay only; without them a plain-HTTP relay never becomes home.
        .net_report_config(NetReportConfig::default())
        .dns_resolver(DnsResolver::builder().disable_fallback().build())
        .transport_config(transport())
        .alpns(vec![SYNC_ALPN.to_vec(), ENROL_ALPN.to_vec()])
        .hooks(Gate(roster))
        .clear_ip_transports()
        .bind_addr(listen)
        .map_err(|error| failed(error.to_string()))?
        .bind()
        .await
        .map_err(|error| failed(format!("{error:#}")))
}

fn transport() -> QuicTransportConfig {
    QuicTransportConfig::builder()
        .max_concurrent_bidi_streams(VarInt::from_u32(STREAMS))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(FIRST_WINDOW))
        .send_window(u64::from(CONNECTION_WINDOW))
        .datagram_receive_buffer_size(None)
        .max_idle_timeout(Some(IDLE.try_into().expect("20 s is a valid idle time")))
        .keep_alive_interval(Duration::from_secs(5))
        .build()
}
