//! `linli status` and `linli today`.

use linli_node::vocabulary::{ForkView, PeerView, Request, StatusView};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, Speech, say, short, standing};

use crate::commands::answer::Asking as _;

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
    page.title(&standing::community(view, speech));
    let mut fields = standing::fields(view, speech);
    fields.push((say!(speech, "status-device"), short(&view.device)));
    fields.push((say!(speech, "status-node"), short(&view.node)));
    page.fields(&fields);
    if !view.peers.is_empty() {
        page.gap();
        peers(&view.peers, page);
    }
    forks(&view.forks, page);
    standing::warnings(view, page);
}

/// Logs with two histories: whose, since where, what proves it, what the register did.
fn forks(forks: &[ForkView], page: &mut Page<'_>) {
    let speech = page.speech;
    if !forks.is_empty() {
        page.gap();
    }
    for fork in forks {
        let mut parts = Vec::new();
        parts.extend(fork.own.then(|| say!(speech, "fork-own")));
        parts.extend(fork.seq.map(|seq| say!(speech, "fork-from", seq = seq)));
        parts.extend((fork.aside > 0).then(|| say!(speech, "fork-aside", count = fork.aside)));
        parts.push(match fork.proof {
            Some(proof) => say!(speech, "fork-proof", proof = short(&proof)),
            None => say!(speech, "fork-unproven"),
        });
        parts.push(if fork.settled { say!(speech, "fork-settled") } else { say!(speech, "fork-unsettled") });
        let (by, log) = (fork.by.as_str(), short(&fork.log));
        page.line(&say!(speech, "fork-of", by = by, log = log, what = speech.list(&parts)));
    }
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
