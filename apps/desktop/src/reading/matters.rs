//! Requests and roll-calls, read for this household.

use linli_community::content::request::{self, RequestView, Status, TimelineStep};
use linli_community::content::roll_call::{Answer, AnswerKind, RollCallView};

use super::notice::{gaps, places};
use super::{Reader, pictures};
use crate::view::{Act, Ask, Call, CallAnswer, Matters, Stand, Step, StepDone};

/// What needs somebody, newest first; what is settled, after what is not.
pub(super) fn read(reader: &Reader<'_>) -> Matters {
    let views = reader.holding.requests.iter().filter(|view| view.mark.is_none());
    let mut requests: Vec<&RequestView> = views.collect();
    requests.sort_by_key(|view| (view.status == Status::Judged, std::cmp::Reverse(view.opened.claimed_ms)));
    let views = reader.holding.calls.iter().filter(|view| view.mark.is_none());
    let mut calls: Vec<&RollCallView> = views.collect();
    calls.sort_by_key(|view| (view.closed.is_some(), std::cmp::Reverse(view.opened.claimed_ms)));
    Matters {
        requests: requests.into_iter().map(|view| ask(reader, view)).collect(),
        calls: calls.into_iter().map(|view| call(reader, view)).collect(),
    }
}

fn ask(reader: &Reader<'_>, view: &RequestView) -> Ask {
    let stand = match (view.status, view.satisfied) {
        (Status::Open, _) => Stand::Open,
        (Status::Taken, _) => Stand::Taken,
        (Status::Done, _) => Stand::Done,
        (Status::Judged, Some(false)) => Stand::Bad,
        (Status::Judged, _) => Stand::Good,
    };
    Ask {
        id: view.id,
        title: view.title.clone(),
        text: view.text.clone(),
        category: view.category.clone(),
        place: place(&view.place),
        urgent: view.urgent,
        opener: reader.who(&view.opened.by),
        when: reader.when(&view.opened),
        stand,
        taker: view.taken_by.as_ref().map(|by| reader.who(by)),
        reopened: view.reopened,
        steps: view.timeline.iter().map(|step| step_done(reader, step)).collect(),
        acts: acts(reader, view, stand),
        held: reader.held(&view.opened),
        pictures: pictures(&view.pictures),
    }
}

fn place(place: &request::Place) -> String {
    let parts = [&place.building, &place.stair, &place.unit].into_iter().flatten().map(String::as_str);
    let words = Some(place.words.as_str()).filter(|words| !words.is_empty());
    parts.chain(words).collect::<Vec<_>>().join(" ")
}

/// What would change something now, as the node itself judges it.
fn acts(reader: &Reader<'_>, view: &RequestView, stand: Stand) -> Vec<Act> {
    let opener = reader.is_ours(&view.opened.by);
    let taker = view.taken_by.as_ref().is_some_and(|by| reader.is_ours(by));
    let mut acts = match stand {
        Stand::Open => vec![Act::Take],
        Stand::Taken if taker => vec![Act::Finish, Act::GiveBack],
        Stand::Done if opener => vec![Act::Approve, Act::Reject],
        Stand::Taken | Stand::Done | Stand::Good | Stand::Bad => Vec::new(),
    };
    if opener && stand != Stand::Open && stand != Stand::Done {
        acts.push(Act::Reopen);
    }
    acts.push(Act::Comment);
    acts
}

fn step_done(reader: &Reader<'_>, view: &TimelineStep) -> StepDone {
    let step = match (view.step, view.satisfied) {
        (Some(request::Step::Taken), _) => Step::Taken,
        (Some(request::Step::Done), _) => Step::Done,
        (Some(request::Step::Judged), Some(false)) => Step::Bad,
        (Some(request::Step::Judged), _) => Step::Good,
        (Some(request::Step::Reopened), _) => Step::Reopened,
        (Some(request::Step::Comment), _) => Step::Comment,
        (Some(request::Step::GivenBack), _) => Step::GivenBack,
        (None, _) => Step::Unknown,
    };
    StepDone { step, who: reader.who(&view.said.by), when: reader.when(&view.said), text: view.text.clone() }
}

fn call(reader: &Reader<'_>, view: &RollCallView) -> Call {
    let ours = view.answered.iter().find(|answered| reader.own.is_some() && answered.household == reader.own);
    Call {
        id: view.id,
        question: view.question.clone(),
        text: view.text.clone(),
        scope: places(&view.scope),
        opener: reader.who(&view.opened.by),
        when: reader.when(&view.opened),
        answer: match view.answers {
            AnswerKind::Here => CallAnswer::Here,
            AnswerKind::YesNo => CallAnswer::YesNo,
            AnswerKind::Choice => CallAnswer::Choice(view.options.clone()),
            AnswerKind::Number => CallAnswer::Number,
            AnswerKind::Text => CallAnswer::Text,
        },
        for_us: reader.is_for_us(&view.scope),
        ours: ours.map(|answered| answer_words(&answered.answer, &view.options)),
        closed: view.closed.is_some(),
        counts: view
            .counts
            .iter()
            .map(|count| (answer_words(&count.answer, &view.options), count.times))
            .collect(),
        answered: if view.coverage.units == 0 {
            u32::try_from(view.answered.len()).unwrap_or(u32::MAX)
        } else {
            view.coverage.reached
        },
        asked: view.coverage.units,
        missing: gaps(&view.coverage),
    }
}

/// An answer as written; "here", "yes" and "no" by their codes, which the screen has words for.
fn answer_words(answer: &Answer, options: &[String]) -> String {
    match answer {
        Answer::Here => "here".into(),
        Answer::YesNo(true) => "yes".into(),
        Answer::YesNo(false) => "no".into(),
        Answer::Choice(at) => {
            let option = usize::try_from(*at).ok().and_then(|at| options.get(at));
            option.cloned().unwrap_or_else(|| at.to_string())
        }
        Answer::Number(number) => number.to_string(),
        Answer::Text(text) => text.clone(),
    }
}
