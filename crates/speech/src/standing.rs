//! How a node stands, as fields of a page: the part of `status` that every program shows.

use linli_node::vocabulary::{BusyView, StatusView};

use crate::page::{Page, code, moment, short};
use crate::say;
use crate::texts::Speech;

/// Writes the community's name and the node's standing.
pub fn write(view: &StatusView, page: &mut Page<'_>) {
    page.title(&community(view, page.speech));
    page.fields(&fields(view, page.speech));
    warnings(view, page);
}

/// The standing, a label and a value each.
#[must_use]
pub fn fields(view: &StatusView, speech: &Speech) -> Vec<(String, String)> {
    let mut fields = vec![
        (say!(speech, "status-household"), household(view, speech)),
        (say!(speech, "status-state"), speech.word("member", &code(&view.state))),
        (say!(speech, "status-settled"), settled(view, speech)),
        (say!(speech, "status-records"), view.records.to_string()),
        (say!(speech, "status-copies"), view.copies.to_string()),
        (say!(speech, "status-addresses"), speech.list(&view.addresses)),
    ];
    fields.extend(view.busy.iter().map(|work| (say!(speech, "status-busy"), busy(work, speech))));
    fields
}

/// How far a long piece of work is.
#[must_use]
pub fn busy(view: &BusyView, speech: &Speech) -> String {
    let (what, stage) = (speech.word("busy", &view.what), speech.word("stage", &view.stage));
    match (view.done * 100).checked_div(view.of) {
        Some(percent) => say!(speech, "busy-at", what = what, stage = stage, percent = percent),
        None => say!(speech, "busy-begins", what = what),
    }
}

/// What the person should know now.
pub fn warnings(view: &StatusView, page: &mut Page<'_>) {
    let speech = page.speech;
    for warning in &view.warnings {
        page.gap();
        page.line(&say!(speech, "warning", message = told(&warning.code, &warning.message, speech)));
    }
}

/// A warning in the person's language; the node's own words where it knows no better ones.
#[must_use]
pub fn told(code: &str, message: &str, speech: &Speech) -> String {
    speech.known("warning", code).unwrap_or_else(|| message.to_owned())
}

/// What the community is called, as far as this node knows.
#[must_use]
pub fn community(view: &StatusView, speech: &Speech) -> String {
    if view.name.is_empty() {
        say!(speech, "status-unnamed", id = short(&view.community))
    } else {
        view.name.clone()
    }
}

fn household(view: &StatusView, speech: &Speech) -> String {
    if view.label.is_empty() {
        return String::new();
    }
    let unit = view.unit.as_deref().unwrap_or("-");
    let role = speech.word("role", &view.role);
    say!(speech, "status-household-is", label = view.label.as_str(), unit = unit, role = role)
}

fn settled(view: &StatusView, speech: &Speech) -> String {
    let text = match (view.head, view.settled_until_ms) {
        (Some((height, _)), Some(ms)) => {
            say!(speech, "status-settled-until", height = height, time = moment(ms))
        }
        (Some((height, _)), None) => say!(speech, "status-settled-height", height = height),
        (None, _) => say!(speech, "status-nothing-settled"),
    };
    let mut texts = vec![text];
    if view.witness {
        texts.push(say!(speech, "status-witness"));
    }
    if let Some(what) = &view.waiting_for {
        texts.push(say!(speech, "status-waiting-for", what = what.as_str()));
    }
    speech.list(&texts)
}
