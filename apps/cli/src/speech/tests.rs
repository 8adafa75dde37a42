//! Every text is there, in every language, and nothing is there that nobody says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap::{Command, CommandFactory as _};
use fluent_bundle::FluentArgs;

use super::*;
use crate::arguments::Arguments;

/// Families looked up by codes that come from the node, or by the demo's scenes.
const FAMILIES: [&str; 20] = [
    "audience",
    "category",
    "claim",
    "demo",
    "flag",
    "how",
    "kind",
    "kind-of-fault",
    "mark",
    "member",
    "note",
    "reason",
    "request-status",
    "role",
    "step",
    "unit-status",
    "value",
    "warning",
    "fault",
    "hint",
];

fn chinese() -> String {
    format!("{CHINESE}\n{CHINESE_DEMO}")
}

fn english() -> String {
    format!("{ENGLISH}\n{ENGLISH_DEMO}")
}

/// Keys of a file, each with the names it lets the program fill in.
fn keys(file: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys = BTreeMap::new();
    let mut last = String::new();
    for line in file.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        if !line.starts_with(' ') {
            last = line.split(" = ").next().unwrap().to_owned();
            assert!(keys.insert(last.clone(), BTreeSet::new()).is_none(), "{last} stands twice");
        }
        let names = line.split("{ $").skip(1).map(|rest| rest.split(' ').next().unwrap().to_owned());
        keys.get_mut(&last).unwrap().extend(names);
    }
    keys
}

/// Every `say!` in the sources: the key and the names it gives.
fn said() -> BTreeMap<String, BTreeSet<String>> {
    let mut said = BTreeMap::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |source| {
        for call in source.split("say!(").skip(1) {
            let Some((_, rest)) = call.split_once('"') else { continue };
            let Some((key, rest)) = rest.split_once('"') else { continue };
            let names: BTreeSet<String> = arguments(rest).into_iter().collect();
            said.entry(key.to_owned()).or_insert_with(BTreeSet::new).extend(names);
        }
    });
    said
}

/// The names before `=` up to the bracket that closes the call.
fn arguments(rest: &str) -> Vec<String> {
    let mut depth = 1;
    let mut parts = vec![String::new()];
    for c in rest.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 1 => parts.push(String::new()),
            _ => {}
        }
        if depth == 0 {
            break;
        }
        parts.last_mut().unwrap().push(c);
    }
    let name =
        |part: &String| part.split_once('=').map(|(name, _)| name.trim_matches([',', ' ', '\n']).to_owned());
    parts.iter().filter_map(name).collect()
}

fn walk(folder: &Path, read: &mut impl FnMut(&str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, read);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("speech/tests.rs") {
            read(&std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn both_languages_say_the_same_things_with_the_same_names() {
    assert_eq!(keys(&chinese()), keys(&english()));
}

#[test]
fn every_language_file_reads_and_no_key_stands_twice() {
    for language in [Language::Zh, Language::En] {
        let speech = Speech::of(language);
        assert_ne!(speech.fill("done", &FluentArgs::new()), "done", "{language:?}");
    }
    for file in [CHINESE, CHINESE_DEMO, CHINESE_HELP, CHINESE_NODE, ENGLISH, ENGLISH_DEMO] {
        assert!(FluentResource::try_new(file.to_owned()).is_ok());
    }
}

#[test]
fn whatever_the_program_says_is_in_the_files_and_nothing_else_is() {
    let (said, known) = (said(), keys(&english()));
    assert!(said.len() > 100, "only {} texts found: the search lost its way", said.len());
    for (key, names) in &said {
        if key == "key" {
            continue;
        }
        let wanted = known.get(key).unwrap_or_else(|| panic!("no text for {key}"));
        assert!(wanted.is_subset(names), "{key} wants {wanted:?}, is given {names:?}");
    }
    let of_a_family = |key: &str| FAMILIES.iter().any(|family| key.starts_with(&format!("{family}-")));
    let unsaid: Vec<&String> =
        known.keys().filter(|key| !said.contains_key(*key) && !of_a_family(key)).collect();
    assert!(unsaid.is_empty(), "nobody says {unsaid:?}");
}

#[test]
fn every_command_and_argument_explains_itself_in_both_languages() {
    let speech = Speech::of(Language::Zh);
    let mut wanted = BTreeSet::new();
    explain(&Arguments::command(), "linli", &speech, &mut wanted);
    for path in keys(CHINESE_HELP).keys() {
        assert!(wanted.contains(path), "{path} explains a command that is not there");
    }
}

fn explain(command: &Command, path: &str, speech: &Speech, wanted: &mut BTreeSet<String>) {
    wanted.insert(path.to_owned());
    assert!(command.get_about().is_some(), "{path} has no English help");
    assert!(speech.find(path, None, &FluentArgs::new()).is_some(), "{path} has no Chinese help");
    for argument in command.get_arguments() {
        let id = argument.get_id().to_string();
        assert!(argument.get_help().is_some(), "{path} {id} has no English help");
        assert!(
            speech.find(path, Some(&id), &FluentArgs::new()).is_some(),
            "{path} .{id} has no Chinese help"
        );
    }
    for below in command.get_subcommands() {
        explain(below, &format!("{path}-{}", below.get_name()), speech, wanted);
    }
}

#[test]
fn chinese_help_keeps_no_english_heading() {
    let speech = Speech::of(Language::Zh);
    let mut command = help::command(&speech);
    command.build();
    let text = command.find_subcommand_mut("notice").unwrap().render_help().to_string();
    assert!(text.contains("张贴通知") && text.contains("用法："), "{text}");
    for heading in ["Usage", "Commands:", "Options:", "Print help"] {
        assert!(!text.contains(heading), "{heading} in {text}");
    }
}

#[test]
fn the_language_is_chosen_before_the_words_are_parsed() {
    let words = |text: &str| -> Vec<OsString> { text.split(' ').map(OsString::from).collect() };
    assert_eq!(Language::choose(&words("linli --lang en nonsense")), Language::En);
    assert_eq!(Language::choose(&words("linli status --lang=zh")), Language::Zh);
    assert_eq!(option(&words("linli talk say -- --lang en"), "--lang"), None);
}

#[test]
fn the_command_line_is_sound() {
    help::command(&Speech::of(Language::Zh)).debug_assert();
    help::command(&Speech::of(Language::En)).debug_assert();
}
