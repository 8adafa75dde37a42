//! `linli run` and `linli stop`: a node in the foreground, and its orderly end.

use std::time::Duration;

use linli_node::vocabulary::{Event, Request};
use linli_node::{Network, Node};
use tokio::sync::broadcast::error::RecvError;

use super::watch;
use crate::exit::Failure;
use crate::session::{Format, Session};
use crate::{say, signal};

/// How soon a node that was asked to stop is noticed.
const LOOK: Duration = Duration::from_millis(200);

/// Runs the home's node until it is stopped.
pub(super) fn run(session: &Session) -> Result<(), Failure> {
    follow(Node::open(&session.home, Network::On)?, session)
}

/// Says how the node is, then what happens, until it ends.
pub(super) fn follow(node: Node, session: &Session) -> Result<(), Failure> {
    session.answer(&node.ask(Request::Status)?)?;
    session.tell(&say!(session.speech, "running", home = session.home.display().to_string()));
    let followed = until_end(&node, |event| match session.format {
        Format::Json => watch::print(event, session),
        Format::Words => {
            if is_for_the_operator(event) {
                session.tell(&watch::line(event, &session.speech));
            }
            Ok(())
        }
    });
    node.close();
    session.tell(&say!(session.speech, "stopped"));
    followed
}

/// Who comes and goes, who knocks, what is wrong; the records themselves are for `linli watch`.
const fn is_for_the_operator(event: &Event) -> bool {
    matches!(
        event,
        Event::Linked { .. }
            | Event::Unlinked { .. }
            | Event::Knocked { .. }
            | Event::Joining { .. }
            | Event::Warning { .. }
    )
}

/// Gives every event to `heard` until the node ends or the person ends it.
pub(super) fn until_end(
    node: &Node,
    mut heard: impl FnMut(&Event) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut events = node.events();
    node.runtime().clone().block_on(async {
        let end = signal::asked_to_end();
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

/// Ends the running node.
pub(super) fn stop(session: &Session) -> Result<(), Failure> {
    match linli_node::Client::find(&session.home) {
        Some(client) => {
            let answer = client.ask(&Request::Stop)?;
            session.answer(&answer)
        }
        None => Err(linli_node::Fault::stopped().hint("nothing is running in this home").into()),
    }
}
