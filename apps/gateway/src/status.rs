//! `status`: the node, the broker, the bridge, the spool.

use linli_gateway::seen::Seen;
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, say, standing};

use crate::overview::Overview;

/// Shows them.
pub(crate) fn show(session: &Session) -> Result<(), Failure> {
    let overview = Overview::gather(session)?;
    let answer = serde_json::json!({ "answer": "gateway-status", "value": overview });
    session.result(&answer, |page| write(&overview, page))
}

fn write(overview: &Overview, page: &mut Page<'_>) {
    let speech = page.speech;
    standing::write(&overview.node, page);
    page.gap();
    let Some(address) = &overview.broker else {
        return page.line(&say!(speech, "not-configured"));
    };
    if !overview.running {
        page.line(&say!(speech, "not-running"));
    }
    let seen = &overview.seen;
    let agreed = overview.sources.iter().filter(|source| source.consented).count();
    let of = overview.sources.len();
    page.fields(&[
        (say!(speech, "status-broker"), format!("{address}, {}", speech.word("broker", &seen.broker))),
        (say!(speech, "status-bridge"), speech.word("bridge", &seen.bridge)),
        (say!(speech, "status-sources"), say!(speech, "status-sources-agreed", agreed = agreed, of = of)),
        (say!(speech, "status-spool"), seen.spooled.to_string()),
        (say!(speech, "status-blocked"), blocked(overview, page)),
        (say!(speech, "status-expired"), counted(seen.expired as u64)),
        (say!(speech, "status-missed"), counted(seen.missed)),
        (say!(speech, "status-denied"), counted(seen.unheard_topics as u64)),
        (say!(speech, "status-unconsented"), counted(refused_of(seen, |code| code == "no-consent"))),
        (say!(speech, "status-malformed"), counted(refused_of(seen, |code| code != "no-consent"))),
        (say!(speech, "status-refused"), counted(seen.refused.values().sum())),
    ]);
}

fn blocked(overview: &Overview, page: &Page<'_>) -> String {
    overview.seen.blocked.as_ref().map_or_else(String::new, |code| page.speech.word("fault", code))
}

/// Messages of all sources that were refused for such a reason.
fn refused_of(seen: &Seen, such: impl Fn(&str) -> bool) -> u64 {
    let of_all = seen.sources.values().flat_map(|source| &source.refused);
    of_all.filter(|(code, _)| such(code)).map(|(_, count)| count).sum()
}

/// Nothing is not worth a line.
fn counted(count: u64) -> String {
    if count == 0 { String::new() } else { count.to_string() }
}
