//! Metrics on a port of their own.

use std::net::TcpListener;

use reqwest::Client;
use sandbox::programs::Api;
use serde_json::Value;

use crate::support::{NOW, command, log_with, opened, start_with};

/// `printf %s panel-token | sha256sum`
const TOKENS: &str = "panel d33111db2141db8481e58e464987fa96644dc2f6f69653f5dbb45d48630cca1d";

/// Asks an address with a token, or without one.
async fn get(url: &str, token: Option<&str>) -> (u16, Value, String) {
    let mut request = Client::new().get(url);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{url}");
    assert!(response.headers().contains_key("x-request-id"), "{url}");
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null), text)
}

/// Where the log says that the metrics are.
async fn metrics(api: &Api) -> String {
    let log = log_with(api, "metrics on http://").await;
    let (_, rest) = log.split_once("metrics on ").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn metrics_move_to_a_port_that_asks_for_no_token_and_has_nothing_else() {
    let settings = [
        ("SERVER__NOW", NOW),
        ("AUTH__MODE", "token"),
        ("AUTH__TOKENS", TOKENS),
        ("SERVER__METRICS_PORT", "0"),
    ];
    let api = start_with(&opened("apart").await, &settings);
    let address = api.address();
    let apart = metrics(&api).await;
    assert!(apart.starts_with("http://127.0.0.1:") && !apart.starts_with(&address), "{apart}");

    let summary = format!("{address}/api/admin/analytics/summary");
    assert_eq!(get(&summary, Some("panel-token")).await.0, 200);
    let (status, _, text) = get(&apart, None).await;
    assert_eq!(status, 200, "{text}");
    for sample in [
        "analytics_database_up 1",
        "analytics_generation 7",
        "analytics_http_requests_total{method=\"GET\",route=\"/api/admin/analytics/summary\",status=\"200\"} 1",
    ] {
        assert!(text.lines().any(|line| line == sample), "{sample}\n{text}");
    }
    // A stranger's token does no harm there.
    assert_eq!(get(&apart, Some("tango")).await.0, 200);
    for path in ["/", "/health/live", "/api/admin/analytics/summary", "/metrics/"] {
        let url = apart.replace("/metrics", path);
        let (status, problem, text) = get(&url, Some("panel-token")).await;
        assert_eq!((status, &problem["code"]), (404, &Value::from("not_found")), "{url}: {text}");
    }

    assert_eq!(get(&format!("{address}/metrics"), None).await.0, 401);
    assert_eq!(get(&format!("{address}/metrics"), Some("panel-token")).await.0, 404);
    let (_, root, _) = get(&format!("{address}/"), None).await;
    assert!(root["links"]["health"].is_string() && root["links"].get("metrics").is_none(), "{root}");

    let ended = tokio::task::spawn_blocking(|| api.terminate().unwrap()).await.unwrap();
    assert_eq!(ended.code(), Some(0));
    assert!(Client::new().get(&apart).send().await.is_err());
}

#[tokio::test]
async fn they_are_shown_to_other_machines_only_when_told() {
    let restaurant = opened("shown").await;
    let exposed = [
        ("SERVER__HOST", "0.0.0.0"),
        ("SERVER__PORT", "0"),
        ("SERVER__METRICS_PORT", "0"),
        ("AUTH__MODE", "token"),
        ("AUTH__TOKENS", TOKENS),
    ];
    let own = exposed.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let refused = command(&restaurant).with(own).run(&[]).unwrap();
    assert_eq!(refused.code, Some(78), "{}", refused.stderr);
    assert!(refused.stderr.contains("set SERVER__METRICS_HOST=0.0.0.0 if they may"), "{}", refused.stderr);

    let told = [&exposed[..], &[("SERVER__METRICS_HOST", "0.0.0.0")]].concat();
    log_with(&start_with(&restaurant, &told), "the metrics are open to whoever can reach 0.0.0.0").await;
    let apart = [&exposed[..], &[("SERVER__METRICS_HOST", "127.0.0.1")]].concat();
    assert!(metrics(&start_with(&restaurant, &apart)).await.starts_with("http://127.0.0.1:"));
}

#[tokio::test]
async fn a_taken_port_is_named_with_its_setting() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = command(&opened("taken_metrics").await)
        .set("SERVER__PORT", "0")
        .set("SERVER__METRICS_PORT", &port)
        .run(&[])
        .unwrap();
    assert_eq!(refused.code, Some(69), "{}", refused.stderr);
    let said = "Another program listens there: end it, or set SERVER__METRICS_PORT to a free port";
    assert!(refused.stderr.contains(said), "{}", refused.stderr);
}
