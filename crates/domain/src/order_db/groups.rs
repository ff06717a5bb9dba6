//! The extractor of groups: the source adds up what orders sold, and sends a row an item and price in place of one a
//! line.
//!
//! Which day an order belongs to is decided in Rust, where zones are known. Orders are entered in the order of time,
//! or nearly, so that the orders of a day are one run of ids, or a few: a query a run names its ends and the ids within
//! that are not of it, and the source adds up the rest. Telling days apart within a query costs it more. So does
//! multiplying decimals: units come by price, and are multiplied here.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Numeric, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::catalogue::{Catalogue, quoted};
use super::extent::Lines;
use super::sold::Items;
use super::{SourceAmount, SourceUnits};
use crate::sales::ItemSales;

/// Ids left out in a statement. What needs more is asked for in several.
const MOST_LEFT_OUT: usize = 4_000;

/// Runs in a statement: the days of a slice share what a statement costs of its own, and a quiet restaurant's slice holds
/// a hundred of them.
const RUNS_A_STATEMENT: usize = 16;

/// Orders to each run below which they are better read line by line.
const SCATTERED: usize = 100;

/// Orders that belong to one thing, as a run of ids that one query can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run<T> {
    of: T,
    first: i64,
    last: i64,
    /// Ids within the run that are not of it.
    left_out: Vec<i64>,
}

impl<T> Run<T> {
    fn begin(first: i64, of: T) -> Self {
        Self { of, first, last: first, left_out: Vec::new() }
    }

    /// Takes up the next order, or says no: one query cannot name it as well.
    fn take_up(&mut self, id: i64) -> bool {
        let between = id.abs_diff(self.last).saturating_sub(1);
        let fits =
            usize::try_from(between).is_ok_and(|between| self.left_out.len() + between <= MOST_LEFT_OUT);
        if fits {
            self.left_out.extend(self.last.saturating_add(1)..id);
            self.last = id;
        }
        fits
    }
}

/// The runs of these orders, ascending by id: one a query.
pub(super) fn runs_of<T: Copy + Ord>(orders: &[(i64, T)]) -> Vec<Run<T>> {
    let mut all = Vec::new();
    let mut current: BTreeMap<T, Run<T>> = BTreeMap::new();
    for &(id, of) in orders {
        let run = current.entry(of).or_insert_with(|| Run::begin(id, of));
        if !run.take_up(id) {
            all.push(std::mem::replace(run, Run::begin(id, of)));
        }
    }
    all.extend(current.into_values());
    all
}

/// Whether so few of these orders lie together that groups would take a query for a handful of them.
pub(super) fn are_scattered<T>(runs: &[Run<T>], orders: usize) -> bool {
    runs.len() > 1 + orders / SCATTERED
}

#[derive(QueryableByName)]
struct GroupRow {
    #[diesel(sql_type = BigInt)]
    nth: i64,
    #[diesel(sql_type = BigInt)]
    item_id: i64,
    #[diesel(sql_type = Numeric)]
    unit_price: SourceAmount,
    #[diesel(sql_type = Numeric)]
    quantity: SourceUnits,
    #[diesel(sql_type = BigInt)]
    line_id: i64,
    #[diesel(sql_type = BigInt)]
    line_count: i64,
    #[diesel(sql_type = Text)]
    item_name: String,
}

/// Adds what `orders` sold to `items`.
///
/// # Errors
/// If the source cannot be read.
pub(super) async fn read<T: Copy + Ord>(
    connection: &mut AsyncMysqlConnection,
    orders: &[(i64, T)],
    catalogue: &Catalogue,
    items: &mut Items<T>,
) -> QueryResult<()> {
    for runs in statements(&runs_of(orders)) {
        let ranges: Vec<_> = runs.iter().map(|run| run.first..=run.last).collect();
        let lines = Lines::of_orders(connection, &ranges, catalogue).await?;
        let each =
            runs.iter().zip(&lines).enumerate().map(|(nth, (run, lines))| run.query(nth, lines, catalogue));
        let rows: Vec<GroupRow> =
            sql_query(each.collect::<Vec<_>>().join(" UNION ALL ")).load(connection).await?;
        for GroupRow { nth, item_id, unit_price, quantity, line_id, line_count, item_name } in rows {
            // The source gives back what the statement says.
            let run = usize::try_from(nth)
                .ok()
                .and_then(|nth| runs.get(nth))
                .ok_or(diesel::result::Error::NotFound)?;
            let sales = unit_price.0.times(quantity.0);
            let sold =
                ItemSales { name: item_name.into(), name_line_id: line_id, quantity: quantity.0, sales };
            items.add(run.of, item_id, sold, line_count);
        }
    }
    Ok(())
}

