//! Where the lines of some orders lie among all lines.

use std::ops::RangeInclusive;

use diesel::QueryResult;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::catalogue::{Catalogue, quoted};

/// Lines are read in the order of their own ids where there are at most this many of these to an id of an order, and by
/// the index on their orders elsewhere, which costs a look into the table for each.
const LINES_AN_ORDER: u64 = 16;

/// Where the lines of a range of orders lie.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lines {
    /// All of them among the lines with these ids, which are not many.
    Together(RangeInclusive<i64>),
    /// Among many others, or there are none.
    Apart,
}

#[derive(QueryableByName)]
struct Extent {
    #[diesel(sql_type = BigInt)]
    nth: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    lowest: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    highest: Option<i64>,
}

impl Lines {
    /// Looks it up for each of `ranges`: supposes the lines between those of the first and of the last order, and asks
    /// for any that are not. Two statements, however many ranges there are; there must be one.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub(super) async fn of_orders(
        connection: &mut AsyncMysqlConnection,
        ranges: &[RangeInclusive<i64>],
        catalogue: &Catalogue,
    ) -> QueryResult<Vec<Self>> {
        if !catalogue.lines_lie_by_id {
            return Ok(ranges.iter().map(|_| Self::Apart).collect());
        }
        let ids = |orders: &RangeInclusive<i64>| (*orders.start(), *orders.end());
        let of_ends = ranges.iter().map(ids).map(|(first, last)| format!("order_id IN ({first}, {last})"));
        let of_ends = ends(connection, of_ends, catalogue).await?;
        let supposed = of_ends.into_iter().zip(ranges).map(|(ends, orders)| Self::within(ends, orders));
        let supposed: Vec<Self> = supposed.collect();
        let elsewhere = ranges.iter().map(ids).zip(&supposed).map(|((first, last), lines)| match lines {
            Self::Together(lines) => format!(
                "order_id BETWEEN {first} AND {last} AND id NOT BETWEEN {} AND {}",
                lines.start(),
                lines.end()
            ),
            Self::Apart => "FALSE".to_owned(),
        });
        let elsewhere = ends(connection, elsewhere, catalogue).await?;
        let all = supposed.into_iter().zip(elsewhere).zip(ranges);
        Ok(all
            .map(|((supposed, elsewhere), orders)| match (supposed, elsewhere) {
                (Self::Together(lines), Some((lowest, highest))) => {
                    let (least, most) = ids(&lines);
                    Self::within(Some((least.min(lowest), most.max(highest))), orders)
                }
                (supposed, _) => supposed,
            })
            .collect())
    }

    fn within(ends: Option<(i64, i64)>, orders: &RangeInclusive<i64>) -> Self {
        let most = orders.end().abs_diff(*orders.start());
        ends.filter(|(lowest, highest)| highest.abs_diff(*lowest) / LINES_AN_ORDER <= most)
            .map_or(Self::Apart, |(lowest, highest)| Self::Together(lowest..=highest))
    }
}

/// The lowest and the highest id of the lines that meet each of these conditions; None where no line does.
async fn ends(
    connection: &mut AsyncMysqlConnection,
    conditions: impl Iterator<Item = String>,
    catalogue: &Catalogue,
) -> QueryResult<Vec<Option<(i64, i64)>>> {
    let index = quoted(&catalogue.order_id_index);
    // The count is not wanted: a column that is not in the index makes a server compare ids where they stand in the
    // index, and take out none that do not fit, while of an index that holds all that is asked for it would take out
    // each. That halves what the second question costs.
    let each = conditions.enumerate().map(|(nth, condition)| {
        format!(
            "SELECT {nth} AS nth, MIN(id) AS lowest, MAX(id) AS highest, COUNT(quantity) \
             FROM order_items FORCE INDEX ({index}) WHERE {condition}"
        )
    });
    let each: Vec<String> = each.collect();
    let mut ends = vec![None; each.len()];
    for Extent { nth, lowest, highest } in
        sql_query(each.join(" UNION ALL ")).load::<Extent>(connection).await?
    {
        if let Some(of_condition) = usize::try_from(nth).ok().and_then(|nth| ends.get_mut(nth)) {
            *of_condition = lowest.zip(highest);
        }
    }
    Ok(ends)
}
