//! Reading orders: by ranges of ids, or by an index on `created_at`.

use std::num::NonZeroU64;
use std::ops::{Range, RangeInclusive};

use chrono::NaiveDateTime;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Datetime, Nullable, Numeric};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::catalogue::quoted;
use super::packed::{ROWS_A_TEXT, TEXTS_A_STATEMENT, packed};
use super::schema::orders;
use super::{SourceAmount, SourceTime};
use crate::id_ranges::parts;

/// Whether an order counts. One without a status does not, and may not stop a run.
const IS_SERVED: &str = "status <=> 'SERVED'";

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

/// Orders of any status whose ids lie in `ids`, in no order: the first of them, `limit` at the most. And the id from
/// which on there may be more.
///
/// # Errors
/// If the source cannot be read.
pub async fn next_by_id(
    connection: &mut AsyncMysqlConnection,
    ids: RangeInclusive<i64>,
    limit: u32,
) -> QueryResult<(Vec<Order>, Option<i64>)> {
    let mut next = Some(*ids.start());
    let mut found = Vec::new();
    let mut ids_have_gaps = false;
    // Half of them will do: what is left is not worth a statement of its own.
    while let Some(start) = next.filter(|_| found.len() < limit.div_ceil(2) as usize) {
        let texts = if ids_have_gaps { 1 } else { TEXTS_A_STATEMENT as u64 };
        let left = u64::from(limit).saturating_sub(found.len() as u64);
        let some = left.min(texts * ROWS_A_TEXT.get());
        let last = match start.checked_add_unsigned(some - 1) {
            Some(last) if last < *ids.end() => {
                // To look for the last one costs a walk along the ids, which where they have no gaps can be done without.
                if ids_have_gaps { nth_id(connection, start..=*ids.end(), some).await? } else { Some(last) }
            }
            _ => None,
        };
        let before = found.len();
        let ids_a_text = if ids_have_gaps { NonZeroU64::MAX } else { ROWS_A_TEXT };
        found.extend(all_by_id(connection, start..=last.unwrap_or(*ids.end()), ids_a_text).await?);
        ids_have_gaps = ((found.len() - before) as u64) < some.div_ceil(2);
        next = last.and_then(|last| last.checked_add(1));
    }
    Ok((found, next))
}

/// The id of the `nth` order in `ids`; None if there are no more, or just so many.
async fn nth_id(
    connection: &mut AsyncMysqlConnection,
    ids: RangeInclusive<i64>,
    nth: u64,
) -> QueryResult<Option<i64>> {
    orders::table
        .filter(orders::id.ge(ids.start()).and(orders::id.le(ids.end())))
        .order(orders::id)
        .select(orders::id)
        .offset(i64::try_from(nth).unwrap_or(i64::MAX) - 1)
        .first(connection)
        .await
        .optional()
}

/// All orders with these ids, in no order: as texts of so many ids each, or row by row from a source that cannot send
/// those whole.
async fn all_by_id(
    connection: &mut AsyncMysqlConnection,
    ids: RangeInclusive<i64>,
    ids_a_text: NonZeroU64,
) -> QueryResult<Vec<Order>> {
    let columns = ["id", "created_at", IS_SERVED, "IFNULL(total_amount, '')"];
    let texts = parts(ids.clone(), ids_a_text)
        .map(|ids| format!("orders WHERE id BETWEEN {} AND {}", ids.start(), ids.end()));
    let order = |fields: &mut std::str::Split<'_, char>| {
        Some(Order {
            id: fields.next()?.parse().ok()?,
            created_at: SourceTime::from_text(fields.next()?)?,
            served: fields.next()? == "1",
            total_amount: match fields.next()? {
                "" => None,
                total => Some(SourceAmount(total.parse().ok()?)),
            },
        })
    };
    if let Some(found) = packed(connection, &columns, texts, order).await? {
        return Ok(found);
    }
    orders::table
        .filter(orders::id.ge(ids.start()).and(orders::id.le(ids.end())))
        .select((orders::id, orders::created_at, sql::<Bool>(IS_SERVED), orders::total_amount))
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
        "SELECT id, created_at, {IS_SERVED} AS served, total_amount FROM orders FORCE INDEX ({index}) \
         WHERE created_at >= ? AND created_at < ? AND id <= ?"
    ))
    .bind::<Datetime, _>(window.start)
    .bind::<Datetime, _>(window.end)
    .bind::<BigInt, _>(highest_id)
    .load(connection)
    .await
}

/// The earliest time at which an order with one of these ids was entered, as written in the source; None if there is no
/// such order. It looks at each of them.
///
/// # Errors
/// If the source cannot be read.
pub async fn first_entered(
    connection: &mut AsyncMysqlConnection,
    ids: RangeInclusive<i64>,
) -> QueryResult<Option<SourceTime>> {
    orders::table
        .filter(orders::id.ge(ids.start()).and(orders::id.le(ids.end())))
        .select(diesel::dsl::min(orders::created_at))
        .get_result(connection)
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
        .select((orders::id, orders::created_at, sql::<Bool>(IS_SERVED), orders::total_amount))
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
