//! The only place where sizes and type are chosen, and where egui is dressed in a [`Palette`].
//!
//! Body text is 18 points, because most readers of a notice are past sixty; everything scales from
//! 100 to 200 %. Read [`apply`] first.

use egui::style::{Selection, WidgetVisuals, Widgets};
use egui::{Color32, Context, CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Theme, Vec2};

use crate::fonts;
pub use crate::palette::{Look, Palette};

/// Gaps between things, in points.
pub mod space {
    /// Between an icon and its word.
    pub const XS: f32 = 4.0;
    /// Between lines of one thing.
    pub const S: f32 = 8.0;
    /// Inside a small card.
    pub const M: f32 = 12.0;
    /// Between cards.
    pub const L: f32 = 16.0;
    /// Around a page.
    pub const XL: f32 = 28.0;
    /// Between the parts of a page.
    pub const XXL: f32 = 44.0;
    /// Least height of what a finger or an unsteady hand must hit.
    pub const TOUCH: f32 = 44.0;
    /// Corner radius of cards.
    pub const ROUND: u8 = 14;
    /// Corner radius of buttons and fields.
    pub const ROUND_SMALL: u8 = 10;
}

/// Sizes of type, in points at 100 %.
pub mod size {
    /// Elder mode and the first screen.
    pub const DISPLAY: f32 = 38.0;
    /// A page's heading.
    pub const HEADING: f32 = 28.0;
    /// A card's title.
    pub const TITLE: f32 = 20.0;
    /// Everything that is read.
    pub const BODY: f32 = 18.0;
    /// Names, times, counts.
    pub const SMALL: f32 = 15.5;
}

/// The style of a card's title.
pub fn title() -> TextStyle {
    TextStyle::Name("title".into())
}

/// The style of emphasised body text.
pub fn strong() -> TextStyle {
    TextStyle::Name("strong".into())
}

/// The style of the largest words.
pub fn display() -> TextStyle {
    TextStyle::Name("display".into())
}

/// Dresses `ctx` in a look. `percent` scales everything, 100 to 200.
pub fn apply(ctx: &Context, look: Look, percent: u16) {
    let palette = Palette::of(look);
    let theme = if look == Look::Dark { Theme::Dark } else { Theme::Light };
    ctx.set_theme(theme);
    ctx.set_zoom_factor(f32::from(percent.clamp(100, 200)) / 100.0);
    let mut style = (*ctx.style_of(theme)).clone();
    style.text_styles = [
        (TextStyle::Small, FontId::new(size::SMALL, FontFamily::Proportional)),
        (TextStyle::Body, FontId::new(size::BODY, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(size::BODY, FontFamily::Proportional)),
        (TextStyle::Monospace, FontId::new(size::BODY, FontFamily::Monospace)),
        (TextStyle::Heading, FontId::new(size::HEADING, fonts::strong())),
        (title(), FontId::new(size::TITLE, fonts::strong())),
        (strong(), FontId::new(size::BODY, fonts::strong())),
        (display(), FontId::new(size::DISPLAY, fonts::strong())),
    ]
    .into();
    style.spacing.item_spacing = Vec2::new(space::S, space::S);
    style.spacing.button_padding = Vec2::new(18.0, 9.0);
    style.spacing.interact_size = Vec2::new(space::TOUCH, 26.0);
    style.spacing.window_margin = Margin::same(16);
    style.spacing.scroll = egui::style::ScrollStyle {
        bar_width: 9.0,
        foreground_color: false,
        dormant_handle_opacity: 0.5,
        ..egui::style::ScrollStyle::floating()
    };
    style.visuals = visuals(&palette, style.visuals);
    ctx.set_style_of(theme, style);
}

fn visuals(palette: &Palette, mut visuals: egui::Visuals) -> egui::Visuals {
    let state = |fill: Color32, ink: Color32, border: Stroke| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: border,
        corner_radius: CornerRadius::same(space::ROUND_SMALL),
        fg_stroke: Stroke::new(1.5, ink),
        expansion: 0.0,
    };
    visuals.widgets = Widgets {
        noninteractive: state(palette.card, palette.ink, palette.border()),
        inactive: state(palette.card, palette.ink, palette.border()),
        hovered: state(palette.leaf_soft, palette.leaf_ink, Stroke::new(palette.edge, palette.leaf)),
        active: state(palette.leaf_soft, palette.leaf_ink, palette.focus()),
        open: state(palette.leaf_soft, palette.leaf_ink, palette.border()),
    };
    visuals.selection = Selection { bg_fill: palette.leaf_soft, stroke: Stroke::new(2.0, palette.leaf) };
    visuals.panel_fill = palette.paper;
    visuals.window_fill = palette.card;
    visuals.extreme_bg_color = palette.card;
    visuals.text_edit_bg_color = Some(palette.card);
    visuals.faint_bg_color = palette.frame;
    visuals.weak_text_color = Some(palette.ink_soft);
    visuals.hyperlink_color = palette.leaf;
    visuals.warn_fg_color = palette.lamp;
    visuals.error_fg_color = palette.seal;
    visuals.window_shadow = palette.shade;
    visuals.popup_shadow = palette.shade;
    visuals.window_stroke = palette.border();
    visuals.text_cursor.stroke = Stroke::new(2.0, palette.leaf);
    visuals.interact_cursor = Some(egui::CursorIcon::PointingHand);
    visuals
}

/// What is set once, before the first frame: the keyboard's enlarging belongs to the desk, which also remembers it.
pub fn begin(ctx: &Context) {
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
}
