//! The `linli` program: words in, one request to the home's node, words out.
//!
//! Nothing here knows what a record means or where it is kept: a command becomes a [`linli_node::vocabulary::Request`],
//! the answer becomes a page or JSON. How a program speaks (language, help, errors, exit codes) is `linli-speech`'s. Read
//! [`arguments`] first, then [`commands`] (one file a noun).

mod arguments;
mod commands;
mod demo;
mod render;

use std::process::ExitCode;

use linli_speech::Texts;
use linli_speech::program::Program;

use crate::arguments::Arguments;

const TEXTS: Texts = Texts {
    chinese: &[include_str!("../lang/zh-CN.ftl"), include_str!("../lang/zh-CN.demo.ftl"), CHINESE_HELP],
    english: &[include_str!("../lang/en.ftl"), include_str!("../lang/en.demo.ftl")],
};
const CHINESE_HELP: &str = include_str!("../lang/zh-CN.help.ftl");

fn main() -> ExitCode {
    let program = Program { folder: "linli", texts: &TEXTS };
    program
        .run::<Arguments>(|arguments| &arguments.common, |arguments, session| arguments.command.run(session))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::CommandFactory as _;
    use linli_speech::{Language, Speech, help, proof};

    use super::*;

    /// Looked up by codes that come from the node, or by the demo's scenes.
    const FAMILIES: &[&str] = &[
        "audience",
        "category",
        "claim",
        "demo",
        "flag",
        "how",
        "kind",
        "mark",
        "note",
        "reason",
        "request-status",
        "setting-may",
        "step",
        "unit-status",
        "value",
    ];

    #[test]
    fn every_text_is_there_in_both_languages_and_none_for_nobody() {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        proof::texts(&TEXTS, CHINESE_HELP, &src, FAMILIES);
    }

    #[test]
    fn every_refusal_is_told_in_chinese() {
        let top = Path::new(env!("CARGO_MANIFEST_DIR"));
        let roots = ["../../crates/node/src", "../../crates/speech/src", "src"].map(|at| top.join(at));
        proof::faults(&TEXTS, &roots.each_ref().map(|root| root.as_path()));
    }

    #[test]
    fn every_command_that_a_message_or_a_page_names_is_there() {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let roots =
            ["crates", "apps", "docs", "examples", "README.md", "README.zh-CN.md"].map(|at| top.join(at));
        proof::phrases(&Arguments::command(), &roots.each_ref().map(|root| root.as_path()));
    }

    #[test]
    fn every_command_and_argument_explains_itself_in_both_languages() {
        proof::commands(&Arguments::command(), &TEXTS, CHINESE_HELP);
    }

    #[test]
    fn every_reason_of_the_register_is_told_in_words() {
        for language in [Language::Zh, Language::En] {
            let speech = Speech::of(language, &TEXTS);
            for reason in linli_community::register::Reason::ALL {
                assert!(speech.known("reason", reason.code()).is_some(), "{language:?}: {reason}");
            }
        }
    }

    #[test]
    fn chinese_help_keeps_no_english_heading() {
        let speech = Speech::of(Language::Zh, &TEXTS);
        let mut command = help::command(Arguments::command(), &speech);
        command.build();
        let notice = command.find_subcommand_mut("notice").expect("there are notices");
        let text = notice.render_help().to_string();
        assert!(text.contains("张贴通知") && text.contains("用法："), "{text}");
        for heading in ["Usage", "Commands:", "Options:", "Print help"] {
            assert!(!text.contains(heading), "{heading} in {text}");
        }
    }
}
