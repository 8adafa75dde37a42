//! `join`: from an invite to the first sync, with a word on where it stands. The same in every program; one that serves in a
//! single role takes no other's invite.

use std::io::Read as _;
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use linli_node::vocabulary::{Answer, Event, MemberState, Request, StatusView};
use linli_node::{Desk, Fault, FaultKind, Invite, KnockAnswer, Network, Node, Role};
use tokio::sync::broadcast::error::RecvError;

use crate::exit::Failure;
use crate::network::NetworkArgs;
use crate::page::{code, moment};
use crate::session::Session;
use crate::{asked_to_end, say, standing};

/// How often the node is asked where it stands, beside its own events.
const LOOK: Duration = Duration::from_secs(1);
/// A door that stays silent for so long is worth a word.
const QUIET: Duration = Duration::from_secs(10);
/// No invite is longer.
const INVITE_BYTES: u64 = 64 * 1024;

#[derive(Debug, Args)]
#[allow(missing_docs, reason = "the comment would be printed as the command's own")]
pub struct JoinArgs {
    /// The invite's text; `-` reads it from the standard input
    invite: String,
    /// What this home wants to be called; its unit when left out
    #[arg(long)]
    label: Option<String>,
    /// Only prepare the home: `run` knocks
    #[arg(long)]
    no_wait: bool,
    /// Give up waiting after so many seconds; the home stays prepared
    #[arg(long, value_name = "SECONDS", conflicts_with = "no_wait")]
    timeout: Option<u64>,
    #[command(flatten)]
    network: NetworkArgs,
}

/// How far joining came.
pub enum Joined {
    /// The home is made; whoever runs it knocks.
    Prepared,
    /// Admitted, and as far as its first neighbour; the node runs.
    Member(Box<Node>, Box<StatusView>),
}

impl JoinArgs {
    /// Prepares the home and waits until it is admitted and holds what its first neighbour holds; with `--no-wait` only
    /// prepares it, and says so. `only` is the one role this program serves in.
    ///
    /// # Errors
    /// When the invite does not read or is for another role, the home can't be made, or the wait ends in vain.
    pub fn join(self, session: &Session, only: Option<Role>) -> Result<Joined, Failure> {
        let text = if self.invite == "-" { standard_input()? } else { self.invite };
        let read = Invite::parse(&text).map_err(|error| {
            Fault::input("invite", error.to_string()).hint("paste the whole text that begins with LINLI1")
        })?;
        if let Some(only) = only.filter(|only| only.number() != read.role) {
            return Err(other_role(&code(&only)).into());
        }
        let called = || only.map(|role| session.speech.word("role", &code(&role)));
        let label = self.label.or_else(|| read.unit.clone()).or_else(called);
        let label = label.unwrap_or_else(|| say!(session.speech, "newcomer"));
        let invite = linli_node::join(&session.home, &text, &label, &self.network.settings())?;
        tell_invite(&invite, session);
        if self.no_wait {
            session.tell(&say!(session.speech, "join-next"));
            prepared(&invite, session)?;
            return Ok(Joined::Prepared);
        }
        let node = Node::open(&session.home, Network::On)?;
        match wait(&node, self.timeout.map(Duration::from_secs), session) {
            Ok(status) => Ok(Joined::Member(Box::new(node), Box::new(status))),
            Err(failure) => {
                node.close();
                Err(failure)
            }
        }
    }
}

/// `join` of a program that serves in one role only and has a `run` of its own.
///
/// # Errors
/// As [`JoinArgs::join`].
pub fn serve_as(role: Role, arguments: JoinArgs, session: &Session) -> Result<(), Failure> {
    let Joined::Member(node, status) = arguments.join(session, Some(role))? else { return Ok(()) };
    node.close();
    session.result(&Answer::Status(status.clone()), |page| standing::write(&status, page))?;
    session.tell(&say!(session.speech, "joined-next"));
    Ok(())
}

fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(INVITE_BYTES).read_to_string(&mut text);
    read.map_err(|error| {
        Fault::input("unreadable-file", "the standard input does not read").details([error.to_string()])
    })?;
    Ok(text.trim().to_owned())
}

fn other_role(role: &str) -> Fault {
    Fault::input("invite-role", format!("this invite is for another role than {role}"))
        .hint(format!("ask a registrar for one made with `linli invite --as {role}`"))
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
            ).hint("the home stays prepared: `run` goes on knocking").into()),
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
