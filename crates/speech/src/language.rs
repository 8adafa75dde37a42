//! Which language to speak, decided before the words of the command are parsed: errors of parsing want one too.

use std::ffi::OsString;
use std::path::Path;

use clap::ValueEnum;
use unic_langid::LanguageIdentifier;

/// A language the programs speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Chinese, simplified.
    Zh,
    /// English.
    En,
}

impl Language {
    /// The language asked for: by word, variable, the home's settings, or the system's locale; Chinese when nothing says.
    #[must_use]
    pub fn choose(words: &[OsString], home: &Path) -> Self {
        option(words, "--lang")
            .or_else(|| std::env::var("LINLI_LANG").ok())
            .or_else(|| linli_node::settings(home).ok()?.language)
            .or_else(locale)
            .map_or(Self::Zh, |tag| Self::of_tag(&tag))
    }

    fn of_tag(tag: &str) -> Self {
        if tag.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }

    /// The language's tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    pub(crate) fn id(self) -> LanguageIdentifier {
        self.tag().parse().expect("a tag of the language")
    }
}

/// The value of an option before the words are parsed.
pub(crate) fn option(words: &[OsString], name: &str) -> Option<String> {
    let mut words = words.iter().map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        if word == "--" {
            return None;
        }
        if word == name {
            return words.next().map(std::borrow::Cow::into_owned);
        }
        if let Some(value) = word.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value.to_owned());
        }
    }
    None
}

/// The system's locale, if it names a language.
fn locale() -> Option<String> {
    let said = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    let tag = said.into_iter().find(|value| !value.is_empty())?;
    (!tag.starts_with("C.") && tag != "C" && tag != "POSIX").then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_chosen_before_the_words_are_parsed() {
        let words = |text: &str| -> Vec<OsString> { text.split(' ').map(OsString::from).collect() };
        let home = Path::new("/nowhere");
        assert_eq!(Language::choose(&words("linli --lang en nonsense"), home), Language::En);
        assert_eq!(Language::choose(&words("linli status --lang=zh"), home), Language::Zh);
        assert_eq!(option(&words("linli talk say -- --lang en"), "--lang"), None);
    }
}
