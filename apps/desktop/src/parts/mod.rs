//! The pieces every screen is built of: text, cards, chips, verbs, avatars.
//!
//! A piece knows the palette and nothing of the neighbourhood. Whatever can be pressed comes from
//! [`press`], which gives it a spoken name, a visible focus and a size an unsteady hand can hit.

mod field;
mod page;
mod picture;
mod press;
mod verb;

pub use field::{Shape, choice, field, field_from};
pub use page::{facts, heading, scrolled};
pub use picture::{picture, pictures};
pub use press::{Press, press};
pub use verb::{Weight, verb};

use std::sync::Arc;

use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align, Align2, Color32, CornerRadius, Frame, Galley, Layout, Margin, Rect, RichText, Sense, TextStyle,
    Ui, Vec2, pos2, vec2,
};

use crate::icon::Icon;
use crate::theme::{self, Palette, space};

/// A line or paragraph of text.
pub fn text(ui: &mut Ui, style: TextStyle, colour: Color32, words: impl Into<String>) {
    ui.label(RichText::new(words).text_style(style).color(colour));
}

/// A row of `height` across the whole width, its pieces centred on one line.
pub fn row(ui: &mut Ui, height: f32, contents: impl FnOnce(&mut Ui)) {
    let size = vec2(ui.available_width(), height);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_height(height);
        contents(ui);
    });
}

/// Text on one line, ending in an ellipsis where `width` ends.
pub fn one_line(ui: &Ui, style: &TextStyle, colour: Color32, words: &str, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(words.to_owned(), style.resolve(ui.style()), colour);
    job.wrap = TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}

/// The ground of a card.
pub fn card(palette: &Palette) -> Frame {
    Frame::new()
        .fill(palette.card)
        .stroke(palette.border())
        .corner_radius(CornerRadius::same(space::ROUND))
        .shadow(palette.shade)
        .inner_margin(Margin::symmetric(22, 18))
}

/// A small rounded label: whom a notice is for, what is urgent.
pub fn chip(ui: &mut Ui, words: &str, ink: Color32, ground: Color32) {
    let galley = one_line(ui, &TextStyle::Small, ink, words, 260.0);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(20.0, 6.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, words));
    ui.painter().rect_filled(rect, rect.height() / 2.0, ground);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, ink);
}

/// A count in a filled pill, right-aligned and centred at `right`.
pub fn count(ui: &Ui, right: egui::Pos2, number: usize, ink: Color32, ground: Color32) {
    let words = if number > 99 { "99+".to_owned() } else { number.to_string() };
    let galley = one_line(ui, &TextStyle::Small, ink, &words, 60.0);
    let size = vec2((galley.size().x + 14.0).max(24.0), 24.0);
    let rect = Rect::from_min_size(pos2(right.x - size.x, right.y - size.y / 2.0), size);
    ui.painter().rect_filled(rect, 12.0, ground);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, ink);
}

/// A person's first character in a circle.
pub fn avatar(ui: &mut Ui, palette: &Palette, name: &str, size: f32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    paint_avatar(ui, palette, name, rect);
}

/// The same, where a rectangle is already taken.
pub fn paint_avatar(ui: &Ui, palette: &Palette, name: &str, rect: Rect) {
    let grounds = [
        (palette.leaf_soft, palette.leaf_ink),
        (palette.lamp_soft, palette.lamp),
        (palette.seal_soft, palette.seal),
    ];
    let sum: u32 = name.chars().map(u32::from).sum();
    let (ground, ink) = grounds[sum as usize % grounds.len()];
    ui.painter().circle_filled(rect.center(), rect.width() / 2.0, ground);
    let first: String = initial(name).into();
    let mut font = theme::strong().resolve(ui.style());
    font.size = rect.width() * 0.44;
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, first, font, ink);
}

/// The first character that is no part of a unit's number.
fn initial(name: &str) -> char {
    let counted = |c: &char| c.is_ascii_digit() || c.is_whitespace() || c.is_ascii_punctuation();
    name.chars().find(|c| !counted(c)).or_else(|| name.chars().next()).unwrap_or(' ')
}

/// A text's paragraphs without the empty lines between them, for where there is room for its beginning only.
#[must_use]
pub fn gist(text: &str) -> String {
    prose(text).collect::<Vec<_>>().join("\n")
}

/// A text's paragraphs. Lines that only say where a picture stood are left out: pictures have a place of their own.
pub fn prose(text: &str) -> impl Iterator<Item = &str> {
    let is_picture = |line: &str| line.starts_with("![") && line.ends_with(')');
    text.lines().map(str::trim).filter(move |line| !line.is_empty() && !is_picture(line))
}

/// A name with facts under it, as one block beside an avatar.
pub fn name_and_facts(ui: &mut Ui, palette: &Palette, name: &str, facts: &[String]) {
    let facts: Vec<&str> = facts.iter().map(String::as_str).filter(|fact| !fact.is_empty()).collect();
    let facts = facts.join(" \u{b7} ");
    let width = ui.available_width();
    let name_line = one_line(ui, &theme::strong(), palette.ink, name, width);
    let facts_line = one_line(ui, &TextStyle::Small, palette.ink_soft, &facts, width);
    let high = name_line.size().y + facts_line.size().y + 2.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, high), Sense::hover());
    let spoken = format!("{name}, {facts}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, &spoken));
    let below = pos2(rect.left(), rect.bottom() - facts_line.size().y);
    ui.painter().galley(rect.left_top(), name_line, palette.ink);
    ui.painter().galley(below, facts_line, palette.ink_soft);
}

/// An icon in a soft circle.
pub fn medallion(ui: &mut Ui, icon: Icon, size: f32, ink: Color32, ground: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    ui.painter().circle_filled(rect.center(), size / 2.0, ground);
    icon.paint_filled(ui.painter(), rect.center(), size * 0.52, ink);
}

/// A thin bar: `part` of the whole, 0 to 1. Decoration; the count beside it is what is spoken.
pub fn paint_share(ui: &Ui, palette: &Palette, part: f32, rect: Rect) {
    ui.painter().rect_filled(rect, 4.0, palette.track);
    let filled = rect.with_max_x(rect.left() + rect.width() * part.clamp(0.0, 1.0));
    ui.painter().rect_filled(filled, 4.0, palette.leaf);
}

/// A kind sentence where a list has nothing to show.
pub fn nothing_here(ui: &mut Ui, palette: &Palette, icon: Icon, title: &str, more: &str) {
    ui.vertical_centered(|ui| {
        medallion(ui, icon, 88.0, palette.leaf, palette.leaf_soft);
        ui.add_space(space::M);
        text(ui, theme::title(), palette.ink, title);
        ui.set_max_width(ui.available_width().min(460.0));
        text(ui, TextStyle::Body, palette.ink_soft, more);
    });
}

#[cfg(test)]
mod tests {
    use super::{gist, initial};

    #[test]
    fn a_household_is_known_by_its_name_and_not_by_its_door() {
        assert_eq!(initial("1-302 Shen"), 'S');
        assert_eq!(initial("1-302"), '1');
    }

    #[test]
    fn the_beginning_of_a_text_shows_no_empty_lines_and_no_places_of_pictures() {
        assert_eq!(gist("One.\n\n![tree](pictures/tree.jpg)\n\nTwo."), "One.\nTwo.");
    }
}
