//! How an answer is read: in one snapshot, in few statements, and without the power to write.

use std::fs;

use mysql_async::{Conn, OptsBuilder, prelude::Queryable as _};
use sandbox::databases::Restaurant;
use sandbox::server::{Engine, Options, Server};

use crate::support::{body, migrate, run, start};

/// The statements in the server's log of one snapshot after another, without their arguments' line breaks.
fn snapshots(log: &str) -> Vec<Vec<String>> {
    let mut snapshots: Vec<Vec<String>> = Vec::new();
    let mut inside = false;
    for line in log.lines() {
        if line.contains("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY") {
            snapshots.push(Vec::new());
            inside = true;
        } else if line.contains("Query\tCOMMIT") {
            inside = false;
        } else if inside && (line.contains("Execute\t") || line.contains("Query\t")) {
            snapshots.last_mut().unwrap().push(line.to_owned());
        }
    }
    snapshots
}

#[tokio::test]
async fn an_answer_takes_at_most_three_statements_and_none_that_writes() {
    let options = Options::default().with_query_log();
    let server = Server::start(Engine::from_environment().unwrap(), options).unwrap();
    let restaurant: Restaurant = server.restaurant("counted").await.unwrap();
    migrate(&restaurant).await;
    run(&restaurant, sandbox::old_service::ROWS).await;
    let publication =
        "UPDATE publication SET timezone = 'UTC', day_start = '00:00:00', forecast_origin = '2026-11-21'";
    run(&restaurant, publication).await;
    let api = start(&restaurant);
    let log = server.query_log().unwrap();
    let before = fs::read_to_string(&log).unwrap().len();
    let paths = [
        ("/summary?start_date=2020-01-01&limit=3660", 2),
        ("/top-items?limit=100&sort_by=revenue", 3),
        ("/hourly?days_back=92&target_date=2026-01-12", 2),
        ("/forecast/daily", 3),
        ("/forecast/hourly", 3),
    ];
    for (path, _) in paths {
        body(&api, path).await;
    }
    let said = fs::read_to_string(&log).unwrap().split_off(before);
    let snapshots = snapshots(&said);
    assert_eq!(snapshots.len(), paths.len(), "{said}");
    for ((path, statements), snapshot) in paths.iter().zip(&snapshots) {
        assert_eq!(snapshot.len(), *statements, "{path}: {snapshot:#?}");
    }
    for word in ["INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "CONVERT_TZ"] {
        assert!(!said.contains(word), "{word}: {said}");
    }
    assert!(said.contains("READ ONLY"), "{said}");
}

#[tokio::test]
async fn the_user_may_only_read() {
    let restaurant = crate::support::migrated("reader").await;
    let settings = restaurant.env_for_api();
    let value = |key: &str| settings.iter().find(|(name, _)| name.ends_with(key)).unwrap().1.clone();
    let options = OptsBuilder::default()
        .ip_or_hostname(value("__HOST"))
        .tcp_port(value("__PORT").parse().unwrap())
        .user(Some(value("__USERNAME")))
        .pass(Some(value("__PASSWORD")))
        .db_name(Some(value("__DATABASE")))
        .prefer_socket(false);
    let mut connection = Conn::new(options).await.unwrap();
    for statement in [
        "UPDATE publication SET generation = 1",
        "INSERT INTO runs (kind, version, holder, started_at, outcome) VALUES ('x', 'x', 'x', NOW(), 'x')",
        "DELETE FROM daily_revenue_cache",
        "CREATE TABLE mine (id INT)",
        "DROP TABLE item_sales",
    ] {
        let refused = connection.query_drop(statement).await.unwrap_err().to_string();
        assert!(refused.contains("denied"), "{statement}: {refused}");
    }
    let databases: Vec<String> = connection.query("SHOW DATABASES LIKE 'order_db%'").await.unwrap();
    assert!(databases.is_empty(), "{databases:?}");
}

/// Even with a user that may write.
#[tokio::test]
async fn the_session_may_only_read() {
    use diesel_async::SimpleAsyncConnection as _;
    use runtime::database::{Session, connect};
    use runtime::settings::{AnalyticsDatabase, Environment};

    let restaurant = crate::support::migrated("session").await;
    let environment = Environment::from_iter(restaurant.env_for_batch());
    let AnalyticsDatabase(database) = environment.read::<AnalyticsDatabase>().unwrap().settings;
    let mut connection = connect(&database, Session::ApiReader).await.unwrap();
    let refused = connection.batch_execute("UPDATE publication SET generation = 1").await.unwrap_err();
    assert!(refused.to_string().contains("READ ONLY"), "{refused}");
}
