//! Whether a record counts, by one state: the author's enrolment, what its role and offices may say, consents.
//!
//! A settled record stands if the state before or after its block permits it (rule 7); an unsettled one is judged by the
//! newest state, and that may change (rule 22). What a statement of power says is judged in [`super::intake`].

use linli_record::block::era_and_height;
use linli_record::{DeviceKey, Flags, Header, Kind, LogId, RecordId, Retention};

use super::people::Device;
use super::state::{Facts, State};
use super::verdict::{Reason, Verdict};
use crate::kinds::{self, Class, Sayers};

/// What verdicts need to know of a record: its header, and whose log it is.
#[derive(Debug, Clone)]
pub(super) struct Spoken {
    pub(super) id: RecordId,
    pub(super) log: LogId,
    pub(super) key: DeviceKey,
    pub(super) seq: u64,
    pub(super) seen: u64,
    pub(super) kind: Kind,
    pub(super) flags: Flags,
    pub(super) retention: Retention,
    pub(super) consent: Option<RecordId>,
    pub(super) private: bool,
}

impl Spoken {
    pub(super) fn new(header: &Header, key: DeviceKey) -> Self {
        Self {
            id: header.id(),
            log: header.log,
            key,
            seq: header.seq,
            seen: header.seen,
            kind: header.kind,
            flags: header.flags,
            retention: header.retention,
            consent: header.consent,
            private: header.audience.is_some(),
        }
    }

    pub(super) fn class(&self) -> Class {
        kinds::class(self.kind)
    }

    /// Statements of power and tallies are plain, archived, signed for ever, and of a public log.
    pub(super) fn form(&self) -> Result<(), Reason> {
        let opens = matches!(self.kind, Kind::LOG_OPEN | Kind::LOG_CLOSE | kinds::WITNESS_VOTE);
        let public = !self.private || opens;
        let plain = !self.flags.has(Flags::SEALED) && self.retention == Retention::Archive;
        let evidence = self.flags.has(Flags::EVIDENCE);
        let fine = self.class() == Class::Content
            || (public && evidence && (plain || self.kind == kinds::WITNESS_VOTE));
        if fine { Ok(()) } else { Err(Reason::NotPlain) }
    }

    /// Whether it names a block that settling at `height` could not follow (rule: above the settling height less one).
    pub(super) fn seen_ahead(&self, era: u64, height: u64) -> bool {
        let (seen_era, seen_height) = era_and_height(self.seen);
        seen_era > era || (seen_era == era && seen_height > height.saturating_sub(1))
    }

    /// What one state says: the author, its roles and offices, the consent.
    pub(super) fn permitted(&self, facts: &Facts) -> Result<(), Reason> {
        let device = facts.devices.get(&self.key).ok_or(Reason::NotEnrolled)?;
        if !device.active() {
            return Err(Reason::Revoked);
        }
        let home = facts.home(device).ok_or(Reason::Ended)?;
        let sayers = facts.sayers(device);
        let keeps_rights = self.class() != Class::Content && sayers.any(Sayers::OWNER);
        if home.removed.is_some() && !keeps_rights {
            return Err(Reason::Removed);
        }
        if let Some(row) = kinds::row(self.kind)
            && !sayers.any(row.sayers)
        {
            return Err(Reason::NoOffice);
        }
        self.consented(facts, device)
    }

    /// A sighting rests on a consent that stands, for this gateway, and is kept no longer than it allows.
    fn consented(&self, facts: &Facts, device: &Device) -> Result<(), Reason> {
        let Some(id) = &self.consent else {
            return if self.kind == kinds::SIGHTING { Err(Reason::NoConsent) } else { Ok(()) };
        };
        let consent = facts.consents.get(id).filter(|consent| consent.ended.is_none());
        let terms = &consent.ok_or(Reason::NoConsent)?.terms;
        if terms.holder != Some(device.household) {
            return Err(Reason::NoConsent);
        }
        match self.retention {
            Retention::Days(days) if days <= terms.retention_days => Ok(()),
            _ => Err(Reason::KeptTooLong),
        }
    }
}

/// What the newest state says of a record that no block settled yet, or that none ever will (private logs). `key` is the
/// key of the record's log.
#[must_use]
pub fn judge_unsettled(state: &State, record: &Header, key: &DeviceKey) -> Verdict {
    let facts = state.facts();
    let spoken = Spoken::new(record, *key);
    if spoken.class() == Class::Content && facts.readmitted.contains(&spoken.id) {
        return Verdict::Stands;
    }
    if let Err(reason) = log_goes_on(state, &spoken) {
        return Verdict::Quarantined(reason);
    }
    if let Err(reason) = spoken.form() {
        return Verdict::Quarantined(reason);
    }
    match spoken.permitted(facts) {
        // A newcomer's admission may be on its way; everyone else was heard.
        Err(Reason::NotEnrolled) => Verdict::Waiting(Reason::NotEnrolled),
        Err(reason) => Verdict::Quarantined(reason),
        Ok(()) if spoken.class() != Class::Content && !spoken.private => Verdict::Waiting(Reason::NotSettled),
        Ok(()) if kinds::row(spoken.kind).is_none() => Verdict::Waiting(Reason::NotJudged),
        Ok(()) => Verdict::Stands,
    }
}

/// What the register says of a record of a private log that a public block covers (rule 24): as of a settled one, it
/// stands if the state before or the state after the block at `height` permits it. Only members can ask.
///
/// Enrolment, terms, removals, offices and consents count as they were then: a verdict never changes because somebody
/// came into office since, or left it.
#[must_use]
pub fn judge_covered(state: &State, record: &Header, key: &DeviceKey, height: u64) -> Verdict {
    let facts = state.facts();
    let spoken = Spoken::new(record, *key);
    if spoken.class() == Class::Content && facts.readmitted.contains(&spoken.id) {
        return Verdict::Stands;
    }
    if let Err(reason) = spoken.form() {
        return Verdict::Quarantined(reason);
    }
    if spoken.seen_ahead(facts.era, height) {
        return Verdict::Quarantined(Reason::SeenAhead);
    }
    let before = height.checked_sub(1).map_or(Err(Reason::NotEnrolled), |before| {
        spoken.permitted(&facts.about(key, spoken.consent.as_ref(), before))
    });
    match before.or_else(|_| spoken.permitted(&facts.about(key, spoken.consent.as_ref(), height))) {
        Err(reason) => Verdict::Quarantined(reason),
        Ok(()) if kinds::row(spoken.kind).is_none() => Verdict::Waiting(Reason::NotJudged),
        Ok(()) => Verdict::Stands,
    }
}

/// Whether anything unsettled of this log may still count.
pub(super) fn log_goes_on(state: &State, spoken: &Spoken) -> Result<(), Reason> {
    let facts = state.facts();
    if let Some(settled) = state.log_number(&spoken.log).and_then(|number| state.log_by_number(number))
        && let Some(end) = settled.closed
        && spoken.seq > settled.seq
    {
        return Err(if end == super::people::LogEnd::Forked { Reason::Forked } else { Reason::LogClosed });
    }
    let forked = |device: &Device| device.forked.is_some() && !device.reopened.contains(&spoken.log);
    // Private logs of a forked device go on: their forks are proven to their members, not here.
    if !spoken.private && facts.devices.get(&spoken.key).is_some_and(forked) {
        let settled = state.log_number(&spoken.log).is_some();
        return if settled { Ok(()) } else { Err(Reason::Forked) };
    }
    Ok(())
}
