//! `linli audience`: who reads what is sealed.

use clap::{Subcommand, ValueEnum};
use linli_community::content::audience::{AudienceView, Member};
use linli_node::vocabulary::{Answer, HouseholdView, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, code, say, short};

use crate::commands::answer::Asking as _;
use crate::render::phrase::title_or;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Open a private audience; your own household is in it
    Open {
        /// What its members call it
        name: String,
        /// What it is
        #[arg(long, value_enum, default_value = "named")]
        kind: AudienceWord,
        /// Households in it, beside your own
        households: Vec<String>,
        /// Whoever comes later reads only what is said from then on
        #[arg(long)]
        from_now: bool,
    },
    /// Let households in
    Add {
        /// The audience
        audience: String,
        /// The households
        #[arg(required = true)]
        households: Vec<String>,
    },
    /// Take households out: they read nothing new
    Remove {
        /// The audience
        audience: String,
        /// The households
        #[arg(required = true)]
        households: Vec<String>,
    },
    /// Audiences this device is in
    List,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum AudienceWord {
    Household,
    Committee,
    Named,
}

impl AudienceWord {
    const fn word(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Committee => "committee",
            Self::Named => "named",
        }
    }
}

impl Verb {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        session.show(match self {
            Self::Open { name, kind, households, from_now } => {
                Request::AudienceOpen { name, kind: kind.word().to_owned(), households, from_now }
            }
            Self::Add { audience, households } => {
                Request::AudienceChange { audience, add: households, remove: Vec::new() }
            }
            Self::Remove { audience, households } => {
                Request::AudienceChange { audience, add: Vec::new(), remove: households }
            }
            Self::List => return show_list(session),
        })
    }
}

/// The list, with what its members are called.
fn show_list(session: &Session) -> Result<(), Failure> {
    let answer = session.ask(Request::Audiences)?;
    let people = match session.ask(Request::People)? {
        Answer::People(people) => people.households,
        _ => Vec::new(),
    };
    session.result(&answer, |page| match &answer {
        Answer::Audiences(views) => list(views, &people, page),
        other => super::answer::write(other, page),
    })
}

/// Audiences this device is in.
pub(super) fn list(views: &[AudienceView], people: &[HouseholdView], page: &mut Page<'_>) {
    let speech = page.speech;
    if views.is_empty() {
        page.line(&say!(speech, "no-audiences"));
    }
    let headings = [
        say!(speech, "head-audience"),
        say!(speech, "head-label"),
        say!(speech, "head-kind"),
        say!(speech, "head-members"),
        say!(speech, "head-epoch"),
    ];
    let rows = views.iter().map(|view| {
        let newest = view.newest();
        let members: Vec<String> =
            newest.iter().flat_map(|epoch| &epoch.members).map(|one| member(one, people)).collect();
        vec![
            short(&view.id),
            title_or(view.mark.as_ref(), &view.name, speech),
            speech.word("audience", &code(&view.kind)),
            speech.list(&members),
            newest.map(|epoch| epoch.epoch.to_string()).unwrap_or_default(),
        ]
    });
    page.table(&headings, rows);
}

fn member(member: &Member, people: &[HouseholdView]) -> String {
    match member {
        Member::Household(id) => {
            let known = people.iter().find(|home| home.id == *id);
            known.map_or_else(|| short(id), |home| home.label.clone())
        }
        Member::Device(key) => short(key),
    }
}
