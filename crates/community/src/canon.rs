//! One way to read and write what is signed: the deterministic encoding, and nothing this version does not know.

use linli_record::{Refused, canonical};
use minicbor::{Decode, Encode};

/// The canonical bytes of `value`.
#[must_use]
pub fn write<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("a vector takes every byte")
}

/// Reads exactly what [`write`] would write for some value: other encodings, bytes after the end and keys this version
/// does not know are refused, so that two versions never read one statement differently.
///
/// # Errors
/// [`Refused::Malformed`] naming `what`.
pub fn read<T>(what: &'static str, bytes: &[u8]) -> Result<T, Refused>
where
    T: for<'b> Decode<'b, ()> + Encode<()>,
{
    canonical::check(bytes)?;
    let value: T = minicbor::decode(bytes).map_err(|error| malformed(what, error))?;
    if write(&value) == bytes {
        Ok(value)
    } else {
        Err(malformed(what, "holds keys this version does not know"))
    }
}

pub(crate) fn malformed(what: &'static str, why: impl std::fmt::Display) -> Refused {
    Refused::Malformed { what, why: why.to_string() }
}

/// Fails when `found` is above `limit`.
pub(crate) fn bound(what: &'static str, found: usize, limit: usize) -> Result<(), Refused> {
    if found > limit { Err(Refused::TooLarge { what, found, limit }) } else { Ok(()) }
}
