//! Today: the date, the notices, what awaits this household, the newest of the rest.

use egui::{Align, Layout, ScrollArea, TextStyle, Ui, vec2};

use super::{awaiting, notices};
use crate::command::{Command, Page, Place};
use crate::desk::Scene;
use crate::icon;
use crate::parts::{self, Weight};
use crate::say;
use crate::theme::{self, space};

const SIDE: f32 = 320.0;
/// Below this width the side column goes under the notices.
const TWO_COLUMNS: f32 = 820.0;

/// Paints the page.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>) {
    ScrollArea::vertical().auto_shrink(false).content_margin(super::SCROLLED).show(ui, |ui| {
        heading(ui, scene);
        ui.add_space(space::L);
        let width = ui.available_width();
        if width < TWO_COLUMNS {
            one_column(ui, scene);
        } else {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = space::XL;
                column(ui, width - SIDE - space::XL, |ui| notices::paint(ui, scene));
                column(ui, SIDE, |ui| side(ui, scene));
            });
        }
        ui.add_space(space::XL);
    });
}

fn heading(ui: &mut Ui, scene: &mut Scene<'_>) {
    let view = scene.view;
    parts::text(ui, TextStyle::Small, scene.palette.ink_soft, scene.words.date(&view.day));
    let greeting = scene.words.greeting(view.day.hour, view.called());
    let post = say!(scene.words, "notice-post");
    parts::row(ui, space::TOUCH, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if parts::verb(ui, scene.palette, Weight::Other, Some(icon::ADD), &post, &post).clicked() {
                scene.ask(Command::Begin);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let room = ui.available_width();
                let line = parts::one_line(ui, &TextStyle::Heading, scene.palette.ink, &greeting, room);
                ui.label(line);
            });
        });
    });
}

fn column(ui: &mut Ui, width: f32, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.x = space::S;
        contents(ui);
    });
}

/// One under the other. Whoever pressed the notices' tile came for the notices.
fn one_column(ui: &mut Ui, scene: &mut Scene<'_>) {
    if scene.window.simple {
        notices::paint(ui, scene);
        waiting(ui, scene);
    } else {
        waiting(ui, scene);
        notices::paint(ui, scene);
    }
    newest(ui, scene);
}

fn side(ui: &mut Ui, scene: &mut Scene<'_>) {
    waiting(ui, scene);
    newest(ui, scene);
}

fn waiting(ui: &mut Ui, scene: &mut Scene<'_>) {
    let waiting = awaiting::all(scene);
    if !waiting.is_empty() {
        parts::text(ui, theme::title(), scene.palette.ink, say!(scene.words, "awaiting-heading"));
        ui.add_space(space::XS);
        for each in &waiting {
            awaiting_card(ui, scene, each);
            ui.add_space(space::S);
        }
        ui.add_space(space::M);
    }
}

fn awaiting_card(ui: &mut Ui, scene: &mut Scene<'_>, each: &awaiting::Awaiting) {
    let palette = scene.palette;
    parts::card(palette).show(ui, |ui| {
        ui.set_width(ui.available_width());
        parts::text(ui, theme::strong(), palette.ink, &each.title);
        parts::row(ui, space::TOUCH, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let name = format!("{}: {}", each.act, each.title);
                if parts::verb(ui, palette, Weight::Other, Some(each.icon), &each.act, &name).clicked() {
                    scene.ask(match &each.page {
                        Some(page) => Command::Open(page.clone()),
                        None => Command::Go(Place::Estate),
                    });
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    parts::text(ui, TextStyle::Small, palette.lamp, &each.more);
                });
            });
        });
    });
}

/// The newest story and the newest thread, so that the first screen has a heart too.
fn newest(ui: &mut Ui, scene: &mut Scene<'_>) {
    let view = scene.view;
    if let Some(thread) = view.threads.first().filter(|thread| !thread.messages.is_empty()) {
        let last = thread.messages.last().map(|message| message.text.as_str()).unwrap_or_default();
        let heading = say!(scene.words, "newest-talk");
        newest_card(ui, scene, &heading, (&thread.title, last), Page::Thread(thread.id));
    }
    if let Some(story) = view.stories.first() {
        let heading = say!(scene.words, "newest-story");
        newest_card(ui, scene, &heading, (&story.title, &story.text), Page::Story(story.id));
    }
}

fn newest_card(ui: &mut Ui, scene: &mut Scene<'_>, heading: &str, (title, text): (&str, &str), page: Page) {
    let palette = scene.palette;
    parts::text(ui, theme::title(), palette.ink, heading);
    ui.add_space(space::XS);
    let width = ui.available_width();
    let press = parts::press(ui, vec2(width, 96.0), &format!("{heading}: {title}"), None);
    let edge = if press.lifted() { egui::Stroke::new(2.0, palette.leaf) } else { palette.border() };
    press.ground(ui, palette, palette.card, edge, space::ROUND);
    let inside = press.rect.shrink2(vec2(22.0, 18.0));
    let title = parts::one_line(ui, &theme::strong(), palette.ink, title, inside.width());
    let first = text.lines().next().unwrap_or_default();
    let first = parts::one_line(ui, &TextStyle::Small, palette.ink_soft, first, inside.width());
    let below = egui::pos2(inside.left(), inside.bottom() - first.size().y);
    ui.painter().galley(inside.left_top(), title, palette.ink);
    ui.painter().galley(below, first, palette.ink_soft);
    if press.response.clicked() {
        scene.ask(Command::Open(page));
    }
    ui.add_space(space::L);
}
