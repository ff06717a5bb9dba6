//! Answers are kept and sent again until something that they depend on changes, and while the database is away.

use std::io::Read as _;
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use flate2::read::GzDecoder;
use reqwest::{Client, Response, StatusCode};
use sandbox::databases::{Database, Restaurant};
use sandbox::programs::Api;
use sandbox::server::{Engine, Options, Server};
use serde_json::Value;

use crate::support::{NOW, body, migrate, opened, publish, run, start_with};

const SUMMARY: &str = "/api/admin/analytics/summary";

/// The program as it is by default, but for a quicker look.
fn start(restaurant: &Restaurant) -> Api {
    start_with(restaurant, &[("SERVER__NOW", NOW), ("SERVER__CACHE_MIB", "4"), ("SERVER__REFRESH", "100ms")])
}

/// A restaurant with so many published days of 10.00 each, up to 2026-11-21.
async fn with_days(hint: &str, days: u32) -> Restaurant {
    let restaurant = opened(hint).await;
    fill(&restaurant, days).await;
    restaurant
}

async fn fill(restaurant: &Restaurant, days: u32) {
    let last = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
    let day = |back: u32| (last - Days::new(back.into())).to_string();
    let dates: Vec<String> = (0..days).map(day).collect();
    let rows: Vec<String> = dates.iter().map(|date| format!("('{date}', 10.00, 1, 10.00)")).collect();
    let columns = "date, total_revenue, order_count, average_order_value";
    run(restaurant, &format!("INSERT INTO daily_revenue_cache ({columns}) VALUES {}", rows.join(","))).await;
    publish(restaurant, &dates.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

async fn ask(api: &Api, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = Client::new().get(format!("{}{path}", api.address()));
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// Asks until `is_so` of the body of an answer.
async fn until(api: &Api, path: &str, patience: Duration, is_so: impl Fn(&Value) -> bool) -> Value {
    let give_up = Instant::now() + patience;
    loop {
        let (status, _, body) = api.get(path).await.unwrap();
        if status == 200 && is_so(&body) {
            return body;
        }
        assert!(Instant::now() < give_up, "{path} stays {status}: {body}\n{}", api.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_new_generation_is_seen_and_nothing_else_is_asked_for() {
    let restaurant = with_days("kept", 2).await;
    let api = start(&restaurant);
    let before = until(&api, SUMMARY, Duration::from_secs(30), |body| body["meta"]["generation"] == 7).await;
    // Not as a run does it, so that it shows who asks the database.
    run(&restaurant, "UPDATE daily_revenue_cache SET total_revenue = 20.00").await;
    for _ in 0..20 {
        assert_eq!(body(&api, "/summary").await, before);
    }
    assert_eq!(body(&api, "/summary?limit=1").await["daily_summaries"][0]["total_revenue"], "20.00");
    run(&restaurant, "UPDATE publication SET generation = 8").await;
    let after = until(&api, SUMMARY, Duration::from_secs(30), |body| body["meta"]["generation"] == 8).await;
    assert_eq!(after["daily_summaries"][0]["total_revenue"], "20.00");
}

/// They take the longest to make.
#[tokio::test]
async fn ten_years_of_days_are_kept_too() {
    let api = start(&with_days("decade", 3_653).await);
    for form in ["json", "csv"] {
        for _ in 0..2 {
            let answer = ask(&api, &format!("{SUMMARY}?limit=3660&format={form}"), &[]).await;
            assert_eq!(answer.status(), 200);
            assert!(answer.bytes().await.unwrap().len() > 100_000, "{form}");
        }
    }
    let told = ask(&api, "/metrics", &[]).await.text().await.unwrap();
    for count in ["analytics_cache_hits_total 2", "analytics_cache_misses_total 2"] {
        assert!(told.lines().any(|line| line == count), "{count}:\n{told}");
    }
}

#[tokio::test]
async fn each_encoding_has_an_etag_of_its_own() {
    let restaurant = with_days("etag", 20).await;
    let api = start(&restaurant);
    let plain = ask(&api, SUMMARY, &[]).await;
    assert_eq!(header(&plain, "cache-control"), "private, no-cache");
    assert!(header(&plain, "vary").contains("accept-encoding"));
    assert_eq!(header(&plain, "content-encoding"), "");
    let plain_tag = header(&plain, "etag").to_owned();
    let text = plain.text().await.unwrap();

    let zipped = ask(&api, SUMMARY, &[("accept-encoding", "br;q=1.0, gzip;q=0.8")]).await;
    assert_eq!(header(&zipped, "content-encoding"), "gzip");
    let zipped_tag = header(&zipped, "etag").to_owned();
    let bytes = zipped.bytes().await.unwrap();
    assert!(bytes.len() * 4 < text.len(), "{} of {}", bytes.len(), text.len());
    let mut unzipped = String::new();
    GzDecoder::new(&*bytes).read_to_string(&mut unzipped).unwrap();
    assert_eq!(unzipped, text);
    assert_ne!(plain_tag, zipped_tag);

    for (accepted, tag, other) in [("identity", &plain_tag, &zipped_tag), ("gzip", &zipped_tag, &plain_tag)] {
        for held in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let same = ask(&api, SUMMARY, &[("accept-encoding", accepted), ("if-none-match", &held)]).await;
            assert_eq!(
                (same.status(), header(&same, "etag")),
                (StatusCode::NOT_MODIFIED, tag.as_str()),
                "{held}"
            );
            assert_eq!(same.text().await.unwrap(), "");
        }
        let not_this = ask(&api, SUMMARY, &[("accept-encoding", accepted), ("if-none-match", other)]).await;
        assert_eq!(not_this.status(), StatusCode::OK);
    }
    // A body of one packet is not worth the trouble.
    let short = ask(&api, &format!("{SUMMARY}?limit=1"), &[("accept-encoding", "gzip")]).await;
    assert_eq!(header(&short, "content-encoding"), "");
    assert_ne!(header(&short, "etag"), plain_tag);
}

#[tokio::test]
async fn what_was_rendered_outlives_the_database() {
    let server = Server::start(Engine::from_environment().unwrap(), Options::default()).unwrap();
    let restaurant: Restaurant = server.restaurant("outlived").await.unwrap();
    migrate(&restaurant).await;
    run(
        &restaurant,
        "UPDATE publication SET generation = 7, published_at = '2026-11-22 03:10:00', \
         timezone = 'Europe/Paris', day_start = '04:00:00'",
    )
    .await;
    fill(&restaurant, 2).await;
    let api = start(&restaurant);
    let fresh = until(&api, SUMMARY, Duration::from_secs(30), |_| true).await;
    assert_eq!(fresh["meta"]["stale"], false);
    let response = ask(&api, SUMMARY, &[]).await;
    assert_eq!((header(&response, "age"), header(&response, "retry-after")), ("", ""));
    let tag = header(&response, "etag").to_owned();

    server.kill().unwrap();
    // Its absence is seen by the next look; then the age is told, and after a while that it is stale.
    let give_up = Instant::now() + Duration::from_secs(30);
    while header(&ask(&api, SUMMARY, &[]).await, "age").is_empty() {
        assert!(Instant::now() < give_up, "no age is told\n{}", api.log());
    }
    let never_asked = ask(&api, &format!("{SUMMARY}?limit=3"), &[]).await;
    assert_eq!(never_asked.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!header(&never_asked, "retry-after").is_empty());
    let stale = until(&api, SUMMARY, Duration::from_secs(120), |body| body["meta"]["stale"] == true).await;
    assert_eq!(stale["daily_summaries"], fresh["daily_summaries"]);
    let response = ask(&api, SUMMARY, &[]).await;
    assert!(header(&response, "age").parse::<u32>().unwrap() >= 30);
    assert_ne!(header(&response, "etag"), tag);

    server.restart().unwrap();
    let again = until(&api, SUMMARY, Duration::from_secs(60), |body| body["meta"]["stale"] == false).await;
    assert_eq!(again, fresh);
    let response = ask(&api, SUMMARY, &[]).await;
    assert_eq!((header(&response, "age"), header(&response, "etag")), ("", tag.as_str()));
}

/// One statement a look, by one connection, however many workers there are.
#[tokio::test]
async fn a_look_costs_one_statement() {
    let options = Options::default().with_query_log();
    let server = Server::start(Engine::from_environment().unwrap(), options).unwrap();
    let restaurant: Restaurant = server.restaurant("look").await.unwrap();
    migrate(&restaurant).await;
    let user = restaurant.user("analytics_api");
    let api = start(&restaurant);
    let log = server.query_log().unwrap();
    let said = || std::fs::read_to_string(&log).unwrap();
    let give_up = Instant::now() + Duration::from_secs(60);
    while said().matches("FROM `publication`").count() < 10 {
        assert!(Instant::now() < give_up, "it does not look\n{}", api.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let sessions = Engine::from_environment().unwrap().processlist();
    let connections = format!("SELECT COUNT(*) FROM {sessions} WHERE user = '{user}'");
    assert_eq!(
        restaurant.query(Database::Analytics, &connections).await.unwrap()[0][0].as_deref(),
        Some("1")
    );
    let all = said();
    let looks: Vec<&str> = all.lines().filter(|line| line.contains("Execute\tSELECT")).collect();
    assert!(looks.iter().all(|line| line.contains("FROM `publication`")), "{looks:#?}");
}
