//! Notices, read for this household.

use linli_community::content::notice::{NoticeVersion, NoticeView};
use linli_community::content::scope::Scope;
use linli_community::content::{Context, Coverage};

use super::{Reader, pictures};
use crate::view::{Gap, Notice, Place, Version};

/// Notices in force, newest first.
pub(super) fn read(reader: &Reader<'_>) -> Vec<Notice> {
    let mut views: Vec<(&NoticeView, &NoticeVersion)> = reader
        .holding
        .notices
        .iter()
        .filter_map(|view| Some((view, view.current.as_ref().filter(|version| version.mark.is_none())?)))
        .collect();
    views.sort_by_key(|(_, version)| std::cmp::Reverse(version.said.claimed_ms));
    views.into_iter().map(|(view, version)| one(reader, view, version)).collect()
}

fn one(reader: &Reader<'_>, view: &NoticeView, version: &NoticeVersion) -> Notice {
    let coverage = view.coverage(&Context { dwellings: &reader.dwellings });
    let current = || view.acknowledged.iter().filter(|seen| seen.current);
    let counted = u32::try_from(current().count()).unwrap_or(u32::MAX);
    let earlier = view.history.iter().rev().filter(|other| other.said.id != version.said.id);
    Notice {
        id: view.id,
        scope: places(&version.scope),
        for_us: reader.is_for_us(&version.scope),
        must_read: version.must_read,
        title: version.title.clone(),
        text: version.text.clone(),
        author: reader.who(&version.said.by),
        when: reader.when(&version.said),
        days_left: version.expires_ms.map(|ms| reader.now.days_until(ms)),
        acknowledged: current().any(|seen| reader.is_ours(&seen.said.by)),
        seen: if coverage.units == 0 { counted } else { coverage.reached },
        asked: coverage.units,
        missing: gaps(&coverage),
        earlier: earlier
            .filter(|other| other.mark.is_none())
            .map(|other| Version {
                title: other.title.clone(),
                text: other.text.clone(),
                when: reader.when(&other.said),
            })
            .collect(),
        disputed: !view.conflicts.is_empty(),
        held: reader.held(&version.said),
        pictures: pictures(&version.pictures),
    }
}

/// A scope, one entry a place.
pub(super) fn places(scope: &Scope) -> Vec<Place> {
    match scope {
        Scope::Everyone => vec![Place::Everyone],
        Scope::Estate => vec![Place::Estate],
        Scope::Buildings(names) => names.iter().cloned().map(Place::Building).collect(),
        Scope::Stairs(stairs) => {
            stairs.iter().map(|at| Place::Stair(at.building.clone(), at.stair.clone())).collect()
        }
        Scope::Units(units) => units.iter().cloned().map(Place::Unit).collect(),
    }
}

/// The doors still to knock on, one entry a stair.
pub(super) fn gaps(coverage: &Coverage) -> Vec<Gap> {
    let stairs = coverage.buildings.iter().flat_map(|building| {
        building.stairs.iter().map(|stair| Gap {
            building: building.building.clone(),
            stair: stair.stair.clone(),
            units: stair.missing.iter().map(|missing| missing.unit.clone()).collect(),
        })
    });
    stairs.filter(|gap| !gap.units.is_empty()).collect()
}
