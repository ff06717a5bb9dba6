//! What sold best over a range of business days.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Date, Nullable, Numeric, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::DateRange;
use super::cover::Cover;
use crate::analytics_db::schema::published_days;
use crate::money::Money;

const TOP_ITEMS: &str = include_str!("top_items.sql");
const ITEM_TOTALS: &str = include_str!("item_totals.sql");

/// What puts one item before another; equals stand by item id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// Most sold first.
    Quantity,
    /// Highest item sales first.
    Sales,
}

/// What an item sold over a range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemTotal {
    /// How many were sold.
    pub quantity: i64,
    /// Sum of quantity times unit price.
    pub sales: Money,
    /// The sales of all items of the range.
    pub all_sales: Money,
}

/// One of the best items of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopItem {
    /// The ordering platform's id.
    pub item_id: i64,
    /// Its name on the latest day of the range on which it sold.
    pub item_name: String,
    /// What it sold.
    pub total: ItemTotal,
    /// Its place in the base, from 1 on, and what it sold there; none if it sold nothing.
    pub base: Option<(i64, ItemTotal)>,
}

// The columns of top_items.sql, which fixes these types by what it selects: CAST(.. AS SIGNED) and SUM of a DECIMAL.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    item_id: i64,
    #[diesel(sql_type = Text)]
    item_name: String,
    #[diesel(sql_type = BigInt)]
    quantity: i64,
    #[diesel(sql_type = Numeric)]
    sales: BigDecimal,
    #[diesel(sql_type = Numeric)]
    all_sales: BigDecimal,
    #[diesel(sql_type = Nullable<BigInt>)]
    base_place: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    base_quantity: Option<i64>,
    #[diesel(sql_type = Nullable<Numeric>)]
    base_sales: Option<BigDecimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    base_all_sales: Option<BigDecimal>,
}

/// The `limit` best items of the range, best first, each with what it sold over `base`.
///
/// # Errors
/// Those of the database.
pub async fn top_items(
    connection: &mut AsyncMysqlConnection,
    range: DateRange,
    base: DateRange,
    sort_by: SortBy,
    limit: u32,
) -> QueryResult<Vec<TopItem>> {
    let key = match sort_by {
        SortBy::Quantity => "quantity",
        SortBy::Sales => "sales",
    };
    let text = TOP_ITEMS.replace("$TOTALS", ITEM_TOTALS).replace("$KEY", key);
    let query = bind_totals(diesel::sql_query(text).into_boxed(), range).bind::<BigInt, _>(i64::from(limit));
    let rows: Vec<Row> = bind_totals(query, base).load(connection).await?;
    Ok(rows.into_iter().map(TopItem::from).collect())
}

type Query = BoxedSqlQuery<'static, Mysql, SqlQuery>;

/// Binds the ranges in the order in which item_totals.sql names them.
fn bind_totals(query: Query, range: DateRange) -> Query {
    let Cover { whole, years, months: [months_before, months_after], days: [days_before, days_after] } =
        Cover::of(range);
    [years, months_before, months_after, days_before, days_after, whole]
        .into_iter()
        .fold(query, |query, range| query.bind::<Date, _>(range.first).bind::<Date, _>(range.last))
}

impl From<Row> for TopItem {
    fn from(row: Row) -> Self {
        let base = match (row.base_place, row.base_quantity, row.base_sales, row.base_all_sales) {
            (Some(place), Some(quantity), Some(sales), Some(all_sales)) => {
                Some((place, ItemTotal { quantity, sales: sales.into(), all_sales: all_sales.into() }))
            }
            _ => None,
        };
        Self {
            item_id: row.item_id,
            item_name: row.item_name,
            total: ItemTotal {
                quantity: row.quantity,
                sales: row.sales.into(),
                all_sales: row.all_sales.into(),
            },
            base,
        }
    }
}

/// The published days of two ranges, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn published_dates(
    connection: &mut AsyncMysqlConnection,
    range: DateRange,
    base: DateRange,
) -> QueryResult<Vec<NaiveDate>> {
    let within = |range: DateRange| published_days::date.between(range.first, range.last);
    published_days::table
        .filter(within(range).or(within(base)))
        .order(published_days::date)
        .select(published_days::date)
        .load(connection)
        .await
}
