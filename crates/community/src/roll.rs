//! A roll brought in from a spreadsheet: `linli roll import`.
//!
//! [`parse`] reads a CSV file whole and either gives an [`ImportedRoll`] or names every bad line; nothing is half
//! applied. [`ImportedRoll::assign`] then gives each owner of the file a random id, the same as last time if a mapping is
//! given, and makes the register's [`Roll`]. The file's own ids and the owners' names go no further than the mapping
//! (kind 104), which is sealed to the registrars. Areas are whole hundredths of a square metre; no float is ever made.

mod cells;
mod mapping;

use std::collections::{BTreeMap, BTreeSet};

use linli_record::Refused;
use serde::{Deserialize, Serialize};

use crate::register::{Basis, Roll, Unit, UnitStatus, limits};

pub use mapping::{Mapping, MappingLine, RollMapping, fold as fold_mapping};

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
    pub area: u64,
    /// Units of the developer: unsold or undelivered.
    pub developer_units: u32,
    /// Their area, hundredths of a square metre.
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
    pub area: u64,
}

/// Reads a file: UTF-8 with or without a byte order mark, UTF-16 with one, or GB 18030 (which GBK is part of).
///
/// # Errors
/// Every line that is bad, in the order of the file; a fault of the whole file stands at line 1.
pub fn parse(file: &[u8]) -> Result<ImportedRoll, Vec<BadLine>> {
    let whole = |code, why: &str| vec![BadLine::new(1, None, code, why)];
    if file.len() > FILE_BYTES {
        return Err(whole("file-too-large", "the file is over 16 MiB; a roll is far smaller"));
    }
    let (text, encoding) = decode(file).ok_or_else(|| {
        whole("encoding", "the file is neither UTF-8 nor GBK; save it as \"CSV UTF-8\" and try again")
    })?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(delimiter(&text))
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut rows = reader.records();
    let header = match rows.next() {
        Some(Ok(header)) => header,
        _ => return Err(whole("empty-file", "the file is empty; its first line names the columns")),
    };
    let (columns, ignored) = Columns::read(&header)?;
    let mut taking = Taking::default();
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
    for row in rows {
        match row {
            Ok(row) if row.iter().all(|cell| cell.trim().is_empty()) => {}
            Ok(row) => taking.row(&columns, &row, lines.of(row.position())),
            Err(error) => {
                let line = lines.of(error.position());
                taking.bad.push(BadLine::new(line, None, "not-csv", "the line is not CSV"));
            }
        }
        if taking.units.len() > limits::ROLL_UNITS {
            return Err(whole("too-many-units", "a roll has at most 100000 units"));
        }
    }
    taking.finish(encoding, ignored)
}

/// The text, and the name of the encoding it was in.
fn decode(file: &[u8]) -> Option<(String, &'static str)> {
    use encoding_rs::{Encoding, GB18030};
    if let Some((encoding, mark)) = Encoding::for_bom(file) {
        let (text, bad) = encoding.decode_without_bom_handling(&file[mark..]);
        return (!bad).then(|| (text.into_owned(), encoding.name()));
    }
    if let Ok(text) = std::str::from_utf8(file) {
        return Some((text.to_owned(), "UTF-8"));
    }
    let (text, bad) = GB18030.decode_without_bom_handling(file);
    (!bad).then(|| (text.into_owned(), "GBK"))
}

fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    [b',', b'\t', b';'].into_iter().find(|mark| header.contains(char::from(*mark))).unwrap_or(b',')
}

/// Counts lines as an editor does; the reader's own count stops at the empty lines it skips.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of a row that begins there, or after the empty lines there.
    fn of(&mut self, position: Option<&csv::Position>) -> u64 {
        let start = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(self.at);
        while let Some(byte) = self.text.get(self.at).copied() {
            if self.at >= start && byte != b'\n' && byte != b'\r' {
                break;
            }
            self.line += u64::from(byte == b'\n');
            self.at += 1;
        }
        self.line
    }
}

/// Where each column stands; as in [`COLUMNS`].
struct Columns([Option<usize>; 9]);

