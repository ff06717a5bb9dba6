//! The rules of time, by jiff: which business day and hour a DATETIME of the source belongs to.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// A restaurant's zone and day start, and the zone that its source is written in.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    zone: TimeZone,
    day_start: i8,
    written_in: TimeZone,
}

impl Rules {
    pub(super) fn new(zone: &str, day_start: i8, written_in: &str) -> Self {
        let get = |name| TimeZone::get(name).unwrap();
        Self { zone: get(zone), day_start, written_in: get(written_in) }
    }

    /// The instant that a DATETIME stands for; none for a date with a zero in it, nor for the last of all dates.
    pub(super) fn instant_of(&self, written: &str) -> Option<Timestamp> {
        if written.starts_with("0000-") || written.contains("-00") || written.starts_with("9999-") {
            return None;
        }
        Some(instant_of(&self.written_in, written.parse().unwrap()))
    }

    /// The DATETIME that the source holds for an instant.
    pub(super) fn written_at(&self, instant: Timestamp) -> String {
        self.written_in.to_datetime(instant).strftime("%Y-%m-%d %H:%M:%S%.6f").to_string()
    }

    /// When business day `day` begins.
    pub(super) fn start_of(&self, day: Date) -> Timestamp {
        instant_of(&self.zone, day.at(self.day_start, 0, 0, 0))
    }

    /// The business day and the wall-clock hour of an instant.
    pub(super) fn day_and_hour(&self, instant: Timestamp) -> (Date, usize) {
        let shown = self.zone.to_datetime(instant);
        let near = (-2..=2).map(|days| shown.date().checked_add(days.days()).unwrap());
        // The last day that has begun.
        let day = near.filter(|day| self.start_of(*day) <= instant).max().unwrap();
        (day, usize::try_from(shown.hour()).unwrap())
    }

    /// The business day of a DATETIME of the source; none for a zero date.
    pub(super) fn day_of(&self, written: &str) -> Option<Date> {
        self.instant_of(written).map(|instant| self.day_and_hour(instant).0)
    }

    /// The last business day that has ended.
    pub(super) fn last_ended(&self, now: Timestamp) -> Date {
        self.day_and_hour(now).0.yesterday().unwrap()
    }
}

/// A wall-clock time that occurs twice is the first; one that does not exist moves forward by as much as is missing.
fn instant_of(zone: &TimeZone, shown: DateTime) -> Timestamp {
    zone.to_ambiguous_timestamp(shown).compatible().unwrap()
}

/// By hand, from the zones' published rules: the oracle is worth no more than its own clock.
#[test]
fn the_oracles_clock_keeps_the_rules() {
    let paris = Rules::new("Europe/Paris", 4, "Europe/Paris");
    let instant = |text: &str| text.parse::<Timestamp>().unwrap();
    assert_eq!(paris.instant_of("2024-03-31 02:30:00"), Some(instant("2024-03-31T01:30:00Z")));
    assert_eq!(paris.instant_of("2024-10-27 02:30:00"), Some(instant("2024-10-27T00:30:00Z")));
    assert_eq!(paris.instant_of("0000-00-00 00:00:00"), None);
    assert_eq!(paris.instant_of("2024-03-00 12:00:00"), None);
    assert_eq!(paris.day_and_hour(instant("2024-10-27T02:59:59Z")), ("2024-10-26".parse().unwrap(), 3));
    assert_eq!(paris.day_and_hour(instant("2024-10-27T03:00:00Z")), ("2024-10-27".parse().unwrap(), 4));
    let santiago = Rules::new("America/Santiago", 0, "UTC");
    assert_eq!(santiago.start_of("2024-09-08".parse().unwrap()), instant("2024-09-08T04:00:00Z"));
    let lord_howe = Rules::new("Australia/Lord_Howe", 2, "UTC");
    assert_eq!(lord_howe.start_of("2024-10-06".parse().unwrap()), instant("2024-10-05T15:30:00Z"));
}
