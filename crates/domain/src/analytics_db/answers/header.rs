//! What every answer says about itself: the generation it was made from, and what its figures mean.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use diesel::dsl::{max, min};
use diesel::prelude::*;
use diesel::result::Error::DeserializationError;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use crate::analytics_db::schema::{
    daily_revenue_cache, hourly_order_cache, publication, published_days, runs,
};
use crate::calendar::{Calendar, DayStart};

/// The publication row and the ends of the published tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Raised whenever anything published changes.
    pub generation: i64,
    /// When that last happened; none before the first publication.
    pub published_at: Option<DateTime<Utc>>,
    /// The calendar of the published days; none before a run has written it.
    pub calendar: Option<Calendar>,
    /// ISO 4217 code of the amounts.
    pub currency: Option<String>,
    /// The last day that the newest forecast knew.
    pub forecast_origin: Option<NaiveDate>,
    /// What the newest attempt at a forecast came to: `none`, `provisional` or `full`; none before the first.
    pub forecast_stage: Option<String>,
    /// Why it came to no more; none when it is full.
    pub forecast_reason: Option<String>,
    /// The oldest published day.
    pub first_published: Option<NaiveDate>,
    /// The newest published day.
    pub computed_through: Option<NaiveDate>,
    /// The oldest day that has a daily row, adopted ones included.
    pub first_daily: Option<NaiveDate>,
    /// The oldest day that has hourly rows, adopted ones included.
    pub first_hourly: Option<NaiveDate>,
    /// The newest day that has hourly rows, adopted ones included.
    pub last_hourly: Option<NaiveDate>,
    /// The newest run, which need not have published anything.
    pub newest_run: Option<i64>,
    /// When it ended; none while it goes on.
    pub newest_run_finished: Option<NaiveDateTime>,
}

impl Header {
    /// The published calendar. Before a run has written one there can only be figures of the old service, whose days
    /// are taken to be those of the default settings.
    #[must_use]
    pub fn calendar_or_default(&self) -> Calendar {
        self.calendar.unwrap_or(Calendar { timezone: Tz::UTC, day_start: DayStart::default() })
    }
}

/// The publication row names a calendar that this program cannot read.
#[derive(Debug, thiserror::Error)]
#[error(
    "the publication row holds the calendar {timezone:?}, {day_start}, which this program cannot read: {reason}"
)]
pub struct UnreadableCalendar {
    timezone: String,
    day_start: NaiveTime,
    reason: String,
}

#[derive(Queryable)]
struct HeaderRow {
    generation: i64,
    published_at: Option<NaiveDateTime>,
    timezone: Option<String>,
    day_start: Option<NaiveTime>,
    currency: Option<String>,
    forecast_origin: Option<NaiveDate>,
    forecast_stage: Option<String>,
    forecast_reason: Option<String>,
    first_published: Option<NaiveDate>,
    computed_through: Option<NaiveDate>,
    first_daily: Option<NaiveDate>,
    first_hourly: Option<NaiveDate>,
    last_hourly: Option<NaiveDate>,
    newest_run: Option<i64>,
    newest_run_finished: Option<NaiveDateTime>,
}

/// Reads the header in one statement that touches only the ends of indexes. Before the first run there may be no
/// publication row, and the header is empty.
///
/// # Errors
/// Those of the database, and a deserialization error holding [`UnreadableCalendar`].
pub async fn header(connection: &mut AsyncMysqlConnection) -> QueryResult<Header> {
    let row: Option<HeaderRow> = publication::table
        .select((
            publication::generation,
            publication::published_at,
            publication::timezone,
            publication::day_start,
            publication::currency,
            publication::forecast_origin,
            publication::forecast_stage,
            publication::forecast_reason,
            published_days::table.select(min(published_days::date)).single_value(),
            published_days::table.select(max(published_days::date)).single_value(),
            daily_revenue_cache::table.select(min(daily_revenue_cache::date)).single_value(),
            hourly_order_cache::table.select(min(hourly_order_cache::date)).single_value(),
            hourly_order_cache::table.select(max(hourly_order_cache::date)).single_value(),
            runs::table.select(max(runs::id)).single_value(),
            runs::table.order(runs::id.desc()).select(runs::finished_at).limit(1).single_value(),
        ))
        .first(connection)
        .await
        .optional()?;
    row.map_or_else(|| Ok(Header::default()), Header::try_from)
}

impl TryFrom<HeaderRow> for Header {
    type Error = diesel::result::Error;

    fn try_from(row: HeaderRow) -> QueryResult<Self> {
        let calendar = match (row.timezone, row.day_start) {
            (Some(timezone), Some(day_start)) => Some(calendar(&timezone, day_start)?),
            _ => None,
        };
        Ok(Self {
            generation: row.generation,
            published_at: row.published_at.map(|instant| instant.and_utc()),
            calendar,
            currency: row.currency,
            forecast_origin: row.forecast_origin,
            forecast_stage: row.forecast_stage,
            forecast_reason: row.forecast_reason,
            first_published: row.first_published,
            computed_through: row.computed_through,
            first_daily: row.first_daily,
            first_hourly: row.first_hourly,
            last_hourly: row.last_hourly,
            newest_run: row.newest_run,
            newest_run_finished: row.newest_run_finished,
        })
    }
}

fn calendar(timezone: &str, day_start: NaiveTime) -> QueryResult<Calendar> {
    let unreadable = |reason: String| {
        DeserializationError(Box::new(UnreadableCalendar {
            timezone: timezone.to_owned(),
            day_start,
            reason,
        }))
    };
    Ok(Calendar {
        timezone: timezone.parse::<Tz>().map_err(|error| unreadable(error.to_string()))?,
        day_start: DayStart::try_from(day_start).map_err(|error| unreadable(error.to_string()))?,
    })
}
