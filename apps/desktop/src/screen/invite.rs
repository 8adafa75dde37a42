//! An invite: for whom, then the code to scan and the text to send.

use egui::{Rect, Sense, TextStyle, Ui, Vec2, pos2, vec2};

use super::sheets;
use crate::command::{Choice, Command, Field, Wish};
use crate::desk::Scene;
use crate::icon;
use crate::parts::{self, Shape, Weight};
use crate::say;
use crate::theme::{self, space};
use crate::window::Invited;

/// Roles a window invites; the others have programs of their own.
const ROLES: [&str; 8] = ["owner", "family", "tenant", "clerk", "firm", "grid", "department", "device"];
/// Roles that live in a unit.
const WITH_UNIT: [&str; 3] = ["owner", "family", "tenant"];
/// Free units offered at once.
const OFFERED: usize = 18;
/// The code's side, in points: large enough for a phone across a table.
const CODE: f32 = 320.0;
/// Modules of light around a code, as its standard asks.
const QUIET: usize = 4;

/// Paints the page.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>) -> bool {
    parts::scrolled(ui, scene, |ui, scene| {
        parts::text(ui, TextStyle::Heading, scene.palette.ink, say!(scene.words, "invite-new"));
        ui.add_space(space::L);
        match scene.window.invite.clone() {
            Some(invited) => show(ui, scene, &invited),
            None => choose(ui, scene),
        }
    });
    true
}

fn choose(ui: &mut Ui, scene: &mut Scene<'_>) {
    parts::text(ui, theme::strong(), scene.palette.ink, say!(scene.words, "invite-role"));
    ui.horizontal_wrapped(|ui| {
        for role in ROLES {
            let words = scene.words.word("invite-as", role);
            if parts::choice(ui, scene, &words, scene.window.forms.role == role) {
                scene.ask(Command::Choose(Choice::Role(role)));
            }
        }
    });
    ui.add_space(space::M);
    let with_unit = WITH_UNIT.contains(&scene.window.forms.role);
    if with_unit {
        unit(ui, scene);
    }
    let ready = !with_unit || !scene.window.draft(&Field::InviteUnit).trim().is_empty();
    let act = say!(scene.words, "invite-act");
    sheets::send(ui, scene, icon::QR, &act, ready, Wish::Invite);
    ui.add_space(space::S);
    parts::text(ui, TextStyle::Body, scene.palette.ink_soft, say!(scene.words, "invite-explain"));
}

/// A unit is typed, or picked from those where nobody joined yet.
fn unit(ui: &mut Ui, scene: &mut Scene<'_>) {
    let name = say!(scene.words, "invite-unit");
    let hint = say!(scene.words, "invite-unit-hint");
    parts::field(ui, scene, &Field::InviteUnit, Shape::Line, &name, &hint);
    let typed = scene.window.draft(&Field::InviteUnit).trim().to_owned();
    let free = scene.view.estate.free_units.iter();
    let fitting: Vec<&String> = free.filter(|unit| unit.starts_with(&typed)).take(OFFERED).collect();
    ui.horizontal_wrapped(|ui| {
        for unit in fitting {
            if parts::choice(ui, scene, unit, *unit == typed) {
                scene.ask(Command::Keep(Field::InviteUnit, unit.clone()));
            }
        }
    });
}

fn show(ui: &mut Ui, scene: &mut Scene<'_>, invited: &Invited) {
    let explain = say!(scene.words, "invite-made", unit = invited.unit.as_str());
    parts::text(ui, TextStyle::Body, scene.palette.ink, explain);
    ui.add_space(space::M);
    if let Some(code) = &invited.code {
        paint_code(ui, scene, code);
        ui.add_space(space::M);
    }
    ui.horizontal_wrapped(|ui| {
        let copy = say!(scene.words, "invite-copy");
        if parts::verb(ui, scene.palette, Weight::Main, Some(icon::COPY), &copy, &copy).clicked() {
            scene.ask(Command::Copy(invited.text.clone()));
        }
    });
    ui.add_space(space::S);
    parts::text(ui, TextStyle::Small, scene.palette.ink_soft, &invited.text);
    ui.add_space(space::M);
    parts::text(ui, TextStyle::Body, scene.palette.ink_soft, say!(scene.words, "invite-then"));
}

/// A code is dark on light whatever the window wears: not every phone reads it the other way round.
fn paint_code(ui: &mut Ui, scene: &Scene<'_>, code: &[Vec<bool>]) {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(CODE), Sense::hover());
    let name = say!(scene.words, "invite-code");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Image, true, &name));
    let (dark, light) = (scene.palette.code_dark, scene.palette.code_light);
    ui.painter().rect_filled(rect, f32::from(space::ROUND_SMALL), light);
    let module = CODE / (code.len() + 2 * QUIET) as f32;
    for (row, modules) in code.iter().enumerate() {
        for (column, _) in modules.iter().enumerate().filter(|(_, dark)| **dark) {
            let at = vec2((column + QUIET) as f32, (row + QUIET) as f32) * module;
            let corner = pos2(rect.left() + at.x, rect.top() + at.y);
            // A hair more than a module: no light seams between neighbours.
            let square = Rect::from_min_size(corner, Vec2::splat(module + 0.3));
            ui.painter().rect_filled(square, 0.0, dark);
        }
    }
}
