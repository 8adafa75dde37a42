//! The second reader, in Python's standard library alone, written from `docs/FORMAT.md`.

use std::path::Path;
use std::process::Command;

#[test]
fn a_reader_written_from_the_document_alone_finds_the_same() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/read_format.py");
    let Ok(output) = Command::new("python3").arg(script).arg(crate::golden::folder()).output() else {
        eprintln!("skipped: python3 is not on this machine");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("all as expected"), "{said}");
}
