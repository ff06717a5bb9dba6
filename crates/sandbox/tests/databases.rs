//! A restaurant's databases: its own, and its users no more privileged than `grants.sql` says.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test helper fails by panicking, as its tests do")]

use std::collections::HashMap;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, OptsBuilder};
use sandbox::databases::{CreatedAt, Database, LineRow, OrderRow, Source};
use sandbox::server::Server;

/// A connection as the user that the settings of a section name.
async fn connect(settings: &[(String, String)], section: &str) -> Conn {
    let settings: HashMap<&str, &str> =
        settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let value = |key: &str| settings[format!("{section}__{key}").as_str()].to_owned();
    let options = OptsBuilder::default()
        .ip_or_hostname(value("HOST"))
        .tcp_port(value("PORT").parse().unwrap())
        .user(Some(value("USERNAME")))
        .pass(Some(value("PASSWORD")))
        .db_name(Some(value("DATABASE")))
        .prefer_socket(false);
    Conn::new(options).await.unwrap()
}

async fn is_denied(connection: &mut Conn, statement: &str) {
    match connection.query_drop(statement).await {
        Err(mysql_async::Error::Server(error)) => {
            assert!([1044, 1142].contains(&error.code), "{statement}: {error}");
        }
        other => panic!("{statement} was not denied: {other:?}"),
    }
}

#[tokio::test]
async fn each_restaurant_has_databases_of_its_own() {
    let server = Server::shared().unwrap();
    let (one, two) = (server.restaurant("twin").await.unwrap(), server.restaurant("twin").await.unwrap());
    assert_ne!(one.database(Database::Orders), two.database(Database::Orders));
    assert_ne!(one.database(Database::Analytics), two.database(Database::Analytics));
    one.insert(&[OrderRow::served(1, "2026-01-01 12:00:00", "9.50")], &[]).await.unwrap();
    let count = two.query(Database::Orders, "SELECT COUNT(*) FROM orders").await.unwrap();
    assert_eq!(count, [[Some("0".to_owned())]]);
    // The users of one cannot see the other.
    let mut reader = connect(&one.env_for_batch(), "ORDER_DATABASE").await;
    is_denied(&mut reader, &format!("SELECT 1 FROM `{}`.orders", two.database(Database::Orders))).await;
}

#[tokio::test]
async fn the_order_user_can_only_read() {
    let restaurant = Server::shared().unwrap().restaurant("reader").await.unwrap();
    restaurant.insert(&[OrderRow::served(1, "2026-01-01 12:00:00", "9.50")], &[]).await.unwrap();
    let mut reader = connect(&restaurant.env_for_batch(), "ORDER_DATABASE").await;
    let count: Option<i64> = reader.query_first("SELECT COUNT(*) FROM orders").await.unwrap();
    assert_eq!(count, Some(1));
    for statement in [
        "INSERT INTO orders (created_at, status, table_id, user_id) VALUES (NOW(), 'SERVED', 1, 1)",
        "UPDATE orders SET total_amount = 0",
        "DELETE FROM orders",
        "CREATE TABLE mine (a INT)",
        "ALTER TABLE orders ADD COLUMN a INT",
        "CREATE INDEX i ON orders (created_at)",
        "DROP TABLE order_items",
    ] {
        is_denied(&mut reader, statement).await;
    }
}

#[tokio::test]
async fn the_batch_user_makes_and_fills_tables_of_analytics_db_but_drops_none() {
    let restaurant = Server::shared().unwrap().restaurant("batch").await.unwrap();
    let mut batch = connect(&restaurant.env_for_batch(), "ANALYTICS_DATABASE").await;
    batch
        .query_drop(
            "CREATE TABLE t (a INT PRIMARY KEY, b INT); ALTER TABLE t ADD COLUMN c INT; CREATE INDEX i ON t (b);
             INSERT INTO t VALUES (1, 2, 3); UPDATE t SET b = 3; DELETE FROM t",
        )
        .await
        .unwrap();
    is_denied(&mut batch, "DROP TABLE t").await;
    is_denied(&mut batch, &format!("SELECT 1 FROM `{}`.orders", restaurant.database(Database::Orders))).await;
}

#[tokio::test]
async fn the_api_user_reads_analytics_db_and_nothing_else() {
    let restaurant = Server::shared().unwrap().restaurant("api").await.unwrap();
    restaurant.run(Database::Analytics, "CREATE TABLE t (a INT); INSERT INTO t VALUES (7)").await.unwrap();
    let mut api = connect(&restaurant.env_for_api(), "ANALYTICS_DATABASE").await;
    assert_eq!(api.query_first::<i32, _>("SELECT a FROM t").await.unwrap(), Some(7));
    is_denied(&mut api, "INSERT INTO t VALUES (8)").await;
    is_denied(&mut api, "CREATE TABLE mine (a INT)").await;
    is_denied(&mut api, &format!("SELECT 1 FROM `{}`.orders", restaurant.database(Database::Orders))).await;
}

#[tokio::test]
async fn the_source_comes_in_other_shapes() {
    let source = Source {
        created_at: CreatedAt::Timestamp,
        index_on_created_at: true,
        extra_columns: true,
        extra_statuses: vec!["CANCELLED".to_owned()],
    };
    let restaurant = Server::shared().unwrap().restaurant_with("shapes", &source).await.unwrap();
    let name = "Crème \u{1f370} d'Anjou \\ \"1\"";
    restaurant
        .insert(
            &[
                OrderRow::served(1, "2026-07-01 12:00:00.123456", "19.00"),
                OrderRow { total_amount: None, ..OrderRow::served(2, "2026-07-01 13:00:00", "") }
                    .with_status("CANCELLED"),
            ],
            &[LineRow::new(1, 1, 5, name, 2, "9.50")],
        )
        .await
        .unwrap();
    let rows = restaurant
        .query(Database::Orders, "SELECT created_at, status, total_amount FROM orders ORDER BY id")
        .await
        .unwrap();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(rows[0], [text("2026-07-01 12:00:00.123456"), text("SERVED"), text("19.00")]);
    assert_eq!(rows[1], [text("2026-07-01 13:00:00.000000"), text("CANCELLED"), None]);
    let names = restaurant.query(Database::Orders, "SELECT item_name FROM order_items").await.unwrap();
    assert_eq!(names, [[text(name)]]);
    let indexed = "SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE()
                   AND table_name = 'orders' AND column_name = 'created_at' AND seq_in_index = 1";
    assert_eq!(restaurant.query(Database::Orders, indexed).await.unwrap(), [[text("1")]]);
}

#[tokio::test]
async fn order_db_takes_zero_dates_from_a_test() {
    let restaurant = Server::shared().unwrap().restaurant("zero").await.unwrap();
    restaurant.insert(&[OrderRow::served(1, "0000-00-00 00:00:00", "1.00")], &[]).await.unwrap();
    let rows =
        restaurant.query(Database::Orders, "SELECT CAST(created_at AS CHAR) FROM orders").await.unwrap();
    assert_eq!(rows[0][0].as_deref().map(|text| &text[..10]), Some("0000-00-00"));
}

#[tokio::test]
async fn the_old_services_schema_and_rows_go_into_analytics_db() {
    let restaurant = Server::shared().unwrap().restaurant("old").await.unwrap();
    restaurant.run(Database::Analytics, sandbox::old_service::SCHEMA).await.unwrap();
    restaurant.run(Database::Analytics, sandbox::old_service::ROWS).await.unwrap();
    let count = restaurant.query(Database::Analytics, "SELECT COUNT(*) FROM forecast_history").await.unwrap();
    assert_eq!(count, [[Some("6".to_owned())]]);
}
