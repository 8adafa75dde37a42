//! Rule 22: a newcomer whose approvers hold settled office is served before a block names it, and decides nothing.

#![allow(clippy::unwrap_used)]

mod homes;

use linli_node::vocabulary::{Answer, MemberState, Request};
use linli_node::{Network, Node, join};

fn invite_as(node: &Node, role: &str, unit: Option<&str>) -> String {
    let request = Request::Invite { role: role.into(), unit: unit.map(Into::into) };
    let Answer::Invite(invite) = node.ask(request).unwrap() else { panic!() };
    invite.text
}

fn threads(node: &Node) -> Vec<String> {
    let Answer::Threads(threads) = node.ask(Request::Threads).unwrap() else { panic!() };
    threads.into_iter().map(|thread| thread.title).filter(|title| !title.is_empty()).collect()
}

fn talk(node: &Node, title: &str) {
    let opened = Request::ThreadOpen { title: title.into(), audience: None };
    node.ask(opened).unwrap();
}

fn knock(host: &Node, home: &std::path::Path, role: &str, unit: Option<&str>) -> Node {
    join(home, &invite_as(host, role, unit), role, &homes::settings()).unwrap();
    let node = Node::open(home, Network::On).unwrap();
    homes::until("the knock", || match host.ask(Request::Claims).unwrap() {
        Answer::Claims(claims) => (!claims.is_empty()).then_some(()),
        other => panic!("{other:?}"),
    });
    host.ask(Request::Admit { claim: None }).unwrap();
    node
}

#[test]
fn a_newcomer_admitted_while_the_witness_is_away_reads_current_notices_and_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let shen = homes::founder(&at("shen"));
    let he = knock(&shen, &at("he"), "clerk", None);
    homes::until("membership", || (homes::status(&he).state == MemberState::Member).then_some(()));
    homes::post(&shen, "Water off on Tuesday");
    talk(&shen, "Last year's osmanthus");
    homes::until("the clerk to be even", || (homes::digest(&shen) == homes::digest(&he)).then_some(()));
    // The only witness is away: no block will name whom the clerk lets in.
    shen.close();
    let wu = knock(&he, &at("wu"), "tenant", Some("3-1203"));
    homes::until("the current notice", || (homes::titles(&wu) == ["Water off on Tuesday"]).then_some(()));
    talk(&he, "Who has a ladder?");
    homes::until("what is new", || threads(&wu).contains(&"Who has a ladder?".to_owned()).then_some(()));
    assert_eq!(threads(&wu), ["Who has a ladder?"], "no archive");
    assert_eq!(homes::status(&wu).state, MemberState::Joining);
    // It says nothing, approves nothing.
    let fault = wu.ask(Request::Admit { claim: None }).unwrap_err();
    assert!(["not-joined", "nobody-waiting"].contains(&fault.code.as_str()), "{fault:?}");
    let opened = Request::ThreadOpen { title: "Me too".into(), audience: None };
    assert_eq!(wu.ask(opened).unwrap_err().code, "not-joined");

    let shen = Node::open(&at("shen"), Network::On).unwrap();
    homes::until("a block that names it", || (homes::status(&wu).state == MemberState::Member).then_some(()));
    talk(&wu, "Thank you");
    homes::until("its first word", || threads(&shen).contains(&"Thank you".to_owned()).then_some(()));
}

#[test]
fn a_second_approver_sees_and_completes_an_admission_while_the_witness_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let shen = homes::founder(&at("shen"));
    let he = knock(&shen, &at("he"), "clerk", None);
    let zhou = knock(&shen, &at("zhou"), "owner", Some("3-1203"));
    let lin = knock(&shen, &at("lin"), "owner", Some("2-501"));
    for home in [&he, &zhou, &lin] {
        homes::until("membership", || (homes::status(home).state == MemberState::Member).then_some(()));
    }
    for home in [&he, &zhou] {
        homes::until("even", || (homes::digest(&shen) == homes::digest(home)).then_some(()));
    }
    homes::until("a link of the two", || (homes::status(&he).peers.len() > 2).then_some(()));
    shen.close();
    lin.close();
    let wu = knock(&he, &at("wu"), "owner", Some("2-102"));
    let claims = || match zhou.ask(Request::Claims).unwrap() {
        Answer::Claims(claims) => claims,
        other => panic!("{other:?}"),
    };
    homes::until("the claim at the second approver's", || (claims().len() == 1).then_some(()));
    assert_eq!((claims()[0].label.as_str(), claims()[0].state.as_str()), ("owner", "needs-another"));
    let Answer::Proposals(open) = zhou.ask(Request::Proposals).unwrap() else { panic!() };
    assert_eq!((open.len(), open[0].needs.as_str()), (1, "second-approver"));
    zhou.ask(Request::Admit { claim: None }).unwrap();
    homes::until("nobody to wait", || claims().is_empty().then_some(()));
    assert_eq!(homes::status(&wu).state, MemberState::Joining, "no block names it yet");

    let shen = Node::open(&at("shen"), Network::On).unwrap();
    homes::until("a block that names it", || (homes::status(&wu).state == MemberState::Member).then_some(()));
    homes::until("all to show the same", || (homes::digest(&shen) == homes::digest(&wu)).then_some(()));
}
