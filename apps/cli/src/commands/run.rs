//! `linli run` and `linli stop`: a node in the foreground, and its orderly end.

use linli_node::vocabulary::Request;
use linli_node::{Network, Node};
use linli_speech::exit::Failure;
use linli_speech::{Session, running};

use super::answer::Asking as _;

/// Runs the home's node until it is stopped.
pub(super) fn run(session: &Session) -> Result<(), Failure> {
    follow(Node::open(&session.home, Network::On)?, session)
}

/// Says how the node is, then what happens, until it ends.
pub(super) fn follow(node: Node, session: &Session) -> Result<(), Failure> {
    let followed = node.ask(Request::Status).map_err(Failure::from).and_then(|status| {
        session.answer(&status)?;
        running::follow(&node, session, |_| {})
    });
    node.close();
    followed
}

/// Ends the running node; the home is free when this returns.
pub(super) fn stop(session: &Session) -> Result<(), Failure> {
    session.answer(&linli_node::stop(&session.home)?)
}
