//! What the records of daily life say, and what they fold to: notices, roll-calls, requests, stories, talk.
//!
//! A family is one file: its payloads (the exact bytes are in `docs/CONTENT.md`), who may do which step, and a `fold` from
//! an object's records to a `View`. A fold is a pure function of the *set* of records it is given: any order of arrival
//! gives the same view. This module knows no clock and no store; whether a record stands is the register's word, carried
//! in [`Standing`]; [`neighbourhood`] reads authors and units from its state. Read [`entry`] and [`order`] first, then [`notice`] as the simplest family.

pub mod audience;
pub mod canonical;
pub mod coverage;
pub mod covered;
pub mod digest;
pub mod entry;
pub mod grants;
pub mod limits;
pub mod neighbourhood;
pub mod notice;
pub mod object;
pub mod order;
pub mod payload;
pub mod request;
pub mod roll_call;
pub mod scope;
pub mod sighting;
pub mod story;
pub mod talk;
pub mod withdraw;

pub use coverage::Coverage;
pub use digest::Digest;
pub use entry::{Author, By, Context, Dwelling, Entry, Neighbour, Party, Said, Standing};
pub use object::{Aside, ObjectView, Picture, fold_object};
pub use payload::Payload;
pub use scope::Scope;
pub use withdraw::Mark;
