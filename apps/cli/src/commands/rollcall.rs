//! `linli rollcall`: one question to every unit on the roll, and who has not answered yet.

use clap::{Args, Subcommand, ValueEnum};
use linli_community::content::roll_call::{Answer, AnswerKind, Answered, How, RollCallView};
use linli_node::vocabulary::{Family, Request, RollCallOpen};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, Speech, code, moment, say, short};

use super::shared::ScopeArgs;
use crate::commands::answer::Asking as _;
use crate::render::coverage;
use crate::render::phrase::{asides, name, said, scope, title_or, titled};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Open a roll-call
    Open(Open),
    /// Roll-calls, newest first
    List {
        /// Only what was set aside, with the reason
        #[arg(long)]
        aside: bool,
    },
    /// One roll-call, with who is missing
    Show {
        /// The roll-call
        rollcall: String,
    },
    /// Answer for your own household
    Answer {
        /// The roll-call
        rollcall: String,
        /// The answer: one of its choices, or free text
        answer: String,
        /// A remark beside it
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Enter what a household told you by phone, on paper or at the door
    Told(Told),
    /// Close a roll-call you opened
    Close {
        /// The roll-call
        rollcall: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Open {
    /// The question
    question: String,
    /// An answer to choose from; repeat for each; free text without any
    #[arg(long = "choice", value_name = "ANSWER")]
    choices: Vec<String>,
    /// What an answer looks like, when there is nothing to choose from
    #[arg(long, value_enum, conflicts_with = "choices")]
    kind: Option<KindWord>,
    #[command(flatten)]
    scope: ScopeArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum KindWord {
    Here,
    YesNo,
    Number,
    Text,
}

impl From<KindWord> for AnswerKind {
    fn from(word: KindWord) -> Self {
        match word {
            KindWord::Here => Self::Here,
            KindWord::YesNo => Self::YesNo,
            KindWord::Number => Self::Number,
            KindWord::Text => Self::Text,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Told {
    /// The roll-call
    rollcall: String,
    /// The unit on the roll
    unit: String,
    /// Its answer
    answer: String,
    /// How it was given
    #[arg(long, value_enum)]
    by: HowWord,
    /// Who witnessed it, of another household
    #[arg(long, value_name = "NAME")]
    witness: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum HowWord {
    Phone,
    Paper,
    Door,
}

impl From<HowWord> for How {
    fn from(word: HowWord) -> Self {
        match word {
            HowWord::Phone => Self::Phone,
            HowWord::Paper => Self::Paper,
            HowWord::Door => Self::Door,
        }
    }
}

impl Verb {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        session.show(match self {
            Self::Open(open) => Request::RollCallOpen(RollCallOpen {
                question: open.question,
                choices: open.choices,
                kind: open.kind.map(AnswerKind::from),
                scope: open.scope.scope()?,
            }),
            Self::List { aside: true } => Request::Aside { family: Family::RollCalls },
            Self::List { aside: false } => Request::RollCalls,
            Self::Show { rollcall } => Request::RollCall { roll_call: rollcall },
            Self::Answer { rollcall, answer, note } => Request::Answer { roll_call: rollcall, answer, note },
            Self::Told(told) => Request::Told {
                roll_call: told.rollcall,
                unit: told.unit,
                answer: told.answer,
                how: told.by.into(),
                witness: told.witness,
            },
            Self::Close { rollcall } => Request::RollCallClose { roll_call: rollcall },
        })
    }
}

/// Roll-calls, newest first.
pub(super) fn list(views: &[RollCallView], page: &mut Page<'_>) {
    let speech = page.speech;
    if views.is_empty() {
        page.line(&say!(speech, "no-rollcalls"));
    }
    let headings = [
        say!(speech, "head-rollcall"),
        say!(speech, "head-question"),
        say!(speech, "head-for"),
        say!(speech, "head-reached"),
        say!(speech, "head-status"),
    ];
    let rows = views.iter().map(|view| {
        vec![
            short(&view.id),
            titled(&view.opened, view.mark.as_ref(), &view.question, speech),
            scope(&view.scope, speech),
            format!("{}/{}", view.coverage.reached, view.coverage.units),
            if view.closed.is_some() { say!(speech, "closed") } else { say!(speech, "open") },
        ]
    });
    page.table(&headings, rows);
}

/// One roll-call.
pub(super) fn show(view: &RollCallView, page: &mut Page<'_>) {
    let speech = page.speech;
    page.title(&title_or(view.mark.as_ref(), &view.question, speech));
    page.line(&said(&view.opened, speech));
    page.line(&scope(&view.scope, speech));
    if let Some(closed) = &view.closed {
        page.line(&say!(speech, "closed-at", time = moment(closed.claimed_ms)));
    }
    page.prose(&view.text);
    page.gap();
    coverage::write(&view.coverage, page);
    page.gap();
    let counts =
        view.counts.iter().map(|count| vec![answer(&count.answer, view, speech), count.times.to_string()]);
    page.table(&[say!(speech, "head-answer"), say!(speech, "head-times")], counts);
    page.gap();
    let headings = [
        say!(speech, "head-unit"),
        say!(speech, "head-answer"),
        say!(speech, "head-who"),
        say!(speech, "head-how"),
        say!(speech, "head-note"),
    ];
    page.table(&headings, view.answered.iter().map(|one| row(one, view, speech)));
    asides(&view.asides, page);
}

fn row(answered: &Answered, view: &RollCallView, speech: &Speech) -> Vec<String> {
    let how = match &answered.told {
        None => say!(speech, "answered-itself"),
        Some(told) => {
            let means = speech.word("how", &code(&told.how));
            say!(speech, "told-with-witness", means = means, witness = told.witness.as_str())
        }
    };
    vec![
        answered.units.join(" "),
        answer(&answered.answer, view, speech),
        name(&answered.said.by, speech),
        how,
        answered.note.clone(),
    ]
}

fn answer(answer: &Answer, view: &RollCallView, speech: &Speech) -> String {
    match answer {
        Answer::Here => say!(speech, "answer-here"),
        Answer::YesNo(true) => say!(speech, "yes"),
        Answer::YesNo(false) => say!(speech, "no"),
        Answer::Choice(at) => view.options.get(*at as usize).cloned().unwrap_or_else(|| at.to_string()),
        Answer::Number(number) => number.to_string(),
        Answer::Text(text) => text.clone(),
    }
}
