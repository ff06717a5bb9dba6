//! Rows come joined in texts, and a server cuts off what is longer than it may send.

use rstest::rstest;
use sandbox::databases::{LineRow, OrderRow, Source};
use sandbox::server::{Engine, Options, Server};

use super::book::Book;
use super::facts::{assert_same, published};
use super::wall_clock::Rules;
use crate::support::Kitchen;

/// Orders, each with a line; 2,500 rows come in a text.
const ORDERS: i64 = 4_000;

/// Rows of one INSERT of the test: they must get through as well.
const STORED_AT_A_TIME: i64 = 400;

#[rstest]
// A text may be half as long as a statement. One of orders has 105 kB, or 145 with ids of 19 digits; one of lines has
// 40 kB, or 140 with two such ids and one of an item.
#[case::both_cut_off("--max-allowed-packet=131072", i64::MAX - 100_000)]
#[case::orders_cut_off("--max-allowed-packet=131072", 0)]
#[case::neither("--max-allowed-packet=16777216", i64::MAX - 100_000)]
#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_cut_off_is_not_believed(#[case] argument: &str, #[case] ids_after: i64) {
    let options = Options::default().argument(argument);
    let terse = Server::start(Engine::from_environment().unwrap(), options).unwrap();
    let source = Kitchen::on(&terse, "cutoff", &Source::default()).await;
    let mut kitchen = Kitchen::new("cutoff").await.set("ORDERS__EXTRACTOR", "lines");
    for (name, value) in source.restaurant.env_for_batch() {
        if name.starts_with("ORDER_DATABASE__") {
            kitchen = kitchen.set(&name, &value);
        }
    }
    let mut book = Book::default();
    for nth in 1..=ORDERS {
        let created_at =
            format!("2024-05-0{} 12:{:02}:{:02}.250000", 1 + nth / 2_001, nth / 60 % 60, nth % 60);
        let (id, item_id) = (ids_after + nth, ids_after + 1 + nth % 7);
        book.orders.push(OrderRow::served(id, &created_at, &format!("{}.{:02}", nth % 90, nth % 100)));
        let quantity = i32::try_from(1 + nth % 3).unwrap();
        book.lines.push(LineRow::new(id, id, item_id, &format!("Soup {}", nth % 5), quantity, "3.25"));
        if nth % STORED_AT_A_TIME == 0 {
            book.store(&source).await;
        }
    }
    let expected = book.facts(&Rules::new("UTC", 0, "UTC"), "2024-05-02".parse().unwrap());
    kitchen.run_at("2024-05-03T00:10:00Z", &[], 0);
    assert_same(&expected, &published(&kitchen).await, argument);
}
