//! Reading what orders sold, line by line.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Numeric, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::catalogue::quoted;
use super::{IdRanges, SourceAmount};

/// One line of an order.
#[derive(Clone, Debug, QueryableByName)]
pub struct OrderLine {
    /// Its id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The order that it belongs to.
    #[diesel(sql_type = BigInt)]
    pub order_id: i64,
    /// The item sold.
    #[diesel(sql_type = BigInt)]
    pub item_id: i64,
    /// The item's name at the time.
    #[diesel(sql_type = Text)]
    pub item_name: String,
    /// Units.
    #[diesel(sql_type = BigInt)]
    pub quantity: i64,
    /// Price of one.
    #[diesel(sql_type = Numeric)]
    pub unit_price: SourceAmount,
}

/// Ranges asked for in one statement: a few, because the server looks up the index for each of them first.
const RANGES_A_STATEMENT: usize = 100;

/// All lines of the orders in `order_ids`, read by `index`, which leads with `order_id`. Runs of ids with gaps in them
/// bring the lines of orders that were not asked for along: the caller drops those.
///
/// # Errors
/// If the source cannot be read.
pub async fn lines_of(
    connection: &mut AsyncMysqlConnection,
    order_ids: &IdRanges,
    index: &str,
) -> QueryResult<Vec<OrderLine>> {
    let index = quoted(index);
    let ranges: Vec<_> = order_ids.iter().collect();
    let mut lines = Vec::new();
    for some in ranges.chunks(RANGES_A_STATEMENT) {
        let conditions = vec!["order_id BETWEEN ? AND ?"; some.len()].join(" OR ");
        // The hint: for a range of more than a tenth or so of the table an optimiser would read all of it.
        let mut query = sql_query(format!(
            "SELECT id, order_id, item_id, item_name, quantity, unit_price FROM order_items FORCE INDEX ({index}) \
             WHERE {conditions}"
        ))
        .into_boxed();
        for ids in some {
            query = query.bind::<BigInt, _>(*ids.start()).bind::<BigInt, _>(*ids.end());
        }
        lines.extend(query.load::<OrderLine>(connection).await?);
    }
    Ok(lines)
}
