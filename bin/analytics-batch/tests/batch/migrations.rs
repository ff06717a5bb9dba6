//! The schema's history on real servers: from nothing, from the old service's tables, and wherever it was cut off.

use std::path::Path;

use rstest::rstest;
use sandbox::databases::Database;
use sandbox::old_service;

use crate::book::Book;
use crate::running::{Obstacle, Running};
use crate::state::{catalogue, everything, tables};
use crate::support::Kitchen;

const NOW: &str = "2024-01-17T01:00:00Z";

/// What the old service wrote, column by column.
const OLD_ROWS: [&str; 3] = [
    "SELECT id, date, CAST(total_revenue AS CHAR), order_count, CAST(average_order_value AS CHAR), created_at
     FROM daily_revenue_cache WHERE id <= 3 ORDER BY id",
    "SELECT id, date, hour, order_count FROM hourly_order_cache WHERE id <= 4 ORDER BY id",
    "SELECT id, forecast_type, CAST(forecast_value AS CHAR), forecast_date, generated_at
     FROM forecast_history WHERE id <= 6 ORDER BY id",
];

const TABLES: [&str; 14] = [
    "__diesel_schema_migrations",
    "daily_revenue_cache",
    "forecast_accuracy",
    "forecast_history",
    "hourly_order_cache",
    "item_sales",
    "item_sales_rollups",
    "published_days",
    "publication",
    "revisions",
    "runs",
    "source_days",
    "special_days",
    "suspicions",
];

/// How the database stands before the first migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Empty,
    OldService,
}

impl Start {
    async fn lay(self, kitchen: &Kitchen) {
        if self == Self::OldService {
            let script = format!("{}{}", old_service::SCHEMA, old_service::ROWS);
            kitchen.restaurant.run(Database::Analytics, &script).await.unwrap();
        }
    }
}

async fn old_rows(kitchen: &Kitchen) -> Vec<String> {
    let mut rows = Vec::new();
    for query in OLD_ROWS {
        rows.extend(kitchen.published(query).await);
    }
    rows
}

/// The migrations, as version and statement, in their order.
fn migrations() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/analytics_db");
    let mut all: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let version = name.split('_').next().unwrap().replace('-', "");
            (version, std::fs::read_to_string(path.join("up.sql")).unwrap())
        })
        .collect();
    all.sort();
    all
}

