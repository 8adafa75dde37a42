//! What can be filled in: text fields with a name above, and chips of which one or several are chosen.
//!
//! What is typed goes out as a command with every keystroke and comes back as a draft, so that a crash loses none of it.

use egui::{
    CornerRadius, CursorIcon, Frame, Id, Margin, Response, Sense, TextEdit, TextStyle, Ui, WidgetInfo, vec2,
};

use crate::command::{Command, Field};
use crate::desk::Scene;
use crate::theme::{self, space};

/// How much room a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One line.
    Line,
    /// So many lines, growing with the text.
    Lines(usize),
}

/// A text field under its name, empty when nothing was typed yet.
pub fn field(
    ui: &mut Ui,
    scene: &mut Scene<'_>,
    field: &Field,
    shape: Shape,
    name: &str,
    hint: &str,
) -> Response {
    field_from(ui, scene, (field, ""), shape, name, hint)
}

/// A text field that begins with older words.
pub fn field_from(
    ui: &mut Ui,
    scene: &mut Scene<'_>,
    (field, begin): (&Field, &str),
    shape: Shape,
    name: &str,
    hint: &str,
) -> Response {
    super::text(ui, theme::strong(), scene.palette.ink, name);
    let mut text = scene.window.drafts.get(field).map_or(begin, String::as_str).to_owned();
    let id = Id::unique(("field", field));
    let focused = ui.memory(|memory| memory.has_focus(id));
    let edge = if focused { scene.palette.focus() } else { scene.palette.border() };
    let frame = Frame::new()
        .fill(scene.palette.card)
        .stroke(edge)
        .corner_radius(CornerRadius::same(space::ROUND_SMALL))
        .inner_margin(Margin::symmetric(14, 11));
    let edit = match shape {
        Shape::Line => TextEdit::singleline(&mut text),
        Shape::Lines(rows) => TextEdit::multiline(&mut text).desired_rows(rows),
    };
    let response = frame
        .show(ui, |ui| {
            ui.add(
                edit.id(id)
                    .desired_width(f32::INFINITY)
                    .frame(Frame::NONE)
                    .margin(Margin::ZERO)
                    .hint_text(hint),
            )
        })
        .inner;
    ui.ctx().accesskit_node_builder(id, |node| node.set_label(name));
    if response.changed() {
        scene.ask(Command::Keep(field.clone(), text));
    }
    ui.add_space(space::M);
    response
}

/// A chip that is chosen or not.
pub fn choice(ui: &mut Ui, scene: &Scene<'_>, words: &str, chosen: bool) -> bool {
    let palette = scene.palette;
    let style = if chosen { theme::strong() } else { TextStyle::Body };
    let ink = if chosen { palette.leaf_ink } else { palette.ink };
    let galley = super::one_line(ui, &style, ink, words, 300.0);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(32.0, 18.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::accesskit::Role::RadioButton, true, chosen, words));
    let press = super::Press { rect, response: response.on_hover_cursor(CursorIcon::PointingHand) };
    let fill = if chosen || press.lifted() { palette.leaf_soft } else { palette.card };
    let edge = if chosen { egui::Stroke::new(palette.edge.max(1.5), palette.leaf) } else { palette.border() };
    press.ground(ui, palette, fill, edge, 20);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, ink);
    press.response.clicked()
}
