//! The extractor of raw lines: every line comes over and is folded here.
//!
//! Lines that lie together come as text, and the names of the lines that count afterwards; others come row by row, by
//! the index on their orders, however scattered those are.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::RangeInclusive;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable, Numeric, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::catalogue::{Catalogue, quoted};
use super::extent::Lines;
use super::packed::{ROWS_A_TEXT, TEXTS_A_STATEMENT, packed};
use super::sold::Items;
use super::{IdRanges, SourceAmount, SourceUnits};
use crate::id_ranges::parts;
use crate::money::Money;
use crate::sales::ItemSales;

#[derive(QueryableByName)]
struct HighestLine {
    #[diesel(sql_type = Nullable<BigInt>)]
    id: Option<i64>,
}

/// The highest id of a line up to 2⁶³, or none in an empty table. Only where lines lie by their ids: it takes long
/// elsewhere.
///
/// # Errors
/// If the source cannot be read.
pub async fn highest_line_id(connection: &mut AsyncMysqlConnection) -> QueryResult<Option<i64>> {
    let highest = sql_query(format!("SELECT MAX(id) AS id FROM order_items WHERE id <= {}", i64::MAX));
    Ok(highest.get_result::<HighestLine>(connection).await?.id)
}

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
    #[diesel(sql_type = Numeric)]
    quantity: SourceUnits,
    #[diesel(sql_type = Numeric)]
    unit_price: SourceAmount,
}

/// Ids between two orders across which their lines are still asked for as one range.
const GAP: i64 = 16;

/// Ranges asked for in one statement: a few, because the server looks up the index for each of them first.
const RANGES_A_STATEMENT: usize = 100;

/// Orders that lie together, below which their lines are read row by row: to ask where those lie would cost more.
const FEW: u64 = 100;

/// Names asked for in one statement.
const NAMES_A_STATEMENT: usize = 2_000;

/// Adds what `orders` sold to `items`.
///
/// # Errors
/// If the source cannot be read.
pub(super) async fn read<T: Copy + Ord + Hash>(
    connection: &mut AsyncMysqlConnection,
    orders: &[(i64, T)],
    catalogue: &Catalogue,
    items: &mut Items<T>,
) -> QueryResult<()> {
    let mut row_by_row = Vec::new();
    for ids in IdRanges::from_ids(orders.iter().map(|(id, _)| *id..=*id), GAP) {
        if ids.end().abs_diff(*ids.start()) < FEW
            || !read_together(connection, orders, &ids, catalogue, items).await?
        {
            row_by_row.push(ids);
        }
    }
    for some in row_by_row.chunks(RANGES_A_STATEMENT) {
        read_by_order(connection, orders, some, catalogue, items).await?;
    }
    Ok(())
}

/// What lines of one item came to.
#[derive(Default)]
struct Total {
    quantity: i128,
    sales: Money,
    highest_line: i64,
    lines: i64,
}

