//! A node that runs in the foreground: what an operator wants to hear of it, and its orderly end.

use std::time::Duration;

use linli_node::vocabulary::Event;
use linli_node::{KnockAnswer, Node};
use tokio::sync::broadcast::error::RecvError;

use crate::exit::Failure;
use crate::page::short;
use crate::session::{Format, Session};
use crate::texts::Speech;
use crate::{asked_to_end, say, standing};

/// How soon a node that was asked to stop is noticed.
const LOOK: Duration = Duration::from_millis(200);

/// Says what happens, until the person or the node itself ends it; each event is `heard` too.
///
/// # Errors
/// When nobody reads what is said.
pub fn follow(node: &Node, session: &Session, mut heard: impl FnMut(&Event)) -> Result<(), Failure> {
    session.tell(&say!(session.speech, "running", home = session.home.display().to_string()));
    let followed = until_end(node, |event| {
        heard(event);
        tell(event, session)
    });
    session.tell(&say!(session.speech, "stopped"));
    followed
}

/// Gives every event to `heard` until the node ends or the person ends it.
///
/// # Errors
/// What `heard` returns.
pub fn until_end(node: &Node, mut heard: impl FnMut(&Event) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut events = node.events();
    node.runtime().clone().block_on(async {
        let end = asked_to_end();
        tokio::pin!(end);
        let mut look = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                () = &mut end => return Ok(()),
                _ = look.tick() => if node.has_ended() { return Ok(()) },
                event = events.recv() => match event {
                    Ok(event) => heard(&event)?,
                    Err(RecvError::Lagged(missed)) => heard(&Event::Lagged { missed })?,
                    Err(RecvError::Closed) => return Ok(()),
                },
            }
        }
    })
}

/// Who comes and goes, where joining stands, what is wrong; programs are told everything.
fn tell(event: &Event, session: &Session) -> Result<(), Failure> {
    if session.format == Format::Json {
        return session.out(&(serde_json::to_string(event).expect("plain fields") + "\n"));
    }
    if let Some(line) = line(event, &session.speech) {
        session.tell(&line);
    }
    Ok(())
}

/// An event in words, if it is for whoever keeps the node running; records and blocks are not.
#[must_use]
pub fn line(event: &Event, speech: &Speech) -> Option<String> {
    Some(match event {
        Event::Linked { node, name } => say!(speech, "event-linked", name = called(name, node)),
        Event::Unlinked { node, name } => say!(speech, "event-unlinked", name = called(name, node)),
        Event::Joining { answer } => match answer {
            KnockAnswer::Waiting => say!(speech, "join-waiting"),
            KnockAnswer::NeedsAnother => say!(speech, "join-needs-another"),
            KnockAnswer::Admitted => say!(speech, "join-syncing"),
            KnockAnswer::Refused => say!(speech, "join-refused"),
        },
        Event::Warning { code, message } => {
            say!(speech, "warning", message = standing::told(code, message, speech))
        }
        Event::Busy(busy) => standing::busy(busy, speech),
        Event::Lagged { missed } => say!(speech, "event-lagged", missed = *missed),
        Event::Knocked { claim, label, role, unit } => say!(
            speech,
            "event-knocked",
            label = label.as_str(),
            role = speech.word("role", role),
            unit = unit.as_deref().unwrap_or("-"),
            claim = short(claim)
        ),
        Event::Record { .. } | Event::Block { .. } | Event::Even { .. } => return None,
    })
}

fn called(name: &str, node: &impl ToString) -> String {
    if name.is_empty() { short(node) } else { name.to_owned() }
}
