//! What can be pressed: space, a spoken name, a hand cursor, and a ring when the keyboard is on it.

use egui::accesskit::Role;
use egui::{
    Color32, CornerRadius, CursorIcon, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
};

use crate::theme::Palette;

/// A pressable ground that still wants its contents painted.
pub struct Press {
    /// Where to paint.
    pub rect: Rect,
    /// Whether it was pressed, hovered, focused.
    pub response: Response,
}

/// Takes `size` and speaks `name`. `selected` is told to screen readers where one of many is chosen.
pub fn press(ui: &mut Ui, size: Vec2, name: &str, selected: Option<bool>) -> Press {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| match selected {
        Some(selected) => WidgetInfo::selected(Role::Button, enabled, selected, name),
        None => WidgetInfo::labeled(Role::Button, enabled, name),
    });
    Press { rect, response: response.on_hover_cursor(CursorIcon::PointingHand) }
}

impl Press {
    /// Whether the pointer or the keyboard is on it.
    pub fn lifted(&self) -> bool {
        self.response.hovered() || self.response.has_focus()
    }

    /// Paints ground, edge and, outside both, the focus ring.
    pub fn ground(&self, ui: &Ui, palette: &Palette, fill: Color32, edge: Stroke, round: u8) {
        let corners = CornerRadius::same(round);
        ui.painter().rect(self.rect, corners, fill, edge, StrokeKind::Inside);
        if self.response.has_focus() {
            let ring = CornerRadius::same(round.saturating_add(3));
            let around = self.rect.expand(3.0);
            ui.painter().rect_stroke(around, ring, palette.focus(), StrokeKind::Inside);
        }
    }
}
