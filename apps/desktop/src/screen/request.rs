//! One request: what is wrong, its life, and what this household may do now.

use egui::{Sense, Stroke, TextStyle, Ui, pos2, vec2};

use super::matters;
use crate::command::{Field, Wish};
use crate::desk::Scene;
use crate::icon::{self, Icon};
use crate::parts::{self, Shape, Weight};
use crate::say;
use crate::theme::{self, space};
use crate::view::{Act, Ask, Step, StepDone};

/// Paints the page.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>, request: &Ask) -> bool {
    parts::scrolled(ui, scene, |ui, scene| {
        let badge = matters::stand(scene, request.stand);
        let when = scene.words.when(&request.when);
        matters::badge(ui, scene, &badge, &when);
        parts::text(ui, TextStyle::Heading, scene.palette.ink, &request.title);
        let facts = [
            scene.words.word("category", &request.category),
            request.place.clone(),
            super::who(scene, &request.opener),
            super::held(scene, request.held),
        ];
        parts::facts(ui, scene, &facts);
        ui.add_space(space::S);
        parts::text(ui, TextStyle::Body, scene.palette.ink, &request.text);
        ui.add_space(space::M);
        parts::pictures(ui, scene, &request.pictures, 420.0);
        life(ui, scene, request);
        ui.add_space(space::L);
        acts(ui, scene, request);
    });
    true
}

/// Its life, oldest first, on one line from top to bottom.
fn life(ui: &mut Ui, scene: &Scene<'_>, request: &Ask) {
    parts::text(ui, theme::title(), scene.palette.ink, say!(scene.words, "request-life"));
    ui.add_space(space::XS);
    let opened = say!(scene.words, "step-reported");
    let who = super::who(scene, &request.opener);
    let when = scene.words.when(&request.when);
    stop(ui, scene, icon::NOTICE, (&opened, &who, &when), "");
    for step in &request.steps {
        let (icon, words) = step_in_words(scene, step);
        let (who, when) = (super::who(scene, &step.who), scene.words.when(&step.when));
        stop(ui, scene, icon, (&words, &who, &when), &step.text);
    }
}

fn step_in_words(scene: &Scene<'_>, step: &StepDone) -> (Icon, String) {
    let words = scene.words;
    match step.step {
        Step::Taken => (icon::PERSON, say!(words, "step-taken")),
        Step::Done => (icon::CHECK, say!(words, "step-done")),
        Step::Good => (icon::DONE_ALL, say!(words, "step-good")),
        Step::Bad => (icon::WARNING, say!(words, "step-bad")),
        Step::Reopened => (icon::UNDO, say!(words, "step-reopened")),
        Step::Comment => (icon::TALK, say!(words, "step-comment")),
        Step::GivenBack => (icon::UNDO, say!(words, "step-given-back")),
        Step::Unknown => (icon::UNKNOWN, say!(words, "step-unknown")),
    }
}

fn stop(ui: &mut Ui, scene: &Scene<'_>, icon: Icon, (what, who, when): (&str, &str, &str), text: &str) {
    let palette = scene.palette;
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(36.0, 36.0), Sense::hover());
        ui.painter().circle_filled(rect.center(), 18.0, palette.leaf_soft);
        icon.paint(ui.painter(), rect.center(), 20.0, palette.leaf);
        let response = ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            parts::text(ui, theme::strong(), palette.ink, what);
            parts::facts(ui, scene, &[who.to_owned(), when.to_owned()]);
            if !text.is_empty() {
                parts::text(ui, TextStyle::Body, palette.ink, text);
            }
            ui.add_space(space::M);
        });
        let (top, bottom) = (rect.bottom() + 3.0, response.response.rect.bottom() + 5.0);
        if bottom > top {
            let line = [pos2(rect.center().x, top), pos2(rect.center().x, bottom)];
            ui.painter().line_segment(line, Stroke::new(2.0, palette.line));
        }
    });
}

/// What may be done now, with words beside it if one likes.
fn acts(ui: &mut Ui, scene: &mut Scene<'_>, request: &Ask) {
    let field = Field::Remark(request.id);
    let name = say!(scene.words, "request-remark");
    let hint = say!(scene.words, "request-remark-hint");
    parts::field(ui, scene, &field, Shape::Lines(2), &name, &hint);
    let written = !scene.window.draft(&field).trim().is_empty();
    ui.horizontal_wrapped(|ui| {
        for (index, act) in request.acts.iter().enumerate() {
            let weight = if index == 0 && *act != Act::Comment { Weight::Main } else { Weight::Other };
            let (icon, words) = act_in_words(scene, *act);
            let wish = Wish::Step(request.id, *act);
            let ready = (*act != Act::Comment || written) && !scene.window.underway.contains_key(&wish);
            let pressed = ui.add_enabled_ui(ready, |ui| {
                parts::verb(ui, scene.palette, weight, Some(icon), &words, &words).clicked()
            });
            if pressed.inner {
                scene.wish(wish);
            }
        }
    });
}

fn act_in_words(scene: &Scene<'_>, act: Act) -> (Icon, String) {
    let words = scene.words;
    match act {
        Act::Take => (icon::PERSON, say!(words, "act-take")),
        Act::Finish => (icon::CHECK, say!(words, "act-finish")),
        Act::GiveBack => (icon::UNDO, say!(words, "act-give-back")),
        Act::Approve => (icon::DONE_ALL, say!(words, "act-approve")),
        Act::Reject => (icon::WARNING, say!(words, "act-reject")),
        Act::Reopen => (icon::UNDO, say!(words, "act-reopen")),
        Act::Comment => (icon::TALK, say!(words, "act-comment")),
    }
}
