//! Charter, presets, roll.

use super::Enact;
use crate::register::happening::Happening;
use crate::register::limits;
use crate::register::statement::{CharterChange, PresetChange, RollChange};

impl Enact<'_> {
    pub(super) fn change_charter(&mut self, change: &CharterChange) {
        fn set<T: Clone>(slot: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                *slot = value.clone();
            }
        }
        let bylaws = &mut self.facts.bylaws;
        set(&mut bylaws.name, change.name.as_ref());
        set(&mut bylaws.interval_ms, change.interval_ms.as_ref());
        set(&mut bylaws.languages, change.languages.as_ref());
        set(&mut bylaws.recovery_days, change.recovery_days.as_ref());
        set(&mut bylaws.petition, change.petition.as_ref());
        bylaws.bylaws = change.bylaws.or(bylaws.bylaws);
        bylaws.form = change.form.clone().or_else(|| bylaws.form.take());
    }

    pub(super) fn set_preset(&mut self, change: &PresetChange) {
        let presets = &mut self.facts.bylaws.presets;
        presets.retain(|preset| preset.name != change.preset.name);
        presets.push(change.preset.clone());
        // The oldest gives way: a bound on what every state carries.
        let surplus = presets.len().saturating_sub(limits::PRESETS);
        presets.drain(..surplus);
    }

    /// The roll is another: seats end on units that are gone or changed hands, the others get their owners' ids.
    pub(super) fn set_roll(&mut self, change: &RollChange) {
        let Some(roll) = self.roll.take() else { return };
        let held: Vec<String> = self
            .facts
            .households
            .values()
            .flat_map(|home| home.units.iter().map(|held| held.unit.clone()))
            .collect();
        for unit in held {
            if change.ends.binary_search(&unit).is_ok() || roll.unit(&unit).is_none() {
                self.unseat_unit(&unit);
            }
        }
        for held in self.facts.households.values_mut().flat_map(|home| &mut home.units) {
            held.owner = roll.unit(&held.unit).map(|unit| unit.owner);
        }
        let units = roll.units().len() as u64;
        self.facts.roll = Some(roll);
        self.facts.roll_by = Some(self.proposal.id);
        self.happened.push(Happening::RollSet { by: self.proposal.id, units });
    }
}
