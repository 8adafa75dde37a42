//! `linli status` and `linli today`.

use linli_node::vocabulary::{PeerView, Request, StatusView};

use crate::exit::Failure;
use crate::render::phrase::{code, moment};
use crate::render::{Page, short};
use crate::say;
use crate::session::Session;
use crate::speech::Speech;

/// How the node is.
pub(super) fn run(session: &Session) -> Result<(), Failure> {
    session.show(Request::Status)
}

/// The newest of everything.
pub(super) fn today(session: &Session) -> Result<(), Failure> {
    session.show(Request::Today)
}

/// The page of `linli status`.
pub(super) fn show(view: &StatusView, page: &mut Page<'_>) {
    let speech = page.speech;
    page.title(&community(view, speech));
    page.fields(&[
        (say!(speech, "status-household"), household(view, speech)),
        (say!(speech, "status-state"), speech.word("member", &code(&view.state))),
        (say!(speech, "status-settled"), settled(view, speech)),
        (say!(speech, "status-records"), view.records.to_string()),
        (say!(speech, "status-copies"), view.copies.to_string()),
        (say!(speech, "status-addresses"), speech.list(&view.addresses)),
        (say!(speech, "status-device"), short(&view.device)),
        (say!(speech, "status-node"), short(&view.node)),
    ]);
    if !view.peers.is_empty() {
        page.gap();
        peers(&view.peers, page);
    }
    for warning in &view.warnings {
        page.gap();
        page.line(&say!(speech, "warning", message = warning.as_str()));
    }
}

fn community(view: &StatusView, speech: &Speech) -> String {
    if view.name.is_empty() {
        say!(speech, "status-unnamed", id = short(&view.community))
    } else {
        view.name.clone()
    }
}

fn household(view: &StatusView, speech: &Speech) -> String {
    let role = speech.word("role", &view.role);
    let unit = view.unit.as_deref().unwrap_or("-");
    say!(speech, "status-household-is", label = view.label.as_str(), unit = unit, role = role)
}

fn settled(view: &StatusView, speech: &Speech) -> String {
    let text = match (view.head, view.settled_until_ms) {
        (Some((height, _)), Some(ms)) => {
            say!(speech, "status-settled-until", height = height, time = moment(ms))
        }
        (Some((height, _)), None) => say!(speech, "status-settled-height", height = height),
        (None, _) => say!(speech, "status-nothing-settled"),
    };
    let mut texts = vec![text];
    if view.witness {
        texts.push(say!(speech, "status-witness"));
    }
    if let Some(what) = &view.waiting_for {
        texts.push(say!(speech, "status-waiting-for", what = what.as_str()));
    }
    speech.list(&texts)
}

fn peers(peers: &[PeerView], page: &mut Page<'_>) {
    let speech = page.speech;
    let headings = [
        say!(speech, "head-neighbour"),
        say!(speech, "head-role"),
        say!(speech, "head-path"),
        say!(speech, "head-behind"),
    ];
    let rows = peers.iter().map(|peer| {
        let name = if peer.name.is_empty() { short(&peer.node) } else { peer.name.clone() };
        vec![name, speech.word("role", &peer.role), path(peer, speech), behind(peer, speech)]
    });
    page.table(&headings, rows);
}

fn path(peer: &PeerView, speech: &Speech) -> String {
    let Some(path) = &peer.path else { return "-".to_owned() };
    let (address, rtt) = (path.address.as_str(), path.rtt_ms);
    if path.relayed {
        say!(speech, "path-relayed", address = address, rtt = rtt)
    } else {
        say!(speech, "path-direct", address = address, rtt = rtt)
    }
}

fn behind(peer: &PeerView, speech: &Speech) -> String {
    match (peer.live, peer.behind) {
        (false, _) => say!(speech, "behind-opening"),
        (true, 0) => say!(speech, "behind-even"),
        (true, count) => say!(speech, "behind-by", count = count),
    }
}
