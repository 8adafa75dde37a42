//! How a node stands, as fields of a page: the part of `status` that every program shows.

use linli_node::vocabulary::StatusView;

use crate::page::{Page, moment, short};
use crate::say;
use crate::texts::Speech;

/// Writes the community's name and the node's standing.
pub fn write(view: &StatusView, page: &mut Page<'_>) {
    let speech = page.speech;
    page.title(&community(view, speech));
    let word = serde_json::to_value(view.state).ok();
    let state = word.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
    page.fields(&[
        (say!(speech, "status-household"), household(view, speech)),
        (say!(speech, "status-state"), speech.word("member", state)),
        (say!(speech, "status-settled"), settled(view, speech)),
        (say!(speech, "status-records"), view.records.to_string()),
        (say!(speech, "status-copies"), view.copies.to_string()),
        (say!(speech, "status-addresses"), view.addresses.join(", ")),
    ]);
    for warning in &view.warnings {
        page.gap();
        page.line(&say!(speech, "warning", message = warning.as_str()));
    }
}

fn community(view: &StatusView, speech: &Speech) -> String {
    if view.name.is_empty() {
        say!(speech, "status-unnamed", id = short(&view.community))
    } else {
        view.name.clone()
    }
}

fn household(view: &StatusView, speech: &Speech) -> String {
    let unit = view.unit.as_deref().unwrap_or("-");
    let role = speech.word("role", &view.role);
    say!(speech, "status-household-is", label = view.label.as_str(), unit = unit, role = role)
}

fn settled(view: &StatusView, speech: &Speech) -> String {
    let mut text = match (view.head, view.settled_until_ms) {
        (Some((height, _)), Some(ms)) => {
            say!(speech, "status-settled-until", height = height, time = moment(ms))
        }
        (Some((height, _)), None) => say!(speech, "status-settled-height", height = height),
        (None, _) => say!(speech, "status-nothing-settled"),
    };
    if view.witness {
        text = [text, say!(speech, "status-witness")].join(", ");
    }
    if let Some(what) = &view.waiting_for {
        text = [text, say!(speech, "status-waiting-for", what = what.as_str())].join("; ");
    }
    text
}
