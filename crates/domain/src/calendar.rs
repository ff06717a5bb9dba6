//! The business day: which orders belong to which day and hour.
//!
//! Business day D runs from the day start on D to the day start on D+1 in the restaurant's zone, and its hours are
//! numbered by the wall clock, 0 to 23: a day on which the clocks change has 24 rows like any other, the repeated
//! hour adding up and the skipped one empty. Everything here is arithmetic on given instants: nothing reads a clock,
//! and no zone is ever left to a database to convert.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use chrono::offset::LocalResult;
use chrono::{
    DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Timelike as _, Utc,
};
use chrono_tz::Tz;

/// The local time at which a business day begins: a whole hour from 00:00 to 12:00.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayStart(u8);

impl DayStart {
    /// The day start at `hour`:00, or none if that is past noon.
    #[must_use]
    pub fn from_hour(hour: u8) -> Option<Self> {
        (hour <= 12).then_some(Self(hour))
    }

    /// Its hour, 0 to 12.
    #[must_use]
    pub fn hour(self) -> u8 {
        self.0
    }

    /// Its time of day.
    #[must_use]
    pub fn time(self) -> NaiveTime {
        NaiveTime::default() + TimeDelta::hours(i64::from(self.0))
    }
}

impl fmt::Display for DayStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:00", self.0)
    }
}

/// A day start that is not a whole hour from 00:00 to 12:00.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a day start: write a whole hour from 00:00 to 12:00")]
pub struct InvalidDayStart(String);

impl FromStr for DayStart {
    type Err = InvalidDayStart;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        NaiveTime::parse_from_str(text, "%H:%M")
            .ok()
            .filter(|time| time.minute() == 0)
            .and_then(|time| u8::try_from(time.hour()).ok())
            .and_then(Self::from_hour)
            .ok_or_else(|| InvalidDayStart(text.to_owned()))
    }
}

impl TryFrom<NaiveTime> for DayStart {
    type Error = InvalidDayStart;

    fn try_from(time: NaiveTime) -> Result<Self, Self::Error> {
        time.format("%H:%M").to_string().parse()
    }
}

/// Where an instant falls in the restaurant's book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessHour {
    /// The business day.
    pub day: NaiveDate,
    /// The wall-clock hour within it, 0 to 23.
    pub hour: u8,
}

/// A restaurant's calendar: its zone and the time at which its business day begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The restaurant's zone.
    pub timezone: Tz,
    /// When its business day begins.
    pub day_start: DayStart,
}

impl Calendar {
    /// The instant at which business day `day` begins.
    #[must_use]
    pub fn start_of(&self, day: NaiveDate) -> DateTime<Utc> {
        first_instant(self.timezone, day.and_time(self.day_start.time()))
    }

    /// The instant at which business day `day` ends, which is when the next one begins.
    #[must_use]
    pub fn end_of(&self, day: NaiveDate) -> DateTime<Utc> {
        self.start_of(day + Days::new(1))
    }

    /// The business day in progress at `instant`.
    #[must_use]
    pub fn day_of(&self, instant: DateTime<Utc>) -> NaiveDate {
        let local = instant.with_timezone(&self.timezone).naive_local();
        let day = (local - TimeDelta::hours(i64::from(self.day_start.hour()))).date();
        // Near a change of the clocks the wall clock may disagree with the day's bounds, which are what counts.
        if instant < self.start_of(day) {
            day - Days::new(1)
        } else if instant >= self.end_of(day) {
            day + Days::new(1)
        } else {
            day
        }
    }

    /// The business day and the wall-clock hour of `instant`.
    #[must_use]
    pub fn hour_of(&self, instant: DateTime<Utc>) -> BusinessHour {
        BusinessHour { day: self.day_of(instant), hour: self.wall_clock_hour(instant) }
    }

