//! An analytics_db of ten years and 300 items, as ten years of nights leave it; or of fewer days, for a test of its own.
//!
//! The batch publishes the days of a small order_db, so that all that belongs to a published day is there and of its own
//! making. What makes the tables large is then put in inside the server: rows come sooner so than over a connection.

use chrono::{Days, NaiveDate};

use crate::Result;
use crate::databases::{Database, Restaurant};

/// The first business day of the ten years, and the last.
pub const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2016, 11, 22).expect("a date");
/// The last business day, of however many.
pub const LAST: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 21).expect("a date");

/// Makes up the rollups just as the migration does that brought them in.
const FILL_ROLLUPS: &str =
    include_str!("../../../migrations/analytics_db/2026-11-22-000041_fill_item_sales_rollups/up.sql");

/// The morning after the last day.
#[must_use]
pub fn now() -> String {
    format!("{}T05:00:00Z", LAST + Days::new(1))
}

/// Fills order_db with the days from `first` to [`LAST`], for the batch to publish [`now`] with UTC as its zone.
///
/// # Errors
/// If a statement fails.
pub async fn fill_orders(restaurant: &Restaurant, first: NaiveDate) -> Result<()> {
    restaurant.run(Database::Orders, &orders(first)).await
}

/// Fills analytics_db, in which the batch has published those days.
///
/// # Errors
/// If a statement fails, as when a table has a column without a default that is not filled here.
pub async fn fill_analytics(restaurant: &Restaurant, first: NaiveDate) -> Result<()> {
    restaurant.run(Database::Analytics, &numbers()).await?;
    // A year at a time: a transaction that inserts a million rows takes a small server's memory.
    for (first, last) in years(first) {
        restaurant.run(Database::Analytics, &item_sales(first, last)).await?;
        restaurant.run(Database::Analytics, &forecasts(first, last)).await?;
    }
    restaurant.run(Database::Analytics, "DELETE FROM item_sales_rollups").await?;
    restaurant.run(Database::Analytics, FILL_ROLLUPS).await?;
    restaurant.run(Database::Analytics, NIGHTS).await?;
    Ok(())
}

fn years(first: NaiveDate) -> impl Iterator<Item = (NaiveDate, NaiveDate)> {
    let starts = std::iter::successors(Some(first), |first| Some(*first + Days::new(365)));
    starts.take_while(|first| *first <= LAST).map(|first| (first, (first + Days::new(364)).min(LAST)))
}

/// A table of 0 to 9,999.
fn numbers() -> String {
    let digits = (0..10).map(|digit| format!("SELECT {digit} AS n")).collect::<Vec<_>>().join(" UNION ALL ");
    format!(
        "CREATE TABLE digits (n INT PRIMARY KEY); INSERT INTO digits {digits};
         CREATE TABLE numbers (n INT PRIMARY KEY);
         INSERT INTO numbers SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n FROM digits a, digits b, digits c, digits d
             ORDER BY 1;"
    )
}

/// Five orders a day, at hours between 10 and 22, of a line each.
fn orders(first: NaiveDate) -> String {
    let (numbers, days) = (numbers(), (LAST - first).num_days() + 1);
    format!(
        "{numbers}
         INSERT INTO orders (id, created_at, status, table_id, total_amount, user_id)
             SELECT 5 * day.n + nth.n + 1,
                 '{first}' + INTERVAL day.n DAY + INTERVAL 10 + (3 * nth.n + day.n) % 12 HOUR,
                 'SERVED', 1, 10 + (7 * day.n + 13 * nth.n) % 50, 1
             FROM numbers AS day, digits AS nth WHERE day.n < {days} AND nth.n < 5 ORDER BY 1;
         INSERT INTO order_items (item_id, item_name, quantity, unit_price, order_id)
             SELECT 1, 'Dish number 1', 1, 3, id FROM orders ORDER BY id;
         DROP TABLE numbers; DROP TABLE digits;"
    )
}

/// 300 items a day.
fn item_sales(first: NaiveDate, last: NaiveDate) -> String {
    let quantity = "(1 + (DAYOFYEAR(day.date) * 7 + item.n * 13) % 40)";
    format!(
        "DELETE FROM item_sales WHERE date BETWEEN '{first}' AND '{last}';
         INSERT INTO item_sales (date, item_id, item_name, quantity, sales)
             SELECT day.date, item.n, CONCAT('Dish number ', item.n), {quantity}, {quantity} * (3 + item.n % 17)
             FROM published_days AS day, numbers AS item
             WHERE day.date BETWEEN '{first}' AND '{last}' AND item.n BETWEEN 1 AND 300
             ORDER BY day.date, item.n;"
    )
}

