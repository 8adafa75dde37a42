//! `docs/FORMAT.md` says what the bytes are: its worked example and its limits are compared with them.

use std::path::Path;

use linli_record::{RawRecord, chain, limits};

use crate::golden::folder;

fn document() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/FORMAT.md")).unwrap()
}

/// The bytes of a fenced block that begins with ```` ```hex NAME ````; what follows `#` on a line is explanation.
fn hex_block(name: &str) -> Vec<u8> {
    let document = document();
    let start = document.find(&format!("```hex {name}\n")).unwrap_or_else(|| panic!("no block {name}"));
    let block = document[start..].split_once('\n').unwrap().1.split("```").next().unwrap();
    let code = |line: &str| line.split('#').next().unwrap().to_owned();
    let digits: String = block.lines().map(code).collect::<String>().split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap()).collect()
}

#[test]
fn the_worked_example_in_the_document_is_a_golden_record() {
    let file = std::fs::read(folder().join("ben-closed.cborseq")).unwrap();
    let record = RawRecord::all_of(&file).unwrap().swap_remove(1);
    assert_eq!(hex_block("header"), record.header);
    assert_eq!(hex_block("payload"), record.payload.unwrap());
    assert_eq!(hex_block("id"), blake3::hash(&record.header).as_bytes());
    let expected: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder().join("expected.json")).unwrap()).unwrap();
    let community = expected["community"].as_str().unwrap().parse().unwrap();
    let message = chain::signed_message(&community, &record.header);
    assert_eq!(hex_block("signed-prefix"), message[..message.len() - record.header.len()]);
}

#[test]
fn the_limits_in_the_document_are_the_limits_in_the_program() {
    let told = [
        ("record", limits::RECORD_BYTES as u64),
        ("header", limits::HEADER_BYTES as u64),
        ("payload", limits::PAYLOAD_BYTES as u64),
        ("salt", limits::SALT_BYTES as u64),
        ("refs", limits::REFS as u64),
        ("attachments", limits::BLOBS as u64),
        ("unknown keys", limits::EXTRA_KEYS as u64),
        ("attachment", limits::BLOB_BYTES),
        ("required annex", limits::ANNEX_BYTES),
        ("run", limits::RUN_RECORDS as u64),
        ("block", limits::BLOCK_BYTES as u64),
        ("certificate", limits::CERTIFICATE_BYTES as u64),
        ("witnesses", limits::WITNESSES as u64),
        ("nesting", limits::CBOR_DEPTH as u64),
        ("incarnations", limits::INCARNATIONS as u64),
        ("claim", limits::CLAIM_BYTES as u64),
        ("label", limits::LABEL_BYTES as u64),
        ("program", limits::PROGRAM_BYTES as u64),
        ("private path", limits::PATH_LEVELS as u64),
        ("successor key", limits::SUCCESSOR_KEY_BYTES as u64),
        ("successor signature", limits::SUCCESSOR_PROOF_BYTES as u64),
        ("fork proof", limits::FORK_PROOF_BYTES as u64),
        ("grant", limits::GRANT_BYTES as u64),
        ("height bits", u64::from(limits::HEIGHT_BITS)),
    ];
    let document = document();
    for (name, limit) in told {
        let row = document.lines().find(|line| line.starts_with(&format!("| {name} |")));
        let row = row.unwrap_or_else(|| panic!("no row {name}"));
        assert_eq!(row.split('|').nth(2).unwrap().trim().replace(',', ""), limit.to_string(), "{row}");
    }
}
