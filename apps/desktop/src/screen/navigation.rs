//! The left side: the community's name, the five places, and what changes the window itself.

use egui::{Frame, Margin, Panel, Pos2, Rect, ScrollArea, TextStyle, Ui, Vec2, pos2, vec2};

use super::awaiting;
use crate::command::{Command, Place};
use crate::desk::Scene;
use crate::icon::{self, Icon};
use crate::parts;
use crate::say;
use crate::theme::{self, Look, space};
use crate::words::Words;

const WIDTH: f32 = 228.0;
const ROW: f32 = 52.0;
const TOOL: f32 = 40.0;
/// In a window narrower than this (points after scaling), words stand under their icons.
const RAIL_BELOW: f32 = 720.0;
const RAIL: f32 = 96.0;

/// How much room the navigation takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Icon and word side by side.
    Full,
    /// Word under icon.
    Rail,
}

/// Paints the navigation.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>) {
    let shape = if ui.available_width() < RAIL_BELOW { Shape::Rail } else { Shape::Full };
    let (width, margin) = match shape {
        Shape::Full => (WIDTH, Margin::symmetric(14, 20)),
        Shape::Rail => (RAIL, Margin::symmetric(6, 10)),
    };
    let frame = Frame::new().fill(scene.palette.frame).inner_margin(margin);
    Panel::left("navigation")
        .exact_size(width)
        .resizable(false)
        .show_separator_line(scene.palette.wants_lines())
        .frame(frame)
        .show(ui, |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| contents(ui, scene, shape));
        });
}

fn contents(ui: &mut Ui, scene: &mut Scene<'_>, shape: Shape) {
    let bottom = ui.max_rect().bottom();
    if shape == Shape::Full {
        name_plate(ui, scene);
        ui.add_space(space::L);
    }
    ui.spacing_mut().item_spacing.y = space::XS;
    for place in Place::ALL {
        let unread = awaiting::count(scene, place);
        row(ui, scene, place, unread, shape);
    }
    let tools_height = 4.0 * (TOOL + space::XS);
    ui.add_space((bottom - ui.cursor().top() - tools_height).max(space::M));
    tools(ui, scene, shape);
}

fn name_plate(ui: &mut Ui, scene: &Scene<'_>) {
    let view = scene.view;
    ui.horizontal(|ui| {
        parts::medallion(ui, icon::HOME, 42.0, scene.palette.on_leaf, scene.palette.leaf);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let room = ui.available_width();
            let name = parts::one_line(ui, &theme::strong(), scene.palette.ink, &view.community, room);
            ui.label(name);
            let home = parts::one_line(ui, &TextStyle::Small, scene.palette.ink_soft, &view.household, room);
            ui.label(home);
        });
    });
}

fn icon_and_word(words: &Words, place: Place) -> (Icon, String) {
    match place {
        Place::Today => (icon::TODAY, say!(words, "place-today")),
        Place::Talk => (icon::TALK, say!(words, "place-talk")),
        Place::Matters => (icon::MATTERS, say!(words, "place-matters")),
        Place::Memory => (icon::MEMORY, say!(words, "place-memory")),
        Place::Estate => (icon::ESTATE, say!(words, "place-estate")),
    }
}

