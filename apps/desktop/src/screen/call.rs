//! One roll-call: the question, this household's answer, the count, the doors still to knock on.

use egui::{Rect, Sense, TextStyle, Ui, pos2, vec2};

use super::{matters, notice};
use crate::command::{Field, Wish};
use crate::desk::Scene;
use crate::icon;
use crate::parts::{self, Shape, Weight};
use crate::say;
use crate::theme::{self, space};
use crate::view::{Call, CallAnswer};

/// Paints the page.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>, call: &Call) -> bool {
    parts::scrolled(ui, scene, |ui, scene| {
        let palette = scene.palette;
        let places: Vec<String> = call.scope.iter().map(|place| scene.words.place(place)).collect();
        let badge = (scene.words.list(&places), palette.leaf_ink, palette.leaf_soft);
        let when = scene.words.when(&call.when);
        matters::badge(ui, scene, &badge, &when);
        parts::text(ui, TextStyle::Heading, palette.ink, &call.question);
        parts::facts(ui, scene, &[super::who(scene, &call.opener)]);
        ui.add_space(space::S);
        if !call.text.is_empty() {
            parts::text(ui, TextStyle::Body, palette.ink, &call.text);
            ui.add_space(space::M);
        }
        answer(ui, scene, call);
        ui.add_space(space::L);
        count(ui, scene, call);
        notice::missing(ui, scene, &call.missing);
    });
    true
}

fn answer(ui: &mut Ui, scene: &mut Scene<'_>, call: &Call) {
    if let Some(ours) = &call.ours {
        let ours = given(scene, ours);
        parts::text(ui, theme::strong(), scene.palette.leaf, say!(scene.words, "call-ours", answer = ours));
    }
    if call.closed {
        parts::text(ui, TextStyle::Body, scene.palette.ink_soft, say!(scene.words, "call-closed"));
        return;
    }
    match &call.answer {
        CallAnswer::Here => buttons(ui, scene, call, &["here".to_owned()]),
        CallAnswer::YesNo => buttons(ui, scene, call, &["yes".to_owned(), "no".to_owned()]),
        CallAnswer::Choice(options) => buttons(ui, scene, call, options),
        CallAnswer::Number | CallAnswer::Text => written(ui, scene, call),
    }
}

fn buttons(ui: &mut Ui, scene: &mut Scene<'_>, call: &Call, options: &[String]) {
    ui.add_space(space::S);
    ui.horizontal_wrapped(|ui| {
        for option in options {
            let words = given(scene, option);
            let name = format!("{words}: {}", call.question);
            let chosen = call.ours.as_ref() == Some(option);
            let weight = if chosen { Weight::Main } else { Weight::Other };
            let icon = chosen.then_some(icon::CHECK);
            if parts::verb(ui, scene.palette, weight, icon, &words, &name).clicked() && !chosen {
                scene.wish(Wish::Answer(call.id, option.clone()));
            }
        }
    });
}

fn written(ui: &mut Ui, scene: &mut Scene<'_>, call: &Call) {
    ui.add_space(space::S);
    let field = Field::Reply(call.id);
    let name = say!(scene.words, "call-reply");
    let hint = match call.answer {
        CallAnswer::Number => say!(scene.words, "call-reply-number"),
        _ => String::new(),
    };
    parts::field(ui, scene, &field, Shape::Line, &name, &hint);
    let text = scene.window.draft(&field).trim().to_owned();
    let act = say!(scene.words, "call-answer");
    let pressed = ui.add_enabled_ui(!text.is_empty(), |ui| {
        parts::verb(ui, scene.palette, Weight::Main, Some(icon::CHECK), &act, &act).clicked()
    });
    if pressed.inner {
        scene.wish(Wish::Answer(call.id, text));
    }
}

/// An answer as people read it: the three the program knows by code, the others as written.
fn given(scene: &Scene<'_>, answer: &str) -> String {
    scene.words.known("answer", answer).unwrap_or_else(|| answer.to_owned())
}

/// How many units answered.
pub(super) fn answered_words(scene: &Scene<'_>, call: &Call) -> String {
    if call.asked == 0 {
        say!(scene.words, "call-answered-by", count = call.answered)
    } else {
        say!(scene.words, "call-answered-of", count = call.answered, total = call.asked)
    }
}

fn count(ui: &mut Ui, scene: &Scene<'_>, call: &Call) {
    let palette = scene.palette;
    parts::text(ui, theme::title(), palette.ink, answered_words(scene, call));
    if call.asked > 0 {
        bar(ui, scene, call.answered as f32 / call.asked as f32);
    }
    ui.add_space(space::S);
    for (answer, times) in &call.counts {
        let times = *times;
        parts::row(ui, 30.0, |ui| {
            parts::text(ui, TextStyle::Body, palette.ink, given(scene, answer));
            parts::text(ui, theme::strong(), palette.leaf, say!(scene.words, "call-times", count = times));
        });
    }
}

fn bar(ui: &mut Ui, scene: &Scene<'_>, part: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 14.0), Sense::hover());
    let at = Rect::from_min_max(pos2(rect.left(), rect.top() + 3.0), pos2(rect.right(), rect.bottom() - 1.0));
    parts::paint_share(ui, scene.palette, part, at);
}
