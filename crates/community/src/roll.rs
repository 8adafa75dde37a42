//! A roll brought in from a spreadsheet: `linli roll import`.
//!
//! [`parse`] reads a CSV file whole and either gives an [`ImportedRoll`] or names every bad line; nothing is half
//! applied. [`ImportedRoll::assign`] then gives each owner of the file a random id, the same as last time if a mapping is
//! given, and makes the register's [`Roll`]. The file's own ids and the owners' names go no further than the mapping
//! (kind 104), which is sealed to the registrars. Areas are whole hundredths of a square metre; no float is ever made.

mod cells;
mod mapping;
mod quotes;
mod reading;

use std::collections::{BTreeMap, BTreeSet};

use linli_record::Refused;
use serde::{Deserialize, Serialize};

use crate::register::{Basis, Roll, Unit, UnitStatus};

pub use mapping::{Mapping, MappingLine, RollMapping, fold as fold_mapping};
pub use reading::parse;

/// A file larger than this is refused before it is read.
pub const FILE_BYTES: usize = 16 * 1024 * 1024;
/// The columns, in any order; `stair` and `owner_name` may be left out.
pub const COLUMNS: [&str; 9] =
    ["unit", "building", "stair", "floor", "area_m2", "area_basis", "owner_id", "owner_name", "status"];

const OPTIONAL: [&str; 2] = ["stair", "owner_name"];

/// One line that can't be taken, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadLine {
    /// Line of the file, from 1.
    pub line: u64,
    /// The column, if it is one cell's fault.
    pub column: Option<String>,
    /// Stable code.
    pub code: String,
    /// What is wrong and what would be right, in English.
    pub why: String,
}

impl BadLine {
    fn new(line: u64, column: Option<&str>, code: &str, why: impl Into<String>) -> Self {
        Self { line, column: column.map(str::to_owned), code: code.to_owned(), why: why.into() }
    }
}

impl std::fmt::Display for BadLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.column {
            Some(column) => write!(f, "line {}, {column}: {}", self.line, self.why),
            None => write!(f, "line {}: {}", self.line, self.why),
        }
    }
}

/// One unit as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedUnit {
    /// Line of the file, from 1.
    pub line: u64,
    /// Name, unique.
    pub unit: String,
    /// Building.
    pub building: String,
    /// Stair; empty where there is only one.
    pub stair: String,
    /// Floor; negative below ground.
    pub floor: i32,
    /// Hundredths of a square metre.
    pub area: u64,
    /// Where the area comes from.
    pub basis: Basis,
    /// The file's id for the owner; empty for the developer's.
    pub owner_id: String,
    /// The name on the deed; may be empty.
    pub owner_name: String,
    /// Whether a buyer holds it.
    pub status: UnitStatus,
}

/// A file in which every line is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedRoll {
    units: Vec<ImportedUnit>,
    encoding: &'static str,
    ignored: Vec<String>,
}

/// What an import would do, before it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// How the file was encoded.
    pub encoding: String,
    /// Columns that were not read.
    pub ignored_columns: Vec<String>,
    /// Units.
    pub units: u32,
    /// Buyers: distinct owners of units that are sold and delivered.
    pub owners: u32,
    /// Heads: the buyers, and one more for all that is unsold or undelivered.
    pub heads: u32,
    /// Hundredths of a square metre.
    #[serde(rename = "area_centi_m2")]
    pub area: u64,
    /// Units of the developer: unsold or undelivered.
    pub developer_units: u32,
    /// Their area, hundredths of a square metre.
    #[serde(rename = "developer_area_centi_m2")]
    pub developer_area: u64,
    /// Owners that the mapping given knew already.
    pub known_owners: u32,
    /// In the order of the file.
    pub buildings: Vec<BuildingReport>,
}

/// One building of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildingReport {
    /// The building.
    pub building: String,
    /// Its units.
    pub units: u32,
    /// Its stairs.
    pub stairs: u32,
    /// Hundredths of a square metre.
    #[serde(rename = "area_centi_m2")]
    pub area: u64,
}

impl ImportedRoll {
    /// The units, in the order of the file.
    #[must_use]
    pub fn units(&self) -> &[ImportedUnit] {
        &self.units
    }

    /// What importing this would do.
    #[must_use]
    pub fn report(&self, known: &Mapping) -> ImportReport {
        let owned = |unit: &&ImportedUnit| unit.status == UnitStatus::Owned;
        let owners: BTreeSet<&str> =
            self.units.iter().filter(owned).map(|unit| unit.owner_id.as_str()).collect();
        let developer: Vec<&ImportedUnit> = self.units.iter().filter(|unit| !owned(unit)).collect();
        ImportReport {
            encoding: self.encoding.to_owned(),
            ignored_columns: self.ignored.clone(),
            units: count(self.units.len()),
            owners: count(owners.len()),
            heads: count(owners.len() + usize::from(!developer.is_empty())),
            area: self.units.iter().map(|unit| unit.area).sum(),
            developer_units: count(developer.len()),
            developer_area: developer.iter().map(|unit| unit.area).sum(),
            known_owners: count(owners.iter().filter(|id| known.owner(id).is_some()).count()),
            buildings: self.buildings(),
        }
    }

    fn buildings(&self) -> Vec<BuildingReport> {
        let mut place: BTreeMap<&str, usize> = BTreeMap::new();
        let mut stairs: BTreeSet<(&str, &str)> = BTreeSet::new();
        let mut buildings: Vec<BuildingReport> = Vec::new();
        for unit in &self.units {
            let at = *place.entry(&unit.building).or_insert_with(|| {
                let building = unit.building.clone();
                buildings.push(BuildingReport { building, units: 0, stairs: 0, area: 0 });
                buildings.len() - 1
            });
            buildings[at].units += 1;
            buildings[at].area += unit.area;
            buildings[at].stairs += u32::from(stairs.insert((&unit.building, &unit.stair)));
        }
        buildings
    }

    /// The roll with random owner ids, and the mapping to keep, sealed. Owners that `known` maps keep their ids; all that
    /// is unsold or undelivered is the developer's, under one id. `seed` is 32 fresh random bytes.
    ///
    /// # Errors
    /// [`Refused`] when the register would refuse the roll.
    pub fn assign(&self, known: &Mapping, seed: &[u8; 32]) -> Result<(Roll, Mapping), Refused> {
        let mut mapping = known.clone();
        let mut units = Vec::with_capacity(self.units.len());
        for unit in &self.units {
            let (id, name) = match unit.status {
                UnitStatus::Owned => (unit.owner_id.as_str(), unit.owner_name.as_str()),
                _ => (mapping::DEVELOPER, ""),
            };
            let line = mapping.learn(id, name, seed);
            units.push(Unit {
                name: unit.unit.clone(),
                building: unit.building.clone(),
                stair: unit.stair.clone(),
                floor: unit.floor,
                area: unit.area,
                basis: unit.basis,
                owner: line.owner,
                status: unit.status,
                name_commitment: line.commitment(),
            });
        }
        Ok((Roll::new(units)?, mapping))
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
