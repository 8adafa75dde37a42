//! Elder mode: a greeting, the question that awaits an answer, if there is one, and four big tiles. Nothing scrolls, nothing
//! is hidden, one way back.

use egui::{Align, Color32, Layout, Stroke, TextStyle, Ui, Vec2, pos2, vec2};

use crate::command::{Command, Page, Place, Sheet};
use crate::desk::Scene;
use crate::icon::{self, Icon};
use crate::parts::{self, Weight};
use crate::say;
use crate::theme::{self, Palette, space};

/// A tile's colours: its mark, and the ground behind the mark.
#[derive(Clone, Copy)]
enum Tone {
    Seal,
    Leaf,
    Lamp,
}

/// Height of the question above the tiles.
const QUESTION: f32 = 76.0;

struct Tile {
    icon: Icon,
    tone: Tone,
    title: String,
    more: String,
    command: Command,
}

/// Paints the greeting and the tiles.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>) {
    let view = scene.view;
    ui.horizontal_top(|ui| {
        ui.vertical(|ui| {
            let greeting = scene.words.greeting(view.day.hour, view.called());
            parts::text(ui, theme::display(), scene.palette.ink, greeting);
            parts::text(ui, theme::title(), scene.palette.ink_soft, scene.words.date(&view.day));
        });
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            let back = say!(scene.words, "tool-elder-leave");
            if parts::verb(ui, scene.palette, Weight::Other, None, &back, &back).clicked() {
                scene.ask(Command::Simplify(false));
            }
        });
    });
    ui.add_space(space::L);
    question(ui, scene);
    let gap = 20.0;
    let room = ui.available_size() - vec2(0.0, space::XL);
    let size = ((room - Vec2::splat(gap)) / 2.0).max(vec2(200.0, 96.0));
    ui.spacing_mut().item_spacing = Vec2::splat(gap);
    let tiles = four(scene);
    let style = one_size(ui, &tiles, size);
    for pair in tiles.chunks(2) {
        ui.horizontal(|ui| {
            for each in pair {
                tile(ui, scene, each, size, &style);
            }
        });
    }
}

/// The newest roll-call that this household has not answered, across the whole width.
fn question(ui: &mut Ui, scene: &mut Scene<'_>) {
    let palette = scene.palette;
    let Some(call) = scene.view.matters.calls.iter().find(|call| call.awaits_us()) else { return };
    let act = say!(scene.words, "awaiting-answer");
    let name = format!("{act}: {}", call.question);
    let press = parts::press(ui, vec2(ui.available_width(), QUESTION), &name, None);
    let edge = if press.lifted() { Stroke::new(3.0, palette.seal) } else { palette.border() };
    press.ground(ui, palette, palette.seal_soft, edge, 22);
    let middle = press.rect.center().y;
    icon::CALL.paint_filled(ui.painter(), pos2(press.rect.left() + 44.0, middle), 40.0, palette.seal);
    let act = parts::one_line(ui, &theme::title(), palette.seal, &act, press.rect.width() / 3.0);
    let act_at = pos2(press.rect.right() - 28.0 - act.size().x, middle - act.size().y / 2.0);
    let left = press.rect.left() + 84.0;
    let room = act_at.x - left - space::L;
    let question = parts::one_line(ui, &TextStyle::Heading, palette.ink, &call.question, room);
    let at = pos2(left, middle - question.size().y / 2.0);
    ui.painter().galley(at, question, palette.ink);
    ui.painter().galley(act_at, act, palette.seal);
    if press.response.clicked() {
        scene.ask(Command::Open(Page::Call(call.id)));
    }
    ui.add_space(space::M);
}

fn four(scene: &Scene<'_>) -> [Tile; 4] {
    let words = scene.words;
    let notices = super::awaiting::count(scene, Place::Today);
    let messages = super::awaiting::count(scene, Place::Talk);
    let stories = scene.view.stories.len();
    [
        Tile {
            icon: icon::CAMPAIGN,
            tone: Tone::Seal,
            title: say!(words, "elder-notices"),
            more: say!(words, "elder-notices-more", count = notices),
            command: Command::Go(Place::Today),
        },
        Tile {
            icon: icon::HELP,
            tone: Tone::Lamp,
            title: say!(words, "elder-help"),
            more: say!(words, "elder-help-more"),
            command: Command::Open(Page::Sheet(Sheet::Request)),
        },
        Tile {
            icon: icon::TALK,
            tone: Tone::Leaf,
            title: say!(words, "elder-talk"),
            more: say!(words, "elder-talk-more", count = messages),
            command: Command::Go(Place::Talk),
        },
        Tile {
            icon: icon::MEMORY,
            tone: Tone::Leaf,
            title: say!(words, "elder-stories"),
            more: say!(words, "elder-stories-more", count = stories),
            command: Command::Go(Place::Memory),
        },
    ]
}

fn colours(palette: &Palette, tone: Tone) -> (Color32, Color32) {
    match tone {
        Tone::Seal => (palette.seal, palette.seal_soft),
        Tone::Leaf => (palette.leaf, palette.leaf_soft),
        Tone::Lamp => (palette.lamp, palette.lamp_soft),
    }
}

/// The largest style in which every title fits its tile: four tiles, one size.
fn one_size(ui: &Ui, tiles: &[Tile], size: Vec2) -> TextStyle {
    let width = size.x - text_left(size);
    [theme::display(), TextStyle::Heading]
        .into_iter()
        .find(|style| {
            let fits = |tile: &Tile| !parts::one_line(ui, style, Color32::BLACK, &tile.title, width).elided;
            tiles.iter().all(fits)
        })
        .unwrap_or_else(theme::title)
}

fn circle(size: Vec2) -> f32 {
    (size.y * 0.26).min(size.x * 0.16).min(66.0)
}

/// From a tile's left edge to its words.
fn text_left(size: Vec2) -> f32 {
    circle(size) * 3.0 + 20.0
}

fn tile(ui: &mut Ui, scene: &mut Scene<'_>, tile: &Tile, size: Vec2, style: &TextStyle) {
    let palette = scene.palette;
    let name = format!("{}, {}", tile.title, tile.more);
    let press = parts::press(ui, size, &name, None);
    let (ink, ground) = colours(palette, tile.tone);
    let edge = if press.lifted() { Stroke::new(3.0, ink) } else { palette.border() };
    press.ground(ui, palette, palette.card, edge, 22);
    let circle = circle(size);
    let centre = pos2(press.rect.left() + circle * 1.6, press.rect.center().y);
    ui.painter().circle_filled(centre, circle, ground);
    tile.icon.paint_filled(ui.painter(), centre, circle * 1.05, ink);
    let text_left = press.rect.left() + text_left(size);
    let width = press.rect.right() - text_left;
    let title = parts::one_line(ui, style, palette.ink, &tile.title, width);
    let more = parts::one_line(ui, &theme::title(), palette.ink_soft, &tile.more, width);
    let top = press.rect.center().y - (title.size().y + more.size().y) / 2.0;
    let more_at = pos2(text_left, top + title.size().y);
    ui.painter().galley(pos2(text_left, top), title, palette.ink);
    ui.painter().galley(more_at, more, palette.ink_soft);
    if press.response.clicked() {
        scene.ask(tile.command.clone());
    }
}