const VERSIONS: &str = "SELECT version FROM __diesel_schema_migrations ORDER BY version";

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_database_gets_every_table_and_a_second_time_changes_nothing() {
    let kitchen = Kitchen::new("empty").await;
    let finished = kitchen.run_at(NOW, &["migrate"], 0);
    assert!(finished.stderr.contains("create_item_sales"), "{}", finished.stderr);
    let versions: Vec<String> = migrations().into_iter().map(|(version, _)| version).collect();
    assert_eq!(kitchen.published(VERSIONS).await, versions);
    let made = tables(&kitchen).await;
    for table in TABLES {
        assert!(made.iter().any(|made| made == table), "{table}: {made:?}");
    }
    assert_eq!(made.len(), TABLES.len(), "{made:?}");
    let fence = "UPDATE publication SET fence = 0";
    kitchen.restaurant.run(Database::Analytics, fence).await.unwrap();
    let before = everything(&kitchen).await;
    kitchen.run_at(NOW, &["migrate"], 0);
    kitchen.restaurant.run(Database::Analytics, fence).await.unwrap();
    assert_eq!(everything(&kitchen).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_services_tables_are_adopted_with_every_row() {
    let kitchen = Kitchen::new("adopted").await;
    Start::OldService.lay(&kitchen).await;
    let before = old_rows(&kitchen).await;
    assert_eq!(before.len(), 3 + 4 + 6);

    kitchen.run_at(NOW, &["migrate"], 0);

    assert_eq!(old_rows(&kitchen).await, before);
    let money = "SELECT table_name, column_name FROM information_schema.columns
                 WHERE table_schema = DATABASE() AND column_type = 'decimal(10,2)'";
    assert_eq!(kitchen.published(money).await, [""; 0]);
    // No day is published by that, and the figures have their meaning already.
    let standing =
        "SELECT (SELECT COUNT(*) FROM published_days), timezone, day_start, currency FROM publication";
    assert_eq!(kitchen.published(standing).await, ["0|UTC|00:00:00|XXX"]);
}

/// Until it is switched off the old service goes on writing, by statements that know only its own columns.
#[tokio::test(flavor = "multi_thread")]
async fn the_old_service_can_still_write() {
    let kitchen = Kitchen::new("writes").await;
    Start::OldService.lay(&kitchen).await;
    kitchen.run_at(NOW, &["migrate"], 0);
    let writes = "
        INSERT INTO daily_revenue_cache (date, total_revenue, order_count, average_order_value)
            VALUES ('2026-01-13', 100.00, 4, 25.00);
        INSERT INTO daily_revenue_cache (date, total_revenue, order_count, average_order_value)
            VALUES ('2026-01-13', 110.00, 5, 22.00)
            ON DUPLICATE KEY UPDATE total_revenue = VALUES(total_revenue), order_count = VALUES(order_count);
        REPLACE INTO daily_revenue_cache (date, total_revenue, order_count, average_order_value)
            VALUES ('2026-01-12', 1.00, 1, 1.00);
        REPLACE INTO hourly_order_cache (date, hour, order_count) VALUES ('2026-01-12', 12, 21), ('2026-01-13', 9, 5);
        UPDATE hourly_order_cache SET order_count = 6 WHERE date = '2026-01-13' AND hour = 9;
        INSERT INTO forecast_history (forecast_type, forecast_value, forecast_date)
            VALUES ('daily_revenue', 1.00, '2026-01-14'), ('daily_revenue', 1.00, '2026-01-14'),
                   ('hourly_9', 2.00, '2026-01-14'), ('hourly_9', 2.00, '2026-01-14')";
    kitchen.restaurant.run(Database::Analytics, writes).await.unwrap();
    let counts =
        "SELECT (SELECT COUNT(*) FROM daily_revenue_cache), (SELECT COUNT(*) FROM hourly_order_cache),
                         (SELECT COUNT(*) FROM forecast_history)";
    assert_eq!(kitchen.published(counts).await, ["4|5|10"]);
    // And a run takes it all as it comes.
    kitchen.run_at("2026-01-15T01:00:00Z", &[], 0);
    assert_eq!(kitchen.published(counts).await, ["4|5|10"]);
}

/// The first run recomputes what the source still holds; what it does not hold stays as it was adopted.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_run_recomputes_adopted_days_and_leaves_the_others() {
    let kitchen = Kitchen::new("takeover").await;
    Start::OldService.lay(&kitchen).await;
    let book = Book::of("2026-01-11", 5);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.run_at("2026-01-16T01:00:00Z", &[], 0);
    let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
    assert_eq!(crate::book::published_days(&mut connection).await, book.whole_days());
    let adopted = "SELECT date, total_revenue, order_count FROM daily_revenue_cache d
                   WHERE NOT EXISTS (SELECT 1 FROM published_days p WHERE p.date = d.date)";
    assert_eq!(kitchen.published(adopted).await, ["2026-01-10|1234.50|61"]);
    let forecasts = "SELECT COUNT(*), COUNT(DISTINCT forecast_type, forecast_date) FROM forecast_history WHERE origin IS NULL";
    assert_eq!(kitchen.published(forecasts).await, ["6|3"]);
}

#[rstest]
#[case(Start::Empty)]
#[case(Start::OldService)]
#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_are_one_after_the_other(#[case] start: Start) {
    let kitchen = Kitchen::new("two").await;
    start.lay(&kitchen).await;
    let both = [Running::start(&kitchen, NOW, &["migrate"]), Running::start(&kitchen, NOW, &["migrate"])];
    for one in both {
        one.ends_with(&kitchen, 0).await;
    }
    assert_eq!(kitchen.published(VERSIONS).await.len(), migrations().len());
    assert_eq!(kitchen.published("SELECT name, fence, generation FROM publication").await, ["analytics|2|1"]);
}

/// DDL commits by itself: a process can die after a statement and before its note, or before both.
#[rstest]
#[case(Start::Empty, 1)]
#[case(Start::Empty, 0)]
#[case(Start::OldService, 1)]
#[case(Start::OldService, 0)]
#[tokio::test(flavor = "multi_thread")]
async fn cut_off_anywhere_it_heals(#[case] start: Start, #[case] not_noted: usize) {
    let kitchen = Kitchen::new("cut").await;
    start.lay(&kitchen).await;
    kitchen.run_at(NOW, &["migrate"], 0);
    let (whole, rows) = (catalogue(&kitchen).await, old_rows(&kitchen).await);
    let all = migrations();
    for carried_out in not_noted..all.len() + not_noted {
        let mut script = String::new();
        for table in tables(&kitchen).await {
            script += &format!("DROP TABLE {table};");
        }
        kitchen.restaurant.run(Database::Analytics, &script).await.unwrap();
        start.lay(&kitchen).await;
        let mut script = "CREATE TABLE __diesel_schema_migrations (
                              version VARCHAR(50) PRIMARY KEY NOT NULL,
                              run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);"
            .to_owned();
        for (nth, (version, statement)) in all.iter().take(carried_out).enumerate() {
            script += statement;
            if nth + not_noted < carried_out {
                script += &format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}');");
            }
        }
        kitchen.restaurant.run(Database::Analytics, &script).await.unwrap();

        kitchen.run_at(NOW, &["migrate"], 0);

        assert_eq!(catalogue(&kitchen).await, whole, "{carried_out} of {}", all.len());
        assert_eq!(kitchen.published(VERSIONS).await.len(), all.len(), "{carried_out}");
        if start == Start::OldService {
            let money = |row: &String| row.replace(|c: char| c.is_ascii_digit() || c == ':', "#");
            assert_eq!(
                old_rows(&kitchen).await.iter().map(money).collect::<Vec<_>>(),
                rows.iter().map(money).collect::<Vec<_>>()
            );
        }
    }
}

