//! What the records mean: the register, roles, notices, stories, requests, consent. Pure.
//!
//! Here lives the meaning of every kind of record: who may say it, what it changes, what it looks like folded. This
//! crate knows no clock, disk or network, and never how a record arrived. Read [`kinds`] first, then [`register`].

pub mod canon;
pub mod charter;
pub mod content;
pub mod kinds;
pub mod register;
pub mod roll;
#[cfg(feature = "testing")]
pub mod testing;
