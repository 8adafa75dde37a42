//! Reads from the register's state what folds need: who stands behind a log, and which units to count over.

use std::cmp::Ordering;

use linli_record::{DeviceKey, LogId, RecordId};

use super::entry::{Author, Dwelling, Neighbour};
use crate::register::{Device, Household, Office, Role, State};

/// Who stands behind `log`. `key` is the log's key from its log-open, needed for private logs, which the register does not
/// list. `settled` is the height of the block that settled the record in hand: offices are those held then.
#[must_use]
pub fn author(state: &State, log: LogId, key: Option<&DeviceKey>, settled: Option<u64>) -> Author {
    let Some(device) = state.log_owner(&log).or_else(|| state.device_by_key(key?)) else {
        return Author { device: key.copied(), ..Author::stranger(log) };
    };
    let household = state.household(&device.household);
    Author {
        log,
        device: Some(device.key),
        household: Some(device.household),
        units: household.map(units).unwrap_or_default(),
        label: household.map_or_else(|| device.label.clone(), |home| home.label.clone()),
        role: Some(device.role),
        office: clerk(state, device, settled),
    }
}

fn clerk(state: &State, device: &Device, settled: Option<u64>) -> bool {
    let held = |since: u64, ended: Option<u64>| match settled {
        Some(height) => since <= height && ended.is_none_or(|end| end > height),
        None => ended.is_none(),
    };
    device.role == Role::Clerk
        || state.grants().any(|grant| {
            grant.to == device.household
                && grant.office == Office::Clerk
                && held(grant.since, grant.ended.map(|ended| ended.height))
        })
}

fn units(household: &Household) -> Vec<String> {
    let mut units: Vec<String> = household.units.iter().map(|seat| seat.unit.clone()).collect();
    units.extend(household.lives.clone());
    units.sort();
    units.dedup();
    units
}

/// Every unit on the roll, joined or not, by building, stair, floor and name as people count (2 before 10). Before
/// there is a roll, the units of the households that joined.
#[must_use]
pub fn dwellings(state: &State) -> Vec<Dwelling> {
    let mut placed: Vec<(i32, Dwelling)> = match state.roll() {
        Some(roll) => roll
            .units()
            .iter()
            .map(|unit| (unit.floor, dwelling(&unit.name, &unit.building, &unit.stair)))
            .collect(),
        None => joined(state).into_iter().map(|unit| (0, dwelling(&unit, "", ""))).collect(),
    };
    // Units of the roll are unique by name; where they now stand is looked up by it.
    let mut by_name: Vec<(String, usize)> =
        placed.iter().enumerate().map(|(at, (_, dwelling))| (dwelling.unit.clone(), at)).collect();
    by_name.sort();
    for household in state.households().filter(|household| household.in_common_life()) {
        for unit in units(household) {
            if let Ok(found) = by_name.binary_search_by(|(name, _)| name.cmp(&unit)) {
                let neighbour = Neighbour { household: household.id, label: household.label.clone() };
                placed[by_name[found].1].1.households.push(neighbour);
            }
        }
    }
    placed.sort_by(|(floor_a, a), (floor_b, b)| {
        as_people_count(&a.building, &b.building)
            .then_with(|| as_people_count(&a.stair, &b.stair))
            .then_with(|| floor_a.cmp(floor_b))
            .then_with(|| as_people_count(&a.unit, &b.unit))
            .then_with(|| a.unit.cmp(&b.unit))
    });
    let mut dwellings: Vec<Dwelling> = placed.into_iter().map(|(_, dwelling)| dwelling).collect();
    dwellings.iter_mut().for_each(|dwelling| dwelling.households.sort_by_key(|joined| joined.household));
    dwellings
}

fn dwelling(unit: &str, building: &str, stair: &str) -> Dwelling {
    Dwelling {
        unit: unit.to_owned(),
        building: building.to_owned(),
        stair: stair.to_owned(),
        households: Vec::new(),
    }
}

fn joined(state: &State) -> Vec<String> {
    let mut names: Vec<String> =
        state.households().filter(|household| household.in_common_life()).flat_map(units).collect();
    names.sort();
    names.dedup();
    names
}

/// The households of a unit, for lists that have only its name.
#[must_use]
pub fn households_of(dwellings: &[Dwelling], unit: &str) -> Vec<RecordId> {
    let here = dwellings.iter().filter(|dwelling| dwelling.unit == unit);
    here.flat_map(|dwelling| &dwelling.households).map(|joined| joined.household).collect()
}

/// Compares names with the numbers in them as numbers: "2" before "10".
#[must_use]
pub fn as_people_count(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (left, right) = (a.chars().next(), b.chars().next());
        match (left, right) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (number_a, rest_a) = leading_number(a);
                let (number_b, rest_b) = leading_number(b);
                let order = (number_a.len(), number_a).cmp(&(number_b.len(), number_b));
                if order != Ordering::Equal {
                    return order;
                }
                (a, b) = (rest_a, rest_b);
            }
            (Some(x), Some(y)) if x == y => (a, b) = (&a[x.len_utf8()..], &b[y.len_utf8()..]),
            _ => return left.cmp(&right),
        }
    }
}

/// The digits a text begins with, zeros in front left out, and what follows them.
fn leading_number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (text[..end].trim_start_matches('0'), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stair_2_comes_before_stair_10() {
        let mut names = ["10", "2", "1-10", "1-2", "02", "B", "A10", "A9"];
        names.sort_by(|a, b| as_people_count(a, b).then_with(|| a.cmp(b)));
        assert_eq!(names, ["1-2", "1-10", "02", "2", "10", "A9", "A10", "B"]);
    }
}
