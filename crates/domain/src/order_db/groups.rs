//! Reading what orders sold, summed by the source: a row an item and business day in place of one a line.
//!
//! Which day an order belongs to is decided in Rust, where zones are known. Orders are entered in the order of time,
//! or nearly, so that the orders of a day are one run of ids, or a few: the statement names the ids at which runs
//! begin and those within them that do not count, and the source adds up the rest.

use bigdecimal::{BigDecimal, ToPrimitive as _};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::mysql::{Mysql, MysqlValue};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Numeric, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::SourceAmount;
use super::catalogue::{Catalogue, quoted};

/// Ids in a statement: runs that begin and orders that do not count. Orders that need more are scattered, and are
/// better read line by line.
const MOST_NAMED: usize = 4_000;

/// Ids beyond it are read line by line: INTERVAL() compares by doubles where a server makes it so.
const LARGEST_EXACT: i64 = 1 << 53;

/// Lines are read in the order of their own ids where at least one in this many of those in between is asked for, and
/// by the index on their orders elsewhere, which costs a look into the table for each.
const DENSE: i64 = 2;

/// Orders by what they are to be summed into, as runs of ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runs<T> {
    /// The first id of each run, ascending, and what its orders belong to.
    starts: Vec<(i64, T)>,
    first: i64,
    last: i64,
    /// Ids within the runs that do not count.
    left_out: Vec<i64>,
}

impl<T: Copy + Eq> Runs<T> {
    /// The runs of these orders, ascending by id; None if there are none, or if they are too scattered.
    pub fn of(orders: impl IntoIterator<Item = (i64, T)>) -> Option<Self> {
        let mut orders = orders.into_iter();
        let (first, of) = orders.next()?;
        let mut runs = Self { starts: vec![(first, of)], first, last: first, left_out: Vec::new() };
        for (id, of) in orders {
            let between = usize::try_from(id.checked_sub(runs.last)?.checked_sub(1)?).ok()?;
            if runs.starts.len() + runs.left_out.len() + between >= MOST_NAMED || id > LARGEST_EXACT {
                return None;
            }
            runs.left_out.extend(runs.last + 1..id);
            if runs.starts.last().is_none_or(|(_, current)| *current != of) {
                runs.starts.push((id, of));
            }
            runs.last = id;
        }
        Some(runs)
    }
}

/// What one item sold in one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemGroup<T> {
    /// What the run's orders belong to.
    pub of: T,
    /// The item sold.
    pub item_id: i64,
    /// Units, refunds taken off.
    pub quantity: i64,
    /// Quantity times unit price, summed.
    pub sales: crate::money::Money,
    /// The highest id of the lines.
    pub line_id: i64,
    /// The item's name on that line.
    pub item_name: String,
    /// How many lines there were.
    pub lines: i64,
}

/// A sum of whole numbers, which the source gives as a decimal.
#[derive(Clone, Copy, Debug, FromSqlRow)]
struct Units(i64);

impl FromSql<Numeric, Mysql> for Units {
    fn from_sql(value: MysqlValue<'_>) -> deserialize::Result<Self> {
        let sum = BigDecimal::from_sql(value)?;
        sum.to_i64().map(Self).ok_or_else(|| format!("a sum of quantities, {sum}, is too large").into())
    }
}

#[derive(QueryableByName)]
struct GroupRow {
    #[diesel(sql_type = BigInt)]
    part: i64,
    #[diesel(sql_type = BigInt)]
    item_id: i64,
    #[diesel(sql_type = Numeric)]
    quantity: Units,
    #[diesel(sql_type = Numeric)]
    sales: SourceAmount,
    #[diesel(sql_type = BigInt)]
    line_id: i64,
    #[diesel(sql_type = BigInt)]
    line_count: i64,
    #[diesel(sql_type = Text)]
    item_name: String,
}

#[derive(QueryableByName)]
struct Extent {
    #[diesel(sql_type = BigInt)]
    lowest: i64,
    #[diesel(sql_type = BigInt)]
    highest: i64,
    #[diesel(sql_type = BigInt)]
    line_count: i64,
}

