//! What took effect, for screens and notifications. It decides nothing.

use linli_record::{DeviceKey, LogId, RecordId};

use super::people::{EndedWhy, Office, Role};

/// Something that took effect in a block.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "happened", rename_all = "kebab-case")]
#[allow(missing_docs)] // The fields are the names they carry; `by` is the record that did it.
pub enum Happening {
    /// A device was enrolled.
    Admitted { by: RecordId, device: DeviceKey, household: RecordId, role: Role },
    /// A unit's seat went to a household.
    Seated { by: RecordId, household: RecordId, unit: String },
    /// A unit's seat ended for a household.
    Unseated { by: RecordId, household: RecordId, unit: String },
    /// A seat no longer rests on one household's word.
    Confirmed { by: RecordId, household: RecordId },
    /// A device no longer speaks.
    Ended { by: RecordId, device: DeviceKey, household: RecordId, why: EndedWhy },
    /// A successor key took a device's place.
    Succeeded { by: RecordId, old: DeviceKey, new: DeviceKey },
    /// A household or body left common life.
    Removed { by: RecordId, household: RecordId },
    /// It takes part again.
    Restored { by: RecordId, household: RecordId },
    /// Content counts again.
    Readmitted { by: RecordId, records: Vec<RecordId> },
    /// An office was granted.
    Granted { by: RecordId, to: RecordId, office: Office },
    /// An office ended; `by` is absent when its time ran out.
    GrantEnded { grant: RecordId, by: Option<RecordId> },
    /// The term of a body ended.
    TermEnded { household: RecordId },
    /// The owners agreed to a collection.
    Consented { by: RecordId },
    /// A consent ended; `by` is absent when its time ran out.
    ConsentEnded { consent: RecordId, by: Option<RecordId> },
    /// Something not bridged was written down.
    NotedOutside { by: RecordId },
    /// A handover was decided.
    HandoverDecided { by: RecordId },
    /// The roll is another.
    RollSet { by: RecordId, units: u64 },
    /// The rules as they stand are others.
    CharterChanged { by: RecordId, number: u64 },
    /// A fork was proven: the log ends at its settled tip.
    Forked { by: RecordId, log: LogId },
    /// A new life of a key may be settled after a fork.
    LifeConfirmed { by: RecordId, log: LogId },
    /// A log was closed by its author.
    LogClosed { by: RecordId, log: LogId },
    /// A proposal lapsed: too old, of another charter, or no longer possible.
    Lapsed { proposal: RecordId },
}
