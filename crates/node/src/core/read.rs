//! What folds need: an object's records with their bodies opened, their standing, their authors; the roll to count over.

use std::borrow::Cow;

use linli_community::content::{Author, Context, Dwelling, Entry, Standing, neighbourhood};
use linli_community::register::{Device, Role};
use linli_record::{Flags, Kind, LogId, NodeKey, Record, RecordId};

use super::door::pick;
use super::{Core, store_fault_read};
use crate::fault::{Fault, FaultKind};

/// Objects looked at when a list is asked for.
pub(super) const NEWEST: usize = 200;
/// Beginnings read at once when all are walked through.
const STEP: usize = 1024;

impl Core {
    /// Gathers an object and hands it to a fold.
    pub(super) fn with_entries<T>(
        &self,
        object: &RecordId,
        fold: impl FnOnce(&[Entry<'_>], &Context<'_>) -> T,
    ) -> Result<T, Fault> {
        let records = self.store.object(object).map_err(|error| store_fault_read(&error))?;
        Ok(self.with_records(&records, fold))
    }

    /// The same for records already at hand.
    pub(super) fn with_records<T>(
        &self,
        records: &[Record],
        fold: impl FnOnce(&[Entry<'_>], &Context<'_>) -> T,
    ) -> T {
        let dwellings = self.dwellings();
        self.with_records_in(records, &Context { dwellings: &dwellings }, fold)
    }

    /// The same for whoever folds many objects over one roll.
    pub(super) fn with_records_in<T>(
        &self,
        records: &[Record],
        context: &Context<'_>,
        fold: impl FnOnce(&[Entry<'_>], &Context<'_>) -> T,
    ) -> T {
        let standings: Vec<Standing> = records.iter().map(|record| self.standing(record)).collect();
        let authors: Vec<Author> = records
            .iter()
            .zip(&standings)
            .map(|(record, standing)| self.author(&record.log, standing.height))
            .collect();
        let entries: Vec<Entry<'_>> = records
            .iter()
            .zip(standings.into_iter().zip(&authors))
            .map(|(record, (standing, author))| Entry {
                record,
                body: self.open_body(record),
                standing,
                author,
            })
            .collect();
        fold(&entries, context)
    }

    /// A record's body as this device reads it.
    pub(super) fn open_body<'a>(&self, record: &'a Record) -> Option<Cow<'a, [u8]>> {
        if record.flags.has(Flags::SEALED) {
            return self.unseal(record).map(Cow::Owned);
        }
        record.body().map(Cow::Borrowed)
    }

    pub(super) fn standing(&self, record: &Record) -> Standing {
        Standing { height: self.settled_height(&record.log, record.seq), verdict: self.verdict(record) }
    }

    /// Who stands behind a log, with the offices held when block `settled` settled the record in hand, or held now.
    pub(super) fn author(&self, log: &LogId, settled: Option<u64>) -> Author {
        let key = self.store.tip(log).map(|tip| tip.key);
        match &self.state {
            Some(state) => neighbourhood::author(state, *log, key.as_ref(), settled),
            None => Author { device: key, ..Author::stranger(*log) },
        }
    }

    pub(super) fn author_of_device(&self, device: &Device) -> Author {
        match &self.state {
            Some(state) => neighbourhood::author(state, device.log, Some(&device.key), None),
            None => Author::stranger(device.log),
        }
    }

    /// Every unit on the roll with the households that joined there.
    pub(super) fn dwellings(&self) -> Vec<Dwelling> {
        self.state.as_ref().map(neighbourhood::dwellings).unwrap_or_default()
    }

    /// Every record of a kind that begins an object.
    pub(super) fn every(&self, kind: Kind) -> Result<Vec<Record>, Fault> {
        self.every_after(kind, 0)
    }

    /// The same, of those that arrived after `after`.
    pub(super) fn every_after(&self, kind: Kind, after: u64) -> Result<Vec<Record>, Fault> {
        let mut records = Vec::new();
        for id in self.every_id_after(kind, after)? {
            records.extend(self.store.record(&id).map_err(|error| store_fault_read(&error))?);
        }
        Ok(records)
    }

    /// The ids of every record of a kind that begins an object, oldest first.
    pub(super) fn every_id(&self, kind: Kind) -> Result<Vec<RecordId>, Fault> {
        self.every_id_after(kind, 0)
    }

    fn every_id_after(&self, kind: Kind, mut after: u64) -> Result<Vec<RecordId>, Fault> {
        let mut ids = Vec::new();
        loop {
            let page = self.store.beginnings(kind, after, STEP).map_err(|error| store_fault_read(&error))?;
            let Some(last) = page.last() else { return Ok(ids) };
            after = last.arrival;
            ids.extend(page.iter().map(|beginning| beginning.id));
        }
    }

    /// An object of this kind by its name.
    pub(super) fn object_named(&self, what: &str, kind: Kind, name: &str) -> Result<RecordId, Fault> {
        if let Ok(id) = name.trim().parse::<RecordId>() {
            let held = self.store.record(&id).map_err(|error| store_fault_read(&error))?;
            return held
                .filter(|record| record.kind == kind)
                .map(|_| id)
                .ok_or_else(|| Fault::not_found(what, name));
        }
        pick(what, name, self.every_id(kind)?.iter())
    }

    /// A household by its label, unit or id.
    pub(super) fn household_named(&self, name: &str) -> Result<RecordId, Fault> {
        let state = self.state.as_ref().ok_or_else(super::own::not_joined)?;
        let matches: Vec<RecordId> = state
            .households()
            .filter(|home| {
                home.label == name
                    || home.units.iter().any(|seat| seat.unit == name)
                    || home.lives.as_deref() == Some(name)
            })
            .map(|home| home.id)
            .collect();
        match matches.as_slice() {
            [one] => Ok(*one),
            [] => {
                let ids: Vec<RecordId> = state.households().map(|home| home.id).collect();
                pick("household", name, ids.iter())
            }
            _ => Err(Fault::new(
                FaultKind::Ambiguous,
                "ambiguous",
                format!("several households are called {name:?}"),
            )
            .hint("name one by its id: `linli people`")),
        }
    }

    /// This home's device, once enrolled.
    pub(super) fn own_device(&self) -> Option<&Device> {
        self.state.as_ref()?.device_by_key(&self.keys.signing.public())
    }

    /// Whether this home is enrolled and not revoked.
    pub(super) fn is_member(&self) -> bool {
        self.own_device().is_some_and(Device::active)
    }

    /// Whether this home keeps many links: gateways and keepers.
    pub(super) fn is_hub(&self) -> bool {
        self.own_device().is_some_and(|device| matches!(device.role, Role::Gateway | Role::Keeper))
    }

    pub(super) fn own_household(&self) -> Option<RecordId> {
        self.own_device().map(|device| device.household)
    }

    pub(super) fn own_unit(&self) -> Option<String> {
        self.own_device().and_then(|device| self.author_of_device(device).units.into_iter().next())
    }

    pub(super) fn own_label(&self) -> String {
        self.own_device().map(|device| self.author_of_device(device).label).unwrap_or_default()
    }

    pub(super) fn own_log(&self) -> Option<LogId> {
        self.pen.as_ref().map(|pen| pen.tip().log)
    }

    /// What a neighbour's node is called.
    pub(super) fn node_name(&self, node: &NodeKey) -> String {
        let device = self.state.as_ref().and_then(|state| state.device_by_node(node));
        device.map_or_else(|| node.short(), |device| self.author_of_device(device).label)
    }
}
