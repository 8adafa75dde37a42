//! The calm bar at the bottom: by which road neighbours are reached, and that nothing is lost.
//!
//! Being alone is said kindly and never in red; technical words wait behind the click.

use egui::{Align, Color32, Frame, Layout, Margin, Panel, Stroke, TextStyle, Ui, pos2, vec2};

use crate::command::{Command, Page};
use crate::desk::Scene;
use crate::icon::{self, Icon};
use crate::parts;
use crate::say;
use crate::theme::space;
use crate::view::Reach;

const HEIGHT: f32 = 46.0;

/// Paints the bar.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>) {
    let frame = Frame::new().fill(scene.palette.frame).inner_margin(Margin::symmetric(space::L as i8, 3));
    Panel::bottom("status")
        .exact_size(HEIGHT)
        .resizable(false)
        .show_separator_line(scene.palette.wants_lines())
        .frame(frame)
        .show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                road(ui, scene);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| kept(ui, scene));
            });
        });
}

fn road(ui: &mut Ui, scene: &mut Scene<'_>) {
    let status = &scene.view.status;
    let (icon, mut sentence, ink) = road_in_words(scene);
    if status.neighbours > 0 {
        let neighbours = say!(scene.words, "reach-neighbours", count = status.neighbours);
        sentence = format!("{sentence} \u{b7} {neighbours}");
    }
    let palette = scene.palette;
    let room = ui.available_width() * 0.6;
    let galley = parts::one_line(ui, &TextStyle::Small, palette.ink, &sentence, room);
    let name = format!("{sentence}. {}", say!(scene.words, "reach-open"));
    let press = parts::press(ui, vec2(galley.size().x + 52.0, HEIGHT - 8.0), &name, None);
    let ground = if press.lifted() { palette.card } else { palette.frame };
    press.ground(ui, palette, ground, Stroke::NONE, space::ROUND_SMALL);
    let middle = press.rect.center().y;
    icon.paint(ui.painter(), pos2(press.rect.left() + 20.0, middle), 21.0, ink);
    let at = pos2(press.rect.left() + 40.0, middle - galley.size().y / 2.0);
    ui.painter().galley(at, galley, palette.ink);
    if press.response.clicked() {
        scene.ask(Command::Open(Page::Reach));
    }
}

/// The road's sign, its sentence, and its colour.
pub(super) fn road_in_words(scene: &Scene<'_>) -> (Icon, String, Color32) {
    let palette = scene.palette;
    match scene.view.status.reach {
        Reach::Alone => (icon::ALONE, say!(scene.words, "reach-alone"), palette.lamp),
        Reach::Building => (icon::LAN, say!(scene.words, "reach-building"), palette.leaf),
        Reach::Direct => (icon::LAN, say!(scene.words, "reach-direct"), palette.leaf),
        Reach::Relay => (icon::GATEWAY, say!(scene.words, "reach-relay"), palette.leaf),
    }
}

/// Where this home's own words are held.
pub(super) fn kept_in_words(scene: &Scene<'_>) -> (Icon, String, Color32) {
    let (status, palette) = (&scene.view.status, scene.palette);
    match (status.copies, status.waiting) {
        (0, waiting) if waiting > 0 => {
            (icon::WAITING, say!(scene.words, "saved-waiting", count = waiting), palette.lamp)
        }
        (0, _) => (icon::SAVED, say!(scene.words, "saved-here"), palette.leaf),
        (copies, _) => (icon::SAVED, say!(scene.words, "saved-with", count = copies), palette.leaf),
    }
}

fn kept(ui: &mut Ui, scene: &Scene<'_>) {
    let (icon, words, ink) = kept_in_words(scene);
    parts::text(ui, TextStyle::Small, scene.palette.ink_soft, words);
    let (rect, _) = ui.allocate_exact_size(vec2(22.0, 22.0), egui::Sense::hover());
    icon.paint(ui.painter(), rect.center(), 20.0, ink);
}
