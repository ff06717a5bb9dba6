//! A run that reads years publishes the days that are complete while it reads the others.

use rstest::rstest;
use sandbox::databases::Database;

use crate::book::{Book, WholeDays, published_days};
use crate::running::{Obstacle, Running, until};
use crate::support::Kitchen;

const FIRST: &str = "2024-01-01";
const DAYS: u64 = 480;
const NOW: &str = "2025-04-25T01:00:00Z";

/// Some 1,230 orders: thirteen slices in seven parts.
async fn kitchen(hint: &str) -> (Kitchen, Book) {
    let kitchen = Kitchen::new(hint).await.set("ORDERS__SLICE", "100");
    let book = Book::of(FIRST, DAYS);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.run_at(NOW, &["migrate"], 0);
    (kitchen, book)
}

async fn days(kitchen: &Kitchen) -> WholeDays {
    published_days(&mut kitchen.restaurant.admin(Database::Analytics).await.unwrap()).await
}

/// A run that has published a month and not read all orders: its parts are read one after another, and it
/// pauses eleven times after the first.
async fn running(kitchen: &Kitchen) -> Running {
    let mut running = Running::start(kitchen, NOW, &["--jobs", "1", "--throttle", "1s"]);
    until("a month that is published", async || days(kitchen).await.len() >= 31).await;
    assert!(running.is_alive());
    running
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_days_stand_before_all_orders_are_read() {
    let (kitchen, book) = kitchen("ahead").await;
    let running = running(&kitchen).await;
    let mut obstacle = Obstacle::orders(&kitchen).await;
    obstacle.is_met_by(1).await;
    running.killed().await;
    assert_eq!(kitchen.published("SELECT orders_read FROM runs").await, ["0"]);
    let standing = days(&kitchen).await;
    let whole = book.whole_days();
    assert!((31..480).contains(&standing.len()), "{standing:?}");
    assert_eq!(standing, whole.clone().into_iter().take(standing.len()).collect());

    obstacle.removed().await;
    kitchen.run_at(NOW, &[], 0);
    assert_eq!(days(&kitchen).await, whole);
}

/// Restored in part, or emptied by mistake, when a month is published and most orders are not read yet.
#[rstest]
#[case::lines_deleted("order_items", "DELETE FROM")]
#[case::lines_truncated("order_items", "TRUNCATE TABLE")]
#[case::orders_deleted("orders", "DELETE FROM")]
#[tokio::test(flavor = "multi_thread")]
async fn no_day_is_published_without_rows_that_go_meanwhile(#[case] table: &str, #[case] go: &str) {
    let (kitchen, book) = kitchen("rows").await;
    let ordering = async |script: &str| kitchen.restaurant.run(Database::Orders, script).await.unwrap();
    ordering("ALTER TABLE order_items DROP FOREIGN KEY order_items_ibfk_1").await;
    ordering(&format!("CREATE TABLE kept AS SELECT * FROM {table}")).await;
    let running = running(&kitchen).await;
    ordering(&format!("{go} {table}")).await;
    let finished = running.ends_with(&kitchen, 65).await;
    let said = format!("{table} has lost its newest rows since the run began");
    assert!(finished.stderr.contains(&said), "{}", finished.stderr);
    let (standing, whole) = (days(&kitchen).await, book.whole_days());
    assert!((31..480).contains(&standing.len()), "{standing:?}");
    assert_eq!(standing, whole.clone().into_iter().take(standing.len()).collect());

    ordering(&format!("INSERT INTO {table} SELECT * FROM kept")).await;
    kitchen.run_at(NOW, &[], 0);
    assert_eq!(days(&kitchen).await, whole);
}

/// The last order is not read yet when its time is set right: it was one of the third day, which had four.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_moves_to_a_published_day_meanwhile_counts_there() {
    let (kitchen, _) = kitchen("moved").await;
    let running = running(&kitchen).await;
    let moved = "UPDATE orders SET created_at = '2024-01-03 09:30:00' ORDER BY id DESC LIMIT 1";
    kitchen.restaurant.run(Database::Orders, moved).await.unwrap();
    let finished = running.ends_with(&kitchen, 0).await;
    assert_eq!(
        finished.stderr.matches("published 2024-01-01 to 2024-01-31").count(),
        1,
        "{}",
        finished.stderr
    );
    assert!(
        finished.stderr.contains("published 2024-01-03 to 2024-01-03: 1 days changed"),
        "{}",
        finished.stderr
    );
    let mended = days(&kitchen).await;
    assert!(mended["2024-01-03"].starts_with("5|"), "{mended:?}");

    // A run that finds it there from the start leaves the same days.
    kitchen.run_at(NOW, &["--rebuild"], 0);
    assert_eq!(days(&kitchen).await, mended);
    assert_eq!(kitchen.published("SELECT rows_changed FROM runs ORDER BY id DESC LIMIT 1").await, ["0"]);
}

/// While an order of the first day is among those that are left, no day is complete.
#[tokio::test(flavor = "multi_thread")]
async fn no_day_is_published_without_an_order_that_was_entered_late() {
    let (kitchen, book) = kitchen("stray").await;
    let book = {
        let late = book.with_late_orders(0);
        late.enter(&kitchen.restaurant, &book).await;
        late
    };
    let mut running = Running::start(&kitchen, NOW, &["--throttle", "1ms"]);
    let whole = book.whole_days();
    let mut looks = 0;
    while running.is_alive() {
        let standing = days(&kitchen).await;
        assert!(standing.iter().all(|(date, day)| whole[date] == *day), "{standing:?}");
        looks += 1;
    }
    assert!(looks > 1);
    running.ends_with(&kitchen, 0).await;
    assert_eq!(days(&kitchen).await, whole);
}
