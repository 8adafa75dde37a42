//! Who is in the register: households and bodies, their devices, seats, grants and consents. Facts only; the rules
//! that make them are elsewhere.

use linli_record::{BlobHash, BlockId, DeviceKey, LogId, NodeKey, RecordId, SealingKey};
use minicbor::{Decode, Encode};

use super::rolls::OwnerId;
use crate::charter::{Registrars, Tellers};

/// What a device speaks as. The numbers are those of [`linli_record::Claim::role`].
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A buyer of a unit: holds a seat, approves, votes.
    #[n(0)]
    Owner,
    /// Lives in an owner's household.
    #[n(1)]
    Family,
    /// Rents.
    #[n(2)]
    Tenant,
    /// Keeps the books for the registrars.
    #[n(3)]
    Clerk,
    /// The property firm.
    #[n(4)]
    Firm,
    /// A grid worker.
    #[n(5)]
    Grid,
    /// A department that takes work orders.
    #[n(6)]
    Department,
    /// A box that bridges things.
    #[n(7)]
    Gateway,
    /// Holds the whole history.
    #[n(8)]
    Keeper,
    /// In claims only: a further device of a household, with the role of the device that adds it.
    #[n(9)]
    Device,
}

impl Role {
    /// The role a claim names.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Owner,
            1 => Self::Family,
            2 => Self::Tenant,
            3 => Self::Clerk,
            4 => Self::Firm,
            5 => Self::Grid,
            6 => Self::Department,
            7 => Self::Gateway,
            8 => Self::Keeper,
            9 => Self::Device,
            _ => return None,
        })
    }

    /// Its number in claims.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Whether registrars enrol it, as an office rather than a home.
    #[must_use]
    pub const fn is_body(self) -> bool {
        matches!(
            self,
            Self::Clerk | Self::Firm | Self::Grid | Self::Department | Self::Gateway | Self::Keeper
        )
    }
}

/// When and by which record something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Ended {
    /// Height of the block.
    #[n(0)]
    pub height: u64,
    /// The record that ended it; absent when its time ran out.
    #[n(1)]
    pub by: Option<RecordId>,
    /// What happened.
    #[n(2)]
    pub why: EndedWhy,
}

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, serde::Serialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum EndedWhy {
    /// Revoked or withdrawn by a record.
    #[n(0)]
    Withdrawn,
    /// Its time ran out.
    #[n(1)]
    Expired,
    /// A successor key took its place.
    #[n(2)]
    Succeeded,
    /// The log was closed by its author, with no successor.
    #[n(3)]
    Closed,
}

/// One installed node with one signing key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Device {
    /// Its signing key.
    #[n(0)]
    pub key: DeviceKey,
    /// The record that enrolled it: an `admit`, a `recover`, a `confirm` of a successor, or the founder's log-open.
    #[n(1)]
    pub admitted: RecordId,
    /// Its household or body.
    #[n(2)]
    pub household: RecordId,
    /// What it speaks as.
    #[n(3)]
    pub role: Role,
    /// The public log of its first life.
    #[n(4)]
    pub log: LogId,
    /// Where epoch keys are sealed to.
    #[n(5)]
    pub sealing: SealingKey,
    /// Its key on the transport.
    #[n(6)]
    pub node: NodeKey,
    /// Height of the block that enrolled it.
    #[n(7)]
    pub since: u64,
    /// Why it no longer speaks.
    #[n(8)]
    pub ended: Option<Ended>,
    /// Its sightings are suspect from this time on, milliseconds.
    #[n(9)]
    pub suspect_from_ms: Option<u64>,
    /// The fork proof that closed its logs; new ones need a confirmation.
    #[n(10)]
    pub forked: Option<RecordId>,
    /// Lives confirmed after a fork.
    #[n(11)]
    pub reopened: Vec<LogId>,
    /// The device of the household that added it.
    #[n(12)]
    pub added_by: Option<DeviceKey>,
    /// Its claimed name.
    #[n(13)]
    pub label: String,
}

impl Device {
    /// Whether it speaks (its household may still have been removed or its term ended).
    #[must_use]
    pub const fn active(&self) -> bool {
        self.ended.is_none()
    }
}

