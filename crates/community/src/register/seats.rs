//! Whose word counts for what: voices behind a proposal, registrars by seat, approvers of an owner's seat (rule 18).

use std::collections::{BTreeMap, BTreeSet};

use linli_record::{DeviceKey, RecordId};

use super::limits;
use super::people::{Device, Household, Role};
use super::state::{Facts, Proposal};
use crate::kinds::Sayers;

/// Someone who speaks for a proposal and holds, at this moment, what they speak with.
pub(super) struct Voice<'a> {
    pub(super) device: &'a Device,
    pub(super) home: &'a Household,
    pub(super) sayers: Sayers,
}

impl Facts {
    /// A device that speaks and takes part in common life.
    pub(super) fn voice(&self, key: &DeviceKey) -> Option<Voice<'_>> {
        let device = self.devices.get(key).filter(|device| device.active())?;
        let home = self.home(device).filter(|home| home.in_common_life())?;
        Some(Voice { device, home, sayers: self.sayers(device) })
    }

    /// The author, unless it took its word back, and everyone who approved; each device once.
    pub(super) fn voices(&self, proposal: &Proposal) -> Vec<Voice<'_>> {
        let author = (!proposal.author_withdrew).then_some(proposal.author);
        let approvals =
            self.approvals.get(&proposal.id).into_iter().flatten().map(|approval| approval.author);
        let keys: BTreeSet<DeviceKey> = author.into_iter().chain(approvals).collect();
        keys.iter().filter_map(|key| self.voice(key)).collect()
    }

    /// The registrars' seats among the voices, each with the household that spoke for it.
    pub(super) fn registrars_among(&self, voices: &[Voice<'_>]) -> BTreeMap<usize, RecordId> {
        let seat = |voice: &Voice<'_>| self.bylaws.registrars.seat_of(&voice.device.key);
        voices.iter().filter_map(|voice| Some((seat(voice)?, voice.home.id))).collect()
    }

    /// Whether a device may approve anything at this moment.
    pub(super) fn approves(&self, key: &DeviceKey) -> bool {
        self.voice(key).is_some_and(|voice| voice.approves_seats() || voice.sayers.any(Sayers::REGISTRAR))
    }

    /// The households whose word gives an owner's seat, if it is enough: two different ones, neither enrolled on the
    /// other's word alone, one of them registrar or clerk; or the founder's alone while there are fewer than three.
    pub(super) fn seat_approvers(&self, voices: &[Voice<'_>]) -> Option<Vec<RecordId>> {
        let approvers: Vec<&Voice<'_>> = voices.iter().filter(|voice| voice.approves_seats()).collect();
        let pair = approvers.iter().any(|one| {
            one.sayers.any(Sayers::OFFICE) && approvers.iter().any(|other| independent(one.home, other.home))
        });
        if pair {
            let homes: BTreeSet<RecordId> = approvers.iter().map(|voice| voice.home.id).collect();
            return Some(homes.into_iter().collect());
        }
        let seats = self.households.values().filter(|household| household.seated()).count();
        let founder = approvers.iter().any(|voice| voice.home.id == self.founder);
        (founder && seats < limits::FOUNDER_ALONE_BELOW).then(|| vec![self.founder])
    }
}

impl Voice<'_> {
    /// Family and tenants never approve, whatever else they hold.
    pub(super) fn approves_seats(&self) -> bool {
        matches!(self.device.role, Role::Owner | Role::Clerk)
            && self.sayers.any(Sayers::OWNER.or(Sayers::OFFICE))
    }

    /// Whether this is one registrar or clerk.
    pub(super) fn holds_office(&self) -> bool {
        self.sayers.any(Sayers::OFFICE) && !matches!(self.device.role, Role::Family | Role::Tenant)
    }
}

/// Different households, neither enrolled on the other's word alone.
fn independent(one: &Household, other: &Household) -> bool {
    let rests_on = |a: &Household, b: &Household| a.enrolled_by == [b.id] && a.confirmed_by.is_empty();
    one.id != other.id && !rests_on(one, other) && !rests_on(other, one)
}

/// Whether `device` speaks for `household` as far as devices of `role` go: a home's owners for all of it, others for their
/// own role.
pub(super) fn speaks_for(device: &Device, household: &RecordId, role: Role) -> bool {
    device.household == *household && (device.role == role || device.role == Role::Owner)
}
