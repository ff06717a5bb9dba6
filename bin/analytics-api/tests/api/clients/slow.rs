//! Clients that take their time.

use std::time::{Duration, Instant};

use sandbox::databases::Restaurant;
use sandbox::programs::Api;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use super::{
    PATIENCE, SUMMARY, answer, connect, get, grown, others_are_answered, refused, rest, restaurant, say,
    start,
};
use crate::support::{publish, run};

/// Goes on saying `piece` until the program ends the connection; returns what it said meanwhile.
async fn dribble(api: &Api, mut connection: TcpStream, piece: &[u8]) -> String {
    let began = Instant::now();
    let (mut heard, mut bytes) = (Vec::new(), [0; 1024]);
    loop {
        assert!(began.elapsed() < PATIENCE, "it goes on listening\n{}", api.log());
        match timeout(Duration::from_millis(50), connection.read(&mut bytes)).await {
            Ok(Ok(0) | Err(_)) => return String::from_utf8(heard).unwrap(),
            Ok(Ok(read)) => heard.extend_from_slice(&bytes[..read]),
            Err(_) => {}
        }
        if connection.write_all(piece).await.is_err() {
            // What came before the connection was cut can still be heard.
            let _ = connection.read_to_end(&mut heard).await;
            return String::from_utf8(heard).unwrap();
        }
    }
}

#[tokio::test]
async fn a_request_that_never_ends_is_ended() {
    let api = start(&restaurant("dribble").await, &[]);
    let head = "GET / HTTP/1.1\r\nHost: api\r\nX-Slow: ";
    let first = say(&api, head).await;
    let mut later = say(&api, get("/health/live")).await;
    answer(&mut later).await;
    later.write_all(head.as_bytes()).await.unwrap();
    let body = say(&api, "POST / HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    let (first, later, body, ()) = tokio::join!(
        dribble(&api, first, b"a"),
        dribble(&api, later, b"a"),
        dribble(&api, body, b"1\r\na\r\n"),
        others_are_answered(&api),
    );
    for said in [first, later] {
        assert_eq!(refused(&said).code, "request_timeout", "{said}");
    }
    // The request was answered, and has no second answer.
    assert!(body.starts_with("HTTP/1.1 405 ") && body.matches("HTTP/1.1 ").count() == 1, "{body}");
}

#[tokio::test]
async fn a_connection_without_requests_is_closed() {
    let api = start(&restaurant("silent").await, &[("SERVER__KEEP_ALIVE", "1s")]);
    let began = Instant::now();
    let mut never = say(&api, "").await;
    let mut no_more = say(&api, get("/health/live")).await;
    answer(&mut no_more).await;
    // Kept for as long as was said, so that a client that asks now and then need not connect each time.
    assert_eq!((rest(&mut never).await.as_str(), rest(&mut no_more).await.as_str()), ("", ""));
    assert!(began.elapsed() >= Duration::from_millis(700), "{:?}", began.elapsed());
}

/// A connection whose own side takes in next to nothing of an answer by itself.
async fn hard_of_hearing(api: &Api) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let address = api.address().strip_prefix("http://").unwrap().parse().unwrap();
    socket.connect(address).await.unwrap()
}

/// A restaurant with so many days that all of them are an answer of half a MiB, for which the path asks.
async fn long_answer(hint: &str) -> (Restaurant, String) {
    let restaurant = restaurant(hint).await;
    let (days, dates): (Vec<String>, Vec<String>) = (1..=3_600)
        .map(|back| chrono::NaiveDate::from_ymd_opt(2026, 11, 21).unwrap() - chrono::Days::new(back))
        .map(|date| (format!("('{date}', 10.00, 1, 10.00)"), date.to_string()))
        .unzip();
    let columns = "date, total_revenue, order_count, average_order_value";
    run(&restaurant, &format!("INSERT INTO daily_revenue_cache ({columns}) VALUES {}", days.join(","))).await;
    publish(&restaurant, &dates.iter().map(String::as_str).collect::<Vec<_>>()).await;
    (restaurant, format!("{SUMMARY}?limit=3660"))
}

/// Says `text` over and over without ever listening, until the program ends the connection. Returns how many bytes it
/// took from this client, and the most memory in MiB that it has grown by.
async fn shout(api: &Api, text: &str) -> (usize, u64) {
    let connection = hard_of_hearing(api).await;
    let before = api.resident_kib().unwrap();
    let (mut said, mut most, began) = (0, 0, Instant::now());
    loop {
        assert!(began.elapsed() < PATIENCE, "it waits for ever for its answers to be taken\n{}", api.log());
        match connection.try_write(&text.as_bytes()[said % text.len()..]) {
            Ok(written) => said += written,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                sleep(Duration::from_millis(20)).await;
            }
            Err(_) => return (said, most),
        }
        most = most.max(grown(api, before));
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn who_takes_no_answer_is_not_answered_for_ever() {
    let (restaurant, path) = long_answer("deaf").await;
    let api = start(&restaurant, &[]);
    assert!(answer(&mut say(&api, get(&path)).await).await.len() > 300_000);
    // From now on it is kept, and the database, which a busy machine makes wait too, need not be asked.
    others_are_answered(&api).await;

    let long = get(&path);
    // Each has an answer without a body, which takes no more room than the request: it must not pile up either.
    let short = format!("GET {SUMMARY} HTTP/1.1\r\nHost: api\r\nIf-None-Match: *\r\n\r\n");
    let (long, (said, short), ()) =
        tokio::join!(shout(&api, &long), shout(&api, &short), others_are_answered(&api));
    let (_, long) = long;
    assert!(long < 24 && short < 24, "{long} and {short} MiB");
    // Two sockets' buffers hold some; without end it would be hundreds.
    assert!(said < 64 << 20, "it took {said} bytes of requests");
}

/// The system would take all of it in the client's place, and keep it for as long as the client keeps the connection.
#[tokio::test]
async fn who_takes_nothing_of_an_answer_is_cut_off() {
    let (restaurant, path) = long_answer("deafonce").await;
    // Connections are kept for longer than this test waits.
    let api = start(&restaurant, &[]);
    let mut deaf = hard_of_hearing(&api).await;
    deaf.write_all(get(&path).as_bytes()).await.unwrap();
    let (mut watcher, began) = (connect(&api).await, Instant::now());
    for sample in [
        format!("analytics_http_requests_total{{method=\"GET\",route=\"{SUMMARY}\",status=\"200\"}} 1"),
        // The watcher's own.
        "analytics_http_connections 1".to_owned(),
    ] {
        loop {
            watcher.write_all(get("/metrics").as_bytes()).await.unwrap();
            if answer(&mut watcher).await.lines().any(|line| line == sample) {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "not {sample}\n{}", api.log());
            sleep(Duration::from_millis(20)).await;
        }
    }
    drop(deaf);
}
