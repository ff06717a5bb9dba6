//! More clients than there is room for.

use rustix::process::{Resource, getrlimit};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::{answer, connect, get, grown, others_are_answered, refused, rest, restaurant, say, start};
use crate::support::log_with;

/// So many connections, or as many as this process may have; each has had an answer and is kept open.
async fn crowd(api: &sandbox::programs::Api, count: usize) -> Vec<TcpStream> {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let count = count.min(usize::try_from(files.saturating_sub(256)).unwrap());
    let mut open = Vec::with_capacity(count);
    for _ in 0..count {
        open.push(connect(api).await);
    }
    open
}

#[tokio::test]
async fn thousands_of_idle_connections_leave_room() {
    let api = start(&restaurant("crowd").await, &[]);
    others_are_answered(&api).await;
    let before = api.resident_kib().unwrap();
    let mut idle = crowd(&api, 1_000).await;
    for connection in &mut idle {
        connection.write_all(get("/health/live").as_bytes()).await.unwrap();
        answer(connection).await;
    }
    // Below half of what there is room for, everyone may stay.
    others_are_answered(&api).await;
    idle.extend(crowd(&api, 4_000).await);
    others_are_answered(&api).await;
    let grown = grown(&api, before);
    assert!(grown < 64, "{grown} MiB");
}

#[tokio::test]
async fn who_asks_for_nothing_makes_room_for_others() {
    let api = start(&restaurant("room").await, &[("SERVER__MAX_CONNECTIONS", "10")]);
    let mut half = say(&api, "GET / HTTP/1.1\r\n").await;
    let idle = crowd(&api, 200).await;
    others_are_answered(&api).await;
    let said = rest(&mut half).await;
    assert!(said.is_empty() || refused(&said).code == "request_timeout", "{said}");
    drop(idle);
}

/// So many connections, each with a head that is long and has no end.
async fn half_sent(api: &sandbox::programs::Api, count: usize, length: usize) -> Vec<TcpStream> {
    let head = format!("GET / HTTP/1.1\r\nHost: api\r\nX-Long: {}", "a".repeat(length));
    let mut connections = crowd(api, count).await;
    for connection in &mut connections {
        connection.write_all(head.as_bytes()).await.unwrap();
    }
    connections
}

/// Without a bound on heads, the second thousand would take 128 MiB.
#[tokio::test]
async fn a_thousand_half_sent_heads_take_little() {
    let patient = [("SERVER__CLIENT_TIMEOUT", "10m"), ("SERVER__MAX_CONNECTIONS", "100000")];
    let api = start(&restaurant("halves").await, &patient);
    others_are_answered(&api).await;
    let before = api.resident_kib().unwrap();
    let held = half_sent(&api, 1_000, 15_000).await;
    others_are_answered(&api).await;
    let most = grown(&api, before);
    assert!(most < 64, "{most} MiB");
    drop(held);

    for mut connection in half_sent(&api, 1_000, 120_000).await {
        assert_eq!(refused(&rest(&mut connection).await).code, "head_too_large");
    }
    let most = grown(&api, before);
    assert!(most < 64, "{most} MiB");
}

#[tokio::test]
async fn there_are_no_more_connections_than_files() {
    let restaurant = restaurant("files").await;
    let api = start(&restaurant, &[("SERVER__MAX_CONNECTIONS", "100000")]);
    let files = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
    if files < 100_000 {
        log_with(&api, "connections and not SERVER__MAX_CONNECTIONS=100000").await;
    }
    others_are_answered(&api).await;
}
