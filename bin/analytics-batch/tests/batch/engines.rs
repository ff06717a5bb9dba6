//! What must hold on every engine alike, without a lock that only some of them know. `make test-engines` runs it, with
//! those of the other tests that say the same of figures, tables and answers.

use sandbox::databases::{Database, Source};
use sandbox::server::{Engine, Server};

use crate::book::Book;
use crate::running::{Running, until};
use crate::state::lasting;
use crate::support::Kitchen;

/// After the last day of [`book`].
const NOW: &str = "2024-05-30T01:00:00Z";
/// It pauses after each of its slices, and so is under way for as long as a test takes.
const SLOWLY: &[&str] = &["--jobs", "1", "--throttle", "5s"];

/// Orders for several slices.
fn book() -> Book {
    Book::of("2024-01-01", 150)
}

/// A restaurant with orders and empty tables of ours.
async fn kitchen(hint: &str) -> Kitchen {
    let kitchen = Kitchen::new(hint).await.set("ANALYTICS__LEASE", "3s").set("ORDERS__SLICE", "100");
    book().enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.run_at(NOW, &["migrate"], 0);
    kitchen
}

/// What one run leaves that nobody disturbed.
async fn undisturbed() -> Vec<String> {
    let kitchen = kitchen("alone").await;
    kitchen.run_at(NOW, &[], 0);
    lasting(&kitchen).await
}

async fn outcomes(kitchen: &Kitchen) -> Vec<String> {
    kitchen.published("SELECT outcome FROM runs ORDER BY id").await
}

/// A run that holds the lease and has not read all yet.
async fn under_way(kitchen: &Kitchen) -> Running {
    let run = Running::start(kitchen, NOW, SLOWLY);
    until("a run in the ledger", async || outcomes(kitchen).await == ["running"]).await;
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_runs_at_once_one_publishes() {
    let kitchen = kitchen("many").await;
    let runs: Vec<Running> = (0..5).map(|_| Running::start(&kitchen, NOW, &[])).collect();
    let mut succeeded = 0;
    for run in runs {
        let finished = run.ended().await;
        // One that comes when the first has done finds nothing left to do.
        assert!(matches!(finished.code, Some(0 | 75)), "{:?}\n{}", finished.code, finished.stderr);
        succeeded += usize::from(finished.code == Some(0));
    }
    assert_eq!(outcomes(&kitchen).await, vec!["succeeded"; succeeded]);
    assert_eq!(lasting(&kitchen).await, undisturbed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_holder_is_fenced_out() {
    let kitchen = kitchen("fenced").await;
    let stalled = under_way(&kitchen).await;
    stalled.signal("STOP");
    // Waits until the lease of the first has run out.
    kitchen.run_at(NOW, &[], 0);
    let published = lasting(&kitchen).await;
    // Orders that the stalled run would publish if it could.
    book().with_late_orders(0).enter(&kitchen.restaurant, &book()).await;
    stalled.signal("CONT");
    let finished = stalled.ended().await;
    // 69 if it was stopped as it connected, and so for too long.
    assert!(matches!(finished.code, Some(69 | 75)), "{:?}\n{}", finished.code, finished.stderr);
    assert_eq!(lasting(&kitchen).await, published);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_is_finished_by_the_next() {
    let kitchen = kitchen("killed").await;
    under_way(&kitchen).await.killed().await;
    kitchen.run_at(NOW, &[], 0);
    assert_eq!(outcomes(&kitchen).await, ["abandoned", "succeeded"]);
    assert_eq!(lasting(&kitchen).await, undisturbed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_leaves_its_lease_and_nothing_else() {
    let kitchen = kitchen("asked").await;
    let run = under_way(&kitchen).await;
    run.signal("TERM");
    run.ends_with(&kitchen, 75).await;
    assert_eq!(kitchen.days().await, [""; 0]);
    // At once: the lease is free.
    let next = kitchen.run_at(NOW, &[], 0);
    assert!(!next.stderr.contains("another run"), "{}", next.stderr);
    assert_eq!(outcomes(&kitchen).await, ["interrupted", "succeeded"]);
    assert_eq!(lasting(&kitchen).await, undisturbed().await);
}

/// OceanBase may hand out ids by node. There an index is asked for, and without one everything is read.
#[tokio::test(flavor = "multi_thread")]
async fn a_night_goes_by_ids_where_they_are_in_order_and_by_the_index_where_there_is_one() {
    let in_order = Server::shared().unwrap().engine() != Engine::OceanBase;
    for index_on_created_at in [false, true] {
        let source = Source { index_on_created_at, ..Source::default() };
        let kitchen = Kitchen::with("way", &source).await;
        let book = book();
        book.enter(&kitchen.restaurant, &Book::default()).await;
        kitchen.run_at(NOW, &[], 0);
        let late = book.with_late_orders(145);
        late.enter(&kitchen.restaurant, &book).await;

        let night = kitchen.run_at(NOW, &[], 0);
        let scans = night.stdout.contains("every order, because this engine does not give out ids in order");
        assert_eq!(scans, !in_order && !index_on_created_at, "{}", night.stdout);
        let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
        assert_eq!(crate::book::published_days(&mut connection).await, late.whole_days());

        let check = kitchen.run_at(NOW, &["check"], 0);
        assert!(check.stdout.contains("has what a run needs"), "{}", check.stdout);
        let asks = check.stdout.contains("CREATE INDEX created_at ON orders (created_at)");
        assert_eq!(asks, scans, "{}", check.stdout);
    }
}
