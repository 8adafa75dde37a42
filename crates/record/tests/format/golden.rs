//! The golden files of format 1 in `tests/golden/format-1`: read for ever, and written again byte for byte.
//!
//! `LINLI_BLESS=1 cargo test -p linli-record golden` writes them; after the first release a difference is a broken
//! format, never a reason to bless. [`street`] writes the honest files, [`refused`] the ones that must be refused.

mod refused;
mod street;

use std::collections::BTreeMap;
use std::path::PathBuf;

use linli_record::envelope::{self, Place};
use linli_record::private_root::Path;
use linli_record::{
    Chain, Claim, CommunityId, DeviceKey, EpochKey, ForkProof, Header, LogClose, LogId, RawRecord, Record,
    RecordId, SealingSecret, SignedClaim, block::CertifiedBlock, grant, limits,
};
use serde_json::Value;

/// Where the golden files are.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/format-1")
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn expected() -> Value {
    serde_json::from_slice(&file("expected.json")).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is missing"))
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(value: &Value, name: &str) -> T {
    text(value, name).parse().unwrap()
}

fn bytes_of(value: &Value, name: &str) -> Vec<u8> {
    let digits = text(value, name);
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap()).collect()
}

fn array_of<const N: usize>(value: &Value, name: &str) -> [u8; N] {
    bytes_of(value, name).try_into().unwrap()
}

/// A log file followed in runs of 64.
fn follow(community: CommunityId, name: &str) -> (Chain, Vec<Record>) {
    let raw = RawRecord::all_of(&file(name)).unwrap();
    let mut runs = raw.chunks(limits::RUN_RECORDS).map(<[RawRecord]>::to_vec);
    let (mut chain, mut records) = Chain::open(community, runs.next().unwrap()).unwrap();
    for run in runs {
        records.extend(chain.extend(run).unwrap());
    }
    (chain, records)
}

#[test]
fn golden_files_are_written_again_byte_for_byte() {
    let mut written: BTreeMap<String, Vec<u8>> = street::files();
    written.extend(refused::files());
    if std::env::var_os("LINLI_BLESS").is_some() {
        for (name, bytes) in &written {
            let path = folder().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
    for (name, bytes) in &written {
        let same = if name.ends_with(".json") {
            // The order of keys in JSON is the library's choice, not ours.
            let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
            read(&file(name)) == read(bytes)
        } else {
            file(name) == *bytes
        };
        assert!(same, "{name} differs from what this program writes");
    }
    let mut found = Vec::new();
    for part in ["", "refused/"] {
        for entry in std::fs::read_dir(folder().join(part)).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                found.push(format!("{part}{}", entry.file_name().to_str().unwrap()));
            }
        }
    }
    found.sort();
    assert_eq!(found, written.keys().cloned().collect::<Vec<_>>(), "no file without a writer");
}

#[test]
fn golden_logs_read_as_they_did_when_they_were_written() {
    let expected = expected();
    let community = parsed(&expected, "community");
    for (name, log) in expected["logs"].as_object().unwrap() {
        let (chain, records) = follow(community, name);
        assert_eq!(chain.tip().log, parsed::<LogId>(log, "log"), "{name}");
        assert_eq!(chain.tip().key, parsed::<DeviceKey>(log, "key"), "{name}");
        let told = log["records"].as_array().unwrap();
        assert_eq!(records.len(), told.len(), "{name}");
        for (record, told) in records.iter().zip(told) {
            assert_eq!(record.id(), parsed::<RecordId>(told, "id"), "{name} {}", record.seq);
            assert_eq!(street::described(record), *told, "{name} {}", record.seq);
            assert_eq!(Header::new(linli_record::Fields::clone(record)).unwrap(), *record.header());
        }
    }
}

#[test]
fn the_golden_community_is_named_after_the_payload_that_founded_it() {
    let (_, records) = follow(parsed(&expected(), "community"), "founder.cborseq");
    assert_eq!(
        records[0].payload_hash.as_bytes(),
        parsed::<CommunityId>(&expected(), "community").as_bytes()
    );
}

