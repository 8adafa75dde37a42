//! What a program's own tests ask of its texts: every text is there, in every language, and nothing is there that nobody
//! says. These panic, as tests do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap::Command;
use clap::error::{ContextKind, ErrorKind};

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

/// Every refusal in the sources below `roots` has its words in Chinese, and what it says to do too. A code that is no
/// literal is its maker's: the register's reasons and the codec's refusals are listed where they are made.
///
/// # Panics
/// When one lacks them, or none is found.
pub fn faults(own: &Texts, roots: &[&Path]) {
    let speech = Speech::of(Language::Zh, own);
    let mut found = 0;
    let mut lacking = BTreeSet::new();
    for root in roots {
        files(root, &["rs"], &mut |source| {
            let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            for (code, hinted) in refusals(source) {
                found += 1;
                let told = ["fault", "reason"].iter().any(|family| speech.known(family, code).is_some());
                let hinted = !hinted || speech.known("hint", code).is_some();
                lacking.extend((!told || !hinted).then(|| code.to_owned()));
            }
        });
    }
    assert!(found > 0, "nothing is refused in {roots:?}");
    assert!(lacking.is_empty(), "no Chinese for {lacking:?}");
}

/// The literal codes of a source's refusals, and whether each says in fixed words what to do.
fn refusals(source: &str) -> Vec<(&str, bool)> {
    const MAKERS: [&str; 6] = [
        "Fault::new(",
        "Fault::input(",
        "Fault::not_allowed(",
        "Self::new(FaultKind::",
        "Self::input(",
        "let (code, hint) =",
    ];
    let starts: BTreeSet<usize> =
        MAKERS.iter().flat_map(|maker| source.match_indices(maker)).map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([source.len()]);
    let made = starts.iter().zip(ends).filter_map(|(start, end)| {
        // As far as the expression goes: nothing after it is this refusal's.
        let made = source.get(*start..end)?;
        let made = made.split([';', '}']).next()?;
        let (_, rest) = made.split_once('"')?;
        let (code, rest) = rest.split_once('"')?;
        let is_code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let hint = rest.split_once(".hint(").map(|(_, hint)| hint.trim_start());
        let fixed = |hint: &str| hint.starts_with('"') && !hint.starts_with("\"one of: ");
        (!code.is_empty() && code.chars().all(is_code)).then(|| (code, hint.is_some_and(fixed)))
    });
    made.collect()
}

/// Every command in backticks that a message, a help text or a page names (`linli invite --as owner --unit UNIT`) is one
/// the program takes. `command` is the program's own; `roots` are folders with sources, language files and pages, or such
/// files. What is written in capitals, in braces or in Chinese stands for something else.
///
/// # Panics
/// When one is not, or none is found.
pub fn phrases(command: &Command, roots: &[&Path]) {
    let begin = format!("`{} ", command.get_name());
    let mut phrases = BTreeSet::new();
    for root in roots {
        files(root, &["rs", "ftl", "md"], &mut |text| {
            // A text that goes on in the next line of a source.
            let text = text.split("\\\n").map(str::trim_start).collect::<Vec<_>>().concat();
            let begun = text.split(begin.as_str()).skip(1).filter_map(|rest| rest.split_once('`'));
            phrases
                .extend(begun.map(|(phrase, _)| phrase.to_owned()).filter(|phrase| !phrase.contains('\n')));
        });
    }
    assert!(!phrases.is_empty(), "nothing names a command");
    let wrong: Vec<String> = phrases.iter().filter_map(|phrase| refusal(command, phrase)).collect();
    assert!(wrong.is_empty(), "not commands of {}: {wrong:#?}", command.get_name());
}

/// Why the program would not take these words; that some are missing is no fault of a phrase.
fn refusal(command: &Command, phrase: &str) -> Option<String> {
    let stands_for = |word: &str| {
        word.contains(['{', '}', '$', '\u{2026}']) || !word.is_ascii() || word.chars().any(char::is_uppercase)
    };
    let spaced = phrase.replace("{ $", "{$").replace(" }", "}");
    let words = std::iter::once(command.get_name()).chain(spaced.split(' ')).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    let error = command.clone().try_get_matches_from(&words).err()?;
    let named = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let fits = match error.kind() {
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => true,
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = named(ContextKind::InvalidValue);
            value.is_empty() || stands_for(&value)
        }
        _ => false,
    };
    (!fits).then(|| format!("{phrase}: {}", error.kind()))
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
    files(folder, &["rs"], read);
}

/// Every file below `root` with one of these endings, or `root` itself.
fn files(root: &Path, endings: &[&str], read: &mut impl FnMut(&str)) {
    if root.is_file() {
        return read(&std::fs::read_to_string(root).expect("a source is text"));
    }
    for entry in std::fs::read_dir(root).expect("the sources are there") {
        let path = entry.expect("the folder stays readable").path();
        if path.is_dir() {
            files(&path, endings, read);
        } else if path.extension().is_some_and(|end| endings.iter().any(|one| end == *one)) {
            read(&std::fs::read_to_string(path).expect("a source is text"));
        }
    }
}
