//! For whom something is meant: everyone, the estate, or places on the roll.

use linli_record::Refused;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::entry::{Author, Context, Dwelling};
use super::limits;
use super::payload::{line, malformed, within};

/// For whom. `Everyone` is also meant for accounts that live nowhere (the firm, keepers); the others count units only.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Whoever has an account.
    #[n(0)]
    Everyone,
    /// Every household of the estate.
    #[n(1)]
    Estate,
    /// Some buildings.
    #[n(2)]
    Buildings(#[n(0)] Vec<String>),
    /// Some stairs.
    #[n(3)]
    Stairs(#[n(0)] Vec<Stair>),
    /// Some units.
    #[n(4)]
    Units(#[n(0)] Vec<String>),
}

/// One stair of one building.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
pub struct Stair {
    /// The building, as on the roll.
    #[n(0)]
    pub building: String,
    /// The stair, as on the roll.
    #[n(1)]
    pub stair: String,
}

impl Scope {
    pub(crate) fn check(&self) -> Result<(), Refused> {
        let places: Vec<&str> = match self {
            Self::Everyone | Self::Estate => return Ok(()),
            Self::Buildings(names) | Self::Units(names) => names.iter().map(String::as_str).collect(),
            Self::Stairs(stairs) => {
                stairs.iter().flat_map(|s| [s.building.as_str(), s.stair.as_str()]).collect()
            }
        };
        within("scope", places.len(), limits::SCOPE_PLACES)?;
        if places.is_empty() {
            return Err(malformed("scope", "names no place"));
        }
        places.into_iter().try_for_each(|place| line("place in scope", place, limits::PLACE_NAME))
    }

    /// Whether whoever this is lives in a unit that is meant.
    #[must_use]
    pub fn covers_home_of(&self, author: &Author, ctx: &Context<'_>) -> bool {
        let mut meant = ctx.dwellings.iter().filter(|dwelling| self.covers(dwelling));
        meant.any(|dwelling| author.lives_in(dwelling))
    }

    /// Whether whoever this is may be expected to read it: who lives nowhere is meant only by [`Scope::Everyone`].
    #[must_use]
    pub fn means(&self, author: &Author, ctx: &Context<'_>) -> bool {
        *self == Self::Everyone || self.covers_home_of(author, ctx)
    }

    /// Whether a unit is meant.
    #[must_use]
    pub fn covers(&self, dwelling: &Dwelling) -> bool {
        match self {
            Self::Everyone | Self::Estate => true,
            Self::Buildings(names) => names.contains(&dwelling.building),
            Self::Units(names) => names.contains(&dwelling.unit),
            Self::Stairs(stairs) => {
                stairs.iter().any(|at| at.building == dwelling.building && at.stair == dwelling.stair)
            }
        }
    }
}
