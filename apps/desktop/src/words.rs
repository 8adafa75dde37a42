//! Every word of our own that appears on a screen, looked up from `i18n/<language>/linli.ftl`.
//!
//! Keys are checked while compiling (against zh-CN, the first language) by the [`crate::say`] macro;
//! `tests/words.rs` holds English to the same keys. Fluent's isolation marks are off: the screen
//! font has no glyph for them and neither language runs right to left.

use i18n_embed::{LanguageLoader as _, fluent::FluentLanguageLoader, unic_langid::LanguageIdentifier};
use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};

use crate::view::{Day, Place, When};

/// The language tables, inside the program.
#[derive(RustEmbed)]
#[folder = "i18n/"]
struct Tables;

/// A language the desk speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Chinese => Self::English,
            Self::English => Self::Chinese,
        }
    }

    /// The language's tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    fn id(self) -> LanguageIdentifier {
        self.tag().parse().expect("both tags are well-formed")
    }
}

/// Looks up one visible string: `say!(words, "notice-seen", seen = 3, total = 9)`.
#[macro_export]
macro_rules! say {
    ($words:expr, $($key_and_arguments:tt)+) => {
        i18n_embed_fl::fl!($words.table(), $($key_and_arguments)+)
    };
}

/// The words of the chosen language.
pub struct Words {
    table: FluentLanguageLoader,
    language: Language,
}

impl Words {
    /// Loads one language, with zh-CN behind it.
    pub fn new(language: Language) -> Self {
        let table = FluentLanguageLoader::new("linli", Language::Chinese.id());
        table
            .load_languages(&Tables, &[language.id(), Language::Chinese.id()])
            .expect("the tables are inside the program and tests parse them");
        table.set_use_isolating(false);
        Self { table, language }
    }

    /// The language spoken now.
    pub fn language(&self) -> Language {
        self.language
    }

    /// What [`crate::say`] reads from.
    pub fn table(&self) -> &FluentLanguageLoader {
        &self.table
    }

    /// A text found by a code the node gave: `role-owner`, `fault-disk`.
    #[must_use]
    pub fn known(&self, family: &str, code: &str) -> Option<String> {
        let key = format!("{family}-{code}");
        self.table.has(&key).then(|| self.table.get(&key))
    }

    /// The same, or the code itself.
    #[must_use]
    pub fn word(&self, family: &str, code: &str) -> String {
        self.known(family, code).unwrap_or_else(|| code.to_owned())
    }

    /// How long ago, in words.
    #[must_use]
    pub fn when(&self, when: &When) -> String {
        match *when {
            When::Now => say!(self, "when-now"),
            When::Minutes(count) => say!(self, "when-minutes", count = count),
            When::Hours(count) => say!(self, "when-hours", count = count),
            When::Yesterday(ref time) => say!(self, "when-yesterday", time = time.as_str()),
            When::On(month, day) => self.day(month, day),
            When::In(year, month, day) => {
                let (day, year) = (self.day(month, day), year.to_string());
                say!(self, "when-year", day = day, year = year)
            }
        }
    }

    fn day(&self, month: i8, day: i8) -> String {
        let month = say!(self, "month-name", number = month);
        say!(self, "when-day", month = month, day = day)
    }

    /// A place a notice is for, in words.
    #[must_use]
    pub fn place(&self, place: &Place) -> String {
        match place {
            Place::Everyone => say!(self, "scope-everyone"),
            Place::Estate => say!(self, "scope-estate"),
            Place::Building(building) => say!(self, "scope-building", building = building.as_str()),
            Place::Stair(building, stair) => {
                say!(self, "scope-stair", building = building.as_str(), stair = stair.as_str())
            }
            Place::Unit(unit) => say!(self, "scope-unit", unit = unit.as_str()),
        }
    }

    /// The date on one line.
    #[must_use]
    pub fn date(&self, day: &Day) -> String {
        let weekday = say!(self, "weekday", number = day.weekday);
        let month = say!(self, "month-name", number = day.month);
        say!(self, "date-line", month = month, day = day.day, weekday = weekday)
    }

    /// A greeting for the hour.
    #[must_use]
    pub fn greeting(&self, hour: i8, name: &str) -> String {
        match hour {
            4..11 => say!(self, "greeting-morning", name = name),
            11..18 => say!(self, "greeting-noon", name = name),
            _ => say!(self, "greeting-evening", name = name),
        }
    }

    /// A list of names.
    #[must_use]
    pub fn list(&self, names: &[String]) -> String {
        names.join(&say!(self, "list-between"))
    }
}
