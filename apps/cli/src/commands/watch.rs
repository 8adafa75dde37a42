//! `linli watch`: what happens, a line an event.

use linli_community::kinds;
use linli_node::vocabulary::Event;
use linli_node::{Client, FaultKind, Network, Node};
use linli_record::Kind;
use linli_speech::exit::Failure;
use linli_speech::{Format, Session, Speech, running, safe, say, short};

/// Follows the running node; without one, runs one meanwhile.
pub(super) fn run(session: &Session) -> Result<(), Failure> {
    match Node::open(&session.home, Network::On) {
        Ok(node) => {
            let followed = running::until_end(&node, |event| print(event, session));
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
        Event::Even { node } => say!(speech, "event-even", name = node.short()),
        told_everywhere => running::line(told_everywhere, speech).unwrap_or_default(),
    }
}
