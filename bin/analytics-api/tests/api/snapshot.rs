//! How an answer is read: in one snapshot, in few statements, and without the power to write.

use std::fs;
use std::time::{Duration, Instant};

use mysql_async::{Conn, OptsBuilder, prelude::Queryable as _};
use sandbox::databases::{Database, Restaurant};
use sandbox::server::{Engine, Options, Server, snapshots};
use serde_json::Value;

use crate::support::{body, migrate, opened, publish, run, start, until_blocked};

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
    publish(&restaurant, &["2026-11-21"]).await;
    let issued =
        "INSERT INTO forecast_history (forecast_type, forecast_value, forecast_date, origin, horizon, model)
                  VALUES ('hourly_13', 5, '2026-11-22', '2026-11-21', 1, 'ets')";
    run(&restaurant, issued).await;
    run(&restaurant, "INSERT INTO item_sales VALUES ('2026-11-21', 1, 'Soup', 7, 7)").await;
    let api = start(&restaurant);
    let log = server.query_log().unwrap();
    let before = fs::read_to_string(&log).unwrap().len();
    let paths = [
        ("/summary?start_date=2020-01-01&limit=3660", 2),
        ("/top-items?limit=100&sort_by=revenue", 3),
        ("/top-items?start_date=2020-05-05&limit=100&compare=year_ago", 3),
        ("/items/1?start_date=2020-01-01&group_by=month", 3),
        ("/dayparts?days_back=92&target_date=2026-01-12", 2),
        ("/hourly?days_back=92&target_date=2026-01-12", 2),
        ("/forecast/daily", 3),
        ("/forecast/hourly", 3),
        ("/forecast/hourly?forecast_date=2026-11-22", 3),
        ("/forecast/accuracy?days=366", 3),
        ("/revisions?start_date=2026-01-01&limit=366", 2),
        ("/batch/runs?limit=100", 2),
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

/// On a server whose sessions would by themselves see each commit at once.
#[tokio::test]
async fn figures_are_of_the_generation_that_is_named() {
    if !Engine::from_environment().unwrap().locks_tables() {
        return;
    }
    let options = Options::default().argument("--transaction-isolation=READ-COMMITTED");
    let server = Server::start(Engine::from_environment().unwrap(), options).unwrap();
    let restaurant: Restaurant = server.restaurant("moving").await.unwrap();
    migrate(&restaurant).await;
    run(
        &restaurant,
        "UPDATE publication SET generation = 7, timezone = 'UTC', day_start = '00:00:00';
         INSERT INTO item_sales VALUES ('2026-11-20', 1, 'Soup', 7, 7)",
    )
    .await;
    let api = start(&restaurant);

    // The request has read its header when it comes to the locked table; then another generation is published.
    let mut writer = restaurant.admin(Database::Analytics).await.unwrap();
    writer.query_drop("LOCK TABLES item_sales WRITE").await.unwrap();
    let request = tokio::spawn(reqwest::get(format!("{}/api/admin/analytics/top-items", api.address())));
    until_blocked(&restaurant).await;
    writer.query_drop("UPDATE item_sales SET quantity = 8").await.unwrap();
    run(&restaurant, "UPDATE publication SET generation = 8").await;
    writer.query_drop("UNLOCK TABLES").await.unwrap();

    let answer: Value = serde_json::from_str(&request.await.unwrap().unwrap().text().await.unwrap()).unwrap();
    let figures = |answer: &Value| {
        (answer["meta"]["generation"].as_i64(), answer["top_items"][0]["total_quantity"].as_i64())
    };
    assert_eq!(figures(&answer), (Some(7), Some(7)));
    assert_eq!(figures(&body(&api, "/top-items").await), (Some(8), Some(8)));
}

/// Clients that give up leave their connections in the middle of an answer.
#[tokio::test]
async fn no_answer_is_another_request_s() {
    let restaurant = opened("leavers").await;
    let rows: Vec<String> = (1..=30).map(|day| format!("('2026-10-{day:02}', {day}, {day}, 1)")).collect();
    let columns = "date, total_revenue, order_count, average_order_value";
    run(&restaurant, &format!("INSERT INTO daily_revenue_cache ({columns}) VALUES {}", rows.join(","))).await;
    publish(&restaurant, &["2026-10-30"]).await;
    let api = start(&restaurant);
    let client = reqwest::Client::new();
    for round in 0..40_u64 {
        let requests = (1..=12_u64).map(|day| {
            let date = format!("2026-10-{day:02}");
            let path = format!("/api/admin/analytics/summary?start_date={date}&end_date={date}");
            let request = client.get(format!("{}{path}", api.address()));
            // Every third client leaves after a moment that differs each time.
            let patience =
                if day % 3 == 0 { Duration::from_micros(150 + 97 * round) } else { Duration::from_secs(20) };
            tokio::spawn(async move { (date, request.timeout(patience).send().await) })
        });
        for request in requests.collect::<Vec<_>>() {
            let (date, response) = request.await.unwrap();
            let Ok(response) = response else { continue };
            assert_eq!(response.status(), 200, "{}", api.log());
            let Ok(text) = response.text().await else { continue };
            let answer: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(answer["daily_summaries"][0]["date"], date.as_str());
        }
    }
    // Nobody is left inside a transaction.
    let (user, sessions) =
        (restaurant.user("analytics_api"), Engine::from_environment().unwrap().processlist());
    let open = format!(
        "SELECT COUNT(*) FROM information_schema.innodb_trx AS open
         JOIN {sessions} AS client ON client.id = open.trx_mysql_thread_id
         WHERE client.user = '{user}'"
    );
    let give_up = Instant::now() + Duration::from_secs(60);
    while restaurant.query(Database::Analytics, &open).await.unwrap()[0][0].as_deref() != Some("0") {
        assert!(Instant::now() < give_up, "a transaction stays open\n{}", api.log());
        // The server shows what it last saw until nobody has looked for a tenth of a second.
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
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
