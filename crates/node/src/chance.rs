//! The node's clock and randomness: everything below is handed these as arguments.
//!
//! With the feature `testing`, a thread may be given a clock and chance of its own, which follow from a seed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// This machine's clock, milliseconds since 1970; 0 before that.
#[must_use]
pub fn now_ms() -> u64 {
    #[cfg(feature = "testing")]
    if let Some(now_ms) = staged::now_ms() {
        return now_ms;
    }
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
    #[cfg(feature = "testing")]
    if staged::fill(&mut bytes) {
        return bytes;
    }
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A thread's own clock and chance.
#[cfg(feature = "testing")]
pub(crate) mod staged {
    use std::cell::RefCell;

    use linli_store::testing::Chance;

    thread_local! {
        static STAGE: RefCell<Option<(u64, Chance)>> = const { RefCell::new(None) };
    }

    /// From here on, this thread's randomness follows from `seed`, and its clock stands.
    pub(crate) fn begin(seed: u64) {
        STAGE.set(Some((0, Chance(seed))));
    }

    /// Sets this thread's clock.
    pub(crate) fn set_clock(now_ms: u64) {
        STAGE.with_borrow_mut(|stage| {
            if let Some((clock, _)) = stage {
                *clock = now_ms;
            }
        });
    }

    pub(super) fn now_ms() -> Option<u64> {
        STAGE.with_borrow(|stage| stage.as_ref().map(|(now_ms, _)| *now_ms))
    }

    pub(super) fn fill(bytes: &mut [u8]) -> bool {
        STAGE.with_borrow_mut(|stage| {
            let Some((_, chance)) = stage else { return false };
            for chunk in bytes.chunks_mut(8) {
                chunk.copy_from_slice(&chance.next().to_le_bytes()[..chunk.len()]);
            }
            true
        })
    }
}
