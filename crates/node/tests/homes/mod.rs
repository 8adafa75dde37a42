//! Homes on loopback for tests that need several: found, invited, admitted, awaited.

#![allow(dead_code, clippy::unwrap_used)]

use std::path::Path;
use std::time::{Duration, Instant};

use iroh::endpoint::presets;
use iroh::{Endpoint, EndpointAddr, EndpointId, RelayMode, SecretKey, TransportAddr};
use linli_community::content::Scope;
use linli_node::vocabulary::{Answer, MemberState, NoticePost, Request, StatusView};
use linli_node::{Founding, Network, Node, Settings, found, join};

/// Nothing is waited for longer than this.
pub(crate) const BOUND: Duration = Duration::from_secs(60);
pub(crate) const SYNC: &[u8] = b"linli/sync/1";
pub(crate) const ENROL: &[u8] = b"linli/enrol/1";

pub(crate) fn settings() -> Settings {
    Settings { listen: "127.0.0.1:0".into(), discover: false, ..Settings::default() }
}

pub(crate) fn until<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(began.elapsed() < BOUND, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

pub(crate) fn founder(home: &Path) -> Node {
    let founding = Founding {
        name: "Guihuali".into(),
        unit: "1-302".into(),
        label: "1-302 Shen".into(),
        language: "zh-CN".into(),
    };
    found(home, &founding, &settings()).unwrap();
    Node::open(home, Network::On).unwrap()
}

pub(crate) fn invite(node: &Node, unit: &str) -> String {
    let request = Request::Invite { role: "owner".into(), unit: Some(unit.into()) };
    let Answer::Invite(invite) = node.ask(request).unwrap() else { panic!() };
    invite.text
}

pub(crate) fn status(node: &Node) -> StatusView {
    let Answer::Status(status) = node.ask(Request::Status).unwrap() else { panic!() };
    *status
}

pub(crate) fn digest(node: &Node) -> String {
    let Answer::Digest(digest) = node.ask(Request::Digest).unwrap() else { panic!() };
    digest.of.digest.to_string()
}

/// A newcomer who knocks.
pub(crate) fn knocking(host: &Node, home: &Path, unit: &str) -> Node {
    join(home, &invite(host, unit), unit, &settings()).unwrap();
    let node = Node::open(home, Network::On).unwrap();
    until("the knock", || {
        let Answer::Claims(claims) = host.ask(Request::Claims).unwrap() else { panic!() };
        claims.iter().any(|claim| claim.label == unit).then_some(())
    });
    node
}

/// A newcomer who was admitted and holds what its host holds.
pub(crate) fn admitted(host: &Node, home: &Path, unit: &str) -> Node {
    let node = knocking(host, home, unit);
    host.ask(Request::Admit { claim: None }).unwrap();
    until("membership", || (status(&node).state == MemberState::Member).then_some(()));
    until("the first digest", || (digest(host) == digest(&node)).then_some(()));
    node
}

pub(crate) fn post(node: &Node, title: &str) {
    let notice = NoticePost {
        replaces: None,
        title: title.into(),
        text: "From nine to eleven.".into(),
        scope: Scope::Estate,
        must_read: false,
        days: None,
    };
    node.ask(Request::NoticePost(notice)).unwrap();
}

pub(crate) fn titles(node: &Node) -> Vec<String> {
    let Answer::Notices(notices) = node.ask(Request::Notices { all: false }).unwrap() else { panic!() };
    notices.into_iter().filter_map(|notice| Some(notice.current?.title)).collect()
}

/// Where to dial a running node.
pub(crate) fn address(node: &Node) -> EndpointAddr {
    let status = status(node);
    let id = EndpointId::from_bytes(status.node.as_bytes()).unwrap();
    let addresses = status.addresses.iter().map(|address| TransportAddr::Ip(address.parse().unwrap()));
    EndpointAddr::from_parts(id, addresses)
}

/// An endpoint that is no node, bound to an address of its own on loopback.
pub(crate) async fn bare_endpoint(bind: &str, key: Option<SecretKey>) -> Endpoint {
    let mut builder = Endpoint::builder(presets::Minimal).relay_mode(RelayMode::Disabled);
    if let Some(key) = key {
        builder = builder.secret_key(key);
    }
    builder.clear_ip_transports().bind_addr(bind).unwrap().bind().await.unwrap()
}

/// Kilobytes of memory this process has in use.
pub(crate) fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or_default()
}
