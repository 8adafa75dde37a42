//! The reader's clock and calendar.

use jiff::{Timestamp, Zoned};

use crate::view::{Day, When};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// This moment, where the reader is.
pub(super) struct Now(Zoned);

impl Now {
    pub(super) fn read() -> Self {
        Self(Zoned::now())
    }

    /// Today.
    pub(super) fn day(&self) -> Day {
        let now = &self.0;
        Day {
            month: now.month(),
            day: now.day(),
            weekday: now.weekday().to_monday_one_offset(),
            hour: now.hour(),
        }
    }

    /// How long ago a moment was, milliseconds since 1970.
    pub(super) fn when(&self, ms: u64) -> When {
        let Some(then) = at(ms) else { return When::Now };
        let then = then.to_zoned(self.0.time_zone().clone());
        let ago = self.0.timestamp().as_second() - then.timestamp().as_second();
        if ago < MINUTE {
            return When::Now;
        }
        if ago < HOUR {
            return When::Minutes(ago / MINUTE);
        }
        if then.date() == self.0.date() {
            return When::Hours(ago / HOUR);
        }
        if self.0.date().yesterday().is_ok_and(|yesterday| yesterday == then.date()) {
            return When::Yesterday(format!("{:02}:{:02}", then.hour(), then.minute()));
        }
        if then.year() == self.0.year() {
            return When::On(then.month(), then.day());
        }
        When::In(then.year(), then.month(), then.day())
    }

    /// Whole days until a moment, at least 0.
    pub(super) fn days_until(&self, ms: u64) -> i64 {
        self.seconds_until(ms) / DAY
    }

    /// Whole hours until a moment, at least 0.
    pub(super) fn hours_until(&self, ms: u64) -> i64 {
        self.seconds_until(ms) / HOUR
    }

    fn seconds_until(&self, ms: u64) -> i64 {
        at(ms).map_or(0, |then| (then.as_second() - self.0.timestamp().as_second()).max(0))
    }
}

fn at(ms: u64) -> Option<Timestamp> {
    i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok())
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn now(text: &str) -> Now {
        Now(text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(TimeZone::UTC).unwrap())
    }

    fn told(then: &str) -> When {
        let then = then.parse::<jiff::civil::DateTime>().unwrap().to_zoned(TimeZone::UTC).unwrap();
        let ms = u64::try_from(then.timestamp().as_millisecond()).unwrap();
        now("2026-11-23T10:30:00").when(ms)
    }

    #[test]
    fn a_neighbour_reads_how_long_ago_something_was_said() {
        assert_eq!(told("2026-11-23T10:29:30"), When::Now);
        assert_eq!(told("2026-11-23T10:10:00"), When::Minutes(20));
        assert_eq!(told("2026-11-23T07:00:00"), When::Hours(3));
        assert_eq!(told("2026-11-22T23:59:00"), When::Yesterday("23:59".into()));
        assert_eq!(told("2026-03-01T08:00:00"), When::On(3, 1));
        assert_eq!(told("1999-12-31T08:00:00"), When::In(1999, 12, 31));
    }

    #[test]
    fn a_clock_ten_years_ahead_only_looks_new() {
        assert_eq!(told("2036-11-23T10:30:00"), When::Now);
        assert_eq!(now("2026-11-23T10:30:00").when(u64::MAX), When::Now);
    }
}
