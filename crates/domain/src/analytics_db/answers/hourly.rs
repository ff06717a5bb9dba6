//! Business days by hour.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::DateRange;
use crate::analytics_db::schema::hourly_order_cache;
use crate::money::Money;

/// One wall-clock hour of a business day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourlyRow {
    /// The business day.
    pub date: NaiveDate,
    /// The hour, 0 to 23.
    pub hour: i32,
    /// Its served orders.
    pub order_count: i32,
    /// Their revenue; the old service did not keep it.
    pub revenue: Option<Money>,
}

type Columns = (NaiveDate, i32, Option<i32>, Option<BigDecimal>);

/// The hours of the range's days, by date and hour. A count that an adopted row does not say is zero.
///
/// # Errors
/// Those of the database.
pub async fn hourly_rows(
    connection: &mut AsyncMysqlConnection,
    range: DateRange,
) -> QueryResult<Vec<HourlyRow>> {
    let rows: Vec<Columns> = hourly_order_cache::table
        .filter(hourly_order_cache::date.between(range.first, range.last))
        .order((hourly_order_cache::date, hourly_order_cache::hour))
        .select((
            hourly_order_cache::date,
            hourly_order_cache::hour,
            hourly_order_cache::order_count,
            hourly_order_cache::revenue,
        ))
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(HourlyRow::from).collect())
}

impl From<Columns> for HourlyRow {
    fn from((date, hour, order_count, revenue): Columns) -> Self {
        Self { date, hour, order_count: order_count.unwrap_or_default(), revenue: revenue.map(Money::from) }
    }
}
