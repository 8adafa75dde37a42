//! `linli request`: a problem from its report to the word that it is solved.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use linli_community::content::request::{Place, RequestView, TimelineStep};
use linli_node::vocabulary::{Family, Request, RequestOpen};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, Speech, code, say, short};

use super::shared::{TextArgs, absolute};
use crate::commands::answer::Asking as _;
use crate::render::phrase::{asides, mark, name, pictures, said, title_or, titled};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Report a problem
    Open(Open),
    /// Requests, newest first
    List {
        /// Only what was set aside, with the reason
        #[arg(long)]
        aside: bool,
    },
    /// One request with its life
    Show {
        /// The request
        request: String,
    },
    /// Say that you see to it
    Take(StepArgs),
    /// Say that it is done
    Done(StepArgs),
    /// Say that somebody else must see to it
    GiveBack(StepArgs),
    /// Say how it went; for whoever reported it
    Judge {
        /// The request
        request: String,
        /// Whether it is solved
        #[arg(value_enum)]
        verdict: Judgement,
        /// Words beside it
        #[arg(default_value = "")]
        text: String,
    },
    /// Open it again
    Reopen(StepArgs),
    /// Add a remark
    Comment(StepArgs),
}

#[derive(Debug, Args)]
pub(crate) struct Open {
    /// The problem in a few words
    title: String,
    #[command(flatten)]
    text: TextArgs,
    /// Where it is
    #[arg(long, default_value = "")]
    place: String,
    /// What sort of problem: lift, water, light, ...
    #[arg(long, default_value = "")]
    category: String,
    /// A picture of it
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct StepArgs {
    /// The request
    request: String,
    /// Words beside it
    #[arg(default_value = "")]
    text: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Judgement {
    Good,
    Bad,
}

impl Verb {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        session.show(match self {
            Self::Open(open) => open.request()?,
            Self::List { aside: true } => Request::Aside { family: Family::Requests },
            Self::List { aside: false } => Request::Requests,
            Self::Show { request } => Request::Request { request },
            Self::Take(step) => step.request("taken"),
            Self::Done(step) => step.request("done"),
            Self::GiveBack(step) => step.request("given-back"),
            Self::Judge { request, verdict: Judgement::Good, text } => {
                StepArgs { request, text }.request("judged-good")
            }
            Self::Judge { request, verdict: Judgement::Bad, text } => {
                StepArgs { request, text }.request("judged-bad")
            }
            Self::Reopen(step) => step.request("reopened"),
            Self::Comment(step) => step.request("comment"),
        })
    }
}

impl Open {
    fn request(self) -> Result<Request, Failure> {
        Ok(Request::RequestOpen(RequestOpen {
            title: self.title,
            text: self.text.read()?.unwrap_or_default(),
            place: self.place,
            category: self.category,
            picture: self.picture.as_deref().map(absolute).transpose()?,
        }))
    }
}

impl StepArgs {
    fn request(self, step: &str) -> Request {
        Request::RequestStep { request: self.request, step: step.to_owned(), text: self.text }
    }
}

/// Requests, newest first.
pub(super) fn list(views: &[RequestView], page: &mut Page<'_>) {
    let speech = page.speech;
    if views.is_empty() {
        page.line(&say!(speech, "no-requests"));
    }
    let headings = [
        say!(speech, "head-request"),
        say!(speech, "head-title"),
        say!(speech, "head-place"),
        say!(speech, "head-who"),
        say!(speech, "head-status"),
        say!(speech, "head-taken-by"),
    ];
    let rows = views.iter().map(|view| {
        vec![
            short(&view.id),
            titled(&view.opened, view.mark.as_ref(), &view.title, speech),
            place(&view.place),
            name(&view.opened.by, speech),
            status(view, speech),
            view.taken_by.as_ref().map(|by| name(by, speech)).unwrap_or_default(),
        ]
    });
    page.table(&headings, rows);
}

/// One request.
pub(super) fn show(view: &RequestView, page: &mut Page<'_>) {
    let speech = page.speech;
    page.title(&title_or(view.mark.as_ref(), &view.title, speech));
    page.line(&said(&view.opened, speech));
    page.fields(&[
        (say!(speech, "head-place"), place(&view.place)),
        (say!(speech, "head-category"), speech.word("category", &view.category)),
        (say!(speech, "head-status"), status(view, speech)),
    ]);
    page.gap();
    page.prose(&view.text);
    pictures(&view.pictures, page);
    for step in &view.timeline {
        page.gap();
        show_step(step, page);
    }
    asides(&view.asides, page);
}

fn show_step(step: &TimelineStep, page: &mut Page<'_>) {
    let speech = page.speech;
    let what = match (&step.step, step.satisfied) {
        (_, Some(true)) => speech.word("step", "judged-good"),
        (_, Some(false)) => speech.word("step", "judged-bad"),
        (Some(step), None) => speech.word("step", &code(step)),
        (None, None) => String::new(),
    };
    page.line(&format!("{what}  {}", said(&step.said, speech)));
    match &step.mark {
        Some(there) => page.prose(&mark(there, speech)),
        None => page.prose(&step.text),
    }
    pictures(&step.pictures, page);
}

fn status(view: &RequestView, speech: &Speech) -> String {
    match view.satisfied {
        Some(true) => speech.word("step", "judged-good"),
        Some(false) => speech.word("step", "judged-bad"),
        None => speech.word("request-status", &code(&view.status)),
    }
}

fn place(place: &Place) -> String {
    let parts =
        [place.building.as_deref(), place.stair.as_deref(), place.unit.as_deref(), Some(&place.words)];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
