//! The roll: what it holds, and how a spreadsheet becomes one.
//!
//! The file's own owner ids and names go no further than the mapping, sealed to the registrars, so that a second import
//! gives every owner the same random id.

use std::collections::{BTreeMap, BTreeSet};

use linli_community::content::audience::{Audience, AudienceKind, AudienceView, EpochView, Member};
use linli_community::content::{Dwelling, Entry, Payload as _};
use linli_community::kinds::Sayers;
use linli_community::register::limits::ROLL_INLINE_BYTES;
use linli_community::register::statement::{RollChange, Statement as _};
use linli_community::register::{Roll, State, UnitStatus};
use linli_community::roll::{self, BadLine, Mapping, RollMapping};
use linli_record::{AudienceId, Flags, RecordId};

use super::super::Core;
use super::super::own::{Saying, not_joined};
use crate::chance::random;
use crate::fault::Fault;
use crate::vocabulary::{Answer, ImportView, RollView, UnitView};

/// What the audience is called that the mapping is sealed to.
const REGISTRARS: &str = "registrars";

/// What reading a roll is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Import {
    /// Only to tell what it would do.
    Rehearse,
    /// To propose it.
    Propose {
        /// Whether units may go.
        shrink: bool,
    },
}

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
    pub(super) fn import_roll(&mut self, csv: &[u8], import: Import) -> Result<Answer, Fault> {
        let imported = roll::parse(csv).map_err(bad_lines)?;
        let known = self.roll_mapping()?;
        let report = imported.report(&known);
        let gone = self.units_gone(imported.units().iter().map(|unit| unit.unit.as_str()));
        let mut view = ImportView { report, gone, record: None };
        if let Import::Propose { shrink } = import {
            self.refuse_without_office()?;
            if !view.gone.is_empty() && !shrink {
                return Err(shrinks(&view.gone));
            }
            let (roll, mapping) = imported.assign(&known, &random())?;
            // The mapping first: a roll whose owners nobody could match again is worse than a mapping without its roll.
            self.keep_mapping(&known, &mapping)?;
            view.record = Some(self.propose_roll(&roll)?);
        }
        Ok(Answer::Import(Box::new(view)))
    }

    /// Units on the roll that are not among these.
    fn units_gone<'a>(&self, units: impl Iterator<Item = &'a str>) -> Vec<String> {
        let stay: BTreeSet<&str> = units.collect();
        let now = self.state.as_ref().and_then(State::roll).into_iter().flat_map(Roll::units);
        now.filter(|unit| !stay.contains(unit.name.as_str())).map(|unit| unit.name.clone()).collect()
    }

    /// Refuses before anything is sealed what the register would not act on.
    fn refuse_without_office(&self) -> Result<(), Fault> {
        self.refuse_when_outdated()?;
        let (state, device) = (self.register_state()?, self.own_device().ok_or_else(not_joined)?);
        if state.sayers(device).any(Sayers::OFFICE) {
            return Ok(());
        }
        Err(Fault::not_allowed("no-office", "only a registrar or a clerk states a roll")
            .hint("`linli people` lists the offices"))
    }

    /// What earlier imports learnt, as far as this device may read it.
    pub(in super::super) fn roll_mapping(&self) -> Result<Mapping, Fault> {
        let records = self.every(RollMapping::KIND)?;
        Ok(self.with_records(&records, |entries: &[Entry<'_>], _| roll::fold_mapping(entries)))
    }

    fn keep_mapping(&mut self, before: &Mapping, mapping: &Mapping) -> Result<(), Fault> {
        let payloads = mapping.payloads(before);
        if payloads.is_empty() {
            return Ok(());
        }
        let audience = self.registrars_audience()?;
        for payload in payloads {
            self.say_where(Some(audience), Saying { draft: RollMapping::begin(), body: payload.body()? })?;
        }
        Ok(())
    }

    /// The audience the mapping is sealed to: the registrars' households, as they are now, and nobody else but the clerk
    /// who imports.
    fn registrars_audience(&mut self) -> Result<AudienceId, Fault> {
        let members = self.registrars_households()?;
        let Some(view) = self.held_registrars_audience() else {
            let keepers =
                self.state.iter().flat_map(|state| state.keepers()).map(|device| device.key).collect();
            let (name, kind) = (REGISTRARS.to_owned(), AudienceKind::Committee);
            let opening = Audience { name, kind, members, newcomers_read: true, keepers };
            return self.begin_audience(opening).map(|(audience, _)| audience);
        };
        // Whoever may write there may also change who is in.
        self.writing_key(&view)?;
        let view = self.audience(&view.audience).unwrap_or(view);
        self.renew_members(&view, &members)?;
        Ok(view.audience)
    }

    /// After the registrars changed: who comes reads what those before knew, who goes reads nothing new. One who stays
    /// sees to it; when all go, one of them.
    pub(in super::super) fn hand_on_mapping(&mut self) -> Result<(), Fault> {
        let Some(view) = self.held_registrars_audience().filter(|_| self.is_member()) else { return Ok(()) };
        let seats = self.register_state()?.registrars().seats.iter();
        let members: BTreeSet<Member> = seats.filter_map(|seat| seat.holder.map(Member::Household)).collect();
        let Some(newest) = view.newest() else { return Ok(()) };
        let stays = newest.members.iter().find(|member| members.contains(member));
        let acts = stays.or_else(|| newest.members.first()).copied();
        if acts != self.own_household().map(Member::Household) || newest.members.iter().eq(&members) {
            return Ok(());
        }
        self.writing_key(&view)?;
        let view = self.audience(&view.audience).unwrap_or(view);
        self.renew_members(&view, &members.into_iter().collect::<Vec<_>>())
    }

    /// Begins another epoch unless exactly these are in, by a word of one of theirs.
    fn renew_members(&mut self, view: &AudienceView, members: &[Member]) -> Result<(), Fault> {
        let Some(newest) = view.newest() else { return Ok(()) };
        let apart = |these: &[Member], those: &[Member]| -> Vec<Member> {
            these.iter().filter(|member| !those.contains(member)).copied().collect()
        };
        let (add, remove) = (apart(members, &newest.members), apart(&newest.members, members));
        if add.is_empty() && remove.is_empty() && self.begun_by_members(newest, members) {
            return Ok(());
        }
        self.begin_epoch(view, &add, &remove)?;
        self.heal_all();
        Ok(())
    }

    /// Whoever began an epoch knows its key, though they took themselves out.
    fn begun_by_members(&self, epoch: &EpochView, members: &[Member]) -> bool {
        epoch.begun_by.iter().all(|id| {
            let record = self.store.record(id).ok().flatten();
            record.is_some_and(|record| {
                let author = self.author(&record.log, None);
                members.iter().any(|member| member.is(&author))
            })
        })
    }

    fn registrars_households(&self) -> Result<Vec<Member>, Fault> {
        let seats = self.register_state()?.registrars().seats.iter();
        let mut homes: BTreeSet<RecordId> = seats.filter_map(|seat| seat.holder).collect();
        homes.insert(self.own_household().ok_or_else(not_joined)?);
        Ok(homes.into_iter().map(Member::Household).collect())
    }

    /// An audience's name is anyone's to choose: the registrars' is one that a registrar opened, or this household, and
    /// that this household is in. Of several, the one settled first.
    fn held_registrars_audience(&self) -> Option<AudienceView> {
        let (state, own) = (self.state.as_ref()?, self.own_household()?);
        let opened_rightly = |view: &AudienceView| {
            let key = self.store.tip(&view.opened.by.log).map(|tip| tip.key);
            let registrar = key.is_some_and(|key| state.is_registrar(&key, view.opened.height));
            registrar || view.opened.by.household == Some(own)
        };
        let is_in = |view: &AudienceView| {
            view.newest().is_some_and(|epoch| epoch.members.contains(&Member::Household(own)))
        };
        let held = self.audiences().into_iter().filter(|view| {
            view.kind == AudienceKind::Committee
                && view.name == REGISTRARS
                && view.newcomers_read
                && opened_rightly(view)
                && is_in(view)
        });
        held.min_by_key(|view| (view.opened.height.unwrap_or(u64::MAX), view.id))
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

/// Whoever leaves a line out by mistake takes a neighbour's unit away: that is asked for in so many words.
fn shrinks(gone: &[String]) -> Fault {
    let count = gone.len();
    let what = if count == 1 { "one unit".to_owned() } else { format!("{count} units") };
    Fault::input("roll-shrinks", format!("{what} on the roll would go; nothing was changed"))
        .details(gone.iter().cloned())
        .hint("add the lines that are missing; if these units are gone indeed, import with --shrink")
}

fn bad_lines(lines: Vec<BadLine>) -> Fault {
    let count = lines.iter().map(|bad| bad.line).collect::<BTreeSet<_>>().len();
    let what = if count == 1 { "one line".to_owned() } else { format!("{count} lines") };
    let fault = Fault::input("roll", format!("{what} of the roll can't be taken; nothing was changed"))
        .details(lines.iter().map(ToString::to_string))
        .hint("mend the lines named and import again; --dry-run only looks");
    Fault { lines: lines.into(), ..fault }
}
