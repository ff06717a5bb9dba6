//! What browsers are told: which sites may read, and that an answer is data and no page.

use reqwest::{Client, Method, Response};

use crate::support::{NOW, migrated, start, start_with};

const SUMMARY: &str = "/api/admin/analytics/summary";
const PANEL: &str = "https://panel.example.com";

async fn send(address: &str, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = Client::new().request(method, format!("{address}{path}"));
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

/// A page whose site's name leads here is, to its browser, a page of this site.
#[tokio::test]
async fn where_nobody_is_asked_a_name_of_others_is_not_answered_to() {
    let restaurant = migrated("rebound").await;
    let tokens = "panel d33111db2141db8481e58e464987fa96644dc2f6f69653f5dbb45d48630cca1d"; // sha256sum of panel-token
    let open = start_with(&restaurant, &[("SERVER__NOW", NOW), ("SERVER__METRICS_PORT", "0")]);
    let open_to_all = start_with(&restaurant, &[("SERVER__NOW", NOW), ("AUTH__MODE", "none")]);
    let closed = start_with(&restaurant, &[("AUTH__MODE", "token"), ("AUTH__TOKENS", tokens)]);
    let foreign = [("host", "evil.example:8087")];
    for (api, path, status) in [
        (&open, SUMMARY, 421),
        (&open, "/health", 421),
        (&open, "/nothing", 421),
        (&open_to_all, SUMMARY, 200),
        (&closed, SUMMARY, 401),
        (&closed, "/health", 200),
    ] {
        let answer = send(&api.address(), Method::GET, path, &foreign).await;
        assert_eq!(answer.status(), status, "{path}\n{}", api.log());
        let answer = send(&api.address(), Method::GET, path, &[("host", "a b")]).await;
        assert_eq!(answer.status(), 400, "{path}");
    }
    let refused = send(&open.address(), Method::GET, SUMMARY, &foreign).await;
    assert_eq!(header(&refused, "content-type"), Some("application/problem+json"));
    assert!(header(&refused, "content-security-policy").is_some());
    let problem: serde_json::Value = serde_json::from_str(&refused.text().await.unwrap()).unwrap();
    assert_eq!(problem["code"], "misdirected_request");
    assert!(problem["detail"].as_str().unwrap().contains("AUTH__MODE"), "{problem}");
    let log = open.log();
    let metrics = log.split("metrics on ").nth(1).unwrap().split_whitespace().next().unwrap();
    let metrics = metrics.strip_suffix("/metrics").unwrap();
    assert_eq!(send(metrics, Method::GET, "/metrics", &foreign).await.status(), 421);
    for host in ["localhost", "127.0.0.1:1", "[::1]", "api"] {
        assert_eq!(
            send(&open.address(), Method::GET, SUMMARY, &[("host", host)]).await.status(),
            200,
            "{host}"
        );
        assert_eq!(send(metrics, Method::GET, "/metrics", &[("host", host)]).await.status(), 200, "{host}");
    }
}

#[tokio::test]
async fn pages_of_the_listed_sites_may_read() {
    let digest = "d33111db2141db8481e58e464987fa96644dc2f6f69653f5dbb45d48630cca1d"; // printf %s panel-token | sha256sum
    let settings = [
        ("SERVER__NOW", NOW),
        ("SERVER__CORS_ORIGINS", "https://panel.example.com,http://localhost:3000"),
        ("AUTH__MODE", "token"),
        ("AUTH__TOKENS", &format!("panel {digest}")),
    ];
    let api = start_with(&migrated("listed").await, &settings);
    let address = api.address();
    let question =
        [("access-control-request-method", "GET"), ("access-control-request-headers", "authorization")];

    // The browser asks first, without the token.
    let asked =
        send(&address, Method::OPTIONS, SUMMARY, &[&[("origin", PANEL)], &question[..]].concat()).await;
    assert_eq!(asked.status(), 204);
    assert_eq!(header(&asked, "access-control-allow-origin"), Some(PANEL));
    assert_eq!(header(&asked, "access-control-allow-methods"), Some("GET, HEAD"));
    assert!(header(&asked, "access-control-allow-headers").unwrap().contains("Authorization"));
    assert_eq!(
        (header(&asked, "access-control-max-age"), header(&asked, "vary")),
        (Some("600"), Some("Origin"))
    );
    assert_eq!(header(&asked, "access-control-allow-credentials"), None);

    for (token, status) in [("panel-token", 200), ("other", 401)] {
        let authorization = format!("Bearer {token}");
        let headers = [("origin", PANEL), ("authorization", authorization.as_str())];
        let answer = send(&address, Method::GET, SUMMARY, &headers).await;
        assert_eq!(answer.status(), status);
        assert_eq!(header(&answer, "access-control-allow-origin"), Some(PANEL));
        assert!(header(&answer, "access-control-expose-headers").unwrap().contains("ETag"));
        assert!(answer.headers().get_all("vary").iter().any(|value| value == "Origin"), "{answer:?}");
    }

    for origin in [
        "https://panel.example.com.evil.example",
        "http://panel.example.com",
        "null",
        "https://PANEL.example.com",
    ] {
        let asked =
            send(&address, Method::OPTIONS, SUMMARY, &[&[("origin", origin)], &question[..]].concat()).await;
        assert_eq!(asked.status(), 401, "{origin}");
        assert_eq!(header(&asked, "access-control-allow-origin"), None, "{origin}");
        let answer = send(&address, Method::GET, "/health/live", &[("origin", origin)]).await;
        assert_eq!(header(&answer, "access-control-allow-origin"), None, "{origin}");
        assert_eq!(header(&answer, "vary"), Some("Origin"), "{origin}");
    }
    // OPTIONS that is no browser's question is a request like others.
    assert_eq!(send(&address, Method::OPTIONS, SUMMARY, &[("origin", PANEL)]).await.status(), 401);
}

#[tokio::test]
async fn every_answer_says_that_it_is_no_page() {
    let api = start(&migrated("hardened").await);
    for (method, path, status) in [
        (Method::GET, SUMMARY, 200),
        (Method::HEAD, SUMMARY, 200),
        (Method::GET, "/health/live", 200),
        (Method::GET, "/no/such/thing", 404),
        (Method::POST, SUMMARY, 405),
        (Method::GET, "/api/admin/analytics/summary?limit=x", 422),
    ] {
        let answer = send(&api.address(), method, path, &[]).await;
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(header(&answer, "x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(header(&answer, "referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(
            header(&answer, "content-security-policy"),
            Some("default-src 'none'; frame-ancestors 'none'"),
            "{path}"
        );
        assert_eq!(header(&answer, "strict-transport-security"), None, "{path}");
    }
}
