//! A neighbourhood in memory: shelves with real records, and sessions between them over a carrier that delays, breaks off
//! and duplicates. Everything follows from one seed. It knows no disk and no kinds. Read [`Neighbourhood`] first.

mod chance;
mod home;
mod neighbourhood;
mod shelf;

pub use chance::Chance;
pub use home::{Home, Job};
pub use neighbourhood::{Link, Neighbourhood};
pub use shelf::{MemoryHeld, MemoryShelf};
