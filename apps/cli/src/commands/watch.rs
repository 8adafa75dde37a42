//! `linli watch`: what happens, a line an event.

use linli_community::kinds;
use linli_node::vocabulary::Event;
use linli_node::{Client, FaultKind, KnockAnswer, Network, Node};
use linli_record::Kind;

use super::run;
use crate::exit::Failure;
use crate::render::{safe, short};
use crate::say;
use crate::session::{Format, Session};
use crate::speech::Speech;

/// Follows the running node; without one, runs one meanwhile.
pub(super) fn run(session: &Session) -> Result<(), Failure> {
    match Node::open(&session.home, Network::On) {
        Ok(node) => {
            let followed = run::until_end(&node, |event| print(event, session));
            node.close();
            followed
        }
        Err(fault) if fault.kind == FaultKind::Busy => {
            let client = Client::find(&session.home).ok_or(fault)?;
            client.events()?.try_for_each(|event| print(&event, session))
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Prints one event as a result.
pub(super) fn print(event: &Event, session: &Session) -> Result<(), Failure> {
    let text = match session.format {
        Format::Json => serde_json::to_string(event).expect("plain fields"),
        Format::Words => safe(&line(event, &session.speech)).into_owned(),
    };
    session.out(&(text + "\n"))
}

/// One event in words.
pub(super) fn line(event: &Event, speech: &Speech) -> String {
    match event {
        Event::Record { object, kind, by, .. } => {
            let kind = speech.word("kind", &kinds::name(Kind::new(*kind)));
            say!(speech, "event-record", kind = kind, object = short(object), by = by.as_str())
        }
        Event::Block { height, happened } if happened.is_empty() => {
            say!(speech, "event-block-plain", height = *height)
        }
        Event::Block { height, happened } => {
            say!(speech, "event-block", height = *height, happened = speech.list(happened))
        }
        Event::Linked { node, name } => say!(speech, "event-linked", name = called(name, node)),
        Event::Unlinked { node, name } => say!(speech, "event-unlinked", name = called(name, node)),
        Event::Even { node } => say!(speech, "event-even", name = node.short()),
        Event::Knocked { claim, label, role, unit } => say!(
            speech,
            "event-knocked",
            label = label.as_str(),
            role = speech.word("role", role),
            unit = unit.as_deref().unwrap_or("-"),
            claim = short(claim)
        ),
        Event::Joining { answer } => match answer {
            KnockAnswer::Waiting => say!(speech, "join-waiting"),
            KnockAnswer::NeedsAnother => say!(speech, "join-needs-another"),
            KnockAnswer::Admitted => say!(speech, "join-syncing"),
            KnockAnswer::Refused => say!(speech, "join-refused"),
        },
        Event::Warning { code, message } => {
            let message = speech.known("warning", code).unwrap_or_else(|| message.clone());
            say!(speech, "warning", message = message)
        }
        Event::Lagged { missed } => say!(speech, "event-lagged", missed = *missed),
    }
}

fn called(name: &str, node: &impl ToString) -> String {
    if name.is_empty() { short(node) } else { name.to_owned() }
}
