//! The same three results by SQL alone.

use std::time::Instant;

use anyhow::{Context as _, Result};
use mysql_async::prelude::Queryable as _;
use sandbox::databases::{Database, Restaurant};

/// The tables that the SQL fills, with the keys of ours.
const TABLES: &str = "
    CREATE TABLE by_day (date DATE PRIMARY KEY, total_revenue DECIMAL(18,2), order_count INT);
    CREATE TABLE by_hour (date DATE, hour INT, order_count INT, revenue DECIMAL(18,2), PRIMARY KEY (date, hour));
    CREATE TABLE by_item (date DATE, item_id BIGINT, item_name VARCHAR(255), quantity BIGINT, sales DECIMAL(18,2),
        PRIMARY KEY (date, item_id));";

/// Removes them.
pub(super) const FORGET: &str =
    "DROP TABLE IF EXISTS by_day; DROP TABLE IF EXISTS by_hour; DROP TABLE IF EXISTS by_item;";

/// Settings that make large joins and groups quicker, where a server has them. Without them the join alone takes
/// minutes; the batch asks for none.
const SETTINGS: [&str; 6] = [
    "SET SESSION tmp_table_size = 1073741824",
    "SET SESSION max_heap_table_size = 1073741824",
    "SET SESSION sort_buffer_size = 268435456",
    // MariaDB's hash join; MySQL has no other kind.
    "SET SESSION join_cache_level = 8",
    "SET SESSION join_buffer_space_limit = 1073741824",
    "SET SESSION join_buffer_size = 536870912",
];

/// The join from either side: which is quicker is the server's own affair, and it is asked for both.
const JOINS: [&str; 2] = [
    "orders STRAIGHT_JOIN order_items IGNORE INDEX (order_id) ON order_items.order_id = orders.id",
    "order_items STRAIGHT_JOIN orders ON orders.id = order_items.order_id",
];

/// The seconds that the fastest SQL takes to fill the three tables, each in a transaction of its own.
pub(super) async fn best(restaurant: &Restaurant) -> Result<f64> {
    let (orders, analytics) =
        (restaurant.database(Database::Orders), restaurant.database(Database::Analytics));
    restaurant.run(Database::Analytics, TABLES).await?;
    let mut connection = restaurant.admin(Database::Orders).await?;
    for setting in SETTINGS {
        // A server without it is as fast as it can be.
        if let Err(error) = connection.query_drop(setting).await {
            log::debug!("{setting}: {error}");
        }
    }
    let by_time = format!(
        "TRUNCATE {analytics}.by_day; TRUNCATE {analytics}.by_hour;
         INSERT INTO {analytics}.by_day SELECT DATE(created_at), SUM(total_amount), COUNT(*)
             FROM {orders}.orders WHERE status = 'SERVED' GROUP BY 1;
         INSERT INTO {analytics}.by_hour SELECT DATE(created_at), HOUR(created_at), COUNT(*), SUM(total_amount)
             FROM {orders}.orders WHERE status = 'SERVED' GROUP BY 1, 2"
    );
    let by_order = timed(&mut connection, &by_time).await?;
    let mut by_line = f64::INFINITY;
    for join in JOINS {
        let by_item = format!(
            "TRUNCATE {analytics}.by_item;
             INSERT INTO {analytics}.by_item SELECT DATE(created_at) AS date, item_id, MAX(item_name),
                 SUM(quantity), SUM(quantity * unit_price)
                 FROM {join} WHERE status = 'SERVED' GROUP BY date, item_id"
        );
        by_line = timed(&mut connection, &by_item).await?.min(by_line);
    }
    Ok(by_order + by_line)
}

async fn timed(connection: &mut mysql_async::Conn, script: &str) -> Result<f64> {
    let started = Instant::now();
    connection.query_drop(script).await?;
    Ok(started.elapsed().as_secs_f64())
}

/// Rows of the batch that are not as the SQL has them.
pub(super) async fn differences(restaurant: &Restaurant) -> Result<u64> {
    let differing = "
        SELECT (SELECT COUNT(*) FROM by_day LEFT JOIN daily_revenue_cache AS ours USING (date)
                WHERE NOT (ours.total_revenue <=> by_day.total_revenue AND ours.order_count <=> by_day.order_count))
             + (SELECT COUNT(*) FROM by_hour LEFT JOIN hourly_order_cache AS ours USING (date, hour)
                WHERE NOT (ours.order_count <=> by_hour.order_count AND ours.revenue <=> by_hour.revenue))
             + (SELECT COUNT(*) FROM by_item LEFT JOIN item_sales AS ours USING (date, item_id)
                WHERE NOT (ours.quantity <=> by_item.quantity AND ours.sales <=> by_item.sales))
             + ABS((SELECT COUNT(*) FROM by_item) - (SELECT COUNT(*) FROM item_sales))";
    let counted = restaurant.query(Database::Analytics, differing).await?;
    let counted = counted.into_iter().flatten().flatten().next().context("no count of differences")?;
    Ok(counted.parse()?)
}
