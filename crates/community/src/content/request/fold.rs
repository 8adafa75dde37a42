//! Telling a request's life from its steps.

use super::super::entry::{Context, Entry, Party};
use super::super::object::{Aside, Gathered, pictures};
use super::super::payload::Payload;
use super::super::withdraw::{Mark, Why};
use super::{Place, Request, RequestStep, RequestView, Status, Step, TimelineStep};

/// Folds a request from its records; `None` without its beginning.
#[must_use]
pub fn fold(entries: &[Entry<'_>], _: &Context<'_>) -> Option<RequestView> {
    let object = Gathered::of::<Request>(entries)?;
    let mut life = Life { view: begun(&object), opener: object.begin.author.party(), taker: None };
    if life.view.mark.as_ref().is_none_or(|mark| mark.why != Why::Withdrawn) {
        for entry in &object.rest {
            life.take(&object, entry);
        }
    }
    Some(life.view)
}

fn begun(object: &Gathered<'_, '_>) -> RequestView {
    let (request, mark) = match object.read::<Request>(object.begin) {
        Ok(request) => (request, None),
        Err(mark) => (Request::nothing(), Some(mark)),
    };
    let shown = mark.is_none();
    RequestView {
        id: object.id(),
        opened: object.begin.said(),
        mark,
        pictures: if shown { pictures(object.begin, &request.captions, &object.marks) } else { Vec::new() },
        title: request.title,
        text: request.text,
        category: request.category,
        place: request.place,
        urgent: request.urgent,
        status: Status::Open,
        taken_by: None,
        satisfied: None,
        reopened: 0,
        timeline: Vec::new(),
        asides: object.asides.clone(),
    }
}

impl Request {
    fn nothing() -> Self {
        Self {
            title: String::new(),
            text: String::new(),
            category: String::new(),
            place: Place::default(),
            urgent: false,
            captions: Vec::new(),
        }
    }
}

struct Life {
    view: RequestView,
    opener: Party,
    taker: Option<Party>,
}

impl Life {
    fn take(&mut self, object: &Gathered<'_, '_>, entry: &Entry<'_>) {
        if entry.record.kind != RequestStep::KIND {
            return self.view.asides.push(Aside::of(entry, "unknown-kind"));
        }
        // A withdrawn step has no effect, or the view would depend on whether its bytes are still held.
        let step = match object.read::<RequestStep>(entry) {
            Ok(step) => step,
            Err(mark) => return self.view.timeline.push(TimelineStep::marked(entry, mark)),
        };
        if let Err(reason) = self.follow(&step, entry) {
            return self.view.asides.push(Aside::of(entry, reason));
        }
        self.view.timeline.push(TimelineStep {
            said: entry.said(),
            step: Some(step.step),
            satisfied: step.satisfied,
            pictures: pictures(entry, &step.captions, &object.marks),
            text: step.text,
            mark: None,
        });
    }

    fn follow(&mut self, step: &RequestStep, entry: &Entry<'_>) -> Result<(), &'static str> {
        let party = entry.author.party();
        let (opener, taker) = (party == self.opener, Some(party) == self.taker);
        match (step.step, self.view.status) {
            (Step::Comment, _) => {}
            (Step::Taken, Status::Open) => {
                self.taker = Some(party);
                self.view.taken_by = Some(entry.author.by());
                self.view.status = Status::Taken;
            }
            (Step::Taken, Status::Taken) => return Err("taken-already"),
            (Step::Taken, _) => return Err("done-already"),
            (Step::Done, Status::Taken) if taker => self.view.status = Status::Done,
            (Step::GivenBack, Status::Taken) if taker => self.open_again(),
            (Step::Done | Step::GivenBack, Status::Taken) => return Err("not-the-taker"),
            (Step::Done | Step::GivenBack, Status::Open) => return Err("not-taken"),
            (Step::Done | Step::GivenBack, _) => return Err("done-already"),
            (Step::Judged | Step::Reopened, _) if !opener => return Err("not-the-opener"),
            (Step::Judged, Status::Done) => {
                self.view.status = Status::Judged;
                self.view.satisfied = step.satisfied;
            }
            (Step::Judged, Status::Judged) => return Err("judged-already"),
            (Step::Judged, _) => return Err("not-done"),
            (Step::Reopened, Status::Open) => return Err("open-already"),
            (Step::Reopened, _) => {
                self.view.reopened += 1;
                self.open_again();
            }
        }
        Ok(())
    }

    fn open_again(&mut self) {
        self.taker = None;
        self.view.taken_by = None;
        self.view.satisfied = None;
        self.view.status = Status::Open;
    }
}

impl TimelineStep {
    fn marked(entry: &Entry<'_>, mark: Mark) -> Self {
        Self {
            said: entry.said(),
            step: None,
            text: String::new(),
            satisfied: None,
            pictures: Vec::new(),
            mark: Some(mark),
        }
    }
}
