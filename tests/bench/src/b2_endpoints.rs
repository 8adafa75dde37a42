//! B2 (a): how fast what one of 50 real nodes says reaches the others: nodes as they run in homes, each with its store,
//! register and endpoint, in one process over one loopback. Beside it 50 endpoints with `iroh-gossip` alone.
//!
//! Ours is measured from asking a node to say something until each of the others tells that it is stored: every hop has
//! verified it and made it durable before it goes on. The homes lie in memory where that can be had (`/dev/shm`), since 50
//! homes have 50 disks and this machine has one. Gossip verifies nothing, keeps nothing, and is measured from broadcast to
//! receipt. Asserted: everything said reached everyone.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use iroh::address_lookup::memory::MemoryLookup;
use iroh::endpoint::presets;
use iroh::protocol::Router;
use iroh::{Endpoint, EndpointId, RelayMode};
use iroh_gossip::api::{Event as Gossiped, GossipReceiver, GossipSender};
use iroh_gossip::net::Gossip;
use iroh_gossip::proto::TopicId;
use linli_node::vocabulary::{Answer, Event, Request};
use linli_node::{Network, Node};
use n0_future::StreamExt as _;
use tokio::runtime::Runtime;
use tokio::sync::broadcast::error::RecvError;

use crate::dice::Dice;
use crate::estate;
use crate::machine;
use crate::rounds::{Report, Row, rounds};

/// The first of the homes' ports; this runs in a network namespace of its own.
const FIRST_PORT: u16 = 48_000;
/// Said in a round, by a different node each time.
const SAID: usize = 20;
/// Said before anything is measured: trees form, caches fill.
const WARMING: usize = 5;
const TEXT_BYTES: usize = 110;
/// About what a record of ours takes with header, salt and signature.
const GOSSIP_BYTES: usize = 370;
/// Nothing is waited for longer than this.
const BOUND: Duration = Duration::from_secs(60);
/// Looked again after this whether everyone is linked.
const GLANCE: Duration = Duration::from_millis(250);
/// Neighbours every node has before it begins: a household keeps eight.
const NEIGHBOURS: usize = 8;

/// Who heard what, when.
struct Heard {
    who: usize,
    what: [u8; 32],
    at: Instant,
}

/// Milliseconds until each of `others` nodes beside `speaker` heard `what`, ascending.
fn spread(
    heard: &Receiver<Heard>,
    start: Instant,
    what: [u8; 32],
    speaker: usize,
    others: usize,
) -> Vec<f64> {
    let mut who = BTreeSet::new();
    let mut times = Vec::with_capacity(others);
    while times.len() < others {
        let one = heard.recv_timeout(BOUND).expect("everyone hears it within a minute");
        if one.what == what && one.who != speaker && who.insert(one.who) {
            times.push((one.at - start).as_secs_f64() * 1e3);
        }
    }
    times
}

struct Street {
    nodes: Vec<Node>,
    thread: String,
    heard: Receiver<Heard>,
    _folder: tempfile::TempDir,
}

/// Memory where that can be had.
fn folder() -> (tempfile::TempDir, &'static str) {
    let memory = PathBuf::from("/dev/shm");
    match tempfile::tempdir_in(&memory) {
        Ok(folder) => (folder, "memory"),
        Err(_) => {
            std::fs::create_dir_all(estate::kept()).expect("the data folder can be made");
            (tempfile::tempdir_in(estate::kept()).expect("a folder"), "disk")
        }
    }
}

impl Street {
    fn open(homes: usize, runtime: &Runtime, report: &mut Report) -> Self {
        let (folder, lies_in) = folder();
        report.fact("(a) homes lie in", lies_in);
        let paths = estate::street(folder.path(), homes, FIRST_PORT);
        let open = |path: &PathBuf| Node::open(path, Network::On).expect("the home opens");
        let nodes: Vec<Node> = paths.iter().map(open).collect();
        let (tell, heard) = channel();
        for (who, node) in nodes.iter().enumerate() {
            runtime.spawn(listen(who, node.events(), tell.clone()));
        }
        let mut street = Self { nodes, thread: String::new(), heard, _folder: folder };
        street.wait_for_links();
        let opening = Request::ThreadOpen { title: "the lift".into(), audience: None };
        street.thread = said(street.nodes[0].ask(opening).expect("a thread"));
        let id = bytes_of(&street.thread);
        spread(&street.heard, Instant::now(), id, 0, homes - 1);
        street
    }

    fn wait_for_links(&self) {
        let began = Instant::now();
        let wanted = NEIGHBOURS.min(self.nodes.len() - 1);
        let linked = |node: &Node| match node.ask(Request::Status).expect("a status") {
            Answer::Status(status) => status.peers.iter().filter(|peer| peer.live).count() >= wanted,
            other => panic!("{other:?}"),
        };
        while !self.nodes.iter().all(linked) {
            assert!(began.elapsed() < BOUND, "everyone is linked within a minute");
            std::thread::sleep(GLANCE);
        }
    }

    fn say(&self, speaker: usize, dice: &mut Dice) -> Vec<f64> {
        let saying =
            Request::Say { thread: self.thread.clone(), text: dice.text(TEXT_BYTES), reply_to: None };
        let start = Instant::now();
        let id = said(self.nodes[speaker].ask(saying).expect("says"));
        spread(&self.heard, start, bytes_of(&id), speaker, self.nodes.len() - 1)
    }
}

