//! One thread: bubbles, the "new since" line, and the composer.
//!
//! The draft goes out as a command with every keystroke, so that a crash loses none of it.

use egui::{
    Align, CornerRadius, Event, Frame, Id, Key, KeyboardShortcut, Label, Layout, Margin, Modifiers, Panel,
    ScrollArea, Stroke, TextEdit, TextStyle, Ui, vec2,
};

use crate::command::{Command, Field, Wish};
use crate::desk::Scene;
use crate::icon;
use crate::parts::{self, Weight};
use crate::say;
use crate::screen::talk::bubble_corners;
use crate::theme::{self, space};
use crate::view::{Message, Thread};

/// A bubble takes at most this part of the width.
const WIDEST: f32 = 0.68;
const AVATAR: f32 = 40.0;
/// For so long after a composition an Enter still belongs to it.
const COMPOSED_SECS: f64 = 0.3;

/// Paints the open thread.
pub(super) fn paint(ui: &mut Ui, scene: &mut Scene<'_>, thread: &Thread) {
    heading(ui, scene, thread);
    let frame = Frame::new().inner_margin(Margin { left: 0, right: 0, top: 8, bottom: 16 });
    Panel::bottom("composer").resizable(false).show_separator_line(false).frame(frame).show(ui, |ui| {
        composer(ui, scene, thread);
    });
    // A thread opened for the first time is new from its first message: no line is needed.
    let seen = scene.window.new_since.as_ref();
    let new_from = seen.map(|seen| thread.first_unseen(Some(seen)));
    ScrollArea::vertical().id_salt(("messages", thread.id)).auto_shrink(false).stick_to_bottom(true).show(
        ui,
        |ui| {
            ui.add_space(space::S);
            for (index, message) in thread.messages.iter().enumerate() {
                if new_from == Some(index) && !message.from.ours {
                    new_since(ui, scene);
                }
                bubble(ui, scene, message);
                ui.add_space(space::M);
            }
        },
    );
}

fn heading(ui: &mut Ui, scene: &Scene<'_>, thread: &Thread) {
    let voices = say!(scene.words, "talk-voices", count = thread.voices);
    parts::row(ui, 34.0, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            parts::text(ui, TextStyle::Small, scene.palette.ink_soft, voices);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let room = ui.available_width();
                let title = parts::one_line(ui, &theme::title(), scene.palette.ink, &thread.title, room);
                ui.label(title);
            });
        });
    });
    let line = ui.available_rect_before_wrap();
    ui.painter().hline(line.x_range(), line.top(), scene.palette.border());
    ui.add_space(space::XS);
}

fn new_since(ui: &mut Ui, scene: &Scene<'_>) {
    let words = say!(scene.words, "talk-new-since");
    let galley = parts::one_line(ui, &TextStyle::Small, scene.palette.seal, &words, 400.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 34.0), egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, &words));
    let half = galley.size().x / 2.0 + space::M;
    let stroke = Stroke::new(1.0, scene.palette.seal.gamma_multiply(0.45));
    let middle = rect.center();
    ui.painter().hline(rect.left()..=middle.x - half, middle.y, stroke);
    ui.painter().hline(middle.x + half..=rect.right(), middle.y, stroke);
    ui.painter().galley(middle - galley.size() / 2.0, galley, scene.palette.seal);
}

fn bubble(ui: &mut Ui, scene: &mut Scene<'_>, message: &Message) {
    let ours = message.from.ours;
    let side = if ours { Layout::right_to_left(Align::Min) } else { Layout::left_to_right(Align::Min) };
    ui.with_layout(side, |ui| {
        ui.add_space(if ours { space::M } else { 0.0 });
        let widest = (ui.available_width() - AVATAR) * WIDEST;
        if !ours {
            parts::avatar(ui, scene.palette, &message.from.name, AVATAR);
        }
        ui.with_layout(Layout::top_down(if ours { Align::Max } else { Align::Min }), |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            byline(ui, scene, message);
            words_in_bubble(ui, scene, message, widest);
            for picture in &message.pictures {
                parts::picture(ui, scene, picture, vec2(widest, 300.0));
            }
        });
    });
}

