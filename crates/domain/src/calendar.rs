//! The business day: which orders belong to which day and hour.
//!
//! Business day D runs from the day start on D to the day start on D+1 in the restaurant's zone, and its hours are
//! numbered by the wall clock, 0 to 23: a day on which the clocks change has 24 rows like any other, the repeated
//! hour adding up and the skipped one empty. Everything here is arithmetic on given instants: nothing reads a clock,
//! and no zone is ever left to a database to convert.

use std::fmt;
use std::str::FromStr;

use chrono::offset::LocalResult;
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Timelike as _, Utc};
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
        instant_of(self.timezone, day.and_time(self.day_start.time()))
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
        let hour = instant.with_timezone(&self.timezone).hour();
        BusinessHour { day: self.day_of(instant), hour: u8::try_from(hour).unwrap_or_default() }
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
        (0..minutes).step_by(15).any(|offset| self.hour_of(start + TimeDelta::minutes(offset)).hour == hour)
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
    /// exist is the first instant after the gap. So a later DATETIME is never an earlier instant.
    #[must_use]
    pub fn instant_of(&self, wall_clock: NaiveDateTime) -> DateTime<Utc> {
        instant_of(self.timezone, wall_clock)
    }

    /// The least DATETIME whose instant is at or after `bound`: the bound to put into a query in place of `bound`.
    #[must_use]
    pub fn first_at_or_after(&self, bound: DateTime<Utc>) -> NaiveDateTime {
        let wall_clock = bound.with_timezone(&self.timezone).naive_local();
        let before_gap = (bound - TimeDelta::microseconds(1)).with_timezone(&self.timezone).naive_local();
        if self.instant_of(wall_clock) < bound {
            // `bound` lies in the second pass of a repeated hour, whose DATETIMEs all mean the first: the next one
            // that does not is the end of the overlap.
            return self.end_of_overlap(wall_clock);
        }
        if wall_clock - before_gap > TimeDelta::microseconds(1) {
            // `bound` ends a gap: the DATETIMEs inside the gap are moved forward to it.
            return before_gap + TimeDelta::microseconds(1);
        }
        wall_clock
    }

    fn end_of_overlap(&self, wall_clock: NaiveDateTime) -> NaiveDateTime {
        let minute = wall_clock.with_second(0).and_then(|t| t.with_nanosecond(0)).unwrap_or(wall_clock);
        (1..=24 * 60)
            .map(|offset| minute + TimeDelta::minutes(offset))
            .find(|later| !matches!(self.timezone.from_local_datetime(later), LocalResult::Ambiguous(..)))
            .unwrap_or(wall_clock)
    }
}

fn instant_of(zone: Tz, wall_clock: NaiveDateTime) -> DateTime<Utc> {
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
    let (mut before, mut after) = (wall_clock.and_utc().timestamp() - 172_800, wall_clock.and_utc().timestamp() + 172_800);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if shows_later(middle) { after = middle } else { before = middle }
    }
    DateTime::from_timestamp(after, 0).unwrap_or_else(|| wall_clock.and_utc())
}
