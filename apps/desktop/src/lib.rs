//! The desk of Linli: a window on a home, for a household.
//!
//! What lives here: the look ([`theme`]), the fonts ([`fonts`]), the words ([`words`]), what is shown ([`view`]), what a
//! person can ask for ([`command`]), how it is painted (`screen`), and the courier that carries it to the home's node
//! ([`courier`]). What this crate refuses to know: the network, the store, and whatever is true; it can be killed at any
//! time. Read [`sitting::Sitting`] first: it is the whole loop.
//!
//! ```
//! use linli_desktop::{command::{Command, Place}, desk::Desk, keepsake::Keepsake, words::Language};
//!
//! let mut desk = Desk::new(Keepsake::default(), Language::Chinese);
//! desk.ask(Command::Go(Place::Talk));
//! desk.settle(&egui::Context::default(), |_errand| {});
//! assert_eq!(desk.window().place, Place::Talk);
//! ```
// Places on a screen are measured in floating points; nothing here decides anything.
#![allow(clippy::float_arithmetic)]

pub mod command;
pub mod courier;
pub mod desk;
mod errand;
pub mod fonts;
pub mod gallery;
pub mod icon;
pub mod keepsake;
mod keys;
pub mod palette;
pub mod parts;
mod reading;
mod screen;
pub mod sitting;
pub mod theme;
pub mod view;
pub mod window;
pub mod words;
