//! The sample in a database: all at once or a part at a time, it is the same.

#![expect(clippy::unwrap_used, reason = "a test helper fails by panicking, as its tests do")]

use chrono::{Days, NaiveDate};
use sandbox::databases::{Database, Restaurant};
use sandbox::sample::{Sample, fill};
use sandbox::server::Server;

async fn rows(restaurant: &Restaurant, columns: &str, table: &str) -> Vec<Vec<Option<String>>> {
    restaurant.query(Database::Orders, &format!("SELECT {columns} FROM {table} ORDER BY id")).await.unwrap()
}

#[tokio::test]
async fn a_continued_sample_equals_one_made_at_once() {
    let server = Server::shared().unwrap();
    let whole = Sample {
        seed: 3,
        first: NaiveDate::from_ymd_opt(2026, 3, 20).unwrap(),
        last: NaiveDate::from_ymd_opt(2026, 4, 2).unwrap(),
    };
    let at_once = server.restaurant("at_once").await.unwrap();
    let inserted = fill(&at_once, &whole, whole.first, |_, _| {}).await.unwrap();

    let in_parts = server.restaurant("in_parts").await.unwrap();
    let half = Sample { last: whole.last - Days::new(6), ..whole };
    let first_half = fill(&in_parts, &half, half.first, |_, _| {}).await.unwrap();
    let second_half = fill(&in_parts, &whole, half.last + Days::new(1), |_, _| {}).await.unwrap();
    assert_eq!(first_half + second_half, inserted);

    let columns = "id, created_at, status, table_id, total_amount, user_id";
    assert_eq!(rows(&at_once, columns, "orders").await, rows(&in_parts, columns, "orders").await);
    assert_eq!(rows(&at_once, "*", "order_items").await, rows(&in_parts, "*", "order_items").await);
}
