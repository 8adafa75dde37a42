//! Every bound of `linli/sync/1`, in bytes unless the name says otherwise. `docs/PROTOCOL.md` prints this table.
//!
//! A session that breaks one is closed; nothing else happens. What a node holds for one neighbour is bounded by these
//! numbers and by how many logs it offers.

use linli_record::limits::{RECORD_BYTES, RUN_RECORDS};

/// The protocol's number, in the hello and in the ALPN.
pub const PROTOCOL: u8 = 1;
/// What a bulk frame is filled up to, inflated.
pub const FILL_BYTES: usize = 256 * 1024;
/// What a bulk frame may hold, inflated: 64 headers at their largest, all signed, with nothing to leave out, fit.
pub const INFLATED_BYTES: usize = FILL_BYTES + 8 * 1024;
/// A frame as the carrier hands it over: the frame's head, or a large control frame, stands above what it holds.
pub const FRAME_BYTES: usize = INFLATED_BYTES + 4 * 1024;
/// Bulk bytes in flight towards one receiver, and the credit a session opens with.
pub const WINDOW_BYTES: u64 = 8 * 1024 * 1024;
/// Added to a bulk frame's cost for every piece (run, block, payload) in it, so that credit bounds their number too.
pub const PIECE_COST: u64 = 512;
/// A receiver gives credit back once this much was dealt with.
pub const GRANT_BYTES: u64 = WINDOW_BYTES / 8;
/// Bulk bytes handed to the carrier before it must say that they are gone.
pub const OUTBOX_BYTES: usize = 1024 * 1024;
/// Runs, blocks or payloads in one bulk frame.
pub const PIECES_PER_FRAME: usize = 256;
/// Frames shorter than this are not worth compressing.
pub const COMPRESS_FROM: usize = 128;
/// Runs kept aside for one neighbour while what comes before them is asked for.
pub const PARKED_RUNS: usize = 64;
/// What those runs may cost together: so little that the largest run still fits the window beside them.
pub const PARKED_COST: u64 = WINDOW_BYTES / 4;
/// Logs of which one neighbour was asked for a missing part, in one session.
pub const ASKS: usize = 1024;
/// Payloads one neighbour may be asked for at a time.
pub const SOUGHT_PAYLOADS: usize = 1024;
/// Logs of which a session remembers how far the neighbour has them; forgetting costs a run sent twice.
pub const KNOWN_LOGS: usize = 1024;
/// Arrivals looked at in one step of the tail.
pub const TAIL_STEP: usize = 256;
/// Cursors waiting for what came before them to be stored; older ones are covered by newer ones.
pub const MARKS: usize = 64;
/// Blocks sent ahead of what the neighbour has applied.
pub const BLOCKS_AHEAD: u64 = 256;
/// Audiences two nodes compare.
pub const AUDIENCES: usize = 1024;
/// A newcomer's enrolment in its hello.
pub const ENROLMENT_BYTES: usize = 32 * 1024;
/// Buckets of one reconciliation.
pub const BUCKETS: usize = 8 * 1024;
/// The fewest logs a bucket holds on average; the most are twice as many.
pub const LOGS_PER_BUCKET: usize = 16;
/// Buckets answered in one frame.
pub const BUCKETS_PER_FRAME: usize = 1024;
/// Prints, heights or wants in one frame.
pub const ENTRIES_PER_FRAME: usize = 16 * 1024;
/// Frames of prints in one reconciliation.
pub const PRINT_FRAMES: u32 = 256;
/// Logs offered one-sidedly in one frame.
pub const OFFERS_PER_FRAME: usize = 4 * 1024;
/// Logs of which a neighbour that does not belong there, as far as this node knows, is asked for everything: once each.
pub const BLIND_OFFERS: usize = 16 * 1024;
/// Runs of such logs that lead nowhere, gaps and forgeries alike, before the session ends.
pub const VAIN_RUNS: usize = 64;
/// Fork evidence sent or taken in one session.
pub const FORKS: usize = 256;
/// Comparisons a neighbour may ask for at once; each costs this node a hash a log.
pub const COMPARISONS: u64 = 32;
/// After this long it may ask for one more.
pub const COMPARISON_MS: u64 = 1_000;
/// How long a neighbour may take to say hello.
pub const HELLO_MS: u64 = 10_000;

/// The most a bulk frame can cost: with less credit a sender waits.
pub const FRAME_COST: u64 = INFLATED_BYTES as u64 + PIECES_PER_FRAME as u64 * PIECE_COST;

// The largest run, what is parked, what is not yet given back and one more frame fit the window: no deadlock.
const LARGEST_RUN: u64 = (RUN_RECORDS * (RECORD_BYTES + PIECE_COST as usize)) as u64;
const _: () = assert!(LARGEST_RUN + PARKED_COST + GRANT_BYTES + FRAME_COST <= WINDOW_BYTES);
