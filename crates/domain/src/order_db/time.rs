//! DATETIMEs as the source holds them, zero dates included.

use std::ops::RangeInclusive;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::mysql::data_types::MysqlTime;
use diesel::mysql::{Mysql, MysqlValue};
use diesel::sql_types::{Datetime, Timestamp};

/// The years of real orders. The ends of what a DATE holds stand for "none" or "never" in legacy rows, and in another
/// zone such a moment may be of a day that no DATE holds.
const YEARS: RangeInclusive<i32> = 1001..=9998;

/// A DATETIME, or nothing where the source holds a zero date such as `0000-00-00`, or one beyond any real order's such
/// as `9999-12-31`: legacy rows have those, and one of them must not stop a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromSqlRow)]
pub struct SourceTime(pub Option<NaiveDateTime>);

impl FromSql<Datetime, Mysql> for SourceTime {
    fn from_sql(value: MysqlValue<'_>) -> deserialize::Result<Self> {
        let time = <MysqlTime as FromSql<Datetime, Mysql>>::from_sql(value)?;
        Ok(Self(calendar_time(&time)))
    }
}

impl FromSql<Timestamp, Mysql> for SourceTime {
    fn from_sql(value: MysqlValue<'_>) -> deserialize::Result<Self> {
        <Self as FromSql<Datetime, Mysql>>::from_sql(value)
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
