//! Quotation marks that a file opens and never closes: each costs its own line, and not the rest of the file.

use std::borrow::Cow;

use super::BadLine;

/// What is shown of the text behind a mark, characters.
const SHOWN: usize = 12;

/// The text with every line left blank in which a mark is never closed, and these lines.
pub(super) fn without_unclosed(text: &str, delimiter: u8) -> (Cow<'_, str>, Vec<BadLine>) {
    let (mut kept, mut bad) = (Cow::Borrowed(text), Vec::new());
    let bytes = text.as_bytes();
    let (mut at, mut line, mut cell_begins) = (0, 1, true);
    while let Some(byte) = bytes.get(at).copied() {
        if byte == b'"' && cell_begins {
            match closed(bytes, at, delimiter) {
                Some(end) => {
                    line += lines(&bytes[at..end]);
                    at = end;
                }
                None => {
                    bad.push(BadLine::new(line, None, "quote-open", describe(&text[at + 1..])));
                    let end =
                        bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |n| at + n);
                    let begin = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |n| n + 1);
                    kept.to_mut().replace_range(begin..end, &" ".repeat(end - begin));
                    at = end;
                }
            }
            cell_begins = false;
            continue;
        }
        line += u64::from(byte == b'\n');
        cell_begins = byte == delimiter || byte == b'\n' || byte == b'\r';
        at += 1;
    }
    (kept, bad)
}

/// Where a quoted cell ends, if its mark is closed: what follows the closing one ends the cell, at least on another line.
fn closed(bytes: &[u8], open: usize, delimiter: u8) -> Option<usize> {
    let mut at = open + 1;
    while let Some(byte) = bytes.get(at).copied() {
        match (byte, bytes.get(at + 1).copied()) {
            (b'"', Some(b'"')) => at += 1,
            (b'"', next) => {
                let ends = next.is_none_or(|next| next == delimiter || next == b'\n' || next == b'\r');
                return (ends || lines(&bytes[open..at]) == 0).then_some(at + 1);
            }
            _ => {}
        }
        at += 1;
    }
    None
}

fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

fn describe(after: &str) -> String {
    let shown: String = after.chars().take(SHOWN).take_while(|c| !c.is_control()).collect();
    format!("the quotation mark before {shown:?} is never closed; close it, or leave it out")
}
