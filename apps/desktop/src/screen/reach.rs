//! How neighbours are reached and what is held, in detail: the page behind the calm bar.

use egui::{TextStyle, Ui, vec2};

use super::status;
use crate::desk::Scene;
use crate::icon;
use crate::parts;
use crate::say;
use crate::theme::{self, space};

/// Paints the page.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>) -> bool {
    parts::scrolled(ui, scene, |ui, scene| {
        parts::text(ui, TextStyle::Heading, scene.palette.ink, say!(scene.words, "reach-heading"));
        ui.add_space(space::M);
        for (icon, words, ink) in [status::road_in_words(scene), status::kept_in_words(scene)] {
            parts::row(ui, 34.0, |ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(30.0, 30.0), egui::Sense::hover());
                icon.paint(ui.painter(), rect.center(), 24.0, ink);
                parts::text(ui, TextStyle::Body, scene.palette.ink, words);
            });
        }
        if scene.view.status.neighbours == 0 {
            parts::text(ui, TextStyle::Body, scene.palette.ink_soft, say!(scene.words, "reach-alone-more"));
        }
        ui.add_space(space::L);
        linked(ui, scene);
        warnings(ui, scene);
        details(ui, scene);
    });
    true
}

fn linked(ui: &mut Ui, scene: &Scene<'_>) {
    let linked: Vec<_> = scene.view.estate.neighbours.iter().filter(|home| home.linked.is_some()).collect();
    if linked.is_empty() {
        return;
    }
    parts::text(ui, theme::title(), scene.palette.ink, say!(scene.words, "reach-linked"));
    for home in linked {
        parts::row(ui, 34.0, |ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(20.0, 20.0), egui::Sense::hover());
            ui.painter().circle_filled(rect.center(), 5.0, scene.palette.leaf);
            parts::text(ui, TextStyle::Body, scene.palette.ink, &home.name);
        });
    }
    ui.add_space(space::L);
}

fn warnings(ui: &mut Ui, scene: &Scene<'_>) {
    for (code, message) in &scene.view.status.warnings {
        let words = scene.words.known("warning", code).unwrap_or_else(|| message.clone());
        ui.horizontal_top(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(28.0, 28.0), egui::Sense::hover());
            icon::WARNING.paint_filled(ui.painter(), rect.center(), 24.0, scene.palette.seal);
            parts::text(ui, TextStyle::Body, scene.palette.seal, words);
        });
        ui.add_space(space::M);
    }
}

fn details(ui: &mut Ui, scene: &Scene<'_>) {
    let (words, status) = (scene.words, &scene.view.status);
    parts::text(ui, theme::title(), scene.palette.ink, say!(words, "reach-details"));
    let settled = match (&status.settled, status.height) {
        (Some(when), Some(height)) => {
            let when = words.when(when);
            say!(words, "detail-settled", when = when, height = height)
        }
        _ => say!(words, "detail-nothing-settled"),
    };
    let runs = if status.elsewhere { say!(words, "detail-elsewhere") } else { say!(words, "detail-here") };
    let addresses = status.addresses.join(", ");
    let mut lines = vec![say!(words, "detail-records", count = status.records), settled, runs];
    if !addresses.is_empty() {
        lines.push(say!(words, "detail-addresses", addresses = addresses));
    }
    for line in lines {
        parts::text(ui, TextStyle::Body, scene.palette.ink_soft, line);
    }
}
