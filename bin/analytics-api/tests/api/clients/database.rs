//! More asked of the database than it can give.

use std::collections::BTreeMap;
use std::time::Instant;

use mysql_async::prelude::Queryable as _;
use reqwest::Client;
use sandbox::databases::Database;
use sandbox::proxy::{Fault, Proxy};
use sandbox::server::{Engine, Server};
use tokio::task::JoinSet;

use super::{PATIENCE, SUMMARY, answer, get, grown, others_are_answered, restaurant, say, start};
use crate::support::until_blocked;

/// Asks for all at once; how many answers were of each status and code.
async fn flood(address: &str, queries: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let client = Client::new();
    let mut requests = JoinSet::new();
    for query in queries {
        let request = client.get(format!("{address}{SUMMARY}?{query}"));
        requests.spawn(async move {
            let answer = request.send().await.unwrap();
            let status = answer.status();
            let retry = answer.headers().contains_key("retry-after");
            assert_eq!(retry, status == 503, "{status}");
            let body: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            format!("{} {}", status.as_u16(), body["code"].as_str().unwrap_or("-"))
        });
    }
    let mut answers = BTreeMap::new();
    while let Some(answer) =
        tokio::time::timeout(PATIENCE, requests.join_next()).await.expect("one waits for ever")
    {
        *answers.entry(answer.unwrap()).or_default() += 1;
    }
    answers
}

#[tokio::test]
async fn a_flood_of_queries_is_answered_or_refused_and_not_all_kept() {
    let restaurant = restaurant("flood").await;
    let settings = [("SERVER__CACHE_MIB", "1"), ("ANALYTICS_DATABASE__MAX_CONNECTIONS", "2")];
    let api = start(&restaurant, &settings);
    others_are_answered(&api).await;
    let before = api.resident_kib().unwrap();
    let mut answers = BTreeMap::new();
    for part in 0..10 {
        let queries = (0..200).map(|nth| format!("limit={}", 1 + part * 200 + nth));
        for (answer, count) in flood(&api.address(), queries).await {
            *answers.entry(answer).or_insert(0) += count;
        }
        others_are_answered(&api).await;
    }
    assert_eq!(answers.values().sum::<usize>(), 2_000);
    assert!(
        answers.keys().all(|answer| ["200 -", "503 overloaded"].contains(&answer.as_str())),
        "{answers:?}"
    );
    assert!(answers["200 -"] >= 600, "{answers:?}");
    assert!(grown(&api, before) < 24, "{} MiB", grown(&api, before));
}

#[tokio::test]
async fn an_exhausted_pool_refuses_at_once_and_serves_what_it_has() {
    if !Engine::from_environment().unwrap().locks_tables() {
        return;
    }
    let restaurant = restaurant("pool").await;
    let api = start(
        &restaurant,
        &[
            ("ANALYTICS_DATABASE__MAX_CONNECTIONS", "2"),
            ("SERVER__REQUEST_TIMEOUT", "5s"),
            ("SERVER__WORKERS", "2"),
        ],
    );
    others_are_answered(&api).await;
    let mut lock = restaurant.admin(Database::Analytics).await.unwrap();
    lock.query_drop("LOCK TABLES daily_revenue_cache WRITE").await.unwrap();
    let address = api.address();
    let began = Instant::now();
    let flooding =
        tokio::spawn(async move { flood(&address, (1..=300).map(|nth| format!("limit={nth}"))).await });
    until_blocked(&restaurant).await;
    // Both connections wait, and so do their queues: what is kept is served, and what is not needs no connection.
    others_are_answered(&api).await;
    let answers = flooding.await.unwrap();
    // A turn is waited for as long as a request may take, and then the answer.
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    assert_eq!(answers.values().sum::<usize>(), 300, "{answers:?}");
    assert!(answers.get("503 overloaded").is_some_and(|refused| *refused >= 100), "{answers:?}");
    assert!(answers.get("503 timeout").is_some_and(|late| *late >= 1), "{answers:?}");
    lock.query_drop("UNLOCK TABLES").await.unwrap();
    let again = answer(&mut say(&api, get(&format!("{SUMMARY}?limit=7"))).await).await;
    assert!(again.starts_with("HTTP/1.1 200 "), "{again}");
}

#[tokio::test]
async fn a_database_that_falls_silent_is_not_waited_for() {
    let restaurant = restaurant("silence").await;
    let proxy = Proxy::to(Server::shared().unwrap().port()).await.unwrap();
    let port = proxy.port().to_string();
    let settings = [
        ("ANALYTICS_DATABASE__PORT", port.as_str()),
        // The proxy counts commands, and so must be able to read them.
        ("ANALYTICS_DATABASE__SSL_MODE", "disabled"),
        // Longer than an answer takes on a machine that is busy: before the fault, each must be good.
        ("SERVER__REQUEST_TIMEOUT", "8s"),
    ];
    let api = start(&restaurant, &settings);
    others_are_answered(&api).await;
    proxy.set(Fault::Swallow(1));
    let began = Instant::now();
    for query in ["limit=1", "limit=2", "limit=3"] {
        let said = answer(&mut say(&api, get(&format!("{SUMMARY}?{query}"))).await).await;
        assert!(said.starts_with("HTTP/1.1 503 ") || said.starts_with("HTTP/1.1 200 "), "{said}");
    }
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    assert!(proxy.has_struck());
    others_are_answered(&api).await;
}
