//! Who has answered and who is missing, by building and stair, over every unit on the roll.

use std::collections::BTreeSet;

use linli_record::RecordId;
use serde::{Deserialize, Serialize};

use super::entry::{Context, Dwelling, Neighbour};
use super::scope::Scope;

/// How far something has reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Units meant.
    pub units: u32,
    /// Units reached.
    pub reached: u32,
    /// By building, in the roll's order.
    pub buildings: Vec<BuildingCoverage>,
}

/// One building's share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildingCoverage {
    /// The building.
    pub building: String,
    /// Units meant.
    pub units: u32,
    /// Units reached.
    pub reached: u32,
    /// By stair, in the roll's order.
    pub stairs: Vec<StairCoverage>,
}

/// One stair's share, with the doors still to knock on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StairCoverage {
    /// The stair.
    pub stair: String,
    /// Units meant.
    pub units: u32,
    /// Units reached.
    pub reached: u32,
    /// Units not reached, in the roll's order.
    pub missing: Vec<MissingUnit>,
}

/// A unit nobody has heard from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingUnit {
    /// The unit.
    pub unit: String,
    /// The households that joined there; none means phone, paper or a knock.
    pub households: Vec<Neighbour>,
}

/// Who was reached: households by their devices, units by a clerk's entry.
#[derive(Debug, Clone, Default)]
pub struct Reached {
    /// Households that answered themselves.
    pub households: BTreeSet<RecordId>,
    /// Units that were answered for, or whose households answered.
    pub units: BTreeSet<String>,
}

impl Reached {
    fn includes(&self, dwelling: &Dwelling) -> bool {
        self.units.contains(&dwelling.unit)
            || dwelling.households.iter().any(|joined| self.households.contains(&joined.household))
    }
}

impl Coverage {
    /// Counts `reached` over the units that `scope` means.
    #[must_use]
    pub fn count(scope: &Scope, reached: &Reached, ctx: &Context<'_>) -> Self {
        let mut coverage = Self::default();
        for dwelling in ctx.dwellings.iter().filter(|dwelling| scope.covers(dwelling)) {
            coverage.add(dwelling, reached.includes(dwelling));
        }
        coverage
    }

    fn add(&mut self, dwelling: &Dwelling, reached: bool) {
        let here = u32::from(reached);
        self.units += 1;
        self.reached += here;
        let building = found_or_made(
            &mut self.buildings,
            |known| known.building == dwelling.building,
            || BuildingCoverage {
                building: dwelling.building.clone(),
                units: 0,
                reached: 0,
                stairs: Vec::new(),
            },
        );
        building.units += 1;
        building.reached += here;
        let stair = found_or_made(
            &mut building.stairs,
            |known| known.stair == dwelling.stair,
            || StairCoverage { stair: dwelling.stair.clone(), units: 0, reached: 0, missing: Vec::new() },
        );
        stair.units += 1;
        stair.reached += here;
        if !reached {
            let households = dwelling.households.clone();
            stair.missing.push(MissingUnit { unit: dwelling.unit.clone(), households });
        }
    }
}

fn found_or_made<T>(list: &mut Vec<T>, is: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> &mut T {
    let at = list.iter().position(is).unwrap_or_else(|| {
        list.push(make());
        list.len() - 1
    });
    &mut list[at]
}
