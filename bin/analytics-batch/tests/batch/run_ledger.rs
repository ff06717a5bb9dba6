//! What the ledger of runs says of each outcome, and that the generation counts the transactions that changed rows.

use sandbox::databases::Database;

use crate::book::Book;
use crate::running::{Obstacle, Running};
use crate::support::Kitchen;

/// 64 days: a first run or a rebuild publishes 31, 31 and 2 of them.
const DAYS: u64 = 64;
const NOW: &str = "2024-03-05T01:00:00Z";
const RUN: &str =
    "SELECT outcome, first_day, last_day, days_planned, days_changed, orders_read, lines_read, rows_changed,
                          duration_ms IS NOT NULL, finished_at, generation, COALESCE(error, 'no error')
                   FROM runs ORDER BY id DESC LIMIT 1";

async fn kitchen(hint: &str) -> (Kitchen, Book) {
    let kitchen = Kitchen::new(hint).await.set("ANALYTICS__LEASE", "2s");
    let book = Book::of("2024-01-01", DAYS);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    (kitchen, book)
}

async fn generation(kitchen: &Kitchen) -> i64 {
    kitchen.published("SELECT generation FROM publication").await[0].parse().unwrap()
}

async fn last_run(kitchen: &Kitchen) -> String {
    kitchen.published(RUN).await.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_generation_counts_the_transactions_that_changed_something() {
    let (kitchen, book) = kitchen("count").await;
    // The calendar and the currency are what the figures mean.
    kitchen.run_at(NOW, &["migrate"], 0);
    assert_eq!(generation(&kitchen).await, 1);
    // 31 days, 31 days, 2 days, the forecast.
    kitchen.run_at(NOW, &[], 0);
    assert_eq!(generation(&kitchen).await, 5);
    // Nothing, over and over.
    for arguments in [&[] as &[&str], &["migrate"], &["--rebuild"], &["--date", "2024-01-08"], &["--dry-run"]]
    {
        kitchen.run_at(NOW, arguments, 0);
        assert_eq!(generation(&kitchen).await, 5, "{arguments:?}");
    }
    // A night publishes one day a transaction, and the forecast is another.
    let late = book.with_late_orders(DAYS - 7);
    late.enter(&kitchen.restaurant, &book).await;
    kitchen.run_at(NOW, &["--lookback", "7"], 0);
    assert_eq!(generation(&kitchen).await, 5 + 7 + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_publishes_a_month_a_transaction() {
    let (kitchen, book) = kitchen("rebuild").await;
    kitchen.run_at(NOW, &[], 0);
    let before = generation(&kitchen).await;
    let late = book.with_late_orders(0);
    late.enter(&kitchen.restaurant, &book).await;
    let mut obstacle = Obstacle::table(&kitchen, Database::Analytics, "forecast_history").await;
    let running = Running::start(&kitchen, NOW, &["--rebuild"]);
    obstacle.is_met_by(1).await;
    assert_eq!(generation(&kitchen).await, before + 3);
    obstacle.removed().await;
    running.ends_with(&kitchen, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_run_that_succeeded() {
    let (kitchen, book) = kitchen("succeeds").await;
    kitchen.run_at(NOW, &[], 0);
    let (orders, lines) = book.size();
    // A daily row and 24 hourly ones a day, and an item row for each item sold.
    let items = kitchen.published("SELECT COUNT(*) + 25 * 64 FROM item_sales").await.remove(0);
    let expected = format!(
        "succeeded|2024-01-01|2024-03-04|64|64|{orders}|{lines}|{items}|1|2024-03-05 01:00:00.000000|5|no error"
    );
    assert_eq!(last_run(&kitchen).await, expected);
    let named = "SELECT kind, version, LENGTH(holder), started_at, highest_order_id FROM runs";
    assert_eq!(
        kitchen.published(named).await,
        [format!("nightly|3.0.0|36|2024-03-05 01:00:00.000000|{orders}")]
    );
    let days =
        "SELECT COUNT(*), COUNT(DISTINCT run_id), MIN(timezone), MIN(orders_timezone), MIN(published_at)
                FROM published_days";
    assert_eq!(kitchen.published(days).await, ["64|1|UTC|UTC|2024-03-05 01:00:00.000000"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_run_that_left_something_alone() {
    let (kitchen, _) = kitchen("leaves").await;
    kitchen.run_at(NOW, &[], 0);
    let status = "UPDATE orders SET status = 'READY' WHERE DATE(created_at) = '2024-01-10'";
    kitchen.restaurant.run(Database::Orders, status).await.unwrap();
    kitchen.run_at(NOW, &["--from", "2024-01-09", "--to", "2024-01-11"], 65);
    let run = last_run(&kitchen).await;
    assert!(run.starts_with("incomplete|2024-01-09|2024-01-11|3|0|"), "{run}");
    assert!(run.contains("the source holds no SERVED order of 2024-01-10"), "{run}");
}

/// What it had done until then is noted as well.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_run_that_failed_on_the_way() {
    let (kitchen, book) = kitchen("fails").await;
    kitchen.run_at(NOW, &["migrate"], 0);
    let trigger = "CREATE TRIGGER no_march BEFORE INSERT ON item_sales FOR EACH ROW
                   IF NEW.date >= '2024-03-01' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no March'; END IF";
    kitchen.restaurant.run(Database::Analytics, trigger).await.unwrap();
    kitchen.run_at(NOW, &[], 70);
    let (orders, lines) = book.size();
    let run = last_run(&kitchen).await;
    assert!(run.starts_with(&format!("failed|2024-01-01|2024-03-04|64|31|{orders}|{lines}|")), "{run}");
    assert!(run.contains("|1|2024-03-05 01:00:00.000000|2|") && run.contains("no March"), "{run}");
    assert_eq!(generation(&kitchen).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_run_that_was_interrupted() {
    let (kitchen, book) = kitchen("stops").await;
    kitchen.run_at(NOW, &["migrate"], 0);
    let row = "INSERT INTO hourly_order_cache (date, hour) VALUES ('2024-03-04', 6)";
    let mut obstacle = Obstacle::row(&kitchen, row).await;
    let running = Running::start(&kitchen, NOW, &[]);
    obstacle.is_met_by(1).await;
    running.signal("TERM");
    obstacle.is_met_by(2).await;
    obstacle.removed().await;
    running.ends_with(&kitchen, 75).await;
    let (orders, lines) = book.size();
    let run = last_run(&kitchen).await;
    assert!(run.starts_with(&format!("interrupted|2024-01-01|2024-03-04|64|62|{orders}|{lines}|")), "{run}");
    assert!(run.contains("|1|2024-03-05 01:00:00.000000|3|interrupted by SIGTERM"), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_run_that_died() {
    let (kitchen, _) = kitchen("dies").await;
    kitchen.run_at(NOW, &["migrate"], 0);
    let mut obstacle = Obstacle::orders(&kitchen).await;
    let running = Running::start(&kitchen, NOW, &[]);
    obstacle.is_met_by(1).await;
    running.killed().await;
    obstacle.removed().await;
    assert!(last_run(&kitchen).await.starts_with("running|"));
    kitchen.run_at(NOW, &[], 0);
    let runs = "SELECT outcome, finished_at, highest_order_id IS NULL FROM runs ORDER BY id";
    assert_eq!(kitchen.published(runs).await, ["abandoned|-|1", "succeeded|2024-03-05 01:00:00.000000|0"]);
}