/// Who and when; for our own, where it is held by now.
fn byline(ui: &mut Ui, scene: &Scene<'_>, message: &Message) {
    let when = scene.words.when(&message.when);
    let beside =
        if message.from.ours { super::held(scene, message.held) } else { super::who(scene, &message.from) };
    let line = if message.from.ours { [when, beside] } else { [beside, when] };
    parts::facts(ui, scene, &line);
}

fn words_in_bubble(ui: &mut Ui, scene: &Scene<'_>, message: &Message, widest: f32) {
    let (palette, ours) = (scene.palette, message.from.ours);
    let (text, ink) = if message.gone {
        (say!(scene.words, "talk-gone"), palette.ink_soft)
    } else {
        (message.text.clone(), palette.ink)
    };
    if text.is_empty() {
        return;
    }
    let font = TextStyle::Body.resolve(ui.style());
    let galley = ui.painter().layout(text, font, ink, widest);
    let (fill, edge) =
        if ours { (palette.leaf_soft, Stroke::NONE) } else { (palette.card, palette.border()) };
    let frame = Frame::new()
        .fill(fill)
        .stroke(edge)
        .corner_radius(bubble_corners(ours))
        .inner_margin(Margin::symmetric(16, 11));
    frame.show(ui, |ui| {
        ui.set_max_width(widest);
        if let Some((name, begin)) = &message.answers {
            let words = format!("{name}: {begin}");
            let quoted = parts::one_line(ui, &TextStyle::Small, palette.ink_soft, &words, widest);
            ui.label(quoted);
        }
        ui.add(Label::new(galley).halign(Align::Min));
    });
}

fn composer(ui: &mut Ui, scene: &mut Scene<'_>, thread: &Thread) {
    let palette = scene.palette;
    let wish = Wish::Say(thread.id);
    let frame = Frame::new()
        .fill(palette.card)
        .stroke(palette.border())
        .corner_radius(CornerRadius::same(space::ROUND))
        .inner_margin(Margin::same(8));
    frame.show(ui, |ui| {
        let send = say!(scene.words, "talk-send");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let written = !scene.window.draft(&Field::Message(Some(thread.id))).trim().is_empty();
            let ready = written && !scene.window.underway.contains_key(&wish);
            let pressed = ui.add_enabled_ui(ready, |ui| {
                parts::verb(ui, palette, Weight::Main, Some(icon::SEND), &send, &send).clicked()
            });
            let entered = field(ui, scene, thread);
            if ready && (pressed.inner || entered) {
                scene.wish(wish);
            }
        });
    });
}

/// The text field; true when Enter asks to send. Shift+Enter breaks the line.
fn field(ui: &mut Ui, scene: &mut Scene<'_>, thread: &Thread) -> bool {
    let draft = Field::Message(Some(thread.id));
    let mut text = scene.window.draft(&draft).to_owned();
    let id = Id::unique(("composer", thread.id));
    let response = ui.add(
        TextEdit::multiline(&mut text)
            .id(id)
            .desired_rows(1)
            .desired_width(f32::INFINITY)
            .frame(Frame::NONE)
            .margin(Margin::symmetric(10, 9))
            .return_key(KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter))
            .hint_text(say!(scene.words, "talk-hint")),
    );
    let name = say!(scene.words, "talk-composer-name", thread = thread.title.as_str());
    ui.ctx().accesskit_node_builder(id, |node| node.set_label(name));
    if response.changed() {
        scene.ask(Command::Keep(draft, text));
    }
    response.has_focus() && enter_sends(ui)
}

/// Whether Enter was meant for us: the one that ends a composition of Chinese characters is the input method's, and may
/// reach us a frame after the characters.
fn enter_sends(ui: &Ui) -> bool {
    let id = Id::unique("composed-at");
    let (now, composing) =
        ui.input(|input| (input.time, input.events.iter().any(|event| matches!(event, Event::Ime(_)))));
    if composing {
        ui.data_mut(|data| data.insert_temp(id, now));
    }
    let composed_at = ui.data(|data| data.get_temp::<f64>(id));
    let settled = composed_at.is_none_or(|at| now - at > COMPOSED_SECS);
    settled && ui.input(|input| input.key_pressed(Key::Enter) && input.modifiers.is_none())
}
