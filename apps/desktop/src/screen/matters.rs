//! Matters: questions to every unit, and problems with their lives.

use egui::{Align, Color32, Layout, ScrollArea, Stroke, TextStyle, Ui, pos2, vec2};

use crate::command::{Command, Page};
use crate::desk::Scene;
use crate::icon;
use crate::parts;
use crate::say;
use crate::theme::{self, space};
use crate::view::{Ask, Call, Stand};

const ROW: f32 = 92.0;

/// Paints the page.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>) {
    let heading = say!(scene.words, "place-matters");
    let act = say!(scene.words, "request-new");
    parts::heading(ui, scene, &heading, Some((icon::BUILD, &act)));
    let matters = &scene.view.matters;
    if matters.requests.is_empty() && matters.calls.is_empty() {
        ui.add_space(ui.available_height() * 0.15);
        let title = say!(scene.words, "empty-matters-title");
        let more = say!(scene.words, "empty-matters-more");
        return parts::nothing_here(ui, scene.palette, icon::MATTERS, &title, &more);
    }
    ScrollArea::vertical().auto_shrink(false).content_margin(super::SCROLLED).show(ui, |ui| {
        if !matters.calls.is_empty() {
            parts::text(ui, theme::title(), scene.palette.ink, say!(scene.words, "calls-heading"));
            ui.add_space(space::XS);
            for call in &matters.calls {
                call_row(ui, scene, call);
                ui.add_space(space::XS);
            }
            ui.add_space(space::L);
        }
        if !matters.requests.is_empty() {
            parts::text(ui, theme::title(), scene.palette.ink, say!(scene.words, "requests-heading"));
            ui.add_space(space::XS);
            for request in &matters.requests {
                request_row(ui, scene, request);
                ui.add_space(space::XS);
            }
        }
        ui.add_space(space::XL);
    });
}

/// What a row says.
struct Row<'a> {
    title: &'a str,
    more: String,
    badge: (String, Color32, Color32),
    page: Page,
}

fn request_row(ui: &mut Ui, scene: &mut Scene<'_>, request: &Ask) {
    let facts = [
        scene.words.word("category", &request.category),
        request.place.clone(),
        super::who(scene, &request.opener),
        scene.words.when(&request.when),
    ];
    let facts: Vec<String> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
    let row = Row {
        title: &request.title,
        more: facts.join(" \u{b7} "),
        badge: stand(scene, request.stand),
        page: Page::Request(request.id),
    };
    paint_row(ui, scene, row);
}

fn call_row(ui: &mut Ui, scene: &mut Scene<'_>, call: &Call) {
    let palette = scene.palette;
    let badge = match (&call.ours, call.closed) {
        (_, true) => (say!(scene.words, "call-closed"), palette.ink_soft, palette.frame),
        (Some(_), false) => (say!(scene.words, "call-answered"), palette.leaf_ink, palette.leaf_soft),
        (None, false) => (say!(scene.words, "call-open"), palette.seal, palette.seal_soft),
    };
    let seen = super::call::answered_words(scene, call);
    let more = [super::who(scene, &call.opener), scene.words.when(&call.when), seen].join(" \u{b7} ");
    paint_row(ui, scene, Row { title: &call.question, more, badge, page: Page::Call(call.id) });
}

/// Where a request stands: its word, its ink, its ground.
pub(super) fn stand(scene: &Scene<'_>, stand: Stand) -> (String, Color32, Color32) {
    let palette = scene.palette;
    match stand {
        Stand::Open => (say!(scene.words, "stand-open"), palette.seal, palette.seal_soft),
        Stand::Taken => (say!(scene.words, "stand-taken"), palette.lamp, palette.lamp_soft),
        Stand::Done => (say!(scene.words, "stand-done"), palette.leaf_ink, palette.leaf_soft),
        Stand::Good => (say!(scene.words, "stand-good"), palette.leaf_ink, palette.leaf_soft),
        Stand::Bad => (say!(scene.words, "stand-bad"), palette.seal, palette.seal_soft),
    }
}

fn paint_row(ui: &mut Ui, scene: &mut Scene<'_>, row: Row<'_>) {
    let palette = scene.palette;
    let (word, ink, ground) = &row.badge;
    let name = format!("{}, {word}", row.title);
    let press = parts::press(ui, vec2(ui.available_width(), ROW), &name, None);
    let edge = if press.lifted() { Stroke::new(2.0, palette.leaf) } else { palette.border() };
    press.ground(ui, palette, palette.card, edge, space::ROUND);
    let inside = press.rect.shrink2(vec2(22.0, 16.0));
    let badge = parts::one_line(ui, &TextStyle::Small, *ink, word, 200.0);
    let pill = Align::Max.align_size_within_range(badge.size().x + 24.0, inside.x_range());
    let pill = egui::Rect::from_x_y_ranges(pill, inside.center().y - 15.0..=inside.center().y + 15.0);
    ui.painter().rect_filled(pill, 15.0, *ground);
    let room = pill.left() - inside.left() - space::L;
    let title = parts::one_line(ui, &theme::title(), palette.ink, row.title, room);
    let more = parts::one_line(ui, &TextStyle::Small, palette.ink_soft, &row.more, room);
    let below = pos2(inside.left(), inside.bottom() - more.size().y);
    ui.painter().galley(inside.left_top(), title, palette.ink);
    ui.painter().galley(below, more, palette.ink_soft);
    ui.painter().galley(pill.center() - badge.size() / 2.0, badge, *ink);
    if press.response.clicked() {
        scene.ask(Command::Open(row.page));
    }
}

/// A badge on a line of its own.
pub(super) fn badge(
    ui: &mut Ui,
    scene: &Scene<'_>,
    (word, ink, ground): &(String, Color32, Color32),
    when: &str,
) {
    parts::row(ui, 30.0, |ui| {
        parts::chip(ui, word, *ink, *ground);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            parts::text(ui, TextStyle::Small, scene.palette.ink_soft, when);
        });
    });
}
