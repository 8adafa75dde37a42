//! What an edit takes away and brings: found between two texts, and carried over to a text that went on meanwhile.
//!
//! Texts are compared word by word, so that a change here and a change there leave alone what stands between them. It knows
//! nothing of documents and authors. Read [`hunks`] first.

use std::ops::Range;

use super::super::limits;

/// Words that differ, at most, before the rest counts as one change.
const DISTANCE: usize = 1_000;
/// Shorter agreement between two changes is chance: they are one.
const AGREED: usize = 4;

/// One place where two texts differ: these characters of the first give way to those of the second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hunk {
    deleted: Range<usize>,
    inserted: Range<usize>,
}

/// One splice of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) at: usize,
    pub(super) deleted: usize,
    pub(super) inserted: String,
}

/// Where two texts differ, in order.
pub(super) fn hunks(before: &[char], after: &[char]) -> Vec<Hunk> {
    let head = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let tail =
        before[head..].iter().rev().zip(after[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (head..before.len() - tail, head..after.len() - tail);
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    let whole = Hunk { deleted: old.clone(), inserted: new.clone() };
    let (a, b) = (words(&before[old]), words(&after[new]));
    match common(&a, &b) {
        Some(agreed) => between(&a, &b, &agreed, head),
        None => vec![whole],
    }
}

/// Letters and digits that stand together; every other character by itself, as Han characters are words.
fn words(text: &[char]) -> Vec<&[char]> {
    text.chunk_by(|a, b| a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric()).collect()
}

/// The words two texts have in common, in order (Myers, "An O(ND) Difference Algorithm", 1986); nothing when they differ
/// in more than [`DISTANCE`] words.
fn common(a: &[&[char]], b: &[&[char]]) -> Option<Vec<(usize, usize)>> {
    let middle = DISTANCE + 1;
    // By diagonal, how far the first text was read; a row a step, as far as the step can reach.
    let mut reached = vec![0usize; 2 * middle + 1];
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for step in 0..=DISTANCE {
        for diagonal in (middle - step..=middle + step).step_by(2) {
            let mut x = begins(&reached, diagonal, (middle - step, middle + step));
            // Right of the middle the first text is ahead.
            let Some(mut y) = (x + middle).checked_sub(diagonal) else { continue };
            while x < a.len() && y < b.len() && a[x] == b[y] {
                (x, y) = (x + 1, y + 1);
            }
            reached[diagonal] = x;
            if x >= a.len() && y >= b.len() {
                rows.push(reached);
                return Some(walked_back(&rows, (a.len(), b.len()), middle));
            }
        }
        rows.push(reached.clone());
    }
    None
}

/// Where a diagonal begins in this step: a word of the second text, or one of the first, is passed over.
fn begins(reached: &[usize], diagonal: usize, (lowest, highest): (usize, usize)) -> usize {
    if lowest == highest {
        return 0;
    }
    let inserts =
        diagonal == lowest || (diagonal != highest && reached[diagonal - 1] < reached[diagonal + 1]);
    if inserts { reached[diagonal + 1] } else { reached[diagonal - 1] + 1 }
}

fn walked_back(rows: &[Vec<usize>], end: (usize, usize), middle: usize) -> Vec<(usize, usize)> {
    let mut agreed = Vec::new();
    let (mut x, mut y) = end;
    for step in (1..rows.len()).rev() {
        let before = &rows[step - 1];
        let diagonal = x + middle - y;
        let begin = begins(before, diagonal, (middle - step, middle + step));
        while x > begin {
            (x, y) = (x - 1, y - 1);
            agreed.push((x, y));
        }
        let inserted = diagonal == middle - step
            || (diagonal != middle + step && before[diagonal - 1] < before[diagonal + 1]);
        if inserted { y -= 1 } else { x -= 1 }
    }
    while x > 0 {
        (x, y) = (x - 1, y - 1);
        agreed.push((x, y));
    }
    agreed.reverse();
    agreed
}

/// What lies between the words in common, as characters; `head` lies before both texts.
fn between(a: &[&[char]], b: &[&[char]], agreed: &[(usize, usize)], head: usize) -> Vec<Hunk> {
    let (a, b) = (offsets(a, head), offsets(b, head));
    let mut hunks: Vec<Hunk> = Vec::new();
    let (mut x, mut y) = (0, 0);
    for (to_x, to_y) in agreed.iter().copied().chain([(a.len() - 1, b.len() - 1)]) {
        if to_x > x || to_y > y {
            let hunk = Hunk { deleted: a[x]..a[to_x], inserted: b[y]..b[to_y] };
            match hunks.last_mut().filter(|last| hunk.deleted.start - last.deleted.end < AGREED) {
                Some(last) => {
                    last.deleted.end = hunk.deleted.end;
                    last.inserted.end = hunk.inserted.end;
                }
                None => hunks.push(hunk),
            }
        }
        (x, y) = (to_x + 1, to_y + 1);
    }
    hunks
}

/// Where each word begins, and where the last one ends.
fn offsets(words: &[&[char]], head: usize) -> Vec<usize> {
    let mut offsets = vec![head];
    offsets.extend(words.iter().scan(head, |at, word| {
        *at += word.len();
        Some(*at)
    }));
    offsets
}

/// A text that went on: for each of its characters, which one of the text seen it is; nothing for what came since.
#[derive(Debug, Clone)]
pub(super) struct Since(Vec<Option<usize>>);

impl Since {
    /// A text of so many characters, as it was seen.
    pub(super) fn seen(characters: usize) -> Self {
        Self((0..characters).map(Some).collect())
    }

    /// Somebody wrote so many characters at a place; false when there is no such place.
    pub(super) fn insert(&mut self, at: usize, characters: usize) -> bool {
        let fits = at <= self.0.len();
        if fits {
            self.0.splice(at..at, std::iter::repeat_n(None, characters));
        }
        fits
    }

    /// Somebody took so many characters away; false when they are not there.
    pub(super) fn delete(&mut self, at: usize, characters: usize) -> bool {
        let fits = at + characters <= self.0.len();
        if fits {
            self.0.drain(at..at + characters);
        }
        fits
    }

    /// The splices that make `hunks` here, the last place first: what others wrote since stays, what they took away stays
    /// away.
    pub(super) fn steps(&self, hunks: &[Hunk], after: &[char]) -> Vec<Step> {
        hunks.iter().rev().flat_map(|hunk| self.steps_of(hunk, after)).collect()
    }

    fn steps_of(&self, hunk: &Hunk, after: &[char]) -> Vec<Step> {
        let before = |place: usize| self.0.iter().rposition(|seen| seen.is_some_and(|seen| seen < place));
        let from = before(hunk.deleted.start).map_or(0, |at| at + 1);
        let to = before(hunk.deleted.end).map_or(from, |at| (at + 1).max(from));
        let there: Vec<usize> = (from..to).filter(|at| self.0[*at].is_some()).collect();
        let runs: Vec<&[usize]> = there.chunk_by(|a, b| a + 1 == *b).collect();
        let deletes = runs.iter().rev().flat_map(|run| {
            run.chunks(limits::EDIT_DELETES).map(|part| Step {
                at: run[0],
                deleted: part.len(),
                inserted: String::new(),
            })
        });
        let new = &after[hunk.inserted.clone()];
        // Beside the word before it, if that is still there; else beside the word after it, behind what is deleted.
        match self.after_lost_neighbour(hunk) {
            Some(at) => inserts(at, new).chain(deletes).collect(),
            None => deletes.chain(inserts(from, new)).collect(),
        }
    }

    /// Where the character after a hunk is, when the one before it is gone.
    fn after_lost_neighbour(&self, hunk: &Hunk) -> Option<usize> {
        let there = |place: usize| self.0.iter().position(|seen| *seen == Some(place));
        let gone = hunk.deleted.start.checked_sub(1).is_some_and(|before| there(before).is_none());
        there(hunk.deleted.end).filter(|_| gone)
    }
}

/// A text at a place, in parts that each fit a change.
pub(super) fn inserts(at: usize, new: &[char]) -> impl Iterator<Item = Step> {
    new.chunks(limits::EDIT_CHARS).enumerate().map(move |(number, part)| Step {
        at: at + number * limits::EDIT_CHARS,
        deleted: 0,
        inserted: part.iter().collect(),
    })
}

/// Steps in the changes that will hold them: each within the bounds of a change.
pub(super) fn packed(steps: Vec<Step>) -> Vec<Vec<Step>> {
    let mut changes: Vec<Vec<Step>> = Vec::new();
    let (mut deleted, mut inserted) = (0, 0);
    for step in steps {
        let characters = step.inserted.chars().count();
        (deleted, inserted) = (deleted + step.deleted, inserted + characters);
        match changes.last_mut() {
            Some(change) if deleted <= limits::EDIT_DELETES && inserted <= limits::EDIT_DELETES => {
                change.push(step);
            }
            _ => {
                (deleted, inserted) = (step.deleted, characters);
                changes.push(vec![step]);
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    fn made(text: &str, steps: &[Step]) -> String {
        let mut text = chars(text);
        for step in steps {
            text.splice(step.at..step.at + step.deleted, step.inserted.chars());
        }
        text.into_iter().collect()
    }

    fn edited(before: &str, after: &str) -> String {
        let (a, b) = (chars(before), chars(after));
        made(before, &Since::seen(a.len()).steps(&hunks(&a, &b), &b))
    }

    #[test]
    fn two_far_places_leave_what_stands_between_them_alone() {
        let (a, b) =
            (chars("He came in May. He stayed. He left."), chars("He came in June. He stayed. He is here."));
        let found = hunks(&a, &b);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!((&found[0].deleted, &found[1].deleted), (&(11..14), &(30..34)));
    }

    #[test]
    fn texts_without_anything_in_common_are_one_change() {
        let far = "x ".repeat(DISTANCE);
        assert_eq!(edited(&far, &"\u{4e00}".repeat(3_000)), "\u{4e00}".repeat(3_000));
        assert_eq!(hunks(&[], &[]), Vec::new());
    }

    #[test]
    fn what_others_wrote_or_took_away_meanwhile_stays_so() {
        let (seen, wanted) = (chars("one two three"), chars("one 2 three four"));
        let mut since = Since::seen(seen.len());
        // They wrote " and" after "two", and took "three" away.
        assert!(since.insert(7, 4) && since.delete(12, 5) && !since.delete(12, 5));
        let steps = since.steps(&hunks(&seen, &wanted), &wanted);
        assert_eq!(made("one two and ", &steps), "one 2 and  four");
    }

    proptest! {
        #[test]
        fn any_text_becomes_any_other(before in "[ab \u{4e00}]{0,60}", after in "[ab \u{4e00}]{0,60}") {
            prop_assert_eq!(edited(&before, &after), after);
        }
    }
}
