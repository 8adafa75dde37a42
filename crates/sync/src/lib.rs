//! How two copies become one. A pure state machine.
//!
//! Here live what two nodes say to each other ([`Session`]) and the one door through which records come in
//! ([`intake::admit`]). This crate never looks inside a payload, verifies nothing by itself (that is `record`'s `Chain`),
//! and knows no clock, chance, disk or socket. Read [`session`] first, then [`shelf`]; the bytes are in
//! `docs/PROTOCOL.md`.
//!
//! ```
//! use linli_sync::testing::Neighbourhood;
//!
//! let mut hood = Neighbourhood::new(42);
//! let (here, there) = (hood.move_in(), hood.move_in());
//! hood.write(here, 10);
//! hood.meet(here, there);
//! hood.settle();
//! assert!(hood.agree(here, there));
//! ```

pub mod intake;
mod key;
pub mod limits;
pub mod reason;
pub mod session;
pub mod shelf;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod wire;

pub use intake::{Conflict, Held, Intake, admit};
pub use reason::Reason;
pub use session::{Effect, Input, Outcome, Session, Ticket};
pub use shelf::{Arrival, Cursor, Head, Shelf};