/// The runs, in parts that one statement can name.
fn statements<T>(runs: &[Run<T>]) -> impl Iterator<Item = &[Run<T>]> {
    let mut rest = runs;
    std::iter::from_fn(move || {
        let mut left_out = 0;
        let fits = |run: &&Run<T>| {
            left_out += run.left_out.len();
            left_out <= MOST_LEFT_OUT
        };
        let count = rest.iter().take(RUNS_A_STATEMENT).take_while(fits).count();
        let (some, others) = rest.split_at(count);
        rest = others;
        (!some.is_empty()).then_some(some)
    })
}

impl<T> Run<T> {
    /// The query for what its orders sold, with `nth` in each row.
    fn query(&self, nth: usize, lines: &Lines, catalogue: &Catalogue) -> String {
        let Self { first, last, left_out, .. } = self;
        let reading = match lines {
            Lines::Together(ids) => {
                format!("FORCE INDEX (PRIMARY) WHERE id BETWEEN {} AND {} AND", ids.start(), ids.end())
            }
            Lines::Apart => format!("FORCE INDEX ({}) WHERE", quoted(&catalogue.order_id_index)),
        };
        // Whole numbers need no binding, and thousands of placeholders would cost more than they say.
        let left_out = match left_out.iter().map(i64::to_string).collect::<Vec<_>>().join(",") {
            ids if ids.is_empty() => ids,
            ids => format!("AND order_id NOT IN ({ids})"),
        };
        // Whole numbers are added up as decimals, at several times what doubles cost.
        let quantity = if catalogue.quantities_are_small {
            "CAST(SUM(quantity + 0e0) AS DECIMAL(20, 0))"
        } else {
            "SUM(quantity)"
        };
        format!(
            "SELECT {nth} AS nth, sold.item_id, sold.unit_price, sold.quantity, sold.line_id, sold.line_count, \
             named.item_name FROM (SELECT item_id, unit_price, {quantity} AS quantity, MAX(id) AS line_id, \
             COUNT(*) AS line_count FROM order_items {reading} order_id BETWEEN {first} AND {last} {left_out} \
             GROUP BY item_id, unit_price) AS sold JOIN order_items AS named ON named.id = sold.line_id"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_follow_the_orders() {
        // 5 does not count, and 7 is of another day.
        assert_eq!(
            runs_of(&[(3, 'a'), (4, 'a'), (6, 'a'), (7, 'b'), (8, 'a')]),
            [
                Run { of: 'a', first: 3, last: 8, left_out: vec![5, 7] },
                Run { of: 'b', first: 7, last: 7, left_out: vec![] }
            ]
        );
    }

    #[test]
    fn what_one_statement_cannot_name_is_asked_for_in_several() {
        let ends = |orders: &[(i64, char)]| {
            let all = runs_of(orders);
            assert!(all.iter().all(|run| run.left_out.len() <= MOST_LEFT_OUT));
            all.iter().map(|run| (run.first, run.last)).collect::<Vec<_>>()
        };
        assert_eq!(ends(&[]), []);
        assert_eq!(ends(&[(1, 'a'), (1_000_000, 'a')]), [(1, 1), (1_000_000, 1_000_000)]);
        assert_eq!(ends(&[(i64::MIN, 'a'), (i64::MAX, 'a')]), [(i64::MIN, i64::MIN), (i64::MAX, i64::MAX)]);
        let every_second: Vec<_> = (0..10_000).map(|id| (2 * id, 'a')).collect();
        assert_eq!(ends(&every_second), [(0, 8_000), (8_002, 16_002), (16_004, 19_998)]);
    }

    #[test]
    fn a_statement_names_a_few_runs_and_leaves_out_no_more_ids_than_it_can() {
        let sizes = |gaps: &[usize]| {
            let run = |gap: &usize| Run { of: (), first: 0, last: 0, left_out: vec![0; *gap] };
            let runs: Vec<_> = gaps.iter().map(run).collect();
            statements(&runs).map(<[_]>::len).collect::<Vec<_>>()
        };
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&[5; 40]), [16, 16, 8]);
        assert_eq!(sizes(&[MOST_LEFT_OUT, 0, 1, MOST_LEFT_OUT - 1, 1]), [2, 2, 1]);
    }

    #[test]
    fn orders_are_scattered_where_few_lie_together() {
        let scattered = |orders: &[(i64, i64)]| are_scattered(&runs_of(orders), orders.len());
        let every = |gap: i64| (0..10_000).map(|nth| (nth * gap, 0)).collect::<Vec<_>>();
        assert_eq!([1, 2, 100, 5_000].map(|gap| scattered(&every(gap))), [false, false, true, true]);
        // Of a quiet restaurant 20 orders a day.
        assert!(scattered(&(0..10_000).map(|id| (id, id / 20)).collect::<Vec<_>>()));
        assert!(!scattered(&[]));
    }
}
