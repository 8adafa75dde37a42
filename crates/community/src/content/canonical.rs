//! A view's canonical bytes: CBOR in the deterministic encoding (RFC 8949, section 4.2), maps by field name, keys sorted
//! by their encoded bytes. What [`crate::content::Digest`] hashes, and what any CBOR tool reads.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{self, Serializer};

/// A value that has no canonical bytes: a float, or a number above 64 bits. No view holds one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no canonical bytes: {0}")]
pub struct NotCanonical(String);

impl ser::Error for NotCanonical {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// The canonical bytes of a view.
///
/// # Errors
/// [`NotCanonical`] for floats; never for a view of this crate.
pub fn to_bytes<T: Serialize + ?Sized>(view: &T) -> Result<Vec<u8>, NotCanonical> {
    view.serialize(Cbor)
}

fn head(major: u8, value: u64) -> Vec<u8> {
    let major = major << 5;
    let bytes = value.to_be_bytes();
    match value {
        0..=23 => vec![major | bytes[7]],
        24..=0xff => vec![major | 24, bytes[7]],
        0x100..=0xffff => [&[major | 25], &bytes[6..]].concat(),
        0x1_0000..=0xffff_ffff => [&[major | 26], &bytes[4..]].concat(),
        _ => [&[major | 27], &bytes[..]].concat(),
    }
}

fn text(value: &str) -> Vec<u8> {
    [&head(3, value.len() as u64), value.as_bytes()].concat()
}

/// One map of a single entry: how an enum's variant with content is written.
fn variant(name: &str, content: &[u8]) -> Vec<u8> {
    [&head(5, 1), &text(name), content].concat()
}

type Written = Result<Vec<u8>, NotCanonical>;

struct Cbor;

impl Serializer for Cbor {
    type Ok = Vec<u8>;
    type Error = NotCanonical;
    type SerializeSeq = Sequence;
    type SerializeTuple = Sequence;
    type SerializeTupleStruct = Sequence;
    type SerializeTupleVariant = Sequence;
    type SerializeMap = Map;
    type SerializeStruct = Map;
    type SerializeStructVariant = Map;

    fn serialize_bool(self, value: bool) -> Written {
        Ok(vec![if value { 0xf5 } else { 0xf4 }])
    }

    fn serialize_i8(self, value: i8) -> Written {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Written {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Written {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Written {
        // CBOR writes a negative n as -1 - n, which is its bits turned over.
        Ok(if value < 0 { head(1, (!value).cast_unsigned()) } else { head(0, value.cast_unsigned()) })
    }

    fn serialize_u8(self, value: u8) -> Written {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Written {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Written {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Written {
        Ok(head(0, value))
    }

    fn serialize_f32(self, _: f32) -> Written {
        Err(NotCanonical("float".to_owned()))
    }

    fn serialize_f64(self, _: f64) -> Written {
        Err(NotCanonical("float".to_owned()))
    }

    fn serialize_char(self, value: char) -> Written {
        Ok(text(value.encode_utf8(&mut [0; 4])))
    }

    fn serialize_str(self, value: &str) -> Written {
        Ok(text(value))
    }

    fn serialize_bytes(self, value: &[u8]) -> Written {
        Ok([&head(2, value.len() as u64), value].concat())
    }

    fn serialize_none(self) -> Written {
        Ok(vec![0xf6])
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        Ok(vec![0xf6])
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Written {
        Ok(text(name))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Written {
        Ok(variant(name, &to_bytes(value)?))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Sequence, NotCanonical> {
        Ok(Sequence::default())
    }

    fn serialize_tuple(self, _: usize) -> Result<Sequence, NotCanonical> {
        Ok(Sequence::default())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Sequence, NotCanonical> {
        Ok(Sequence::default())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Sequence, NotCanonical> {
        Ok(Sequence { variant: Some(name), ..Sequence::default() })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Map, NotCanonical> {
        Ok(Map::default())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Map, NotCanonical> {
        Ok(Map::default())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Map, NotCanonical> {
        Ok(Map { variant: Some(name), ..Map::default() })
    }
}

/// An array being written.
#[derive(Default)]
struct Sequence {
    variant: Option<&'static str>,
    count: u64,
    bytes: Vec<u8>,
}

impl Sequence {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        self.count += 1;
        self.bytes.extend(to_bytes(value)?);
        Ok(())
    }

    fn close(self) -> Vec<u8> {
        let array = [head(4, self.count), self.bytes].concat();
        self.variant.map_or_else(|| array.clone(), |name| variant(name, &array))
    }
}

/// A map being written: encoded keys with encoded values.
#[derive(Default)]
struct Map {
    variant: Option<&'static str>,
    key: Option<Vec<u8>>,
    pairs: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Map {
    fn push<T: Serialize + ?Sized>(&mut self, key: Vec<u8>, value: &T) -> Result<(), NotCanonical> {
        self.pairs.push((key, to_bytes(value)?));
        Ok(())
    }

    fn close(mut self) -> Vec<u8> {
        self.pairs.sort();
        let mut map = head(5, self.pairs.len() as u64);
        self.pairs.into_iter().for_each(|(key, value)| {
            map.extend(key);
            map.extend(value);
        });
        self.variant.map_or_else(|| map.clone(), |name| variant(name, &map))
    }
}

macro_rules! sequence {
    ($trait:ident, $method:ident) => {
        impl ser::$trait for Sequence {
            type Ok = Vec<u8>;
            type Error = NotCanonical;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
                self.push(value)
            }

            fn end(self) -> Written {
                Ok(self.close())
            }
        }
    };
}

sequence!(SerializeSeq, serialize_element);
sequence!(SerializeTuple, serialize_element);
sequence!(SerializeTupleStruct, serialize_field);
sequence!(SerializeTupleVariant, serialize_field);

macro_rules! fields {
    ($trait:ident) => {
        impl ser::$trait for Map {
            type Ok = Vec<u8>;
            type Error = NotCanonical;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), NotCanonical> {
                self.push(text(key), value)
            }

            fn end(self) -> Written {
                Ok(self.close())
            }
        }
    };
}

fields!(SerializeStruct);
fields!(SerializeStructVariant);

impl ser::SerializeMap for Map {
    type Ok = Vec<u8>;
    type Error = NotCanonical;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotCanonical> {
        self.key = Some(to_bytes(key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        let key = self.key.take().ok_or_else(|| NotCanonical("value without a key".to_owned()))?;
        self.push(key, value)
    }

    fn end(self) -> Written {
        Ok(self.close())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Sample {
        zebra: Option<u8>,
        ant: Vec<i64>,
        kind: Kind,
    }

    #[derive(Serialize)]
    enum Kind {
        Told { by: char },
    }

    #[test]
    fn a_view_is_written_in_the_one_encoding_that_records_use_too() {
        let bytes =
            to_bytes(&Sample { zebra: None, ant: vec![-1, 500], kind: Kind::Told { by: 'x' } }).unwrap();
        assert_eq!(linli_record::canonical::check(&bytes), Ok(()));
        let expected = b"\xa3\x63ant\x82\x20\x19\x01\xf4\x64kind\xa1\x64Told\xa1\x62by\x61x\x65zebra\xf6";
        assert_eq!(bytes, expected);
    }

    #[test]
    fn a_float_has_no_canonical_bytes() {
        assert!(to_bytes(&[0.5f32]).is_err());
    }
}
