//! Enrolling, confirming, revoking, removing, transferring; closing and forking of logs.

use linli_record::{Claim, DeviceKey, ForkProof, LogClose, RecordId};

use super::Enact;
use crate::register::happening::Happening;
use crate::register::intake::log_key;
use crate::register::people::{Device, EndedWhy, Fork, Household, LogEnd, Role, SeatUnit};
use crate::register::statement::{Admit, Confirm, ConfirmWhat, Readmit, Remove, Revoke, Transfer, life_log};

/// `log-close` reasons that end the device and not only the log: retired, key may be known to others.
const ENDS_DEVICE: [u8; 2] = [1, 3];

impl Enact<'_> {
    pub(super) fn admit(&mut self, admit: &Admit) {
        let Some(claim) = self.proposal.claim.clone() else { return };
        let Some(claimed) = Role::from_number(claim.role) else { return };
        let author = self.facts.devices.get(&self.proposal.author).map(|author| (author.role, author.key));
        let (role, added_by) = match (claimed, author) {
            (Role::Device, Some((role, key))) => (role, Some(key)),
            (Role::Device, None) => return,
            (role, _) => (role, None),
        };
        let id = self.proposal.id;
        let household = claim.household.unwrap_or(id);
        self.facts.invites.insert(claim.invite);
        if claim.household.is_none() {
            let begun = self.household(&claim, role, admit);
            self.facts.households.insert(id, begun);
        }
        let device = self.device(&claim, household, role, added_by);
        self.happened.push(Happening::Admitted { by: id, device: device.key, household, role });
        self.facts.devices.insert(device.key, device);
        if role == Role::Owner
            && claim.household.is_none()
            && let Some(unit) = claim.unit
        {
            self.unseat_unit(&unit);
            self.seat(&unit, household);
        }
    }

    fn household(&self, claim: &Claim, role: Role, admit: &Admit) -> Household {
        Household {
            id: self.proposal.id,
            label: claim.label.clone(),
            role,
            units: Vec::new(),
            lives: claim.unit.clone().filter(|_| role != Role::Owner),
            enrolled_by: self.approvers.clone(),
            confirmed_by: Vec::new(),
            since: self.height(),
            removed: None,
            until_ms: admit.until_ms,
            ended: None,
            scope: admit.scope.clone(),
        }
    }

    fn device(&self, claim: &Claim, household: RecordId, role: Role, added_by: Option<DeviceKey>) -> Device {
        Device {
            key: claim.device,
            admitted: self.proposal.id,
            household,
            role,
            log: claim.log_id(),
            sealing: claim.sealing,
            node: claim.node,
            since: self.height(),
            ended: None,
            suspect_from_ms: None,
            forked: None,
            reopened: Vec::new(),
            added_by,
            label: claim.label.clone(),
        }
    }

    fn seat(&mut self, unit: &str, household: RecordId) {
        let owner = self.facts.roll.as_ref().and_then(|roll| roll.unit(unit)).map(|unit| unit.owner);
        if let Some(home) = self.facts.households.get_mut(&household) {
            home.units.push(SeatUnit { unit: unit.to_owned(), owner });
            home.units.sort_by(|a, b| a.unit.cmp(&b.unit));
            self.happened.push(Happening::Seated { by: self.proposal.id, household, unit: unit.to_owned() });
        }
    }

    /// Ends whatever seat stands on a unit.
    pub(super) fn unseat_unit(&mut self, unit: &str) {
        for home in self.facts.households.values_mut() {
            let before = home.units.len();
            home.units.retain(|held| held.unit != unit);
            if home.units.len() < before {
                let by = self.proposal.id;
                self.happened.push(Happening::Unseated { by, household: home.id, unit: unit.to_owned() });
            }
        }
    }

    pub(super) fn confirm(&mut self, confirm: &Confirm) {
        match confirm.what {
            ConfirmWhat::Seat => self.confirm_seat(&confirm.record),
            ConfirmWhat::Successor => self.confirm_successor(&confirm.record),
            ConfirmWhat::Life => self.confirm_life(confirm),
        }
    }

    fn confirm_seat(&mut self, household: &RecordId) {
        let by = self.facts.devices.get(&self.proposal.author).map(|device| device.household);
        if let Some((home, by)) = self.facts.households.get_mut(household).zip(by)
            && let Err(at) = home.confirmed_by.binary_search(&by)
        {
            home.confirmed_by.insert(at, by);
            self.happened.push(Happening::Confirmed { by: self.proposal.id, household: *household });
        }
    }

    /// The new key takes the old one's place: household, role, registrar's and teller's keys. A witness is a log, and is
    /// replaced by a statement only.
    fn confirm_successor(&mut self, close: &RecordId) {
        let Some(pending) = self.facts.successors.remove(close) else { return };
        let (next, height) = (pending.next, self.height());
        let Some((key, log)) = next.device().zip(next.log_id()) else { return };
        let ended = self.ended(EndedWhy::Succeeded);
        let taken = self.facts.devices.values().any(|device| device.key == key || device.node == next.node);
        let old = self.facts.devices.get_mut(&pending.of).filter(|old| !taken && old.active());
        let Some(old) = old else { return };
        old.ended.get_or_insert(ended);
        let device = Device {
            key,
            admitted: self.proposal.id,
            log,
            sealing: next.sealing,
            node: next.node,
            since: height,
            ended: None,
            suspect_from_ms: None,
            forked: None,
            reopened: Vec::new(),
            added_by: None,
            ..old.clone()
        };
        self.facts.devices.insert(key, device);
        let seats = self.facts.bylaws.registrars.seats.iter_mut().flat_map(|seat| &mut seat.keys);
        let tellers = self.facts.bylaws.tellers.seats.iter_mut().flat_map(|seat| &mut seat.keys);
        seats.chain(tellers).filter(|held| **held == pending.of).for_each(|held| *held = key);
        self.happened.push(Happening::Succeeded { by: self.proposal.id, old: pending.of, new: key });
    }

    fn confirm_life(&mut self, confirm: &Confirm) {
        let Some(incarnation) = &confirm.incarnation else { return };
        let find = |device: &&mut Device| device.admitted == confirm.record;
        let Some(device) = self.facts.devices.values_mut().find(find) else { return };
        let log = life_log(&device.key, incarnation);
        if !device.reopened.contains(&log) && device.reopened.len() < linli_record::limits::INCARNATIONS {
            device.reopened.push(log);
            self.happened.push(Happening::LifeConfirmed { by: self.proposal.id, log });
        }
    }

    pub(super) fn revoke(&mut self, revoke: &Revoke) {
        let find = |device: &&Device| device.admitted == revoke.admission;
        if let Some(key) = self.facts.devices.values().find(find).map(|device| device.key) {
            if let Some(device) = self.facts.devices.get_mut(&key) {
                device.suspect_from_ms = revoke.suspect_from_ms;
            }
            self.end_device(&key, EndedWhy::Withdrawn);
        }
    }

    fn end_device(&mut self, key: &DeviceKey, why: EndedWhy) {
        let ended = self.ended(why);
        if let Some(device) = self.facts.devices.get_mut(key).filter(|device| device.ended.is_none()) {
            device.ended = Some(ended);
            let household = device.household;
            self.happened.push(Happening::Ended { by: self.proposal.id, device: *key, household, why });
            // Nobody takes the place of a device that has none.
            self.facts.successors.retain(|_, pending| pending.of != *key);
        }
    }

    pub(super) fn remove(&mut self, remove: &Remove) {
        let ended = self.ended(EndedWhy::Withdrawn);
        let home = self.facts.households.get_mut(&remove.household);
        if let Some(home) = home.filter(|home| home.removed.is_none()) {
            home.removed = Some(ended);
            self.happened.push(Happening::Removed { by: self.proposal.id, household: remove.household });
        }
    }

    pub(super) fn readmit(&mut self, readmit: &Readmit) {
        let by = self.proposal.id;
        if let Some(removal) = readmit.removal {
            for home in self.facts.households.values_mut() {
                if home.removed.is_some_and(|removed| removed.by == Some(removal)) {
                    home.removed = None;
                    self.happened.push(Happening::Restored { by, household: home.id });
                }
            }
        }
        if !readmit.records.is_empty() {
            self.facts.readmitted.extend(&readmit.records);
            self.happened.push(Happening::Readmitted { by, records: readmit.records.clone() });
        }
    }

    pub(super) fn transfer(&mut self, transfer: &Transfer) {
        // Another removal of the same block may have moved it already.
        if self.facts.seat_on(&transfer.unit).is_none_or(|seat| seat.id != transfer.from) {
            return;
        }
        self.unseat_unit(&transfer.unit);
        if let Some(to) = transfer.to {
            self.seat(&transfer.unit, to);
        }
    }

    pub(super) fn close_log(&mut self, close: &LogClose) {
        let (by, log) = (self.proposal.id, self.proposal.log);
        self.happened.push(Happening::LogClosed { by, log });
        if close.successor.is_none() && ENDS_DEVICE.contains(&close.reason) {
            let key = self.proposal.author;
            self.end_device(&key, EndedWhy::Closed);
        }
    }

    /// The settled branch stands, every log of the key ends at its settled tip, new lives wait for a confirmation.
    pub(super) fn fork(&mut self, proof: &ForkProof) {
        let (by, height, log) = (self.proposal.id, self.height(), proof.log());
        let Some(key) = log_key(self.facts, &log) else { return };
        if self.facts.forks.iter().any(|fork| fork.log == log) {
            return;
        }
        let seq = proof.branches()[0].headers()[0].seq;
        self.facts.forks.push(Fork { log, proof: by, seq, height });
        for settled in self.facts.logs.iter_mut().filter(|settled| settled.key == key) {
            settled.closed.get_or_insert(LogEnd::Forked);
        }
        if let Some(device) = self.facts.devices.get_mut(&key) {
            device.forked = Some(by);
            device.reopened.clear();
        }
        self.happened.push(Happening::Forked { by, log });
    }
}
