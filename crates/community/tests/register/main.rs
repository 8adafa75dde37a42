//! The register's rules, by number. Each test is named after the rule it holds.
#![allow(missing_docs, clippy::unwrap_used)]

mod blocks;
mod bytes;
mod consents;
mod document;
mod forks;
mod hostile;
mod offices;
mod order;
mod people;
mod private;
mod rolls;
mod time;
