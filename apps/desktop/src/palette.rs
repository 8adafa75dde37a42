//! Colours by role, in three looks. Painters name a role and never a colour.
//!
//! The tests hold every pair of ink and ground to WCAG 2.2 contrast: 7 for body text, 4.5 for the
//! rest.

use egui::{Color32, Shadow, Stroke};
use serde::{Deserialize, Serialize};

/// Which colours the desk wears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Look {
    /// Ink on warm paper.
    #[default]
    Light,
    /// For the evening.
    Dark,
    /// Black on white, heavy lines.
    HighContrast,
}

impl Look {
    /// The look after this one, for a button that goes round.
    pub fn next(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::HighContrast,
            Self::HighContrast => Self::Light,
        }
    }
}

/// Colours by role.
#[derive(Clone, Debug)]
pub struct Palette {
    /// Behind everything.
    pub paper: Color32,
    /// Navigation and status bar.
    pub frame: Color32,
    /// Cards and fields.
    pub card: Color32,
    /// What is read.
    pub ink: Color32,
    /// Names, times, counts.
    pub ink_soft: Color32,
    /// Edges.
    pub line: Color32,
    /// The empty part of a bar.
    pub track: Color32,
    /// Verbs, selection, all's well. Jade.
    pub leaf: Color32,
    /// Text on `leaf`.
    pub on_leaf: Color32,
    /// A ground of `leaf`.
    pub leaf_soft: Color32,
    /// Text on `leaf_soft`.
    pub leaf_ink: Color32,
    /// Must-read, alarm. The red of a door couplet.
    pub seal: Color32,
    /// Text on `seal`.
    pub on_seal: Color32,
    /// A ground of `seal`.
    pub seal_soft: Color32,
    /// Waiting, unknown. Amber.
    pub lamp: Color32,
    /// A ground of `lamp`.
    pub lamp_soft: Color32,
    /// The dark modules of a code to scan, whatever the look.
    pub code_dark: Color32,
    /// Its light ones.
    pub code_light: Color32,
    /// The soft shadow of cards.
    pub shade: Shadow,
    /// Width of edges.
    pub edge: f32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const fn shade(alpha: u8) -> Shadow {
    Shadow { offset: [0, 2], blur: 14, spread: 0, color: Color32::from_black_alpha(alpha) }
}

impl Palette {
    /// The colours of one look.
    pub const fn of(look: Look) -> Self {
        match look {
            Look::Light => Self {
                paper: rgb(0xF8_F6_F1),
                frame: rgb(0xF0_EC_E3),
                card: rgb(0xFF_FE_FC),
                ink: rgb(0x1F_2A_27),
                ink_soft: rgb(0x59_65_60),
                line: rgb(0xE3_DD_D1),
                track: rgb(0xE3_DD_D1),
                leaf: rgb(0x1D_6B_58),
                on_leaf: rgb(0xFF_FF_FF),
                leaf_soft: rgb(0xDD_EE_E7),
                leaf_ink: rgb(0x12_4C_3E),
                seal: rgb(0xB0_3A_2B),
                on_seal: rgb(0xFF_FF_FF),
                seal_soft: rgb(0xFB_E7_E2),
                lamp: rgb(0x80_52_00),
                lamp_soft: rgb(0xFA_EE_D5),
                code_dark: rgb(0x00_00_00),
                code_light: rgb(0xFF_FF_FF),
                shade: shade(14),
                edge: 1.0,
            },
            Look::Dark => Self {
                paper: rgb(0x14_19_18),
                frame: rgb(0x1A_20_1F),
                card: rgb(0x20_28_26),
                ink: rgb(0xEE_F1_EC),
                ink_soft: rgb(0xAE_B9_B4),
                line: rgb(0x34_3E_3B),
                track: rgb(0x3C_47_44),
                leaf: rgb(0x7C_CF_B5),
                on_leaf: rgb(0x08_2A_21),
                leaf_soft: rgb(0x1F_40_37),
                leaf_ink: rgb(0xC4_EB_DD),
                seal: rgb(0xFF_A0_8C),
                on_seal: rgb(0x3C_0D_05),
                seal_soft: rgb(0x4A_26_20),
                lamp: rgb(0xF0_C4_70),
                lamp_soft: rgb(0x40_33_1A),
                code_dark: rgb(0x00_00_00),
                code_light: rgb(0xFF_FF_FF),
                shade: shade(60),
                edge: 1.0,
            },
            Look::HighContrast => Self {
                paper: rgb(0xFF_FF_FF),
                frame: rgb(0xFF_FF_FF),
                card: rgb(0xFF_FF_FF),
                ink: rgb(0x00_00_00),
                ink_soft: rgb(0x1E_1E_1E),
                line: rgb(0x00_00_00),
                track: rgb(0xC4_C4_C4),
                leaf: rgb(0x00_3C_30),
                on_leaf: rgb(0xFF_FF_FF),
                leaf_soft: rgb(0xE2_F6_EF),
                leaf_ink: rgb(0x00_2A_22),
                seal: rgb(0x8E_00_00),
                on_seal: rgb(0xFF_FF_FF),
                seal_soft: rgb(0xFF_EC_EC),
                lamp: rgb(0x55_33_00),
                lamp_soft: rgb(0xFF_F4_DC),
                code_dark: rgb(0x00_00_00),
                code_light: rgb(0xFF_FF_FF),
                shade: Shadow::NONE,
                edge: 2.0,
            },
        }
    }

    /// The line around cards and fields.
    pub fn border(&self) -> Stroke {
        Stroke::new(self.edge, self.line)
    }

    /// Whether grounds alone tell parts of the window apart, or lines must.
    pub fn wants_lines(&self) -> bool {
        self.edge > 1.0
    }

    /// The line around whatever the keyboard is on.
    pub fn focus(&self) -> Stroke {
        Stroke::new(3.0, self.leaf)
    }
}

#[cfg(test)]
mod tests {
    use super::{Color32, Look, Palette};

    /// Relative luminance, WCAG 2.2.
    fn luminance(colour: Color32) -> f32 {
        let part = |byte: u8| {
            let value = f32::from(byte) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(colour.r()) + 0.7152 * part(colour.g()) + 0.0722 * part(colour.b())
    }

    fn contrast(one: Color32, other: Color32) -> f32 {
        let (a, b) = (luminance(one) + 0.05, luminance(other) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn an_elder_can_read_every_pair_of_ink_and_ground() {
        for look in [Look::Light, Look::Dark, Look::HighContrast] {
            let p = Palette::of(look);
            for ground in [p.paper, p.frame, p.card] {
                assert!(contrast(p.ink, ground) >= 7.0, "{look:?}: body text");
                for ink in [p.ink_soft, p.leaf, p.seal, p.lamp] {
                    assert!(contrast(ink, ground) >= 4.5, "{look:?}: {ink:?} on {ground:?}");
                }
            }
            let pairs = [
                (p.on_leaf, p.leaf),
                (p.leaf_ink, p.leaf_soft),
                (p.on_seal, p.seal),
                (p.seal, p.seal_soft),
                (p.lamp, p.lamp_soft),
                (p.ink, p.leaf_soft),
            ];
            for (ink, ground) in pairs {
                assert!(contrast(ink, ground) >= 4.5, "{look:?}: {ink:?} on {ground:?}");
            }
        }
    }
}
