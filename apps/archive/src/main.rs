//! The `linli-archive` program: a keeper. It follows a community, verifies all of it, serves it, and gives it back.
//!
//! A keeper has no power over the record: it holds what everyone may read, and what is sealed as ciphertext. Everything it
//! does, it asks of its node. Read [`arguments`] first, then [`restore`].

mod arguments;
mod restore;
mod run;
mod status;
mod verify;

use std::process::ExitCode;

use linli_speech::Texts;
use linli_speech::program::Program;

use crate::arguments::Arguments;

const TEXTS: Texts = Texts {
    chinese: &[include_str!("../lang/zh-CN.ftl"), CHINESE_HELP],
    english: &[include_str!("../lang/en.ftl")],
};
const CHINESE_HELP: &str = include_str!("../lang/zh-CN.help.ftl");

fn main() -> ExitCode {
    let program = Program { folder: "linli-archive", texts: &TEXTS };
    program
        .run::<Arguments>(|arguments| &arguments.common, |arguments, session| arguments.command.run(session))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::CommandFactory as _;
    use linli_speech::proof;

    use super::*;

    #[test]
    fn every_text_is_there_in_both_languages_and_none_for_nobody() {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        proof::texts(&TEXTS, CHINESE_HELP, &src, &["advice", "fault", "hint"]);
    }

    #[test]
    fn every_refusal_is_told_in_chinese() {
        let top = Path::new(env!("CARGO_MANIFEST_DIR"));
        let roots = ["src"].map(|at| top.join(at));
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
}
