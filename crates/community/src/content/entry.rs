//! What a fold is given: a record, its opened body, its standing, its author; and the roll to count over.
//!
//! The caller looks these up; nothing here knows where they came from. Start at [`Entry`].

use std::borrow::Cow;

use linli_record::{DeviceKey, Flags, LogId, Record, RecordId};
use serde::{Deserialize, Serialize};

use super::payload::Payload;
use super::withdraw::Mark;
use crate::register::{Reason, Role, Verdict};

/// One record of an object, ready to fold.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The record.
    pub record: &'a Record,
    /// The body, opened if it was sealed; `None` when it is not held or does not open here.
    pub body: Option<Cow<'a, [u8]>>,
    /// Whether it is settled, and whether it stands.
    pub standing: Standing,
    /// Who wrote it.
    pub author: &'a Author,
}

impl<'a> Entry<'a> {
    /// A record whose body, if held, is read as it is; a sealed one stays closed.
    #[must_use]
    pub fn plain(record: &'a Record, standing: Standing, author: &'a Author) -> Self {
        let body = record.body().filter(|_| !record.flags.has(Flags::SEALED)).map(Cow::Borrowed);
        Self { record, body, standing, author }
    }

    /// A sealed record with the body its epoch key opened.
    #[must_use]
    pub const fn opened(record: &'a Record, body: Vec<u8>, standing: Standing, author: &'a Author) -> Self {
        Self { record, body: Some(Cow::Owned(body)), standing, author }
    }

    /// Reads the body as `P`.
    ///
    /// # Errors
    /// A mark that says why there is nothing to show: not held, sealed, unreadable.
    pub fn read<P: Payload>(&self) -> Result<P, Mark> {
        match &self.body {
            Some(body) => P::parse(body).map_err(|refused| Mark::unreadable(&refused)),
            None if self.record.flags.has(Flags::SEALED) => Err(Mark::sealed()),
            None => Err(Mark::not_held()),
        }
    }

    /// Who said it and when, for a view.
    #[must_use]
    pub fn said(&self) -> Said {
        Said {
            id: self.record.id(),
            by: self.author.by(),
            claimed_ms: self.record.claimed_ms,
            height: self.standing.height,
            aside: self.standing.code().map(str::to_owned),
        }
    }

    pub(crate) const fn stands(&self) -> bool {
        self.standing.verdict.stands()
    }
}

/// Where a record is settled, and what the register says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Height of the block that settled it; `None` while none has.
    pub height: Option<u64>,
    /// The register's word; provisional while `height` is `None`.
    pub verdict: Verdict,
}

impl Standing {
    /// Settled, and stands.
    #[must_use]
    pub const fn settled(height: u64) -> Self {
        Self { height: Some(height), verdict: Verdict::Stands }
    }

    /// Not yet settled; stands as far as the newest state can say.
    #[must_use]
    pub const fn unsettled() -> Self {
        Self { height: None, verdict: Verdict::Stands }
    }

    /// The reason's stable code; `None` when the record counts.
    #[must_use]
    pub fn code(self) -> Option<&'static str> {
        self.verdict.reason().map(Reason::code)
    }
}

/// Who stands behind a log, as the register knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The log written to.
    pub log: LogId,
    /// The device's signing key, when its enrolment is known.
    pub device: Option<DeviceKey>,
    /// The household (or body) the device belongs to.
    pub household: Option<RecordId>,
    /// Its units on the roll; none for who lives nowhere.
    pub units: Vec<String>,
    /// What the household is called.
    pub label: String,
    /// The role shown beside the name; `None` for who is not enrolled.
    pub role: Option<Role>,
    /// Whether it held a clerk's office when the record settled; holds it now, while it has not.
    pub office: bool,
}

impl Author {
    /// Somebody the register does not know (yet).
    #[must_use]
    pub const fn stranger(log: LogId) -> Self {
        Self {
            log,
            device: None,
            household: None,
            units: Vec::new(),
            label: String::new(),
            role: None,
            office: false,
        }
    }

    /// Who acts: the household, whichever device it uses; else the device's key, whichever incarnation.
    #[must_use]
    pub const fn party(&self) -> Party {
        match (self.household, self.device) {
            (Some(household), _) => Party::Household(household),
            (None, Some(device)) => Party::Device(device),
            (None, None) => Party::Log(self.log),
        }
    }

    /// Whether that unit is a home of theirs.
    #[must_use]
    pub fn lives_in(&self, dwelling: &Dwelling) -> bool {
        self.units.contains(&dwelling.unit)
            || dwelling.households.iter().any(|joined| Some(joined.household) == self.household)
    }

    /// For a view.
    #[must_use]
    pub fn by(&self) -> By {
        By {
            log: self.log,
            household: self.household,
            units: self.units.clone(),
            label: self.label.clone(),
            role: self.role,
        }
    }
}

/// Whoever acts as one: two devices of a household are one party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// A household or body.
    Household(RecordId),
    /// A device without a household.
    Device(DeviceKey),
    /// A log whose device is unknown.
    Log(LogId),
}

/// An author, as views show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// The log.
    pub log: LogId,
    /// The household or body, if enrolled.
    pub household: Option<RecordId>,
    /// Its units.
    pub units: Vec<String>,
    /// What it is called.
    pub label: String,
    /// Its role.
    pub role: Option<Role>,
}

/// Who said something, when they claim to have, and where it is settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The record.
    pub id: RecordId,
    /// Its author.
    pub by: By,
    /// The author's clock, milliseconds since 1970; shown, never believed.
    pub claimed_ms: u64,
    /// The block that settled it.
    pub height: Option<u64>,
    /// The register's reason when it does not stand.
    pub aside: Option<String>,
}

impl Said {
    /// Whether it lies in sight without effect, now or for ever. What a block or a newer version may yet let count (a
    /// newcomer's words before its admission) is not set aside.
    #[must_use]
    pub fn set_aside(&self) -> bool {
        let waits = |code: &str| {
            let unheard = self.height.is_none() && code == Reason::NotEnrolled.code();
            unheard || code == Reason::NotSettled.code() || code == Reason::NotJudged.code()
        };
        self.aside.as_deref().is_some_and(|code| !waits(code))
    }
}

/// What a fold counts over: the units on the roll, each with the households that joined.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// Every unit on the roll, joined or not, in the roll's order.
    pub dwellings: &'a [Dwelling],
}

/// One unit on the roll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dwelling {
    /// Its name on the roll.
    pub unit: String,
    /// Its building.
    pub building: String,
    /// Its stair.
    pub stair: String,
    /// The households enrolled there; none while nobody joined.
    pub households: Vec<Neighbour>,
}

/// A household that joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Its id.
    pub household: RecordId,
    /// What it is called.
    pub label: String,
}
