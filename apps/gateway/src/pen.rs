//! What the gateway asks of its home's node: which sources may speak, what each said last, and to sign what is new.
//!
//! The node is the judge: it refuses a source without a standing consent whatever the gateway believes, and it counts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::thing::{Kind, State};

/// What a source says, ready to be signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spoken {
    /// The source, as consents name it.
    pub source: String,
    /// What is watched.
    pub kind: Kind,
    /// The state's word; see [`Kind::say`].
    pub value: String,
    /// Percent left, if it said so.
    pub battery: Option<u8>,
    /// When it was heard: this machine's clock, milliseconds since 1970.
    pub at_ms: u64,
}

/// What a source said last, as the community has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The state.
    pub state: State,
    /// When: this machine's clock then, milliseconds since 1970.
    pub at_ms: u64,
}

/// The node did not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// And will not: the rules say no. A stable code.
    No(String),
    /// But may later: it is busy, stopped, not a member yet, or its disk is full. A stable code.
    Later(String),
}

/// The node, as far as a gateway needs it. Each call returns when the answer is durable.
pub trait Pen {
    /// The sources with a standing consent for this gateway.
    ///
    /// # Errors
    /// [`Refusal`].
    fn consented(&mut self) -> Result<BTreeSet<String>, Refusal>;

    /// What a source of this gateway said last, if anything.
    ///
    /// # Errors
    /// [`Refusal`].
    fn said(&mut self, source: &str, kind: Kind) -> Result<Option<Said>, Refusal>;

    /// Signs a sighting and makes it durable.
    ///
    /// # Errors
    /// [`Refusal`].
    fn say(&mut self, spoken: &Spoken) -> Result<(), Refusal>;
}
