//! A desk and its courier, together: what a window or a test runs, frame by frame.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Context, Ui};
use linli_node::Settings;

use crate::courier::Courier;
use crate::desk::Desk;
use crate::keepsake::Keepsake;
use crate::words::Language;

/// A household at its desk.
pub struct Sitting {
    /// The desk.
    pub desk: Desk,
    courier: Courier,
}

impl Sitting {
    /// Sits down at the home in `home`. `context` is asked for a frame when news come, and for none before.
    #[must_use]
    pub fn new(home: &Path, settings: Settings, language: Language, context: &Context) -> Self {
        let waker = {
            let context = context.clone();
            Arc::new(move || context.request_repaint())
        };
        let keepsake = Keepsake::read(home);
        let courier = Courier::new(PathBuf::from(home), settings, waker);
        Self { desk: Desk::new(keepsake, language), courier }
    }

    /// Hears the news, and carries out what was asked for.
    pub fn turn(&mut self, context: &Context) {
        // What was asked for was asked of what was painted: it is carried out before anything newer is heard.
        self.desk.settle(context, |errand| self.courier.send(errand));
        self.desk.hear(context, self.courier.news());
        self.desk.settle(context, |errand| self.courier.send(errand));
    }

    /// Paints one frame.
    pub fn paint(&mut self, ui: &mut Ui) {
        self.desk.paint(ui);
    }
}
