//! SIGTERM and SIGINT: rolled back, the lease given back at once, the run marked, exit 75.

use std::time::Duration;

use rstest::rstest;
use sandbox::databases::Database;

use crate::book::{Book, published_days};
use crate::running::{Obstacle, Running};
use crate::state::lasting;
use crate::support::Kitchen;

const NOW: &str = "2024-02-06T01:00:00Z";
const HOLDER: &str = "SELECT holder, expires_at FROM publication";

/// 36 days: two transactions of a first run. With a lease so long that it would show if it were not given back.
async fn kitchen(hint: &str) -> Kitchen {
    let kitchen = Kitchen::new(hint).await.set("ANALYTICS__LEASE", "10m");
    Book::of("2024-01-01", 36).enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.run_at(NOW, &["migrate"], 0);
    kitchen
}

async fn undisturbed() -> Vec<String> {
    let kitchen = kitchen("quiet").await;
    kitchen.run_at(NOW, &[], 0);
    lasting(&kitchen).await
}

#[rstest]
#[case("TERM")]
#[case("INT")]
#[tokio::test(flavor = "multi_thread")]
async fn while_it_reads_nothing_is_published(#[case] signal: &str) {
    let kitchen = kitchen("reading").await;
    let mut obstacle = Obstacle::orders(&kitchen).await;
    let running = Running::start(&kitchen, NOW, &[]);
    obstacle.is_met_by(1).await;
    running.signal(signal);

    let finished = running.ends_with(&kitchen, 75).await;
    assert!(finished.stderr.contains(&format!("interrupted by SIG{signal}")), "{}", finished.stderr);
    assert_eq!(kitchen.published(HOLDER).await, ["-|-"]);
    let ledger = kitchen.published("SELECT outcome, finished_at, error FROM runs").await.remove(0);
    assert!(
        ledger.starts_with(&format!("interrupted|2024-02-06 01:00:00.000000|interrupted by SIG{signal}")),
        "{ledger}"
    );
    assert_eq!(kitchen.days().await, [""; 0]);

    obstacle.removed().await;
    kitchen.run_at(NOW, &[], 0);
    assert_eq!(lasting(&kitchen).await, undisturbed().await);
}

/// The first transaction stands, the second is rolled back.
#[rstest]
#[case("TERM")]
#[case("INT")]
#[tokio::test(flavor = "multi_thread")]
async fn in_the_midst_of_a_transaction_that_one_is_rolled_back(#[case] signal: &str) {
    let kitchen = kitchen("writing").await;
    let row = "INSERT INTO hourly_order_cache (date, hour) VALUES ('2024-02-03', 6)";
    let mut obstacle = Obstacle::row(&kitchen, row).await;
    let running = Running::start(&kitchen, NOW, &[]);
    obstacle.is_met_by(1).await;
    running.signal(signal);
    // The row that the cut-off transaction still waits for, and the lease's, which it holds until it is rolled back.
    obstacle.is_met_by(2).await;
    obstacle.removed().await;

    running.ends_with(&kitchen, 75).await;
    assert_eq!(kitchen.published(HOLDER).await, ["-|-"]);
    assert_eq!(
        kitchen.published("SELECT COUNT(*), MAX(date) FROM daily_revenue_cache").await,
        ["31|2024-01-31"]
    );
    assert_eq!(kitchen.published("SELECT COUNT(*), MAX(date) FROM published_days").await, ["31|2024-01-31"]);
    assert_eq!(kitchen.published("SELECT outcome FROM runs").await, ["interrupted"]);

    kitchen.run_at(NOW, &[], 0);
    assert_eq!(lasting(&kitchen).await, undisturbed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_waits_for_the_lease_nothing_was_done() {
    let kitchen = kitchen("waiting").await;
    let held = "UPDATE publication SET holder = 'other', expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR";
    kitchen.restaurant.run(Database::Analytics, held).await.unwrap();
    let running = Running::start(&kitchen, NOW, &[]);
    running.has_logged("another run holds the lease").await;
    running.signal("TERM");
    let finished = running.ends_with(&kitchen, 75).await;
    assert!(finished.stderr.contains("interrupted by SIGTERM: nothing was done"), "{}", finished.stderr);
    assert_eq!(kitchen.published("SELECT holder FROM publication").await, ["other"]);
    assert_eq!(kitchen.published("SELECT COUNT(*) FROM runs").await, ["0"]);
}

/// Ctrl-C ends what only looks as well.
#[rstest]
#[case::dry_run(&["--dry-run"])]
#[case::check(&["check"])]
#[tokio::test(flavor = "multi_thread")]
async fn what_only_looks_can_be_stopped(#[case] arguments: &[&str]) {
    let kitchen = kitchen("looking").await;
    let mut obstacle = Obstacle::orders(&kitchen).await;
    let running = Running::start(&kitchen, NOW, arguments);
    obstacle.is_met_by(1).await;
    running.signal("INT");
    running.ends_with(&kitchen, 75).await;
    obstacle.removed().await;
}

/// An ALTER that waits for somebody's open transaction is cut off, and the server may still carry it out.
#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_waits_for_a_table_can_be_stopped() {
    let kitchen = Kitchen::new("altering").await.set("ANALYTICS__LEASE", "10m");
    kitchen.restaurant.run(Database::Analytics, sandbox::old_service::SCHEMA).await.unwrap();
    let mut obstacle = Obstacle::row(&kitchen, "SELECT * FROM daily_revenue_cache").await;
    let running = Running::start(&kitchen, NOW, &["migrate"]);
    obstacle.is_met_by(1).await;
    running.signal("TERM");
    running.ends_with(&kitchen, 75).await;
    assert_eq!(kitchen.published(HOLDER).await, ["-|-"]);
    obstacle.removed().await;
    kitchen.run_at(NOW, &["migrate"], 0);
}

/// Wherever it is: whole days stand, the lease is free, and no run is under way.
#[tokio::test(flavor = "multi_thread")]
async fn at_any_moment_it_leaves_all_in_order() {
    let kitchen = kitchen("moments").await;
    let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
    let whole = Book::of("2024-01-01", 36).whole_days();
    for milliseconds in (5..150).step_by(5) {
        let running = Running::start(&kitchen, NOW, &["--rebuild"]);
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        running.signal("TERM");
        let finished = running.ended().await;
        kitchen.assert_no_secret_in(&finished);
        // None: before it listens, a signal ends a process as it ends any other.
        assert!(matches!(finished.code, None | Some(0 | 75)), "{:?} {}", finished.code, finished.stderr);
        assert_eq!(kitchen.published(HOLDER).await, ["-|-"], "{milliseconds} {}", finished.stderr);
        let under_way = "SELECT COUNT(*) FROM runs WHERE outcome IN ('running', 'abandoned', 'failed')";
        assert_eq!(kitchen.published(under_way).await, ["0"], "{milliseconds} {}", finished.stderr);
        for (date, day) in published_days(&mut connection).await {
            assert_eq!(whole[&date], day, "{milliseconds}");
        }
    }
}
