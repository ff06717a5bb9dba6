//! The extractor of raw lines: every line comes over and is folded here. It needs nothing of the source but a range read
//! by `order_id`, however scattered the orders are.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Numeric, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::catalogue::{Catalogue, quoted};
use super::sold::Items;
use super::{IdRanges, SourceAmount};
use crate::sales::ItemSales;

/// One line of an order.
#[derive(QueryableByName)]
struct OrderLine {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    order_id: i64,
    #[diesel(sql_type = BigInt)]
    item_id: i64,
    #[diesel(sql_type = Text)]
    item_name: String,
    #[diesel(sql_type = BigInt)]
    quantity: i64,
    #[diesel(sql_type = Numeric)]
    unit_price: SourceAmount,
}

/// Ids between two orders across which their lines are still asked for as one range.
const GAP: i64 = 16;

/// Ranges asked for in one statement: a few, because the server looks up the index for each of them first.
const RANGES_A_STATEMENT: usize = 100;

/// Adds what `orders` sold to `items`. Runs of ids with gaps in them bring the lines of orders that were not asked for
/// along, and those are dropped.
///
/// # Errors
/// If the source cannot be read.
pub(super) async fn read<T: Copy + Ord>(
    connection: &mut AsyncMysqlConnection,
    orders: &[(i64, T)],
    catalogue: &Catalogue,
    items: &mut Items<T>,
) -> QueryResult<()> {
    let index = quoted(&catalogue.order_id_index);
    let ids = IdRanges::from_ids(orders.iter().map(|(id, _)| *id..=*id), GAP);
    let ranges: Vec<_> = ids.iter().collect();
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
        for line in query.load::<OrderLine>(connection).await? {
            let Ok(at) = orders.binary_search_by_key(&line.order_id, |(id, _)| *id) else { continue };
            let OrderLine { id, item_id, item_name, quantity, unit_price, .. } = line;
            let sales = unit_price.0.times(quantity);
            items.add(
                orders[at].1,
                item_id,
                ItemSales { name: item_name, name_line_id: id, quantity, sales },
                1,
            );
        }
    }
    Ok(())
}
