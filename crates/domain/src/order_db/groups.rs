//! The extractor of groups: the source adds up what orders sold, and sends a row an item in place of one a line.
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
use super::extent::Lines;
use super::sold::Items;
use crate::sales::ItemSales;

/// Ids in a statement: runs that begin and orders that do not count. What needs more is asked for in several.
const MOST_NAMED: usize = 4_000;

/// Orders to each statement below which they are better read line by line.
const SCATTERED: usize = 100;

/// Ids beyond it are told by their distance from the first: INTERVAL() compares by doubles where a server makes it so.
const LARGEST_EXACT: i64 = 1 << 53;

/// Orders by what they are to be summed into, as runs of ids that one statement can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Runs<T> {
    /// The first id of each run, ascending, and what its orders belong to.
    starts: Vec<(i64, T)>,
    first: i64,
    last: i64,
    /// Ids within the runs that do not count.
    left_out: Vec<i64>,
}

impl<T: Copy + Eq> Runs<T> {
    fn begin((first, of): (i64, T)) -> Self {
        Self { starts: vec![(first, of)], first, last: first, left_out: Vec::new() }
    }

    /// Takes up the next order, or says no: one statement cannot name it as well.
    fn take_up(&mut self, (id, of): (i64, T)) -> bool {
        let named = self.starts.len() + self.left_out.len();
        let fits =
            |between: &u64| usize::try_from(*between).is_ok_and(|between| named + between < MOST_NAMED);
        let Some(between) = id.abs_diff(self.last).checked_sub(1) else { return true };
        if !fits(&between) {
            return false;
        }
        self.left_out.extend(self.last + 1..id);
        if self.starts.last().is_none_or(|(_, current)| *current != of) {
            self.starts.push((id, of));
        }
        self.last = id;
        true
    }
}

/// The runs of these orders, ascending by id: one a statement.
pub(super) fn named_by<T: Copy + Eq>(orders: &[(i64, T)]) -> impl Iterator<Item = Runs<T>> + '_ {
    let mut left = orders.iter().copied().peekable();
    std::iter::from_fn(move || {
        let mut runs = Runs::begin(left.next()?);
        while left.next_if(|order| runs.take_up(*order)).is_some() {}
        Some(runs)
    })
}

/// Whether so few of these orders lie together that groups would take a statement for a handful of them.
pub(super) fn are_scattered<T: Copy + Eq>(orders: &[(i64, T)]) -> bool {
    named_by(orders).skip(1).count() > orders.len() / SCATTERED
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

/// Adds what the orders of `runs` sold to `items`.
///
/// # Errors
/// If the source cannot be read.
pub(super) async fn read<T: Copy + Ord>(
    connection: &mut AsyncMysqlConnection,
    runs: &Runs<T>,
    catalogue: &Catalogue,
    items: &mut Items<T>,
) -> QueryResult<()> {
    let (first, last) = (runs.first, runs.last);
    let reading = match Lines::of_orders(connection, &(first..=last), catalogue).await? {
        Lines::None => return Ok(()),
        Lines::Together(ids) => {
            format!("FORCE INDEX (PRIMARY) WHERE id BETWEEN {} AND {} AND", ids.start(), ids.end())
        }
        Lines::Apart => format!("FORCE INDEX ({}) WHERE", quoted(&catalogue.order_id_index)),
    };
    let base = if last > LARGEST_EXACT { first } else { 0 };
    let starts = listed(runs.starts.iter().map(|(start, _)| *start - base));
    let left_out = match listed(runs.left_out.iter().copied()) {
        ids if ids.is_empty() => String::new(),
        ids => format!("AND order_id NOT IN ({ids})"),
    };
    // Plus 0.0, or a refund of an item whose price is an unsigned whole number would be out of range.
    let rows: Vec<GroupRow> = sql_query(format!(
        "SELECT sold.part, sold.item_id, sold.quantity, sold.sales, sold.line_id, sold.line_count, \
         named.item_name FROM (SELECT INTERVAL(order_id - {base}, {starts}) AS part, item_id, \
         SUM(quantity) AS quantity, SUM(quantity * (unit_price + 0.0)) AS sales, MAX(id) AS line_id, \
         COUNT(*) AS line_count FROM order_items {reading} order_id BETWEEN {first} AND {last} {left_out} \
         GROUP BY part, item_id) AS sold JOIN order_items AS named ON named.id = sold.line_id"
    ))
    .load(connection)
    .await?;
    for row in rows {
        let part = usize::try_from(row.part).ok().and_then(|part| part.checked_sub(1));
        // Each line lies in one of the parts that the statement names.
        let Some((_, of)) = part.and_then(|part| runs.starts.get(part)) else { continue };
        let GroupRow { item_id, quantity, sales, line_id, line_count, item_name, .. } = row;
        let sales =
            ItemSales { name: item_name.into(), name_line_id: line_id, quantity: quantity.0, sales: sales.0 };
        items.add(*of, item_id, sales, line_count);
    }
    Ok(())
}

/// Whole numbers need no binding, and thousands of placeholders would cost more than they say.
fn listed(ids: impl Iterator<Item = i64>) -> String {
    ids.map(|id| id.to_string()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs<T: Copy + Eq>(orders: &[(i64, T)]) -> Vec<Runs<T>> {
        named_by(orders).collect()
    }

    #[test]
    fn runs_follow_the_orders() {
        assert_eq!(
            runs(&[(3, 'a'), (4, 'a'), (6, 'a'), (7, 'b'), (8, 'a')]),
            [Runs { starts: vec![(3, 'a'), (7, 'b'), (8, 'a')], first: 3, last: 8, left_out: vec![5] }]
        );
    }

    #[test]
    fn what_one_statement_cannot_name_is_asked_for_in_several() {
        let ends = |orders: &[(i64, char)]| {
            let all = runs(orders);
            assert!(all.iter().all(|runs| runs.starts.len() + runs.left_out.len() <= MOST_NAMED));
            all.iter().map(|runs| (runs.first, runs.last)).collect::<Vec<_>>()
        };
        assert_eq!(ends(&[]), []);
        assert_eq!(ends(&[(1, 'a'), (1_000_000, 'a')]), [(1, 1), (1_000_000, 1_000_000)]);
        assert_eq!(ends(&[(i64::MIN, 'a'), (i64::MAX, 'a')]), [(i64::MIN, i64::MIN), (i64::MAX, i64::MAX)]);
        let changing: Vec<_> = (0..10_000).map(|id| (id, if id % 2 == 0 { 'a' } else { 'b' })).collect();
        assert_eq!(ends(&changing), [(0, 3_999), (4_000, 7_999), (8_000, 9_999)]);
    }

    #[test]
    fn orders_are_scattered_where_few_lie_together() {
        let every = |gap: i64| (0..10_000).map(|nth| (nth * gap, 'a')).collect::<Vec<_>>();
        assert_eq!([1, 2, 100, 5_000].map(|gap| are_scattered(&every(gap))), [false, false, true, true]);
        assert!(!are_scattered::<char>(&[]));
    }
}
