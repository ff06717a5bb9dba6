//! Clients that misbehave, over sockets of their own: each is held to a bounded time and a bounded memory, and others
//! are answered meanwhile.

mod crowd;
mod database;
mod drain;
mod malformed;
mod oversized;
mod slow;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sandbox::databases::Restaurant;
use sandbox::programs::Api;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{NOW, opened, publish, run, start_with};

/// Longer than anything here takes on a machine that is busy, and shorter than for ever.
const PATIENCE: Duration = Duration::from_secs(60);

const SUMMARY: &str = "/api/admin/analytics/summary";

/// The program with the cache that it has by default, and little patience.
fn start(restaurant: &Restaurant, settings: &[(&str, &str)]) -> Api {
    let own = [("SERVER__NOW", NOW), ("SERVER__CACHE_MIB", "4"), ("SERVER__CLIENT_TIMEOUT", "1s")];
    start_with(restaurant, &[&own, settings].concat())
}

/// A restaurant with one published day.
async fn restaurant(hint: &str) -> Restaurant {
    let restaurant = opened(hint).await;
    let columns = "date, total_revenue, order_count, average_order_value";
    let day = "'2026-11-21', 10.00, 1, 10.00";
    run(&restaurant, &format!("INSERT INTO daily_revenue_cache ({columns}) VALUES ({day})")).await;
    publish(&restaurant, &["2026-11-21"]).await;
    restaurant
}

async fn connect(api: &Api) -> TcpStream {
    let address = api.address();
    TcpStream::connect(address.strip_prefix("http://").unwrap()).await.unwrap()
}

/// A connection that has said this.
async fn say(api: &Api, text: impl AsRef<[u8]>) -> TcpStream {
    let mut connection = connect(api).await;
    connection.write_all(text.as_ref()).await.unwrap();
    connection
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: api\r\n\r\n")
}

/// What comes until the program ends the connection, in whatever way.
async fn rest(connection: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is cut is ended too; what came before stands.
    let _ = timeout(PATIENCE, connection.read_to_end(&mut bytes)).await.expect("it is kept open");
    String::from_utf8(bytes).unwrap()
}

/// What a client was told before its connection was ended.
struct Refused {
    headers: BTreeMap<String, String>,
    code: String,
}

/// The one answer that `said` is, a problem, read without the help of a library.
fn refused(said: &str) -> Refused {
    let (head, body) = said.split_once("\r\n\r\n").expect(said);
    let fields = head.split("\r\n").skip(1).map(|line| line.split_once(": ").expect(line));
    let headers: BTreeMap<_, _> = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    assert_eq!(headers["content-length"], body.len().to_string(), "{said}");
    assert_eq!(headers["content-type"], "application/problem+json", "{said}");
    let problem: Value = serde_json::from_str(body).unwrap();
    assert!(head.starts_with(&format!("HTTP/1.1 {} ", problem["status"])), "{said}");
    let instance = format!("urn:restaurant-analytics:request:{}", headers["x-request-id"]);
    assert_eq!(problem["instance"], instance, "{said}");
    Refused { headers, code: problem["code"].as_str().unwrap().to_owned() }
}

/// One answer, with a body as long as it says; none if the program ends the connection before.
async fn try_answer(connection: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    loop {
        let so_far = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = so_far.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
            if body.len() >= length.parse().unwrap() {
                return Some(so_far);
            }
        }
        let mut bytes = [0; 16 * 1024];
        match timeout(PATIENCE, connection.read(&mut bytes)).await.expect("no answer") {
            Ok(0) | Err(_) => return None,
            Ok(read) => text.extend_from_slice(&bytes[..read]),
        }
    }
}

async fn answer(connection: &mut TcpStream) -> String {
    try_answer(connection).await.expect("it is ended before the answer")
}

/// That others are answered, and soon. Who is not quick to ask, on a busy machine, may find the connection closed, and
/// asks again as any client does.
async fn others_are_answered(api: &Api) {
    for path in ["/health/live", SUMMARY] {
        let began = Instant::now();
        let text = loop {
            assert!(began.elapsed() < PATIENCE / 2, "{path} is not answered\n{}", api.log());
            let mut connection = connect(api).await;
            if connection.write_all(get(path).as_bytes()).await.is_ok()
                && let Some(text) = try_answer(&mut connection).await
            {
                break text;
            }
        };
        assert!(text.starts_with("HTTP/1.1 200 "), "{path}: {text}\n{}", api.log());
        assert!(began.elapsed() < PATIENCE / 2, "{path} took {:?}", began.elapsed());
    }
}

/// What the program took more than before, in MiB.
fn grown(api: &Api, before_kib: u64) -> u64 {
    api.resident_kib().unwrap().saturating_sub(before_kib) / 1024
}
