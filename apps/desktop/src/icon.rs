//! The icons the screens use: codepoints of `LinliIcons.ttf` (names and values in `font/icons.tsv`).
//!
//! An icon is decoration: it is painted, never announced. The words beside it carry the meaning.

use egui::{Align2, Color32, FontFamily, FontId, Painter, Pos2};

use crate::fonts;

/// One icon; `ICON.paint(..)` draws its outline, [`Icon::paint_filled`] the filled twin.
#[derive(Clone, Copy, Debug)]
pub struct Icon(&'static str);

macro_rules! icons {
    ($($name:ident = $code:literal),+ $(,)?) => { $(
        #[allow(missing_docs)]
        pub const $name: Icon = Icon($code);
    )+ };
}

icons! {
    TODAY = "\u{e430}", TALK = "\u{e8af}", MATTERS = "\u{e175}", MEMORY = "\u{e666}", ESTATE = "\u{ea40}",
    HOME = "\u{e9b2}", ADD = "\u{e145}", ADD_HOME = "\u{f8eb}", QR = "\u{e00a}", KEY = "\u{e73c}",
    CHECK = "\u{e668}", CHECK_CIRCLE = "\u{f0be}", DONE_ALL = "\u{e877}", CAMPAIGN = "\u{ef49}",
    SEND = "\u{e163}", IMAGE = "\u{e3f4}", CHEVRON = "\u{e5cc}", BACK = "\u{e5c4}", HELP = "\u{ea70}", ELDER = "\u{f21a}",
    LANGUAGE = "\u{e8e2}", LOOK = "\u{eb37}", TEXT = "\u{eae2}", ALONE = "\u{e648}", LAN = "\u{eb2f}",
    GATEWAY = "\u{e328}", WARNING = "\u{f083}", UNKNOWN = "\u{e8fd}", SAVED = "\u{e9e0}",
    SCHEDULE = "\u{efd6}", SIGN_UP = "\u{e6b1}", PERSON = "\u{f0d3}", WAITING = "\u{e627}",
    LOCK = "\u{e899}", NOTICE = "\u{e7f5}", EDIT = "\u{f097}", CLOSE = "\u{e5cd}", BUILD = "\u{f8cd}",
    PERSON_ADD = "\u{e7f0}", COPY = "\u{e14f}", CALL = "\u{e174}", CALENDAR = "\u{ebcc}", GROUPS = "\u{f233}",
    HISTORY = "\u{e8b3}", KNOCK = "\u{effd}", INFO = "\u{e88e}", UNDO = "\u{e166}", PLACE = "\u{f1db}",
}

impl Icon {
    /// Draws the outline, centred.
    pub fn paint(self, painter: &Painter, centre: Pos2, size: f32, colour: Color32) {
        self.paint_from(painter, centre, size, colour, fonts::icons());
    }

    /// Draws the filled twin, centred.
    pub fn paint_filled(self, painter: &Painter, centre: Pos2, size: f32, colour: Color32) {
        self.paint_from(painter, centre, size, colour, fonts::icons_filled());
    }

    fn paint_from(self, painter: &Painter, at: Pos2, size: f32, colour: Color32, family: FontFamily) {
        painter.text(at, Align2::CENTER_CENTER, self.0, FontId::new(size, family), colour);
    }
}
