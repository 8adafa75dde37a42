//! How a node ends and the next one of its home begins.

#![allow(clippy::unwrap_used)]

mod street;

use linli_node::vocabulary::{Answer, Request};
use linli_node::{Client, FaultKind, Network, Node};
use street::{Home, settings};

#[test]
fn a_node_that_starts_as_soon_as_the_last_one_stopped_can_be_asked_and_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    assert!(matches!(linli_node::stop(&shen.path), Ok(Answer::Done)));
    let next = Node::open(&shen.path, Network::On).expect("the home is free");
    drop(shen.node);
    let client = Client::find(&shen.path).expect("the new node's word stays");
    assert!(client.ask(&Request::Status).is_ok());
    assert!(matches!(linli_node::stop(&shen.path), Ok(Answer::Done)));
    assert_eq!(linli_node::stop(&shen.path).unwrap_err().kind, FaultKind::Stopped);
    drop(next);
}

#[test]
fn a_node_waits_for_the_command_that_has_its_home_open_a_moment() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    linli_node::stop(&shen.path).unwrap();
    drop(shen.node);
    let command = Node::open(&shen.path, Network::Off).unwrap();
    let (began, waits) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let next = scope.spawn(|| {
            began.send(()).unwrap();
            Node::open(&shen.path, Network::On)
        });
        waits.recv().unwrap();
        command.ask(Request::Digest).unwrap();
        command.close();
        assert!(next.join().unwrap().is_ok());
    });
}

#[test]
fn a_home_whose_port_another_program_took_listens_elsewhere_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    linli_node::stop(&shen.path).unwrap();
    drop(shen.node);
    let kept = linli_node::settings(&shen.path).unwrap().listen;
    let other = until_bound(&kept);
    let node = Node::open(&shen.path, Network::On).unwrap();
    let Answer::Status(status) = node.ask(Request::Status).unwrap() else { unreachable!() };
    assert!(status.warnings.iter().any(|warning| warning.code == "port-taken"));
    assert_eq!(
        linli_node::settings(&shen.path).unwrap().listen,
        kept,
        "the next start tries the same port again"
    );
    drop((node, other));
    assert_ne!(kept, settings().listen);
}

/// The socket of an endpoint that closed is freed a moment later.
fn until_bound(address: &str) -> std::net::UdpSocket {
    for _ in 0..600 {
        match std::net::UdpSocket::bind(address) {
            Ok(socket) => return socket,
            Err(_) => std::thread::sleep(std::time::Duration::from_millis(100)),
        }
    }
    panic!("{address} was never freed");
}
