//! Rule 24 over real nodes: what is private is settled, for its audience, by a public root that tells nobody when.

#![allow(clippy::unwrap_used)]

mod street;

use linli_node::chance::Clock;
use linli_node::vocabulary::LogLine;
use linli_store::{Settings, Store};
use street::{Home, same, until};

const DAY_MS: i64 = 86_400_000;
const KEY_GRANT: u16 = 96;
const COVERED: u16 = 103;

/// The height of the block that settled a message, as `home` sees it.
fn settled(home: &Home, text: &str) -> Option<u64> {
    let thread = home.thread("Keys")?;
    thread.messages.iter().find(|message| message.text == text)?.said.height
}

fn of_kind(home: &Home, kind: u16) -> Vec<LogLine> {
    home.log().into_iter().filter(|line| line.kind == kind).collect()
}

#[test]
fn rule_24_a_private_word_is_settled_for_its_audience_by_the_days_first_public_word() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::default();
    let shen = Home::founded_by(folder.path().join("shen"), clock.clone());
    let zhou =
        shen.admits_by(folder.path().join("zhou"), "owner", "3-1203 Zhou", Some("3-1203"), clock.clone());
    let wu = shen.admits_by(folder.path().join("wu"), "tenant", "2-102 Wu", Some("2-102"), clock.clone());
    same(&shen, &zhou);
    zhou.opens_audience("keys", "named", &["1-302 Shen"], false);
    zhou.opens_thread("Keys", Some("keys"));
    zhou.says("Keys", "on the first day");
    shen.awaits("on the first day");
    clock.advance(DAY_MS);
    zhou.post("the first public word of a day");
    zhou.says("Keys", "after that word");
    zhou.post("the second public word of that day");
    // A night's block settles what its witness holds: it is here before the night.
    same(&shen, &zhou);
    clock.advance(DAY_MS);
    let height = until(&shen, "the private word to be settled", || settled(&shen, "on the first day"));
    until(&zhou, "the same for its author", || {
        (settled(&zhou, "on the first day") == Some(height)).then_some(())
    });
    assert_eq!(settled(&zhou, "after that word"), None, "one root a day, and this came after it");
    assert_eq!(of_kind(&shen, COVERED).len(), 1);

    zhou.post("the next day's first");
    same(&shen, &zhou);
    clock.advance(DAY_MS);
    let later = until(&shen, "the later word to be settled", || settled(&shen, "after that word"));
    assert!(later > height);

    let before = of_kind(&zhou, KEY_GRANT).len();
    clock.advance(31 * DAY_MS);
    until(&zhou, "a month's silence to be broken", || {
        (of_kind(&zhou, KEY_GRANT).len() > before).then_some(())
    });

    same(&shen, &wu);
    assert!(wu.log().iter().all(|line| !line.sealed && line.kind != COVERED));
}

#[test]
fn nobody_counts_the_private_words_between_two_public_ones() {
    let folder = tempfile::tempdir().unwrap();
    let shen = Home::founded(folder.path().join("shen"));
    let wu = shen.admits(folder.path().join("wu"), "tenant", "2-102 Wu", Some("2-102"));
    shen.opens_audience("diary", "household", &[], false);
    shen.opens_thread("Diary", Some("diary"));
    shen.post("one");
    same(&shen, &wu);
    for at in 0..5 {
        shen.says("Diary", &format!("private {at}"));
    }
    shen.post("two");
    same(&shen, &wu);
    let (peer, Home { path, node, clock }) = (shen.status().node, wu);
    node.close();
    let told = {
        let store = Store::open(&path.join("store"), &Settings::with_cache(4 << 20)).unwrap();
        store.cursor(&peer).unwrap().map(|(_, arrivals)| arrivals).unwrap()
    };
    assert!(told > 1 << 32, "what a neighbour is told counts nothing: {told}");
    let wu = Home::opened(path, clock, linli_node::Network::On);
    shen.post("three");
    same(&shen, &wu);
}
