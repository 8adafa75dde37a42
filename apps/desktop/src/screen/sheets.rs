//! What is written on a page of its own: a notice, a thread, a request, a story.

use egui::{TextStyle, Ui};
use linli_community::content::request::CATEGORIES;
use linli_record::RecordId;

use crate::command::{Choice, Command, Field, Page, Reaches, Sheet, Wish};
use crate::desk::Scene;
use crate::icon::{self, Icon};
use crate::parts::{self, Shape, Weight};
use crate::say;
use crate::theme::{self, space};
use crate::view::Place;

/// Days a notice may be in force.
const DAYS: [Option<u32>; 4] = [Some(3), Some(7), Some(30), None];

fn title(ui: &mut Ui, scene: &Scene<'_>, words: String) {
    parts::text(ui, TextStyle::Heading, scene.palette.ink, words);
    ui.add_space(space::L);
}

/// The verb that sends a sheet, once it is ready; it says so while it is on its way.
pub(super) fn send(ui: &mut Ui, scene: &mut Scene<'_>, icon: Icon, act: &str, ready: bool, wish: Wish) {
    let underway = scene.window.underway.contains_key(&wish);
    let words = if underway { say!(scene.words, "underway") } else { act.to_owned() };
    ui.add_space(space::S);
    let pressed = ui.add_enabled_ui(ready && !underway, |ui| {
        parts::verb(ui, scene.palette, Weight::Main, Some(icon), &words, act).clicked()
    });
    if pressed.inner {
        scene.wish(wish);
    }
    ui.add_space(space::XS);
    parts::text(ui, TextStyle::Small, scene.palette.ink_soft, say!(scene.words, "draft-kept"));
}

fn written(scene: &Scene<'_>, field: &Field, begin: &str) -> bool {
    let text = scene.window.drafts.get(field).map_or(begin, String::as_str);
    !text.trim().is_empty()
}

/// A notice, or a new version of one.
pub(super) fn notice(ui: &mut Ui, scene: &mut Scene<'_>, revised: Option<RecordId>) -> bool {
    let old = revised.and_then(|id| scene.view.notices.iter().find(|notice| notice.id == id));
    let (old_title, old_text) = old.map_or(("", ""), |old| (old.title.as_str(), old.text.as_str()));
    parts::scrolled(ui, scene, |ui, scene| {
        let heading = match revised {
            Some(_) => say!(scene.words, "notice-revise"),
            None => say!(scene.words, "notice-post"),
        };
        title(ui, scene, heading);
        let line = Field::NoticeTitle(revised);
        let name = say!(scene.words, "field-title");
        let hint = say!(scene.words, "notice-title-hint");
        parts::field_from(ui, scene, (&line, old_title), Shape::Line, &name, &hint);
        let text = Field::NoticeText(revised);
        let name = say!(scene.words, "field-text");
        parts::field_from(ui, scene, (&text, old_text), Shape::Lines(6), &name, "");
        reaches(ui, scene);
        days(ui, scene);
        must_read(ui, scene);
        let act = say!(scene.words, "notice-post-act");
        let ready = written(scene, &line, old_title) && written(scene, &text, old_text);
        send(ui, scene, icon::CAMPAIGN, &act, ready, Wish::PostNotice(revised));
    });
    true
}

fn reaches(ui: &mut Ui, scene: &mut Scene<'_>) {
    let estate = &scene.view.estate;
    if estate.buildings.is_empty() {
        return;
    }
    let words = scene.words;
    parts::text(ui, theme::strong(), scene.palette.ink, say!(words, "notice-for"));
    let revised = matches!(scene.window.page, Page::Sheet(Sheet::Notice(Some(_))));
    let ways = [
        (Reaches::AsBefore, say!(words, "notice-for-same")),
        (Reaches::Estate, say!(words, "scope-estate")),
        (Reaches::Buildings, say!(words, "notice-for-buildings")),
        (Reaches::Stairs, say!(words, "notice-for-stairs")),
    ];
    ui.horizontal_wrapped(|ui| {
        for (way, words) in ways.into_iter().skip(usize::from(!revised)) {
            if parts::choice(ui, scene, &words, scene.window.forms.reaches == way) {
                scene.ask(Command::Choose(Choice::Reaches(way)));
            }
        }
    });
    let places: Vec<Place> = match scene.window.forms.reaches {
        Reaches::Estate | Reaches::AsBefore => Vec::new(),
        Reaches::Buildings => estate.buildings.iter().cloned().map(Place::Building).collect(),
        Reaches::Stairs => estate
            .stairs
            .iter()
            .map(|(building, stair)| Place::Stair(building.clone(), stair.clone()))
            .collect(),
    };
    ui.horizontal_wrapped(|ui| {
        for place in places {
            let words = scene.words.place(&place);
            if parts::choice(ui, scene, &words, scene.window.forms.places.contains(&place)) {
                scene.ask(Command::Choose(Choice::Place(place)));
            }
        }
    });
    ui.add_space(space::M);
}

