//! Real nodes on loopback: joining, being cut off, coming back, showing the same.

#![allow(clippy::unwrap_used)]

mod street;

use linli_node::vocabulary::{Answer, MemberState, Request};
use linli_node::{Network, join};
use street::{Home, same, settings, until};

#[test]
fn two_households_show_the_same_after_one_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let zhou = shen.admits(folder.path().join("zhou"), "owner", "3-1203 Zhou", Some("3-1203"));
    shen.post("Water off");
    same(&shen, &zhou);

    let zhou = zhou.reopened(Network::Off);
    zhou.post("Poles are behind the stairs");
    shen.post("Sheets are ready");
    assert_ne!(shen.digest(), zhou.digest());

    let zhou = zhou.reopened(Network::On);
    same(&shen, &zhou);
    let Answer::Notices(notices) = zhou.ask(Request::Notices { all: false }) else { panic!() };
    assert_eq!(notices.len(), 3);
}

#[test]
fn an_invite_is_good_for_one_newcomer_and_useless_without_approval() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let text = shen.invite("owner", Some("3-1203"));
    let waits = |name: &str| {
        let path = folder.path().join(name);
        join(&path, &text, name, &settings()).unwrap();
        Home::opened(path, linli_node::chance::Clock::default(), Network::On)
    };
    let claims = || match shen.ask(Request::Claims) {
        Answer::Claims(claims) => claims,
        other => panic!("{other:?}"),
    };
    let first = waits("first");
    until(&shen, "the knock", || (claims().len() == 1).then_some(()));
    assert_eq!(first.status().state, MemberState::Joining);
    let second = waits("second");
    until(&second, "the refusal", || (!second.status().warnings.is_empty()).then_some(()));
    assert_eq!(claims().len(), 1);
    assert_eq!(claims()[0].label, "first");
}
