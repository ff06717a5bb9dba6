//! The timestamps of a series: days, hours or whole numbers, each counted so that one step is 1.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _};

/// How times of a day may be written.
const TIMES: [&str; 4] = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"];

/// Seconds in an hour.
const HOUR: i64 = 3600;

/// Hours in a day.
const DAY: i64 = 24;

/// A timestamp as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timestamp {
    /// A date, with or without a time of day.
    Time(NaiveDateTime),
    /// A whole number.
    Number(i64),
}

impl Timestamp {
    /// Reads it, or says what is wrong.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if let Ok(number) = text.parse() {
            return Ok(Self::Number(number));
        }
        let date = || Some(text.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN));
        let time = TIMES.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
        time.or_else(date).map(Self::Time).ok_or_else(|| {
            format!("{text:?} is no timestamp: write YYYY-MM-DD, YYYY-MM-DD HH:MM[:SS] or a whole number")
        })
    }

    /// Whether it is a date, and not one at midnight.
    pub(super) fn has_hour(self) -> bool {
        matches!(self, Self::Time(time) if time.time() != NaiveTime::MIN)
    }

    /// Whether it lies within an hour, where no step of a series does.
    pub(super) fn is_within_an_hour(self) -> bool {
        matches!(self, Self::Time(time) if time.minute() != 0 || time.second() != 0)
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Number(_))
    }
}

/// What the steps of a series are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Day,
    Hour,
    Number,
}

impl Unit {
    /// The count of the step that a timestamp lies in; none if it is of another kind.
    pub(super) fn index(self, timestamp: Timestamp) -> Option<i64> {
        match (self, timestamp) {
            (Self::Day, Timestamp::Time(time)) => Some(i64::from(time.date().num_days_from_ce())),
            (Self::Hour, Timestamp::Time(time)) => Some(time.and_utc().timestamp().div_euclid(HOUR)),
            (Self::Number, Timestamp::Number(number)) => Some(number),
            _ => None,
        }
    }

    /// The count of a day, or of its first hour.
    pub(super) fn of_day(self, day: NaiveDate) -> i64 {
        self.index(Timestamp::Time(day.and_time(NaiveTime::MIN))).unwrap_or_default()
    }

    /// The day of a step and the hour in it.
    pub(super) fn day_and_hour(self, index: i64) -> (NaiveDate, usize) {
        let (day, hour) = match self {
            Self::Hour => {
                let time =
                    DateTime::from_timestamp(index.saturating_mul(HOUR), 0).map(|time| time.date_naive());
                (time, index.rem_euclid(DAY))
            }
            _ => (i32::try_from(index).ok().and_then(NaiveDate::from_num_days_from_ce_opt), 0),
        };
        (day.unwrap_or_default(), usize::try_from(hour).unwrap_or_default())
    }

    /// A step as it is written.
    pub(super) fn text(self, index: i64) -> String {
        let (day, hour) = self.day_and_hour(index);
        match self {
            Self::Day => day.to_string(),
            Self::Hour => format!("{day} {hour:02}:00:00"),
            Self::Number => index.to_string(),
        }
    }

    /// What so many steps are called.
    pub(super) fn counted(self, steps: usize) -> String {
        let noun = match self {
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Number => "step",
        };
        if steps == 1 { format!("1 {noun}") } else { format!("{steps} {noun}s") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted_and_written_back() {
        for (unit, text, next) in [
            (Unit::Day, "2024-02-28", "2024-02-29"),
            (Unit::Hour, "2024-02-29T23:00", "2024-03-01 00:00:00"),
            (Unit::Hour, "1969-12-31 23:00:00", "1970-01-01 00:00:00"),
            (Unit::Number, "-1", "0"),
        ] {
            let index = unit.index(Timestamp::read(text).unwrap()).unwrap();
            assert_eq!(unit.text(index + 1), next);
        }
    }

    #[test]
    fn a_number_is_no_date() {
        assert_eq!(Unit::Day.index(Timestamp::read("700").unwrap()), None);
        assert_eq!(Unit::Number.index(Timestamp::read("2024-01-01").unwrap()), None);
        for text in ["", "2024-13-01", "2024-01-01 25:00", "01/02/2024", "1.5", "2024-01-01 10:00:00.5"] {
            assert!(Timestamp::read(text).is_err(), "{text}");
        }
    }
}