/// A unit that a seat stands on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SeatUnit {
    /// The unit's name.
    #[n(0)]
    pub unit: String,
    /// Its owner on the roll, once there is a roll.
    #[n(1)]
    pub owner: Option<OwnerId>,
}

/// The people of a flat, or a body such as a firm, gateway or keeper.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Household {
    /// The record that began it: the admission of its first device.
    #[n(0)]
    pub id: RecordId,
    /// What it wants to be called.
    #[n(1)]
    pub label: String,
    /// What it was enrolled as.
    #[n(2)]
    pub role: Role,
    /// The units its owner's seat stands on; none for who holds no seat.
    #[n(3)]
    pub units: Vec<SeatUnit>,
    /// Where it lives, for tenants and bodies that named a unit.
    #[n(4)]
    pub lives: Option<String>,
    /// Households that approved its enrolment, ascending.
    #[n(5)]
    pub enrolled_by: Vec<RecordId>,
    /// Owners' households that confirmed it afterwards, ascending.
    #[n(6)]
    pub confirmed_by: Vec<RecordId>,
    /// Height of the block that enrolled it.
    #[n(7)]
    pub since: u64,
    /// Removed from common life.
    #[n(8)]
    pub removed: Option<Ended>,
    /// End of its term, milliseconds; absent for homes.
    #[n(9)]
    pub until_ms: Option<u64>,
    /// How its term ended.
    #[n(10)]
    pub ended: Option<Ended>,
    /// What a narrow role covers, as the registrars wrote it.
    #[n(11)]
    pub scope: Vec<String>,
}

impl Household {
    /// Whether an owner's seat stands.
    #[must_use]
    pub fn seated(&self) -> bool {
        !self.units.is_empty()
    }

    /// Whether it takes part in common life.
    #[must_use]
    pub const fn in_common_life(&self) -> bool {
        self.removed.is_none() && self.ended.is_none()
    }

    /// Whether the seat rests on more than one household's word (rule 18). The founder's rests on the charter.
    #[must_use]
    pub fn confirmed(&self) -> bool {
        self.enrolled_by.len() != 1 || !self.confirmed_by.is_empty()
    }
}

/// Offices granted beside the claimed roles. Numbers below 16 are [`Role`]'s.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Office {
    /// Keeps the books for the registrars.
    #[n(3)]
    Clerk,
    /// Holds the whole history.
    #[n(8)]
    Keeper,
    /// Hides with a reason.
    #[n(16)]
    Moderator,
    /// Acts for an elder, and is shown as such.
    #[n(17)]
    Helper,
    /// Sits on the owners' committee.
    #[n(18)]
    Committee,
    /// Receives alarms of a care circle.
    #[n(19)]
    Care,
}

/// An office granted to a household for a term.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Grant {
    /// The `role-grant` record.
    #[n(0)]
    pub id: RecordId,
    /// To whom.
    #[n(1)]
    pub to: RecordId,
    /// What.
    #[n(2)]
    pub office: Office,
    /// What it covers, as written.
    #[n(3)]
    pub scope: Vec<String>,
    /// For whom it acts, for a helper.
    #[n(4)]
    pub of: Option<RecordId>,
    /// End, milliseconds.
    #[n(5)]
    pub until_ms: Option<u64>,
    /// Height of the block that granted it.
    #[n(6)]
    pub since: u64,
    /// How it ended.
    #[n(7)]
    pub ended: Option<Ended>,
}

/// What a consent covers. Collection, not devices.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A source on a gateway.
    #[n(0)]
    Source,
    /// A sensitive question.
    #[n(1)]
    Question,
    /// A card field passed on.
    #[n(2)]
    CardField,
    /// A report to the street.
    #[n(3)]
    Report,
    /// A body's access.
    #[n(4)]
    Access,
}

/// A consent of the owners.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Consent {
    /// The `consent-grant` record.
    #[n(0)]
    pub id: RecordId,
    /// What was agreed.
    #[n(1)]
    pub terms: ConsentTerms,
    /// Height of the block that granted it.
    #[n(2)]
    pub since: u64,
    /// How it ended.
    #[n(3)]
    pub ended: Option<Ended>,
}