impl Columns {
    fn read(header: &csv::StringRecord) -> Result<(Self, Vec<String>), Vec<BadLine>> {
        let names: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
        let mut bad = Vec::new();
        let places = COLUMNS.map(|column| {
            let found: Vec<usize> = (0..names.len()).filter(|at| names[*at] == column).collect();
            if found.len() > 1 {
                bad.push(BadLine::new(1, Some(column), "column-twice", "the column is there twice"));
            } else if found.is_empty() && !OPTIONAL.contains(&column) {
                let why = format!("the column is missing; the first line names {}", COLUMNS.join(","));
                bad.push(BadLine::new(1, Some(column), "column-missing", why));
            }
            found.first().copied()
        });
        let ignored = names.into_iter().filter(|name| !name.is_empty() && !COLUMNS.contains(&name.as_str()));
        if bad.is_empty() { Ok((Self(places), ignored.collect())) } else { Err(bad) }
    }

    fn cell<'r>(&self, row: &'r csv::StringRecord, column: &str) -> &'r str {
        let at = COLUMNS.iter().position(|name| *name == column).and_then(|at| self.0[at]);
        at.and_then(|at| row.get(at)).unwrap_or_default().trim()
    }
}

/// Lines being taken, good and bad.
#[derive(Default)]
struct Taking {
    units: Vec<ImportedUnit>,
    bad: Vec<BadLine>,
    /// Where each unit's name was first seen.
    names: BTreeMap<String, u64>,
    /// Each owner id's first name, and its line.
    owners: BTreeMap<String, (String, u64)>,
}

impl Taking {
    fn row(&mut self, columns: &Columns, row: &csv::StringRecord, line: u64) {
        let before = self.bad.len();
        let mut cell = |column: &'static str, read: &mut dyn FnMut(&str) -> Result<(), cells::Fault>| {
            if let Err((code, why)) = read(columns.cell(row, column)) {
                self.bad.push(BadLine::new(line, Some(column), code, why));
            }
        };
        let mut unit = ImportedUnit {
            line,
            unit: String::new(),
            building: String::new(),
            stair: String::new(),
            floor: 0,
            area: 0,
            basis: Basis::Register,
            owner_id: String::new(),
            owner_name: String::new(),
            status: UnitStatus::Owned,
        };
        cell("unit", &mut |text| cells::name(text).map(|name| unit.unit = name));
        cell("building", &mut |text| cells::name(text).map(|name| unit.building = name));
        cell("stair", &mut |text| cells::name_or_nothing(text).map(|name| unit.stair = name));
        cell("floor", &mut |text| cells::floor(text).map(|floor| unit.floor = floor));
        cell("area_m2", &mut |text| cells::area(text).map(|area| unit.area = area));
        cell("area_basis", &mut |text| cells::basis(text).map(|basis| unit.basis = basis));
        cell("status", &mut |text| cells::status(text).map(|status| unit.status = status));
        let status = unit.status;
        cell("owner_id", &mut |text| cells::owner_id(text, status).map(|id| unit.owner_id = id));
        cell("owner_name", &mut |text| cells::owner_name(text).map(|name| unit.owner_name = name));
        self.against_other_lines(&unit);
        if self.bad.len() == before {
            self.units.push(unit);
        }
    }

    fn against_other_lines(&mut self, unit: &ImportedUnit) {
        if !unit.unit.is_empty() {
            if let Some(first) = self.names.get(&unit.unit) {
                let why = format!("unit {} was in line {first} already", unit.unit);
                self.bad.push(BadLine::new(unit.line, Some("unit"), "unit-twice", why));
            } else {
                self.names.insert(unit.unit.clone(), unit.line);
            }
        }
        if unit.owner_id.is_empty() || unit.owner_name.is_empty() {
            return;
        }
        let (name, first) =
            self.owners.entry(unit.owner_id.clone()).or_insert_with(|| (unit.owner_name.clone(), unit.line));
        if *name != unit.owner_name {
            let why = format!("the same owner_id has another name in line {first}; one owner, one name");
            self.bad.push(BadLine::new(unit.line, Some("owner_name"), "owner-name-differs", why));
        }
    }

    fn finish(self, encoding: &'static str, ignored: Vec<String>) -> Result<ImportedRoll, Vec<BadLine>> {
        if !self.bad.is_empty() {
            return Err(self.bad);
        }
        if self.units.is_empty() {
            return Err(vec![BadLine::new(1, None, "empty-file", "the file names no unit")]);
        }
        Ok(ImportedRoll { units: self.units, encoding, ignored })
    }
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
