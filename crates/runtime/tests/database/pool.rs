//! A pool lends only connections that are alive, in no transaction and in step with their server.

use std::time::Duration;

use diesel::sql_types::BigInt;
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use mysql_async::prelude::Queryable as _;
use runtime::database::{ConnectError, PoolError, PooledConnection, Session, pool};
use runtime::settings::DatabaseSettings;
use sandbox::server::{Engine, Options, Server};

use crate::database;

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

async fn number(connection: &mut PooledConnection, query: &str) -> i64 {
    let number: Number = diesel::sql_query(query).get_result(connection).await.unwrap();
    number.number
}

async fn id_of(connection: &mut PooledConnection) -> i64 {
    number(connection, "SELECT CAST(CONNECTION_ID() AS SIGNED) AS number").await
}

fn of_size(settings: DatabaseSettings, max_connections: usize) -> DatabaseSettings {
    DatabaseSettings { max_connections, ..settings }
}

#[tokio::test]
async fn connections_are_opened_on_demand_and_used_again() {
    let server = Server::shared().unwrap();
    let pool = pool(&of_size(database(server, "on_demand").await, 2), Session::ApiReader).unwrap();
    assert_eq!(pool.status().size, 0);
    let first = id_of(&mut pool.get().await.unwrap()).await;
    let again = id_of(&mut pool.get().await.unwrap()).await;
    assert_eq!((first, pool.status().size), (again, 1));
}

#[tokio::test]
async fn the_session_rules_hold_in_a_pool() {
    let server = Server::shared().unwrap();
    let pool = pool(&database(server, "pooled_rules").await, Session::ApiReader).unwrap();
    let mut connection = pool.get().await.unwrap();
    let error = diesel::sql_query("INSERT INTO tally VALUES (1)").execute(&mut connection).await.unwrap_err();
    assert!(error.to_string().contains("READ ONLY"), "{error}");
}

#[tokio::test]
async fn a_connection_that_died_is_replaced() {
    let server = Server::shared().unwrap();
    let pool = pool(&of_size(database(server, "died").await, 1), Session::ApiReader).unwrap();
    let first = id_of(&mut pool.get().await.unwrap()).await;
    server.admin(None).await.unwrap().query_drop(format!("KILL {first}")).await.unwrap();
    let second = id_of(&mut pool.get().await.unwrap()).await;
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_forgotten_transaction_does_not_reach_the_next_borrower() {
    let server = Server::shared().unwrap();
    let settings = database(server, "forgotten").await;
    let pool = pool(&of_size(settings, 1), Session::ApiReader).unwrap();
    let mut connection = pool.get().await.unwrap();
    connection.batch_execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await.unwrap();
    drop(connection);
    server.admin(Some("forgotten")).await.unwrap().query_drop("INSERT INTO tally VALUES (1)").await.unwrap();
    let mut connection = pool.get().await.unwrap();
    let seen = number(&mut connection, "SELECT COUNT(*) AS number FROM tally").await;
    assert_eq!(seen, 1, "the next borrower does not look at the old snapshot");
}

/// A request that is dropped leaves its answer on the way: it must not become the next request's answer.
#[tokio::test]
async fn an_answer_left_unread_is_nobody_elses() {
    let server = Server::shared().unwrap();
    let pool = pool(&of_size(database(server, "unread").await, 1), Session::ApiReader).unwrap();
    for wait in [0, 1, 2, 5, 10, 20, 40] {
        let mut connection = pool.get().await.unwrap();
        let slow = number(&mut connection, "SELECT 111 + SLEEP(0.02) AS number");
        let dropped = tokio::time::timeout(Duration::from_millis(wait), slow).await;
        drop(connection);
        let mut connection = pool.get().await.unwrap();
        let own = number(&mut connection, "SELECT 222 AS number").await;
        assert_eq!(own, 222, "after {wait} ms, {dropped:?}");
    }
}

#[tokio::test]
async fn a_pool_says_what_is_wrong_and_recovers_with_its_database() {
    let server = Server::start(Engine::from_environment().unwrap(), Options::default()).unwrap();
    let pool = pool(&of_size(database(&server, "recovers").await, 1), Session::ApiReader).unwrap();
    id_of(&mut pool.get().await.unwrap()).await;
    server.kill().unwrap();
    let unreachable = |error| matches!(error, PoolError::Backend(ConnectError::Unreachable { .. }));
    assert!(pool.get().await.is_err_and(unreachable));
    server.restart().unwrap();
    id_of(&mut pool.get().await.unwrap()).await;
}

#[tokio::test]
async fn an_exhausted_pool_keeps_nobody_waiting_for_ever() {
    let server = Server::shared().unwrap();
    let settings = of_size(database(server, "exhausted").await, 1);
    let settings = DatabaseSettings { connect_timeout: Duration::from_millis(500), ..settings };
    let pool = pool(&settings, Session::ApiReader).unwrap();
    let held = pool.get().await.unwrap();
    assert!(matches!(pool.get().await, Err(PoolError::Timeout(_))));
    drop(held);
    assert!(pool.get().await.is_ok());
}