    fn wall_clock_hour(&self, instant: DateTime<Utc>) -> u8 {
        u8::try_from(instant.with_timezone(&self.timezone).hour()).unwrap_or_default()
    }

    /// L: the last business day whose end is not after `now`.
    #[must_use]
    pub fn last_ended_day(&self, now: DateTime<Utc>) -> NaiveDate {
        self.day_of(now) - Days::new(1)
    }

    /// The hours of business day `day` in the order in which they come, from the day start on.
    pub fn hours_in_order(&self) -> impl Iterator<Item = u8> + use<> {
        let start = self.day_start.hour();
        (0..24).map(move |offset| (start + offset) % 24)
    }

    /// Whether the wall clock shows `hour` at any moment of business day `day`: false where a change of the clocks
    /// skips the whole hour.
    #[must_use]
    pub fn has_hour(&self, day: NaiveDate, hour: u8) -> bool {
        let (start, end) = (self.start_of(day), self.end_of(day));
        // No zone changes its clocks at other than whole minutes, nor any recent one at other than quarter hours.
        let minutes = (end - start).num_minutes();
        let shown = |offset| (start + TimeDelta::minutes(offset)).with_timezone(&self.timezone).hour();
        (0..minutes).step_by(15).any(|offset| shown(offset) == u32::from(hour))
    }
}

/// [`Calendar::hour_of`] of many instants, most of them in the order of time: a day's bounds, which are what it takes
/// long to find, are found once for all that follow one another in the day.
#[derive(Clone, Debug)]
pub struct Hours {
    calendar: Calendar,
    /// The day of the last instant.
    day: NaiveDate,
    bounds: Range<DateTime<Utc>>,
}

impl Hours {
    /// The hours of this calendar.
    #[must_use]
    pub fn of(calendar: Calendar) -> Self {
        let start = calendar.start_of(NaiveDate::default());
        Self { calendar, day: NaiveDate::default(), bounds: start..start }
    }

    /// The business day and the wall-clock hour of `instant`.
    pub fn hour_of(&mut self, instant: DateTime<Utc>) -> BusinessHour {
        if !self.bounds.contains(&instant) {
            self.day = self.calendar.day_of(instant);
            self.bounds = self.calendar.start_of(self.day)..self.calendar.end_of(self.day);
        }
        BusinessHour { day: self.day, hour: self.calendar.wall_clock_hour(instant) }
    }
}

/// How the DATETIMEs of the source are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceClock {
    /// The zone they are written in.
    pub timezone: Tz,
}

impl SourceClock {
    /// The instant that a DATETIME stands for. A wall-clock time that occurs twice is the first; one that does not
    /// exist moves forward by as much as is missing, as the clocks do.
    #[must_use]
    pub fn instant_of(&self, wall_clock: NaiveDateTime) -> DateTime<Utc> {
        match self.timezone.from_local_datetime(&wall_clock) {
            LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => instant.with_timezone(&Utc),
            LocalResult::None => {
                let before = end_of_gap(self.timezone, wall_clock) - TimeDelta::seconds(1);
                (wall_clock - self.ahead_at(before)).and_utc()
            }
        }
    }

    /// DATETIMEs among which are all whose instants lie in `instants`: the bounds to put into a query. Where the clocks
    /// change there are others among them.
    #[must_use]
    pub fn window(&self, instants: Range<DateTime<Utc>>) -> Range<NaiveDateTime> {
        // What the clock shows, and would show if it had not been changed in the last day.
        let shown = |instant: DateTime<Utc>| {
            let ahead = [instant, instant - TimeDelta::days(1)].map(|at| self.ahead_at(at));
            ahead.map(|ahead| instant.naive_utc() + ahead)
        };
        let [start, start_unchanged] = shown(instants.start);
        let [end, end_unchanged] = shown(instants.end);
        start.min(start_unchanged)..end.max(end_unchanged)
    }

