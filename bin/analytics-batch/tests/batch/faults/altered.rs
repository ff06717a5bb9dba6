//! A source table that the ordering platform alters while it is read.

use rstest::rstest;
use sandbox::databases::Database;

use super::{DAYS, NIGHT};
use crate::book::{Book, published_days};
use crate::running::{Obstacle, Running};
use crate::support::Kitchen;

/// Between a slice's look at the orders and its look at their lines: the snapshot cannot see the table any more.
#[rstest]
#[case::a_column_more("ADD COLUMN note VARCHAR(20) NULL FIRST", 0)]
#[case::a_wider_price("MODIFY unit_price DECIMAL(14,4) NOT NULL", 0)]
#[case::a_column_less("DROP COLUMN quantity", 65)]
#[tokio::test(flavor = "multi_thread")]
async fn a_table_altered_in_a_slice_is_read_again(#[case] change: &str, #[case] code: i32) {
    let kitchen = Kitchen::new("altered").await;
    let book = Book::of("2024-01-01", DAYS);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    let mut obstacle = Obstacle::table(&kitchen, Database::Orders, "order_items").await;
    let running = Running::start(&kitchen, NIGHT, &["--jobs", "1"]);
    obstacle.is_met_by(1).await;
    obstacle.does(&format!("ALTER TABLE order_items {change}")).await;
    obstacle.removed().await;
    let finished = running.ends_with(&kitchen, code).await;
    let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
    let published = published_days(&mut connection).await;
    if code == 0 {
        assert_eq!(published, book.whole_days(), "{}", finished.stderr);
    } else {
        assert!(finished.stderr.contains("quantity"), "{}", finished.stderr);
        assert!(published.is_empty());
    }
}

/// As a tool that changes schemas may leave it for a moment: its rows are copied into another table that takes its name.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_gone_for_a_moment_is_waited_for() {
    let kitchen = Kitchen::new("exchanged").await;
    let book = Book::of("2024-01-01", DAYS);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    let mut obstacle = Obstacle::table(&kitchen, Database::Orders, "order_items").await;
    let running = Running::start(&kitchen, NIGHT, &["--jobs", "1"]);
    obstacle.is_met_by(1).await;
    obstacle.does("ALTER TABLE order_items RENAME TO lines_until_now").await;
    obstacle.removed().await;
    running.has_logged("order_items' doesn't exist").await;
    kitchen.restaurant.run(Database::Orders, "RENAME TABLE lines_until_now TO order_items").await.unwrap();
    let finished = running.ends_with(&kitchen, 0).await;
    let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
    assert_eq!(published_days(&mut connection).await, book.whole_days(), "{}", finished.stderr);
}
