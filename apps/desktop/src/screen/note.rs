//! The word on what happened last: kept, or why not, and what to do.

use egui::{
    Align, Align2, Area, Color32, CornerRadius, Frame, Id, Layout, Margin, Order, TextStyle, Ui, vec2,
};

use crate::command::Command;
use crate::desk::Scene;
use crate::icon::{self, Icon};
use crate::parts::{self, Weight};
use crate::say;
use crate::theme::space;
use crate::view::Trouble;
use crate::window::{Done, Note};
use crate::words::Words;

/// The widest it gets, in points.
const WIDEST: f32 = 560.0;
/// Where it hangs, from the middle of the upper edge: between a page's way back and its verb.
const PLACE: egui::Vec2 = vec2(100.0, 14.0);
/// A word that all went well goes by itself after this.
const SHOWN_SECS: f64 = 6.0;

/// Paints it, if there is one.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>) {
    let Some(note) = scene.window.note.clone() else { return };
    let palette = scene.palette;
    let (ink, ground, sign, lines) = match &note {
        Note::Done(done) => {
            (palette.leaf_ink, palette.leaf_soft, icon::CHECK_CIRCLE, vec![done_words(scene, *done)])
        }
        Note::Trouble(trouble) => {
            (palette.seal, palette.seal_soft, icon::WARNING, trouble_words(scene.words, trouble))
        }
    };
    let frame = Frame::new()
        .fill(ground)
        .stroke(palette.border())
        .shadow(palette.shade)
        .corner_radius(CornerRadius::same(space::ROUND_SMALL))
        .inner_margin(Margin::symmetric(16, 8));
    // Above the page and not in it: nothing may move under a hand that is about to press.
    let width = (ui.ctx().content_rect().width() - 2.0 * space::XL).min(WIDEST);
    let area = Area::new(Id::unique("note")).order(Order::Foreground).anchor(Align2::CENTER_TOP, PLACE);
    area.show(ui.ctx(), |ui| {
        frame.show(ui, |ui| {
            ui.set_width(width);
            contents(ui, scene, sign, ink, &lines);
        });
    });
    if matches!(note, Note::Done(_)) {
        pass_by(ui, scene);
    }
}

fn contents(ui: &mut Ui, scene: &mut Scene<'_>, sign: Icon, ink: Color32, lines: &[String]) {
    parts::row(ui, space::TOUCH, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let close = say!(scene.words, "close");
            if parts::verb(ui, scene.palette, Weight::Aside, None, &close, &close).clicked() {
                scene.ask(Command::Dismiss);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(26.0, 26.0), egui::Sense::hover());
                sign.paint_filled(ui.painter(), rect.center(), 24.0, ink);
                parts::text(ui, TextStyle::Body, ink, lines.join("\n"));
            });
        });
    });
}

/// Asks for one frame when its time is over, and for none before.
fn pass_by(ui: &Ui, scene: &mut Scene<'_>) {
    let id = egui::Id::unique("note-since");
    let now = ui.input(|input| input.time);
    let since = ui.data_mut(|data| *data.get_temp_mut_or(id, now));
    let left = since + SHOWN_SECS - now;
    if left <= 0.0 {
        ui.data_mut(|data| data.remove::<f64>(id));
        scene.ask(Command::Dismiss);
    } else {
        ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(left));
    }
}

fn done_words(scene: &Scene<'_>, done: Done) -> String {
    let neighbours = scene.view.status.neighbours;
    match done {
        Done::Saved if neighbours == 0 => say!(scene.words, "done-saved-alone"),
        Done::Saved => say!(scene.words, "done-saved", count = neighbours),
        Done::NeedsAnother => say!(scene.words, "done-needs-another"),
        Done::Copied => say!(scene.words, "done-copied"),
    }
}

/// What went wrong, and what to do, in the reader's language; the node's own words where there are no better ones.
pub(super) fn trouble_words(words: &Words, trouble: &Trouble) -> Vec<String> {
    let mut lines = match words.known("fault", &trouble.code) {
        Some(known) => vec![known],
        None => vec![words.word("kind", &trouble.kind), trouble.message.clone()],
    };
    lines.extend(words.known("hint", &trouble.code));
    lines
}
