//! The roll: what it holds, and how a spreadsheet becomes one.
//!
//! The file's own owner ids and names go no further than the mapping, sealed to the registrars, so that a second import
//! gives every owner the same random id.

use std::collections::{BTreeMap, BTreeSet};

use linli_community::content::audience::{AudienceKind, AudienceView};
use linli_community::content::{Dwelling, Entry, Payload as _};
use linli_community::register::limits::ROLL_INLINE_BYTES;
use linli_community::register::statement::{RollChange, Statement as _};
use linli_community::register::{Roll, State, UnitStatus};
use linli_community::roll::{self, BadLine, Mapping, RollMapping};
use linli_record::{Flags, RecordId};

use super::super::Core;
use super::super::own::Saying;
use crate::chance::random;
use crate::fault::Fault;
use crate::vocabulary::{Answer, ImportView, RollView, UnitView};

/// What the audience is called that the mapping is sealed to.
const REGISTRARS: &str = "registrars";

impl Core {
    pub(super) fn roll(&self) -> Answer {
        let Some(roll) = self.state.as_ref().and_then(State::roll) else { return Answer::Roll(None) };
        let dwellings = self.dwellings();
        let by_unit: BTreeMap<&str, &Dwelling> =
            dwellings.iter().map(|dwelling| (dwelling.unit.as_str(), dwelling)).collect();
        let joined = |unit: &str| -> Vec<String> {
            let here = by_unit.get(unit).into_iter();
            here.flat_map(|dwelling| &dwelling.households).map(|home| home.label.clone()).collect()
        };
        let units = roll.units().iter().map(|unit| UnitView {
            unit: unit.name.clone(),
            building: unit.building.clone(),
            stair: unit.stair.clone(),
            area_centi_m2: unit.area,
            status: status_word(unit.status),
            households: joined(&unit.name),
        });
        Answer::Roll(Some(RollView {
            fingerprint: roll.fingerprint(),
            heads: roll.heads() as u64,
            area_centi_m2: roll.area(),
            units: units.collect(),
        }))
    }

    /// Reads a roll; every bad line is named, and nothing is proposed then.
    pub(super) fn import_roll(&mut self, csv: &[u8], dry_run: bool) -> Result<Answer, Fault> {
        let imported = roll::parse(csv).map_err(bad_lines)?;
        let known = self.roll_mapping()?;
        let report = imported.report(&known);
        let mut view = ImportView { report, record: None };
        if !dry_run {
            let (roll, mapping) = imported.assign(&known, &random())?;
            view.record = Some(self.propose_roll(&roll)?);
            self.keep_mapping(&known, &mapping)?;
        }
        Ok(Answer::Import(Box::new(view)))
    }

    fn registrars_audience(&self) -> Option<AudienceView> {
        self.audiences()
            .into_iter()
            .find(|view| view.kind == AudienceKind::Committee && view.name == REGISTRARS)
    }

    /// What earlier imports learnt, as far as this device may read it.
    fn roll_mapping(&self) -> Result<Mapping, Fault> {
        let records = self.every(RollMapping::KIND)?;
        Ok(self.with_records(&records, |entries: &[Entry<'_>], _| roll::fold_mapping(entries)))
    }

    fn keep_mapping(&mut self, before: &Mapping, mapping: &Mapping) -> Result<(), Fault> {
        let payloads = mapping.payloads(before);
        if payloads.is_empty() {
            return Ok(());
        }
        if self.registrars_audience().is_none() {
            self.open_audience(REGISTRARS, "committee", &[], true)?;
        }
        let audience = self.registrars_audience().map(|view| view.audience);
        for payload in payloads {
            self.say_where(audience, Saying { draft: RollMapping::begin(), body: payload.body()? })?;
        }
        Ok(())
    }

    fn propose_roll(&mut self, roll: &Roll) -> Result<RecordId, Fault> {
        let bytes = roll.to_bytes();
        let inline = bytes.len() <= ROLL_INLINE_BYTES;
        let mut draft = RollChange::draft();
        if !inline {
            draft.blobs.push(self.keep_attachment(&bytes)?);
            draft.flags = draft.flags.with(Flags::REQUIRED_ANNEX);
        }
        let change = RollChange {
            made: self.register_state()?.made(),
            fingerprint: roll.fingerprint(),
            roll: inline.then(|| roll.clone()),
            ends: Vec::new(),
            as_of_ms: self.clock.now_ms(),
            source: "csv".into(),
        };
        match self.propose(RollChange::KIND, draft, change.body())? {
            Answer::Said { record, .. } => Ok(record),
            _ => Err(Fault::stopped()),
        }
    }
}

fn status_word(status: UnitStatus) -> String {
    serde_json::to_value(status).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn bad_lines(lines: Vec<BadLine>) -> Fault {
    let count = lines.iter().map(|bad| bad.line).collect::<BTreeSet<_>>().len();
    let what = if count == 1 { "one line".to_owned() } else { format!("{count} lines") };
    let fault = Fault::input("roll", format!("{what} of the roll can't be taken; nothing was changed"))
        .details(lines.iter().map(ToString::to_string))
        .hint("mend the lines named and import again; --dry-run only looks");
    Fault { lines: lines.into(), ..fault }
}
