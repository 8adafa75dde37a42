//! `linli sighting`: what doors and sensors said, under a consent.

use clap::{Args, Subcommand};
use linli_node::vocabulary::{Request, Sight, SightingView};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, Speech, moment, say, short};

use crate::commands::answer::Asking as _;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// What things said, newest first
    List {
        /// Only this source
        #[arg(long)]
        source: Option<String>,
    },
    /// Say what a thing said; for gateways, under a consent
    Say(Saying),
}

#[derive(Debug, Args)]
pub(crate) struct Saying {
    /// The source, as the consent names it
    source: String,
    /// The kind of thing: `contact`, `leak`, `smoke`, `lift`, ...
    kind: String,
    /// What it said; `unknown` is a state too
    value: String,
    /// Battery, percent
    #[arg(long, value_name = "PERCENT")]
    battery: Option<u8>,
}

impl Verb {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        session.show(match self {
            Self::List { source } => Request::Sightings { source },
            Self::Say(said) => Request::Sight(Sight {
                source: said.source,
                kind: said.kind,
                value: said.value,
                battery: said.battery,
                at_ms: None,
            }),
        })
    }
}

/// What things said, newest first.
pub(super) fn list(views: &[SightingView], page: &mut Page<'_>) {
    let speech = page.speech;
    if views.is_empty() {
        page.line(&say!(speech, "no-sightings"));
    }
    let headings = [
        say!(speech, "head-record"),
        say!(speech, "head-gateway"),
        say!(speech, "head-source"),
        say!(speech, "head-value"),
        say!(speech, "head-count"),
        say!(speech, "head-when"),
        say!(speech, "head-verdict"),
    ];
    let rows = views.iter().map(|view| {
        let flag = view.flag.as_ref().map(|flag| speech.word("flag", flag));
        let verdict = match view.verdict.as_str() {
            "stands" => say!(speech, "stands"),
            code => say!(speech, "set-aside", reason = speech.word("reason", code)),
        };
        vec![
            short(&view.id),
            view.gateway.clone(),
            view.source.clone(),
            value(view, speech),
            view.counter.to_string(),
            moment(view.claimed_ms),
            speech.list(&[Some(verdict), flag].into_iter().flatten().collect::<Vec<_>>()),
        ]
    });
    page.table(&headings, rows);
}

/// What it said, in the sense its kind of thing gives it: a door's "yes" is "open".
fn value(view: &SightingView, speech: &Speech) -> String {
    let sense = speech.known("value", &format!("{}-{}", view.kind, view.value));
    sense.unwrap_or_else(|| speech.word("value", &view.value))
}
