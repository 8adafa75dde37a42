//! Format 1, tried from outside: whatever is written reads back, whatever is tampered with is refused, and the golden
//! files stay byte for byte what they are.
#![allow(clippy::disallowed_methods, reason = "tests read and write golden files")]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod any;
mod blocks;
mod chains;
mod claims;
mod document;
mod forks;
mod golden;
mod headers;
mod ids;
mod sealed;
mod second_reader;
