//! One writer: two runs at once, a holder that died, one that was stalled, and one whose lease was taken.

use rstest::rstest;
use sandbox::databases::Database;

use crate::book::Book;
use crate::running::{Obstacle, Running, until};
use crate::state::lasting;
use crate::support::Kitchen;

const DAYS: u64 = 20;
/// After the last day of [`book`].
const NOW: &str = "2024-01-21T01:00:00Z";

fn book() -> Book {
    Book::of("2024-01-01", DAYS)
}

/// A restaurant with orders and empty tables of ours, whose batch has a lease of this length.
async fn kitchen(hint: &str, lease: &str) -> Kitchen {
    let kitchen = Kitchen::new(hint).await.set("ANALYTICS__LEASE", lease);
    book().enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.run_at(NOW, &["migrate"], 0);
    kitchen
}

/// What one run leaves that nobody disturbed.
async fn undisturbed() -> Vec<String> {
    let kitchen = kitchen("alone", "30s").await;
    kitchen.run_at(NOW, &[], 0);
    lasting(&kitchen).await
}

async fn outcomes(kitchen: &Kitchen) -> Vec<String> {
    kitchen.published("SELECT kind, outcome FROM runs ORDER BY id").await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_runs_started_together_one_publishes_and_the_other_leaves() {
    let kitchen = kitchen("together", "2s").await;
    let mut obstacle = Obstacle::orders(&kitchen).await;
    let mut runs = vec![Running::start(&kitchen, NOW, &[]), Running::start(&kitchen, NOW, &[])];
    obstacle.is_met_by(1).await;

    // The one that reads is slow and renews its lease; the other sees that and leaves.
    let mut left = None;
    until("one of the two leaves", async || {
        left = runs.iter_mut().position(|run| !run.is_alive());
        left.is_some()
    })
    .await;
    let finished = runs.remove(left.unwrap()).ends_with(&kitchen, 75).await;
    assert!(finished.stderr.contains("another run is publishing"), "{}", finished.stderr);
    assert_eq!(outcomes(&kitchen).await, ["nightly|running"]);

    obstacle.removed().await;
    runs.remove(0).ends_with(&kitchen, 0).await;
    assert_eq!(outcomes(&kitchen).await, ["nightly|succeeded"]);
    assert_eq!(lasting(&kitchen).await, undisturbed().await);
}

/// A crash leaves a lease that nobody renews and a run that is under way for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_holder_is_waited_for_and_then_taken_over() {
    let kitchen = kitchen("dead", "2s").await;
    let crash = "INSERT INTO runs (kind, version, holder, started_at, outcome)
                     VALUES ('rebuild', '3.0.0', 'dead', '2024-01-20 03:00:00', 'running');
                 UPDATE publication SET holder = 'dead', fence = fence + 1,
                                        expires_at = UTC_TIMESTAMP(6) + INTERVAL 1500000 MICROSECOND";
    kitchen.restaurant.run(Database::Analytics, crash).await.unwrap();
    let fence = kitchen.published("SELECT fence + 1 FROM publication").await;

    let finished = kitchen.run_at(NOW, &[], 0);

    assert!(finished.stderr.contains("another run holds the lease"), "{}", finished.stderr);
    assert_eq!(kitchen.published("SELECT fence FROM publication").await, fence);
    assert_eq!(outcomes(&kitchen).await, ["rebuild|abandoned", "nightly|succeeded"]);
    assert_eq!(lasting(&kitchen).await, undisturbed().await);
}

/// It may be alive and have a longer lease than the settings say now: that is for a person to look at.
#[tokio::test(flavor = "multi_thread")]
async fn a_holder_is_not_waited_for_longer_than_one_lease() {
    let kitchen = kitchen("long", "2s").await;
    let held = "UPDATE publication SET holder = 'other', expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR";
    kitchen.restaurant.run(Database::Analytics, held).await.unwrap();
    let finished = kitchen.run_at(NOW, &[], 75);
    assert!(finished.stderr.contains("another run is publishing"), "{}", finished.stderr);
    assert_eq!(kitchen.days().await, [""; 0]);
    assert_eq!(kitchen.published("SELECT holder FROM publication").await, ["other"]);
}

/// Stopped (as a machine is that swaps, or is moved) until another run has published, and then awake again.
#[rstest]
#[case::while_reading(Database::Orders, "orders")]
#[case::between_two_statements(Database::Analytics, "daily_revenue_cache")]
#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_holder_publishes_nothing_more(#[case] database: Database, #[case] table: &str) {
    let kitchen = kitchen("stalled", "2s").await;
    let mut obstacle = Obstacle::table(&kitchen, database, table).await;
    let stalled = Running::start(&kitchen, NOW, &[]);
    obstacle.is_met_by(1).await;
    stalled.signal("STOP");
    obstacle.removed().await;

    kitchen.run_at(NOW, &[], 0);
    let published = lasting(&kitchen).await;
    // Orders that the stalled run would publish if it could.
    book().with_late_orders(0).enter(&kitchen.restaurant, &book()).await;
    stalled.signal("CONT");
    stalled.ends_with(&kitchen, 75).await;

    assert_eq!(lasting(&kitchen).await, published);
    assert_eq!(outcomes(&kitchen).await, ["nightly|abandoned", "nightly|succeeded"]);
    assert_eq!(published, undisturbed().await);
}

