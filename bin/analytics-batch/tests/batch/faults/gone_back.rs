//! A source that holds less than it did: another server, one that is behind, or a restored one. What is published from
//! the right one is not taken back without a word.

use sandbox::databases::Database;
use sandbox::server::Engine;

use super::{DAYS, NIGHT};
use crate::book::{Book, WholeDays, published_days};
use crate::running::{Obstacle, Running};
use crate::support::Kitchen;

/// With a copy of all orders to bring back, and no key that ties lines to them.
async fn kitchen(hint: &str) -> (Kitchen, Book) {
    let kitchen = Kitchen::new(hint).await;
    let book = Book::of("2024-01-01", DAYS);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    ordering(
        &kitchen,
        "ALTER TABLE order_items DROP FOREIGN KEY order_items_ibfk_1; CREATE TABLE kept AS SELECT * FROM orders",
    )
    .await;
    (kitchen, book)
}

async fn ordering(kitchen: &Kitchen, script: &str) {
    kitchen.restaurant.run(Database::Orders, script).await.unwrap();
}

async fn standing(kitchen: &Kitchen) -> WholeDays {
    published_days(&mut kitchen.restaurant.admin(Database::Analytics).await.unwrap()).await
}

/// The book's last days have 3, 2, 4, 0, 2 and 4 orders, from the last one back. Of the twelve that the server lacks which
/// is behind, one is of the last of these, 2024-02-02, and all others of the days after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_behind_takes_no_orders_back() {
    let (kitchen, book) = kitchen("behind").await;
    let whole = book.whole_days();
    kitchen.run_at(NIGHT, &[], 0);
    let highest = book.size().0;
    ordering(&kitchen, &format!("DELETE FROM orders WHERE id > {}", highest - 12)).await;
    // However often: a night that has seen it must not take it for right.
    for arguments in [&[] as &[&str], &[], &["--rebuild"]] {
        let finished = kitchen.run_at(NIGHT, arguments, 65);
        for said in [
            format!("the highest order id in order_db is {}, and was {highest}", highest - 12),
            "2024-02-02 would lose orders, and was left alone".to_owned(),
            "ORDER_DATABASE__HOST".to_owned(),
        ] {
            assert!(finished.stdout.contains(&said), "{said}: {}", finished.stdout);
        }
        assert_eq!(standing(&kitchen).await, whole);
    }
    ordering(&kitchen, "INSERT INTO orders SELECT * FROM kept ON DUPLICATE KEY UPDATE id = orders.id").await;
    kitchen.run_at(NIGHT, &[], 0);
    assert_eq!(standing(&kitchen).await, whole);

    // Deleted indeed.
    ordering(&kitchen, &format!("DELETE FROM orders WHERE id > {}", highest - 12)).await;
    kitchen.run_at(NIGHT, &["--allow-empty"], 0);
    let left = standing(&kitchen).await;
    assert!(left["2024-02-02"].starts_with("3|") && left["2024-02-07"].starts_with("0|"), "{left:?}");
    kitchen.run_at(NIGHT, &[], 0);
}

/// Somebody has deleted the newest order, and none has come since.
#[tokio::test(flavor = "multi_thread")]
async fn a_few_orders_that_were_deleted_are_taken_back() {
    let (kitchen, book) = kitchen("few").await;
    kitchen.run_at(NIGHT, &[], 0);
    ordering(&kitchen, &format!("DELETE FROM orders WHERE id = {}", book.size().0)).await;
    kitchen.run_at(NIGHT, &[], 0);
    assert!(standing(&kitchen).await["2024-02-07"].starts_with("2|"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_source_is_no_success() {
    let (kitchen, book) = kitchen("blank").await;
    kitchen.run_at(NIGHT, &[], 0);
    ordering(&kitchen, "DELETE FROM orders").await;
    for arguments in [&[] as &[&str], &["--rebuild"]] {
        let finished = kitchen.run_at(NIGHT, arguments, 65);
        let said =
            format!("in order_db is 0, and was {} when it was last read: it holds no order", book.size().0);
        assert!(finished.stdout.contains(&said), "{}", finished.stdout);
        assert_eq!(standing(&kitchen).await, book.whole_days());
    }
    ordering(&kitchen, "INSERT INTO orders SELECT * FROM kept").await;
    kitchen.run_at(NIGHT, &[], 0);
    assert_eq!(standing(&kitchen).await, book.whole_days());
}

/// Its orders are gone between two attempts at the same slice. Were it read on, days would be published without them.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_replaced_while_it_is_read_publishes_nothing() {
    let (kitchen, book) = kitchen("replaced").await;
    let kitchen = kitchen.set("ANALYTICS__RETRY_FOR", "1s");
    let mut obstacle = Obstacle::table(&kitchen, Database::Orders, "order_items").await;
    let running = Running::start(&kitchen, NIGHT, &["--jobs", "1"]);
    obstacle.is_met_by(1).await;
    ordering(&kitchen, "DELETE FROM orders").await;
    let whose = format!(
        "SELECT id FROM {} WHERE user = '{}'",
        Engine::from_environment().unwrap().processlist(),
        kitchen.restaurant.user("order_reader")
    );
    for id in kitchen.published(&whose).await {
        ordering(&kitchen, &format!("KILL {id}")).await;
    }
    running.has_logged("another server has taken its place").await;
    let finished = running.ends_with(&kitchen, 69).await;
    assert!(finished.stderr.contains("ORDER_DATABASE__HOST"), "{}", finished.stderr);
    obstacle.removed().await;
    assert_eq!(standing(&kitchen).await, WholeDays::new());

    ordering(&kitchen, "INSERT INTO orders SELECT * FROM kept").await;
    kitchen.run_at(NIGHT, &[], 0);
    assert_eq!(standing(&kitchen).await, book.whole_days());
}

/// What is left of a backup that was put back without its largest table.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_has_lost_its_lines_takes_no_items_back() {
    let (kitchen, book) = kitchen("lineless").await;
    kitchen.run_at(NIGHT, &[], 0);
    ordering(&kitchen, "DELETE FROM order_items").await;
    for arguments in [&[] as &[&str], &["--rebuild"], &["--date", "2024-02-07"]] {
        let finished = kitchen.run_at(NIGHT, arguments, 65);
        assert!(
            finished.stdout.contains("2024-02-07") && finished.stdout.contains("not one line"),
            "{}",
            finished.stdout
        );
        assert_eq!(standing(&kitchen).await, book.whole_days());
    }
    kitchen.run_at(NIGHT, &["--date", "2024-02-07", "--allow-empty"], 0);
    assert!(standing(&kitchen).await["2024-02-07"].ends_with("|nothing"));
}
