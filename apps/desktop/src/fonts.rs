//! Which fonts draw the screen, and in which order they are asked.
//!
//! The bundled faces (`assets/font`, SIL OFL) cover the 8,105 characters of the General Standard
//! List in two weights, so the desk looks the same in every home and no test depends on the
//! machine. The system's own Chinese font answers for rarer characters (an old name, a traditional
//! form); it is looked up on a thread of its own and only when a character is missing.

use std::sync::Arc;

use egui::{
    Context,
    epaint::text::{FallbackRequest, FontInsert, FontPriority, InsertFontFamily},
};
use egui::{FontData, FontDefinitions, FontFamily, FontTweak};
use egui_system_font_provider::SystemFontProvider;

static REGULAR: &[u8] = include_bytes!("../assets/font/LinliSans-Regular.otf");
static BOLD: &[u8] = include_bytes!("../assets/font/LinliSans-Bold.otf");
static ICONS: &[u8] = include_bytes!("../assets/font/LinliIcons.ttf");
static ICONS_FILLED: &[u8] = include_bytes!("../assets/font/LinliIcons-Filled.ttf");

/// Where Chinese characters come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The bundled faces; the system answers for what they lack.
    #[default]
    BundledThenSystem,
    /// The system's Chinese font (locale zh-Hans); the bundled face answers for what it lacks.
    SystemThenBundled,
    /// Only what is in the program: for tests and for pictures that must not change.
    Bundled,
}

/// The family of headings and of what must stand out.
pub fn strong() -> FontFamily {
    FontFamily::Name("linli-strong".into())
}

/// The family of outlined icons.
pub fn icons() -> FontFamily {
    FontFamily::Name("linli-icons".into())
}

/// The family of filled icons.
pub fn icons_filled() -> FontFamily {
    FontFamily::Name("linli-icons-filled".into())
}

/// Installs fonts into `ctx`; takes effect from the next pass. Call once, at the start.
pub fn install(ctx: &Context, source: Source) {
    ctx.set_fonts(definitions(source));
    let system = || Arc::new(SystemFontProvider::new().with_locale(Some("zh-Hans")));
    match source {
        Source::BundledThenSystem => ctx.add_font_provider(system()),
        Source::SystemThenBundled => {
            ctx.add_font_provider(system());
            ctx.add_font_provider(Arc::new(bundled_on_demand));
        }
        Source::Bundled => {}
    }
}

fn definitions(source: Source) -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let lowered = FontTweak { y_offset_factor: 0.05, ..FontTweak::default() };
    for (name, bytes, tweak) in [
        ("linli-regular", REGULAR, FontTweak::default()),
        ("linli-bold", BOLD, FontTweak::default()),
        ("linli-icons", ICONS, lowered.clone()),
        ("linli-icons-filled", ICONS_FILLED, lowered),
    ] {
        let data = FontData::from_static(bytes).tweak(tweak);
        fonts.font_data.insert(name.to_owned(), Arc::new(data));
    }
    if source != Source::SystemThenBundled {
        for family in [FontFamily::Proportional, FontFamily::Monospace] {
            let at = usize::from(family == FontFamily::Monospace);
            fonts.families.entry(family).or_default().insert(at, "linli-regular".to_owned());
        }
    }
    let plain = fonts.families[&FontFamily::Proportional].clone();
    let with_plain = |first: &str| {
        let mut chain = vec![first.to_owned()];
        chain.extend(plain.iter().cloned());
        chain
    };
    fonts.families.insert(strong(), with_plain("linli-bold"));
    fonts.families.insert(icons(), with_plain("linli-icons"));
    fonts.families.insert(icons_filled(), with_plain("linli-icons-filled"));
    fonts
}

/// The bundled face as a provider, asked after the ones added before it.
fn bundled_on_demand(request: &FallbackRequest<'_>) -> Option<FontInsert> {
    let families = vec![InsertFontFamily { family: request.family.clone(), priority: FontPriority::Lowest }];
    // egui itself drops the answer if the face has no glyph for the character.
    Some(FontInsert::new("linli-regular-on-demand", FontData::from_static(REGULAR), families))
}
