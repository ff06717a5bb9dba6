//! What is known of each request: its id, its line in the log, and what is counted of it.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable as _;
use reqwest::{Client, Method, Response};
use sandbox::databases::Database;
use sandbox::programs::Api;
use sandbox::server::{Engine, Options, Server};
use serde_json::{Value, json};

use crate::support::{NOW, log_with, migrate, opened, start, start_with, until_blocked};

const SUMMARY: &str = "/api/admin/analytics/summary";

/// The example of the W3C recommendation, 3.2.2.5.
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

type Headers<'h> = &'h [(&'h str, &'h str)];

async fn ask(api: &Api, path: &str, headers: Headers<'_>) -> Response {
    send(api, Method::GET, path, headers).await
}

async fn send(api: &Api, method: Method, path: &str, headers: Headers<'_>) -> Response {
    let mut request = Client::new().request(method, format!("{}{path}", api.address()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

fn id(response: &Response) -> String {
    response.headers()["x-request-id"].to_str().unwrap().to_owned()
}

/// The lines of a JSON log that were logged for this request.
fn lines_of(log: &str, request: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["request_id"] == request).collect()
}

#[tokio::test]
async fn an_id_that_the_caller_gave_comes_back_with_every_answer() {
    let api = start(&opened("given").await);
    let etag = ask(&api, SUMMARY, &[]).await.headers()["etag"].to_str().unwrap().to_owned();
    let id_of = |name: &str| format!("till-7:{name}=8d2f6c1e/1f0b+4a5e");
    let cases: [(Method, &str, Headers<'_>, u16); 8] = [
        (Method::GET, SUMMARY, &[], 200),
        (Method::GET, SUMMARY, &[("if-none-match", &etag)], 304),
        (Method::HEAD, SUMMARY, &[], 200),
        (Method::GET, "/api/admin/analytics/summary?limit=0", &[], 422),
        (Method::GET, "/no/such/path", &[], 404),
        (Method::POST, SUMMARY, &[], 405),
        (Method::GET, "/health/ready", &[], 200),
        (Method::GET, "/metrics", &[], 200),
    ];
    for (method, path, headers, status) in cases {
        let own = id_of(&status.to_string());
        let headers = [headers, &[("x-request-id", own.as_str())]].concat();
        let response = send(&api, method, path, &headers).await;
        assert_eq!((response.status().as_u16(), id(&response)), (status, own.clone()), "{path}");
        if status >= 400 {
            let problem: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
            assert_eq!(problem["instance"], format!("urn:restaurant-analytics:request:{own}"), "{path}");
        }
    }
}

#[tokio::test]
async fn without_a_sane_id_a_request_gets_one() {
    let api = start(&opened("made").await);
    let long = "a".repeat(65);
    let cases: [Headers<'_>; 7] = [
        &[],
        &[("x-request-id", "")],
        &[("x-request-id", &long)],
        &[("x-request-id", "two words")],
        &[("x-request-id", "a\" level=\"ERROR")],
        &[("x-request-id", "<script>")],
        &[("x-request-id", "one"), ("x-request-id", "two")],
    ];
    let mut seen = BTreeSet::new();
    for headers in cases {
        let id = id(&ask(&api, SUMMARY, headers).await);
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{headers:?}: {id}");
        seen.insert(id);
    }
    assert_eq!(seen.len(), cases.len());
    let log = log_with(&api, seen.last().unwrap()).await;
    assert!(!log.contains(&long) && !log.contains("two words") && !log.contains("script"), "{log}");
}

#[tokio::test]
async fn a_request_is_one_line_without_its_path_and_query() {
    let api = start(&opened("lines").await);
    ask(&api, &format!("{SUMMARY}?start_date=2026-01-01&token=tango"), &[("x-request-id", "first")]).await;
    ask(&api, "/no/such/tango", &[("x-request-id", "second"), ("traceparent", TRACEPARENT)]).await;
    let log = log_with(&api, "request_id=second").await;
    assert!(!log.contains("tango"), "{log}");
    let line = |id: &str| {
        let lines: Vec<&str> =
            log.lines().filter(|line| line.contains(&format!("request_id={id}"))).collect();
        assert_eq!(lines.len(), 1, "{log}");
        lines[0].to_owned()
    };
    let first = line("first");
    assert!(
        first
            .contains(" INFO  analytics_api::access] request method=GET route=/api/admin/analytics/summary ")
    );
    assert!(first.contains(" status=200 duration_ms=") && first.contains(" bytes="), "{first}");
    let second = line("second");
    assert!(second.contains(" route=(none) status=404 "), "{second}");
    let ids = "request_id=second trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7";
    assert!(second.ends_with(ids), "{second}");
}

#[tokio::test]
async fn a_json_line_has_these_keys() {
    let settings = [("SERVER__NOW", NOW), ("LOG__FORMAT", "json")];
    let api = start_with(&opened("keys").await, &settings);
    let headers = [("x-request-id", "a-1"), ("traceparent", TRACEPARENT)];
    let length = ask(&api, SUMMARY, &headers).await.text().await.unwrap().len();
    ask(&api, SUMMARY, &[("x-request-id", "a-2"), ("traceparent", &TRACEPARENT.to_uppercase())]).await;
    let log = log_with(&api, "a-2").await;
    let [line] = lines_of(&log, "a-1").try_into().unwrap();
    let duration = line["duration_ms"].as_f64().unwrap();
    assert!((0.0..10_000.0).contains(&duration), "{line}");
    let expected = json!({
        "time": line["time"], "level": "INFO", "target": "analytics_api::access", "message": "request",
        "request_id": "a-1", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7",
        "method": "GET", "route": SUMMARY, "status": 200, "duration_ms": duration, "bytes": length,
    });
    assert_eq!(line, expected);
    // What is malformed is as if it were not there.
    let [line] = lines_of(&log, "a-2").try_into().unwrap();
    assert!(line.get("trace_id").is_none() && line.get("span_id").is_none(), "{line}");
}

#[tokio::test]
async fn probes_are_logged_for_those_who_debug() {
    let api = start(&opened("probes").await);
    for path in ["/health", "/health/live", "/health/ready", "/metrics", SUMMARY] {
        assert_eq!(ask(&api, path, &[]).await.status(), 200);
    }
    let log = log_with(&api, "analytics_api::access").await;
    assert_eq!(log.matches("analytics_api::access").count(), 1, "{log}");
}

#[tokio::test]
async fn what_goes_wrong_is_logged_with_the_request_that_met_it() {
    let server = Server::start(Engine::from_environment().unwrap(), Options::default()).unwrap();
    let restaurant = server.restaurant("outage").await.unwrap();
    migrate(&restaurant).await;
    // An outage is warned about once, by whichever of this request and the look for news meets it first: the other says
    // so to those who debug.
    let settings = [("SERVER__NOW", NOW), ("LOG__FORMAT", "json"), ("LOG__LEVEL", "debug")];
    let api = start_with(&restaurant, &settings);
    assert_eq!(ask(&api, SUMMARY, &[]).await.status(), 200);
    server.kill().unwrap();
    assert_eq!(ask(&api, SUMMARY, &[("x-request-id", "met-it")]).await.status(), 503);
    let log = log_with(&api, "\"status\":503").await;
    let lines = lines_of(&log, "met-it");
    let tells = |line: &&Value| line["message"].as_str().unwrap().contains("does not answer: ");
    assert_eq!(lines.iter().filter(tells).count(), 1, "{log}");
    assert_eq!(lines.iter().filter(|line| line["status"] == 503).count(), 1, "{log}");
}

/// A caller that goes while its answer is made, with an answer untaken: the system then says so at once.
#[tokio::test]
async fn a_caller_that_goes_away_is_counted_and_logged() {
    if !Engine::from_environment().unwrap().locks_tables() {
        return;
    }
    let restaurant = opened("gone").await;
    let api = start(&restaurant);
    let mut lock = restaurant.admin(Database::Analytics).await.unwrap();
    lock.query_drop("LOCK TABLES publication WRITE").await.unwrap();
    let mut caller = TcpStream::connect(api.address().trim_start_matches("http://")).unwrap();
    let head = |path: &str, id: &str| format!("GET {path} HTTP/1.1\r\nhost: a\r\nx-request-id: {id}\r\n\r\n");
    caller.write_all((head("/health/live", "taken") + &head(SUMMARY, "gone-1")).as_bytes()).unwrap();
    until_blocked(&restaurant).await;
    caller.peek(&mut [0]).unwrap();
    drop(caller);
    let log = log_with(&api, "the caller went away before the answer").await;
    let line = log.lines().find(|line| line.contains("the caller went away")).unwrap();
    assert!(line.contains("method=GET duration_ms=") && line.contains("request_id=gone-1"), "{line}");
    lock.query_drop("UNLOCK TABLES").await.unwrap();
    let counted = samples(&api, &["analytics_http_requests_abandoned", "analytics_http_requests_in"]).await;
    let expected = ["analytics_http_requests_abandoned_total 1", "analytics_http_requests_in_flight 1"];
    assert_eq!(counted, BTreeSet::from(expected.map(str::to_owned)));
}

/// The samples whose names begin so, without the times that requests took.
async fn samples(api: &Api, prefixes: &[&str]) -> BTreeSet<String> {
    let text = ask(api, "/metrics", &[("authorization", PANEL)]).await.text().await.unwrap();
    let of_interest = |line: &&str| {
        prefixes.iter().any(|prefix| line.starts_with(prefix))
            && !line.contains("seconds_sum")
            && (!line.contains("seconds_bucket") || line.contains("\"+Inf\""))
    };
    text.lines().filter(of_interest).map(str::to_owned).collect()
}

/// `printf %s panel-token | sha256sum`
const TOKENS: &str = "panel d33111db2141db8481e58e464987fa96644dc2f6f69653f5dbb45d48630cca1d";
const PANEL: &str = "Bearer panel-token";

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_what_callers_make_up() {
    let settings =
        [("SERVER__NOW", NOW), ("SERVER__WORKERS", "2"), ("AUTH__MODE", "token"), ("AUTH__TOKENS", TOKENS)];
    let api = start_with(&opened("counted").await, &settings);
    let panel = [("authorization", PANEL)];
    for path in [SUMMARY, "/api/admin/analytics/summary?limit=2", "/api/admin/analytics/summary?limit=0"] {
        ask(&api, path, &panel).await;
    }
    send(&api, Method::HEAD, SUMMARY, &panel).await;
    send(&api, Method::from_bytes(b"TANGO").unwrap(), SUMMARY, &panel).await;
    for path in ["/tango/1", "/tango/2"] {
        ask(&api, path, &panel).await;
    }
    ask(&api, SUMMARY, &[]).await;
    ask(&api, SUMMARY, &[("authorization", "Bearer tango")]).await;
    ask(&api, "/tango/3", &[("authorization", "Bearer tango")]).await;

    let counted =
        samples(&api, &["analytics_http_request", "analytics_http_problems", "analytics_auth_"]).await;
    let summary = format!("route=\"{SUMMARY}\"");
    let expected = [
        format!("analytics_http_requests_total{{method=\"GET\",{summary},status=\"200\"}} 2"),
        format!("analytics_http_requests_total{{method=\"GET\",{summary},status=\"401\"}} 2"),
        format!("analytics_http_requests_total{{method=\"GET\",{summary},status=\"422\"}} 1"),
        format!("analytics_http_requests_total{{method=\"HEAD\",{summary},status=\"200\"}} 1"),
        format!("analytics_http_requests_total{{method=\"(other)\",{summary},status=\"405\"}} 1"),
        "analytics_http_requests_total{method=\"GET\",route=\"(none)\",status=\"401\"} 1".to_owned(),
        "analytics_http_requests_total{method=\"GET\",route=\"(none)\",status=\"404\"} 2".to_owned(),
        format!("analytics_http_request_duration_seconds_bucket{{{summary},le=\"+Inf\"}} 7"),
        format!("analytics_http_request_duration_seconds_count{{{summary}}} 7"),
        "analytics_http_request_duration_seconds_bucket{route=\"(none)\",le=\"+Inf\"} 3".to_owned(),
        "analytics_http_request_duration_seconds_count{route=\"(none)\"} 3".to_owned(),
        // The one that asks.
        "analytics_http_requests_in_flight 1".to_owned(),
        "analytics_http_requests_abandoned_total 0".to_owned(),
        "analytics_http_problems_total{code=\"invalid_parameter\"} 1".to_owned(),
        "analytics_http_problems_total{code=\"method_not_allowed\"} 1".to_owned(),
        "analytics_http_problems_total{code=\"not_found\"} 2".to_owned(),
        "analytics_http_problems_total{code=\"unauthorized\"} 3".to_owned(),
        "analytics_auth_refusals_total{reason=\"missing\"} 1".to_owned(),
        "analytics_auth_refusals_total{reason=\"unknown\"} 2".to_owned(),
    ];
    assert_eq!(counted, BTreeSet::from(expected));
    let again = samples(&api, &["analytics_http_requests_total{method=\"GET\",route=\"/metrics\""]).await;
    let one = "analytics_http_requests_total{method=\"GET\",route=\"/metrics\",status=\"200\"} 1".to_owned();
    assert_eq!(again, BTreeSet::from([one]));
}

#[tokio::test]
async fn kept_answers_connections_and_the_process_itself_are_told_of() {
    let settings = [
        ("SERVER__NOW", NOW),
        ("SERVER__WORKERS", "2"),
        ("SERVER__CACHE_MIB", "1"),
        ("ANALYTICS_DATABASE__MAX_CONNECTIONS", "6"),
    ];
    let api = start_with(&opened("kept_counts").await, &settings);
    for limit in ["1", "2", "2", "2"] {
        assert_eq!(ask(&api, &format!("{SUMMARY}?limit={limit}"), &[]).await.status(), 200);
    }
    let told = samples(&api, &["analytics_cache_", "analytics_pool_", "analytics_build_", "process_"]).await;
    let own = |name: &str| {
        let line = told.iter().find(|line| line.split(' ').next() == Some(name)).unwrap();
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    assert_eq!((own("analytics_cache_hits_total"), own("analytics_cache_misses_total")), (2.0, 2.0));
    assert_eq!((own("analytics_cache_entries"), own("analytics_cache_evictions_total")), (2.0, 0.0));
    assert_eq!(own("analytics_cache_capacity_bytes"), 1_048_576.0);
    // Each is a kibibyte and some, as it is weighed.
    assert!((2_048.0..8_192.0).contains(&own("analytics_cache_bytes")), "{told:?}");
    assert_eq!(own("analytics_pool_capacity_connections"), 6.0);
    assert_eq!(own("analytics_pool_waiting_requests"), 0.0);
    // The request for the metrics has given back the connection that it had.
    let open = own("analytics_pool_connections{state=\"idle\"}");
    assert!((1.0..=6.0).contains(&open), "{told:?}");
    assert_eq!(own("analytics_pool_connections{state=\"in_use\"}"), 0.0);
    let build = format!(
        "analytics_build_info{{commit=\"{}\",version=\"{}\"}}",
        runtime::release::COMMIT,
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(own(&build), 1.0);
    // `date -u -d 2026-11-22T12:00:00Z +%s`
    assert_eq!(own("process_start_time_seconds"), 1_795_348_800.0);
}

#[tokio::test]
async fn connections_are_counted_while_they_last() {
    let api = start(&opened("connected").await);
    let connect = || TcpStream::connect(api.address().trim_start_matches("http://")).unwrap();
    let connections: Vec<TcpStream> = (0..20).map(|_| connect()).collect();
    // And the one that asks; a connection is taken, and its end is noticed, a little later.
    until_told(&api, "analytics_http_connections 21").await;
    drop(connections);
    until_told(&api, "analytics_http_connections 1").await;
}

async fn until_told(api: &Api, sample: &str) {
    let give_up = Instant::now() + Duration::from_secs(30);
    loop {
        let told = samples(api, &["analytics_http_connections"]).await;
        if told.contains(sample) {
            return;
        }
        assert!(Instant::now() < give_up, "{told:?} and not {sample}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// So many answers that a mebibyte holds only some.
#[tokio::test]
async fn answers_that_make_room_are_counted() {
    let api = start_with(&opened("evicted").await, &[("SERVER__NOW", NOW), ("SERVER__CACHE_MIB", "1")]);
    let client = Client::new();
    for limit in 1..=1_000 {
        let url = format!("{}{SUMMARY}?limit={limit}", api.address());
        assert_eq!(client.get(url).send().await.unwrap().status(), 200);
    }
    let told = samples(&api, &["analytics_cache_"]).await;
    let count = |name: &str| {
        let line = told.iter().find(|line| line.starts_with(name)).unwrap();
        line.rsplit(' ').next().unwrap().parse::<u32>().unwrap()
    };
    let (entries, evictions) = (count("analytics_cache_entries "), count("analytics_cache_evictions_total "));
    assert!(evictions > 0 && entries + evictions == 1_000, "{told:?}");
    assert!(count("analytics_cache_bytes ") <= 1_048_576, "{told:?}");
}
