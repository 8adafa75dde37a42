//! Pages for people: titles, fields, prose, tables, none of them wider than a terminal and none able to command it.
//!
//! Text from neighbours is foreign: [`safe`] takes away what a terminal would obey. Nothing here asks the node.

use std::borrow::Cow;

use clap::builder::styling::Style;
use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::texts::Speech;

const BOLD: Style = Style::new().bold();

/// Text without control characters and without marks that turn the direction of writing; line breaks and tabs stay.
#[must_use]
pub fn safe(text: &str) -> Cow<'_, str> {
    if text.contains(is_command) {
        Cow::Owned(text.replace(is_command, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn is_command(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What a command prints, line by line.
pub struct Page<'s> {
    /// The language it is written in.
    pub speech: &'s Speech,
    text: String,
}

impl<'s> Page<'s> {
    /// An empty page.
    #[must_use]
    pub const fn new(speech: &'s Speech) -> Self {
        Self { speech, text: String::new() }
    }

    /// A line that stands out.
    pub fn title(&mut self, text: &str) {
        let line = safe(text).replace('\n', " ");
        self.push(&format!("{BOLD}{line}{BOLD:#}"));
    }

    /// One line.
    pub fn line(&mut self, text: &str) {
        let line = safe(text).into_owned();
        self.push(&line);
    }

    /// An empty line, unless the page begins or one stands there.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Somebody's words, every line set in.
    pub fn prose(&mut self, text: &str) {
        for line in safe(text).lines() {
            let line = format!("  {line}");
            self.push(line.trim_end());
        }
    }

    /// Labels and values in two columns; empty values are left out.
    pub fn fields(&mut self, fields: &[(String, String)]) {
        let rows = fields.iter().filter(|(_, value)| !value.is_empty());
        self.table(&[], rows.map(|(label, value)| vec![label.clone(), value.clone()]));
    }

    /// A table with its headings; nothing when it has no row.
    pub fn table(&mut self, headings: &[String], rows: impl IntoIterator<Item = Vec<String>>) {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return;
        }
        let rows: Vec<Vec<String>> =
            rows.map(|row| row.iter().map(|cell| safe(cell).into_owned()).collect()).collect();
        let too_wide = page_width().is_some_and(|width| width < NARROW && width_of(headings, &rows) > width);
        if too_wide && !headings.is_empty() {
            self.stacked(headings, &rows);
        } else {
            self.columns(headings, rows);
        }
    }

    fn columns(&mut self, headings: &[String], rows: Vec<Vec<String>>) {
        for line in columns(headings, rows, ContentArrangement::Dynamic).trim_fmt().lines() {
            self.push(line);
        }
    }

    /// For a terminal too narrow for columns: every row under another, its cells beside their headings.
    fn stacked(&mut self, headings: &[String], rows: &[Vec<String>]) {
        for row in rows {
            self.gap();
            let cells = headings.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
            self.columns(&[], cells.map(|(heading, cell)| vec![heading.clone(), cell.clone()]).collect());
        }
    }

    /// The page as text.
    #[must_use]
    pub fn finish(self) -> String {
        self.text
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// Below so many columns a table that does not fit is written row by row: an id cut in two is no name any more.
const NARROW: usize = 72;

/// The terminal's columns, when the result goes to one.
#[must_use]
pub fn page_width() -> Option<usize> {
    Table::new().width().map(usize::from)
}

fn columns(headings: &[String], rows: Vec<Vec<String>>, arranged: ContentArrangement) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(arranged);
    if !headings.is_empty() {
        table.set_header(headings);
    }
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

fn width_of(headings: &[String], rows: &[Vec<String>]) -> usize {
    let widest = columns(headings, rows.to_vec(), ContentArrangement::Disabled).column_max_content_widths();
    widest.iter().map(|width| usize::from(*width) + 2).sum::<usize>().saturating_sub(2)
}

/// The first digits of an id, for people; commands take them as a name.
#[must_use]
pub fn short(id: &impl ToString) -> String {
    id.to_string().chars().take(8).collect()
}

/// The word a value has in JSON.
#[must_use]
pub fn code(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(serde_json::Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

/// Milliseconds since 1970 as the person's own date and time.
#[must_use]
pub fn moment(ms: u64) -> String {
    i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).map_or_else(
        || "?".to_owned(),
        |at| at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Language, Texts};

    const NONE: Texts = Texts { chinese: &[], english: &[] };

    #[test]
    fn a_neighbours_title_cannot_command_the_terminal() {
        assert_eq!(safe("停水\u{1b}[2J\u{202e}"), "停水\u{fffd}[2J\u{fffd}");
        assert!(matches!(safe("停水\n周六"), Cow::Borrowed(_)));
    }

    #[test]
    fn columns_of_chinese_stand_in_line() {
        let speech = Speech::of(Language::Zh, &NONE);
        let mut page = Page::new(&speech);
        page.table(
            &["单元".into(), "x".into()],
            vec![vec!["1".into(), "a".into()], vec!["三号楼".into(), "b".into()]],
        );
        assert_eq!(page.finish(), "单元    x\n1       a\n三号楼  b\n");
    }

    #[test]
    fn a_clock_beyond_all_calendars_does_no_harm() {
        assert_eq!(moment(u64::MAX), "?");
    }

    #[test]
    fn a_table_without_rows_prints_nothing() {
        let speech = Speech::of(Language::En, &NONE);
        let mut page = Page::new(&speech);
        page.table(&["unit".into()], Vec::new());
        page.fields(&[("unit".into(), String::new())]);
        page.gap();
        assert_eq!(page.finish(), "");
    }
}
