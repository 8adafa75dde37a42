//! `status`: the node, and what the last verification found.

use linli_node::vocabulary::{Answer, Request};
use linli_speech::exit::Failure;
use linli_speech::{Session, moment, say, standing};

use crate::arguments::misunderstood;
use crate::verify::{self, Report};

/// Shows them.
pub(crate) fn show(session: &Session) -> Result<(), Failure> {
    let Answer::Status(node) = session.ask(Request::Status)? else { return Err(misunderstood().into()) };
    let verified = Report::read(&session.home);
    let answer =
        serde_json::json!({ "answer": "archive-status", "value": { "node": node, "verified": verified } });
    session.result(&answer, |page| {
        standing::write(&node, page);
        page.gap();
        match &verified {
            None => page.line(&say!(page.speech, "never-verified")),
            Some(report) => {
                page.line(&say!(page.speech, "last-verified", time = moment(report.at_ms)));
                verify::write(report, page);
            }
        }
    })
}
