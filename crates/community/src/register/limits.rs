//! Every bound of the register. Bytes unless the name says otherwise.

/// A charter.
pub const CHARTER_BYTES: usize = 48 * 1024;
/// A shown name.
pub const LABEL_BYTES: usize = 64;
/// A unit's name.
pub const UNIT_BYTES: usize = 64;
/// A reason, purpose or other short text.
pub const TEXT_BYTES: usize = 2048;
/// Registrars' seats.
pub const REGISTRARS: usize = 31;
/// Tellers' seats.
pub const TELLERS: usize = 31;
/// Presets in force.
pub const PRESETS: usize = 16;
/// Records one re-admission names.
pub const READMITTED: usize = 1024;
/// Units on a roll.
pub const ROLL_UNITS: usize = 100_000;
/// A roll inside its statement; larger ones are annexes.
pub const ROLL_INLINE_BYTES: usize = 48 * 1024;
/// Open proposals and approvals one device may have: what is above is quarantined.
pub const OPEN_PER_DEVICE: usize = 1024;
/// Newest block ids a state remembers, to recognise the recent block that invites and approvals name.
pub const RECENT_BLOCKS: usize = 512;
/// Distance between blocks that name a snapshot.
pub const SNAPSHOT_EVERY: u64 = 1000;
/// An incomplete proposal lapses after this much block time.
pub const LAPSE_MS: u64 = 60 * DAY_MS;
/// A jump of block time above this ends nothing until [`SETTLING_MS`] of further block time.
pub const JUMP_MS: u64 = 30 * DAY_MS;
/// See [`JUMP_MS`].
pub const SETTLING_MS: u64 = DAY_MS;
/// Households up to which the founder alone enrols owners.
pub const FOUNDER_ALONE_BELOW: usize = 3;
/// Shortest content interval a charter may set.
pub const INTERVAL_MIN_MS: u64 = 60_000;
/// One day.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1000;
