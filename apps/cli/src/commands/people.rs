//! `linli people`: households, devices, offices.

use linli_node::vocabulary::{HouseholdView, PeopleView, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, Speech, say, short};

use crate::commands::answer::Asking as _;

/// Households and offices.
pub(super) fn run(session: &Session) -> Result<(), Failure> {
    session.show(Request::People)
}

/// The page of `linli people`.
pub(super) fn show(view: &PeopleView, page: &mut Page<'_>) {
    let speech = page.speech;
    let (registrars, needed) = &view.registrars;
    page.fields(&[
        (say!(speech, "people-registrars"), speech.list(registrars)),
        (say!(speech, "people-needed"), say!(speech, "people-k-of-n", k = *needed, n = registrars.len())),
        (say!(speech, "people-witnesses"), speech.list(&view.witnesses)),
    ]);
    page.gap();
    let headings = [
        say!(speech, "head-household"),
        say!(speech, "head-label"),
        say!(speech, "head-role"),
        say!(speech, "head-unit"),
        say!(speech, "head-seat"),
        say!(speech, "head-devices"),
    ];
    page.table(&headings, by_label(view).into_iter().map(|household| row(household, speech)));
}

/// Households in an order people can find them in.
pub(super) fn by_label(view: &PeopleView) -> Vec<&HouseholdView> {
    let mut households: Vec<&HouseholdView> = view.households.iter().collect();
    households.sort_by_key(|household| (&household.unit, &household.label, household.id));
    households
}

fn row(household: &HouseholdView, speech: &Speech) -> Vec<String> {
    vec![
        short(&household.id),
        household.label.clone(),
        speech.word("role", &household.role),
        household.unit.clone().unwrap_or_default(),
        seat(household, speech),
        household.devices.iter().filter(|device| !device.revoked).count().to_string(),
    ]
}

fn seat(household: &HouseholdView, speech: &Speech) -> String {
    match (household.role.as_str(), household.confirmed) {
        ("owner", true) => say!(speech, "seat-counts"),
        ("owner", false) => say!(speech, "seat-unconfirmed"),
        _ => String::new(),
    }
}
