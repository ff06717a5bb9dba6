//! What sold best over a range of business days.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Numeric, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::DateRange;
use crate::analytics_db::schema::published_days;
use crate::money::Money;

/// What puts one item before another; equals stand by item id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// Most sold first.
    Quantity,
    /// Highest item sales first.
    Sales,
}

/// An item over the range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemTotal {
    /// The ordering platform's id.
    pub item_id: i64,
    /// Its name on the latest day of the range on which it sold.
    pub item_name: String,
    /// How many were sold.
    pub quantity: i64,
    /// Sum of quantity times unit price.
    pub sales: Money,
}

// The columns of the .sql files, which fix these types by what they select: CAST(.. AS SIGNED) and SUM of a DECIMAL.
#[derive(QueryableByName)]
struct ItemRow {
    #[diesel(sql_type = BigInt)]
    item_id: i64,
    #[diesel(sql_type = Text)]
    item_name: String,
    #[diesel(sql_type = BigInt)]
    total_quantity: i64,
    #[diesel(sql_type = Numeric)]
    total_sales: BigDecimal,
}

/// The `limit` best items of the range, best first.
///
/// # Errors
/// Those of the database.
pub async fn top_items(
    connection: &mut AsyncMysqlConnection,
    range: DateRange,
    sort_by: SortBy,
    limit: u32,
) -> QueryResult<Vec<ItemTotal>> {
    let text = match sort_by {
        SortBy::Quantity => include_str!("top_items_by_quantity.sql"),
        SortBy::Sales => include_str!("top_items_by_sales.sql"),
    };
    let rows: Vec<ItemRow> = diesel::sql_query(text)
        .bind::<Date, _>(range.first)
        .bind::<Date, _>(range.last)
        .bind::<BigInt, _>(i64::from(limit))
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(ItemTotal::from).collect())
}

impl From<ItemRow> for ItemTotal {
    fn from(row: ItemRow) -> Self {
        Self {
            item_id: row.item_id,
            item_name: row.item_name,
            quantity: row.total_quantity,
            sales: row.total_sales.into(),
        }
    }
}

/// The published days of the range, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn published_dates(
    connection: &mut AsyncMysqlConnection,
    range: DateRange,
) -> QueryResult<Vec<NaiveDate>> {
    published_days::table
        .filter(published_days::date.between(range.first, range.last))
        .order(published_days::date)
        .select(published_days::date)
        .load(connection)
        .await
}
