//! What lists show is what the records say: after every step, after a restart, and after a repair.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use linli_community::content::Scope;
use linli_node::vocabulary::{Answer, NoticePost, Request, RequestOpen};
use linli_node::{Founding, Network, Node, Settings, found};
use linli_record::RecordId;

fn home(root: &Path) -> Node {
    let founding = Founding {
        name: "Guihuali".into(),
        unit: "1-302".into(),
        label: "1-302 Shen".into(),
        language: "zh-CN".into(),
    };
    let settings = Settings { listen: "127.0.0.1:0".into(), discover: false, ..Settings::default() };
    found(root, &founding, &settings).unwrap();
    Node::open(root, Network::Off).unwrap()
}

fn say(node: &Node, request: Request) -> RecordId {
    match node.ask(request).unwrap() {
        Answer::Said { record, .. } => record,
        other => panic!("{other:?}"),
    }
}

/// Every list.
fn lists(node: &Node) -> Vec<Answer> {
    let asked = [
        Request::Notices { all: true },
        Request::RollCalls,
        Request::Requests,
        Request::Stories,
        Request::Threads,
    ];
    asked.into_iter().map(|request| node.ask(request).unwrap()).collect()
}

/// Every list again, each object folded from its records alone.
fn folded(node: &Node, listed: &[Answer]) -> Vec<Answer> {
    let one = |request: Request| node.ask(request).unwrap();
    let text = |id: &RecordId| id.to_string();
    listed
        .iter()
        .map(|list| match list {
            Answer::Notices(views) => Answer::Notices(
                views
                    .iter()
                    .map(|view| match one(Request::Notice { notice: text(&view.id) }) {
                        Answer::Notice(view) => *view,
                        other => panic!("{other:?}"),
                    })
                    .collect(),
            ),
            Answer::Requests(views) => Answer::Requests(
                views
                    .iter()
                    .map(|view| match one(Request::Request { request: text(&view.id) }) {
                        Answer::Request(view) => *view,
                        other => panic!("{other:?}"),
                    })
                    .collect(),
            ),
            Answer::Threads(views) => Answer::Threads(
                views
                    .iter()
                    .map(|view| match one(Request::Thread { thread: text(&view.id) }) {
                        Answer::Thread(view) => *view,
                        other => panic!("{other:?}"),
                    })
                    .collect(),
            ),
            Answer::Stories(views) => Answer::Stories(
                views
                    .iter()
                    .map(|view| match one(Request::Story { story: text(&view.id) }) {
                        Answer::Story(view) => *view,
                        other => panic!("{other:?}"),
                    })
                    .collect(),
            ),
            Answer::RollCalls(views) => Answer::RollCalls(
                views
                    .iter()
                    .map(|view| match one(Request::RollCall { roll_call: text(&view.id) }) {
                        Answer::RollCall(view) => *view,
                        other => panic!("{other:?}"),
                    })
                    .collect(),
            ),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[track_caller]
fn agrees(node: &Node) -> Vec<Answer> {
    let listed = lists(node);
    assert_eq!(listed, folded(node, &listed), "lists show what the records say");
    assert_eq!(listed, lists(node), "and go on showing it");
    listed
}

fn notice(title: &str, replaces: Option<RecordId>) -> Request {
    Request::NoticePost(NoticePost {
        title: title.into(),
        text: "the water is cut from nine to eleven".into(),
        scope: Scope::Everyone,
        days: None,
        must_read: true,
        replaces: replaces.map(|id| id.to_string()),
    })
}

/// A decision of power: the next block settles it and everything said before.
fn settle(node: &Node, unit: &str) {
    let csv = format!(
        "unit,building,stair,floor,area_m2,area_basis,owner_id,owner_name,status\n\
         1-302,1,1,3,89.50,register,a,,owned\n{unit},9,1,1,89.50,register,b,,owned\n"
    );
    node.ask(Request::RollImport { csv: csv.into(), dry_run: false, shrink: true }).unwrap();
}

#[test]
fn lists_follow_every_word_every_block_and_every_restart() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("home");
    let node = home(&root);
    agrees(&node);
    let first = say(&node, notice("water", None));
    let thread = say(&node, Request::ThreadOpen { title: "lift".into(), audience: None });
    let open = RequestOpen {
        title: "lamp".into(),
        text: "dark".into(),
        category: String::new(),
        place: "stair 2".into(),
        picture: None,
    };
    let lamp = say(&node, Request::RequestOpen(open));
    say(&node, Request::StoryWrite { title: "the tree".into(), text: "older than the house".into() });
    let before = agrees(&node);

    for word in ["it stands still", "again"] {
        say(&node, Request::Say { thread: thread.to_string(), text: word.into(), reply_to: None });
        agrees(&node);
    }
    say(&node, notice("water, later", Some(first)));
    say(&node, Request::RequestStep { request: lamp.to_string(), step: "taken".into(), text: String::new() });
    let said = agrees(&node);
    assert_ne!(before, said);

    settle(&node, "9-101");
    let settled = agrees(&node);
    assert_ne!(said, settled, "a block shows in the lists");
    let last = say(&node, Request::Say { thread: thread.to_string(), text: "oops".into(), reply_to: None });
    agrees(&node);
    say(&node, Request::Withdraw { record: last.to_string(), reason: String::new() });
    let withdrawn = agrees(&node);
    node.close();

    let node = Node::open(&root, Network::Off).unwrap();
    assert_eq!(agrees(&node), withdrawn, "a restart shows the same");
    say(&node, Request::Say { thread: thread.to_string(), text: "after the restart".into(), reply_to: None });
    let after = agrees(&node);
    assert_ne!(after, withdrawn, "what was kept before the restart is forgotten when it changes");
    node.ask(Request::Repair).unwrap();
    assert_eq!(agrees(&node), after, "a repair makes the same lists from the records alone");
    settle(&node, "9-102");
    agrees(&node);
}

#[test]
fn a_list_shows_the_newest_and_lets_the_oldest_go() {
    let folder = tempfile::tempdir().unwrap();
    let node = home(&folder.path().join("home"));
    for number in 0..203 {
        say(&node, Request::ThreadOpen { title: format!("thread {number}"), audience: None });
        if number == 100 {
            agrees(&node);
        }
    }
    let Answer::Threads(threads) = node.ask(Request::Threads).unwrap() else { panic!("threads") };
    let titles: Vec<&str> = threads.iter().map(|thread| thread.title.as_str()).collect();
    let expected: Vec<String> = (3..203).rev().map(|number| format!("thread {number}")).collect();
    assert_eq!(titles, expected);
    say(&node, Request::ThreadOpen { title: "one more".into(), audience: None });
    let Answer::Threads(threads) = node.ask(Request::Threads).unwrap() else { panic!("threads") };
    assert_eq!((threads.len(), threads[0].title.as_str()), (200, "one more"));
}
