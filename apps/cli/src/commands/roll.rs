//! `linli roll`: units, areas and owners, read from a spreadsheet's file.

use std::path::PathBuf;

use clap::Subcommand;
use linli_node::vocabulary::{ImportView, Request, RollView, UnitView};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, Speech, say, short};

use super::shared::read_bytes;
use crate::commands::answer::Asking as _;
use crate::render::phrase::area;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Read a roll from a CSV file; all of it or nothing
    Import {
        /// CSV file (UTF-8 or GBK); `-` is the standard input
        file: PathBuf,
        /// Only report what it would do
        #[arg(long)]
        dry_run: bool,
        /// Units that the file does not have go from the roll
        #[arg(long)]
        shrink: bool,
    },
    /// Show the roll
    Show,
}

impl Verb {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Import { file, dry_run, shrink } => {
                let csv = read_bytes(&file)?;
                let reading = say!(session.speech, "reading-roll");
                let import = Request::RollImport { csv, dry_run, shrink };
                let answer = session.ask_long(import, &reading)?;
                session.answer(&answer)
            }
            Self::Show => session.show(Request::Roll),
        }
    }
}

/// What an import would do, or did.
pub(super) fn show_import(view: &ImportView, page: &mut Page<'_>) {
    let speech = page.speech;
    let report = &view.report;
    let sum = area(report.area);
    page.line(&say!(speech, "import-sum", units = report.units, heads = report.heads, area = sum));
    for one in &report.buildings {
        let (building, sum) = (one.building.as_str(), area(one.area));
        page.prose(&say!(speech, "import-building", building = building, units = one.units, area = sum));
    }
    if report.developer_units > 0 {
        let (units, sum) = (report.developer_units, area(report.developer_area));
        page.prose(&say!(speech, "import-developer", units = units, area = sum));
    }
    if report.known_owners > 0 {
        page.prose(&say!(speech, "import-known", owners = report.known_owners));
    }
    if !report.ignored_columns.is_empty() {
        page.prose(&say!(speech, "import-ignored", columns = speech.list(&report.ignored_columns)));
    }
    if !view.gone.is_empty() {
        page.prose(&say!(speech, "import-gone", count = view.gone.len(), units = speech.list(&view.gone)));
    }
    page.line(&match &view.record {
        Some(record) => say!(speech, "import-proposed", record = short(record)),
        None => say!(speech, "import-dry"),
    });
}

/// The roll.
pub(super) fn show(view: Option<&RollView>, page: &mut Page<'_>) {
    let speech = page.speech;
    let Some(roll) = view else {
        page.line(&say!(speech, "no-roll"));
        return;
    };
    let (units, area) = (roll.units.len(), area(roll.area_centi_m2));
    page.line(&say!(speech, "import-sum", units = units, heads = roll.heads, area = area));
    page.line(&say!(speech, "roll-fingerprint", fingerprint = roll.fingerprint.to_string()));
    page.gap();
    let headings = [
        say!(speech, "head-unit"),
        say!(speech, "head-building"),
        say!(speech, "head-stair"),
        say!(speech, "head-area"),
        say!(speech, "head-status"),
        say!(speech, "head-joined"),
    ];
    page.table(&headings, roll.units.iter().map(|unit| row(unit, speech)));
}

fn row(unit: &UnitView, speech: &Speech) -> Vec<String> {
    vec![
        unit.unit.clone(),
        unit.building.clone(),
        unit.stair.clone(),
        area(unit.area_centi_m2),
        speech.word("unit-status", &unit.status),
        speech.list(&unit.households),
    ]
}
