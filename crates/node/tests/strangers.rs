//! Whoever is not enrolled learns nothing, costs little, and keeps nobody from being served.
//!
//! `cargo test -p linli-node --test strangers -- --ignored --nocapture` runs the ten thousand and prints what they cost.

#![allow(clippy::unwrap_used)]

mod homes;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use homes::{ENROL, SYNC};
use iroh::endpoint::{ConnectionError, ReadExactError, ReadToEndError};
use iroh::{Endpoint, EndpointAddr};
use tokio::task::JoinSet;

/// Handshakes one stranger's key makes.
const EACH: u64 = 10;
/// Strangers at a time.
const AT_ONCE: usize = 8;
/// The close code for whoever is not enrolled.
const NOT_ENROLLED: u64 = 403;

/// What a stranger got back.
#[derive(Debug, Default)]
struct Got {
    handshakes: AtomicU64,
    payload: AtomicU64,
    datagrams: AtomicU64,
}

/// One stranger tries everything it can think of.
async fn tries(endpoint: &Endpoint, node: &EndpointAddr, round: u64, got: &Got) {
    got.handshakes.fetch_add(1, Ordering::Relaxed);
    let alpn: &[u8] = match round % 5 {
        0 => ENROL,
        1 => b"linli/blobs/1",
        _ => SYNC,
    };
    let Ok(connection) = endpoint.connect(node.clone(), alpn).await else {
        assert!(alpn != SYNC && alpn != ENROL, "the handshake itself succeeds");
        return;
    };
    let said = said_back(&connection, alpn).await;
    got.payload.fetch_add(said, Ordering::Relaxed);
    got.datagrams.fetch_add(connection.stats().udp_rx.bytes, Ordering::Relaxed);
}

/// Bytes that came back before the connection was closed, an enrolment's refusal not counted.
async fn said_back(connection: &iroh::endpoint::Connection, alpn: &[u8]) -> u64 {
    let Ok((mut send, mut recv)) = connection.open_bi().await else { return 0 };
    // A ping and a hello of nothing: what a neighbour would say; or a knock that is none.
    let _ = send.write_all(&[0, 0, 0, 1, 0, 0, 0, 0, 4, 1, 1, 0xa1, 0]).await;
    let _ = send.finish();
    match recv.read_to_end(1 << 20).await {
        Ok(bytes) if alpn == ENROL => {
            assert!(bytes.is_empty() || bytes == [0, 0, 0, 1, 3], "refused: {bytes:?}");
            connection.close(0u8.into(), b"");
            0
        }
        Ok(bytes) => bytes.len() as u64,
        Err(ReadToEndError::Read(iroh::endpoint::ReadError::ConnectionLost(lost))) => {
            if let ConnectionError::ApplicationClosed(closed) = lost
                && alpn == SYNC
            {
                assert_eq!(closed.error_code.into_inner(), NOT_ENROLLED);
                assert_eq!(&closed.reason[..], b"not enrolled");
            }
            0
        }
        Err(_) => 0,
    }
}

/// So many handshakes by keys nobody enrolled, some at a time.
async fn crowd(node: EndpointAddr, handshakes: u64, got: Arc<Got>) {
    let mut strangers = JoinSet::new();
    for _ in 0..handshakes / EACH {
        if strangers.len() >= AT_ONCE {
            strangers.join_next().await.unwrap().unwrap();
        }
        let (node, got) = (node.clone(), Arc::clone(&got));
        strangers.spawn(async move {
            let endpoint = homes::bare_endpoint("127.0.0.1:0", None).await;
            for round in 0..EACH {
                tries(&endpoint, &node, round, &got).await;
            }
            endpoint.close().await;
        });
    }
    while let Some(stranger) = strangers.join_next().await {
        stranger.unwrap();
    }
}

