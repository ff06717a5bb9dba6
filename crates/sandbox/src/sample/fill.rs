//! Puts the sample into an order_db.

use chrono::NaiveDate;
use mysql_async::prelude::Queryable as _;

use super::{DayOfOrders, NextIds, Sample};
use crate::databases::{Database, Restaurant, insert_lines, insert_orders};
use crate::error::{Doing as _, Result};

/// Rows that go into one transaction.
const CHUNK: usize = 20_000;

/// Inserts the business days from `from` to the sample's last, and marks as served what older days had on its way.
/// `progress` is told the day reached and the number of orders inserted so far.
///
/// Returns the number of orders inserted.
///
/// # Errors
/// When the server refuses; what is there then is whole days from `from` on.
pub async fn fill(
    restaurant: &Restaurant,
    sample: &Sample,
    from: NaiveDate,
    mut progress: impl FnMut(NaiveDate, usize),
) -> Result<usize> {
    let mut connection = restaurant.admin(Database::Orders).await?;
    let doing = || "filling order_db with the sample";
    // The rows are ours and consistent; checking each costs a third of the time.
    connection.query_drop("SET SESSION unique_checks = 0, foreign_key_checks = 0").await.doing(doing)?;
    let ids: Option<(i64, i64)> = connection
        .query_first(
            "SELECT (SELECT COALESCE(MAX(id), 0) FROM orders), (SELECT COALESCE(MAX(id), 0) FROM order_items)",
        )
        .await
        .doing(doing)?;
    let (last_order, last_line) = ids.unwrap_or_default();
    let mut ids = NextIds { order: last_order + 1, line: last_line + 1 };
    let mut inserted = 0;
    let mut waiting = DayOfOrders::default();
    for day in sample.days_from(from) {
        let rows = sample.day(day, &mut ids);
        waiting.orders.extend(rows.orders);
        waiting.lines.extend(rows.lines);
        if waiting.lines.len() >= CHUNK || day == sample.last {
            connection.query_drop("START TRANSACTION").await.doing(doing)?;
            insert_orders(&mut connection, &waiting.orders).await?;
            insert_lines(&mut connection, &waiting.lines).await?;
            connection.query_drop("COMMIT").await.doing(doing)?;
            inserted += waiting.orders.len();
            waiting = DayOfOrders::default();
            progress(day, inserted);
        }
    }
    let served = format!(
        "UPDATE orders SET status = 'SERVED'
         WHERE status IN ('CONFIRMED', 'PREPARING', 'READY') AND created_at < '{} {}'",
        sample.served_before(),
        super::DAY_START
    );
    connection.query_drop(served).await.doing(doing)?;
    connection.disconnect().await.doing(doing)?;
    Ok(inserted)
}
