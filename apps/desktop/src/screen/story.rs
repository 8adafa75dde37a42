//! One story: its text, its pictures, the words beside it, and what a reader may add.

use std::path::PathBuf;

use egui::{TextStyle, Ui};

use crate::command::{Choice, Command, Field, Page, Sheet, Wish};
use crate::desk::Scene;
use crate::icon;
use crate::parts::{self, Shape, Weight};
use crate::say;
use crate::theme::{self, space};
use crate::view::{Addition, Story};

/// Kinds of a word beside a story, as the node names them.
const KINDS: [&str; 3] = ["remark", "correction", "reply"];

/// Paints the page.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>, story: &Story) -> bool {
    parts::scrolled(ui, scene, |ui, scene| {
        let palette = scene.palette;
        parts::text(ui, theme::display(), palette.ink, &story.title);
        if !story.other_titles.is_empty() {
            let titles = scene.words.list(&story.other_titles);
            parts::text(
                ui,
                TextStyle::Small,
                palette.lamp,
                say!(scene.words, "story-other-titles", titles = titles),
            );
        }
        let names = scene.words.list(&story.writers);
        let facts = [names, scene.words.when(&story.when), super::held(scene, story.held)];
        parts::facts(ui, scene, &facts);
        ui.add_space(space::L);
        let (first, others) = story.pictures.split_at(story.pictures.len().min(1));
        parts::pictures(ui, scene, first, 380.0);
        for paragraph in parts::prose(&story.text) {
            parts::text(ui, TextStyle::Body, palette.ink, paragraph);
            ui.add_space(space::M);
        }
        parts::pictures(ui, scene, others, 460.0);
        if story.ours_to_edit {
            let edit = say!(scene.words, "story-edit");
            if parts::verb(ui, palette, Weight::Other, Some(icon::EDIT), &edit, &edit).clicked() {
                scene.ask(Command::Open(Page::Sheet(Sheet::Story(Some(story.id)))));
            }
        }
        notes(ui, scene, &story.notes);
        add_word(ui, scene, story);
        if story.ours_to_edit {
            add_picture(ui, scene, story);
        }
    });
    true
}

fn notes(ui: &mut Ui, scene: &Scene<'_>, notes: &[Addition]) {
    if notes.is_empty() {
        return;
    }
    ui.add_space(space::XL);
    parts::text(ui, theme::title(), scene.palette.ink, say!(scene.words, "story-notes"));
    for note in notes {
        ui.add_space(space::S);
        let facts =
            [scene.words.word("note", note.kind), super::who(scene, &note.who), scene.words.when(&note.when)];
        parts::facts(ui, scene, &facts);
        parts::text(ui, TextStyle::Body, scene.palette.ink, &note.text);
    }
}

fn add_word(ui: &mut Ui, scene: &mut Scene<'_>, story: &Story) {
    ui.add_space(space::XL);
    let field = Field::Addition(story.id);
    let name = say!(scene.words, "story-add-word");
    let hint = say!(scene.words, "story-add-word-hint");
    parts::field(ui, scene, &field, Shape::Lines(2), &name, &hint);
    let written = !scene.window.draft(&field).trim().is_empty();
    ui.horizontal_wrapped(|ui| {
        for kind in KINDS {
            let words = scene.words.word("note", kind);
            if parts::choice(ui, scene, &words, scene.window.forms.addition == kind) {
                scene.ask(Command::Choose(Choice::Addition(kind)));
            }
        }
        let act = say!(scene.words, "story-add-word-act");
        let pressed = ui.add_enabled_ui(written, |ui| {
            parts::verb(ui, scene.palette, Weight::Other, Some(icon::ADD), &act, &act).clicked()
        });
        if pressed.inner {
            scene.wish(Wish::AddWord(story.id));
        }
    });
}

fn add_picture(ui: &mut Ui, scene: &mut Scene<'_>, story: &Story) {
    ui.add_space(space::XL);
    let path = Field::PicturePath(Some(story.id));
    let name = say!(scene.words, "picture-add");
    let hint = say!(scene.words, "picture-add-hint");
    parts::field(ui, scene, &path, Shape::Line, &name, &hint);
    let chosen = scene.window.draft(&path).trim().to_owned();
    if chosen.is_empty() {
        return;
    }
    let caption = say!(scene.words, "picture-caption");
    parts::field(ui, scene, &Field::Caption(story.id), Shape::Line, &caption, "");
    let act = say!(scene.words, "picture-add-act");
    if parts::verb(ui, scene.palette, Weight::Main, Some(icon::IMAGE), &act, &act).clicked() {
        scene.wish(Wish::AddPicture(story.id, PathBuf::from(chosen)));
    }
}
