//! Every visible text by its key. [`say!`](crate::say) is the only way to a text; codes that come from the node (roles,
//! verdicts, faults) are looked up by [`Speech::word`] and shown as they are where no language knows them.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};

use crate::language::Language;
use crate::say;

const CHINESE: &str = include_str!("../lang/zh-CN.ftl");
const CHINESE_NODE: &str = include_str!("../lang/zh-CN.node.ftl");
const ENGLISH: &str = include_str!("../lang/en.ftl");

/// A program's own language files, beside those that all programs share.
#[derive(Debug, Clone, Copy)]
pub struct Texts {
    /// In Chinese, the help of every command with them.
    pub chinese: &'static [&'static str],
    /// In English; help stands in the sources, as the comments of the commands' types.
    pub english: &'static [&'static str],
}

/// The texts of one language.
pub struct Speech {
    language: Language,
    texts: FluentBundle<FluentResource>,
}

impl Speech {
    /// The shared texts of `language`, and a program's `own`.
    ///
    /// # Panics
    /// When a shared key stands twice; tests show that none does.
    #[must_use]
    pub fn of(language: Language, own: &Texts) -> Self {
        let mut texts = FluentBundle::new(vec![language.id()]);
        // Marks around every inserted name would stand in files and pipes.
        texts.set_use_isolating(false);
        let (shared, own): (&[&str], _) = match language {
            Language::Zh => (&[CHINESE, CHINESE_NODE], own.chinese),
            Language::En => (&[ENGLISH], own.english),
        };
        for file in shared {
            texts.add_resource(read(file)).expect("no key stands twice, as the tests show");
        }
        // A program's own words go before what all of them say: another program, another hint.
        for file in own {
            texts.add_resource_overriding(read(file));
        }
        Self { language, texts }
    }

    /// Whether it is the language of the sources.
    #[must_use]
    pub fn is_english(&self) -> bool {
        self.language == Language::En
    }

    /// The language.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// A text by its key; use [`say!`](crate::say).
    #[must_use]
    pub fn fill(&self, key: &str, given: &FluentArgs<'_>) -> String {
        self.find(key, None, given).unwrap_or_else(|| key.to_owned())
    }

    /// A node's code in the person's words, if the language knows it.
    #[must_use]
    pub fn known(&self, family: &str, code: &str) -> Option<String> {
        self.find(&format!("{family}-{code}"), None, &FluentArgs::new())
    }

    /// A node's code in the person's words, or the code.
    #[must_use]
    pub fn word(&self, family: &str, code: &str) -> String {
        self.known(family, code).unwrap_or_else(|| code.to_owned())
    }

    /// Several things after each other.
    #[must_use]
    pub fn list(&self, things: &[String]) -> String {
        things.join(&say!(self, "list-separator"))
    }

    /// The help of a command, or of one of its arguments.
    pub(crate) fn help(&self, path: &str, argument: Option<&str>) -> Option<String> {
        self.find(path, argument, &FluentArgs::new())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof;

    #[test]
    fn both_languages_say_the_same_things_with_the_same_names() {
        assert_eq!(proof::keys(&[CHINESE]), proof::keys(&[ENGLISH]));
        assert!(FluentResource::try_new(CHINESE_NODE.to_owned()).is_ok());
    }

    #[test]
    fn every_warning_of_a_node_is_told_in_chinese() {
        let none = Texts { chinese: &[], english: &[] };
        let speech = Speech::of(Language::Zh, &none);
        for code in linli_node::vocabulary::WarningView::CODES {
            assert!(speech.known("warning", code).is_some(), "{code}");
        }
    }

    #[test]
    fn a_code_no_language_knows_is_shown_as_it_is() {
        let none = Texts { chinese: &[], english: &[] };
        let speech = Speech::of(Language::Zh, &none);
        assert_eq!(speech.word("fault", "from-the-future"), "from-the-future");
        assert_ne!(speech.word("fault", "no-home"), "no-home");
    }
}
