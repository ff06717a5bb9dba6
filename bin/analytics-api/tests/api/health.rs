//! What the service says of itself while its database is missing, empty, old, away and back.

use std::time::{Duration, Instant};

use sandbox::databases::{Database, Restaurant};
use sandbox::programs::Api;
use sandbox::server::{Engine, Options, Server};
use serde_json::{Value, json};

use crate::support::{NOW, body, log_with, migrate, migrated, opened, publish, run, start, start_with};

const SUMMARY: &str = "/api/admin/analytics/summary";

/// Asks until the status is the wanted one; recovery may take a moment.
async fn until(api: &Api, path: &str, wanted: u16) -> Value {
    let give_up = Instant::now() + Duration::from_secs(30);
    loop {
        let (status, _, body) = api.get(path).await.unwrap();
        if status == wanted {
            return body;
        }
        assert!(Instant::now() < give_up, "{path} stays {status}: {body}\n{}", api.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// That a path answers 503 with this code, says when to come again, and nothing of what the database said.
async fn assert_unavailable(api: &Api, path: &str, code: &str) -> String {
    let (status, headers, problem) = api.get(path).await.unwrap();
    assert_eq!((status, &problem["code"]), (503, &json!(code)), "{path}: {problem}");
    assert_eq!(headers["content-type"], "application/problem+json", "{path}");
    assert!(headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 0, "{path}");
    let detail = problem["detail"].as_str().unwrap().to_owned();
    for internal in ["SELECT", "doesn't exist", "publication", "os error", "127.0.0.1", "analytics_api"] {
        assert!(!detail.contains(internal), "{path}: {detail}");
    }
    detail
}

async fn assert_serves(api: &Api) {
    until(api, SUMMARY, 200).await;
    assert_eq!(until(api, "/health/ready", 200).await, json!({"status": "ok"}));
    assert_eq!(api.get("/health").await.unwrap().0, 200);
}

async fn assert_live(api: &Api) {
    assert_eq!(api.get("/health/live").await.unwrap().0, 200);
}

#[tokio::test]
async fn tells_what_was_published_and_when_a_run_last_did_well() {
    let restaurant = opened("health").await;
    publish(&restaurant, &["2026-11-20", "2026-11-21"]).await;
    run(
        &restaurant,
        "INSERT INTO runs (kind, version, holder, started_at, finished_at, outcome) VALUES
         ('nightly', '3.0.0', 'a', '2026-11-21 03:00:00', '2026-11-21 03:00:09.5', 'succeeded'),
         ('nightly', '3.0.0', 'b', '2026-11-22 03:00:00', '2026-11-22 03:00:09.125', 'succeeded'),
         ('nightly', '3.0.0', 'c', '2026-11-22 04:00:00', '2026-11-22 04:00:01', 'failed'),
         ('nightly', '3.0.0', 'd', '2026-11-22 05:00:00', NULL, 'running')",
    )
    .await;
    let (status, headers, text) = start(&restaurant).get_text("/health").await.unwrap();
    assert_eq!((status, headers["cache-control"].to_str().unwrap()), (200, "no-store"));
    assert_eq!(
        text,
        "{\"status\":\"ok\",\"database\":\"ok\",\"last_success\":\"2026-11-22T03:00:09.125Z\",\
         \"computed_through\":\"2026-11-21\",\"stale\":false}"
    );
}

#[tokio::test]
async fn without_tables_it_waits_for_them() {
    let restaurant = Server::shared().unwrap().restaurant("bare").await.unwrap();
    let api = start(&restaurant);
    assert_live(&api).await;
    for path in ["/health/ready", SUMMARY, "/api/admin/analytics/forecast/hourly"] {
        let detail = assert_unavailable(&api, path, "schema_not_ready").await;
        assert!(detail.contains("run `analytics-batch migrate`"), "{detail}");
    }
    let (status, _, health) = api.get("/health").await.unwrap();
    assert_eq!(
        (status, &health["status"], &health["database"]),
        (503, &json!("unavailable"), &json!("no_tables"))
    );

    migrate(&restaurant).await;
    assert_serves(&api).await;
    let log = log_with(&api, "the tables are ready now").await;
    assert_eq!(log.matches("not ready: The database holds no tables yet").count(), 1, "{log}");
}

#[tokio::test]
async fn the_old_service_s_tables_alone_are_no_schema_of_ours() {
    let restaurant = Server::shared().unwrap().restaurant("old").await.unwrap();
    run(&restaurant, sandbox::old_service::SCHEMA).await;
    let api = start(&restaurant);
    assert_unavailable(&api, SUMMARY, "schema_not_ready").await;
    assert_unavailable(&api, "/health/ready", "schema_not_ready").await;
}

#[tokio::test]
async fn an_older_schema_is_named_and_a_newer_one_served() {
    let restaurant = migrated("older").await;
    let newest = "SELECT MAX(version) FROM __diesel_schema_migrations";
    let newest = restaurant.query(Database::Analytics, newest).await.unwrap().remove(0).remove(0).unwrap();
    run(&restaurant, &format!("DELETE FROM __diesel_schema_migrations WHERE version = '{newest}'")).await;
    run(&restaurant, "ALTER TABLE hourly_order_cache DROP COLUMN revenue").await;
    let api = start(&restaurant);
    let detail = assert_unavailable(&api, "/health/ready", "schema_not_ready").await;
    assert!(detail.contains("at version 2026") && detail.contains("`analytics-batch migrate`"), "{detail}");
    assert_unavailable(&api, "/api/admin/analytics/hourly?target_date=2026-01-01", "schema_not_ready").await;
    assert_eq!(api.get("/health").await.unwrap().2["database"], "schema_too_old");

    run(&restaurant, "ALTER TABLE hourly_order_cache ADD COLUMN revenue DECIMAL(18,2) NULL").await;
    run(&restaurant, "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000001')").await;
    run(&restaurant, "ALTER TABLE publication ADD COLUMN colour VARCHAR(10) NULL").await;
    // The newest one does not say that all before it were run.
    let detail = assert_unavailable(&api, "/health/ready", "schema_not_ready").await;
    let said = format!("lack migration {newest}, though later ones were run: run `analytics-batch migrate`");
    assert!(detail.contains(&said), "{detail}");
    run(&restaurant, &format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{newest}')")).await;
    assert_serves(&api).await;
}

#[tokio::test]
async fn survives_the_death_of_its_database() {
    let server = Server::start(Engine::from_environment().unwrap(), Options::default()).unwrap();
    let restaurant: Restaurant = server.restaurant("mortal").await.unwrap();
    migrate(&restaurant).await;
    run(&restaurant, "UPDATE publication SET timezone = 'Europe/Paris', day_start = '04:00:00'").await;
    publish(&restaurant, &["2026-11-21"]).await;
    let api = start(&restaurant);
    assert_serves(&api).await;

    server.kill().unwrap();
    for _ in 0..3 {
        assert_unavailable(&api, SUMMARY, "database_unavailable").await;
    }
    assert_unavailable(&api, "/health/ready", "database_unavailable").await;
    assert_live(&api).await;
    let (status, _, health) = api.get("/health").await.unwrap();
    assert_eq!(
        (status, &health["status"], &health["database"]),
        (503, &json!("unavailable"), &json!("unreachable"))
    );
    // What it read last, and not for so long ago that it would count as stale.
    assert_eq!((&health["computed_through"], &health["stale"]), (&json!("2026-11-21"), &json!(false)));

    server.restart().unwrap();
    assert_serves(&api).await;
    // One outage is one warning, however often it was met.
    let log = log_with(&api, "the database answers again").await;
    assert_eq!(log.matches("the database does not answer:").count(), 1, "{log}");
    assert_eq!(log.matches("the database answers again").count(), 1, "{log}");
}

#[tokio::test]
async fn starts_before_its_database() {
    let server = Server::start(Engine::from_environment().unwrap(), Options::default()).unwrap();
    let restaurant: Restaurant = server.restaurant("later").await.unwrap();
    migrate(&restaurant).await;
    server.stop().unwrap();
    let api = start(&restaurant);
    assert_unavailable(&api, SUMMARY, "database_unavailable").await;
    assert_eq!(api.get("/health").await.unwrap().2["stale"], true);
    server.restart().unwrap();
    assert_serves(&api).await;
}

#[tokio::test]
async fn a_calendar_that_cannot_be_read_is_a_fault_and_not_an_outage() {
    let restaurant = opened("mars").await;
    run(&restaurant, "UPDATE publication SET timezone = 'Mars/Olympus'").await;
    let api = start(&restaurant);
    let (status, _, problem) = api.get(SUMMARY).await.unwrap();
    assert_eq!((status, &problem["code"]), (500, &json!("internal_error")));
    assert!(!problem.to_string().contains("Mars"), "{problem}");
    log_with(&api, "Mars/Olympus").await;
    run(&restaurant, "UPDATE publication SET timezone = 'Europe/Paris'").await;
    body(&api, "/summary").await;
}

/// Nobody is asked for a token here: a crowd of strangers must not take the connections from those who read figures.
#[tokio::test]
async fn a_crowd_that_asks_at_once_shares_one_look() {
    let restaurant = opened("crowded_health").await;
    let api = start_with(&restaurant, &[("SERVER__NOW", NOW), ("SERVER__WORKERS", "1")]);
    let asked = (0..100).map(|turn| api.get(["/health", "/health/ready"][turn % 2]));
    for answer in futures_util::future::join_all(asked).await {
        assert!(matches!(answer.unwrap().0, 200 | 503), "{}", api.log());
    }
    let (_, _, metrics) = api.get_text("/metrics").await.unwrap();
    let open: Vec<&str> =
        metrics.lines().filter(|line| line.starts_with("analytics_pool_connections{")).collect();
    let sum: f64 = open.iter().map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum();
    assert!(sum <= 1.0, "{open:?}");
}
