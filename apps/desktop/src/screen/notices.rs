//! The list of notices, each with who has seen it and one verb.

use egui::{Align, Color32, Layout, Rect, Stroke, TextStyle, Ui, pos2, vec2};

use crate::command::{Command, Page, Wish};
use crate::desk::Scene;
use crate::icon;
use crate::parts::{self, Weight};
use crate::say;
use crate::theme::{self, space};
use crate::view::Notice;

/// Length of the bar that shows how many have seen a notice.
const BAR: f32 = 96.0;
/// Lines of a notice's text shown in the list.
const LINES: usize = 3;

/// Paints the heading and the cards.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>) {
    let (palette, notices) = (scene.palette, &scene.view.notices);
    let unread = super::awaiting::count(scene, crate::command::Place::Today);
    ui.horizontal(|ui| {
        parts::text(ui, theme::title(), palette.ink, say!(scene.words, "notices-heading"));
        if unread > 0 {
            let words = say!(scene.words, "notices-unread", count = unread);
            parts::text(ui, TextStyle::Small, palette.ink_soft, words);
        }
    });
    ui.add_space(space::XS);
    if notices.is_empty() {
        ui.add_space(space::XL);
        let title = say!(scene.words, "notices-none-title");
        let more = say!(scene.words, "notices-none-more");
        parts::nothing_here(ui, palette, icon::NOTICE, &title, &more);
    }
    for notice in notices {
        card(ui, scene, notice);
        ui.add_space(space::S);
    }
}

fn card(ui: &mut Ui, scene: &mut Scene<'_>, notice: &Notice) {
    let palette = scene.palette;
    parts::card(palette).show(ui, |ui| {
        ui.set_width(ui.available_width());
        labels(ui, scene, notice);
        title(ui, scene, notice);
        let font = TextStyle::Body.resolve(ui.style());
        let mut job =
            egui::text::LayoutJob::simple(parts::gist(&notice.text), font, palette.ink, ui.available_width());
        job.wrap.max_rows = LINES;
        // The title opens the whole text: laid over the next card it would be in the way.
        ui.add(egui::Label::new(job).show_tooltip_when_elided(false));
        ui.add_space(space::S);
        foot(ui, scene, notice);
    });
}

/// The title opens the whole notice.
fn title(ui: &mut Ui, scene: &mut Scene<'_>, notice: &Notice) {
    let palette = scene.palette;
    let galley =
        parts::one_line(ui, &theme::title(), palette.ink, &notice.title, ui.available_width() - 30.0);
    let name = say!(scene.words, "notice-open-name", title = notice.title.as_str());
    let press = parts::press(ui, vec2(ui.available_width(), galley.size().y + 8.0), &name, None);
    press.ground(ui, palette, Color32::TRANSPARENT, Stroke::NONE, 6);
    let ink = if press.lifted() { palette.leaf } else { palette.ink };
    let at = pos2(press.rect.left(), press.rect.center().y - galley.size().y / 2.0);
    let arrow = pos2(at.x + galley.size().x + 14.0, press.rect.center().y);
    ui.painter().galley_with_override_text_color(at, galley, ink);
    icon::CHEVRON.paint(ui.painter(), arrow, 22.0, palette.ink_soft);
    if press.response.clicked() {
        scene.ask(Command::Open(Page::Notice(notice.id)));
    }
}

/// Whom it is for, whether it must be read, and when it came.
pub(super) fn labels(ui: &mut Ui, scene: &Scene<'_>, notice: &Notice) {
    let palette = scene.palette;
    parts::row(ui, 28.0, |ui| {
        if notice.awaits_us() {
            let (rect, _) = ui.allocate_exact_size(vec2(12.0, 26.0), egui::Sense::hover());
            ui.painter().circle_filled(rect.center(), 5.0, palette.seal);
        }
        if notice.must_read && notice.for_us {
            parts::chip(ui, &say!(scene.words, "notice-must"), palette.seal, palette.seal_soft);
        }
        let places: Vec<String> = notice.scope.iter().map(|place| scene.words.place(place)).collect();
        parts::chip(ui, &scene.words.list(&places), palette.leaf_ink, palette.leaf_soft);
        if !notice.earlier.is_empty() {
            parts::chip(ui, &say!(scene.words, "notice-revised"), palette.lamp, palette.lamp_soft);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let when = scene.words.when(&notice.when);
            parts::text(ui, TextStyle::Small, palette.ink_soft, when);
        });
    });
}

/// Who signed, how many have seen it, and the verb. The verb is placed first: it never gives way.
pub(super) fn foot(ui: &mut Ui, scene: &mut Scene<'_>, notice: &Notice) {
    parts::row(ui, space::TOUCH, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            verb(ui, scene, notice);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| signed(ui, scene, notice));
        });
    });
}

fn signed(ui: &mut Ui, scene: &mut Scene<'_>, notice: &Notice) {
    let palette = scene.palette;
    parts::avatar(ui, palette, &notice.author.name, 40.0);
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let width = ui.available_width();
        let counted = notice.must_read || notice.seen > 0;
        ui.add_space(if counted { 0.0 } else { 10.0 });
        let name = super::who(scene, &notice.author);
        let author = parts::one_line(ui, &TextStyle::Small, palette.ink, &name, width);
        ui.label(author);
        if counted {
            seen(ui, scene, notice, width);
        }
    });
}

/// A bar and a count; the whole notice names who is missing.
fn seen(ui: &mut Ui, scene: &Scene<'_>, notice: &Notice, width: f32) {
    let palette = scene.palette;
    let words = if notice.asked == 0 {
        say!(scene.words, "notice-seen-by", seen = notice.seen)
    } else {
        say!(scene.words, "notice-seen", seen = notice.seen, total = notice.asked)
    };
    let bar = if width > 280.0 && notice.asked > 0 { BAR + space::S } else { 0.0 };
    let galley = parts::one_line(ui, &TextStyle::Small, palette.ink_soft, &words, width - bar);
    let (rect, response) = ui.allocate_exact_size(vec2(bar + galley.size().x, 24.0), egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, &words));
    let middle = rect.center().y;
    if bar > 0.0 {
        let part = notice.seen as f32 / notice.asked.max(1) as f32;
        let at = Rect::from_min_size(pos2(rect.left(), middle - 4.0), vec2(BAR, 8.0));
        parts::paint_share(ui, palette, part, at);
    }
    ui.painter().galley(pos2(rect.left() + bar, middle - galley.size().y / 2.0), galley, palette.ink_soft);
}

fn verb(ui: &mut Ui, scene: &mut Scene<'_>, notice: &Notice) {
    let palette = scene.palette;
    if notice.author.ours || !notice.for_us {
        return;
    }
    if notice.acknowledged {
        parts::text(ui, TextStyle::Body, palette.leaf, say!(scene.words, "notice-acknowledged"));
        let (rect, _) = ui.allocate_exact_size(vec2(22.0, 22.0), egui::Sense::hover());
        icon::CHECK_CIRCLE.paint_filled(ui.painter(), rect.center(), 21.0, palette.leaf);
        return;
    }
    let words = say!(scene.words, "notice-acknowledge");
    let name = say!(scene.words, "notice-acknowledge-name", title = notice.title.as_str());
    if parts::verb(ui, palette, Weight::Main, Some(icon::CHECK), &words, &name).clicked() {
        scene.wish(Wish::Acknowledge(notice.id));
    }
}
