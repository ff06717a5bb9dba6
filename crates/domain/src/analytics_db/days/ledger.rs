//! The ledger of published days: a day is published when it stands here.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::super::schema::published_days;
use crate::calendar::{Calendar, SourceClock};

/// The calendar that a day was computed by, as the ledger spells it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = published_days, check_for_backend(diesel::mysql::Mysql))]
pub struct DayCalendar {
    /// The restaurant's zone.
    pub timezone: String,
    /// When its business day begins.
    pub day_start: NaiveTime,
    /// The zone that the source's times were read in.
    pub orders_timezone: String,
}

impl DayCalendar {
    /// The calendar of a run.
    #[must_use]
    pub fn new(calendar: Calendar, source: SourceClock) -> Self {
        Self {
            timezone: calendar.timezone.name().to_owned(),
            day_start: calendar.day_start.time(),
            orders_timezone: source.timezone.name().to_owned(),
        }
    }
}

impl std::fmt::Display for DayCalendar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { timezone, day_start, orders_timezone } = self;
        write!(f, "{timezone} from {}, orders in {orders_timezone}", day_start.format("%H:%M"))
    }
}

/// A published day.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = published_days, check_for_backend(diesel::mysql::Mysql))]
pub struct PublishedDay {
    /// The business day.
    pub date: NaiveDate,
    /// The run that last changed it.
    pub run_id: i64,
    /// When that was.
    pub published_at: NaiveDateTime,
    /// The calendar it was computed by.
    #[diesel(embed)]
    pub calendar: DayCalendar,
    /// The highest id of the orders that it counts: none without orders, or if it last changed before this was kept.
    pub highest_order_id: Option<i64>,
}

/// The published days from `first` to `last`, ascending.
///
/// # Errors
/// If the database refuses.
pub(super) async fn published_between(
    connection: &mut AsyncMysqlConnection,
    first: NaiveDate,
    last: NaiveDate,
) -> QueryResult<Vec<PublishedDay>> {
    published_days::table
        .filter(published_days::date.between(first, last))
        .order(published_days::date)
        .select(PublishedDay::as_select())
        .load(connection)
        .await
}

/// All published days, ascending.
///
/// # Errors
/// If the database refuses.
pub async fn published(connection: &mut AsyncMysqlConnection) -> QueryResult<Vec<PublishedDay>> {
    published_days::table.order(published_days::date).select(PublishedDay::as_select()).load(connection).await
}
