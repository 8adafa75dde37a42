//! What a page leaves open in what a command prints.
//!
//! - `[..]` is any text within a line, a line `...` any lines;
//! - eight hexadecimal digits (with a decimal one among them) stand in for an id: where they first appear in what a command
//!   prints they take the real one's place, and mean it from then on, in commands too;
//! - a word that begins with `LINLI1` stands in for an invite in the same way;
//! - the width of columns does not matter.

use std::collections::BTreeMap;

/// The real ids and invites that a page's stand-ins mean.
pub(crate) type Meaning = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Any,
    StandIn(String),
}

/// The meaning after matching all lines; `None` when they do not match.
pub(crate) fn lines(expected: &[String], found: &[String], meaning: &Meaning) -> Option<Meaning> {
    let Some((first, rest)) = expected.split_first() else {
        return found.is_empty().then(|| meaning.clone());
    };
    if first.trim() == "..." {
        return (0..=found.len()).find_map(|skipped| lines(rest, &found[skipped..], meaning));
    }
    let (line, others) = found.split_first()?;
    lines(rest, others, &self::line(first, line, meaning)?)
}

/// The meaning after matching one line.
pub(crate) fn line(expected: &str, found: &str, meaning: &Meaning) -> Option<Meaning> {
    pieces_match(&pieces(&narrow(expected)), &narrow(found), meaning)
}

/// A command with the real ids and invites in it.
pub(crate) fn filled(command: &str, meaning: &Meaning) -> String {
    let real = |piece| match piece {
        Piece::Text(text) => text,
        Piece::Any => "[..]".to_owned(),
        Piece::StandIn(name) => meaning.get(&name).cloned().unwrap_or(name),
    };
    pieces(command).into_iter().map(real).collect()
}

/// Without the end's spaces, and with one space for many.
fn narrow(line: &str) -> String {
    line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, between) in line.split("[..]").enumerate() {
        if index > 0 {
            pieces.push(Piece::Any);
        }
        let mut rest = between;
        while !rest.is_empty() {
            let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let cut = if word > 0 {
                word
            } else {
                rest.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(rest.len())
            };
            let (piece, after) = rest.split_at(cut);
            let piece = piece.to_owned();
            pieces.push(if is_id(&piece) || is_invite(&piece) {
                Piece::StandIn(piece)
            } else {
                Piece::Text(piece)
            });
            rest = after;
        }
    }
    pieces
}

fn is_id(word: &str) -> bool {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    word.len() == 8 && word.chars().all(is_hex) && word.contains(|c: char| c.is_ascii_digit())
}

fn is_invite(word: &str) -> bool {
    word.len() > 6 && word.starts_with("LINLI1")
}

fn pieces_match(pieces: &[Piece], text: &str, meaning: &Meaning) -> Option<Meaning> {
    let Some((first, rest)) = pieces.split_first() else {
        return text.is_empty().then(|| meaning.clone());
    };
    match first {
        Piece::Text(wanted) => pieces_match(rest, text.strip_prefix(wanted.as_str())?, meaning),
        Piece::Any => {
            let mut cuts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            cuts.find_map(|at| pieces_match(rest, &text[at..], meaning))
        }
        Piece::StandIn(name) => match meaning.get(name) {
            Some(real) => pieces_match(rest, text.strip_prefix(real.as_str())?, meaning),
            None => {
                let word = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
                let (real, after) = text.split_at(word);
                let fits = if is_invite(name) {
                    is_invite(real)
                } else {
                    real.len() == 8 && real.bytes().all(|b| b.is_ascii_hexdigit())
                };
                let mut learned = meaning.clone();
                learned.insert(name.clone(), real.to_owned());
                if fits { pieces_match(rest, after, &learned) } else { None }
            }
        },
    }
}

#[test]
fn an_id_means_the_same_one_from_then_on() {
    let meaning =
        line("Saved: 1a2b3c4d (block [..])", "Saved: 99887766 (block 12)", &Meaning::new()).unwrap();
    assert_eq!(filled("linli notice show 1a2b3c4d", &meaning), "linli notice show 99887766");
    assert!(line("1a2b3c4d  water", "99887766     water", &meaning).is_some());
    assert!(line("1a2b3c4d  water", "00000000     water", &meaning).is_none());
}

#[test]
fn an_invite_is_learned_where_it_is_printed() {
    let meaning = line("LINLI1ZHOU", "LINLI1VIAFQIFT7B626SERNF", &Meaning::new()).unwrap();
    assert_eq!(
        filled("linli --home zhou join LINLI1ZHOU", &meaning),
        "linli --home zhou join LINLI1VIAFQIFT7B626SERNF"
    );
}

#[test]
fn dots_stand_for_any_lines_and_nothing_else_does() {
    let all = |text: &[&str]| -> Vec<String> { text.iter().map(|&line| line.to_owned()).collect() };
    let found = all(&["a", "b", "c"]);
    assert!(lines(&all(&["a", "...", "c"]), &found, &Meaning::new()).is_some());
    assert!(lines(&all(&["..."]), &[], &Meaning::new()).is_some());
    assert!(lines(&all(&["a", "c"]), &found, &Meaning::new()).is_none());
    assert!(lines(&all(&["a", "b"]), &found, &Meaning::new()).is_none());
}
