//! Rows come joined in texts, and a server cuts off what is longer than it may send.

use rstest::rstest;
use sandbox::databases::{LineRow, OrderRow, Source};
use sandbox::server::{Engine, Options, Server};

use super::book::Book;
use super::facts::{assert_same, published};
use super::wall_clock::Rules;
use crate::support::Kitchen;

/// 168 kB of orders as text, and 90 kB of lines.
const ORDERS: i64 = 4_000;

/// Rows of one INSERT of the test: they must get through as well.
const STORED_AT_A_TIME: i64 = 400;

#[rstest]
#[case::both_cut_off("--max-allowed-packet=65536")]
#[case::orders_cut_off("--max-allowed-packet=131072")]
#[case::neither("--max-allowed-packet=16777216")]
#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_cut_off_is_not_believed(#[case] argument: &str) {
    let server =
        Server::start(Engine::from_environment().unwrap(), Options::default().argument(argument)).unwrap();
    let kitchen = Kitchen::on(&server, "cutoff", &Source::default()).await;
    let mut book = Book::default();
    for id in 1..=ORDERS {
        let created_at = format!("2024-05-0{} 12:{:02}:{:02}.250000", 1 + id / 2_001, id / 60 % 60, id % 60);
        let total = format!("{}.{:02}", id % 90, id % 100);
        book.orders.push(OrderRow::served(id, &created_at, &total));
        let quantity = i32::try_from(1 + id % 3).unwrap();
        book.lines.push(LineRow::new(id, id, 1 + id % 7, &format!("Soup {}", id % 5), quantity, "3.25"));
        if id % STORED_AT_A_TIME == 0 {
            book.store(&kitchen).await;
        }
    }
    let expected = book.facts(&Rules::new("UTC", 0, "UTC"), "2024-05-02".parse().unwrap());
    kitchen.run_at("2024-05-03T00:10:00Z", &[], 0);
    assert_same(&expected, &published(&kitchen).await, argument);
}
