//! A page within a place: the way back, its heading, a column no wider than the eye follows easily.

use egui::{Align, Layout, ScrollArea, TextStyle, Ui, vec2};

use super::{Weight, row, text, verb};
use crate::command::Command;
use crate::desk::Scene;
use crate::icon;
use crate::say;
use crate::theme::space;
use crate::view::Stage;

/// The widest column of text, in points.
const COLUMN: f32 = 760.0;

/// A scrolled page: the way back, then its contents in one column; in the middle where no navigation stands beside it.
pub fn scrolled(ui: &mut Ui, scene: &mut Scene<'_>, contents: impl FnOnce(&mut Ui, &mut Scene<'_>)) {
    let width = (ui.available_width() - f32::from(crate::screen::SCROLLED.right)).min(COLUMN);
    let alone = scene.view.stage != Stage::Home;
    let side = if alone { (ui.available_width() - width) / 2.0 } else { 0.0 };
    let back = say!(scene.words, "back");
    ui.horizontal(|ui| {
        ui.add_space(side);
        if verb(ui, scene.palette, Weight::Aside, Some(icon::BACK), &back, &back).clicked() {
            scene.ask(Command::Back);
        }
    });
    ui.add_space(space::XS);
    ScrollArea::vertical().id_salt("page").auto_shrink(false).content_margin(crate::screen::SCROLLED).show(
        ui,
        |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                ui.add_space(side);
                ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
                    ui.spacing_mut().item_spacing.x = space::S;
                    ui.set_width(width);
                    contents(ui, scene);
                });
            });
            ui.add_space(space::XL);
        },
    );
}

/// A place's heading with its verb at the right.
pub fn heading(ui: &mut Ui, scene: &mut Scene<'_>, words: &str, act: Option<(icon::Icon, &str)>) {
    row(ui, space::TOUCH, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(f32::from(crate::screen::SCROLLED.right));
            if let Some((icon, act)) = act
                && verb(ui, scene.palette, Weight::Main, Some(icon), act, act).clicked()
            {
                scene.ask(Command::Begin);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                text(ui, TextStyle::Heading, scene.palette.ink, words);
            });
        });
    });
    ui.add_space(space::M);
}

/// Short facts on one line, with dots between.
pub fn facts(ui: &mut Ui, scene: &Scene<'_>, facts: &[String]) {
    let facts: Vec<&str> = facts.iter().map(String::as_str).filter(|fact| !fact.is_empty()).collect();
    text(ui, TextStyle::Small, scene.palette.ink_soft, facts.join(" \u{b7} "));
}
