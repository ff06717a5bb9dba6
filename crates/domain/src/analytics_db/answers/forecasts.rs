//! Forecasts: the newest ones issued, or else those adopted from the old service.
//!
//! An adopted row is served only while nothing was issued for its types, and of the duplicates that the old service
//! wrote for a date only the last.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Numeric, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::DateRange;
use crate::analytics_db::forecasts::DAILY_REVENUE;
use crate::analytics_db::schema::forecast_history;
use crate::money::Money;

/// A prediction interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Its lower end.
    pub lower: Money,
    /// Its upper end.
    pub upper: Money,
}

/// What is expected of a business day, or of one of its hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// `daily_revenue`, or `hourly_00` to `hourly_23`.
    pub forecast_type: String,
    /// The business day.
    pub date: NaiveDate,
    /// The expected value: money, or orders with decimals.
    pub value: Money,
    /// How many business days after its origin the day is; none in adopted rows, like all that follows.
    pub horizon: Option<i32>,
    /// The model that made it.
    pub model: Option<String>,
    /// The 80 % prediction interval.
    pub interval_80: Option<Interval>,
    /// The 95 % prediction interval.
    pub interval_95: Option<Interval>,
}

impl Forecast {
    /// The wall-clock hour that it is for; none if it is for a whole day.
    #[must_use]
    pub fn hour(&self) -> Option<u8> {
        self.forecast_type.strip_prefix("hourly_")?.parse().ok().filter(|hour| *hour < 24)
    }
}

/// Forecast types that are issued together, as the first and the last of them by name.
#[derive(Clone, Copy)]
struct Types(&'static str, &'static str);

const OF_REVENUE: Types = Types(DAILY_REVENUE, DAILY_REVENUE);
const OF_HOURLY_ORDERS: Types = Types("hourly_00", "hourly_23");

/// The revenue expected of the range's days, soonest first, at most `limit` of them. `origin` is that of the newest
/// forecast ([`Header::forecast_origin`](super::Header::forecast_origin)). At most two statements.
///
/// # Errors
/// Those of the database.
pub async fn daily_revenue_forecasts(
    connection: &mut AsyncMysqlConnection,
    origin: Option<NaiveDate>,
    range: DateRange,
    limit: u32,
) -> QueryResult<Vec<Forecast>> {
    newest(connection, OF_REVENUE, origin, range, i64::from(limit)).await
}

/// The orders expected in each hour of the range's days, by date and wall-clock hour. At most two statements.
///
/// # Errors
/// Those of the database.
pub async fn hourly_order_forecasts(
    connection: &mut AsyncMysqlConnection,
    origin: Option<NaiveDate>,
    range: DateRange,
) -> QueryResult<Vec<Forecast>> {
    let days = (range.last - range.first).num_days() + 1;
    newest(connection, OF_HOURLY_ORDERS, origin, range, 24 * days.max(0)).await
}

async fn newest(
    connection: &mut AsyncMysqlConnection,
    types: Types,
    origin: Option<NaiveDate>,
    range: DateRange,
    limit: i64,
) -> QueryResult<Vec<Forecast>> {
    if let Some(origin) = origin {
        let forecasts = issued(connection, types, origin, range, limit).await?;
        if !forecasts.is_empty() {
            return Ok(forecasts);
        }
    }
    adopted(connection, types, range, limit).await
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = forecast_history)]
#[diesel(check_for_backend(diesel::mysql::Mysql))]
struct IssuedRow {
    forecast_type: String,
    forecast_date: NaiveDate,
    forecast_value: Option<BigDecimal>,
    horizon: Option<i32>,
    model: Option<String>,
    lower_80: Option<BigDecimal>,
    upper_80: Option<BigDecimal>,
    lower_95: Option<BigDecimal>,
    upper_95: Option<BigDecimal>,
}

async fn issued(
    connection: &mut AsyncMysqlConnection,
    types: Types,
    origin: NaiveDate,
    range: DateRange,
    limit: i64,
) -> QueryResult<Vec<Forecast>> {
    let rows: Vec<IssuedRow> = forecast_history::table
        .filter(forecast_history::origin.eq(origin))
        .filter(forecast_history::forecast_type.between(types.0, types.1))
        .filter(forecast_history::forecast_date.between(range.first, range.last))
        .order((forecast_history::forecast_date, forecast_history::forecast_type))
        .limit(limit)
        .select(IssuedRow::as_select())
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(Forecast::from).collect())
}

impl From<IssuedRow> for Forecast {
    fn from(row: IssuedRow) -> Self {
        Self {
            forecast_type: row.forecast_type,
            date: row.forecast_date,
            value: row.forecast_value.unwrap_or_default().into(),
            horizon: row.horizon,
            model: row.model,
            interval_80: interval(row.lower_80, row.upper_80),
            interval_95: interval(row.lower_95, row.upper_95),
        }
    }
}

/// The interval between two ends, if both are known.
pub(super) fn interval(lower: Option<BigDecimal>, upper: Option<BigDecimal>) -> Option<Interval> {
    Some(Interval { lower: lower?.into(), upper: upper?.into() })
}

#[derive(QueryableByName)]
struct AdoptedRow {
    #[diesel(sql_type = Text)]
    forecast_type: String,
    #[diesel(sql_type = Date)]
    forecast_date: NaiveDate,
    #[diesel(sql_type = Numeric)]
    forecast_value: BigDecimal,
}

async fn adopted(
    connection: &mut AsyncMysqlConnection,
    types: Types,
    range: DateRange,
    limit: i64,
) -> QueryResult<Vec<Forecast>> {
    let rows: Vec<AdoptedRow> = diesel::sql_query(include_str!("adopted_forecasts.sql"))
        .bind::<Text, _>(types.0)
        .bind::<Text, _>(types.1)
        .bind::<Date, _>(range.first)
        .bind::<Date, _>(range.last)
        .bind::<Text, _>(types.0)
        .bind::<Text, _>(types.1)
        .bind::<BigInt, _>(limit)
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(Forecast::from).collect())
}

impl From<AdoptedRow> for Forecast {
    fn from(row: AdoptedRow) -> Self {
        Self {
            forecast_type: row.forecast_type,
            date: row.forecast_date,
            value: row.forecast_value.into(),
            horizon: None,
            model: None,
            interval_80: None,
            interval_95: None,
        }
    }
}
