//! One notice: its whole text, who has not read it, its earlier versions.

use egui::{TextStyle, Ui};

use super::notices;
use crate::command::{Command, Page, Sheet};
use crate::desk::Scene;
use crate::icon;
use crate::parts::{self, Weight};
use crate::say;
use crate::theme::{self, space};
use crate::view::{Gap, Notice, Version};

/// Paints the page.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>, notice: &Notice) -> bool {
    parts::scrolled(ui, scene, |ui, scene| {
        notices::labels(ui, scene, notice);
        parts::text(ui, TextStyle::Heading, scene.palette.ink, &notice.title);
        ui.add_space(space::S);
        parts::text(ui, TextStyle::Body, scene.palette.ink, &notice.text);
        ui.add_space(space::M);
        parts::pictures(ui, scene, &notice.pictures, 420.0);
        let ends = notice.days_left.map(|days| say!(scene.words, "notice-days-left", count = days));
        parts::facts(ui, scene, &[ends.unwrap_or_default(), super::held(scene, notice.held)]);
        if notice.disputed {
            parts::text(ui, TextStyle::Small, scene.palette.lamp, say!(scene.words, "notice-disputed"));
        }
        ui.add_space(space::M);
        notices::foot(ui, scene, notice);
        revise(ui, scene, notice);
        missing(ui, scene, &notice.missing);
        earlier(ui, scene, &notice.earlier);
    });
    true
}

/// Only its publisher may post a new version.
fn revise(ui: &mut Ui, scene: &mut Scene<'_>, notice: &Notice) {
    if !notice.author.ours {
        return;
    }
    ui.add_space(space::S);
    let words = say!(scene.words, "notice-revise");
    if parts::verb(ui, scene.palette, Weight::Other, Some(icon::EDIT), &words, &words).clicked() {
        scene.ask(Command::Open(Page::Sheet(Sheet::Notice(Some(notice.id)))));
    }
}

/// The doors still to knock on, by building and stair.
pub(super) fn missing(ui: &mut Ui, scene: &Scene<'_>, gaps: &[Gap]) {
    if gaps.is_empty() {
        return;
    }
    let palette = scene.palette;
    ui.add_space(space::XL);
    let count: usize = gaps.iter().map(|gap| gap.units.len()).sum();
    parts::text(ui, theme::title(), palette.ink, say!(scene.words, "missing-heading", count = count));
    ui.add_space(space::XS);
    parts::card(palette).show(ui, |ui| {
        ui.set_width(ui.available_width());
        for gap in gaps {
            let stair = say!(
                scene.words,
                "scope-stair",
                building = gap.building.as_str(),
                stair = gap.stair.as_str()
            );
            parts::text(ui, theme::strong(), palette.ink, stair);
            parts::text(ui, TextStyle::Small, palette.ink_soft, gap.units.join("   "));
            ui.add_space(space::S);
        }
    });
}

fn earlier(ui: &mut Ui, scene: &Scene<'_>, versions: &[Version]) {
    if versions.is_empty() {
        return;
    }
    let palette = scene.palette;
    ui.add_space(space::XL);
    parts::text(ui, theme::title(), palette.ink, say!(scene.words, "notice-earlier"));
    for version in versions {
        ui.add_space(space::S);
        parts::facts(ui, scene, &[scene.words.when(&version.when)]);
        parts::text(ui, theme::strong(), palette.ink_soft, &version.title);
        parts::text(ui, TextStyle::Body, palette.ink_soft, &version.text);
    }
}
