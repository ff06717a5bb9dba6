//! Business days with their revenue.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::DateRange;
use crate::analytics_db::schema::{daily_revenue_cache, published_days};
use crate::money::Money;

/// One business day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailyRow {
    /// The business day.
    pub date: NaiveDate,
    /// Sum of the totals of its served orders.
    pub total_revenue: Money,
    /// Its served orders.
    pub order_count: i32,
    /// Revenue an order; zero on a day without orders.
    pub average_order_value: Money,
    /// Whether our ledger lists the day; otherwise the row was adopted from the old service.
    pub published: bool,
}

type Columns = (NaiveDate, Option<BigDecimal>, Option<i32>, Option<BigDecimal>, bool);

/// The newest `limit` days of the range that have a row, newest first. What an adopted row does not say is zero.
///
/// # Errors
/// Those of the database.
pub async fn newest_days(
    connection: &mut AsyncMysqlConnection,
    range: DateRange,
    limit: u32,
) -> QueryResult<Vec<DailyRow>> {
    let rows: Vec<Columns> = daily_revenue_cache::table
        .left_join(published_days::table.on(published_days::date.eq(daily_revenue_cache::date)))
        .filter(daily_revenue_cache::date.between(range.first, range.last))
        .order(daily_revenue_cache::date.desc())
        .limit(i64::from(limit))
        .select((
            daily_revenue_cache::date,
            daily_revenue_cache::total_revenue,
            daily_revenue_cache::order_count,
            daily_revenue_cache::average_order_value,
            published_days::date.nullable().is_not_null(),
        ))
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(DailyRow::from).collect())
}

impl From<Columns> for DailyRow {
    fn from((date, total_revenue, order_count, average_order_value, published): Columns) -> Self {
        Self {
            date,
            total_revenue: total_revenue.unwrap_or_default().into(),
            order_count: order_count.unwrap_or_default(),
            average_order_value: average_order_value.unwrap_or_default().into(),
            published,
        }
    }
}