    /// How far the clock is ahead of UTC.
    fn ahead_at(&self, instant: DateTime<Utc>) -> TimeDelta {
        instant.with_timezone(&self.timezone).naive_local() - instant.naive_utc()
    }
}

/// The first instant at which the clock shows this time; where it skips it, the first after the gap.
fn first_instant(zone: Tz, wall_clock: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&wall_clock) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => instant.with_timezone(&Utc),
        LocalResult::None => end_of_gap(zone, wall_clock),
    }
}

/// The instant at which the gap around `wall_clock` ends: the first whole second whose wall clock is past it.
fn end_of_gap(zone: Tz, wall_clock: NaiveDateTime) -> DateTime<Utc> {
    let shows_later = |second: i64| {
        DateTime::from_timestamp(second, 0)
            .is_none_or(|instant| instant.with_timezone(&zone).naive_local() > wall_clock)
    };
    // Offsets are less than a day, and so is every gap but those where a zone changed sides of the date line.
    let (mut before, mut after) =
        (wall_clock.and_utc().timestamp() - 172_800, wall_clock.and_utc().timestamp() + 172_800);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if shows_later(middle) { after = middle } else { before = middle }
    }
    DateTime::from_timestamp(after, 0).unwrap_or_else(|| wall_clock.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn calendar(timezone: Tz, hour: u8) -> Calendar {
        Calendar { timezone, day_start: DayStart::from_hour(hour).unwrap() }
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn wall_clock(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    // Worked by hand from the zones' published rules: Paris is UTC+1 and UTC+2 in summer, which began on 2024-03-31 and
    // ended on 2024-10-27 at 01:00 UTC; Kathmandu is UTC+5:45; Lord Howe moves by half an hour, UTC+10:30 and UTC+11.
    #[rstest]
    #[case(chrono_tz::UTC, 0, "2024-05-01T00:00:00Z", "2024-05-01", 0)]
    #[case(chrono_tz::UTC, 4, "2024-05-01T03:59:59.999999Z", "2024-04-30", 3)]
    #[case(chrono_tz::UTC, 4, "2024-05-01T04:00:00Z", "2024-05-01", 4)]
    #[case(chrono_tz::Europe::Paris, 4, "2024-03-31T00:59:59Z", "2024-03-30", 1)]
    #[case(chrono_tz::Europe::Paris, 4, "2024-03-31T01:00:00Z", "2024-03-30", 3)]
    #[case(chrono_tz::Europe::Paris, 4, "2024-03-31T02:00:00Z", "2024-03-31", 4)]
    #[case(chrono_tz::Europe::Paris, 4, "2024-10-27T00:30:00Z", "2024-10-26", 2)]
    #[case(chrono_tz::Europe::Paris, 4, "2024-10-27T01:30:00Z", "2024-10-26", 2)]
    #[case(chrono_tz::Asia::Kathmandu, 0, "2024-05-01T18:14:59Z", "2024-05-01", 23)]
    #[case(chrono_tz::Asia::Kathmandu, 0, "2024-05-01T18:15:00Z", "2024-05-02", 0)]
    #[case(chrono_tz::Australia::Lord_Howe, 0, "2024-10-05T15:29:59Z", "2024-10-06", 1)]
    #[case(chrono_tz::Australia::Lord_Howe, 0, "2024-10-05T15:30:00Z", "2024-10-06", 2)]
    fn an_instant_has_one_business_hour(
        #[case] zone: Tz,
        #[case] day_start: u8,
        #[case] instant: &str,
        #[case] day: &str,
        #[case] hour: u8,
    ) {
        assert_eq!(calendar(zone, day_start).hour_of(utc(instant)), BusinessHour { day: date(day), hour });
    }

    // Paris as above; in Santiago the clocks went from 23:59:59 to 01:00 on 2024-09-08, so that day has no 00:30.
    #[rstest]
    #[case(chrono_tz::Europe::Paris, "2024-03-31T02:30:00", "2024-03-31T01:30:00Z")]
    #[case(chrono_tz::Europe::Paris, "2024-03-31T03:00:00", "2024-03-31T01:00:00Z")]
    #[case(chrono_tz::Europe::Paris, "2024-10-27T02:30:00", "2024-10-27T00:30:00Z")]
    #[case(chrono_tz::America::Santiago, "2024-09-08T00:30:00", "2024-09-08T04:30:00Z")]
    fn a_wall_clock_time_is_one_instant(#[case] zone: Tz, #[case] written: &str, #[case] instant: &str) {
        assert_eq!(SourceClock { timezone: zone }.instant_of(wall_clock(written)), utc(instant));
    }

    #[rstest]
    #[case("2024-03-31", 23)]
    #[case("2024-10-27", 25)]
    #[case("2024-10-28", 24)]
    fn a_day_of_a_change_is_longer_or_shorter(#[case] day: &str, #[case] hours: i64) {
        let paris = calendar(chrono_tz::Europe::Paris, 0);
        let day = date(day);
        assert_eq!((paris.end_of(day) - paris.start_of(day)).num_hours(), hours);
        assert_eq!(paris.has_hour(day, 2), hours != 23);
    }

    #[test]
    fn the_last_ended_day_ends_with_its_last_microsecond() {
        let paris = calendar(chrono_tz::Europe::Paris, 4);
        assert_eq!(paris.last_ended_day(utc("2024-06-02T01:59:59.999999Z")), date("2024-05-31"));
        assert_eq!(paris.last_ended_day(utc("2024-06-02T02:00:00Z")), date("2024-06-01"));
    }

    #[rstest]
    #[case("04:00", Some(4))]
    #[case("12:00", Some(12))]
    #[case("13:00", None)]
    #[case("04:30", None)]
    #[case("4", None)]
    fn a_day_start_is_a_whole_hour_up_to_noon(#[case] text: &str, #[case] hour: Option<u8>) {
        assert_eq!(text.parse::<DayStart>().ok().map(DayStart::hour), hour);
    }

    fn some_zone() -> impl Strategy<Value = Tz> {
        prop::sample::select(vec![
            chrono_tz::UTC,
            chrono_tz::Europe::Paris,
            chrono_tz::America::New_York,
            chrono_tz::America::Santiago,
            chrono_tz::America::Havana,
            chrono_tz::Asia::Kathmandu,
            chrono_tz::Asia::Beirut,
            chrono_tz::Australia::Lord_Howe,
            chrono_tz::Pacific::Apia,
        ])
    }

    proptest! {
        #[test]
        fn bounds_and_days_agree(zone in some_zone(), hour in 0u8..=12, seconds in 1_200_000_000i64..1_900_000_000) {
            let calendar = calendar(zone, hour);
            let instant = DateTime::from_timestamp(seconds, 0).unwrap();
            let day = calendar.day_of(instant);
            prop_assert!(calendar.start_of(day) <= instant && instant < calendar.end_of(day));
        }

        #[test]
        fn a_window_in_the_source_s_clock_misses_no_order_of_the_day(
            source in some_zone(),
            zone in some_zone(),
            hour in 0u8..=12,
            days in 14_000i64..21_000,
            offset in -100_000i64..200_000,
        ) {
            let (clock, calendar) = (SourceClock { timezone: source }, calendar(zone, hour));
            let day = NaiveDate::default() + TimeDelta::days(days);
            let window = clock.window(calendar.start_of(day)..calendar.end_of(day));
            let written = window.start + TimeDelta::seconds(offset);
            if calendar.day_of(clock.instant_of(written)) == day {
                prop_assert!(window.contains(&written));
            }
            // Wider than the day by a change of the clocks at most.
            let longer = (window.end - window.start) - (calendar.end_of(day) - calendar.start_of(day));
            prop_assert!(longer <= TimeDelta::hours(25), "{longer}");
        }
    }
}
