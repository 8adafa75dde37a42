//! Audiences (97, 98): who may read what is sealed, epoch by epoch.
//!
//! An audience is opened in its own log, sealed under the key of epoch 1. Every change of members begins a new epoch and
//! is written by a member of the epoch before. Of several changes that begin one epoch, those settled first count;
//! within one block (and while none is settled) they count together: a removal always, an addition unless its author is
//! removed in the same breath. So two neighbours who remove each other are both out, and a removed one adds nobody.

mod fold;

use linli_record::{AudienceId, DeviceKey, Kind, RecordId, Refused};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::entry::{Author, Said};
use super::limits;
use super::object::Aside;
use super::payload::{Payload, line, malformed, within};
use super::withdraw::Mark;
use crate::kinds;

pub use fold::fold;

/// What an audience is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum AudienceKind {
    /// One household's devices.
    #[n(0)]
    Household,
    /// The committee, registrars or tellers.
    #[n(1)]
    Committee,
    /// A list of households.
    #[n(2)]
    Named,
    /// A circle: chess, dance, volunteers.
    #[n(3)]
    Circle,
}

/// Who is in: a household with all its devices, or one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Member {
    /// A household or body.
    #[n(0)]
    Household(#[n(0)] RecordId),
    /// A device.
    #[n(1)]
    Device(#[n(0)] DeviceKey),
}

impl Member {
    /// Whether `author` writes as this member.
    #[must_use]
    pub fn is(&self, author: &Author) -> bool {
        match self {
            Self::Household(household) => author.household == Some(*household),
            Self::Device(device) => author.device == Some(*device),
        }
    }
}

/// The body that opens an audience, sealed under epoch 1.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Audience {
    /// What its members call it.
    #[n(0)]
    pub name: String,
    /// What it is.
    #[n(1)]
    pub kind: AudienceKind,
    /// The members of epoch 1.
    #[n(2)]
    pub members: Vec<Member>,
    /// Whether newcomers are granted the keys of earlier epochs.
    #[n(3)]
    pub newcomers_read: bool,
    /// Keepers that hold its logs as ciphertext, by device key.
    #[n(4)]
    pub keepers: Vec<DeviceKey>,
}

impl Payload for Audience {
    const KIND: Kind = kinds::AUDIENCE;
    const NAME: &'static str = "audience";

    fn check(&self) -> Result<(), Refused> {
        line("name", &self.name, limits::NAME)?;
        within("members", self.members.len(), limits::MEMBERS)?;
        if self.members.is_empty() {
            return Err(malformed("members", "an audience has at least one"));
        }
        within("keepers", self.keepers.len(), limits::AUDIENCE_KEEPERS)
    }
}

/// The body that begins a later epoch, sealed under that epoch's key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AudienceChange {
    /// The epoch it begins; its header names the same.
    #[n(0)]
    pub epoch: u64,
    /// Who comes in.
    #[n(1)]
    pub add: Vec<Member>,
    /// Who goes out.
    #[n(2)]
    pub remove: Vec<Member>,
    /// A new name.
    #[n(3)]
    pub name: Option<String>,
    /// The keepers from now on; absent when they stay.
    #[n(4)]
    pub keepers: Option<Vec<DeviceKey>>,
    /// The audience as it stands after this change, where newcomers are not granted earlier epochs: they can't read how
    /// it came to be.
    #[n(5)]
    pub introduction: Option<Audience>,
}

impl Payload for AudienceChange {
    const KIND: Kind = kinds::AUDIENCE_CHANGE;
    const NAME: &'static str = "audience-change";

    fn check(&self) -> Result<(), Refused> {
        if self.epoch < 2 {
            return Err(malformed("epoch", "a change begins epoch 2 or a later one"));
        }
        within("members", self.add.len(), limits::MEMBERS)?;
        within("members", self.remove.len(), limits::MEMBERS)?;
        if let Some(name) = &self.name {
            line("name", name, limits::NAME)?;
        }
        within("keepers", self.keepers.as_ref().map_or(0, Vec::len), limits::AUDIENCE_KEEPERS)?;
        self.introduction.as_ref().map_or(Ok(()), Payload::check)
    }
}

/// An audience as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudienceView {
    /// The record that opened it.
    pub id: RecordId,
    /// The audience.
    pub audience: AudienceId,
    /// Who opened it.
    pub opened: Said,
    /// In its place, when no key here opens it; the lists below are then empty.
    pub mark: Option<Mark>,
    /// What its members call it.
    pub name: String,
    /// What it is.
    pub kind: AudienceKind,
    /// Whether newcomers are granted the keys of earlier epochs.
    pub newcomers_read: bool,
    /// Keepers that hold its logs as ciphertext.
    pub keepers: Vec<DeviceKey>,
    /// Every epoch, from 1; for who came later and may not read what was before, from the one it came in.
    pub epochs: Vec<EpochView>,
    /// Changes without effect, with the reason.
    pub asides: Vec<Aside>,
}

/// Who could read what was sealed in one epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochView {
    /// Its number, from 1.
    pub epoch: u64,
    /// The records that began it; more than one when members did so apart from each other.
    pub begun_by: Vec<RecordId>,
    /// Its members, in ascending order.
    pub members: Vec<Member>,
}

impl AudienceView {
    /// The newest epoch.
    #[must_use]
    pub fn newest(&self) -> Option<&EpochView> {
        self.epochs.last()
    }

    /// Whether several changes began the newest epoch, so that nobody knows one key all its members hold: the next who
    /// writes begins another epoch first.
    #[must_use]
    pub fn disputed(&self) -> bool {
        self.newest().is_some_and(|epoch| epoch.begun_by.len() > 1)
    }

    /// Whether `author` is a member of the newest epoch.
    #[must_use]
    pub fn includes(&self, author: &Author) -> bool {
        self.newest().is_some_and(|epoch| epoch.members.iter().any(|member| member.is(author)))
    }
}
