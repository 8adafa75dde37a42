//! One header, one encoding.

use linli_record::{Fields, Flags, Header, Kind, Retention, canonical, limits};
use proptest::prelude::*;

use crate::any::{damage, fields, headed, item};

proptest! {
    #[test]
    fn a_header_reads_back_exactly_what_was_written(fields in fields()) {
        let written = Header::new(fields.clone());
        if let Err(refused) = &written {
            prop_assert_eq!(refused.code(), "too-large");
            return Ok(());
        }
        let written = written.unwrap();
        prop_assert!(written.bytes().len() <= limits::HEADER_BYTES);
        prop_assert_eq!(canonical::check(written.bytes()), Ok(()));
        let read = Header::parse(written.bytes()).unwrap();
        prop_assert_eq!(&*read, &fields);
        prop_assert_eq!(read, written);
    }

    #[test]
    fn a_damaged_header_is_refused_or_is_another_header_with_one_encoding(
        fields in fields(), damages in prop::collection::vec(damage(), 1..3)
    ) {
        let Ok(header) = Header::new(fields) else { return Ok(()) };
        let bytes = damages.iter().fold(header.bytes().to_vec(), |bytes, damage| {
            if bytes.is_empty() { bytes } else { damage.done_to(&bytes) }
        });
        if let Ok(read) = Header::parse(&bytes) {
            let again = Header::new(Fields::clone(&read)).unwrap();
            prop_assert_eq!(again.bytes(), &bytes[..], "what was read is written the same way");
            prop_assert_eq!(read.id() == header.id(), bytes == header.bytes());
        }
    }

    #[test]
    fn no_bytes_make_a_header_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Header::parse(&bytes);
        let _ = canonical::check(&bytes);
        let _ = linli_record::RawRecord::all_of(&bytes);
    }

    #[test]
    fn every_canonical_item_passes_and_no_damage_gives_it_a_second_encoding(
        item in item(), damage in damage()
    ) {
        prop_assert_eq!(canonical::check(&item), Ok(()));
        prop_assert_eq!(canonical::item_end(&[&item[..], b"more"].concat()), Ok(item.len()));
        let damaged = damage.done_to(&item);
        if canonical::check(&damaged).is_ok() {
            prop_assert_eq!(reencoded(&mut minicbor::Decoder::new(&damaged)), damaged);
        }
    }
}

/// Decodes one item and encodes it again, map pairs in order of their keys.
fn reencoded(d: &mut minicbor::Decoder<'_>) -> Vec<u8> {
    use minicbor::data::Type;
    match d.datatype().unwrap() {
        Type::Bool => minicbor::to_vec(d.bool().unwrap()).unwrap(),
        Type::Null => d.null().map(|()| vec![0xf6]).unwrap(),
        Type::Bytes => d.bytes().map(|bytes| headed(2, bytes.len(), bytes)).unwrap(),
        Type::String => d.str().map(|text| headed(3, text.len(), text.as_bytes())).unwrap(),
        Type::Array => {
            let length = d.array().unwrap().unwrap();
            let items: Vec<u8> = (0..length).flat_map(|_| reencoded(d)).collect();
            headed(4, usize::try_from(length).unwrap(), &items)
        }
        Type::Map => {
            let pairs = d.map().unwrap().unwrap();
            let pairs: std::collections::BTreeMap<_, _> =
                (0..pairs).map(|_| (reencoded(d), reencoded(d))).collect();
            let inside: Vec<u8> = pairs.iter().flat_map(|(key, value)| [&key[..], value].concat()).collect();
            headed(5, pairs.len(), &inside)
        }
        _ => minicbor::to_vec(d.int().unwrap()).unwrap(),
    }
}

fn plain() -> Fields {
    let writer = crate::any::writer(1);
    Fields::clone(writer.opening())
}

fn code(change: impl FnOnce(&mut Fields)) -> &'static str {
    let mut fields = plain();
    change(&mut fields);
    Header::new(fields).unwrap_err().code()
}

#[test]
fn a_header_that_breaks_a_rule_between_fields_is_refused() {
    let id = plain().payload_hash;
    let id = linli_record::RecordId::from(*id.as_bytes());
    let blob = |size| linli_record::BlobRef { hash: linli_record::BlobHash::from([1; 32]), size, flag: 0 };
    assert_eq!(code(|fields| fields.version = 2), "newer-version");
    assert_eq!(code(|fields| fields.prev = Some(id)), "malformed");
    assert_eq!(code(|fields| fields.kind = Kind::new(7)), "not-an-opening");
    assert_eq!(code(|fields| fields.seq = 5), "malformed");
    assert_eq!(code(|fields| (fields.seq, fields.prev) = (5, Some(id))), "not-an-opening");
    assert_eq!(code(|fields| fields.flags = Flags::NONE), "malformed");
    assert_eq!(code(|fields| fields.flags = fields.flags.with(Flags::SEALED)), "malformed");
    assert_eq!(code(|fields| fields.retention = Retention::Days(9)), "malformed");
    assert_eq!(code(|fields| fields.retention = Retention::Days(0)), "malformed");
    assert_eq!(code(|fields| fields.flags = fields.flags.with(Flags::REQUIRED_ANNEX)), "malformed");
    assert_eq!(code(|fields| fields.payload_len = 15), "malformed");
    assert_eq!(code(|fields| fields.payload_len = 61_441), "too-large");
    assert_eq!(code(|fields| fields.refs = vec![id; 9]), "too-large");
    assert_eq!(code(|fields| fields.blobs = vec![blob(1); 9]), "too-large");
    assert_eq!(code(|fields| fields.blobs = vec![blob(limits::BLOB_BYTES + 1)]), "malformed");
    let annex = |fields: &mut Fields, size| {
        fields.flags = fields.flags.with(Flags::REQUIRED_ANNEX);
        fields.blobs = vec![blob(size)];
    };
    assert_eq!(code(|fields| annex(fields, limits::ANNEX_BYTES + 1)), "malformed");
    assert_eq!(code(|fields| fields.audience = Some(([0; 16].into(), 0))), "malformed");
}

#[test]
fn unknown_keys_are_kept_from_64_on_in_order_and_once() {
    use linli_record::header::Extra;
    let extra = |keys: &[u64]| {
        let mut fields = plain();
        fields.extra = keys.iter().map(|&key| Extra { key, value: vec![0xf6] }).collect();
        Header::new(fields)
    };
    let kept = extra(&[64, 65, u64::MAX]).unwrap();
    assert_eq!(Header::parse(kept.bytes()).unwrap().extra.len(), 3);
    for refused in [&[63][..], &[65, 64], &[64, 64]] {
        assert_eq!(extra(refused).unwrap_err().code(), "malformed");
    }
    assert_eq!(extra(&(64..81).collect::<Vec<_>>()).unwrap_err().code(), "too-large");
}
