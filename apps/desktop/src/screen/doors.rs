//! The first screen: two doors, what lies behind each, and three promises. No account, no phone number.

use egui::{Align, CornerRadius, Layout, ScrollArea, TextStyle, Ui, Vec2, pos2, vec2};

use super::{note, sheets};
use crate::command::{Command, Door, Field, Wish};
use crate::desk::Scene;
use crate::icon::{self, Icon};
use crate::parts::{self, Shape, Weight};
use crate::say;
use crate::theme::{self, space};

/// A door beside the other, and a door when they stand one under another.
const TALL: Vec2 = vec2(380.0, 316.0);
const LEAST_WIDTH: f32 = 300.0;

struct Words {
    door: Door,
    icon: Icon,
    title: String,
    more: String,
    act: String,
}

/// Paints the doors, or what lies behind the one walked through.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>) {
    note::paint(ui, scene);
    match scene.window.door {
        None => {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| front(ui, scene));
        }
        Some(Door::Join) => parts::scrolled(ui, scene, join),
        Some(Door::Found) => parts::scrolled(ui, scene, found),
    }
}

fn front(ui: &mut Ui, scene: &mut Scene<'_>) {
    language(ui, scene);
    let below = ui.available_height() - 540.0;
    ui.add_space((below * 0.4).max(0.0));
    ui.vertical_centered(|ui| {
        parts::medallion(ui, icon::HOME, 76.0, scene.palette.on_leaf, scene.palette.leaf);
        ui.add_space(space::S);
        parts::text(ui, theme::display(), scene.palette.ink, say!(scene.words, "door-title"));
        parts::text(ui, TextStyle::Body, scene.palette.ink_soft, say!(scene.words, "door-subtitle"));
    });
    ui.add_space(space::XL);
    let half = (ui.available_width() - space::L) / 2.0;
    if half < LEAST_WIDTH {
        ui.vertical_centered(|ui| {
            ui.spacing_mut().item_spacing.y = space::L;
            let size = vec2(ui.available_width().min(520.0), 290.0);
            for words in both(scene) {
                door(ui, scene, &words, size);
            }
        });
    } else {
        let size = vec2(half.min(TALL.x), TALL.y);
        ui.horizontal_top(|ui| {
            ui.add_space((ui.available_width() - 2.0 * size.x - space::L) / 2.0);
            ui.spacing_mut().item_spacing.x = space::L;
            for words in both(scene) {
                door(ui, scene, &words, size);
            }
        });
    }
    ui.add_space(space::XL);
    promises(ui, scene);
    ui.add_space(space::L);
    ui.vertical_centered(|ui| {
        parts::text(ui, TextStyle::Small, scene.palette.ink_soft, say!(scene.words, "door-moved"));
    });
    ui.add_space(space::L);
}

fn language(ui: &mut Ui, scene: &mut Scene<'_>) {
    ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
        let word = say!(scene.words, "tool-language");
        let name = say!(scene.words, "tool-language-name");
        if parts::verb(ui, scene.palette, Weight::Aside, Some(icon::LANGUAGE), &word, &name).clicked() {
            scene.ask(Command::Speak(scene.words.language().other()));
        }
    });
}

fn both(scene: &Scene<'_>) -> [Words; 2] {
    let words = scene.words;
    [
        Words {
            door: Door::Join,
            icon: icon::KNOCK,
            title: say!(words, "door-join"),
            more: say!(words, "door-join-more"),
            act: say!(words, "door-join-act"),
        },
        Words {
            door: Door::Found,
            icon: icon::ADD_HOME,
            title: say!(words, "door-found"),
            more: say!(words, "door-found-more"),
            act: say!(words, "door-found-act"),
        },
    ]
}

/// One door: the whole card is the button.
fn door(ui: &mut Ui, scene: &mut Scene<'_>, words: &Words, size: Vec2) {
    let palette = scene.palette;
    let name = format!("{}. {}", words.title, words.more);
    let press = parts::press(ui, size, &name, None);
    let edge = if press.lifted() { egui::Stroke::new(2.0, palette.leaf) } else { palette.border() };
    ui.painter().add(palette.shade.as_shape(press.rect, CornerRadius::same(space::ROUND)));
    press.ground(ui, palette, palette.card, edge, space::ROUND);
    let inside = press.rect.shrink(26.0);
    let circle = pos2(inside.left() + 32.0, inside.top() + 32.0);
    ui.painter().circle_filled(circle, 32.0, palette.leaf_soft);
    words.icon.paint(ui.painter(), circle, 34.0, palette.leaf);
    let title = parts::one_line(ui, &TextStyle::Heading, palette.ink, &words.title, inside.width());
    let title_at = pos2(inside.left(), inside.top() + 80.0);
    let more_at = pos2(inside.left(), title_at.y + title.size().y + space::S);
    ui.painter().galley(title_at, title, palette.ink);
    let font = TextStyle::Body.resolve(ui.style());
    let more = ui.painter().layout(words.more.clone(), font, palette.ink_soft, inside.width());
    ui.painter().galley(more_at, more, palette.ink_soft);
    let act = parts::one_line(ui, &theme::strong(), palette.leaf, &words.act, inside.width() - 30.0);
    let act_at = pos2(inside.left(), inside.bottom() - act.size().y);
    let arrow = pos2(act_at.x + act.size().x + 14.0, act_at.y + act.size().y / 2.0);
    ui.painter().galley(act_at, act, palette.leaf);
    icon::CHEVRON.paint(ui.painter(), arrow, 24.0, palette.leaf);
    if press.response.clicked() {
        scene.ask(Command::Enter(Some(words.door)));
    }
}

