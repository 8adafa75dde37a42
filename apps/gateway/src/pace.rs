//! How fast one source may speak: a burst, then one a minute. What it said in between is passed over; its newest state is
//! said as soon as there is room, so a thing that flutters can't fill the community's disks.

use crate::limits;

#[derive(Debug, Clone)]
pub(crate) struct Pace {
    left: u32,
    since_ms: u64,
}

impl Pace {
    pub(crate) const fn new() -> Self {
        Self { left: limits::PACE_BURST, since_ms: 0 }
    }

    /// Takes one turn, if there is one at `steady_ms`.
    pub(crate) fn take(&mut self, steady_ms: u64) -> bool {
        let earned = steady_ms.saturating_sub(self.since_ms) / limits::PACE_MS;
        let room = u64::from(limits::PACE_BURST - self.left);
        if earned >= room {
            (self.left, self.since_ms) = (limits::PACE_BURST, steady_ms);
        } else if let Ok(few) = u32::try_from(earned) {
            self.left += few;
            self.since_ms += earned * limits::PACE_MS;
        }
        let may = self.left > 0;
        self.left -= u32::from(may);
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_that_flutters_is_slowed_to_one_a_minute() {
        let mut pace = Pace::new();
        let day = 24 * 60 * 60 * 1000;
        let said = (0..day / 500).filter(|tick| pace.take(tick * 500)).count();
        assert_eq!(said, 1_440 + limits::PACE_BURST as usize - 1);
    }

    #[test]
    fn a_busy_evening_is_not_slowed() {
        let mut pace = Pace::new();
        assert!((0..limits::PACE_BURST).all(|_| pace.take(7)));
        assert!(!pace.take(8));
        assert!(pace.take(7 + limits::PACE_MS));
    }
}
