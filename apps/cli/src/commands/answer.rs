//! Every answer of a node as a page: which file shows which.

use linli_node::vocabulary::{Answer, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, say, short};

use super::{
    audience, bundle, consent, decide, enrol, invite, keeping, log, notice, people, request, roll, rollcall,
    sighting, status, story, talk,
};

/// Asking the home's node and showing what it answers.
pub(crate) trait Asking {
    /// Asks, and shows the answer.
    fn show(&self, request: Request) -> Result<(), Failure>;

    /// Shows an answer in the form that was asked for.
    fn answer(&self, answer: &Answer) -> Result<(), Failure>;
}

impl Asking for Session {
    fn show(&self, request: Request) -> Result<(), Failure> {
        let answer = self.ask(request)?;
        self.answer(&answer)
    }

    fn answer(&self, answer: &Answer) -> Result<(), Failure> {
        self.result(answer, |page| write(answer, page))
    }
}

/// Writes `answer` for people.
pub(crate) fn write(answer: &Answer, page: &mut Page<'_>) {
    match answer {
        Answer::Said { record, state } => said(&short(record), state, page),
        Answer::Done => page.line(&say!(page.speech, "done")),
        Answer::Status(view) => status::show(view, page),
        Answer::Digest(view) => keeping::show_digest(view, page),
        Answer::Checked(view) => keeping::show_checked(view, page),
        Answer::Log(lines) => log::list(lines, page),
        Answer::People(view) => people::show(view, page),
        Answer::Roll(view) => roll::show(view.as_ref(), page),
        Answer::Import(view) => roll::show_import(view, page),
        Answer::Invite(view) => invite::show(view, page),
        Answer::Invites(views) => invite::list(views, page),
        Answer::Claims(views) => enrol::list(views, page),
        Answer::Proposals(views) => decide::list(views, page),
        Answer::Consents(views) => consent::list(views, page),
        Answer::Notices(views) => notice::list(views, page),
        Answer::Notice(view) => notice::show(view, page),
        Answer::RollCalls(views) => rollcall::list(views, page),
        Answer::RollCall(view) => rollcall::show(view, page),
        Answer::Requests(views) => request::list(views, page),
        Answer::Request(view) => request::show(view, page),
        Answer::Stories(views) => story::list(views, page),
        Answer::Story(view) => story::show(view, page),
        Answer::Threads(views) => talk::list(views, page),
        Answer::Thread(view) => talk::show(view, page),
        Answer::Audiences(views) => audience::list(views, &[], page),
        Answer::Sightings(views) => sighting::list(views, page),
        bundle @ Answer::Bundle { .. } => bundle::show(bundle, page),
        Answer::Today { status, notices, requests, stories, threads } => {
            status::show(status, page);
            page.gap();
            notice::list(notices, page);
            page.gap();
            request::list(requests, page);
            page.gap();
            story::list(stories, page);
            page.gap();
            talk::list(threads, page);
        }
    }
}

/// A record that is durable, and what still has to happen.
fn said(record: &str, state: &str, page: &mut Page<'_>) {
    let speech = page.speech;
    page.line(&match state {
        "settled" => say!(speech, "said-settled", record = record),
        "needs-another" => say!(speech, "said-needs-another", record = record),
        _ => say!(speech, "said-unsettled", record = record),
    });
}