/// Adds what the orders with `ids` sold, if their lines lie together and the source can send them as text; if not,
/// says so and has added nothing.
async fn read_together<T: Copy + Ord + Hash>(
    connection: &mut AsyncMysqlConnection,
    orders: &[(i64, T)],
    ids: &RangeInclusive<i64>,
    catalogue: &Catalogue,
    items: &mut Items<T>,
) -> QueryResult<bool> {
    let lines = Lines::of_orders(connection, std::slice::from_ref(ids), catalogue).await?;
    let [Lines::Together(line_ids)] = lines.as_slice() else { return Ok(false) };
    let mut totals: HashMap<(T, i64), Total> = HashMap::new();
    let texts: Vec<String> = parts(line_ids.clone(), ROWS_A_TEXT)
        .map(|lines| {
            format!(
                "order_items FORCE INDEX (PRIMARY) WHERE id BETWEEN {} AND {} AND order_id BETWEEN {} AND {}",
                lines.start(),
                lines.end(),
                ids.start(),
                ids.end()
            )
        })
        .collect();
    let columns = ["id", "order_id", "item_id", "quantity", "unit_price"];
    for some in texts.chunks(TEXTS_A_STATEMENT) {
        let Some(lines) = packed(connection, &columns, some.iter(), PackedLine::parse).await? else {
            return Ok(false);
        };
        for line in lines {
            let Ok(at) = orders.binary_search_by_key(&line.order_id, |(id, _)| *id) else { continue };
            let total = totals.entry((orders[at].1, line.item_id)).or_default();
            total.highest_line = if total.lines == 0 { line.id } else { total.highest_line.max(line.id) };
            total.quantity += line.quantity;
            total.sales += &line.unit_price.times(line.quantity);
            total.lines += 1;
        }
    }
    let named = totals.values().map(|total| total.highest_line).collect::<Vec<_>>();
    let mut names = names_of(connection, &named).await?;
    for ((of, item_id), Total { quantity, sales, highest_line, lines }) in totals {
        // Inside a snapshot no line is gone between two statements.
        let name = names.remove(&highest_line).ok_or(diesel::result::Error::NotFound)?;
        items.add(of, item_id, ItemSales { name, name_line_id: highest_line, quantity, sales }, lines);
    }
    Ok(true)
}

/// A line without its name, which alone may hold any text.
struct PackedLine {
    id: i64,
    order_id: i64,
    item_id: i64,
    quantity: i128,
    unit_price: Money,
}

impl PackedLine {
    fn parse(fields: &mut std::str::Split<'_, char>) -> Option<Self> {
        Some(Self {
            id: fields.next()?.parse().ok()?,
            order_id: fields.next()?.parse().ok()?,
            item_id: fields.next()?.parse().ok()?,
            quantity: fields.next()?.parse().ok()?,
            unit_price: fields.next()?.parse().ok()?,
        })
    }
}

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    item_name: String,
}

/// The names on these lines.
async fn names_of(
    connection: &mut AsyncMysqlConnection,
    line_ids: &[i64],
) -> QueryResult<HashMap<i64, Arc<str>>> {
    let mut names = HashMap::with_capacity(line_ids.len());
    for some in line_ids.chunks(NAMES_A_STATEMENT) {
        let ids = some.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        let rows: Vec<NameRow> =
            sql_query(format!("SELECT id, item_name FROM order_items WHERE id IN ({ids})"))
                .load(connection)
                .await?;
        names.extend(rows.into_iter().map(|row| (row.id, row.item_name.into())));
    }
    Ok(names)
}

/// Adds what the orders in `ranges` sold, line by line. Ranges with gaps in them bring the lines of orders that were
/// not asked for along, and those are dropped.
async fn read_by_order<T: Copy + Ord>(
    connection: &mut AsyncMysqlConnection,
    orders: &[(i64, T)],
    ranges: &[RangeInclusive<i64>],
    catalogue: &Catalogue,
    items: &mut Items<T>,
) -> QueryResult<()> {
    let index = quoted(&catalogue.order_id_index);
    let conditions = vec!["order_id BETWEEN ? AND ?"; ranges.len()].join(" OR ");
    // The hint: for a range of more than a tenth or so of the table an optimiser would read all of it.
    let mut query = sql_query(format!(
        "SELECT id, order_id, item_id, item_name, quantity, unit_price FROM order_items FORCE INDEX ({index}) \
         WHERE {conditions}"
    ))
    .into_boxed();
    for ids in ranges {
        query = query.bind::<BigInt, _>(*ids.start()).bind::<BigInt, _>(*ids.end());
    }
    for line in query.load::<OrderLine>(connection).await? {
        let Ok(at) = orders.binary_search_by_key(&line.order_id, |(id, _)| *id) else { continue };
        let OrderLine { id, item_id, item_name, quantity, unit_price, .. } = line;
        let (name, quantity) = (item_name.into(), quantity.0);
        let sales = unit_price.0.times(quantity);
        items.add(orders[at].1, item_id, ItemSales { name, name_line_id: id, quantity, sales }, 1);
    }
    Ok(())
}
