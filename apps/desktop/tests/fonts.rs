//! The bundled faces keep their promise, in each order in which fonts can be asked.

use egui::{Context, FontId, RawInput};
use linli_desktop::fonts::{self, Source};

/// Every character the bundled text fonts promise: the 8,105 of the General Standard List and more.
static PROMISED: &str = include_str!("../assets/font/charset.txt");

/// Lays out one frame with `source` and returns the promised characters nothing can draw.
fn undrawn(source: Source, font: &FontId) -> String {
    let ctx = Context::default();
    fonts::install(&ctx, source);
    let mut missing = String::new();
    let mut output = ctx.run_ui(RawInput::default(), |ui| {
        let signs = PROMISED.chars().filter(|sign| !sign.is_control());
        missing = ui.fonts_mut(|fonts| signs.filter(|&sign| !fonts.has_glyph(font, sign)).collect());
    });
    // egui panics when textures nobody painted are dropped unseen.
    output.textures_delta.clear();
    missing
}

#[test]
fn every_promised_character_is_drawn_in_both_weights() {
    assert!(PROMISED.chars().count() > 8_105);
    for font in [FontId::proportional(18.0), FontId::new(18.0, fonts::strong())] {
        assert_eq!(undrawn(Source::Bundled, &font), "");
        assert_eq!(undrawn(Source::BundledThenSystem, &font), "");
    }
}

#[test]
fn no_character_is_lost_when_the_system_is_asked_first() {
    assert_eq!(undrawn(Source::SystemThenBundled, &FontId::proportional(18.0)), "");
}
