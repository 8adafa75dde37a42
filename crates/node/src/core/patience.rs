//! How much a neighbour may ask of this node by coming back again and again: opening a session costs work, a broken rule
//! more. What it cost is forgiven as time passes. It never brakes a link that stands.

/// What a neighbour has at first, and at most.
const FULL: u32 = 60;
/// One is forgiven in so many milliseconds.
const FORGIVEN_MS: u64 = 2_000;
/// A session opened.
pub(super) const OPENING: u32 = 1;
/// A rule of the protocol broken.
pub(super) const OFFENCE: u32 = 3;

/// What is left of the patience with one neighbour.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    left: u32,
    since_ms: u64,
}

impl Patience {
    pub(super) const fn new(now_ms: u64) -> Self {
        Self { left: FULL, since_ms: now_ms }
    }

    /// Takes what something costs; false, and nothing taken, when there is not so much left.
    pub(super) fn take(&mut self, cost: u32, now_ms: u64) -> bool {
        let forgiven = now_ms.saturating_sub(self.since_ms) / FORGIVEN_MS;
        self.since_ms += forgiven * FORGIVEN_MS;
        self.left = self.left.saturating_add(u32::try_from(forgiven).unwrap_or(FULL)).min(FULL);
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    /// An offence takes what there is.
    pub(super) fn offended(&mut self, now_ms: u64) {
        if !self.take(OFFENCE, now_ms) {
            self.left = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_breaks_rules_has_to_wait_and_is_forgiven() {
        let mut patience = Patience::new(1_000);
        for _ in 0..FULL / OFFENCE {
            patience.offended(1_000);
        }
        assert!(!patience.take(OPENING, 2_999));
        assert!(patience.take(OPENING, 3_000));
        assert!(!patience.take(OPENING, 3_000));
        assert!(patience.take(FULL, 3_000 + FORGIVEN_MS * u64::from(FULL)));
    }

    #[test]
    fn a_bad_radio_link_that_breaks_every_few_seconds_is_never_refused() {
        let mut patience = Patience::new(0);
        assert!((0..10_000).all(|at| patience.take(OPENING, at * FORGIVEN_MS)));
    }
}
