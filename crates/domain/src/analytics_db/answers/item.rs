//! One item over time.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::DateRange;
use crate::analytics_db::schema::{item_sales, published_days};
use crate::money::Money;

/// An item that has been sold.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Item {
    /// Its name on the newest day on which it sold.
    #[diesel(sql_type = Text)]
    pub item_name: String,
    /// The oldest published day on which it sold.
    #[diesel(sql_type = Date)]
    pub first_sold: NaiveDate,
    /// The newest.
    #[diesel(sql_type = Date)]
    pub last_sold: NaiveDate,
}

/// What an item sold on one published day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemDay {
    /// The business day.
    pub date: NaiveDate,
    /// How many were sold: zero on a day without it.
    pub quantity: i64,
    /// Sum of quantity times unit price.
    pub sales: Money,
}

/// The item, if it was sold on any published day.
///
/// # Errors
/// Those of the database.
pub async fn item(connection: &mut AsyncMysqlConnection, item_id: i64) -> QueryResult<Option<Item>> {
    diesel::sql_query(
        "SELECT newest.item_name, newest.date AS last_sold, \
                (SELECT MIN(date) FROM item_sales WHERE item_id = ?) AS first_sold \
         FROM item_sales AS newest WHERE newest.item_id = ? \
         ORDER BY newest.item_id DESC, newest.date DESC LIMIT 1",
    )
    .bind::<BigInt, _>(item_id)
    .bind::<BigInt, _>(item_id)
    .get_result(connection)
    .await
    .optional()
}

/// The published days of the range with what the item sold on each, newest first.
///
/// # Errors
/// Those of the database.
pub async fn item_days(
    connection: &mut AsyncMysqlConnection,
    item_id: i64,
    range: DateRange,
) -> QueryResult<Vec<ItemDay>> {
    let of_day = item_sales::date.eq(published_days::date).and(item_sales::item_id.eq(item_id));
    let rows: Vec<(NaiveDate, Option<i64>, Option<BigDecimal>)> = published_days::table
        .left_join(item_sales::table.on(of_day))
        .filter(published_days::date.between(range.first, range.last))
        .order(published_days::date.desc())
        .select((published_days::date, item_sales::quantity.nullable(), item_sales::sales.nullable()))
        .load(connection)
        .await?;
    let day = |(date, quantity, sales): (_, Option<i64>, Option<BigDecimal>)| ItemDay {
        date,
        quantity: quantity.unwrap_or_default(),
        sales: sales.unwrap_or_default().into(),
    };
    Ok(rows.into_iter().map(day).collect())
}
