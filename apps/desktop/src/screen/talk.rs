//! Talk: threads on the left, the open one beside them.

use egui::{Align, CornerRadius, Layout, Rect, ScrollArea, Stroke, TextStyle, Ui, UiBuilder, pos2, vec2};

use crate::command::{Command, Page};
use crate::desk::Scene;
use crate::icon;
use crate::parts::{self, Weight};
use crate::say;
use crate::screen::thread;
use crate::theme::{self, space};
use crate::view::Thread;

const LIST: f32 = 300.0;
const ROW: f32 = 76.0;
/// Below this width list and thread take turns.
const SIDE_BY_SIDE: f32 = 640.0;

/// Paints the page.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>) {
    let open = match scene.window.page {
        Page::Thread(id) => scene.view.threads.iter().find(|thread| thread.id == id),
        _ => None,
    };
    let whole = ui.available_rect_before_wrap();
    if whole.width() < SIDE_BY_SIDE {
        return narrow(ui, scene, open);
    }
    let list = whole.with_max_x(whole.left() + LIST);
    let rest = Rect::from_min_max(pos2(list.right() + space::L, whole.top()), whole.max);
    let top_down = Layout::top_down(Align::Min);
    ui.scope_builder(UiBuilder::new().max_rect(list).layout(top_down), |ui| threads(ui, scene, open));
    ui.scope_builder(UiBuilder::new().max_rect(rest).layout(top_down), |ui| match open {
        Some(open) => thread::paint(ui, scene, open),
        None => {
            ui.add_space(ui.available_height() * 0.3);
            let title = say!(scene.words, "talk-none");
            let more = say!(scene.words, "talk-none-more");
            parts::nothing_here(ui, scene.palette, icon::TALK, &title, &more);
        }
    });
}

/// One at a time: the open thread with a way back, or the list.
fn narrow(ui: &mut Ui, scene: &mut Scene<'_>, open: Option<&Thread>) {
    let Some(open) = open else { return threads(ui, scene, None) };
    let back = say!(scene.words, "talk-threads");
    if parts::verb(ui, scene.palette, Weight::Aside, Some(icon::BACK), &back, &back).clicked() {
        scene.ask(Command::Back);
    }
    thread::paint(ui, scene, open);
}

fn threads(ui: &mut Ui, scene: &mut Scene<'_>, open: Option<&Thread>) {
    let palette = scene.palette;
    parts::text(ui, TextStyle::Heading, palette.ink, say!(scene.words, "place-talk"));
    ui.add_space(space::S);
    let new = say!(scene.words, "talk-new");
    if parts::verb(ui, palette, Weight::Other, Some(icon::ADD), &new, &new).clicked() {
        scene.ask(Command::Begin);
    }
    ui.add_space(space::S);
    ScrollArea::vertical().id_salt("threads").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        for thread in &scene.view.threads {
            row(ui, scene, thread, open.is_some_and(|open| open.id == thread.id));
        }
    });
}

fn row(ui: &mut Ui, scene: &mut Scene<'_>, thread: &Thread, chosen: bool) {
    let palette = scene.palette;
    let unread = thread.unread(scene.window.seen.get(&thread.id));
    let name = match unread {
        0 => thread.title.clone(),
        count => format!("{}, {}", thread.title, say!(scene.words, "unread-count", count = count)),
    };
    let press = parts::press(ui, vec2(ui.available_width(), ROW), &name, Some(chosen));
    let ground = match (chosen, press.lifted()) {
        (true, _) => palette.leaf_soft,
        (false, true) => palette.card,
        (false, false) => palette.paper,
    };
    press.ground(ui, palette, ground, Stroke::NONE, space::ROUND_SMALL);
    row_words(ui, scene, thread, press.rect.shrink2(vec2(12.0, 12.0)), unread);
    if press.response.clicked() {
        scene.ask(Command::Open(Page::Thread(thread.id)));
    }
}

fn row_words(ui: &Ui, scene: &Scene<'_>, thread: &Thread, inside: Rect, unread: usize) {
    let palette = scene.palette;
    let picture = Rect::from_min_size(pos2(inside.left(), inside.center().y - 22.0), vec2(44.0, 44.0));
    parts::paint_avatar(ui, palette, &thread.title, picture);
    let left = picture.right() + 12.0;
    let badge = if unread > 0 { 36.0 } else { 0.0 };
    let soft = palette.ink_soft;
    let when = parts::one_line(ui, &TextStyle::Small, soft, &scene.words.when(&thread.when), 120.0);
    let when_at = pos2(inside.right() - when.size().x, inside.bottom() - when.size().y + 2.0);
    let room = inside.right() - left - badge;
    let title = parts::one_line(ui, &theme::strong(), palette.ink, &thread.title, room);
    let last = thread.messages.last().map(|message| message.text.as_str()).unwrap_or_default();
    let last = parts::one_line(ui, &TextStyle::Small, soft, last, when_at.x - left - space::M);
    ui.painter().galley(pos2(left, inside.top() - 1.0), title, palette.ink);
    ui.painter().galley(pos2(left, when_at.y), last, soft);
    ui.painter().galley(when_at, when, soft);
    if unread > 0 {
        let right = pos2(inside.right(), inside.top() + 12.0);
        parts::count(ui, right, unread, palette.on_seal, palette.seal);
    }
}

/// The rounding of a bubble: the corner towards its speaker is sharp.
pub(super) const fn bubble_corners(ours: bool) -> CornerRadius {
    let (towards_left, towards_right) = if ours { (16, 4) } else { (4, 16) };
    CornerRadius { nw: towards_left, ne: towards_right, sw: 16, se: 16 }
}
