//! `run`: follows and serves; verifies what it holds at the start, and again every so many days.

use std::path::PathBuf;
use std::time::Duration;

use linli_node::vocabulary::{Answer, Request};
use linli_node::{Desk, Fault, Network, Node};
use linli_speech::exit::Failure;
use linli_speech::{Session, running, say};

use crate::arguments::misunderstood;
use crate::verify::Report;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Runs the node until it is stopped. Damage does not stop it: whoever is served verifies too, and what is whole is wanted.
pub(crate) fn run(session: &Session, verify_every: u32) -> Result<(), Failure> {
    let node = Node::open(&session.home, Network::On)?;
    if verify_every > 0 {
        session.tell(&say!(session.speech, "verifying"));
        let report = node.runtime().block_on(verify(&node.desk(), session.home.clone()))?;
        if report.fault_count > 0 {
            session.warn(&say!(session.speech, "damage-held", count = report.fault_count));
        } else {
            session.tell(&say!(
                session.speech,
                "verified-at-start",
                records = report.records,
                blocks = report.blocks
            ));
        }
        node.runtime().spawn(keep_verifying(node.desk(), session.home.clone(), DAY * verify_every));
    }
    let followed = running::follow(&node, session, |_| {});
    node.close();
    followed
}

async fn keep_verifying(desk: Desk, home: PathBuf, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        match verify(&desk, home.clone()).await {
            Ok(report) if report.fault_count > 0 => {
                tracing::error!(faults = report.fault_count, "damage was found");
            }
            Ok(report) => tracing::info!(records = report.records, "verified"),
            Err(fault) => tracing::warn!(%fault, "the verification could not be made"),
        }
    }
}

async fn verify(desk: &Desk, home: PathBuf) -> Result<Report, Fault> {
    let Answer::Checked(checked) = desk.ask(Request::Check).await? else {
        return Err(misunderstood());
    };
    let Answer::Digest(digest) = desk.ask(Request::Digest).await? else { return Err(misunderstood()) };
    let report = Report::of(&checked, &digest);
    report.leave(&home);
    for again in report.wanted_again() {
        desk.ask(again).await?;
    }
    Ok(report)
}
