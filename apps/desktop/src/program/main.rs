//! The `linli-desktop` program: opens the window on a home.

mod arguments;

use std::process::ExitCode;

use eframe::egui::{self, ViewportBuilder};
use linli_desktop::sitting::Sitting;
use linli_desktop::words::Language;
use linli_desktop::{fonts, theme};
use linli_node::{Fault, FaultKind, Settings};
use linli_speech::exit::Failure;
use linli_speech::program::Program;
use linli_speech::{Session, Texts};

use crate::arguments::Arguments;

const TEXTS: Texts = Texts {
    chinese: &[include_str!("../../lang/zh-CN.ftl"), CHINESE_HELP],
    english: &[include_str!("../../lang/en.ftl")],
};
const CHINESE_HELP: &str = include_str!("../../lang/zh-CN.help.ftl");

struct App {
    sitting: Sitting,
}

impl eframe::App for App {
    fn logic(&mut self, context: &egui::Context, _frame: &mut eframe::Frame) {
        self.sitting.turn(context);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.sitting.paint(ui);
    }
}

fn main() -> ExitCode {
    // The same home as the `linli` command's, unless another is given.
    let program = Program { folder: "linli", texts: &TEXTS };
    program.run::<Arguments>(|arguments| &arguments.common, |_, session| open(session))
}

fn open(session: &Session) -> Result<(), Failure> {
    let language = if session.speech.is_english() { Language::English } else { Language::Chinese };
    let home = session.home.clone();
    let window = ViewportBuilder::default()
        .with_app_id("linli")
        .with_title("Linli")
        .with_inner_size([1240.0, 820.0])
        .with_min_inner_size([760.0, 560.0]);
    let options = eframe::NativeOptions { viewport: window, ..eframe::NativeOptions::default() };
    let begin = move |creation: &eframe::CreationContext<'_>| {
        fonts::install(&creation.egui_ctx, fonts::Source::default());
        theme::begin(&creation.egui_ctx);
        let sitting = Sitting::new(&home, Settings::default(), language, &creation.egui_ctx);
        Ok(Box::new(App { sitting }) as Box<dyn eframe::App>)
    };
    eframe::run_native("linli", options, Box::new(begin)).map_err(|error| no_window(&error).into())
}

fn no_window(error: &eframe::Error) -> Fault {
    Fault::new(FaultKind::Internal, "no-window", format!("the window does not open: {error}"))
        .hint("a display and OpenGL are needed; without them use the `linli` command")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::CommandFactory as _;
    use linli_speech::proof;

    use super::*;

    #[test]
    fn every_text_is_there_in_both_languages_and_none_for_nobody() {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/program");
        proof::texts(&TEXTS, CHINESE_HELP, &src, &["fault", "hint"]);
    }

    #[test]
    fn every_argument_explains_itself_in_both_languages() {
        proof::commands(&Arguments::command(), &TEXTS, CHINESE_HELP);
    }
}
