//! Noticing that the network died under a node that runs: a machine that slept, a socket that no longer hears, a defect.
//!
//! Nothing tells a program that its UDP socket is dead. So when nobody has been linked for a while and every dial failed, the
//! node knocks at its own port from a second endpoint; if that fails too, the endpoint is rebuilt.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use iroh::endpoint::{PortmapperConfig, presets};
use iroh::{Endpoint, EndpointAddr, EndpointId, RelayMode, TransportAddr};
use tokio::time::{Instant, timeout};

use super::ENROL_ALPN;

/// Alone for so long, with dials that fail: time to look.
const ALONE: Duration = Duration::from_secs(60);
/// Looks come no closer than this.
const BETWEEN: Duration = Duration::from_secs(300);
/// The machine slept when its clock went on for so much longer than the program did.
const SLEPT: Duration = Duration::from_secs(20);
/// An endpoint on this machine answers well within this.
const ANSWER: Duration = Duration::from_secs(5);

/// What the network task remembers to notice that it is deaf.
#[derive(Debug)]
pub(super) struct Watchdog {
    linked: Instant,
    looked: Option<Instant>,
    tick: (Instant, SystemTime),
}

impl Watchdog {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self { linked: now, looked: None, tick: (now, SystemTime::now()) }
    }

    /// Somebody is linked: the socket hears.
    pub(super) fn linked(&mut self) {
        self.linked = Instant::now();
    }

    /// Called at every tick: whether the machine slept since the last one.
    pub(super) fn slept(&mut self) -> bool {
        let now = (Instant::now(), SystemTime::now());
        let before = std::mem::replace(&mut self.tick, now);
        let passed = now.1.duration_since(before.1).unwrap_or_default();
        passed > now.0.duration_since(before.0) + SLEPT
    }

    /// Whether it is time to knock at one's own door.
    pub(super) fn is_due(&mut self, dials_fail: bool) -> bool {
        let now = Instant::now();
        let due = dials_fail
            && now.duration_since(self.linked) > ALONE
            && self.looked.is_none_or(|looked| now.duration_since(looked) > BETWEEN);
        if due {
            self.looked = Some(now);
        }
        due
    }
}

/// Whether the endpoint `id` hears at `bound`, found out from a second endpoint on this machine.
pub(super) async fn hears(id: EndpointId, bound: SocketAddr) -> bool {
    let (own, any) = match bound.ip() {
        IpAddr::V4(ip) => {
            (IpAddr::V4(if ip.is_unspecified() { Ipv4Addr::LOCALHOST } else { ip }), "0.0.0.0:0")
        }
        IpAddr::V6(ip) => (IpAddr::V6(if ip.is_unspecified() { Ipv6Addr::LOCALHOST } else { ip }), "[::]:0"),
    };
    let builder = Endpoint::builder(presets::Minimal)
        .relay_mode(RelayMode::Disabled)
        .portmapper_config(PortmapperConfig::Disabled)
        .clear_ip_transports();
    let Ok(builder) = builder.bind_addr(any) else { return true };
    // No second socket to be had says nothing about the first.
    let Ok(prober) = builder.bind().await else { return true };
    let address = EndpointAddr::from_parts(id, [TransportAddr::Ip(SocketAddr::new(own, bound.port()))]);
    let answered = timeout(ANSWER, prober.connect(address, ENROL_ALPN)).await;
    prober.close().await;
    matches!(answered, Ok(Ok(_)))
}

/// Runs a task's body; nothing if it panicked.
pub(super) async fn caught<F: Future>(body: F) -> Option<F::Output> {
    let mut body = pin!(body);
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| body.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Some(output)),
        Err(_) => Poll::Ready(None),
    })
    .await
}
