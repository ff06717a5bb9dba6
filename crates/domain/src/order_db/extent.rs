//! Where the lines of some orders lie among all lines.

use std::ops::RangeInclusive;

use diesel::QueryResult;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::catalogue::{Catalogue, quoted};

/// Lines are read in the order of their own ids where at least one in this many of those in between is asked for, and
/// by the index on their orders elsewhere, which costs a look into the table for each.
const DENSE: i64 = 2;

/// Where the lines of a range of orders lie.
pub(super) enum Lines {
    /// There are none.
    None,
    /// Among the lines with these ids, which are few others.
    Together(RangeInclusive<i64>),
    /// Among many others.
    Apart,
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

impl Lines {
    /// Looks it up, in the index on `order_id` alone.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub(super) async fn of_orders(
        connection: &mut AsyncMysqlConnection,
        order_ids: &RangeInclusive<i64>,
        catalogue: &Catalogue,
    ) -> QueryResult<Self> {
        let (index, first, last) = (quoted(&catalogue.order_id_index), order_ids.start(), order_ids.end());
        let extent: Extent = sql_query(format!(
            "SELECT COALESCE(MIN(id), 0) AS lowest, COALESCE(MAX(id), 0) AS highest, COUNT(*) AS line_count \
             FROM order_items FORCE INDEX ({index}) WHERE order_id BETWEEN {first} AND {last}"
        ))
        .get_result(connection)
        .await?;
        let spread = extent.highest.saturating_sub(extent.lowest);
        Ok(match extent.line_count {
            0 => Self::None,
            count if catalogue.lines_lie_by_id && spread / DENSE <= count => {
                Self::Together(extent.lowest..=extent.highest)
            }
            _ => Self::Apart,
        })
    }
}
