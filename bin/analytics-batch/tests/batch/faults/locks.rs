//! Somebody else's locks on published rows.

use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use sandbox::databases::Database;

use super::{DAYS, LATE, NIGHT};
use crate::book::{Book, published_days};
use crate::running::{Obstacle, Running};
use crate::support::Kitchen;

const ROW: &str = "SELECT * FROM item_sales WHERE date = '2024-02-05' FOR UPDATE";

/// A restaurant with everything published but the late orders of its last days.
async fn kitchen(hint: &str) -> (Kitchen, Book) {
    let kitchen = Kitchen::new(hint).await;
    let before = Book::of("2024-01-01", DAYS);
    before.enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.run_at(NIGHT, &[], 0);
    let book = before.with_late_orders(DAYS - 8);
    book.enter(&kitchen.restaurant, &before).await;
    (kitchen, book)
}

async fn is_right(kitchen: &Kitchen, book: &Book, log: &str) {
    let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
    assert_eq!(published_days(&mut connection).await, book.whole_days(), "{log}");
    let last = "SELECT outcome, days_changed FROM runs ORDER BY id DESC LIMIT 1";
    assert_eq!(kitchen.published(last).await, ["succeeded|8"], "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_locked_for_too_long_is_waited_for_again() {
    let (kitchen, book) = kitchen("waits").await;
    let mut obstacle = Obstacle::row(&kitchen, ROW).await;
    let running = Running::start(&kitchen, NIGHT, &LATE);
    obstacle.is_met_by(1).await;
    running.has_logged("Lock wait timeout exceeded").await;
    obstacle.removed().await;
    let finished = running.ends_with(&kitchen, 0).await;
    is_right(&kitchen, &book, &finished.stderr).await;
}

/// The run holds the lease's row and waits for the test's; the test asks for the lease's. The server ends whichever of
/// the two has changed less.
#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_is_tried_again() {
    let (kitchen, book) = kitchen("deadlock").await;
    let mut other = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
    other.query_drop("CREATE TABLE weight (id INT AUTO_INCREMENT PRIMARY KEY)").await.unwrap();
    other.query_drop("START TRANSACTION").await.unwrap();
    let many = vec!["(NULL)"; 2_000].join(",");
    other.query_drop(format!("INSERT INTO weight VALUES {many}")).await.unwrap();
    other.query_drop(ROW).await.unwrap();
    // It holds nothing that the run needs, but watches it.
    let mut watcher = Obstacle::row(&kitchen, "SELECT 1").await;
    let running = Running::start(&kitchen, NIGHT, &LATE);
    watcher.is_met_by(1).await;
    let crossing = other.query_drop("UPDATE publication SET name = name");
    tokio::time::timeout(Duration::from_secs(30), crossing).await.unwrap().unwrap();
    running.has_logged("Deadlock found").await;
    other.query_drop("ROLLBACK").await.unwrap();
    other.query_drop("DROP TABLE weight").await.unwrap();
    watcher.removed().await;
    let finished = running.ends_with(&kitchen, 0).await;
    is_right(&kitchen, &book, &finished.stderr).await;
}
