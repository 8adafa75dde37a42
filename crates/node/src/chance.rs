//! The node's clock and randomness: everything below is handed these as arguments.

use std::time::{SystemTime, UNIX_EPOCH};

/// This machine's clock, milliseconds since 1970; 0 before that.
#[must_use]
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Fresh random bytes from the operating system.
///
/// # Panics
/// When the system has no randomness: nothing safe can be done then.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
