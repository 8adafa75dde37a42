//! The node's clock and randomness: everything below is handed these as arguments.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// This machine's clock, milliseconds since 1970; 0 before that.
#[must_use]
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// What a node takes for the time: the machine's clock, or that clock set wrong, as a test wants it. Copies share it.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    shift_ms: Arc<AtomicI64>,
}

impl Clock {
    /// The machine's clock with this many milliseconds added.
    #[must_use]
    pub fn shifted(ms: i64) -> Self {
        Self { shift_ms: Arc::new(AtomicI64::new(ms)) }
    }

    /// Sets it on by this many milliseconds.
    pub fn advance(&self, ms: i64) {
        self.shift_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        now_ms().saturating_add_signed(self.shift_ms.load(Ordering::Relaxed))
    }
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
