//! A character as the bundled font draws it, and where on a screen it fits.

use egui::{Context, FontId, RawInput};
use linli_desktop::{fonts, theme};

use crate::screen::Picture;

/// Columns and rows of the screen that are searched: the middle, where the first screen has its title.
const MIDDLE: (std::ops::Range<usize>, std::ops::Range<usize>) = (420..820, 120..460);

/// A character's coverage, row by row, at the size of the first screen's title.
pub(crate) struct Stencil {
    width: usize,
    height: usize,
    ink: Vec<f32>,
}

impl Stencil {
    /// Draws it without a window.
    pub(crate) fn of(character: char) -> Self {
        let context = Context::default();
        fonts::install(&context, fonts::Source::Bundled);
        let mut stencil = None;
        for _ in 0..2 {
            let mut output = context.run_ui(RawInput::default(), |ui| {
                let font = FontId::new(theme::size::DISPLAY, fonts::strong());
                let galley = ui.painter().layout_no_wrap(character.to_string(), font, egui::Color32::WHITE);
                let glyph = galley.rows[0].row.glyphs[0].uv_rect;
                let atlas = ui.fonts(|fonts| fonts.image());
                let (left, top) = (usize::from(glyph.min[0]), usize::from(glyph.min[1]));
                let (right, bottom) = (usize::from(glyph.max[0]), usize::from(glyph.max[1]));
                let at = |x: usize, y: usize| f32::from(atlas[(x, y)].a()) / 255.0;
                let ink = (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y)));
                let ink = ink.map(|(x, y)| at(x, y)).collect();
                stencil = Some(Self { width: right - left, height: bottom - top, ink });
            });
            output.textures_delta.clear();
        }
        stencil.unwrap()
    }

    /// The correlation of the best place on the screen: 1 is the same but for brightness.
    pub(crate) fn best_fit(&self, picture: &Picture) -> f32 {
        let mean = self.ink.iter().sum::<f32>() / self.ink.len() as f32;
        let ink: Vec<f32> = self.ink.iter().map(|ink| ink - mean).collect();
        let size = ink.iter().map(|ink| ink * ink).sum::<f32>().sqrt();
        let places = MIDDLE.1.flat_map(|y| MIDDLE.0.map(move |x| (x, y)));
        let places =
            places.filter(|(x, y)| x + self.width < picture.width && y + self.height < picture.height);
        places.map(|(x, y)| self.fit(picture, (&ink, size), x, y)).fold(0.0, f32::max)
    }

    fn fit(&self, picture: &Picture, (ink, size): (&[f32], f32), left: usize, top: usize) -> f32 {
        let bright = |x: usize, y: usize| picture.bright[(top + y) * picture.width + left + x];
        // An even place fits nothing, and most places are even: a few points tell.
        let first = bright(0, 0);
        let points = (1..=4).flat_map(|y| (1..=4).map(move |x| (x, y)));
        if points.map(|(x, y)| bright(self.width * x / 5, self.height * y / 5)).all(|point| point == first) {
            return 0.0;
        }
        let (mut sum, mut squares, mut both) = (0.0, 0.0, 0.0);
        for y in 0..self.height {
            for x in 0..self.width {
                let dark = 255.0 - f32::from(bright(x, y));
                sum += dark;
                squares += dark * dark;
                both += dark * ink[y * self.width + x];
            }
        }
        let spread = (squares - sum * sum / ink.len() as f32).max(0.0).sqrt();
        if spread == 0.0 { 0.0 } else { both / (spread * size) }
    }
}
