//! Statements about people: approving, enrolling, confirming, revoking, removing, recovering, transferring.

use linli_record::{Claim, Incarnation, LogId, RecordId, Refused, SignedClaim};
use minicbor::{Decode, Encode};

use super::{Made, Recent, statement};
use crate::canon::{self, bound, malformed};
use crate::register::limits;

/// `approve` (8): the author's seat approves a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Approve {
    /// The proposal.
    #[n(0)]
    pub proposal: RecordId,
    /// A recent block; absent only before the founding block.
    #[n(1)]
    pub recent: Option<Recent>,
}
statement!(Approve, APPROVE, |_approve| Ok(()));

/// `unapprove` (9): the author's seat takes back an approval, until the proposal is complete.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Unapprove {
    /// The `approve` record; or the proposal, to take back its author's own.
    #[n(0)]
    pub approval: RecordId,
}
statement!(Unapprove, UNAPPROVE, |_unapprove| Ok(()));

/// `stop` (10): a household stops a recovery that waits in public.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Stop {
    /// The recovery.
    #[n(0)]
    pub recovery: RecordId,
    /// Why; at most 2,048 bytes.
    #[n(1)]
    pub reason: Option<String>,
}
statement!(Stop, STOP, |stop| text_bound(stop.reason.as_deref()));

/// `admit` (16): enrols a device. The first approver's record, quoting the newcomer's signed claim.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Admit {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// What the newcomer signed.
    #[n(1)]
    pub claim: SignedClaim,
    /// End of the term, milliseconds; for bodies and tenants that begin a household.
    #[n(2)]
    pub until_ms: Option<u64>,
    /// What a body's role covers; at most 16 lines of 128 bytes.
    #[n(3)]
    pub scope: Vec<String>,
}
statement!(Admit, ADMIT, |admit| lines_bound("scope", &admit.scope));

/// What a `confirm` confirms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum ConfirmWhat {
    /// A seat that one household's approval began (rule 18): `record` is the household.
    #[n(0)]
    Seat,
    /// A successor key (rule 21): `record` is the log-close that names it.
    #[n(1)]
    Successor,
    /// A new life of a key whose log forked (rule 9): `record` is the device's admission, `incarnation` the life.
    #[n(2)]
    Life,
}

/// `confirm` (17): a second owner, another device of the household, or a registrar says so.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Confirm {
    /// What.
    #[n(0)]
    pub what: ConfirmWhat,
    /// Which.
    #[n(1)]
    pub record: RecordId,
    /// The life; for [`ConfirmWhat::Life`] only.
    #[n(2)]
    pub incarnation: Option<Incarnation>,
    /// A recent block; absent only before the founding block.
    #[n(3)]
    pub recent: Option<Recent>,
}
statement!(Confirm, CONFIRM, |confirm| {
    if (confirm.what == ConfirmWhat::Life) == confirm.incarnation.is_some() {
        Ok(())
    } else {
        Err(malformed("confirm", "an incarnation goes with a new life, and only there"))
    }
});

/// `revoke` (18): a device no longer speaks.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Revoke {
    /// Under what it was made; a household revoking its own device is not bound by it.
    #[n(0)]
    pub made: Made,
    /// The record that enrolled the device.
    #[n(1)]
    pub admission: RecordId,
    /// Why; at most 2,048 bytes.
    #[n(2)]
    pub reason: Option<String>,
    /// What its things said is suspect from this time on, milliseconds.
    #[n(3)]
    pub suspect_from_ms: Option<u64>,
}
statement!(Revoke, REVOKE, |revoke| text_bound(revoke.reason.as_deref()));

/// `remove` (28): a household or body leaves common life.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Remove {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// The household or body.
    #[n(1)]
    pub household: RecordId,
    /// Why; at most 2,048 bytes.
    #[n(2)]
    pub reason: String,
}
statement!(Remove, REMOVE, |remove| text_bound(Some(&remove.reason)));

/// `readmit` (29): content counts again, by name; or a removal ends.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Readmit {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// Quarantined records of content, at most 1,024, ascending. Approvals, ballots and grants stay what they are.
    #[n(1)]
    pub records: Vec<RecordId>,
    /// The `remove` record whose household takes part again.
    #[n(2)]
    pub removal: Option<RecordId>,
}
statement!(Readmit, READMIT, |readmit| {
    bound("records", readmit.records.len(), limits::READMITTED)?;
    if readmit.records.is_sorted_by(|a, b| a < b)
        && (readmit.removal.is_some() || !readmit.records.is_empty())
    {
        Ok(())
    } else {
        Err(malformed("readmit", "names records in ascending order, or a removal"))
    }
});

/// `recover` (30): a household that lost every device gets a new one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Recover {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// The household.
    #[n(1)]
    pub household: RecordId,
    /// The new device's claim: role 9, naming the household.
    #[n(2)]
    pub claim: SignedClaim,
    /// Why; at most 2,048 bytes.
    #[n(3)]
    pub reason: Option<String>,
}
statement!(Recover, RECOVER, |recover| text_bound(recover.reason.as_deref()));

/// `transfer` (31): a unit goes from one household's seat to another's.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Transfer {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// The unit; at most 64 bytes.
    #[n(1)]
    pub unit: String,
    /// Whose seat stands on it.
    #[n(2)]
    pub from: RecordId,
    /// Who takes it; absent when nobody has joined for it yet: the unit's seat ends.
    #[n(3)]
    pub to: Option<RecordId>,
    /// The deed or contract; at most 2,048 bytes.
    #[n(4)]
    pub basis: String,
}
statement!(Transfer, TRANSFER, |transfer| {
    bound("unit", transfer.unit.len(), limits::UNIT_BYTES)?;
    text_bound(Some(&transfer.basis))
});

/// The claim inside a [`SignedClaim`] whose signatures were verified when it settled.
#[must_use]
pub fn quoted_claim(signed: &SignedClaim) -> Option<Claim> {
    let bytes = canon::write(signed);
    let mut decoder = minicbor::Decoder::new(&bytes);
    decoder.array().ok()?;
    minicbor::decode(decoder.bytes().ok()?).ok()
}

pub(super) fn text_bound(text: Option<&str>) -> Result<(), Refused> {
    bound("text", text.map_or(0, str::len), limits::TEXT_BYTES)
}

pub(super) fn lines_bound(what: &'static str, lines: &[String]) -> Result<(), Refused> {
    bound(what, lines.len(), 16)?;
    lines.iter().try_for_each(|line| bound(what, line.len(), 128))
}

/// The public log of a life of a key.
#[must_use]
pub fn life_log(key: &linli_record::DeviceKey, incarnation: &Incarnation) -> LogId {
    linli_record::open::log_id(key, incarnation, None)
}
