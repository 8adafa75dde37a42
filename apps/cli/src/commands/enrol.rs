//! `linli claims`, `linli admit`, `linli refuse`: who comes in.

use clap::Args;
use linli_node::vocabulary::{ClaimView, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, say, short};

use crate::commands::answer::Asking as _;

#[derive(Debug, Args)]
pub(crate) struct Admit {
    /// The claim's name, as `claims` shows it; the only one waiting when left out
    claim: Option<String>,
    /// Instead: a second owner's word that the seat of a household is right
    #[arg(long, value_name = "SEAT", conflicts_with = "claim")]
    confirm: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Refuse {
    /// The claim's name, as `claims` shows it
    claim: String,
}

/// Newcomers who knocked and wait.
pub(super) fn claims(session: &Session) -> Result<(), Failure> {
    session.show(Request::Claims)
}

impl Admit {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        match self.confirm {
            Some(household) => session.show(Request::Confirm { household }),
            None => session.show(Request::Admit { claim: self.claim }),
        }
    }
}

impl Refuse {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        session.show(Request::Refuse { claim: self.claim })
    }
}

/// The table of `linli claims`.
pub(super) fn list(views: &[ClaimView], page: &mut Page<'_>) {
    let speech = page.speech;
    if views.is_empty() {
        page.line(&say!(speech, "no-claims"));
    }
    let headings = [
        say!(speech, "head-claim"),
        say!(speech, "head-label"),
        say!(speech, "head-role"),
        say!(speech, "head-unit"),
        say!(speech, "head-device"),
        say!(speech, "head-status"),
    ];
    let rows = views.iter().map(|view| {
        vec![
            short(&view.claim),
            view.label.clone(),
            speech.word("role", &view.role),
            view.unit.clone().unwrap_or_default(),
            short(&view.device),
            speech.word("claim", &view.state),
        ]
    });
    page.table(&headings, rows);
}
