//! Statements about who orders, and the votes of those who do.

use linli_record::{BlockId, DeviceKey, Incarnation, RecordId, Signature};
use minicbor::{Decode, Encode};

use super::{Made, statement};
use crate::canon::malformed;

/// `witness-accept` (4): the author's log takes its place in a set.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct WitnessAccept {
    /// The `witnesses` statement.
    #[n(0)]
    pub statement: RecordId,
}
statement!(WitnessAccept, WITNESS_ACCEPT, |_accept| Ok(()));

/// `rules-ready` (5): this witness knows the rules of that number.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RulesReady {
    /// The rules number.
    #[n(0)]
    pub rules: u32,
}
statement!(RulesReady, RULES_READY, |_ready| Ok(()));

/// A step of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum WitnessStep {
    /// The proposer names a block; its bytes are the first attachment.
    #[n(0)]
    Propose,
    /// The first vote.
    #[n(1)]
    Prevote,
    /// The second vote, whose signature goes into the certificate.
    #[n(2)]
    Precommit,
}

/// `witness-vote` (6): in a witness's log for the audience "witnesses".
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct WitnessVote {
    /// Era.
    #[n(0)]
    pub era: u64,
    /// Height.
    #[n(1)]
    pub height: u64,
    /// Round.
    #[n(2)]
    pub round: u32,
    /// Step.
    #[n(3)]
    pub step: WitnessStep,
    /// The block; absent for none.
    #[n(4)]
    pub block: Option<BlockId>,
    /// The round in which the proposed block was last valid.
    #[n(5)]
    pub valid_round: Option<u32>,
    /// A precommit's signature over the certificate's message.
    #[n(6)]
    pub signature: Option<Signature>,
}
statement!(WitnessVote, WITNESS_VOTE, |_vote| Ok(()));

/// A witness named by a statement.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NamedWitness {
    /// Its key.
    #[n(0)]
    pub key: DeviceKey,
    /// The life whose public log is the witness's.
    #[n(1)]
    pub incarnation: Incarnation,
    /// The household or body that holds it.
    #[n(2)]
    pub holder: RecordId,
    /// End of its term, milliseconds; at most two years away.
    #[n(3)]
    pub until_ms: Option<u64>,
}

/// `witnesses` (26): the whole set, as it will be once the newcomers have accepted.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct WitnessesChange {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// 1, 4, 7 or 10 of them.
    #[n(1)]
    pub set: Vec<NamedWitness>,
    /// The election's result that asks for more than the registrars may change.
    #[n(2)]
    pub result: Option<RecordId>,
}
statement!(WitnessesChange, WITNESSES, |change| {
    if matches!(change.set.len(), 1 | 4 | 7 | 10) {
        Ok(())
    } else {
        Err(malformed("witnesses", "a set has 1, 4, 7 or 10"))
    }
});
