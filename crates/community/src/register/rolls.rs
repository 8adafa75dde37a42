//! The roll: units, who owns them, how large they are, in one canonical form with a fingerprint.
//!
//! It holds random owner ids, never names. Importing a spreadsheet is `crate::roll`'s work; who may set a roll, the
//! register's. Areas are hundredths of a square metre.

use std::collections::BTreeSet;
use std::fmt;

use linli_record::{Hash, Refused};
use minicbor::{Decode, Encode};

use super::limits;
use crate::canon::{self, bound, malformed};

const ROLL_DOMAIN: &[u8; 16] = b"linli/roll/1\0\0\0\0";

/// An owner on the roll: 16 random bytes, the same for all units of one owner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnerId([u8; 16]);

impl OwnerId {
    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl From<[u8; 16]> for OwnerId {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for OwnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for OwnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnerId({self})")
    }
}

impl serde::Serialize for OwnerId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for OwnerId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = linli_record::AudienceId::deserialize(deserializer)?;
        Ok(Self(*id.as_bytes()))
    }
}

impl<C> Encode<C> for OwnerId {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?;
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for OwnerId {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?.try_into();
        bytes.map(Self).map_err(|_| minicbor::decode::Error::message("an owner id is 16 bytes"))
    }
}

/// Where an area comes from, in the order the law prefers.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The land register.
    #[n(0)]
    Register,
    /// The survey.
    #[n(1)]
    Survey,
    /// The sale contract.
    #[n(2)]
    Contract,
}

/// Whether a unit has a buyer who holds it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum UnitStatus {
    /// Sold and delivered.
    #[n(0)]
    Owned,
    /// Not sold: the developer's.
    #[n(1)]
    Unsold,
    /// Sold, not delivered: counted as the developer's.
    #[n(2)]
    Undelivered,
}

/// One unit.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, serde::Serialize, serde::Deserialize)]
#[cbor(map)]
pub struct Unit {
    /// Name, unique on the roll, as claims write it; 1 to 64 bytes.
    #[n(0)]
    pub name: String,
    /// Building; at most 64 bytes.
    #[n(1)]
    pub building: String,
    /// Stair; at most 64 bytes, empty where there is only one.
    #[n(2)]
    pub stair: String,
    /// Floor; negative below ground.
    #[n(3)]
    pub floor: i32,
    /// Exclusive area in hundredths of a square metre; at most 10^9.
    #[n(4)]
    pub area: u64,
    /// Where the area comes from.
    #[n(5)]
    pub basis: Basis,
    /// The owner.
    #[n(6)]
    pub owner: OwnerId,
    /// Whether a buyer holds it.
    #[n(7)]
    pub status: UnitStatus,
    /// A salted commitment to the owner's name on the deed.
    #[n(8)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_commitment: Option<Hash>,
}

/// The roll of a community, units ascending by name.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, serde::Serialize)]
#[cbor(map)]
pub struct Roll {
    #[n(0)]
    units: Vec<Unit>,
}

impl Roll {
    /// A roll of these units, put in order.
    ///
    /// # Errors
    /// [`Refused`] when two share a name or a bound is broken.
    pub fn new(mut units: Vec<Unit>) -> Result<Self, Refused> {
        units.sort_by(|a, b| a.name.cmp(&b.name));
        let roll = Self { units };
        roll.check()?;
        Ok(roll)
    }

    /// Reads a roll's canonical bytes.
    ///
    /// # Errors
    /// [`Refused`] naming what breaks a rule.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        let roll: Self = canon::read("roll", bytes)?;
        roll.check()?;
        Ok(roll)
    }

    fn check(&self) -> Result<(), Refused> {
        bound("units", self.units.len(), limits::ROLL_UNITS)?;
        if self.units.is_empty() || !self.units.is_sorted_by(|a, b| a.name < b.name) {
            return Err(malformed("roll", "units ascend by name, and there is one"));
        }
        for unit in &self.units {
            bound("unit", unit.name.len(), limits::UNIT_BYTES)?;
            bound("building", unit.building.len(), limits::UNIT_BYTES)?;
            bound("stair", unit.stair.len(), limits::UNIT_BYTES)?;
            if unit.name.is_empty() || unit.area > 1_000_000_000 {
                return Err(malformed("roll", "a unit has a name and a credible area"));
            }
        }
        Ok(())
    }

    /// The canonical bytes: an annex, or inside the statement when small.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        canon::write(self)
    }

    /// BLAKE3 over a tag and the canonical bytes.
    #[must_use]
    pub fn fingerprint(&self) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(ROLL_DOMAIN).update(&self.to_bytes());
        Hash::from(*hasher.finalize().as_bytes())
    }

    /// Every unit, ascending by name.
    #[must_use]
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// The unit of that name.
    #[must_use]
    pub fn unit(&self, name: &str) -> Option<&Unit> {
        let at = self.units.binary_search_by(|unit| unit.name.as_str().cmp(name)).ok()?;
        Some(&self.units[at])
    }

    /// Owners by head: one buyer is one head; all that the developer holds is one more.
    #[must_use]
    pub fn heads(&self) -> usize {
        let owned = |unit: &&Unit| unit.status == UnitStatus::Owned;
        let buyers: BTreeSet<_> = self.units.iter().filter(owned).map(|unit| unit.owner).collect();
        buyers.len() + usize::from(self.units.iter().any(|unit| unit.status != UnitStatus::Owned))
    }

    /// Sum of all areas, hundredths of a square metre.
    #[must_use]
    pub fn area(&self) -> u64 {
        self.units.iter().map(|unit| unit.area).sum()
    }
}
