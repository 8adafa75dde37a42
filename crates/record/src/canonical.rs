//! CBOR in the deterministic encoding (RFC 8949, section 4.2), checked whole before anything is believed.
//!
//! Format 1 uses integers, byte and text strings, arrays, maps with ascending keys, booleans and null; no floats, tags
//! or indefinite lengths. What passes [`check`] has exactly one encoding, so decode then encode gives the same bytes.

use crate::limits;
use crate::refused::Refused;

/// Checks that `bytes` hold exactly one item in the deterministic encoding of format 1.
///
/// # Errors
/// [`Refused::Malformed`] naming the first offence.
pub fn check(bytes: &[u8]) -> Result<(), Refused> {
    let mut cursor = Cursor::new(bytes);
    cursor.item(0)?;
    cursor.end()
}

/// For what gives or takes power: two versions must never read one statement differently. `again` is what was read, written
/// again.
///
/// # Errors
/// [`Refused::Malformed`] when the bytes held keys this version does not know, or null where a key is left out.
pub fn only_known(what: &'static str, bytes: &[u8], again: &[u8]) -> Result<(), Refused> {
    if bytes == again {
        Ok(())
    } else {
        Err(Refused::malformed(what, "holds keys this version does not know, or null for what is left out"))
    }
}

/// [`check`] for an item that stands inside one other item: its depth counts from there.
pub(crate) fn check_inner(bytes: &[u8]) -> Result<(), Refused> {
    let mut cursor = Cursor::new(bytes);
    cursor.item(1)?;
    cursor.end()
}

/// Length in bytes of the canonical item that `bytes` begin with.
///
/// # Errors
/// [`Refused::Malformed`] naming the first offence.
pub fn item_end(bytes: &[u8]) -> Result<usize, Refused> {
    let mut cursor = Cursor::new(bytes);
    cursor.item(0)?;
    Ok(cursor.at())
}

fn fault(why: &'static str) -> Refused {
    Refused::malformed("CBOR", why)
}

const NULL: u8 = 0xf6;

/// A place in bytes that are read as the deterministic encoding and nothing else.
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Fails unless everything was read.
    pub(crate) fn end(&self) -> Result<(), Refused> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(fault("bytes after the end")) }
    }

    /// An unsigned integer.
    pub(crate) fn uint(&mut self) -> Result<u64, Refused> {
        self.argument_of(0, "expected an unsigned integer")
    }

    /// An unsigned integer that fits a smaller type.
    pub(crate) fn small<T: TryFrom<u64>>(&mut self) -> Result<T, Refused> {
        T::try_from(self.uint()?).map_err(|_| fault("number too large"))
    }

    /// A byte string of exactly `N` bytes.
    pub(crate) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Refused> {
        let length = self.argument_of(2, "expected a byte string")?;
        if length != N as u64 {
            return Err(fault("byte string of another length"));
        }
        Ok(*self.take(N)?.first_chunk().expect("took N bytes"))
    }

    /// A byte string.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Refused> {
        let length = self.argument_of(2, "expected a byte string")?;
        self.string(length)
    }

    /// A byte string, or null.
    pub(crate) fn bytes_or_null(&mut self) -> Result<Option<&'a [u8]>, Refused> {
        if self.bytes.get(self.at) == Some(&NULL) {
            self.at += 1;
            return Ok(None);
        }
        self.bytes().map(Some)
    }

    /// How many bytes were read.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// The length of an array that begins here.
    pub(crate) fn array(&mut self) -> Result<u64, Refused> {
        self.argument_of(4, "expected an array")
    }

    /// The number of pairs of a map that begins here.
    pub(crate) fn map(&mut self) -> Result<u64, Refused> {
        self.argument_of(5, "expected a map")
    }

    /// One item, whatever it is, inside one other item.
    pub(crate) fn inner_item(&mut self) -> Result<&'a [u8], Refused> {
        let start = self.at;
        self.item(1)?;
        Ok(&self.bytes[start..self.at])
    }

    fn argument_of(&mut self, major: u8, otherwise: &'static str) -> Result<u64, Refused> {
        let (found, argument) = self.head()?;
        if found == major { Ok(argument) } else { Err(fault(otherwise)) }
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], Refused> {
        let end = self.at.checked_add(n).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or_else(|| fault("cut short"))?;
        let part = &self.bytes[self.at..end];
        self.at = end;
        Ok(part)
    }

    /// Major type and argument; the argument must be in its shortest form.
    fn head(&mut self) -> Result<(u8, u64), Refused> {
        let first = self.take(1)?[0];
        let (major, info) = (first >> 5, first & 0x1f);
        let width = match info {
            0..=23 => return Ok((major, u64::from(info))),
            24..=27 => 1usize << (info - 24),
            _ => return Err(fault("indefinite or reserved length")),
        };
        let mut value = 0u64;
        for byte in self.take(width)? {
            value = value << 8 | u64::from(*byte);
        }
        let shortest = match width {
            1 => value > 23,
            2 => value > 0xff,
            4 => value > 0xffff,
            _ => value > 0xffff_ffff,
        };
        if shortest { Ok((major, value)) } else { Err(fault("number not in its shortest form")) }
    }

    fn item(&mut self, depth: usize) -> Result<(), Refused> {
        if depth > limits::CBOR_DEPTH {
            return Err(fault("nested too deep"));
        }
        let start = self.at;
        let (major, argument) = self.head()?;
        match major {
            0 | 1 => Ok(()),
            2 => self.string(argument).map(drop),
            3 => match std::str::from_utf8(self.string(argument)?) {
                Ok(_) => Ok(()),
                Err(_) => Err(fault("text is not UTF-8")),
            },
            4 => (0..argument).try_for_each(|_| self.item(depth + 1)),
            5 => self.pairs(argument, depth),
            7 if self.at == start + 1 && matches!(argument, 20..=22) => Ok(()),
            6 => Err(fault("tags are not used")),
            _ => Err(fault("floats and other simple values are not used")),
        }
    }

    fn string(&mut self, length: u64) -> Result<&'a [u8], Refused> {
        self.take(usize::try_from(length).map_err(|_| fault("cut short"))?)
    }

    fn pairs(&mut self, pairs: u64, depth: usize) -> Result<(), Refused> {
        let mut before: Option<&[u8]> = None;
        for _ in 0..pairs {
            let start = self.at;
            self.item(depth + 1)?;
            let key = &self.bytes[start..self.at];
            if before.is_some_and(|before| before >= key) {
                return Err(fault("map keys must ascend"));
            }
            before = Some(key);
            self.item(depth + 1)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_encoding_passes() {
        for good in
            [&b"\x00"[..], b"\x18\x18", b"\x43abc", b"\x63abc", b"\x82\x01\xf6", b"\xa2\x01\x02\x03\xf5"]
        {
            assert_eq!(check(good), Ok(()), "{good:02x?}");
        }
    }

    #[test]
    fn every_other_encoding_is_refused() {
        let bad = [
            &b""[..],
            b"\x18\x17",
            b"\x5f\x41a\xff",
            b"\xa2\x03\x00\x01\x00",
            b"\xa2\x01\x00\x01\x00",
            b"\xf9\x00\x00",
            b"\xc0\x00",
            b"\x00\x00",
            b"\x61\xff",
            b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\xf8\x14",
            b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
        ];
        for bytes in bad {
            assert_eq!(check(bytes).unwrap_err().code(), "malformed", "{bytes:02x?}");
        }
        assert!(check(&[0x81; 64]).is_err(), "nesting is bounded");
    }
}