async fn listen(who: usize, mut events: tokio::sync::broadcast::Receiver<Event>, tell: Sender<Heard>) {
    loop {
        match events.recv().await {
            Ok(Event::Record { id, .. }) => {
                let heard = Heard { who, what: *id.as_bytes(), at: Instant::now() };
                if tell.send(heard).is_err() {
                    return;
                }
            }
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

fn said(answer: Answer) -> String {
    match answer {
        Answer::Said { record, .. } => data_encoding::HEXLOWER.encode(record.as_bytes()),
        other => panic!("{other:?}"),
    }
}

fn bytes_of(hex: &str) -> [u8; 32] {
    let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).expect("hexadecimal");
    bytes.try_into().expect("32 bytes")
}

/// Endpoints that gossip, and nothing else.
struct Swarm {
    senders: Vec<GossipSender>,
    heard: Receiver<Heard>,
    routers: Vec<Router>,
}

impl Swarm {
    async fn open(homes: usize) -> Self {
        let lookup = MemoryLookup::new();
        let (tell, heard) = channel();
        let (mut routers, mut senders, mut ids) = (Vec::new(), Vec::new(), Vec::<EndpointId>::new());
        let mut dice = Dice(50);
        for who in 0..homes {
            let endpoint = endpoint(lookup.clone()).await;
            lookup.add_endpoint_info(endpoint.addr());
            let gossip = Gossip::builder().spawn(endpoint.clone());
            let router = Router::builder(endpoint.clone()).accept(iroh_gossip::ALPN, gossip.clone()).spawn();
            let known: Vec<EndpointId> =
                if ids.is_empty() { Vec::new() } else { vec![ids[who - 1], ids[dice.below(ids.len())]] };
            let topic = gossip.subscribe(TopicId::from_bytes([7; 32]), known).await.expect("subscribes");
            let (sender, mut receiver) = topic.split();
            if who > 0 {
                receiver.joined().await.expect("joins");
            }
            tokio::spawn(overhear(who, receiver, tell.clone()));
            ids.push(endpoint.id());
            routers.push(router);
            senders.push(sender);
        }
        Self { senders, heard, routers }
    }

    fn say(&self, speaker: usize, runtime: &Runtime, dice: &mut Dice) -> Vec<f64> {
        let mut message = dice.bytes::<GOSSIP_BYTES>().to_vec();
        let what = dice.bytes();
        message[..32].copy_from_slice(&what);
        let start = Instant::now();
        runtime.block_on(self.senders[speaker].broadcast(message.into())).expect("broadcasts");
        spread(&self.heard, start, what, speaker, self.senders.len() - 1)
    }
}

async fn endpoint(lookup: MemoryLookup) -> Endpoint {
    Endpoint::builder(presets::Minimal)
        .relay_mode(RelayMode::Disabled)
        .clear_address_lookup()
        .address_lookup(lookup)
        .clear_ip_transports()
        .bind_addr(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .expect("an address")
        .bind()
        .await
        .expect("binds")
}

async fn overhear(who: usize, mut receiver: GossipReceiver, tell: Sender<Heard>) {
    while let Some(Ok(event)) = receiver.next().await {
        if let Gossiped::Received(message) = event {
            let what = message.content.first_chunk().copied().unwrap_or_default();
            if tell.send(Heard { who, what, at: Instant::now() }).is_err() {
                return;
            }
        }
    }
}

/// Adds the median and the 99th of a hundred of what is said in one round.
fn add(report: &mut Report, name: &str, mut say: impl FnMut(usize) -> Vec<f64>) {
    let before = machine::processor_seconds();
    let mut all: Vec<f64> = (0..SAID).flat_map(&mut say).collect();
    let processor = (machine::processor_seconds() - before) / SAID as f64 * 1e3;
    all.sort_by(f64::total_cmp);
    report.add(&format!("{name} p50"), all[all.len() / 2]);
    report.add(&format!("{name} p99"), all[all.len() * 99 / 100]);
    report.add(&format!("{name} processor ms"), processor);
}

/// Measures both, in turn.
pub(crate) fn measure(homes: usize, report: &mut Report) {
    report.fact("(a) nodes", homes);
    report.fact("(a) said a round", SAID);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let street = Street::open(homes, &runtime, report);
    let swarm = runtime.block_on(Swarm::open(homes));
    let mut dice = Dice(0xb2);
    for turn in 0..WARMING {
        street.say(turn * 7 % homes, &mut dice);
        swarm.say(turn * 7 % homes, &runtime, &mut dice);
    }
    for round in 0..rounds() {
        let speaker = |turn: usize| (round * SAID + turn) * 7 % homes;
        add(report, "(a) ours", |turn| street.say(speaker(turn), &mut dice));
        add(report, "(a) gossip", |turn| swarm.say(speaker(turn), &runtime, &mut dice));
    }
    runtime.block_on(async {
        for router in &swarm.routers {
            let _ = router.shutdown().await;
        }
    });
    street.nodes.into_iter().for_each(Node::close);
    rows(homes, report);
}

fn rows(homes: usize, report: &mut Report) {
    let half = format!("(a) what one of {homes} real nodes says is stored by half of them");
    for (work, what, unit, limit, target, reach) in [
        (&half[..], "p50", "ms", "3 ms", "5 ms", Some(5.0)),
        ("(a) by 99 in 100 of them", "p99", "ms", "3 ms", "20 ms", Some(20.0)),
        ("(a) processor time of all of them together, each thing said", "processor ms", "ms", "", "", None),
    ] {
        report.row(Row {
            work,
            unit,
            ours: &format!("(a) ours {what}"),
            peer: &format!("(a) gossip {what}"),
            peer_name: "iroh-gossip, received",
            limit,
            target,
            reach,
            smaller_is_better: true,
        });
    }
}
