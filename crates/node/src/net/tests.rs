//! What a defect or a dead socket does to a running node: two real nodes on loopback, and faults put into one of them.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::{Duration, Instant};

use linli_record::NodeKey;

use super::{LINKS, Message, NetCall, book, watchdog, whom_to_dial};
use crate::vocabulary::{Answer, MemberState, NoticePost, Request, StatusView};
use crate::{Founding, Network, Node, Settings, found, join};

const BOUND: Duration = Duration::from_secs(60);

fn settings() -> Settings {
    Settings { listen: "127.0.0.1:0".into(), discover: false, ..Settings::default() }
}

fn until(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < BOUND, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

fn status(node: &Node) -> StatusView {
    let Answer::Status(status) = node.ask(Request::Status).unwrap() else { panic!() };
    *status
}

fn digest(node: &Node) -> String {
    let Answer::Digest(digest) = node.ask(Request::Digest).unwrap() else { panic!() };
    digest.of.digest.to_string()
}

fn post(node: &Node, title: &str) {
    node.ask(Request::NoticePost(NoticePost {
        replaces: None,
        title: title.into(),
        text: "From nine to eleven.".into(),
        scope: linli_community::content::Scope::Estate,
        must_read: false,
        days: None,
    }))
    .unwrap();
}

/// Two households that are linked.
fn neighbours(folder: &Path) -> (Node, Node) {
    let founding = Founding {
        name: "Guihuali".into(),
        unit: "1-302".into(),
        label: "1-302 Shen".into(),
        language: "zh-CN".into(),
    };
    let (here, there) = (folder.join("shen"), folder.join("zhou"));
    found(&here, &founding, &settings()).unwrap();
    let shen = Node::open(&here, Network::On).unwrap();
    let request = Request::Invite { role: "owner".into(), unit: Some("3-1203".into()) };
    let Answer::Invite(invite) = shen.ask(request).unwrap() else { panic!() };
    join(&there, &invite.text, "3-1203 Zhou", &settings()).unwrap();
    let zhou = Node::open(&there, Network::On).unwrap();
    until("the knock", || matches!(shen.ask(Request::Claims), Ok(Answer::Claims(all)) if !all.is_empty()));
    shen.ask(Request::Admit { claim: None }).unwrap();
    until("membership", || status(&zhou).state == MemberState::Member);
    until("the first digest", || digest(&shen) == digest(&zhou));
    (shen, zhou)
}

#[test]
fn a_panic_in_a_handler_ends_nothing_but_the_links_and_what_was_acknowledged_stands() {
    let folder = tempfile::tempdir().unwrap();
    let (shen, zhou) = neighbours(folder.path());
    post(&shen, "Before");
    shen.runtime().block_on(shen.desk().panic());
    // Its own log goes on where it stood: a second history would be refused as a fork.
    post(&shen, "After");
    until("both to show the same", || digest(&shen) == digest(&zhou));
    let Answer::Notices(notices) = zhou.ask(Request::Notices { all: false }).unwrap() else { panic!() };
    assert_eq!(notices.len(), 2);
    assert!(status(&shen).warnings.is_empty(), "{:?}", status(&shen).warnings);
}

#[test]
fn a_panic_in_a_links_task_ends_that_link_and_the_neighbour_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (shen, zhou) = neighbours(folder.path());
    let (links, _) = zhou.runtime().block_on(zhou.desk().wires()).unwrap();
    links.iter().for_each(|link| link.send(Message::Broken));
    post(&zhou, "After the byte");
    until("both to show the same", || digest(&shen) == digest(&zhou));
    until("a link", || status(&shen).peers.len() == 1);
}

#[test]
fn a_network_task_that_failed_and_an_endpoint_that_died_come_back_on_the_same_port() {
    let folder = tempfile::tempdir().unwrap();
    let (shen, zhou) = neighbours(folder.path());
    let port = status(&shen).addresses;
    let (_, network) = shen.runtime().block_on(shen.desk().wires()).unwrap();
    for fault in [NetCall::Panic, NetCall::CloseEndpoint] {
        shen.runtime().block_on(network.send(fault));
        until("the link to come back", || {
            post(&shen, "Still here");
            let mark = digest(&shen);
            let began = Instant::now();
            while began.elapsed() < Duration::from_secs(5) {
                if digest(&zhou) == mark && !status(&zhou).peers.is_empty() {
                    return true;
                }
            }
            false
        });
        assert_eq!(status(&shen).addresses, port);
    }
}

#[test]
fn an_empty_home_dials_one_neighbour_and_the_next_when_that_one_does_not_answer() {
    let me = home(0);
    let now = tokio::time::Instant::now();
    let mut known: book::Book = (1..=20)
        .map(|number| {
            let addresses = vec!["127.0.0.1:4433".parse().unwrap()];
            let mut neighbour = book::Neighbour::default();
            (neighbour.addresses, neighbour.hub) = (addresses, number == 9);
            (home(number), neighbour)
        })
        .collect();
    assert_eq!(whom_to_dial(&known, &me, LINKS, now).len(), LINKS);
    // The one it hears the register from is a hub, when one is known.
    assert_eq!(whom_to_dial(&known, &me, 1, now), [home(9)]);
    known.get_mut(&home(9)).unwrap().dialing = true;
    assert!(whom_to_dial(&known, &me, 1, now).is_empty(), "one at a time");
    known.get_mut(&home(9)).unwrap().failed(now);
    assert_eq!(whom_to_dial(&known, &me, 1, now), [home(1)]);
    known.get_mut(&home(1)).unwrap().up();
    assert!(whom_to_dial(&known, &me, 1, now).is_empty());
    assert_eq!(whom_to_dial(&known, &me, LINKS, now).len(), LINKS - 1, "once it is even, others too");
}

fn home(number: u8) -> NodeKey {
    NodeKey::from([number; 32])
}

#[test]
fn a_node_hears_itself_knock_while_its_socket_lives() {
    let folder = tempfile::tempdir().unwrap();
    let (shen, zhou) = neighbours(folder.path());
    let id = iroh::EndpointId::from_bytes(status(&shen).node.as_bytes()).unwrap();
    let bound = status(&shen).addresses[0].parse().unwrap();
    assert!(shen.runtime().block_on(watchdog::hears(id, bound)));
    shen.close();
    assert!(!zhou.runtime().block_on(watchdog::hears(id, bound)), "nobody is there any more");
}
