//! A QR code in half blocks, for a phone held to the terminal.

use clap::builder::styling::{AnsiColor, Style};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// Black on white whatever the terminal's own colours are: many phones read nothing else.
const INK: Style =
    AnsiColor::Black.on_default().bg_color(Some(clap::builder::styling::Color::Ansi(AnsiColor::BrightWhite)));

/// The code of `text`, with its quiet zone; `None` when it is too long for any code.
pub(crate) fn code(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let drawn = code.render::<Dense1x2>().quiet_zone(true).build();
    Some(drawn.lines().map(|line| format!("{INK}{line}{INK:#}\n")).collect())
}

/// Columns the code takes.
pub(crate) fn width(code: &str) -> usize {
    let plain = anstream::adapter::strip_str(code).to_string();
    plain.lines().map(|line| line.chars().count()).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invite_of_the_greatest_length_fits_a_code() {
        let text = format!("LINLI1{}", "A".repeat(1_994));
        let drawn = code(&text).unwrap();
        let rows: Vec<&str> = drawn.lines().collect();
        assert!(rows.len() < 80, "{} rows", rows.len());
        assert!((2 * rows.len() - 2..=2 * rows.len()).contains(&width(&drawn)), "{}", width(&drawn));
        assert!(code(&"A".repeat(5_000)).is_none());
    }
}
