//! Reading orders: by ranges of ids, or by an index on `created_at`.

use std::ops::{Range, RangeInclusive};

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Datetime, Nullable, Numeric};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::catalogue::quoted;
use super::schema::orders;
use super::{SourceAmount, SourceTime};

const SERVED: &str = "SERVED";

/// What a run wants to know of an order.
#[derive(Clone, Debug, Queryable, QueryableByName)]
pub struct Order {
    /// Its id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// When it was entered, as written in the source.
    #[diesel(sql_type = Datetime)]
    pub created_at: SourceTime,
    /// Whether it counts: only SERVED orders do.
    #[diesel(sql_type = Bool)]
    pub served: bool,
    /// What it came to; an order without a total counts and adds nothing.
    #[diesel(sql_type = Nullable<Numeric>)]
    pub total_amount: Option<SourceAmount>,
}

/// The first `limit` orders of any status whose ids lie in `ids`, ascending.
///
/// # Errors
/// If the source cannot be read.
pub async fn next_by_id(
    connection: &mut AsyncMysqlConnection,
    ids: RangeInclusive<i64>,
    limit: u32,
) -> QueryResult<Vec<Order>> {
    orders::table
        .filter(orders::id.ge(ids.start()).and(orders::id.le(ids.end())))
        .order(orders::id)
        .limit(limit.into())
        .select((orders::id, orders::created_at, orders::status.eq(SERVED), orders::total_amount))
        .load(connection)
        .await
}

/// The orders of any status with ids up to `highest_id` whose `created_at` lies in `window`, read by `index`.
///
/// # Errors
/// If the source cannot be read.
pub async fn created_between(
    connection: &mut AsyncMysqlConnection,
    window: Range<NaiveDateTime>,
    highest_id: i64,
    index: &str,
) -> QueryResult<Vec<Order>> {
    // The hint keeps an optimiser that finds the window wide from reading the whole table instead.
    let index = quoted(index);
    sql_query(format!(
        "SELECT id, created_at, status = 'SERVED' AS served, total_amount FROM orders FORCE INDEX ({index}) \
         WHERE created_at >= ? AND created_at < ? AND id <= ?"
    ))
    .bind::<Datetime, _>(window.start)
    .bind::<Datetime, _>(window.end)
    .bind::<BigInt, _>(highest_id)
    .load(connection)
    .await
}

/// The lowest and the highest order id, or none in an empty table.
///
/// # Errors
/// If the source cannot be read.
pub async fn ends_of_ids(connection: &mut AsyncMysqlConnection) -> QueryResult<Option<(i64, i64)>> {
    let ends: (Option<i64>, Option<i64>) = orders::table
        .select((diesel::dsl::min(orders::id), diesel::dsl::max(orders::id)))
        .get_result(connection)
        .await?;
    Ok(ends.0.zip(ends.1))
}

/// The order with the highest id, or none in an empty table.
///
/// # Errors
/// If the source cannot be read.
pub async fn newest(connection: &mut AsyncMysqlConnection) -> QueryResult<Option<Order>> {
    orders::table
        .order(orders::id.desc())
        .select((orders::id, orders::created_at, orders::status.eq(SERVED), orders::total_amount))
        .first(connection)
        .await
        .optional()
}

/// When the latest orders were entered, as written in the source: those with the highest ids, or where ids say nothing
/// about the time, those with the latest times. At most `limit`.
///
/// # Errors
/// If the source cannot be read.
pub async fn latest_times(
    connection: &mut AsyncMysqlConnection,
    ids_in_order: bool,
    limit: u32,
) -> QueryResult<Vec<SourceTime>> {
    let times = orders::table.select(orders::created_at).limit(limit.into());
    if ids_in_order {
        times.order(orders::id.desc()).load(connection).await
    } else {
        times.order(orders::created_at.desc()).load(connection).await
    }
}