/// The open transaction of a stalled holder keeps the row of the lease locked: nobody can take over, and a contender
/// says so instead of failing.
#[tokio::test(flavor = "multi_thread")]
async fn a_holder_stalled_in_the_midst_of_a_transaction_keeps_others_out() {
    let kitchen = kitchen("midst", "2s").await;
    let row = "INSERT INTO item_sales VALUES ('2024-01-05', 6, '', 0, 0)";
    let mut obstacle = Obstacle::row(&kitchen, row).await;
    let stalled = Running::start(&kitchen, NOW, &[]);
    obstacle.is_met_by(1).await;
    stalled.signal("STOP");

    let finished = kitchen.run_at(NOW, &[], 75);
    let said = "has let its lease run out and is in the midst of a transaction";
    assert!(finished.stderr.contains(said), "{}", finished.stderr);
    assert_eq!(kitchen.days().await, [""; 0]);

    stalled.killed().await;
    obstacle.removed().await;
    kitchen.run_at(NOW, &[], 0);
    assert_eq!(outcomes(&kitchen).await, ["nightly|abandoned", "nightly|succeeded"]);
    assert_eq!(lasting(&kitchen).await, undisturbed().await);
}

/// Its transaction locks the row of the lease, so that it cannot be renewed meanwhile, nor taken over.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_may_take_longer_than_the_lease() {
    let kitchen = kitchen("slow", "2s").await;
    let slow = "CREATE TRIGGER slow BEFORE INSERT ON published_days FOR EACH ROW
                SET @slept = IF(NEW.date = '2024-01-20', SLEEP(3), 0)";
    kitchen.restaurant.run(Database::Analytics, slow).await.unwrap();
    kitchen.run_at(NOW, &[], 0);
    assert_eq!(lasting(&kitchen).await, undisturbed().await);
}

/// With a lease of minutes the run does not renew within the test: it is the first statement of its next transaction
/// that finds out.
#[rstest]
#[case::before_it_stores_the_map(Database::Orders, "orders", 0)]
#[case::before_it_publishes(Database::Analytics, "daily_revenue_cache", 0)]
#[case::before_it_issues_the_forecast(Database::Analytics, "forecast_history", DAYS)]
#[tokio::test(flavor = "multi_thread")]
async fn the_fence_stops_a_run_whose_lease_was_taken(
    #[case] database: Database,
    #[case] table: &str,
    #[case] published: u64,
) {
    let kitchen = kitchen("fenced", "10m").await;
    let mut obstacle = Obstacle::table(&kitchen, database, table).await;
    let running = Running::start(&kitchen, NOW, &[]);
    obstacle.is_met_by(1).await;
    take_over(&kitchen).await;
    obstacle.removed().await;

    let finished = running.ends_with(&kitchen, 75).await;

    assert!(finished.stderr.contains("taken over by another run"), "{}", finished.stderr);
    let left = "SELECT (SELECT COUNT(*) FROM published_days), (SELECT COUNT(*) FROM daily_revenue_cache),
                       (SELECT COUNT(*) FROM forecast_history), (SELECT holder FROM publication)";
    assert_eq!(kitchen.published(left).await, [format!("{published}|{published}|0|other")]);
    assert_eq!(outcomes(&kitchen).await, ["nightly|interrupted"]);
}

/// Else it would note that the run which took over has died.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_lease_was_taken_leaves_the_ledger_alone() {
    let kitchen = kitchen("ledger", "10m").await;
    let mut obstacle = Obstacle::table(&kitchen, Database::Analytics, "__diesel_schema_migrations").await;
    let running = Running::start(&kitchen, NOW, &[]);
    obstacle.is_met_by(1).await;
    take_over(&kitchen).await;
    let other = "INSERT INTO runs (kind, version, holder, started_at, outcome)
                 VALUES ('rebuild', '3.0.0', 'other', '2024-01-21 00:59:00', 'running')";
    kitchen.restaurant.run(Database::Analytics, other).await.unwrap();
    obstacle.removed().await;
    running.ends_with(&kitchen, 75).await;
    assert_eq!(outcomes(&kitchen).await, ["rebuild|running"]);
}

/// With a short one the renewal finds out, while the run itself waits for the source.
#[tokio::test(flavor = "multi_thread")]
async fn the_renewal_stops_a_run_whose_lease_was_taken() {
    let kitchen = kitchen("renewal", "2s").await;
    let mut obstacle = Obstacle::orders(&kitchen).await;
    let running = Running::start(&kitchen, NOW, &[]);
    obstacle.is_met_by(1).await;
    take_over(&kitchen).await;
    let finished = running.ends_with(&kitchen, 75).await;
    obstacle.removed().await;
    assert!(finished.stderr.contains("was taken over by another run"), "{}", finished.stderr);
    assert_eq!(outcomes(&kitchen).await, ["nightly|interrupted"]);
    assert_eq!(kitchen.published("SELECT holder FROM publication").await, ["other"]);
}

async fn take_over(kitchen: &Kitchen) {
    let taken = "UPDATE publication SET holder = 'other', fence = fence + 1,
                                        expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR";
    kitchen.restaurant.run(Database::Analytics, taken).await.unwrap();
}
