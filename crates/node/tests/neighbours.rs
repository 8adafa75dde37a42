//! Real nodes on loopback: joining, being cut off, coming back, showing the same.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::{Duration, Instant};

use linli_community::content::Scope;
use linli_node::vocabulary::{Answer, MemberState, NoticePost, Request};
use linli_node::{Founding, Network, Node, Settings, found, join};

/// Nothing is waited for longer than this.
const BOUND: Duration = Duration::from_secs(60);

fn settings() -> Settings {
    Settings { listen: "127.0.0.1:0".into(), discover: false, ..Settings::default() }
}

fn until<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(began.elapsed() < BOUND, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

fn watch() {
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_test_writer()
        .try_init();
}

fn founder(home: &Path) -> Node {
    watch();
    let founding = Founding {
        name: "Guihuali".into(),
        unit: "1-302".into(),
        label: "1-302 Shen".into(),
        language: "zh-CN".into(),
    };
    found(home, &founding, &settings()).unwrap();
    Node::open(home, Network::On).unwrap()
}

fn invite(node: &Node, role: &str, unit: Option<&str>) -> String {
    let request = Request::Invite { role: role.into(), unit: unit.map(Into::into) };
    let Answer::Invite(invite) = node.ask(request).unwrap() else { panic!() };
    invite.text
}

fn state(node: &Node) -> MemberState {
    let Answer::Status(status) = node.ask(Request::Status).unwrap() else { panic!() };
    status.state
}

fn digest(node: &Node) -> String {
    let Answer::Digest(digest) = node.ask(Request::Digest).unwrap() else { panic!() };
    digest.of.digest.to_string()
}

fn admitted(founder: &Node, home: &Path, label: &str, unit: &str) -> Node {
    let text = invite(founder, "owner", Some(unit));
    join(home, &text, label, &settings()).unwrap();
    let node = Node::open(home, Network::On).unwrap();
    until("the knock", || match founder.ask(Request::Claims).unwrap() {
        Answer::Claims(claims) => (!claims.is_empty()).then_some(()),
        other => panic!("{other:?}"),
    });
    founder.ask(Request::Admit { claim: None }).unwrap();
    until("membership", || (state(&node) == MemberState::Member && node_writes(&node)).then_some(()));
    node
}

/// Whether the node's own log is open: its first records are the founder's and its own.
fn node_writes(node: &Node) -> bool {
    let Answer::Status(status) = node.ask(Request::Status).unwrap() else { panic!() };
    status.records > 1 && status.state == MemberState::Member
}

fn post(node: &Node, title: &str) {
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

#[test]
fn two_households_show_the_same_after_one_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let shen = founder(&folder.path().join("shen"));
    let home = folder.path().join("zhou");
    let zhou = admitted(&shen, &home, "3-1203 Zhou", "3-1203");
    post(&shen, "Water off");
    until("the first notice", || (digest(&shen) == digest(&zhou)).then_some(()));

    zhou.close();
    let zhou = Node::open(&home, Network::Off).unwrap();
    post(&zhou, "Poles are behind the stairs");
    post(&shen, "Sheets are ready");
    assert_ne!(digest(&shen), digest(&zhou));

    zhou.close();
    let zhou = Node::open(&home, Network::On).unwrap();
    until("both to show the same", || (digest(&shen) == digest(&zhou)).then_some(()));
    let Answer::Notices(notices) = zhou.ask(Request::Notices { all: false }).unwrap() else { panic!() };
    assert_eq!(notices.len(), 3);
}

#[test]
fn an_invite_is_good_for_one_newcomer_and_useless_without_approval() {
    let folder = tempfile::tempdir().unwrap();
    let shen = founder(&folder.path().join("shen"));
    let text = invite(&shen, "owner", Some("3-1203"));
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    join(&first, &text, "first", &settings()).unwrap();
    let first = Node::open(&first, Network::On).unwrap();
    until("the knock", || match shen.ask(Request::Claims).unwrap() {
        Answer::Claims(claims) => (claims.len() == 1).then_some(()),
        other => panic!("{other:?}"),
    });
    assert_eq!(state(&first), MemberState::Joining);
    join(&second, &text, "second", &settings()).unwrap();
    let second = Node::open(&second, Network::On).unwrap();
    until("the refusal", || match second.ask(Request::Status).unwrap() {
        Answer::Status(status) => (!status.warnings.is_empty()).then_some(()),
        other => panic!("{other:?}"),
    });
    let Answer::Claims(claims) = shen.ask(Request::Claims).unwrap() else { panic!() };
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].label, "first");
}
