//! `docs/REGISTER.md` says what the code does: the kind table, reason codes and faults stand in it line by line.

use linli_community::kinds::{self, Class, For, Keep, Row};
use linli_community::register::{Reason, limits};

const DOCUMENT: &str = include_str!("../../../../docs/REGISTER.md");

fn line(row: &Row) -> String {
    let class = match row.class() {
        Class::Authority => "authority",
        Class::Tally => "tally",
        Class::Content => "content",
    };
    let keep = match row.keep {
        Keep::Archive => "archive".to_owned(),
        Keep::AsSaid => "as said".to_owned(),
        Keep::AtMost(days) => format!("at most {days} d"),
    };
    let audience = match row.audience {
        For::Everyone => "everyone",
        For::Members => "members",
        For::Either => "either",
        For::Witnesses => "witnesses",
    };
    let evidence = if row.evidence { "yes" } else { "" };
    let sayers = row.sayers.names().join(", ");
    format!("| {} | {} | {class} | {keep} | {evidence} | {audience} | {sayers} |", row.kind, row.name)
        .replace("|  |", "| |")
}

#[test]
fn every_kind_stands_in_the_document_as_it_is() {
    let missing: Vec<String> =
        kinds::TABLE.iter().map(line).filter(|line| !DOCUMENT.contains(line.as_str())).collect();
    assert!(missing.is_empty(), "missing from docs/REGISTER.md:\n{}", missing.join("\n"));
}

#[test]
fn every_reason_code_stands_in_the_document() {
    for reason in Reason::ALL {
        let cell = format!("| {} | `{}` |", reason.number(), reason.code());
        assert!(DOCUMENT.contains(&cell), "{cell}");
    }
}

#[test]
fn every_limit_stands_in_the_document() {
    let stated = [
        ("charter", limits::CHARTER_BYTES),
        ("registrars' seats", limits::REGISTRARS),
        ("tellers' seats", limits::TELLERS),
        ("presets", limits::PRESETS),
        ("records one re-admission names", limits::READMITTED),
        ("units on a roll", limits::ROLL_UNITS),
        ("open proposals and approvals of one device", limits::OPEN_PER_DEVICE),
        ("block ids a state remembers", limits::RECENT_BLOCKS),
    ];
    for (what, limit) in stated {
        let cell = format!("| {what} | {limit} |");
        assert!(DOCUMENT.contains(&cell), "{cell}");
    }
}
