//! What HTTP itself asks of the service: paths, methods, headers.

use reqwest::{Client, Method};
use serde_json::Value;

use crate::support::{migrated, opened, start};

/// Every path that there is: the document is compared with it.
pub(crate) const PATHS: [&str; 18] = [
    "/",
    "/health",
    "/health/live",
    "/health/ready",
    "/api/admin/analytics/summary",
    "/api/admin/analytics/top-items",
    "/api/admin/analytics/items/{item_id}",
    "/api/admin/analytics/hourly",
    "/api/admin/analytics/dayparts",
    "/api/admin/analytics/forecast/daily",
    "/api/admin/analytics/forecast/hourly",
    "/api/admin/analytics/forecast/accuracy",
    "/api/admin/analytics/revisions",
    "/api/admin/analytics/batch/runs",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/dashboard",
];

#[tokio::test]
async fn the_root_tells_what_this_is_and_every_link_leads_somewhere() {
    let api = start(&opened("root").await);
    let (status, headers, root) = api.get("/").await.unwrap();
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "application/json"));
    assert_eq!(root["service"], "analytics-api");
    assert_eq!(root["version"], env!("CARGO_PKG_VERSION"));
    let links = root["links"].as_object().unwrap();
    assert_eq!(links.len(), 14);
    for link in links.values() {
        assert_eq!(api.get_text(link.as_str().unwrap()).await.unwrap().0, 200, "{link}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let api = start(&migrated("paths").await);
    for path in [
        "/nothing",
        "/api/admin/analytics",
        "/api/admin/analytics/",
        "/api/admin/analytics/summary/",
        "/api/admin/analytics/forecast",
        "/health/",
        "/docs/",
        "/docs/index.html",
        "/dashboard/",
        "/dashboard/index.html",
        "/openapi.json/",
        "//",
        "/%00",
    ] {
        let (status, headers, problem) = api.get(path).await.unwrap();
        assert_eq!(status, 404, "{path}");
        assert_eq!(headers["content-type"], "application/problem+json", "{path}");
        assert_eq!(problem["code"], "not_found", "{path}");
    }
}

#[tokio::test]
async fn what_can_only_be_read_refuses_other_methods() {
    let api = start(&migrated("methods").await);
    let client = Client::new();
    for path in PATHS {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
            let request = client.request(method.clone(), format!("{}{path}", api.address()));
            let response = request.body("{}").send().await.unwrap();
            assert_eq!(response.status(), 405, "{method} {path}");
            assert_eq!(response.headers()["allow"], "GET, HEAD", "{method} {path}");
            assert_eq!(response.headers()["content-type"], "application/problem+json", "{method} {path}");
            let problem: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
            assert_eq!(problem["code"], "method_not_allowed", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let api = start(&opened("head").await);
    let client = Client::new();
    for path in PATHS {
        let url = format!("{}{path}", api.address());
        let get = client.get(&url).send().await.unwrap();
        let head = client.head(&url).send().await.unwrap();
        assert_eq!(
            (head.status(), head.headers()["content-type"].clone()),
            (get.status(), get.headers()["content-type"].clone())
        );
        // What is told there changes with every request.
        if path != "/metrics" {
            assert_eq!(head.headers()["content-length"], get.headers()["content-length"], "{path}");
        }
        assert!(head.text().await.unwrap().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn no_other_site_is_let_in() {
    let api = start(&migrated("cors").await);
    let request = Client::new().get(format!("{}/api/admin/analytics/summary", api.address()));
    let response = request.header("origin", "https://example.org").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(!response.headers().keys().any(|name| name.as_str().starts_with("access-control")));
}