fn promises(ui: &mut Ui, scene: &Scene<'_>) {
    let palette = scene.palette;
    let lines = [
        say!(scene.words, "door-promise-account"),
        say!(scene.words, "door-promise-offline"),
        say!(scene.words, "door-promise-yours"),
    ];
    let galleys = lines.map(|line| parts::one_line(ui, &TextStyle::Small, palette.ink_soft, &line, 300.0));
    let gap = if ui.available_width() < 700.0 { space::L } else { space::XXL };
    let width: f32 = galleys.iter().map(|galley| galley.size().x + 26.0).sum::<f32>() + 2.0 * gap;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), egui::Sense::hover());
    let mut left = rect.center().x - width / 2.0;
    for galley in galleys {
        icon::CHECK.paint(ui.painter(), pos2(left + 10.0, rect.center().y), 20.0, palette.leaf);
        let at = pos2(left + 26.0, rect.center().y - galley.size().y / 2.0);
        left += galley.size().x + 26.0 + gap;
        ui.painter().galley(at, galley, palette.ink_soft);
    }
}

fn join(ui: &mut Ui, scene: &mut Scene<'_>) {
    parts::text(ui, TextStyle::Heading, scene.palette.ink, say!(scene.words, "door-join"));
    ui.add_space(space::L);
    let name = say!(scene.words, "join-invite");
    let hint = say!(scene.words, "join-invite-hint");
    parts::field(ui, scene, &Field::Invite, Shape::Lines(4), &name, &hint);
    let read = linli_node::Invite::parse(scene.window.draft(&Field::Invite));
    if let Ok(invite) = &read {
        let (from, community) = (invite.from.as_str(), invite.name.as_str());
        let words = match &invite.unit {
            Some(unit) => {
                say!(scene.words, "join-from-unit", from = from, name = community, unit = unit.as_str())
            }
            None => say!(scene.words, "join-from", from = from, name = community),
        };
        parts::text(ui, theme::strong(), scene.palette.leaf, words);
        ui.add_space(space::M);
    } else if !scene.window.draft(&Field::Invite).trim().is_empty() {
        parts::text(ui, TextStyle::Body, scene.palette.seal, say!(scene.words, "join-unreadable"));
        ui.add_space(space::M);
    }
    let name = say!(scene.words, "join-name");
    let hint = say!(scene.words, "join-name-hint");
    parts::field(ui, scene, &Field::NewcomerName, Shape::Line, &name, &hint);
    let act = say!(scene.words, "join-act");
    sheets::send(ui, scene, icon::KNOCK, &act, read.is_ok(), Wish::Join);
}

fn found(ui: &mut Ui, scene: &mut Scene<'_>) {
    parts::text(ui, TextStyle::Heading, scene.palette.ink, say!(scene.words, "door-found"));
    parts::text(ui, TextStyle::Body, scene.palette.ink_soft, say!(scene.words, "found-explain"));
    ui.add_space(space::L);
    let fields = [
        (Field::CommunityName, say!(scene.words, "found-name"), say!(scene.words, "found-name-hint")),
        (Field::FounderUnit, say!(scene.words, "found-unit"), say!(scene.words, "found-unit-hint")),
        (Field::FounderName, say!(scene.words, "found-label"), say!(scene.words, "found-label-hint")),
    ];
    for (field, name, hint) in &fields {
        parts::field(ui, scene, field, Shape::Line, name, hint);
    }
    let filled = |field: &Field| !scene.window.draft(field).trim().is_empty();
    let ready = filled(&Field::CommunityName) && filled(&Field::FounderUnit);
    let act = say!(scene.words, "found-act");
    sheets::send(ui, scene, icon::ADD_HOME, &act, ready, Wish::Found);
}
