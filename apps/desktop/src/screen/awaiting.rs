//! What awaits this household: questions to answer, work to judge, newcomers to let in.

use crate::command::{Page, Place};
use crate::desk::Scene;
use crate::icon::{self, Icon};
use crate::say;
use crate::view::{Stand, View};

/// One thing that awaits.
pub(super) struct Awaiting {
    pub(super) icon: Icon,
    pub(super) title: String,
    pub(super) more: String,
    pub(super) act: String,
    pub(super) page: Option<Page>,
}

/// Everything that awaits, the most pressing first.
pub(super) fn all(scene: &Scene<'_>) -> Vec<Awaiting> {
    let (words, view) = (scene.words, scene.view);
    let newcomers = view.estate.newcomers.iter().map(|newcomer| Awaiting {
        icon: icon::KNOCK,
        title: say!(words, "awaiting-newcomer", name = newcomer.name.as_str()),
        more: newcomer.unit.clone(),
        act: say!(words, "awaiting-open-door"),
        page: None,
    });
    let calls = view.matters.calls.iter().filter(|call| call.awaits_us());
    let calls = calls.map(|call| Awaiting {
        icon: icon::CALL,
        title: call.question.clone(),
        more: call.opener.name.clone(),
        act: say!(words, "awaiting-answer"),
        page: Some(Page::Call(call.id)),
    });
    let done = view.matters.requests.iter().filter(|ask| ask.stand == Stand::Done && ask.opener.ours);
    let done = done.map(|ask| Awaiting {
        icon: icon::CHECK_CIRCLE,
        title: ask.title.clone(),
        more: say!(words, "awaiting-done"),
        act: say!(words, "awaiting-judge"),
        page: Some(Page::Request(ask.id)),
    });
    newcomers.chain(calls).chain(done).collect()
}

/// How many things in a place this household has not seen or answered.
pub(super) fn count(scene: &Scene<'_>, place: Place) -> usize {
    let View { notices, threads, matters, estate, .. } = scene.view;
    match place {
        Place::Today => notices.iter().filter(|notice| notice.awaits_us()).count(),
        Place::Talk => threads.iter().map(|thread| thread.unread(scene.window.seen.get(&thread.id))).sum(),
        Place::Matters => {
            let calls = matters.calls.iter().filter(|call| call.awaits_us()).count();
            let done = matters.requests.iter().filter(|ask| ask.stand == Stand::Done && ask.opener.ours);
            calls + done.count()
        }
        Place::Memory => 0,
        Place::Estate => estate.newcomers.len(),
    }
}