#[test]
fn golden_blocks_verify_with_their_witnesses() {
    let expected = expected();
    let mut bytes = &file("blocks.cborseq")[..];
    let mut prev = None;
    for told in expected["blocks"].as_array().unwrap() {
        let length = linli_record::canonical::item_end(bytes).unwrap();
        let certified = CertifiedBlock::parse(&bytes[..length]).unwrap();
        bytes = &bytes[length..];
        let keys = told["witnesses"].as_array().unwrap().iter();
        let keys: Vec<DeviceKey> = keys.map(|key| key.as_str().unwrap().parse().unwrap()).collect();
        let block = certified.verify(&keys).unwrap();
        assert_eq!(
            (block.era, block.height),
            (told["era"].as_u64().unwrap(), told["height"].as_u64().unwrap())
        );
        assert_eq!(certified.id(), parsed(told, "id"));
        assert_eq!(block.prev, prev);
        prev = Some(certified.id());
    }
    assert!(bytes.is_empty());
}

#[test]
fn golden_secrets_open() {
    let expected = expected();
    let community: CommunityId = parsed(&expected, "community");
    let told = &expected["sealed"];
    let (_, records) = follow(community, text(told, "file"));
    let record = &records[usize::try_from(told["seq"].as_u64().unwrap()).unwrap()];
    let key = EpochKey::from(array_of::<32>(told, "epoch_key"));
    let place = Place::of(community, record.header()).unwrap();
    assert_eq!(envelope::open(&key, &place, record.body().unwrap()).unwrap(), bytes_of(told, "body"));
    assert_eq!(key.fingerprint(&place.audience, place.epoch), parsed(told, "fingerprint"));
    let grant = minicbor::decode(&file("grant.cbor")).unwrap();
    let secret = SealingSecret::from_seed(&array_of(&expected["grant"], "sealing_seed"));
    assert_eq!(grant::open(&secret, &community, &grant).unwrap(), bytes_of(&expected["grant"], "secret"));
}

#[test]
fn golden_statements_about_keys_and_logs_verify() {
    let expected = expected();
    let community: CommunityId = parsed(&expected, "community");
    let signed: SignedClaim = minicbor::decode(&file("claim.cbor")).unwrap();
    let claim: Claim = signed.verify(&community).unwrap();
    assert_eq!(claim.log_id(), parsed(&expected["claim"], "log"));
    assert_eq!(claim.label, text(&expected["claim"], "label"));
    let proof = ForkProof::parse(&file("fork-proof.cbor")).unwrap();
    let fork = proof.verify(&community, &parsed(&expected["fork"], "key")).unwrap();
    assert_eq!(fork.seq, expected["fork"]["seq"].as_u64().unwrap());
    assert_eq!(fork.log, parsed(&expected["fork"], "log"));
    let (chain, records) = follow(community, "ben-closed.cborseq");
    assert!(chain.tip().closed);
    let close = LogClose::parse(records.last().unwrap().body().unwrap()).unwrap();
    let next = close.successor.unwrap().verify(&community, &chain.tip().log).unwrap();
    assert_eq!(next.log_id(), Some(parsed(&expected["successor"], "log")));
    let told = &expected["private_root"];
    let path: Path = minicbor::decode(&file("private-path.cbor")).unwrap();
    assert!(path.leads_to(&parsed(told, "root"), &parsed(told, "log"), &parsed(told, "tip")));
}

#[test]
fn what_was_refused_once_is_refused_for_ever_for_the_same_reason() {
    let told: Value = serde_json::from_slice(&file("refused/expected.json")).unwrap();
    let mut wrong = Vec::new();
    for (name, told) in told.as_object().unwrap() {
        let found = refused::judge(text(told, "as"), &file(&format!("refused/{name}")));
        if found != text(told, "code") {
            wrong.push(format!("{name}: expected {}, found {found}", text(told, "code")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
