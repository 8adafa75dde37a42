//! The person's language: every visible text by its key, from `lang/*.ftl`.
//!
//! [`say!`] is the only way to a text; `tests` makes sure that each key it names exists in every language. Codes that come
//! from the node (roles, verdicts, kinds of records) are looked up by [`Speech::word`] and shown as they are where no
//! language knows them.

pub(crate) mod help;
#[cfg(test)]
mod tests;
pub(crate) mod usage;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueEnum;
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

const CHINESE: &str = include_str!("../lang/zh-CN.ftl");
const CHINESE_HELP: &str = include_str!("../lang/zh-CN.help.ftl");
const CHINESE_NODE: &str = include_str!("../lang/zh-CN.node.ftl");
const ENGLISH: &str = include_str!("../lang/en.ftl");
const CHINESE_DEMO: &str = include_str!("../lang/zh-CN.demo.ftl");
const ENGLISH_DEMO: &str = include_str!("../lang/en.demo.ftl");

/// A text of the language files: `say!(speech, "key", name = value, ..)`.
#[macro_export]
macro_rules! say {
    ($speech:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        #[allow(unused_mut)]
        let mut given = ::fluent_bundle::FluentArgs::new();
        $(given.set(stringify!($name), $value);)*
        $speech.fill($key, &given)
    }};
}

/// A language the program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Zh,
    En,
}

impl Language {
    /// The language asked for: by word, variable, the home's settings, or the system's locale; Chinese when nothing says.
    pub(crate) fn choose(words: &[OsString]) -> Self {
        let asked = option(words, "--lang").or_else(|| std::env::var("LINLI_LANG").ok());
        let home = option(words, "--home").or_else(|| std::env::var("LINLI_HOME").ok());
        asked
            .or_else(|| linli_node::settings(&crate::home::folder(home.map(PathBuf::from))).ok()?.language)
            .or_else(locale)
            .map_or(Self::Zh, |tag| Self::of_tag(&tag))
    }

    fn of_tag(tag: &str) -> Self {
        if tag.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }

    const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    fn id(self) -> LanguageIdentifier {
        self.tag().parse().expect("a tag of the language")
    }
}

/// The value of an option before the words are parsed: errors of parsing want a language too.
fn option(words: &[OsString], name: &str) -> Option<String> {
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

/// The texts of one language.
pub(crate) struct Speech {
    language: Language,
    texts: FluentBundle<FluentResource>,
}

impl Speech {
    /// The texts of `language`.
    pub(crate) fn of(language: Language) -> Self {
        let mut texts = FluentBundle::new(vec![language.id()]);
        // Marks around every inserted name would stand in files and pipes.
        texts.set_use_isolating(false);
        let files: &[&str] = match language {
            Language::Zh => &[CHINESE, CHINESE_HELP, CHINESE_NODE, CHINESE_DEMO],
            Language::En => &[ENGLISH, ENGLISH_DEMO],
        };
        for file in files {
            texts.add_resource(read(file)).expect("no key stands twice, as the tests show");
        }
        Self { language, texts }
    }

    pub(crate) fn is_english(&self) -> bool {
        self.language == Language::En
    }

    /// The language's tag.
    pub(crate) const fn tag(&self) -> &'static str {
        self.language.tag()
    }

    /// A text by its key; use [`say!`].
    pub(crate) fn fill(&self, key: &str, given: &FluentArgs<'_>) -> String {
        self.find(key, None, given).unwrap_or_else(|| key.to_owned())
    }

    /// A node's code in the person's words, if the language knows it.
    pub(crate) fn known(&self, family: &str, code: &str) -> Option<String> {
        self.find(&format!("{family}-{code}"), None, &FluentArgs::new())
    }

    /// A node's code in the person's words, or the code.
    pub(crate) fn word(&self, family: &str, code: &str) -> String {
        self.known(family, code).unwrap_or_else(|| code.to_owned())
    }

    /// Several things after each other.
    pub(crate) fn list(&self, things: &[String]) -> String {
        things.join(&say!(self, "list-separator"))
    }

    fn find(&self, key: &str, attribute: Option<&str>, given: &FluentArgs<'_>) -> Option<String> {
        let message = self.texts.get_message(key)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(name) => message.get_attribute(name)?.value(),
        };
        let mut errors = Vec::new();
        Some(self.texts.format_pattern(pattern, Some(given), &mut errors).into_owned())
    }
}

fn read(file: &str) -> FluentResource {
    FluentResource::try_new(file.to_owned()).unwrap_or_else(|(read, errors)| {
        debug_assert!(errors.is_empty(), "a language file does not read: {errors:?}");
        read
    })
}
