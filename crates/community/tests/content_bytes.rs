//! The frozen bytes of one body of every kind, as `docs/CONTENT.md` prints them.
#![allow(clippy::unwrap_used, reason = "a test that can not go on fails")]

mod content_street;

use content_street::samples::samples;
use linli_community::kinds;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_document_prints_the_bytes_that_are_written() {
    let document = include_str!("../../../docs/CONTENT.md");
    for sample in samples() {
        let line = format!("| {} `{}` | `{}` |", sample.kind, kinds::name(sample.kind), hex(&sample.body));
        assert!(document.contains(&line), "docs/CONTENT.md lacks:\n{line}");
    }
}

#[test]
fn every_kind_of_the_document_is_in_the_table_of_kinds_and_ascends() {
    let samples = samples();
    assert!(samples.is_sorted_by(|a, b| a.kind < b.kind));
    assert!(samples.iter().all(|sample| kinds::row(sample.kind).is_some()));
}
