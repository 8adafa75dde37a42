//! The one door for bodies: bounds are checked when one is made and again when one is read.

use linli_record::{Draft, Kind, RecordId, Refused, canonical};
use minicbor::{Decode, Encode};

use crate::kinds;

/// The largest body: a payload without its salt.
pub const BODY_BYTES: usize = linli_record::limits::PAYLOAD_BYTES - linli_record::limits::SALT_BYTES;

/// What a kind's body says. The bytes are a CBOR map in the deterministic encoding; keys this version does not know are
/// ignored.
pub trait Payload: Sized + Encode<()> + for<'b> Decode<'b, ()> {
    /// The kind whose body this is.
    const KIND: Kind;
    /// Its name in refusals.
    const NAME: &'static str;
    /// Days it is kept; 0 for ever.
    const DAYS: u16 = 0;

    /// Bounds, and rules between fields.
    ///
    /// # Errors
    /// [`Refused`] naming the field.
    fn check(&self) -> Result<(), Refused>;

    /// The bytes to sign, without salt.
    ///
    /// # Errors
    /// [`Refused`] when a bound or rule is broken.
    fn body(&self) -> Result<Vec<u8>, Refused> {
        self.check()?;
        let bytes = minicbor::to_vec(self).expect("a vector takes every byte");
        within(Self::NAME, bytes.len(), BODY_BYTES)?;
        Ok(bytes)
    }

    /// Reads a body from anywhere.
    ///
    /// # Errors
    /// [`Refused`] when it is not in the deterministic encoding, not of this shape, or breaks a bound.
    fn parse(body: &[u8]) -> Result<Self, Refused> {
        canonical::check(body)?;
        let payload: Self = minicbor::decode(body).map_err(|error| malformed(Self::NAME, error))?;
        payload.check()?;
        Ok(payload)
    }

    /// A draft that begins an object, with the evidence flag of the table of kinds.
    #[must_use]
    fn begin() -> Draft {
        let draft = Draft::new(Self::KIND).for_days(Self::DAYS);
        if kinds::row(Self::KIND).is_some_and(|row| row.evidence) { draft.evidence() } else { draft }
    }

    /// A draft that continues `object`, by an author who has seen `seen` (the newest eight are kept).
    #[must_use]
    fn on(object: RecordId, seen: &[RecordId]) -> Draft {
        let mut draft = Self::begin().on(object);
        let from = seen.len().saturating_sub(linli_record::limits::REFS);
        draft.refs = seen[from..].to_vec();
        draft
    }
}

pub(crate) fn malformed(what: &'static str, why: impl std::fmt::Display) -> Refused {
    Refused::Malformed { what, why: why.to_string() }
}

/// Fails when `found` is above `limit`.
pub(crate) fn within(what: &'static str, found: usize, limit: usize) -> Result<(), Refused> {
    if found > limit { Err(Refused::TooLarge { what, found, limit }) } else { Ok(()) }
}

/// One line: not empty, no control characters.
pub(crate) fn line(what: &'static str, text: &str, limit: usize) -> Result<(), Refused> {
    if text.trim().is_empty() {
        return Err(malformed(what, "is empty"));
    }
    line_or_nothing(what, text, limit)
}

/// One line, or nothing.
pub(crate) fn line_or_nothing(what: &'static str, text: &str, limit: usize) -> Result<(), Refused> {
    within(what, text.len(), limit)?;
    if text.chars().any(char::is_control) {
        Err(malformed(what, "holds a control character"))
    } else {
        Ok(())
    }
}

/// Lines of text, or nothing; line feeds and tabs are the only control characters.
pub(crate) fn prose(what: &'static str, text: &str, limit: usize) -> Result<(), Refused> {
    within(what, text.len(), limit)?;
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(malformed(what, "holds a control character"));
    }
    Ok(())
}

/// Text that must say something.
pub(crate) fn prose_required(what: &'static str, text: &str, limit: usize) -> Result<(), Refused> {
    if text.trim().is_empty() { Err(malformed(what, "is empty")) } else { prose(what, text, limit) }
}

/// One caption for each attachment at most.
pub(crate) fn captions(captions: &[String]) -> Result<(), Refused> {
    within("captions", captions.len(), linli_record::limits::BLOBS)?;
    captions.iter().try_for_each(|caption| line_or_nothing("caption", caption, super::limits::TITLE))
}
