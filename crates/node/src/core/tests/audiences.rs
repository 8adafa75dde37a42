//! Audiences when somebody means harm, or the power goes at the wrong moment.

use linli_community::content::Payload as _;
use linli_community::content::audience::{Audience, AudienceKind, AudienceView, Member};
use linli_community::content::grants::KeyGrant;
use linli_record::{AudienceId, RecordId};

use super::super::own::Saying;
use super::Here;
use crate::vocabulary::Request;

fn opens(home: &mut Here, name: &str, with: &[&str]) -> AudienceView {
    let households = with.iter().map(|name| (*name).to_owned()).collect();
    home.ask(Request::AudienceOpen { name: name.into(), kind: "named".into(), households, from_now: false });
    home.core.audience_named(name).expect("it opened")
}

fn view(home: &Here, audience: &AudienceId) -> AudienceView {
    home.core.audience(audience).expect("an audience")
}

/// Opens an audience that is opened already, with this household as its only member.
fn takes_over(home: &mut Here, audience: AudienceId) -> RecordId {
    let own = home.core.own_household().expect("a member");
    let key = home.core.ring.keys(&audience, 1).first().cloned().expect("it was a member");
    let (name, kind) = ("garden".to_owned(), AudienceKind::Named);
    let members = vec![Member::Household(own)];
    let opening = Audience { name, kind, members, newcomers_read: true, keepers: Vec::new() };
    let body = opening.body().expect("a body");
    let said = home.core.say_to(audience, (1, &key), Saying { draft: Audience::begin(), body });
    said.expect("a changed program says it")
}

#[test]
fn who_was_taken_out_of_an_audience_does_not_open_it_again_as_their_own() {
    let mut shen = Here::founded();
    let mut zhou = shen.admits("owner", "3-1203");
    let mut li = shen.admits("owner", "2-101");
    shen.gives(&mut zhou);
    let opened = opens(&mut shen, "garden", &["3-1203", "2-101"]);
    let audience = opened.audience;
    // A night's block settles the opening.
    shen.sleeps();
    shen.ask(Request::ThreadOpen { title: "a public word".into(), audience: None });
    shen.sleeps();
    shen.gives(&mut zhou);
    let remove = vec!["3-1203".to_owned()];
    shen.ask(Request::AudienceChange { audience: "garden".into(), add: Vec::new(), remove });
    let after = view(&shen, &audience);
    assert!(after.opened.height.is_some(), "the opening is settled");

    takes_over(&mut zhou, audience);
    // To one home it comes last, to the other first.
    zhou.gives(&mut shen);
    zhou.gives(&mut li);
    shen.gives(&mut li);
    for home in [&mut shen, &mut li] {
        assert_eq!(view(home, &audience).id, opened.id);
        home.restarts();
        assert_eq!(view(home, &audience).id, opened.id, "and after a restart");
        assert_eq!(view(home, &audience).newest(), after.newest());
        home.core.rebuild_ring().expect("a repair");
        home.core.commit_pending();
        assert_eq!(view(home, &audience).id, opened.id, "and after a repair");
    }
}

#[test]
fn a_key_whose_bytes_come_late_is_held_though_the_power_goes_right_then() {
    let mut shen = Here::founded();
    let mut zhou = shen.admits("owner", "3-1203");
    let opened = opens(&mut shen, "garden", &["3-1203"]);
    let grants = shen.core.every(KeyGrant::KIND).expect("the store reads");
    let grant = grants.last().expect("a grant").clone();
    // The record came without its payload, and more after it.
    let log = grant.log;
    let mut run: Vec<_> = {
        let from = zhou.core.store.tip(&log).map_or(0, |tip| tip.seq + 1);
        let held = shen.core.store.run(&log, from).expect("the log reads");
        held.into_iter().collect()
    };
    for raw in &mut run {
        raw.payload = None;
    }
    zhou.core.admit_run(None, &log, run);
    zhou.core.settle_down();
    opens(&mut zhou, "another", &[]);
    zhou.core.settle_down();
    assert!(zhou.core.ring.keys(&opened.audience, 1).is_empty());

    let payload = grant.payload().expect("its author holds it").to_vec();
    zhou.core.take_payload(grant.id(), payload);
    // The payload is durable; what was to be noted of it is not.
    let batch = std::mem::take(&mut zhou.core.pending.batch);
    zhou.core.write(batch).expect("the disk is good");
    zhou.core.recover();
    assert_eq!(zhou.core.ring.keys(&opened.audience, 1).len(), 1);
}
