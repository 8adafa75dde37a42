//! What is shown before there is anything to show: the home opens, waits to be admitted, or does not open.

use egui::{RichText, Sense, TextStyle, Ui, vec2};

use crate::command::{Command, Wish};
use crate::desk::Scene;
use crate::icon;
use crate::parts::{self, Weight};
use crate::say;
use crate::theme::{self, space};
use crate::view::{JoinStep, Joining, Trouble};

const COLUMN: f32 = 560.0;

/// The home is being opened.
pub(super) fn opening(ui: &mut Ui, scene: &mut Scene<'_>) {
    ui.add_space(ui.available_height() * 0.3);
    let title = say!(scene.words, "opening-title");
    let more = say!(scene.words, "opening-more");
    parts::nothing_here(ui, scene.palette, icon::HOME, &title, &more);
}

/// The home does not open: why, and what to do. Nothing was written.
pub(super) fn stuck(ui: &mut Ui, scene: &mut Scene<'_>, trouble: &Trouble) {
    ui.add_space(ui.available_height() * 0.2);
    ui.vertical_centered(|ui| {
        let palette = scene.palette;
        parts::medallion(ui, icon::WARNING, 88.0, palette.seal, palette.seal_soft);
        ui.add_space(space::M);
        ui.set_max_width(ui.available_width().min(COLUMN));
        parts::text(ui, theme::title(), palette.ink, say!(scene.words, "stuck-title"));
        for line in super::note::trouble_words(scene.words, trouble) {
            parts::text(ui, TextStyle::Body, palette.ink, line);
        }
        ui.add_space(space::S);
        parts::text(ui, TextStyle::Small, palette.ink_soft, &trouble.message);
        ui.add_space(space::L);
        let again = say!(scene.words, "stuck-again");
        if parts::verb(ui, palette, Weight::Main, None, &again, &again).clicked() {
            scene.wish(Wish::Reopen);
        }
    });
}

/// How far a newcomer has come, from the knock to the first records.
pub(super) fn joining(ui: &mut Ui, scene: &mut Scene<'_>, joining: &Joining) {
    language(ui, scene);
    ui.add_space(ui.available_height() * 0.1);
    ui.vertical_centered(|ui| {
        parts::medallion(ui, icon::KNOCK, 76.0, scene.palette.on_leaf, scene.palette.leaf);
        ui.add_space(space::S);
        let note = scene.window.joining.clone().unwrap_or_default();
        let heading = if note.community.is_empty() {
            say!(scene.words, "joining-heading")
        } else {
            say!(scene.words, "joining-heading-of", name = note.community.as_str())
        };
        parts::text(ui, TextStyle::Heading, scene.palette.ink, heading);
        if !note.from.is_empty() {
            let from = say!(scene.words, "joining-from", name = note.from.as_str());
            parts::text(ui, TextStyle::Body, scene.palette.ink_soft, from);
        }
    });
    ui.add_space(space::XL);
    let side = (ui.available_width() - COLUMN).max(0.0) / 2.0;
    ui.horizontal_top(|ui| {
        ui.add_space(side);
        ui.vertical(|ui| {
            ui.set_width(ui.available_width().min(COLUMN));
            if joining.step == JoinStep::Refused {
                refused(ui, scene, joining);
            } else {
                parts::card(scene.palette).show(ui, |ui| steps(ui, scene, joining));
                ui.add_space(space::L);
                parts::text(
                    ui,
                    TextStyle::Body,
                    scene.palette.ink_soft,
                    say!(scene.words, "joining-patience"),
                );
            }
        });
    });
}

fn language(ui: &mut Ui, scene: &mut Scene<'_>) {
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
        let word = say!(scene.words, "tool-language");
        let name = say!(scene.words, "tool-language-name");
        if parts::verb(ui, scene.palette, Weight::Aside, Some(icon::LANGUAGE), &word, &name).clicked() {
            scene.ask(Command::Speak(scene.words.language().other()));
        }
    });
}

fn steps(ui: &mut Ui, scene: &Scene<'_>, joining: &Joining) {
    ui.set_width(ui.available_width());
    let words = scene.words;
    let admitting = if joining.step == JoinStep::NeedsAnother {
        say!(words, "joining-needs-another")
    } else {
        say!(words, "joining-waiting")
    };
    let received = say!(words, "joining-receiving", count = joining.records);
    let at = match joining.step {
        JoinStep::Knocking | JoinStep::Refused => 0,
        JoinStep::Waiting | JoinStep::NeedsAnother => 1,
        JoinStep::Receiving => 2,
    };
    let lines = [say!(words, "joining-knocking"), admitting, received];
    for (index, line) in lines.iter().enumerate() {
        step(ui, scene, line, index.cmp(&at));
    }
}

fn step(ui: &mut Ui, scene: &Scene<'_>, line: &str, place: std::cmp::Ordering) {
    let palette = scene.palette;
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(40.0, 44.0), Sense::hover());
        let centre = rect.center_top() + vec2(0.0, 16.0);
        match place {
            std::cmp::Ordering::Less => {
                icon::CHECK_CIRCLE.paint_filled(ui.painter(), centre, 30.0, palette.leaf);
            }
            std::cmp::Ordering::Equal => icon::WAITING.paint(ui.painter(), centre, 28.0, palette.lamp),
            std::cmp::Ordering::Greater => {
                ui.painter().circle_stroke(centre, 11.0, egui::Stroke::new(2.0, palette.line));
            }
        }
        let now = place == std::cmp::Ordering::Equal;
        let style = if now { theme::strong() } else { TextStyle::Body };
        let ink = if now { palette.ink } else { palette.ink_soft };
        ui.label(RichText::new(line).text_style(style).color(ink));
    });
}

/// The invite is no good, and the folder holds a home that knocks in vain: how to begin again.
fn refused(ui: &mut Ui, scene: &Scene<'_>, joining: &Joining) {
    let palette = scene.palette;
    parts::card(palette).show(ui, |ui| {
        ui.set_width(ui.available_width());
        parts::text(ui, theme::title(), palette.seal, say!(scene.words, "joining-refused"));
        let more = say!(scene.words, "joining-refused-more", folder = joining.folder.as_str());
        parts::text(ui, TextStyle::Body, palette.ink, more);
    });
}
