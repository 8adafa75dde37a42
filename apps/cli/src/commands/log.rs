//! `linli log`: who said what, newest first, with the register's verdict.

use clap::Args;
use linli_node::vocabulary::{LogFilter, LogLine, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, Speech, moment, say, short};

use crate::commands::answer::Asking as _;
use crate::render::phrase::name;

#[derive(Debug, Args)]
pub(crate) struct Log {
    /// Only this household's
    #[arg(long, value_name = "NAME")]
    household: Option<String>,
    /// Only this kind's number, such as 112 for notices
    #[arg(long, value_name = "NUMBER")]
    kind: Option<u16>,
    /// Only what does not stand
    #[arg(long)]
    aside: bool,
    /// At most this many
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
}

impl Log {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        session.show(Request::Log(LogFilter {
            household: self.household,
            kind: self.kind,
            aside: self.aside,
            limit: self.limit,
        }))
    }
}

/// The table of `linli log`.
pub(super) fn list(lines: &[LogLine], page: &mut Page<'_>) {
    let speech = page.speech;
    let headings = [
        say!(speech, "head-record"),
        say!(speech, "head-kind"),
        say!(speech, "head-who"),
        say!(speech, "head-when"),
        say!(speech, "head-settled"),
        say!(speech, "head-verdict"),
    ];
    let rows = lines.iter().map(|line| {
        vec![
            short(&line.id),
            speech.word("kind", &line.kind_name),
            name(&line.by, speech),
            moment(line.claimed_ms),
            line.height.map_or_else(|| "-".to_owned(), |height| height.to_string()),
            verdict(line, speech),
        ]
    });
    page.table(&headings, rows);
}

fn verdict(line: &LogLine, speech: &Speech) -> String {
    let verdict = match line.verdict.as_str() {
        "stands" => say!(speech, "stands"),
        code => say!(speech, "set-aside", reason = speech.word("reason", code)),
    };
    let mut parts = vec![verdict];
    parts.extend((line.newer && line.verdict == "stands").then(|| speech.word("reason", "not-judged")));
    parts.extend(match (line.held, line.sealed) {
        (false, _) if line.expired => Some(say!(speech, "body-expired")),
        (false, _) => Some(say!(speech, "body-not-held")),
        (true, true) => Some(say!(speech, "body-sealed")),
        (true, false) => None,
    });
    speech.list(&parts)
}
