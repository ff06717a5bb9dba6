//! The program as a process: how it starts, refuses to, and ends.

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable as _;
use sandbox::databases::Database;
use sandbox::programs::Batch;
use sandbox::server::Engine;
use serde_json::Value;

use crate::support::{NOW, command, log_with, migrated, program, start, start_with, until_blocked};

#[tokio::test]
async fn sigterm_lets_a_request_in_flight_finish() {
    if !Engine::from_environment().unwrap().locks_tables() {
        return;
    }
    let restaurant = migrated("drain").await;
    let api = start(&restaurant);
    let address = api.address();
    let mut lock = restaurant.admin(Database::Analytics).await.unwrap();
    lock.query_drop("LOCK TABLES publication WRITE").await.unwrap();
    let request = tokio::spawn(reqwest::get(format!("{address}/api/admin/analytics/summary")));
    until_blocked(&restaurant).await;

    let ending = thread::spawn(move || api.terminate().unwrap());
    // No new connection is taken any more.
    let give_up = Instant::now() + Duration::from_secs(5);
    while reqwest::get(format!("{address}/health/live")).await.is_ok() {
        assert!(Instant::now() < give_up, "it still answers new connections");
    }
    assert!(!ending.is_finished() && !request.is_finished());

    lock.query_drop("UNLOCK TABLES").await.unwrap();
    let response = request.await.unwrap().unwrap();
    assert_eq!(response.status(), 200);
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(body["total_records"], 0);
    assert_eq!(tokio::task::spawn_blocking(|| ending.join().unwrap()).await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn sigterm_does_not_wait_longer_than_told() {
    if !Engine::from_environment().unwrap().locks_tables() {
        return;
    }
    let restaurant = migrated("impatient").await;
    let api = start_with(&restaurant, &[("SERVER__NOW", NOW), ("SERVER__SHUTDOWN_TIMEOUT", "1s")]);
    let mut lock = restaurant.admin(Database::Analytics).await.unwrap();
    lock.query_drop("LOCK TABLES publication WRITE").await.unwrap();
    let request = tokio::spawn(reqwest::get(format!("{}/api/admin/analytics/summary", api.address())));
    until_blocked(&restaurant).await;
    let began = Instant::now();
    let status = tokio::task::spawn_blocking(|| api.terminate().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    assert!(request.await.unwrap().is_err());
}

#[tokio::test]
async fn a_request_has_a_time_limit() {
    if !Engine::from_environment().unwrap().locks_tables() {
        return;
    }
    let restaurant = migrated("slow").await;
    let api = start_with(&restaurant, &[("SERVER__NOW", NOW), ("SERVER__REQUEST_TIMEOUT", "300ms")]);
    let path = "/api/admin/analytics/summary";
    assert_eq!(api.get(path).await.unwrap().0, 200);
    let mut lock = restaurant.admin(Database::Analytics).await.unwrap();
    lock.query_drop("LOCK TABLES publication WRITE").await.unwrap();
    let (status, headers, problem) = api.get(path).await.unwrap();
    assert_eq!((status, problem["code"].as_str()), (503, Some("timeout")), "{problem}");
    assert!(headers.contains_key("retry-after"));
    assert!(problem["detail"].as_str().unwrap().contains("300 ms"), "{problem}");
    lock.query_drop("UNLOCK TABLES").await.unwrap();
    assert_eq!(api.get(path).await.unwrap().0, 200);
}

#[tokio::test]
async fn tells_its_version_and_every_mistake_in_its_settings() {
    let restaurant = migrated("settings").await;
    let version = command(&restaurant).run(&["--version"]).unwrap();
    let commit = version.stdout.strip_prefix(concat!("analytics-api ", env!("CARGO_PKG_VERSION"), " ("));
    // Of the build, which may be one of a commit or one for tests.
    assert!(
        commit.is_some_and(|commit| commit.len() > ")\n".len() && commit.ends_with(")\n")),
        "{version:?}"
    );
    assert_eq!(command(&restaurant).run(&["--nonsense"]).unwrap().code, Some(2));

    let bad = command(&restaurant).set("SERVER__PORT", "http").set("ANALYTICS__FRESHNESS", "soon");
    let bad = bad.set("ANALYTICS_DATABASE__USERNAME", "").run(&[]).unwrap();
    assert_eq!(bad.code, Some(78), "{}", bad.stderr);
    for name in ["SERVER__PORT", "ANALYTICS__FRESHNESS", "ANALYTICS_DATABASE__USERNAME"] {
        assert!(bad.stderr.contains(name), "{name}: {}", bad.stderr);
    }
    let password =
        &restaurant.env_for_api().into_iter().find(|(key, _)| key.ends_with("PASSWORD")).unwrap().1;
    assert!(!bad.stderr.contains(password.as_str()));
}

#[tokio::test]
async fn a_taken_port_is_named_with_its_setting() {
    let restaurant = migrated("taken").await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = command(&restaurant).set("SERVER__PORT", &port).run(&[]).unwrap();
    assert_eq!(refused.code, Some(69), "{}", refused.stderr);
    for word in [port.as_str(), "SERVER__PORT", "Another program listens there"] {
        assert!(refused.stderr.contains(word), "{word}: {}", refused.stderr);
    }
}

#[tokio::test]
async fn is_open_to_other_machines_only_when_told() {
    let restaurant = migrated("exposed").await;
    let refused =
        command(&restaurant).set("SERVER__HOST", "0.0.0.0").set("SERVER__PORT", "0").run(&[]).unwrap();
    assert_eq!(refused.code, Some(78), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("AUTH__MODE=none") && refused.stderr.contains("SERVER__HOST"),
        "{}",
        refused.stderr
    );
    assert!(!refused.stderr.contains("listening on"), "{}", refused.stderr);
    log_with(&start(&restaurant), "open to every program on this machine").await;
}

/// Asked by a process that knows of it only where it listens, as a container's health check is.
#[tokio::test]
async fn a_running_one_can_be_asked_how_it_is() {
    let restaurant = migrated("probe").await;
    let api = start(&restaurant);
    let port = api.address().rsplit(':').next().unwrap().to_owned();
    let ask = |what: &str, host: &str| {
        Batch::new(program())
            .set("SERVER__HOST", host)
            .set("SERVER__PORT", &port)
            .run(&["--probe", what])
            .unwrap()
    };
    for (what, host) in [("live", "127.0.0.1"), ("ready", "127.0.0.1"), ("ready", "0.0.0.0")] {
        let well = ask(what, host);
        assert_eq!((well.code, well.stderr.as_str()), (Some(0), ""), "{what} at {host}");
    }

    let mut admin = restaurant.admin(Database::Analytics).await.unwrap();
    admin.query_drop("DELETE FROM __diesel_schema_migrations").await.unwrap();
    assert_eq!(ask("live", "127.0.0.1").code, Some(0));
    let unwell = ask("ready", "127.0.0.1");
    assert_eq!(unwell.code, Some(69));
    for said in ["/health/ready answers 503 ", "run `analytics-batch migrate`"] {
        assert!(unwell.stderr.contains(said), "{said}: {}", unwell.stderr);
    }

    tokio::task::spawn_blocking(|| api.terminate().unwrap()).await.unwrap();
    let gone = ask("live", "127.0.0.1");
    assert_eq!(gone.code, Some(69));
    assert!(gone.stderr.contains("/health/live does not answer"), "{}", gone.stderr);
}