fn row(ui: &mut Ui, scene: &mut Scene<'_>, place: Place, unread: usize, shape: Shape) {
    let palette = scene.palette;
    let (icon, word) = icon_and_word(scene.words, place);
    let chosen = scene.window.place == place;
    let name = match unread {
        0 => word.clone(),
        count => format!("{word}, {}", say!(scene.words, "unread-count", count = count)),
    };
    let height = if shape == Shape::Full { ROW } else { ROW + 12.0 };
    let press = parts::press(ui, vec2(ui.available_width(), height), &name, Some(chosen));
    let (ground, ink) = match (chosen, press.lifted()) {
        (true, _) => (palette.leaf_soft, palette.leaf_ink),
        (false, true) => (palette.card, palette.ink),
        (false, false) => (palette.frame, palette.ink),
    };
    press.ground(ui, palette, ground, egui::Stroke::NONE, space::ROUND_SMALL);
    let style = match (shape, chosen) {
        (Shape::Rail, _) => TextStyle::Small,
        (Shape::Full, true) => theme::strong(),
        (Shape::Full, false) => TextStyle::Body,
    };
    let room = if shape == Shape::Full { WIDTH - 110.0 } else { RAIL - 14.0 };
    let galley = parts::one_line(ui, &style, ink, &word, room);
    let (icon_at, word_at, count_at) = spots(press.rect, galley.size(), shape);
    if chosen {
        icon.paint_filled(ui.painter(), icon_at, 26.0, ink);
    } else {
        icon.paint(ui.painter(), icon_at, 26.0, palette.ink_soft);
    }
    ui.painter().galley(word_at, galley, ink);
    if unread > 0 {
        parts::count(ui, count_at, unread, palette.on_seal, palette.seal);
    }
    if press.response.clicked() {
        scene.ask(Command::Go(place));
    }
}

/// Where icon, word and count go in a row.
fn spots(rect: Rect, word: Vec2, shape: Shape) -> (Pos2, Pos2, Pos2) {
    let middle = rect.center();
    match shape {
        Shape::Full => (
            pos2(rect.left() + 28.0, middle.y),
            pos2(rect.left() + 54.0, middle.y - word.y / 2.0),
            pos2(rect.right() - 14.0, middle.y),
        ),
        Shape::Rail => (
            pos2(middle.x, rect.top() + 20.0),
            pos2(middle.x - word.x / 2.0, rect.bottom() - word.y - 4.0),
            pos2(rect.right() - 6.0, rect.top() + 16.0),
        ),
    }
}

/// What changes the window itself: language, look, text, elder mode.
fn tools(ui: &mut Ui, scene: &mut Scene<'_>, shape: Shape) {
    let words = scene.words;
    let percent = scene.window.percent;
    let look = match scene.window.look {
        Look::Light => say!(words, "tool-look-light"),
        Look::Dark => say!(words, "tool-look-dark"),
        Look::HighContrast => say!(words, "tool-look-contrast"),
    };
    let larger = if percent >= 200 { 100 } else { percent + 25 };
    let elder = say!(words, "tool-elder");
    let entries = [
        (icon::ELDER, elder.clone(), elder, Command::Simplify(true)),
        (
            icon::TEXT,
            say!(words, "tool-text", percent = percent),
            say!(words, "tool-text-name", percent = percent),
            Command::Resize(larger),
        ),
        (
            icon::LOOK,
            look.clone(),
            say!(words, "tool-look-name", look = look),
            Command::Wear(scene.window.look.next()),
        ),
        (
            icon::LANGUAGE,
            say!(words, "tool-language"),
            say!(words, "tool-language-name"),
            Command::Speak(words.language().other()),
        ),
    ];
    for (icon, word, name, command) in entries.into_iter().rev() {
        if tool(ui, scene, icon, &word, &name, shape) {
            scene.ask(command);
        }
    }
}

fn tool(ui: &mut Ui, scene: &Scene<'_>, icon: Icon, word: &str, name: &str, shape: Shape) -> bool {
    let palette = scene.palette;
    let press = parts::press(ui, vec2(ui.available_width(), TOOL), name, None);
    let ground = if press.lifted() { palette.card } else { palette.frame };
    press.ground(ui, palette, ground, egui::Stroke::NONE, space::ROUND_SMALL);
    let middle = press.rect.center();
    if shape == Shape::Rail {
        icon.paint(ui.painter(), middle, 22.0, palette.ink_soft);
        return press.response.on_hover_text(name).clicked();
    }
    icon.paint(ui.painter(), pos2(press.rect.left() + 28.0, middle.y), 21.0, palette.ink_soft);
    let galley = parts::one_line(ui, &TextStyle::Small, palette.ink_soft, word, WIDTH - 90.0);
    let at = pos2(press.rect.left() + 54.0, middle.y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, palette.ink_soft);
    press.response.clicked()
}