/// What each night issued but the last, whose own forecasts are there, and how near that came; and what the old
/// service wrote, which issued a week each night.
fn forecasts(first: NaiveDate, last: NaiveDate) -> String {
    let nights = format!("day.date BETWEEN '{first}' AND '{last}' AND day.date < '{LAST}'");
    let money = "500 + (DAYOFYEAR(day.date) + ahead.n) % 90";
    format!(
        "INSERT INTO forecast_history (forecast_type, forecast_value, forecast_date, origin, horizon, model,
                lower_80, upper_80, lower_95, upper_95)
             SELECT CASE kind.n WHEN 0 THEN 'daily_revenue' WHEN 1 THEN 'daily_orders'
                 ELSE CONCAT('hourly_', LPAD(kind.n - 2, 2, '0')) END,
                 {money}, day.date + INTERVAL ahead.n DAY, day.date, ahead.n, 'ets', 400, 600, 300, 700
             FROM published_days AS day, numbers AS ahead, numbers AS kind
             WHERE {nights} AND ahead.n BETWEEN 1 AND 30 AND kind.n < 26 AND (kind.n < 2 OR ahead.n <= 7);
         INSERT INTO forecast_history (forecast_type, forecast_value, forecast_date)
             SELECT 'daily_revenue', {money}, day.date + INTERVAL ahead.n DAY
             FROM published_days AS day, numbers AS ahead WHERE {nights} AND ahead.n BETWEEN 1 AND 7;
         INSERT INTO forecast_accuracy (date, forecast_type, horizon, origin, model, actual, forecast,
                lower_80, upper_80, lower_95, upper_95, naive, absolute_error, naive_error,
                intervals, inside_80, inside_95)
             SELECT day.date, CASE kind.n WHEN 0 THEN 'daily_revenue' WHEN 1 THEN 'daily_orders'
                 ELSE 'hourly_orders' END, ahead.n, day.date - INTERVAL ahead.n DAY, 'ets', 510, {money},
                 400, 600, 300, 700, 505, 10, 5, 1, 1, 1
             FROM published_days AS day, numbers AS ahead, numbers AS kind
             WHERE day.date BETWEEN '{first}' AND '{last}' AND ahead.n BETWEEN 1 AND 30 AND kind.n < 3
                 AND (kind.n < 2 OR ahead.n <= 7);"
    )
}

/// A run a night, each of which revised two days and found one suspicious. The run of the batch itself stays the last.
const NIGHTS: &str = "
    UPDATE published_days SET scored = TRUE, judged = TRUE;
    SET @days = (SELECT COUNT(*) FROM published_days);
    UPDATE runs SET id = id + @days + 1;
    UPDATE published_days SET run_id = run_id + @days + 1;
    INSERT INTO runs (id, kind, version, holder, started_at, finished_at, outcome, first_day, last_day, days_planned,
            days_changed, orders_read, lines_read, rows_changed, duration_ms, generation, failure, forecast_stage)
        SELECT numbers.n + 1, 'nightly', '3.0.0', 'night', day.date + INTERVAL 29 HOUR,
            day.date + INTERVAL 30 HOUR, 'succeeded', day.date - INTERVAL 6 DAY, day.date, 7, 3, 1000, 3000, 900, 4000,
            numbers.n + 1, NULL, 'full'
        FROM published_days AS day, numbers
        WHERE numbers.n = DATEDIFF(day.date, (SELECT MIN(date) FROM published_days));
    INSERT INTO revisions (generation, date, run_id, revised_at, cause, revenue_from, revenue_to, orders_from,
            orders_to, item_sales_from, item_sales_to, hours_changed, items_changed)
        SELECT run.generation, run.last_day - INTERVAL back.n DAY, run.id, run.finished_at, 'orders', 500, 510, 50, 51,
            500, 510, 1, 2
        FROM runs AS run, numbers AS back WHERE run.holder = 'night' AND back.n BETWEEN 1 AND 2;
    INSERT INTO suspicions (run_id, date, forecast_type, reason, actual, forecast, lower_95, upper_95)
        SELECT run.id, run.last_day, 'daily_revenue', 'far_below', 100, 500, 300, 700 FROM runs AS run
        WHERE run.holder = 'night';
    DROP TABLE numbers; DROP TABLE digits;
    ANALYZE TABLE daily_revenue_cache, hourly_order_cache, item_sales, item_sales_rollups, forecast_history,
        forecast_accuracy, published_days, revisions, runs, suspicions;
";
