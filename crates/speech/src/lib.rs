//! How Linli's programs speak with a person at a terminal: one language, one form of help, pages, errors and exit codes.
//!
//! A program brings its commands (a clap type), its texts and a function; [`program::run`] does the rest. Nothing here knows
//! what a command does. Results go to stdout, speech to stderr; the words of a terminal's own language are in `lang/`.
//! Read [`program`] first, then [`Session`].
//!
//! ```
//! use linli_speech::{Language, Speech, Texts, say};
//!
//! const TEXTS: Texts = Texts { chinese: &["greeting = \u{4f60}\u{597d}\u{ff0c}{ $name }"], english: &["greeting = Hello, { $name }"] };
//! let speech = Speech::of(Language::En, &TEXTS);
//! assert_eq!(say!(speech, "greeting", name = "neighbour"), "Hello, neighbour");
//! ```

pub mod completions;
pub mod exit;
pub mod help;
pub mod joining;
mod language;
pub mod man;
pub mod network;
mod page;
pub mod program;
pub mod proof;
pub mod running;
mod session;
mod signal;
pub mod standing;
pub mod systemd;
mod texts;
mod usage;

pub use language::Language;
pub use page::{Page, code, moment, page_width, safe, short};
pub use session::{Common, Format, Session};
pub use signal::asked_to_end;
pub use texts::{Speech, Texts};

#[doc(hidden)]
pub use fluent_bundle::FluentArgs;

/// A text of the language files: `say!(speech, "key", name = value, ..)`.
#[macro_export]
macro_rules! say {
    ($speech:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        #[allow(unused_mut)]
        let mut given = $crate::FluentArgs::new();
        $(given.set(stringify!($name), $value);)*
        $speech.fill($key, &given)
    }};
}
