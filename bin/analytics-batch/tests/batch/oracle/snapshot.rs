//! Orders and lines that change while a run reads: a day is counted as it stood at one moment.

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;
use rstest::rstest;
use sandbox::databases::{Database, LineRow, OrderRow, Source};
use sandbox::server::{Engine, Options, Server};

use super::book::Book;
use super::facts::{assert_same, published};
use super::wall_clock::Rules;
use crate::running::{Running, until};
use crate::support::Kitchen;

const NOW: &str = "2024-05-04T00:10:00Z";

/// Nine orders of three days, a line each.
fn book() -> Book {
    let mut book = Book::default();
    for id in 1..=9 {
        let created_at = format!("2024-05-0{} 12:0{id}:00", (id + 2) / 3);
        book.orders.push(OrderRow::served(id, &created_at, "10.00"));
        book.lines.push(LineRow::new(id, id, 1, "Soup", 1, "9.50"));
    }
    book
}

/// Waits until a statement of the batch waits for a locked table of the source.
async fn stopped(watcher: &mut Conn, user: &str) {
    let sessions = Engine::from_environment().unwrap().processlist();
    let states = format!("SELECT COALESCE(state, '') FROM {sessions} WHERE user = '{user}'");
    until("a read that waits for a table", async || {
        let states: Vec<String> = watcher.query(&*states).await.unwrap();
        states.iter().any(|state| state.contains("metadata lock"))
    })
    .await;
}

/// The run has read the orders and is about to read their lines when both change. Under READ COMMITTED, which the
/// second server defaults to, it would see the new lines.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn orders_and_lines_are_read_as_they_stood_at_one_moment(
    #[values("REPEATABLE-READ", "READ-COMMITTED")] isolation: &str,
    #[values(false, true)] index_on_created_at: bool,
) {
    let options = Options::default().argument(format!("--transaction-isolation={isolation}"));
    let server = Server::start(Engine::from_environment().unwrap(), options).unwrap();
    let source = Source { index_on_created_at, ..Source::default() };
    let kitchen = Kitchen::on(&server, "snapshot", &source).await;
    // Or a change of an order would wait for the lock on the lines.
    let unrelated = "ALTER TABLE order_items DROP FOREIGN KEY order_items_ibfk_1";
    kitchen.restaurant.run(Database::Orders, unrelated).await.unwrap();
    let rules = Rules::new("UTC", 0, "UTC");
    let last = "2024-05-03".parse().unwrap();
    let mut book = book();
    book.store(&kitchen).await;
    if index_on_created_at {
        // So that the run in question reads by it.
        kitchen.run_at(NOW, &[], 0);
    }
    let before = book.facts(&rules, last);

    let mut holder = kitchen.restaurant.admin(Database::Orders).await.unwrap();
    let mut watcher = kitchen.restaurant.admin(Database::Orders).await.unwrap();
    holder.query_drop("LOCK TABLES order_items WRITE").await.unwrap();
    let running = Running::start(&kitchen, NOW, &[]);
    stopped(&mut watcher, &kitchen.restaurant.user("order_reader")).await;
    watcher.query_drop("UPDATE orders SET total_amount = 99.00 WHERE id = 1").await.unwrap();
    holder.query_drop("UPDATE order_items SET quantity = 7, item_name = 'Stew' WHERE id = 1").await.unwrap();
    holder.query_drop("UNLOCK TABLES").await.unwrap();
    let finished = running.ended().await;
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert_same(&before, &published(&kitchen).await, "the run during which they changed");

    book.orders[0].total_amount = Some("99.00".to_owned());
    (book.lines[0].quantity, book.lines[0].item_name) = (7, "Stew".to_owned());
    kitchen.run_at(NOW, &[], 0);
    assert_same(&book.facts(&rules, last), &published(&kitchen).await, "the run after");
    holder.disconnect().await.unwrap();
    watcher.disconnect().await.unwrap();
}
