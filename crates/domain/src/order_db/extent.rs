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
    #[diesel(sql_type = Nullable<BigInt>)]
    lowest: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    highest: Option<i64>,
}

impl Lines {
    /// Looks it up: supposes them between those of the first and of the last order, and asks for any that are not.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub(super) async fn of_orders(
        connection: &mut AsyncMysqlConnection,
        order_ids: &RangeInclusive<i64>,
        catalogue: &Catalogue,
    ) -> QueryResult<Self> {
        if !catalogue.lines_lie_by_id {
            return Ok(Self::Apart);
        }
        let index = quoted(&catalogue.order_id_index);
        // The count is not wanted: a column that is not in the index makes a server compare ids where they stand in the
        // index, and take out none that do not fit, while of an index that holds all that is asked for it would take
        // out each. That halves what the second question costs.
        let mut among = async |condition: String| {
            let extent: Extent = sql_query(format!(
                "SELECT MIN(id) AS lowest, MAX(id) AS highest, COUNT(quantity) \
                 FROM order_items FORCE INDEX ({index}) WHERE {condition}"
            ))
            .get_result(connection)
            .await?;
            Ok::<_, diesel::result::Error>(extent.lowest.zip(extent.highest))
        };
        let (first, last) = (order_ids.start(), order_ids.end());
        let Some((lowest, highest)) = among(format!("order_id IN ({first}, {last})")).await? else {
            return Ok(Self::Apart);
        };
        let are_few = |(lowest, highest): (i64, i64)| {
            highest.abs_diff(lowest) / LINES_AN_ORDER <= last.abs_diff(*first)
        };
        if !are_few((lowest, highest)) {
            return Ok(Self::Apart);
        }
        let elsewhere =
            among(format!("order_id BETWEEN {first} AND {last} AND id NOT BETWEEN {lowest} AND {highest}"));
        let all = elsewhere
            .await?
            .map_or((lowest, highest), |(least, most)| (lowest.min(least), highest.max(most)));
        Ok(if are_few(all) { Self::Together(all.0..=all.1) } else { Self::Apart })
    }
}
