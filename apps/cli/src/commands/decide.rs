//! `linli decide`: proposals of the registrars, and who approved them.

use clap::Subcommand;
use linli_node::Fault;
use linli_node::vocabulary::{Answer, ProposalView, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, say, short};

use crate::commands::answer::Asking as _;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Open proposals
    List,
    /// One proposal, with who approved it and what it needs
    Show {
        /// The proposal
        proposal: String,
    },
    /// Approve a proposal
    Approve {
        /// The proposal
        proposal: String,
    },
    /// Take your approval back, before the proposal completes
    Withdraw {
        /// The proposal
        proposal: String,
    },
}

impl Verb {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List => session.show(Request::Proposals),
            Self::Show { proposal } => show(&proposal, session),
            Self::Approve { proposal } => session.show(Request::Approve { proposal }),
            Self::Withdraw { proposal } => session.show(Request::Unapprove { proposal }),
        }
    }
}

fn show(name: &str, session: &Session) -> Result<(), Failure> {
    let answer = session.ask(Request::Proposals)?;
    let Answer::Proposals(mut views) = answer else { return session.answer(&answer) };
    let name_lower = name.to_ascii_lowercase();
    views.retain(|view| view.id.to_string().starts_with(&name_lower));
    match views.as_slice() {
        [] => Err(Fault::not_found("open proposal", name).into()),
        [view] => session.result(&Answer::Proposals(vec![view.clone()]), |page| one(view, page)),
        _ => {
            let message = format!("several proposals begin with {name:?}");
            Err(Fault::new(linli_node::FaultKind::Ambiguous, "ambiguous", message).into())
        }
    }
}

fn one(view: &ProposalView, page: &mut Page<'_>) {
    let speech = page.speech;
    page.title(&view.what);
    page.fields(&[
        (say!(speech, "head-proposal"), view.id.to_string()),
        (say!(speech, "head-who"), view.by.clone()),
        (say!(speech, "head-approved"), speech.list(&view.approvals)),
        (say!(speech, "head-needs"), view.needs.clone()),
    ]);
}

/// Open proposals.
pub(super) fn list(views: &[ProposalView], page: &mut Page<'_>) {
    let speech = page.speech;
    if views.is_empty() {
        page.line(&say!(speech, "no-proposals"));
    }
    let headings = [
        say!(speech, "head-proposal"),
        say!(speech, "head-what"),
        say!(speech, "head-who"),
        say!(speech, "head-approved"),
        say!(speech, "head-needs"),
    ];
    let rows = views.iter().map(|view| {
        let approvals = speech.list(&view.approvals);
        vec![short(&view.id), view.what.clone(), view.by.clone(), approvals, view.needs.clone()]
    });
    page.table(&headings, rows);
}
