//! DATETIMEs as the source holds them, zero dates included.

use std::ops::RangeInclusive;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::mysql::data_types::{MysqlTime, MysqlTimestampType};
use diesel::mysql::{Mysql, MysqlValue};
use diesel::sql_types::{Datetime, Timestamp};

/// The years of real orders. The ends of what a DATE holds stand for "none" or "never" in legacy rows, and in another
/// zone such a moment may be of a day that no DATE holds.
const YEARS: RangeInclusive<i32> = 1001..=9998;

/// A DATETIME, or nothing where the source holds a zero date such as `0000-00-00`, or one beyond any real order's such
/// as `9999-12-31`, or NULL: legacy rows have those, and one of them must not stop a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromSqlRow)]
pub struct SourceTime(pub Option<NaiveDateTime>);

impl FromSql<Datetime, Mysql> for SourceTime {
    fn from_sql(value: MysqlValue<'_>) -> deserialize::Result<Self> {
        let time = <MysqlTime as FromSql<Datetime, Mysql>>::from_sql(value)?;
        Ok(Self(calendar_time(&time)))
    }

    fn from_nullable_sql(value: Option<MysqlValue<'_>>) -> deserialize::Result<Self> {
        value.map_or(Ok(Self(None)), <Self as FromSql<Datetime, Mysql>>::from_sql)
    }
}

impl FromSql<Timestamp, Mysql> for SourceTime {
    fn from_sql(value: MysqlValue<'_>) -> deserialize::Result<Self> {
        <Self as FromSql<Datetime, Mysql>>::from_sql(value)
    }
}

impl SourceTime {
    /// Reads a DATETIME as servers write it, such as `2024-05-01 18:30:00.250000`; None of anything else.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
        let marks = |at: usize| text.as_bytes().get(at).copied();
        if [4, 7, 10, 13, 16].map(marks) != [b'-', b'-', b' ', b':', b':'].map(Some) {
            return None;
        }
        let second_part = match text.get(19..)?.strip_prefix('.') {
            None if text.len() == 19 => 0,
            None => return None,
            Some(digits) => {
                let missing = 6_usize.checked_sub(digits.len())?;
                digits.parse::<u32>().ok()? * 10_u32.pow(u32::try_from(missing).ok()?)
            }
        };
        let time = MysqlTime::new(
            number(0, 4)?,
            number(5, 7)?,
            number(8, 10)?,
            number(11, 13)?,
            number(14, 16)?,
            number(17, 19)?,
            second_part.into(),
            false,
            MysqlTimestampType::MYSQL_TIMESTAMP_DATETIME,
            0,
        );
        Some(Self(calendar_time(&time)))
    }
}

fn calendar_time(time: &MysqlTime) -> Option<NaiveDateTime> {
    let year = i32::try_from(time.year).ok().filter(|year| YEARS.contains(year))?;
    NaiveDate::from_ymd_opt(year, time.month, time.day)?.and_hms_micro_opt(
        time.hour,
        time.minute,
        time.second,
        u32::try_from(time.second_part).ok()?,
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2024-05-01 18:30:00.250000", Some(Some("2024-05-01T18:30:00.250")))]
    #[case("2024-05-01 18:30:59.25", Some(Some("2024-05-01T18:30:59.250")))]
    #[case("2024-02-29 00:00:00", Some(Some("2024-02-29T00:00:00")))]
    #[case("0000-00-00 00:00:00.000000", Some(None))]
    #[case("2024-04-00 12:00:00", Some(None))]
    #[case("9999-12-31 23:59:59.999999", Some(None))]
    #[case("2024-05-01", None)]
    #[case("2024-05-01 18:30:00.", None)]
    #[case("2024-05-01 18:30:00.1234567", None)]
    #[case("2024-05-01 18:30:00+00", None)]
    fn a_time_is_read_as_servers_write_it(#[case] text: &str, #[case] time: Option<Option<&str>>) {
        let expected = time.map(|time| SourceTime(time.map(|time| time.parse().unwrap())));
        assert_eq!(SourceTime::from_text(text), expected);
    }
}
