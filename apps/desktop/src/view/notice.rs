//! A notice, as a card and as a page.

use linli_record::RecordId;

use super::{Held, Picture, When, Who};

/// One notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Names it in commands.
    pub id: RecordId,
    /// Whom it is for; one entry a place.
    pub scope: Vec<Place>,
    /// Whether this household is among those it is for.
    pub for_us: bool,
    /// Whether every household it is for is asked to acknowledge.
    pub must_read: bool,
    /// Title, as written.
    pub title: String,
    /// Text, as written.
    pub text: String,
    /// Its signer.
    pub author: Who,
    /// When this version was written.
    pub when: When,
    /// Whole days until it ends, if it does.
    pub days_left: Option<i64>,
    /// Whether this household has acknowledged the version shown.
    pub acknowledged: bool,
    /// Units that have, of `asked`.
    pub seen: u32,
    /// Units asked; 0 when no roll says how many there are.
    pub asked: u32,
    /// The doors still to knock on.
    pub missing: Vec<Gap>,
    /// Earlier versions, newest first.
    pub earlier: Vec<Version>,
    /// Whether another version stands beside this one, written at the same time.
    pub disputed: bool,
    /// Where it is held.
    pub held: Held,
    /// Its pictures.
    pub pictures: Vec<Picture>,
}

impl Notice {
    /// Whether this household has yet to say that it read the version shown.
    #[must_use]
    pub const fn awaits_us(&self) -> bool {
        self.for_us && !self.acknowledged && !self.author.ours
    }
}

/// A place a notice or roll-call is meant for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Whoever has an account.
    Everyone,
    /// Every household.
    Estate,
    /// A building.
    Building(String),
    /// A stair: building, stair.
    Stair(String, String),
    /// A unit.
    Unit(String),
}

/// An earlier version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// When it was written.
    pub when: When,
}

/// The units of one stair that have not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The building.
    pub building: String,
    /// The stair.
    pub stair: String,
    /// Units, in the roll's order.
    pub units: Vec<String>,
}
