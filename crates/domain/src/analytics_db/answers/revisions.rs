//! What changed of days that stood, newest change first.

use bigdecimal::BigDecimal;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::DateRange;
use crate::analytics_db::schema::{revisions, runs};
use crate::money::Money;

/// A day's figures before and after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The business day.
    pub date: NaiveDate,
    /// When it changed.
    pub revised_at: DateTime<Utc>,
    /// The generation from which on it is so.
    pub generation: i64,
    /// The run that changed it.
    pub run_id: i64,
    /// What that run was; none if the ledger does not know it any more.
    pub run_kind: Option<String>,
    /// `orders`, `calendar`, `adopted` or `withdrawn`.
    pub cause: String,
    /// The day's revenue; none after it if the day was withdrawn.
    pub revenue: (Money, Option<Money>),
    /// Its orders, likewise.
    pub orders: (i32, Option<i32>),
    /// What its items sold, likewise; none before it of a day adopted from the old service.
    pub item_sales: (Option<Money>, Option<Money>),
    /// How many of its hours differ.
    pub hours_changed: i32,
    /// How many of its items do.
    pub items_changed: i32,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = revisions, check_for_backend(diesel::mysql::Mysql))]
struct Row {
    generation: i64,
    date: NaiveDate,
    run_id: i64,
    revised_at: NaiveDateTime,
    cause: String,
    revenue_from: BigDecimal,
    revenue_to: Option<BigDecimal>,
    orders_from: i32,
    orders_to: Option<i32>,
    item_sales_from: Option<BigDecimal>,
    item_sales_to: Option<BigDecimal>,
    hours_changed: i32,
    items_changed: i32,
}

/// The newest `limit` changes of the range's days, newest first, and of one transaction the latest day first. One
/// statement.
///
/// # Errors
/// Those of the database.
pub async fn newest_revisions(
    connection: &mut AsyncMysqlConnection,
    range: DateRange,
    limit: u32,
) -> QueryResult<Vec<Revision>> {
    let rows: Vec<(Row, Option<String>)> = revisions::table
        .left_join(runs::table.on(runs::id.eq(revisions::run_id)))
        .filter(revisions::date.between(range.first, range.last))
        .order((revisions::generation.desc(), revisions::date.desc()))
        .limit(i64::from(limit))
        .select((Row::as_select(), runs::kind.nullable()))
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(Revision::from).collect())
}

impl From<(Row, Option<String>)> for Revision {
    fn from((row, run_kind): (Row, Option<String>)) -> Self {
        Self {
            date: row.date,
            revised_at: row.revised_at.and_utc(),
            generation: row.generation,
            run_id: row.run_id,
            run_kind,
            cause: row.cause,
            revenue: (row.revenue_from.into(), row.revenue_to.map(Money::from)),
            orders: (row.orders_from, row.orders_to),
            item_sales: (row.item_sales_from.map(Money::from), row.item_sales_to.map(Money::from)),
            hours_changed: row.hours_changed,
            items_changed: row.items_changed,
        }
    }
}
