//! Enrolment: the one protocol a stranger may speak. A newcomer knocks with an invite's secret and a signed claim, and
//! asks again until two neighbours (or one, where the rules say so) have admitted it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use iroh::endpoint::{Connection, Incoming, IncomingAddr, VarInt};
use iroh::{Endpoint, EndpointAddr, EndpointId, RelayUrl, TransportAddr};
use linli_record::{CommunityId, NodeKey, SignedClaim, canonical};
use minicbor::{Decode, Encode};

use super::ENROL_ALPN;
use super::frame;
use crate::actor::Desk;
use crate::invite::Invite;

/// Strangers served at once, and from one address: a crowd behind one door leaves room at the others.
const STRANGERS: usize = 16;
const FROM_ONE_PLACE: usize = 4;
/// A knock is never longer than this many bytes.
const KNOCK_BYTES: usize = 4 * 1024;
/// A stranger has this long to be served, and then this long to take its answer.
const VISIT: Duration = Duration::from_secs(5);
const FAREWELL: Duration = Duration::from_secs(2);
/// A newcomer waits this long for the answer.
const PATIENCE: Duration = Duration::from_secs(20);
const DIAL: Duration = Duration::from_secs(10);

/// What a newcomer says at the door.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Knock {
    /// The community it was invited to.
    #[n(0)]
    pub community: CommunityId,
    /// The invite's secret, whose hash stands in the claim.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub secret: [u8; 16],
    /// Its signed claim.
    #[n(2)]
    pub claim: SignedClaim,
}

/// What it is told. Refusals are the same for a wrong, used or expired secret: a stranger learns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, serde::Serialize, serde::Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum KnockAnswer {
    /// The claim is noted; somebody must admit it.
    #[n(0)]
    Waiting,
    /// One neighbour approved; another must.
    #[n(1)]
    NeedsAnother,
    /// Enrolled: sync may begin.
    #[n(2)]
    Admitted,
    /// Not with this invite.
    #[n(3)]
    Refused,
}

/// Why knocking failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KnockError {
    /// Nobody answered at the invite's addresses.
    #[error("the node that invited you can't be reached: {0}")]
    Unreachable(String),
    /// It answered something else.
    #[error("the node that invited you answered something unexpected")]
    Unexpected,
}

/// Where a stranger comes from: its address, or the relay it came through.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    Address(IpAddr),
    Relayed,
}

impl Origin {
    pub(super) fn of(incoming: &Incoming) -> Self {
        match incoming.remote_addr() {
            IncomingAddr::Ip(address) => Self::Address(address.ip()),
            _ => Self::Relayed,
        }
    }
}

/// Serves strangers within tight limits.
#[derive(Clone)]
pub(super) struct Door {
    visitors: Arc<Mutex<BTreeMap<Origin, usize>>>,
    desk: Desk,
}

/// A visitor's place at the door; dropped, it is free.
struct Place {
    visitors: Arc<Mutex<BTreeMap<Origin, usize>>>,
    from: Origin,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        match visitors.get_mut(&self.from) {
            Some(here) if *here > 1 => *here -= 1,
            _ => drop(visitors.remove(&self.from)),
        }
    }
}

impl Door {
    pub(super) fn new(desk: Desk) -> Self {
        Self { visitors: Arc::default(), desk }
    }

    fn place(&self, from: Origin) -> Option<Place> {
        let mut visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        let here = visitors.get(&from).copied().unwrap_or_default();
        if here >= FROM_ONE_PLACE || visitors.values().sum::<usize>() >= STRANGERS {
            return None;
        }
        visitors.insert(from.clone(), here + 1);
        Some(Place { visitors: Arc::clone(&self.visitors), from })
    }

    /// One stranger: one knock, one answer, then out. A full door closes at once.
    pub(super) fn visit(&self, connection: Connection, from: Origin) {
        let Some(place) = self.place(from) else {
            connection.close(VarInt::from_u32(0), b"busy");
            return;
        };
        let desk = self.desk.clone();
        tokio::spawn(async move {
            let _ = tokio::time::timeout(VISIT, serve(&connection, &desk)).await;
            // The newcomer closes when it has read the answer.
            let _ = tokio::time::timeout(FAREWELL, connection.closed()).await;
            connection.close(VarInt::from_u32(0), b"done");
            drop(place);
        });
    }
}

async fn serve(connection: &Connection, desk: &Desk) -> Option<()> {
    let peer = NodeKey::from(*connection.remote_id().as_bytes());
    let (mut send, mut recv) = connection.accept_bi().await.ok()?;
    let bytes = frame::read(&mut recv, KNOCK_BYTES).await.ok()??;
    let answer = match parse(&bytes) {
        Some(knock) => desk.knock(peer, knock).await.unwrap_or(KnockAnswer::Refused),
        None => KnockAnswer::Refused,
    };
    let bytes = minicbor::to_vec(answer).expect("a vector takes every byte");
    frame::write(&mut send, &bytes).await.ok()?;
    send.finish().ok()
}

fn parse(bytes: &[u8]) -> Option<Knock> {
    canonical::check(bytes).ok()?;
    minicbor::decode(bytes).ok()
}

/// Knocks once at the node an invite names.
pub(super) async fn knock(
    endpoint: &Endpoint,
    invite: &Invite,
    knock: &Knock,
) -> Result<KnockAnswer, KnockError> {
    let unreachable = |why: String| KnockError::Unreachable(why);
    let address = address(&invite.node, &invite.socket_addresses(), invite.relay.as_deref())
        .ok_or_else(|| unreachable("the invite names no usable node".into()))?;
    let connection = tokio::time::timeout(DIAL, endpoint.connect(address, ENROL_ALPN))
        .await
        .map_err(|_| unreachable("no answer".into()))?
        .map_err(|error| unreachable(format!("{error:#}")))?;
    let answer = tokio::time::timeout(PATIENCE, exchange(&connection, knock)).await;
    connection.close(VarInt::from_u32(0), b"done");
    answer.map_err(|_| unreachable("no answer".into()))?
}

async fn exchange(connection: &Connection, knock: &Knock) -> Result<KnockAnswer, KnockError> {
    let (mut send, mut recv) =
        connection.open_bi().await.map_err(|error| KnockError::Unreachable(error.to_string()))?;
    let bytes = minicbor::to_vec(knock).expect("a vector takes every byte");
    frame::write(&mut send, &bytes).await.map_err(|error| KnockError::Unreachable(error.to_string()))?;
    let answer = frame::read(&mut recv, 16).await;
    let bytes = answer.map_err(|error| KnockError::Unreachable(error.to_string()))?;
    bytes.and_then(|bytes| minicbor::decode(&bytes).ok()).ok_or(KnockError::Unexpected)
}

/// Where to dial a member: its key, its addresses, its relay.
pub(super) fn address(node: &NodeKey, direct: &[SocketAddr], relay: Option<&str>) -> Option<EndpointAddr> {
    let id = EndpointId::from_bytes(node.as_bytes()).ok()?;
    let relay = relay.and_then(|url| url.parse::<RelayUrl>().ok()).map(TransportAddr::Relay);
    Some(EndpointAddr::from_parts(id, direct.iter().copied().map(TransportAddr::Ip).chain(relay)))
}
