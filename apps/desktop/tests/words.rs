//! Both languages say the same things, and nothing stands in the tables that nobody says.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Keys looked up by a code that the node gives.
const FAMILIES: &[&str] =
    &["answer-", "category-", "fault-", "hint-", "invite-as-", "kind-", "note-", "role-", "warning-"];

fn keys(table: &'static str) -> BTreeSet<&'static str> {
    let key = |line: &'static str| line.split_once(" =").map(|(name, _)| name);
    let starts = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
    table.lines().filter(starts).filter_map(key).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn both_tables_say_the_same_things() {
    let chinese = keys(include_str!("../i18n/zh-CN/linli.ftl"));
    let english = keys(include_str!("../i18n/en/linli.ftl"));
    assert!(chinese.len() > 200, "the table was read");
    assert_eq!(chinese, english);
}

#[test]
fn nothing_stands_in_the_tables_that_nobody_says() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let all: String = sources(&src).iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let said = |key: &&str| all.contains(&format!("\"{key}\""));
    let family = |key: &&str| FAMILIES.iter().any(|family| key.starts_with(family));
    let keys = keys(include_str!("../i18n/zh-CN/linli.ftl"));
    let unsaid: Vec<&str> = keys.into_iter().filter(|key| !family(key) && !said(key)).collect();
    assert!(unsaid.is_empty(), "nobody says {unsaid:?}");
}
