//! `linli log`: who said what, newest first, with the register's verdict.

use clap::Args;
use linli_community::kinds;
use linli_node::Fault;
use linli_node::vocabulary::{Answer, LogFilter, LogLine, Request};
use linli_speech::exit::Failure;
use linli_speech::{Format, Page, Session, Speech, moment, say, short, standing};

use crate::commands::answer::Asking as _;
use crate::render::phrase::name;

#[derive(Debug, Args)]
pub(crate) struct Log {
    /// Only this household's
    #[arg(long, value_name = "NAME")]
    household: Option<String>,
    /// Only this kind of record: a name of the table in docs/FORMAT.md, such as `notice`, or its number
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only what does not stand
    #[arg(long)]
    aside: bool,
    /// At most this many
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
}

impl Log {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let kind = self.kind.map(|name| kind_named(&name, &session.speech)).transpose()?;
        session.show(Request::Log(LogFilter {
            household: self.household,
            kind,
            aside: self.aside,
            limit: self.limit,
        }))?;
        warn_of_the_clock(session)
    }
}

/// A kind by its name in the documents, by what the table here calls it, or by its number.
fn kind_named(name: &str, speech: &Speech) -> Result<u16, Fault> {
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    let called = |row: &&kinds::Row| row.name == name || speech.word("kind", row.name) == name;
    kinds::TABLE.iter().find(called).map(|row| row.kind.number()).ok_or_else(|| {
        let names: Vec<&str> = kinds::TABLE.iter().map(|row| row.name).collect();
        Fault::input("kind", format!("no kind of record {name:?}"))
            .hint(format!("one of: {}", names.join(", ")))
    })
}

/// The log shows the register's time: who has reason to doubt it is told so.
fn warn_of_the_clock(session: &Session) -> Result<(), Failure> {
    if session.format == Format::Json {
        return Ok(());
    }
    let Answer::Status(status) = session.ask(Request::Status)? else { return Ok(()) };
    for warning in status.warnings.iter().filter(|warning| warning.code == "clock") {
        session.warn(&standing::told(&warning.code, &warning.message, &session.speech));
    }
    Ok(())
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
        "stands" if line.height.is_none() => say!(speech, "unsettled"),
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

#[cfg(test)]
mod tests {
    use linli_speech::Language;
    use serde_json::json;

    use super::*;

    fn line(height: Option<u64>, verdict: &str) -> LogLine {
        let id = "11".repeat(32);
        serde_json::from_value(json!({
            "id": id, "log": id, "seq": 1, "kind": 112, "kind_name": "notice", "object": id,
            "by": { "household": null, "units": [], "label": "Shen", "log": id, "role": null }, "claimed_ms": 0,
            "height": height, "verdict": verdict, "sealed": false, "held": true, "newer": false, "expired": false,
        }))
        .unwrap()
    }

    #[test]
    fn only_what_a_block_settled_is_said_to_stand() {
        let speech = Speech::of(Language::En, &crate::TEXTS);
        assert_eq!(verdict(&line(Some(3), "stands"), &speech), "stands");
        assert_eq!(verdict(&line(None, "stands"), &speech), "unsettled");
        assert!(verdict(&line(None, "late"), &speech).starts_with("set aside"));
    }

    #[test]
    fn a_kind_is_named_as_the_documents_do_as_the_table_does_or_by_its_number() {
        let speech = Speech::of(Language::Zh, &crate::TEXTS);
        let shown = speech.word("kind", "notice");
        for name in ["notice", "112", shown.as_str()] {
            assert_eq!(kind_named(name, &speech).unwrap(), 112, "{name}");
        }
        let refused = kind_named("notices", &speech).unwrap_err();
        assert!(refused.hint.is_some_and(|hint| hint.contains("notice, acknowledge")));
    }
}
