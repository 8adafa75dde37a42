//! Reading a file whole: its encoding, its columns, and every line, good and bad.

use std::collections::BTreeMap;

use super::{BadLine, COLUMNS, FILE_BYTES, ImportedRoll, ImportedUnit, OPTIONAL, cells, quotes};
use crate::register::{Basis, UnitStatus, limits};

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
    let delimiter = delimiter(&text);
    let (text, unclosed) = quotes::without_unclosed(&text, delimiter);
    if let Some(header) = unclosed.iter().find(|bad| bad.line == 1) {
        return Err(vec![header.clone()]);
    }
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(delimiter)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut rows = reader.records();
    let header = match rows.next() {
        Some(Ok(header)) => header,
        _ => return Err(whole("empty-file", "the file is empty; its first line names the columns")),
    };
    let (columns, ignored) = Columns::read(&header)?;
    let mut taking = Taking { bad: unclosed, ..Taking::default() };
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

    fn finish(mut self, encoding: &'static str, ignored: Vec<String>) -> Result<ImportedRoll, Vec<BadLine>> {
        if !self.bad.is_empty() {
            self.bad.sort_by_key(|bad| bad.line);
            return Err(self.bad);
        }
        if self.units.is_empty() {
            return Err(vec![BadLine::new(1, None, "empty-file", "the file names no unit")]);
        }
        Ok(ImportedRoll { units: self.units, encoding, ignored })
    }
}