fn days(ui: &mut Ui, scene: &mut Scene<'_>) {
    parts::text(ui, theme::strong(), scene.palette.ink, say!(scene.words, "notice-days"));
    ui.horizontal_wrapped(|ui| {
        for days in DAYS {
            let words = match days {
                Some(count) => say!(scene.words, "notice-days-count", count = count),
                None => say!(scene.words, "notice-days-ever"),
            };
            if parts::choice(ui, scene, &words, scene.window.forms.days == days) {
                scene.ask(Command::Choose(Choice::Days(days)));
            }
        }
    });
    ui.add_space(space::M);
}

fn must_read(ui: &mut Ui, scene: &mut Scene<'_>) {
    parts::text(ui, theme::strong(), scene.palette.ink, say!(scene.words, "notice-must-heading"));
    ui.horizontal_wrapped(|ui| {
        for (must_read, words) in
            [(false, say!(scene.words, "notice-must-no")), (true, say!(scene.words, "notice-must-yes"))]
        {
            if parts::choice(ui, scene, &words, scene.window.forms.must_read == must_read) {
                scene.ask(Command::Choose(Choice::MustRead(must_read)));
            }
        }
    });
    ui.add_space(space::M);
}

/// A thread and its first words.
pub(super) fn thread(ui: &mut Ui, scene: &mut Scene<'_>) -> bool {
    parts::scrolled(ui, scene, |ui, scene| {
        title(ui, scene, say!(scene.words, "talk-new"));
        let name = say!(scene.words, "talk-about");
        let hint = say!(scene.words, "talk-about-hint");
        parts::field(ui, scene, &Field::ThreadTitle, Shape::Line, &name, &hint);
        let name = say!(scene.words, "talk-first");
        parts::field(ui, scene, &Field::Message(None), Shape::Lines(4), &name, "");
        let act = say!(scene.words, "talk-new-act");
        let ready = written(scene, &Field::ThreadTitle, "");
        send(ui, scene, icon::TALK, &act, ready, Wish::OpenThread);
    });
    true
}

/// A request.
pub(super) fn request(ui: &mut Ui, scene: &mut Scene<'_>) -> bool {
    parts::scrolled(ui, scene, |ui, scene| {
        title(ui, scene, say!(scene.words, "request-new"));
        let name = say!(scene.words, "request-title");
        let hint = say!(scene.words, "request-title-hint");
        parts::field(ui, scene, &Field::RequestTitle, Shape::Line, &name, &hint);
        categories(ui, scene);
        let name = say!(scene.words, "request-place");
        let hint = say!(scene.words, "request-place-hint");
        parts::field(ui, scene, &Field::RequestPlace, Shape::Line, &name, &hint);
        let name = say!(scene.words, "request-text");
        parts::field(ui, scene, &Field::RequestText, Shape::Lines(4), &name, "");
        let name = say!(scene.words, "picture-add");
        let hint = say!(scene.words, "picture-add-hint");
        parts::field(ui, scene, &Field::PicturePath(None), Shape::Line, &name, &hint);
        let act = say!(scene.words, "request-act");
        let ready = written(scene, &Field::RequestTitle, "");
        send(ui, scene, icon::BUILD, &act, ready, Wish::OpenRequest);
    });
    true
}

fn categories(ui: &mut Ui, scene: &mut Scene<'_>) {
    parts::text(ui, theme::strong(), scene.palette.ink, say!(scene.words, "request-category"));
    ui.horizontal_wrapped(|ui| {
        for category in CATEGORIES {
            let words = scene.words.word("category", category);
            if parts::choice(ui, scene, &words, scene.window.forms.category == category) {
                scene.ask(Command::Choose(Choice::Category(category)));
            }
        }
    });
    ui.add_space(space::M);
}

/// A story, or a change of one.
pub(super) fn story(ui: &mut Ui, scene: &mut Scene<'_>, changed: Option<RecordId>) -> bool {
    let old = changed.and_then(|id| scene.view.stories.iter().find(|story| story.id == id));
    let (old_title, old_text) = old.map_or(("", ""), |old| (old.title.as_str(), old.text.as_str()));
    parts::scrolled(ui, scene, |ui, scene| {
        let heading = match changed {
            Some(_) => say!(scene.words, "story-edit"),
            None => say!(scene.words, "story-new"),
        };
        title(ui, scene, heading);
        let line = Field::StoryTitle(changed);
        let name = say!(scene.words, "field-title");
        let hint = say!(scene.words, "story-title-hint");
        parts::field_from(ui, scene, (&line, old_title), Shape::Line, &name, &hint);
        let text = Field::StoryText(changed);
        let name = say!(scene.words, "story-text");
        let hint = say!(scene.words, "story-text-hint");
        parts::field_from(ui, scene, (&text, old_text), Shape::Lines(12), &name, &hint);
        let act = say!(scene.words, "story-act");
        let ready = written(scene, &line, old_title) && written(scene, &text, old_text);
        send(ui, scene, icon::MEMORY, &act, ready, Wish::WriteStory(changed));
    });
    true
}
