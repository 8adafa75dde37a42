//! Memory: the estate's stories, each with its first picture and its first lines.

use egui::{Rect, ScrollArea, Stroke, TextStyle, Ui, UiBuilder, pos2, vec2};

use crate::command::{Command, Page};
use crate::desk::Scene;
use crate::icon;
use crate::parts;
use crate::say;
use crate::theme::{self, space};
use crate::view::Story;

const HIGH: f32 = 176.0;
const PICTURE: f32 = 220.0;
/// Below this width a story's picture is left to its page.
const WITH_PICTURE: f32 = 560.0;

/// Paints the page.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>) {
    let heading = say!(scene.words, "place-memory");
    let act = say!(scene.words, "story-new");
    parts::heading(ui, scene, &heading, Some((icon::EDIT, &act)));
    let stories = &scene.view.stories;
    if stories.is_empty() {
        ui.add_space(ui.available_height() * 0.15);
        let title = say!(scene.words, "empty-memory-title");
        let more = say!(scene.words, "empty-memory-more");
        return parts::nothing_here(ui, scene.palette, icon::MEMORY, &title, &more);
    }
    ScrollArea::vertical().auto_shrink(false).content_margin(super::SCROLLED).show(ui, |ui| {
        for story in stories {
            card(ui, scene, story);
            ui.add_space(space::S);
        }
        ui.add_space(space::XL);
    });
}

fn card(ui: &mut Ui, scene: &mut Scene<'_>, story: &Story) {
    let palette = scene.palette;
    let press = parts::press(ui, vec2(ui.available_width(), HIGH), &story.title, None);
    let edge = if press.lifted() { Stroke::new(2.0, palette.leaf) } else { palette.border() };
    press.ground(ui, palette, palette.card, edge, space::ROUND);
    let inside = press.rect.shrink2(vec2(22.0, 18.0));
    let picture = story.pictures.first().filter(|_| inside.width() > WITH_PICTURE);
    let right = if picture.is_some() { inside.right() - PICTURE - space::L } else { inside.right() };
    words(ui, scene, story, Rect::from_min_max(inside.min, pos2(right, inside.bottom())));
    if let Some(picture) = picture {
        let at = Rect::from_min_max(pos2(right + space::L, inside.top()), inside.max);
        // A child of its own: it must not move what comes below the card.
        let mut inside = ui.new_child(UiBuilder::new().max_rect(at));
        inside.shrink_clip_rect(at);
        inside.centered_and_justified(|ui| parts::picture(ui, scene, picture, at.size()));
    }
    if press.response.clicked() {
        scene.ask(Command::Open(Page::Story(story.id)));
    }
}

fn words(ui: &Ui, scene: &Scene<'_>, story: &Story, room: Rect) {
    let palette = scene.palette;
    let title = parts::one_line(ui, &theme::title(), palette.ink, &story.title, room.width());
    let names = scene.words.list(&story.writers);
    let mut facts = vec![names, scene.words.when(&story.when)];
    if story.pictures.len() > 1 {
        facts.push(say!(scene.words, "story-pictures", count = story.pictures.len()));
    }
    let facts = facts.join(" \u{b7} ");
    let facts = parts::one_line(ui, &TextStyle::Small, palette.ink_soft, &facts, room.width());
    let font = TextStyle::Body.resolve(ui.style());
    let mut job = egui::text::LayoutJob::simple(parts::gist(&story.text), font, palette.ink, room.width());
    job.wrap.max_rows = 3;
    let text = ui.painter().layout_job(job);
    let text_at = pos2(room.left(), room.top() + title.size().y + space::S);
    let facts_at = pos2(room.left(), room.bottom() - facts.size().y);
    ui.painter().galley(room.left_top(), title, palette.ink);
    ui.painter().galley(text_at, text, palette.ink);
    ui.painter().galley(facts_at, facts, palette.ink_soft);
}
