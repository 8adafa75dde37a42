//! Statements about offices and consents.

use linli_record::{RecordId, Refused};
use minicbor::{Decode, Encode};

use super::enrol::{lines_bound, text_bound};
use super::{Made, statement};
use crate::canon::{bound, malformed};
use crate::register::people::{ConsentTerms, Office, Subject};

/// `role-grant` (20): an office for a household, for a term.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RoleGrant {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// To whom.
    #[n(1)]
    pub to: RecordId,
    /// What.
    #[n(2)]
    pub office: Office,
    /// What it covers; at most 16 lines of 128 bytes.
    #[n(3)]
    pub scope: Vec<String>,
    /// For whom a helper acts.
    #[n(4)]
    pub of: Option<RecordId>,
    /// End, milliseconds.
    #[n(5)]
    pub until_ms: Option<u64>,
}
statement!(RoleGrant, ROLE_GRANT, |grant| {
    lines_bound("scope", &grant.scope)?;
    if (grant.office == Office::Helper) == grant.of.is_some() {
        Ok(())
    } else {
        Err(malformed("role-grant", "a helper, and only a helper, acts for someone"))
    }
});

/// `role-withdraw` (21): a granted office ends.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RoleWithdraw {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// The `role-grant`.
    #[n(1)]
    pub grant: RecordId,
    /// Why; at most 2,048 bytes.
    #[n(2)]
    pub reason: Option<String>,
}
statement!(RoleWithdraw, ROLE_WITHDRAW, |withdraw| text_bound(withdraw.reason.as_deref()));

/// `consent-grant` (22): the owners agree to a collection.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ConsentGrant {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// What was agreed.
    #[n(1)]
    pub terms: ConsentTerms,
}
statement!(ConsentGrant, CONSENT_GRANT, |grant| check_terms(&grant.terms));

fn check_terms(terms: &ConsentTerms) -> Result<(), Refused> {
    bound("source", terms.source.len(), 128)?;
    bound("place", terms.place.as_ref().map_or(0, String::len), 128)?;
    lines_bound("viewers", &terms.viewers)?;
    text_bound(Some(&terms.purpose))?;
    text_bound(Some(&terms.motion_text))?;
    let wrong = |why| Err(malformed("consent-grant", why));
    if terms.retention_days == 0 {
        return wrong("what is collected is kept for at least a day, and not for ever");
    }
    if terms.subject == Subject::Source && terms.holder.is_none() {
        return wrong("a source belongs to a gateway");
    }
    if terms.purpose.is_empty() || terms.source.is_empty() {
        return wrong("a consent names its source and purpose");
    }
    Ok(())
}

/// `consent-withdraw` (23): a consent ends.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ConsentWithdraw {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// The `consent-grant`.
    #[n(1)]
    pub consent: RecordId,
    /// Why; at most 2,048 bytes.
    #[n(2)]
    pub reason: Option<String>,
}
statement!(ConsentWithdraw, CONSENT_WITHDRAW, |withdraw| text_bound(withdraw.reason.as_deref()));

/// `handover` (32): a firm or committee changes; what must be handed over follows in lines.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Handover {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// Who leaves.
    #[n(1)]
    pub from: Option<RecordId>,
    /// Who comes.
    #[n(2)]
    pub to: Option<RecordId>,
    /// By when, milliseconds.
    #[n(3)]
    pub due_ms: Option<u64>,
    /// The decision; at most 2,048 bytes.
    #[n(4)]
    pub text: String,
}
statement!(Handover, HANDOVER, |handover| text_bound(Some(&handover.text)));

/// `outside` (36): something Linli does not bridge, with the owners' motion or none. It gives nobody anything.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OutsideNote {
    /// Under what it was made.
    #[n(0)]
    pub made: Made,
    /// What it is; 1 to 256 bytes.
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
statement!(OutsideNote, OUTSIDE, |note| {
    bound("what", note.what.len(), 256)?;
    bound("run by", note.run_by.len(), 128)?;
    bound("place", note.place.as_ref().map_or(0, String::len), 128)?;
    if note.what.is_empty() {
        Err(malformed("outside", "names something"))
    } else {
        text_bound(note.motion_text.as_deref())
    }
});
