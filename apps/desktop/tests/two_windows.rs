//! Two households, two windows, two real nodes: from an invite to words that appear at the neighbour's by themselves.

#![allow(clippy::unwrap_used)]

mod household;

use household::Household;
use linli_desktop::view::{Reach, Stage};

/// An invite made in the founder's window.
fn invite(founder: &mut Household) -> String {
    founder.press("Estate");
    founder.press("Invite a neighbour");
    founder.write("Which unit", "3-1203");
    founder.press("Write the invite");
    founder.until("the invite", |desk| desk.shows("The invite as a code to scan"));
    founder.sitting().desk.window().invite.clone().unwrap().text
}

/// A newcomer who pasted it and knocks.
fn knock(home: &std::path::Path, invite: &str) -> Household {
    let mut newcomer = Household::sit_down(home);
    newcomer.press_beginning("Join.");
    newcomer.write("Invite", invite);
    newcomer.until("who invites", |desk| desk.shows_part("invites you to Guihuali, 3-1203"));
    newcomer.write("What neighbours call your household", "3-1203 Zhou");
    newcomer.press("Knock");
    newcomer.until("the bell", |desk| matches!(desk.sitting().desk.view().stage, Stage::Joining(_)));
    newcomer
}

#[test]
fn a_newcomer_knocks_is_let_in_and_reads_what_the_neighbour_posts() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut shen = Household::founds(first.path());
    let invite = invite(&mut shen);
    let mut zhou = knock(second.path(), &invite);

    shen.press("Estate, 1 unread");
    shen.press("Let in: 3-1203 Zhou");
    zhou.until("membership", |desk| desk.sitting().desk.view().stage == Stage::Home);

    shen.ask(linli_desktop::command::Command::Go(linli_desktop::command::Place::Today));
    shen.press("Post a notice");
    shen.write("Title", "Sheets are ready");
    shen.write("Text", "Please collect yours.");
    shen.press("Yes, it must be read");
    shen.press("Post");
    zhou.until("the notice, by itself", |desk| desk.shows("Open the notice: Sheets are ready"));
    assert_eq!(zhou.sitting().desk.view().status.reach, Reach::Building);

    zhou.press("I have read this: Sheets are ready");
    zhou.until("the acknowledgement here", |desk| desk.shows("Read"));
    shen.until("the acknowledgement there", |desk| desk.sitting().desk.view().notices[0].seen == 1);
}
