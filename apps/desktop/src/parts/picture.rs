//! A picture with its caption; a word in its place while it is not there.

use egui::{CornerRadius, Image, Sense, StrokeKind, TextStyle, Ui, Vec2, vec2};

use crate::command::Command;
use crate::courier::Unseen;
use crate::desk::Scene;
use crate::gallery::Hanging;
use crate::icon;
use crate::say;
use crate::theme::space;
use crate::view::Picture;

const EMPTY: f32 = 120.0;

/// Pictures under each other, each as wide as the column and no higher than `tallest`.
pub fn pictures(ui: &mut Ui, scene: &mut Scene<'_>, pictures: &[Picture], tallest: f32) {
    for each in pictures {
        let widest = ui.available_width();
        picture(ui, scene, each, vec2(widest, tallest));
        if !each.caption.is_empty() {
            super::text(ui, TextStyle::Small, scene.palette.ink_soft, &each.caption);
        }
        ui.add_space(space::M);
    }
}

/// One picture within `room`.
pub fn picture(ui: &mut Ui, scene: &mut Scene<'_>, picture: &Picture, room: Vec2) {
    let spoken = if picture.caption.is_empty() {
        say!(scene.words, "picture")
    } else {
        say!(scene.words, "picture-of", caption = picture.caption.as_str())
    };
    match scene.gallery.picture(&picture.blob) {
        Some(Hanging::Here(texture)) => {
            let image = Image::new((texture.id(), texture.size_vec2()))
                .max_size(room)
                .maintain_aspect_ratio(true)
                .shrink_to_fit()
                .corner_radius(CornerRadius::same(space::ROUND_SMALL))
                .alt_text(spoken);
            ui.add(image);
        }
        Some(Hanging::Unseen(Unseen::NoPicture)) => {
            frame(ui, scene, room, &say!(scene.words, "picture-unreadable"));
        }
        Some(Hanging::Unseen(Unseen::NotHeld)) => {
            frame(ui, scene, room, &say!(scene.words, "picture-not-here"));
        }
        Some(Hanging::Awaited) => frame(ui, scene, room, &say!(scene.words, "picture-coming")),
        None => {
            scene.ask(Command::Fetch(picture.blob));
            frame(ui, scene, room, &say!(scene.words, "picture-coming"));
        }
    }
}

fn frame(ui: &mut Ui, scene: &Scene<'_>, room: Vec2, words: &str) {
    let palette = scene.palette;
    let (rect, response) = ui.allocate_exact_size(vec2(room.x, room.y.min(EMPTY)), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, words));
    let corners = CornerRadius::same(space::ROUND_SMALL);
    ui.painter().rect(rect, corners, palette.frame, palette.border(), StrokeKind::Inside);
    let galley = super::one_line(ui, &TextStyle::Small, palette.ink_soft, words, room.x - 60.0);
    let left = rect.center().x - galley.size().x / 2.0;
    icon::IMAGE.paint(ui.painter(), egui::pos2(left - 16.0, rect.center().y), 22.0, palette.ink_soft);
    ui.painter().galley(egui::pos2(left, rect.center().y - galley.size().y / 2.0), galley, palette.ink_soft);
}
