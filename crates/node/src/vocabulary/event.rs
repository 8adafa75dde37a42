//! What happens on a node while one watches.

use linli_record::{NodeKey, RecordId};
use serde::{Deserialize, Serialize};

use super::answer::BusyView;
use crate::net::KnockAnswer;

/// Something that just happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A record arrived, ours or a neighbour's.
    Record {
        /// The record.
        id: RecordId,
        /// The object it belongs to.
        object: RecordId,
        /// Its kind.
        kind: u16,
        /// What its author is called.
        by: String,
    },
    /// The register grew.
    Block {
        /// Its height.
        height: u64,
        /// What it changed, in words.
        happened: Vec<String>,
    },
    /// A neighbour's link came up.
    Linked {
        /// Its transport key.
        node: NodeKey,
        /// What it is called.
        name: String,
    },
    /// A neighbour's link ended.
    Unlinked {
        /// Its transport key.
        node: NodeKey,
        /// What it is called.
        name: String,
    },
    /// A neighbour and we hold the same.
    Even {
        /// Its transport key.
        node: NodeKey,
    },
    /// Somebody knocked with an invite.
    Knocked {
        /// The claim's name.
        claim: String,
        /// What the newcomer wants to be called.
        label: String,
        /// Role asked for.
        role: String,
        /// Unit claimed.
        unit: Option<String>,
    },
    /// Where our own joining stands.
    Joining {
        /// The last answer at the door.
        answer: KnockAnswer,
    },
    /// Something a person should know: a fork, a copied home, a clock far off.
    Warning {
        /// Stable code.
        code: String,
        /// What it is, and what to do.
        message: String,
    },
    /// A long piece of work goes on; until it ends, only the node's status is answered.
    Busy(BusyView),
    /// The listener was too slow and missed some.
    Lagged {
        /// How many.
        missed: u64,
    },
}
