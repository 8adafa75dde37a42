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
    /// The language asked for: by word, variable, the home's settings, or the system's locale. A locale that names no
    /// language, or none at all, is English.
    #[must_use]
    pub fn choose(words: &[OsString], home: &Path) -> Self {
        option(words, "--lang")
            .or_else(|| std::env::var("LINLI_LANG").ok())
            .or_else(|| linli_node::settings(home).ok()?.language)
            .or_else(|| locale(|name| std::env::var(name).ok()))
            .map_or(Self::En, |tag| Self::of_tag(&tag))
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

/// The system's locale: the first variable that says something.
fn locale(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty())
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

    #[test]
    fn only_a_chinese_locale_speaks_chinese() {
        let of = |value: &str| locale(|_| Some(value.to_owned())).map(|tag| Language::of_tag(&tag));
        for value in ["C", "C.UTF-8", "POSIX", "en_GB.UTF-8", "de_DE"] {
            assert_eq!(of(value), Some(Language::En), "{value}");
        }
        for value in ["zh_CN.UTF-8", "zh_TW", "zh"] {
            assert_eq!(of(value), Some(Language::Zh), "{value}");
        }
        assert_eq!(of(""), None);
        let first =
            |name: &str| (name != "LC_ALL").then(|| if name == "LANG" { "en" } else { "zh_CN" }.to_owned());
        assert_eq!(locale(first).as_deref(), Some("zh_CN"));
    }
}
