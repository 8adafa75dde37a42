//! Who was reached and which doors are still to be knocked on, by building and stair.

use linli_community::content::Coverage;
use linli_community::content::coverage::{MissingUnit, StairCoverage};
use linli_speech::{Page, say};

/// The count, then one line a stair with the units that are missing; `*` marks those nobody joined from.
pub(crate) fn write(coverage: &Coverage, page: &mut Page<'_>) {
    let speech = page.speech;
    page.line(&say!(speech, "coverage", reached = coverage.reached, units = coverage.units));
    let mut rows = Vec::new();
    for building in &coverage.buildings {
        rows.extend(building.stairs.iter().map(|stair| row(&building.building, stair)));
    }
    let headings = [
        say!(speech, "head-building"),
        say!(speech, "head-stair"),
        say!(speech, "head-reached"),
        say!(speech, "head-missing"),
    ];
    let somebody_never_joined = coverage
        .buildings
        .iter()
        .flat_map(|building| &building.stairs)
        .flat_map(|stair| &stair.missing)
        .any(|missing| missing.households.is_empty());
    page.table(&headings, rows);
    if somebody_never_joined {
        page.line(&say!(speech, "coverage-star"));
    }
}

fn row(building: &str, stair: &StairCoverage) -> Vec<String> {
    let missing: Vec<String> = stair.missing.iter().map(door).collect();
    vec![
        building.to_owned(),
        stair.stair.clone(),
        format!("{}/{}", stair.reached, stair.units),
        missing.join(" "),
    ]
}

fn door(missing: &MissingUnit) -> String {
    if missing.households.is_empty() { format!("{}*", missing.unit) } else { missing.unit.clone() }
}
