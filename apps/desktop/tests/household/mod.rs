//! A household at its desk: a real node in a temporary home, a window without a display.
//!
//! Only bundled fonts are installed: egui_kittest panics on any character they lack, so every test that paints a screen
//! also proves that it has no tofu.

#![allow(dead_code, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::Vec2;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use linli_desktop::sitting::Sitting;
use linli_desktop::words::Language;
use linli_desktop::{fonts, theme};
use linli_node::Settings;

/// Nothing is waited for longer than this.
const BOUND: Duration = Duration::from_secs(60);

/// A home, and the sitting once the first frame has made it.
pub(crate) struct Seat {
    home: PathBuf,
    language: Language,
    pub(crate) sitting: Option<Sitting>,
}

/// A household at its desk.
pub(crate) struct Household {
    pub(crate) window: Harness<'static, Seat>,
}

/// A node that talks on loopback only.
pub(crate) fn settings() -> Settings {
    Settings { listen: "127.0.0.1:0".into(), discover: false, ..Settings::default() }
}

fn frame(ui: &mut egui::Ui, seat: &mut Seat) {
    match &mut seat.sitting {
        Some(sitting) => {
            sitting.turn(ui.ctx());
            sitting.paint(ui);
        }
        None => {
            fonts::install(ui.ctx(), fonts::Source::Bundled);
            theme::begin(ui.ctx());
            seat.sitting = Some(Sitting::new(&seat.home, settings(), seat.language, ui.ctx()));
            ui.ctx().request_repaint();
        }
    }
}

impl Household {
    /// Sits down at a home, existing or not, with the window in English.
    pub(crate) fn sit_down(home: &Path) -> Self {
        Self::sit_down_speaking(home, Language::English)
    }

    pub(crate) fn sit_down_speaking(home: &Path, language: Language) -> Self {
        let seat = Seat { home: home.to_owned(), language, sitting: None };
        let window = Harness::builder().with_size(Vec2::new(1240.0, 820.0)).build_ui_state(frame, seat);
        Self { window }
    }

    /// Founds a community through the window.
    pub(crate) fn founds(home: &Path) -> Self {
        let mut founder = Self::sit_down(home);
        founder.press_beginning("Found.");
        founder.write("The estate's name", "Guihuali");
        founder.write("Your unit", "1-302");
        founder.write("What neighbours call your household", "1-302 Shen");
        founder.press("Begin the record");
        founder.until("the home", |desk| desk.shows("Post a notice"));
        founder
    }

    pub(crate) fn sitting(&self) -> &Sitting {
        self.window.state().sitting.as_ref().unwrap()
    }

    /// Whether something with this name is on the screen.
    pub(crate) fn shows(&self, name: &str) -> bool {
        self.window.query_all_by_label(name).next().is_some()
    }

    /// Whether something whose name contains this is on the screen.
    pub(crate) fn shows_part(&self, part: &str) -> bool {
        self.window.query_all_by_label_contains(part).next().is_some()
    }

    /// Paints until something is so.
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        loop {
            self.window.step();
            if is_so(self) {
                return;
            }
            assert!(
                began.elapsed() < BOUND,
                "waited in vain for {what}; {:?}",
                self.sitting().desk.window().note
            );
            std::thread::yield_now();
        }
    }

    /// Presses what bears this name, once it is there and can be pressed.
    pub(crate) fn press(&mut self, name: &str) {
        self.until(name, |desk| {
            let mut nodes = desk.window.query_all_by_label(name);
            nodes.any(|node| !node.accesskit_node().is_disabled())
        });
        self.window.query_all_by_label(name).next().unwrap().scroll_to_me();
        self.window.run_steps(6);
        self.window.query_all_by_label(name).next().unwrap().click();
        self.window.run_steps(3);
    }

    /// Presses what bears a name that begins like this.
    pub(crate) fn press_beginning(&mut self, part: &str) {
        self.until(part, |desk| desk.shows_part(part));
        self.window.query_all_by_label_contains(part).next().unwrap().click();
        self.window.step();
        self.window.step();
    }

    /// Types into the field that bears this name.
    pub(crate) fn write(&mut self, field: &str, text: &str) {
        let role = |node: &egui_kittest::Node<'_>| {
            use egui::accesskit::Role::{MultilineTextInput, TextInput};
            matches!(node.accesskit_node().role(), TextInput | MultilineTextInput)
        };
        self.until(field, |desk| desk.window.query_all_by_label(field).any(|node| role(&node)));
        let node = self.window.query_all_by_label(field).find(|node| role(node)).unwrap();
        node.focus();
        self.window.step();
        let node = self.window.query_all_by_label(field).find(|node| role(node)).unwrap();
        node.type_text(text);
        self.window.step();
        self.window.step();
    }
}

impl Household {
    /// Lays a command on the tray, as a widget would, and paints what comes of it.
    pub(crate) fn ask(&mut self, command: linli_desktop::command::Command) {
        self.window.state_mut().sitting.as_mut().unwrap().desk.ask(command);
        self.window.run_steps(3);
    }
}
