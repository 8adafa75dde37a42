//! A home begins: founded, reopened, asked.

#![allow(clippy::unwrap_used)]

use linli_community::content::Scope;
use linli_node::vocabulary::{Answer, NoticePost, Request};
use linli_node::{Door, Founding, Settings, found};

fn guihuali() -> Founding {
    Founding {
        name: "Guihuali".into(),
        unit: "1-302".into(),
        label: "1-302 Lin".into(),
        language: "zh-CN".into(),
    }
}

fn post(title: &str) -> Request {
    Request::NoticePost(NoticePost {
        replaces: None,
        title: title.into(),
        text: "Tomorrow from nine to eleven.".into(),
        scope: Scope::Estate,
        must_read: true,
        days: None,
    })
}

#[test]
fn a_founder_alone_posts_a_notice_and_finds_it_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("lin");
    let Answer::Status(status) = found(&home, &guihuali(), &Settings::default()).unwrap() else { panic!() };
    assert_eq!(status.head.map(|(height, _)| height), Some(0), "the founding block is made at once");
    let door = Door::open(&home).unwrap();
    let Answer::Said { record, .. } = door.ask(post("Water off")).unwrap() else { panic!() };
    let Answer::Digest(before) = door.ask(Request::Digest).unwrap() else { panic!() };
    drop(door);

    let door = Door::open(&home).unwrap();
    let Answer::Notices(notices) = door.ask(Request::Notices { all: false }).unwrap() else { panic!() };
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].id, record);
    let Answer::Digest(after) = door.ask(Request::Digest).unwrap() else { panic!() };
    assert_eq!(before.of.digest, after.of.digest);
    let Answer::Checked(checked) = door.ask(Request::Repair).unwrap() else { panic!() };
    assert_eq!((checked.records, checked.faults.as_slice()), (2, &[][..]));
    let repaired = checked.repaired.unwrap();
    assert_eq!((repaired.before, repaired.after), (Some(before.of.digest), Some(before.of.digest)));
    let Answer::Digest(repaired) = door.ask(Request::Digest).unwrap() else { panic!() };
    assert_eq!(before.of.digest, repaired.of.digest, "incremental equals from scratch");
}

#[test]
fn a_second_founding_in_the_same_folder_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    found(folder.path(), &guihuali(), &Settings::default()).unwrap();
    let fault = found(folder.path(), &guihuali(), &Settings::default()).unwrap_err();
    assert_eq!(fault.code, "home-exists");
}