/// Item sales that were published before there were rollups, with the migration cut off at each of its steps.
#[rstest]
#[case::before("DROP TABLE item_sales_rollups", "20261122000040")]
#[case::once_made("DELETE FROM item_sales_rollups", "20261122000041")]
#[case::once_filled("DO 0", "20261122000041")]
#[tokio::test(flavor = "multi_thread")]
async fn item_sales_of_before_are_rolled_up(#[case] undone: &str, #[case] first_not_noted: &str) {
    let kitchen = Kitchen::new("rolled").await;
    Book::of("2023-11-20", 50).enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.run_at(NOW, &[], 0);
    let rollups = "SELECT * FROM item_sales_rollups ORDER BY unit, first_day, item_id";
    let by_the_run = kitchen.published(rollups).await;
    assert!(by_the_run.iter().any(|row| row.starts_with("year|2023-01-01|")), "{by_the_run:?}");
    let not_noted = format!("DELETE FROM __diesel_schema_migrations WHERE version >= '{first_not_noted}'");
    kitchen.restaurant.run(Database::Analytics, &format!("{undone}; {not_noted}")).await.unwrap();

    kitchen.run_at(NOW, &["migrate"], 0);

    assert_eq!(kitchen.published(rollups).await, by_the_run);
}

/// Killed while its ALTER waits for somebody's open transaction: the server carries the ALTER out all the same.
#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_statement_waits_it_heals() {
    let kitchen = Kitchen::new("waits").await.set("ANALYTICS__LEASE", "2s");
    Start::OldService.lay(&kitchen).await;
    let rows = old_rows(&kitchen).await;
    let mut obstacle = Obstacle::row(&kitchen, "SELECT * FROM hourly_order_cache").await;
    let running = Running::start(&kitchen, NOW, &["migrate"]);
    obstacle.is_met_by(1).await;
    running.killed().await;
    obstacle.removed().await;
    kitchen.run_at(NOW, &["migrate"], 0);
    assert_eq!(kitchen.published(VERSIONS).await.len(), migrations().len());
    assert_eq!(old_rows(&kitchen).await, rows);
}

/// Its statement is carried out meanwhile, and another run migrates the rest.
#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_migration_does_no_harm_when_it_goes_on() {
    let kitchen = Kitchen::new("stall").await.set("ANALYTICS__LEASE", "2s");
    Start::OldService.lay(&kitchen).await;
    let mut obstacle = Obstacle::row(&kitchen, "SELECT * FROM hourly_order_cache").await;
    let stalled = Running::start(&kitchen, NOW, &["migrate"]);
    obstacle.is_met_by(1).await;
    stalled.signal("STOP");
    obstacle.removed().await;
    kitchen.run_at(NOW, &["migrate"], 0);
    let (made, versions) = (catalogue(&kitchen).await, kitchen.published(VERSIONS).await);
    stalled.signal("CONT");
    stalled.ends_with(&kitchen, 75).await;
    assert_eq!((catalogue(&kitchen).await, kitchen.published(VERSIONS).await), (made, versions));
}

/// After a rollback of the program, say.
#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_is_left_alone_and_worked_with() {
    let kitchen = Kitchen::new("newer").await;
    let book = Book::of("2024-01-01", 16);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.run_at(NOW, &["migrate"], 0);
    let newer = "ALTER TABLE runs ADD COLUMN mood VARCHAR(8) NULL;
                 INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000001')";
    kitchen.restaurant.run(Database::Analytics, newer).await.unwrap();
    let (made, versions) = (catalogue(&kitchen).await, kitchen.published(VERSIONS).await);
    for arguments in [&["migrate"] as &[&str], &["--dry-run"], &[]] {
        kitchen.run_at(NOW, arguments, 0);
    }
    assert_eq!(catalogue(&kitchen).await, made);
    assert_eq!(kitchen.published(VERSIONS).await, versions);
    let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
    assert_eq!(crate::book::published_days(&mut connection).await, book.whole_days());
}
