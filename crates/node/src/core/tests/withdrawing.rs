//! Taking back what one said, however long ago.

use linli_community::content::notice::Notice;
use linli_community::content::{Mark, Payload as _, Scope, notice};
use linli_record::RecordId;

use super::super::own::Saying;
use super::Here;
use crate::vocabulary::Request;

fn saying(title: &str) -> Saying {
    let notice = Notice {
        title: title.to_owned(),
        text: String::new(),
        scope: Scope::Estate,
        expires_ms: None,
        must_read: false,
        replaces: None,
        captions: Vec::new(),
    };
    Saying { draft: Notice::begin(), body: notice.body().expect("a body") }
}

fn withdraw(home: &mut Here, record: &RecordId) {
    home.ask(Request::Withdraw { record: record.short(), reason: "a mistake".into() });
}

fn mark(home: &Here, notice: &RecordId) -> Option<Mark> {
    home.core.with_entries(notice, notice::fold).expect("the store reads").expect("a notice").mark
}

#[test]
fn whoever_says_much_takes_back_the_newest_and_the_oldest() {
    let mut shen = Here::founded();
    let notices = (0..4_200).map(|number| saying(&format!("notice {number}"))).collect();
    let said = shen.core.say_all(notices).expect("they are said");
    for id in [said[0], said[4_199]] {
        withdraw(&mut shen, &id);
        assert!(mark(&shen, &id).is_some());
    }
}

#[test]
fn a_home_that_goes_on_in_a_new_log_takes_back_what_it_said_in_the_old_one() {
    let mut shen = Here::founded();
    let mut zhou = shen.admits("owner", "3-1203");
    let theirs = shen.core.say(saying("not Zhou's")).expect("it is said");
    let own = zhou.core.say(saying("a mistake")).expect("it is said");
    shen.gives(&mut zhou);
    zhou.core.begin_new_life().expect("a new life");
    withdraw(&mut zhou, &own);
    assert!(mark(&zhou, &own).is_some());
    let refused = zhou.core.ask(Request::Withdraw { record: theirs.short(), reason: String::new() });
    assert_eq!(refused.expect_err("others' words are theirs").code, "not-the-author");
}

#[test]
fn what_was_taken_back_is_erased_once_that_is_settled_and_shows_the_same() {
    let mut shen = Here::founded();
    let mut zhou = shen.admits("owner", "3-1203");
    let said = shen.core.say(saying("a neighbour's secret")).expect("it is said");
    let bytes = shen.core.store.record(&said).expect("it reads").expect("it is held");
    shen.gives(&mut zhou);
    let others = zhou.core.ask(Request::Withdraw { record: said.short(), reason: String::new() });
    assert!(others.is_err(), "only its author takes it back");
    withdraw(&mut shen, &said);
    let held =
        |home: &Here| home.core.store.record(&said).expect("it reads").expect("it stays").payload().is_some();
    assert!(held(&shen), "an unsettled word erases nothing");
    shen.gives(&mut zhou);

    shen.sleeps();
    assert!(!held(&shen), "its bytes are gone, its header stays");
    shen.gives(&mut zhou);
    assert!(!held(&zhou));
    assert!(mark(&shen, &said).is_some());
    assert_eq!(mark(&zhou, &said), mark(&shen, &said));
    let digest = shen.ask(Request::Digest);
    let payload = bytes.payload().expect("its author held it").to_vec();
    shen.core.take_payload(said, payload);
    shen.core.settle_down();
    assert!(!held(&shen), "nor are they taken again");
    shen.ask(Request::Repair);
    assert!(!held(&shen));
    assert_eq!(shen.ask(Request::Digest), digest);
}
