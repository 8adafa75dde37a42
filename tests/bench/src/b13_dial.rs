//! B13: how long until a neighbour is linked: a home whose book names the founder's address, and one whose book names an
//! address first where nobody answers. Beside it a bare QUIC handshake, endpoint made beforehand.
//!
//! Ours runs from the open home (its endpoint is bound) to the link: dialing, both proofs of who they are, the gate. It is
//! looked at every half millisecond. It runs itself again in a network namespace with an interface that swallows
//! what is sent to it: there lies the dead address.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::estate::{Estate, Plan, estate, settings};
use crate::rounds::{Report, Row, rounds};
use linli_node::vocabulary::{Answer, Request};
use linli_node::{Network, Node};
use quinn::rustls::pki_types::PrivatePkcs8KeyDer;

/// Nobody is there.
const DEAD: &str = "10.99.0.77:47000";

fn linked(node: &Node) -> bool {
    match node.ask(Request::Status).expect("a status") {
        Answer::Status(status) => !status.peers.is_empty(),
        other => panic!("{other:?}"),
    }
}

/// Milliseconds from the open home to the link.
fn ours(estate: &Estate, port: u16, dead: bool) -> f64 {
    let live = format!("127.0.0.1:{port}");
    let addresses = if dead { vec![DEAD.to_owned(), live] } else { vec![live] };
    estate.fresh_keeper_with(&addresses);
    let node = Node::open(&estate.keeper, Network::On).expect("the home opens");
    let start = Instant::now();
    while !linked(&node) {
        assert!(start.elapsed() < Duration::from_secs(60), "linked within a minute");
        std::thread::sleep(Duration::from_micros(500));
    }
    let taken = start.elapsed().as_secs_f64() * 1e3;
    node.close();
    taken
}

/// Milliseconds of a bare handshake to the first byte back.
async fn bare(client: &quinn::Endpoint, server: SocketAddr) -> f64 {
    let start = Instant::now();
    let connection = client.connect(server, "localhost").expect("dials").await.expect("connects");
    let (mut send, mut receive) = connection.open_bi().await.expect("opens");
    send.write_all(b"?").await.expect("writes");
    let mut byte = [0];
    receive.read_exact(&mut byte).await.expect("reads");
    let taken = start.elapsed().as_secs_f64() * 1e3;
    connection.close(0u32.into(), b"");
    taken
}

fn endpoints() -> (quinn::Endpoint, quinn::Endpoint) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let chain = vec![made.cert.der().clone()];
    let config = quinn::ServerConfig::with_single_cert(chain.clone(), key.into()).expect("a server");
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = quinn::Endpoint::server(config, here).expect("binds");
    let mut roots = quinn::rustls::RootCertStore::empty();
    roots.add(chain[0].clone()).expect("a root");
    let mut client = quinn::Endpoint::client(here).expect("binds");
    client.set_default_client_config(
        quinn::ClientConfig::with_root_certificates(Arc::new(roots)).expect("a client"),
    );
    (server, client)
}

/// Measures, or is one of the processes that are measured.
pub(crate) fn main() {
    if !crate::machine::apart("b13", true) {
        return;
    }
    let estate = estate(Plan { human: 10_000, things: 0, authors: 5_000, blocks: 20 });
    let port = 47_312;
    linli_node::write_settings(&estate.founder, &settings(port)).expect("settings");
    let founder = Node::open(&estate.founder, Network::On).expect("the founder's home opens");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (server, client) = runtime.block_on(async { endpoints() });
    let address = server.local_addr().expect("bound");
    runtime.spawn(async move {
        while let Some(incoming) = server.accept().await {
            tokio::spawn(async move {
                let connection = incoming.await.expect("connects");
                if let Ok((mut send, mut receive)) = connection.accept_bi().await {
                    let mut byte = [0];
                    let _ = receive.read_exact(&mut byte).await;
                    let _ = send.write_all(&byte).await;
                    connection.closed().await;
                }
            });
        }
    });
    let mut report = Report::new("b13");
    for _ in 0..rounds() {
        report.add("live", ours(&estate, port, false));
        report.add("one dead", ours(&estate, port, true));
        report.add("bare", runtime.block_on(bare(&client, address)));
    }
    founder.close();
    for (work, ours, target, reach) in [
        ("link to a neighbour on the network", "live", "15 ms", 15.0),
        ("the same, one dead address before the live one", "one dead", "300 ms; never 1 s", 300.0),
    ] {
        report.row(Row {
            work,
            unit: "ms",
            ours,
            peer: "bare",
            peer_name: "bare quinn, handshake and one trip",
            limit: "2 ms",
            target,
            reach: Some(reach),
            smaller_is_better: true,
        });
    }
    report.finish();
}
