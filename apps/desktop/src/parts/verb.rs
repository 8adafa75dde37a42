//! Buttons. Each says a verb; one per card weighs more than the others.

use egui::{Color32, Response, Stroke, TextStyle, Ui, pos2, vec2};

use super::press::press;
use crate::icon::Icon;
use crate::theme::{self, Palette, space};

/// How much a button weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The one thing to do here: filled.
    Main,
    /// Another thing one may do: outlined.
    Other,
    /// An aside: words only.
    Aside,
}

/// A button showing `words`; `name` is what a screen reader says (and may say more).
pub fn verb(
    ui: &mut Ui,
    palette: &Palette,
    weight: Weight,
    icon: Option<Icon>,
    words: &str,
    name: &str,
) -> Response {
    let style = if weight == Weight::Main { theme::strong() } else { TextStyle::Body };
    let ink = match weight {
        Weight::Main => palette.on_leaf,
        Weight::Other => palette.leaf,
        Weight::Aside => palette.ink_soft,
    };
    let galley = super::one_line(ui, &style, ink, words, 320.0);
    let icon_width = if icon.is_some() { 22.0 + space::S } else { 0.0 };
    let padding = if weight == Weight::Aside { 12.0 } else { 20.0 };
    let width = galley.size().x + icon_width + 2.0 * padding;
    let press = press(ui, vec2(width, space::TOUCH), name, None);
    let (fill, edge) = ground(palette, weight, press.lifted());
    press.ground(ui, palette, fill, edge, space::ROUND_SMALL);
    let left = press.rect.left() + padding;
    let middle = press.rect.center().y;
    if let Some(icon) = icon {
        icon.paint(ui.painter(), pos2(left + 11.0, middle), 22.0, ink);
    }
    let at = pos2(left + icon_width, middle - galley.size().y / 2.0);
    ui.painter().galley(at, galley, ink);
    press.response
}

fn ground(palette: &Palette, weight: Weight, lifted: bool) -> (Color32, Stroke) {
    match (weight, lifted) {
        (Weight::Main, false) => (palette.leaf, Stroke::NONE),
        (Weight::Main, true) => (palette.leaf.lerp_to_gamma(palette.ink, 0.15), Stroke::NONE),
        (Weight::Other, false) => (palette.card, Stroke::new(palette.edge, palette.leaf)),
        (Weight::Other, true) => (palette.leaf_soft, Stroke::new(palette.edge, palette.leaf)),
        (Weight::Aside, false) => (Color32::TRANSPARENT, Stroke::NONE),
        (Weight::Aside, true) => (palette.leaf_soft, Stroke::NONE),
    }
}