/// What the orders of `runs` sold.
///
/// # Errors
/// If the source cannot be read.
pub async fn item_groups<T: Copy + Eq>(
    connection: &mut AsyncMysqlConnection,
    runs: &Runs<T>,
    catalogue: &Catalogue,
) -> QueryResult<Vec<ItemGroup<T>>> {
    let by_order = quoted(&catalogue.order_id_index);
    let (first, last) = (runs.first, runs.last);
    // Answered from the index alone.
    let extent: Extent = sql_query(format!(
        "SELECT COALESCE(MIN(id), 0) AS lowest, COALESCE(MAX(id), 0) AS highest, COUNT(*) AS line_count \
         FROM order_items FORCE INDEX ({by_order}) WHERE order_id BETWEEN {first} AND {last}"
    ))
    .get_result(connection)
    .await?;
    if extent.line_count == 0 {
        return Ok(Vec::new());
    }
    let spread = extent.highest.saturating_sub(extent.lowest);
    let reading = if catalogue.lines_lie_by_id && spread / DENSE <= extent.line_count {
        format!("FORCE INDEX (PRIMARY) WHERE id BETWEEN {} AND {} AND", extent.lowest, extent.highest)
    } else {
        format!("FORCE INDEX ({by_order}) WHERE")
    };
    // Plus 0.0, or a refund of an item whose price is an unsigned whole number would be out of range.
    let starts = listed(runs.starts.iter().map(|(start, _)| *start));
    let left_out = match listed(runs.left_out.iter().copied()) {
        ids if ids.is_empty() => String::new(),
        ids => format!("AND order_id NOT IN ({ids})"),
    };
    let rows: Vec<GroupRow> = sql_query(format!(
        "SELECT sold.part, sold.item_id, sold.quantity, sold.sales, sold.line_id, sold.line_count, \
         named.item_name FROM (SELECT INTERVAL(order_id, {starts}) AS part, item_id, SUM(quantity) AS quantity, \
         SUM(quantity * (unit_price + 0.0)) AS sales, MAX(id) AS line_id, COUNT(*) AS line_count \
         FROM order_items {reading} order_id BETWEEN {first} AND {last} {left_out} GROUP BY part, item_id) AS sold \
         JOIN order_items AS named ON named.id = sold.line_id"
    ))
    .load(connection)
    .await?;
    let group = |row: GroupRow| {
        let (_, of) = runs.starts.get(usize::try_from(row.part).ok()?.checked_sub(1)?)?;
        Some(ItemGroup {
            of: *of,
            item_id: row.item_id,
            quantity: row.quantity.0,
            sales: row.sales.0,
            line_id: row.line_id,
            item_name: row.item_name,
            lines: row.line_count,
        })
    };
    Ok(rows.into_iter().filter_map(group).collect())
}

/// Whole numbers need no binding, and thousands of placeholders would cost more than they say.
fn listed(ids: impl Iterator<Item = i64>) -> String {
    ids.map(|id| id.to_string()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_follow_the_orders() {
        let runs = Runs::of([(3, 'a'), (4, 'a'), (6, 'a'), (7, 'b'), (8, 'a')]).unwrap();
        assert_eq!(
            runs,
            Runs { starts: vec![(3, 'a'), (7, 'b'), (8, 'a')], first: 3, last: 8, left_out: vec![5] }
        );
    }

    #[test]
    fn none_and_scattered_ones_have_no_runs() {
        assert_eq!(Runs::<char>::of([]), None);
        assert_eq!(Runs::of([(1, 'a'), (1_000_000, 'a')]), None);
        assert_eq!(Runs::of([(i64::MIN, 'a'), (i64::MAX, 'a')]), None);
        assert_eq!(Runs::of([(i64::MAX - 1, 'a'), (i64::MAX, 'a')]), None);
        assert_eq!(Runs::of((0..10_000).map(|id| (id, id % 2))), None);
    }
}
