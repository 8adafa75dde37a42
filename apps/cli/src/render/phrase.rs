//! The small phrases every family shows: who, when, for whom, with what standing.

use linli_community::content::withdraw::Mark;
use linli_community::content::{Aside, By, Picture, Said, Scope};
use linli_community::kinds;
use linli_community::register::Role;
use linli_speech::{Page, Speech, code, moment, say, short};

/// What somebody is called, with the role when it is not a resident's.
pub(crate) fn name(by: &By, speech: &Speech) -> String {
    let label = if by.label.is_empty() {
        by.units.first().cloned().unwrap_or_else(|| say!(speech, "somebody", log = by.log.short()))
    } else {
        by.label.clone()
    };
    match by.role {
        None | Some(Role::Owner | Role::Family | Role::Tenant | Role::Device) => label,
        Some(role) => say!(speech, "name-with-role", name = label, role = speech.word("role", &code(&role))),
    }
}

/// Who said it, when, and whether it is settled.
pub(crate) fn said(said: &Said, speech: &Speech) -> String {
    let (name, time) = (name(&said.by, speech), moment(said.claimed_ms));
    format!("{} {}", say!(speech, "said", name = name, time = time), standing(said, speech))
}

/// Settled, not yet, or set aside with the reason.
pub(crate) fn standing(said: &Said, speech: &Speech) -> String {
    match (&said.aside, said.height) {
        (Some(code), _) => say!(speech, "set-aside", reason = speech.word("reason", code)),
        (None, Some(height)) => say!(speech, "settled-at", height = height),
        (None, None) => say!(speech, "not-settled"),
    }
}

/// For whom.
pub(crate) fn scope(scope: &Scope, speech: &Speech) -> String {
    match scope {
        Scope::Everyone => say!(speech, "scope-everyone"),
        Scope::Estate => say!(speech, "scope-estate"),
        Scope::Buildings(names) => say!(speech, "scope-buildings", names = speech.list(names)),
        Scope::Units(names) => say!(speech, "scope-units", names = speech.list(names)),
        Scope::Stairs(stairs) => {
            let names: Vec<String> =
                stairs.iter().map(|at| format!("{}-{}", at.building, at.stair)).collect();
            say!(speech, "scope-stairs", names = speech.list(&names))
        }
    }
}

/// What stands in the place of something that can't be shown.
pub(crate) fn mark(mark: &Mark, speech: &Speech) -> String {
    let why = speech.word("mark", mark.code());
    let by = mark.by.as_ref().map(|by| name(by, speech));
    match (by, &mark.reason) {
        (Some(by), Some(reason)) => {
            say!(speech, "mark-by-because", why = why, name = by, reason = reason.as_str())
        }
        (Some(by), None) => say!(speech, "mark-by", why = why, name = by),
        (None, Some(reason)) => say!(speech, "mark-because", why = why, reason = reason.as_str()),
        (None, None) => why,
    }
}

/// A title, or the mark in its place.
pub(crate) fn title_or(mark_: Option<&Mark>, title: &str, speech: &Speech) -> String {
    mark_.map_or_else(|| title.to_owned(), |there| format!("[{}]", mark(there, speech)))
}

/// A title in a list, with the reason behind it where it was set aside.
pub(crate) fn titled(opened: &Said, mark: Option<&Mark>, title: &str, speech: &Speech) -> String {
    let title = title_or(mark, title, speech);
    if opened.set_aside() { format!("{title} [{}]", standing(opened, speech)) } else { title }
}

/// Attachments, each with the command that saves it.
pub(crate) fn pictures(pictures: &[Picture], page: &mut Page<'_>) {
    for picture in pictures {
        let line = match &picture.mark {
            Some(there) => mark(there, page.speech),
            None => {
                let (kib, hash) = (picture.size.div_ceil(1024), picture.blob.to_string());
                say!(page.speech, "picture", caption = picture.caption.as_str(), kib = kib, hash = hash)
            }
        };
        page.prose(&line);
    }
}

/// What is shown and changes nothing, with the reason.
pub(crate) fn asides(asides: &[Aside], page: &mut Page<'_>) {
    if asides.is_empty() {
        return;
    }
    page.gap();
    page.line(&say!(page.speech, "asides"));
    for aside in asides {
        let speech = page.speech;
        let kind = speech.word("kind", &kinds::name(aside.kind));
        let reason = speech.word("reason", &aside.reason);
        let line = format!("{}  {kind}  {}  {reason}", short(&aside.id), name(&aside.by, speech));
        page.prose(&line);
    }
}

/// Yes or no.
pub(crate) fn yes(is: bool, speech: &Speech) -> String {
    if is { say!(speech, "yes") } else { say!(speech, "no") }
}

/// Square metres from hundredths of one.
pub(crate) fn area(centi_m2: u64) -> String {
    format!("{}.{:02}", centi_m2 / 100, centi_m2 % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_shows_both_decimals() {
        assert_eq!(area(775_086), "7750.86");
        assert_eq!(area(5), "0.05");
    }
}
