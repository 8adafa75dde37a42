//! Statements about logs. `log-close` and `fork-proof` have their payloads in `linli_record`, which must read them too.

use linli_record::{LogOpen, RecordId, Refused, canonical};
use minicbor::{Decode, Encode};

use super::enrol::text_bound;
use super::statement;

/// `objection` (3): an owner, or anyone, says on the record that something is wrong. It decides nothing.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Objection {
    /// About which record, if about one.
    #[n(0)]
    pub about: Option<RecordId>,
    /// What; at most 2,048 bytes.
    #[n(1)]
    pub text: String,
}
statement!(Objection, OBJECTION, |objection| text_bound(Some(&objection.text)));

/// `log-open`, as the register reads it. A log goes on whatever else its opening holds; the register judges only what it
/// knows in full.
pub(super) fn opened(body: &[u8]) -> Result<LogOpen, Refused> {
    let open = LogOpen::parse(body)?;
    canonical::only_known("log-open", body, &open.to_bytes())?;
    Ok(open)
}
