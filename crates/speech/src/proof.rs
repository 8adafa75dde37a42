//! What a program's own tests ask of its texts: every text is there, in every language, and nothing is there that nobody
//! says. These panic, as tests do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap::Command;

use crate::help;
use crate::language::Language;
use crate::texts::{Speech, Texts};

/// Keys of language files, each with the names it lets the program fill in.
///
/// # Panics
/// When a key stands twice.
#[must_use]
pub fn keys(files: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut last = String::new();
    let lines = files.iter().flat_map(|file| file.lines());
    for line in lines.filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        if !line.starts_with(' ') {
            line.split(" = ").next().unwrap_or_default().clone_into(&mut last);
            assert!(keys.insert(last.clone(), BTreeSet::new()).is_none(), "{last} stands twice");
        }
        let names = line.split("{ $").skip(1).filter_map(|rest| rest.split(' ').next());
        keys.entry(last.clone()).or_default().extend(names.map(str::to_owned));
    }
    keys
}

/// Both languages say the same things with the same names, and what the sources below `src` say is in them, and nothing
/// else is, apart from `families` looked up by codes. `help` is the Chinese file of the commands' help.
///
/// # Panics
/// When a text is missing, or nobody says it.
pub fn texts(texts: &Texts, help: &str, src: &Path, families: &[&str]) {
    let chinese: Vec<&str> = texts.chinese.iter().copied().filter(|file| *file != help).collect();
    let known = keys(texts.english);
    assert_eq!(keys(&chinese), known, "the languages differ");
    let said = said(src);
    for (key, names) in &said {
        let Some(wanted) = known.get(key) else {
            assert!(keys(&[include_str!("../lang/en.ftl")]).contains_key(key), "no text for {key}");
            continue;
        };
        assert!(wanted.is_subset(names), "{key} wants {wanted:?}, is given {names:?}");
    }
    let of_a_family = |key: &str| families.iter().any(|family| key.starts_with(&format!("{family}-")));
    let unsaid: Vec<&String> =
        known.keys().filter(|key| !said.contains_key(*key) && !of_a_family(key)).collect();
    assert!(unsaid.is_empty(), "nobody says {unsaid:?}");
}

/// Every command and argument explains itself in both languages, and `help` explains nothing else.
///
/// # Panics
/// When one does not.
pub fn commands(command: &Command, own: &Texts, help: &str) {
    let speech = Speech::of(Language::Zh, own);
    let mut wanted = BTreeSet::new();
    explain(command, command.get_name(), &speech, &mut wanted);
    for path in keys(&[help]).keys() {
        assert!(wanted.contains(path), "{path} explains a command that is not there");
    }
    for language in [Language::Zh, Language::En] {
        help::command(command.clone(), &Speech::of(language, own)).debug_assert();
    }
}

fn explain(command: &Command, path: &str, speech: &Speech, wanted: &mut BTreeSet<String>) {
    wanted.insert(path.to_owned());
    assert!(command.get_about().is_some(), "{path} has no English help");
    assert!(speech.help(path, None).is_some(), "{path} has no Chinese help");
    for argument in command.get_arguments() {
        let id = argument.get_id();
        assert!(argument.get_help().is_some(), "{path} {id} has no English help");
        assert!(help::argument_help(argument, path, speech).is_some(), "{path} .{id} has no Chinese help");
    }
    for below in command.get_subcommands() {
        explain(below, &format!("{path}-{}", below.get_name()), speech, wanted);
    }
}

/// Every `say!` in the sources: the key and the names it gives.
fn said(src: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut said: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    walk(src, &mut |source| {
        for call in source.split("say!(").skip(1) {
            let Some((_, rest)) = call.split_once('"') else { continue };
            let Some((key, rest)) = rest.split_once('"') else { continue };
            said.entry(key.to_owned()).or_default().extend(given(rest));
        }
    });
    said
}

/// The names before `=` up to the bracket that closes the call.
fn given(rest: &str) -> Vec<String> {
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
        parts.last_mut().expect("it begins with one").push(c);
    }
    let name =
        |part: &String| part.split_once('=').map(|(name, _)| name.trim_matches([',', ' ', '\n']).to_owned());
    parts.iter().filter_map(name).collect()
}

fn walk(folder: &Path, read: &mut impl FnMut(&str)) {
    for entry in std::fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("the folder stays readable").path();
        if path.is_dir() {
            walk(&path, read);
        } else if path.extension().is_some_and(|end| end == "rs") {
            read(&std::fs::read_to_string(path).expect("a source is text"));
        }
    }
}
