//! `sources`: every source with what is agreed, said and refused; then what is not listened to.

use linli_gateway::seen::SourceSeen;
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, Speech, moment, say};

use crate::overview::{Overview, SourceLine};

/// Shows them.
pub(crate) fn show(session: &Session) -> Result<(), Failure> {
    let overview = Overview::gather(session)?;
    let answer = serde_json::json!({ "answer": "gateway-sources", "value": overview });
    session.result(&answer, |page| write(&overview, page))
}

fn write(overview: &Overview, page: &mut Page<'_>) {
    let speech = page.speech;
    if overview.broker.is_none() {
        return page.line(&say!(speech, "not-configured"));
    }
    let headings = [
        say!(speech, "head-source"),
        say!(speech, "head-device"),
        say!(speech, "head-thing"),
        say!(speech, "head-agreed"),
        say!(speech, "head-value"),
        say!(speech, "head-said"),
        say!(speech, "head-refused"),
    ];
    page.table(&headings, overview.sources.iter().map(|source| row(source, speech)));
    for name in &overview.unserved {
        page.line(&say!(speech, "unserved", name = name.as_str()));
    }
    unlisted(overview, page);
}

fn row(source: &SourceLine, speech: &Speech) -> Vec<String> {
    let agreed = if source.consented { say!(speech, "agreed") } else { say!(speech, "not-agreed") };
    let value = source.value.as_ref().map_or_else(|| "-".to_owned(), |value| speech.word("value", value));
    vec![
        source.name.clone(),
        source.device.clone(),
        speech.word("thing", source.kind.word()),
        agreed,
        value,
        source.said_ms.map_or_else(|| "-".to_owned(), moment),
        refused(&source.seen, speech),
    ]
}

fn refused(seen: &SourceSeen, speech: &Speech) -> String {
    let counted =
        seen.refused.iter().map(|(code, count)| format!("{} x{count}", speech.word("refused", code)));
    counted.collect::<Vec<_>>().join(", ")
}

/// Devices that are no source, those that could be one first.
fn unlisted(overview: &Overview, page: &mut Page<'_>) {
    let speech = page.speech;
    if overview.unlisted.is_empty() {
        return;
    }
    page.gap();
    page.line(&say!(speech, "unlisted"));
    let mut devices: Vec<_> = overview.unlisted.iter().collect();
    devices.sort_by_key(|device| device.kinds.is_empty());
    let headings = [say!(speech, "head-device"), say!(speech, "head-model"), say!(speech, "head-could-be")];
    let rows = devices.into_iter().map(|device| {
        let kinds: Vec<String> = device.kinds.iter().map(|kind| speech.word("thing", kind.word())).collect();
        vec![device.name.clone(), device.model.clone(), kinds.join(", ")]
    });
    page.table(&headings, rows);
}
