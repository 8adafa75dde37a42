//! `linli join`: from an invite to the first sync, with a word on where it stands.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use linli_node::vocabulary::{Answer, Event, MemberState, Request, StatusView};
use linli_node::{Desk, Fault, FaultKind, Invite, KnockAnswer, Network, Node};
use linli_speech::exit::Failure;
use linli_speech::{Session, asked_to_end, moment, say};
use tokio::sync::broadcast::error::RecvError;

use super::{run, shared};
use crate::commands::answer::Asking as _;

/// How often the node is asked where it stands, beside its own events.
const LOOK: Duration = Duration::from_secs(1);

/// A door that stays silent for so long is worth a word.
const QUIET: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(crate) struct Join {
    /// The invite's text; `-` reads it from the standard input
    invite: String,
    /// What the household wants to be called; its unit when left out
    #[arg(long)]
    label: Option<String>,
    /// Keep running once admitted
    #[arg(long, conflicts_with = "no_wait")]
    run: bool,
    /// Only prepare the home: `linli run` knocks
    #[arg(long)]
    no_wait: bool,
    /// Give up waiting after so many seconds; the home stays prepared
    #[arg(long, value_name = "SECONDS", conflicts_with = "no_wait")]
    timeout: Option<u64>,
    #[command(flatten)]
    network: shared::NetworkArgs,
}

impl Join {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let text = if self.invite == "-" { shared::read_text(Path::new("-"))? } else { self.invite };
        let label = self.label.or_else(|| Invite::parse(&text).ok()?.unit);
        let label = label.unwrap_or_else(|| say!(session.speech, "newcomer"));
        let invite = linli_node::join(&session.home, &text, &label, &self.network.settings())?;
        tell_invite(&invite, session);
        if self.no_wait {
            session.tell(&say!(session.speech, "join-prepared"));
            return prepared(&invite, session);
        }
        let node = Node::open(&session.home, Network::On)?;
        let waited = wait(&node, self.timeout.map(Duration::from_secs), session);
        if waited.is_ok() && self.run {
            return run::follow(node, session);
        }
        node.close();
        session.answer(&Answer::Status(Box::new(waited?)))
    }
}

fn tell_invite(invite: &Invite, session: &Session) {
    let (name, from) = (invite.name.as_str(), invite.from.as_str());
    let until = moment(invite.expires_ms);
    session.tell(&say!(session.speech, "join-invite", name = name, from = from, until = until));
}

fn prepared(invite: &Invite, session: &Session) -> Result<(), Failure> {
    let value = serde_json::json!({
        "community": invite.community,
        "name": invite.name,
        "unit": invite.unit,
        "from": invite.from,
        "expires_ms": invite.expires_ms,
    });
    let answer = serde_json::json!({ "answer": "prepared", "value": value });
    session.result(&answer, |page| {
        page.line(&say!(page.speech, "prepared", home = session.home.display().to_string()));
    })
}

/// Waits until the newcomer is admitted and holds what its first neighbour holds.
fn wait(node: &Node, limit: Option<Duration>, session: &Session) -> Result<StatusView, Failure> {
    let bar = session.progress(&say!(session.speech, "join-knocking"));
    let (desk, events) = (node.desk(), node.events());
    let waited = node.runtime().clone().block_on(async {
        tokio::select! {
            status = in_step(&desk, events, &bar, session) => status,
            () = asked_to_end() => Err(Failure::Interrupted),
            () = after(limit) => Err(Fault::new(
                FaultKind::Waiting,
                "not-admitted-yet",
                "nobody has admitted this home yet",
            ).hint("the home stays prepared: `linli run` goes on knocking").into()),
        }
    });
    bar.finish_and_clear();
    waited
}

async fn after(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}

async fn in_step(
    desk: &Desk,
    mut events: tokio::sync::broadcast::Receiver<Event>,
    bar: &ProgressBar,
    session: &Session,
) -> Result<StatusView, Failure> {
    let mut look = tokio::time::interval(LOOK);
    let mut last = None;
    let mut quiet = Box::pin(tokio::time::sleep(QUIET));
    loop {
        tokio::select! {
            () = &mut quiet, if last.is_none() => {
                bar.suspend(|| session.tell(&say!(session.speech, "join-nobody-answers")));
                quiet.as_mut().reset(tokio::time::Instant::now() + QUIET * 10);
            }
            event = events.recv() => match event {
                Ok(Event::Joining { answer }) => {
                    if last.replace(answer) != Some(answer) {
                        knocked(answer, bar, session)?;
                    }
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Err(Fault::stopped().into()),
            },
            _ = look.tick() => {}
        }
        if let Answer::Status(status) = desk.ask(Request::Status).await?
            && status.state == MemberState::Member
            && status.peers.iter().any(|peer| peer.live && peer.behind == 0)
        {
            return Ok(*status);
        }
    }
}

/// Says where the joining stands; a refusal ends the wait.
fn knocked(answer: KnockAnswer, bar: &ProgressBar, session: &Session) -> Result<(), Failure> {
    let speech = &session.speech;
    let text = match answer {
        KnockAnswer::Waiting => say!(speech, "join-waiting"),
        KnockAnswer::NeedsAnother => say!(speech, "join-needs-another"),
        KnockAnswer::Admitted => say!(speech, "join-syncing"),
        KnockAnswer::Refused => {
            let fault = Fault::not_allowed("invite-refused", "the community does not take this invite");
            return Err(fault.hint("ask for a new invite").into());
        }
    };
    bar.set_message(text.clone());
    bar.suspend(|| session.tell(&text));
    Ok(())
}