/// What the owners agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ConsentTerms {
    /// What kind of collection.
    #[n(0)]
    pub subject: Subject,
    /// The gateway or body that may collect.
    #[n(1)]
    pub holder: Option<RecordId>,
    /// The source, question or field, as the holder names it; at most 128 bytes.
    #[n(2)]
    pub source: String,
    /// What for; at most 2,048 bytes.
    #[n(3)]
    pub purpose: String,
    /// Who may look, as written; at most 16 lines of 128 bytes.
    #[n(4)]
    pub viewers: Vec<String>,
    /// Longest retention of a payload, days; at least 1.
    #[n(5)]
    pub retention_days: u16,
    /// End, milliseconds.
    #[n(6)]
    pub until_ms: Option<u64>,
    /// The motion that allowed it, when it was voted here.
    #[n(7)]
    pub motion: Option<RecordId>,
    /// The motion's text, or where it is written down; at most 2,048 bytes.
    #[n(8)]
    pub motion_text: String,
    /// Where the thing stands; at most 128 bytes.
    #[n(9)]
    pub place: Option<String>,
    /// Hash of a camera's mask.
    #[n(10)]
    pub mask: Option<BlobHash>,
}

/// Something Linli does not bridge, and what the owners decided about it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OutsideEntry {
    /// The `outside` record.
    #[n(0)]
    pub id: RecordId,
    /// What it is; at most 256 bytes.
    #[n(1)]
    pub what: String,
    /// Who runs it; at most 128 bytes.
    #[n(2)]
    pub run_by: String,
    /// Where it stands; at most 128 bytes.
    #[n(3)]
    pub place: Option<String>,
    /// The owners' motion; absent for none.
    #[n(4)]
    pub motion_text: Option<String>,
    /// The entry this one replaces.
    #[n(5)]
    pub replaces: Option<RecordId>,
}

/// A member of the witness set.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Witness {
    /// Its log.
    #[n(0)]
    pub log: LogId,
    /// Its key.
    #[n(1)]
    pub key: DeviceKey,
    /// The household or body that holds it.
    #[n(2)]
    pub holder: RecordId,
    /// When its term began, milliseconds of block time; 0 for the founding.
    #[n(3)]
    pub since_ms: u64,
    /// When its term ends.
    #[n(4)]
    pub until_ms: Option<u64>,
}

/// Who held offices until a block put others in their place.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PastOffices {
    /// Height of that block: the state before it is the last in which they held them.
    #[n(0)]
    pub until: u64,
    /// The registrars.
    #[n(1)]
    pub registrars: Registrars,
    /// The tellers.
    #[n(2)]
    pub tellers: Tellers,
    /// The witnesses.
    #[n(3)]
    pub witnesses: Vec<Witness>,
}

/// How far a log is settled.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SettledLog {
    /// The log.
    #[n(0)]
    pub log: LogId,
    /// Whose it is.
    #[n(1)]
    pub key: DeviceKey,
    /// Newest settled sequence number.
    #[n(2)]
    pub seq: u64,
    /// Newest settled record.
    #[n(3)]
    pub id: RecordId,
    /// Height of the block that settled it.
    #[n(4)]
    pub height: u64,
    /// Why it ends here.
    #[n(5)]
    pub closed: Option<LogEnd>,
}

/// Why a log ends at its settled tip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum LogEnd {
    /// Its author closed it.
    #[n(0)]
    Closed,
    /// A fork proof settled.
    #[n(1)]
    Forked,
}

/// The newest block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Head {
    /// Era.
    #[n(0)]
    pub era: u64,
    /// Height.
    #[n(1)]
    pub height: u64,
    /// Id.
    #[n(2)]
    pub id: BlockId,
    /// Block time, milliseconds.
    #[n(3)]
    pub time_ms: u64,
}

/// A fork that was proven and settled.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Fork {
    /// The log.
    #[n(0)]
    pub log: LogId,
    /// The proof.
    #[n(1)]
    pub proof: RecordId,
    /// Lowest sequence number at which the branches differ.
    #[n(2)]
    pub seq: u64,
    /// Height of the block that settled the proof.
    #[n(3)]
    pub height: u64,
}
