//! `linli consent`: what may be collected, for what, for whose eyes, for how long.

use clap::{Args, Subcommand};
use linli_node::vocabulary::{ConsentTerms, ConsentView, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, Speech, moment, say, short};

use crate::commands::answer::Asking as _;
use crate::render::phrase::yes;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Let a gateway publish one source for one purpose
    Grant(Grant),
    /// Take a consent back
    Withdraw {
        /// The consent
        consent: String,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// The consent register
    List,
}

#[derive(Debug, Args)]
pub(crate) struct Grant {
    /// The gateway: its household's name or id
    gateway: String,
    /// The source, as the gateway names it, such as `door/1-104`
    source: String,
    /// What for
    #[arg(long)]
    purpose: String,
    /// Who may look: `everyone`, or households by unit, with commas between; what is not for everyone is sealed to them
    #[arg(long, value_name = "WHO")]
    viewers: String,
    /// Days that what it says is kept
    #[arg(long, default_value_t = 30, value_name = "DAYS")]
    retention_days: u16,
    /// Days the consent lasts; for ever when left out
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
    /// The owners' motion it rests on
    #[arg(long, default_value = "")]
    motion: String,
}

impl Verb {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        session.show(match self {
            Self::Grant(grant) => Request::ConsentGrant(grant.terms()),
            Self::Withdraw { consent, reason } => Request::ConsentWithdraw { consent, reason },
            Self::List => Request::Consents,
        })
    }
}

impl Grant {
    fn terms(self) -> ConsentTerms {
        ConsentTerms {
            gateway: self.gateway,
            source: self.source,
            purpose: self.purpose,
            viewers: self.viewers,
            retention_days: self.retention_days,
            days: self.days,
            motion: self.motion,
        }
    }
}

/// The consent register.
pub(super) fn list(views: &[ConsentView], page: &mut Page<'_>) {
    let speech = page.speech;
    if views.is_empty() {
        page.line(&say!(speech, "no-consents"));
    }
    let headings = [
        say!(speech, "head-consent"),
        say!(speech, "head-gateway"),
        say!(speech, "head-source"),
        say!(speech, "head-viewers"),
        say!(speech, "head-purpose"),
        say!(speech, "head-kept-days"),
        say!(speech, "head-until"),
        say!(speech, "head-in-force"),
    ];
    let rows = views.iter().map(|view| {
        vec![
            short(&view.id),
            view.gateway.clone(),
            view.source.clone(),
            viewers(view, speech),
            view.purpose.clone(),
            view.retention_days.to_string(),
            view.ends_ms.map_or_else(|| say!(speech, "for-ever"), moment),
            yes(view.in_force, speech),
        ]
    });
    page.table(&headings, rows);
}

fn viewers(view: &ConsentView, speech: &Speech) -> String {
    let name = |viewer: &String| match viewer.as_str() {
        "everyone" => say!(speech, "viewers-everyone"),
        household => household.to_owned(),
    };
    speech.list(&view.viewers.iter().map(name).collect::<Vec<_>>())
}