/// A crowd comes; a neighbour is served meanwhile.
fn a_crowd_of(handshakes: u64) {
    let folder = tempfile::tempdir().unwrap();
    let shen = homes::founder(&folder.path().join("shen"));
    let zhou = homes::admitted(&shen, &folder.path().join("zhou"), "3-1203");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let got = Arc::new(Got::default());
    let (began, before) = (Instant::now(), homes::resident_kb());
    let crowd = runtime.spawn(crowd(homes::address(&shen), handshakes, Arc::clone(&got)));
    let mut slowest = Duration::ZERO;
    while !crowd.is_finished() {
        let said = Instant::now();
        homes::post(&shen, "Water off");
        homes::until("the notice", || (homes::digest(&shen) == homes::digest(&zhou)).then_some(()));
        slowest = slowest.max(said.elapsed());
    }
    runtime.block_on(crowd).unwrap();
    let grown = homes::resident_kb().saturating_sub(before);
    let count = got.handshakes.load(Ordering::Relaxed);
    println!(
        "{count} handshakes in {:.1} s, {} bytes of payload, {} bytes of datagrams each; memory of both sides grew by \
         {grown} kB; a neighbour waited {:.2} s at most",
        began.elapsed().as_secs_f64(),
        got.payload.load(Ordering::Relaxed),
        got.datagrams.load(Ordering::Relaxed) / count,
        slowest.as_secs_f64(),
    );
    assert_eq!(count, handshakes);
    assert_eq!(got.payload.load(Ordering::Relaxed), 0);
    assert!(grown < 256 * 1024, "memory grew by {grown} kB");
    assert!(homes::status(&shen).warnings.is_empty());
}

#[test]
fn a_stranger_gets_no_byte_and_a_neighbour_is_served_meanwhile() {
    a_crowd_of(200);
}

#[test]
#[ignore = "takes some minutes; the command stands at the top"]
fn ten_thousand_strangers_get_no_byte_and_a_neighbour_is_served_meanwhile() {
    a_crowd_of(10_000);
}

/// Takes every place at the door it can get, says nothing, and comes again.
async fn loiter(node: EndpointAddr, bind: &'static str, over: Arc<AtomicBool>) {
    let endpoint = homes::bare_endpoint(bind, None).await;
    while !over.load(Ordering::Relaxed) {
        let mut held = Vec::new();
        for _ in 0..8 {
            if let Ok(connection) = endpoint.connect(node.clone(), ENROL).await {
                held.push(connection);
            }
        }
        if let Some(last) = held.last() {
            last.closed().await;
        }
    }
    endpoint.close().await;
}

#[test]
#[cfg(target_os = "linux")]
fn a_newcomer_is_heard_while_others_crowd_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let shen = homes::founder(&folder.path().join("shen"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let over = Arc::new(AtomicBool::new(false));
    for bind in ["127.0.0.2:0", "127.0.0.3:0"] {
        runtime.spawn(loiter(homes::address(&shen), bind, Arc::clone(&over)));
    }
    let zhou = homes::admitted(&shen, &folder.path().join("zhou"), "3-1203");
    homes::post(&zhou, "We are in");
    homes::until("the notice", || (homes::titles(&shen) == ["We are in"]).then_some(()));
    over.store(true, Ordering::Relaxed);
}

#[test]
fn a_knock_that_is_too_long_or_no_knock_is_refused_and_a_second_one_is_not_heard() {
    let folder = tempfile::tempdir().unwrap();
    let shen = homes::founder(&folder.path().join("shen"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let refused: &[u8] = &[0, 0, 0, 1, 3];
    let long = [&[0, 0, 0x10, 1][..], &[0xa0; 4097]].concat();
    let cases: [(&[u8], Option<&[u8]>); 5] = [
        (&[0, 0, 0, 1, 0xa0], Some(refused)),
        (&[0, 0, 0, 2, 0xff, 0xff], Some(refused)),
        (&[0, 0, 0, 0], Some(refused)),
        (&[0xff, 0xff, 0xff, 0xff, 0], None),
        (&long, None),
    ];
    let node = homes::address(&shen);
    runtime.block_on(async {
        let endpoint = homes::bare_endpoint("127.0.0.1:0", None).await;
        for (bytes, answer) in cases {
            let connection = endpoint.connect(node.clone(), ENROL).await.unwrap();
            let (mut send, mut recv) = connection.open_bi().await.unwrap();
            send.write_all(bytes).await.unwrap();
            let mut head = [0; 5];
            let said = match recv.read_exact(&mut head).await {
                Ok(()) => Some(&head[..]),
                Err(ReadExactError::FinishedEarly(0) | ReadExactError::ReadError(_)) => None,
                Err(error) => panic!("{error}"),
            };
            assert_eq!(said, answer, "{bytes:?}");
            // One stream and no more: a second is not answered.
            if let Ok((mut send, mut recv)) = connection.open_bi().await {
                let _ = send.write_all(&[0, 0, 0, 1, 0xa0]).await;
                assert!(recv.read_to_end(16).await.map_or(true, |bytes| bytes.is_empty()));
            }
        }
        endpoint.close().await;
    });
    assert!(homes::status(&shen).warnings.is_empty());
}
