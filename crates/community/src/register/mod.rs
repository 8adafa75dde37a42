//! The register of power: what the blocks decided, as a pure function from blocks to state.
//!
//! [`State::found`] begins it from the founder's log-open; [`apply`] takes one block and the records it settles and gives
//! the next [`State`], a [`Verdict`] on every record that does not simply stand, and what [`Happening`]s to show. Nothing
//! here knows a clock, a disk, or who sent what; records come through [`Ledger`]. The rules are those of
//! `docs/REGISTER.md`, by number; tests carry the numbers in their names. Read [`apply`] first, then [`proposals`].

pub mod apply;
pub mod bylaws;
mod enact;
mod found;
pub mod happening;
mod intake;
pub mod judge;
pub mod limits;
pub mod people;
pub mod private;
mod proposals;
pub mod provisional;
pub mod rolls;
mod seats;
pub mod settle;
pub mod state;
pub mod statement;
pub mod verdict;

pub use apply::{Ledger, Outcome, apply};
pub use bylaws::Bylaws;
pub use happening::Happening;
pub use judge::{judge_covered, judge_unsettled};
pub use people::{
    Consent, ConsentTerms, Device, Fork, Grant, Head, Household, Office, OutsideEntry, PastOffices, Role,
    SettledLog, Subject, Witness,
};
pub use provisional::{Heard, cut_off, foreseen, provisional, set_aside};
pub use rolls::{Basis, OwnerId, Roll, Unit, UnitStatus};
pub use settle::snapshot_due;
pub use state::{Approval, Facts, Proposal, State};
pub use verdict::{BlockFault, Reason, Verdict};

/// The number of the rules this version knows.
pub const RULES: u32 = 1;
