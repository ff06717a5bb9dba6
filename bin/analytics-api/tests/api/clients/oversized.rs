//! Requests that are too large.

use sandbox::programs::Api;
use tokio::io::AsyncWriteExt as _;

use super::{
    SUMMARY, answer, connect, get, grown, others_are_answered, refused, rest, restaurant, say, start,
};

const MIB: usize = 1 << 20;

/// Says all of it, or as much as the program listens to, and hears what comes.
async fn heard(api: &Api, text: &[u8]) -> String {
    let (mut read, mut write) = connect(api).await.into_split();
    let saying = async {
        // It need not listen to the end.
        let _ = write.write_all(text).await;
        write
    };
    let hearing = async {
        let mut bytes = Vec::new();
        let all = tokio::io::AsyncReadExt::read_to_end(&mut read, &mut bytes);
        // Cut, or at its end: what came before stands.
        let _ = tokio::time::timeout(super::PATIENCE, all).await.expect("it is kept open");
        String::from_utf8(bytes).unwrap()
    };
    tokio::join!(saying, hearing).1
}

#[tokio::test]
async fn a_head_without_measure_is_refused() {
    let api = start(&restaurant("heads").await, &[("SERVER__KEEP_ALIVE", "1s")]);
    let before = api.resident_kib().unwrap();
    let long = "a".repeat(2 * MIB);
    for (what, head) in [
        ("line", format!("GET /{long} HTTP/1.1\r\nHost: api\r\n\r\n")),
        ("query", format!("GET /?{long} HTTP/1.1\r\nHost: api\r\n\r\n")),
        ("header", format!("GET / HTTP/1.1\r\nHost: api\r\nX-Long: {long}\r\n\r\n")),
        ("token", format!("GET / HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {long}\r\n\r\n")),
        ("headers", format!("GET / HTTP/1.1\r\nHost: api\r\n{}\r\n", "X-Many: 1\r\n".repeat(100_000))),
    ] {
        let said = heard(&api, head.as_bytes()).await;
        // The connection may be cut before the answer is read: what it went on to say was not taken.
        assert!(said.is_empty() || refused(&said).code == "head_too_large", "{what}: {said}");
    }
    others_are_answered(&api).await;
    assert!(grown(&api, before) < 16, "{} MiB", grown(&api, before));
}

/// One that is longer, by little or by much, and one of more fields than may be.
#[tokio::test]
async fn who_sends_a_head_that_is_too_large_is_told_so() {
    let api = start(&restaurant("large").await, &[]);
    for head in [
        format!("GET / HTTP/1.1\r\nHost: api\r\nX-Long: {}\r\n\r\n", "a".repeat(33_000)),
        format!("GET / HTTP/1.1\r\nHost: api\r\nX-Long: {}", "a".repeat(100_000)),
        format!("GET / HTTP/1.1\r\nHost: api\r\n{}\r\n", "X-Many: 1\r\n".repeat(100)),
        // On a connection that has had answers, and more of them than a head is long.
        get("/health/live").repeat(1_000) + &format!("GET /{}", "a".repeat(40_000)),
    ] {
        let said = rest(&mut say(&api, head).await).await;
        let last = said.rfind("HTTP/1.1 ").unwrap();
        assert_eq!(refused(&said[last..]).code, "head_too_large", "{said}");
    }
}

/// Many on one connection, so that together they are longer than one may be.
#[tokio::test]
async fn a_head_that_is_only_long_is_answered() {
    let api = start(&restaurant("long").await, &[]);
    let long = "a".repeat(16_000);
    for head in [
        get(&format!("/health/live?{long}")),
        format!("GET /health/live HTTP/1.1\r\nHost: api\r\nCookie: {long}\r\n\r\n"),
    ] {
        let mut connection = connect(&api).await;
        for _ in 0..5 {
            // In two parts, the first of them nearly as long as a head may be.
            let (most, end) = head.split_at(head.len() - 3);
            connection.write_all(most.as_bytes()).await.unwrap();
            tokio::task::yield_now().await;
            connection.write_all(end.as_bytes()).await.unwrap();
            let said = answer(&mut connection).await;
            assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
        }
    }
}

/// The program reads ahead of what it answers, but not without bound, and forgets nothing of it.
#[tokio::test]
async fn requests_without_measure_are_all_answered() {
    let api = start(&restaurant("ahead").await, &[]);
    let before = api.resident_kib().unwrap();
    let (mut read, mut write) = connect(&api).await.into_split();
    let saying = async {
        // One MiB in all.
        for _ in 0..250 {
            write.write_all(get("/health/live?and=some&more=of&it").repeat(66).as_bytes()).await.unwrap();
        }
        write.shutdown().await.unwrap();
    };
    let mut said = Vec::new();
    let hearing = tokio::io::AsyncReadExt::read_to_end(&mut read, &mut said);
    let (heard, ()) = tokio::join!(hearing, saying);
    heard.unwrap();
    assert_eq!(String::from_utf8(said).unwrap().matches("HTTP/1.1 200 OK").count(), 250 * 66);
    assert!(grown(&api, before) < 8, "{} MiB", grown(&api, before));
}

#[tokio::test]
async fn a_body_is_not_kept() {
    let api = start(&restaurant("bodies").await, &[("SERVER__KEEP_ALIVE", "1s")]);
    let before = api.resident_kib().unwrap();
    let body = vec![b'a'; 64 * MIB];
    for (method, status) in [("GET", 200), ("POST", 405)] {
        let head =
            format!("{method} /health/live HTTP/1.1\r\nHost: api\r\nContent-Length: {}\r\n\r\n", body.len());
        let said = heard(&api, &[head.as_bytes(), &body].concat()).await;
        assert!(said.is_empty() || said.starts_with(&format!("HTTP/1.1 {status} ")), "{method}: {said}");
        let chunked =
            format!("{method} /health/live HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunks =
            [chunked.as_bytes(), &[b"100000\r\n", &body[..MIB], b"\r\n"].concat().repeat(16), b"0\r\n\r\n"];
        let said = heard(&api, &chunks.concat()).await;
        assert!(said.is_empty() || said.starts_with(&format!("HTTP/1.1 {status} ")), "{method}: {said}");
    }
    others_are_answered(&api).await;
    assert!(grown(&api, before) < 16, "{} MiB", grown(&api, before));
}

/// Where the answer was ready before the body was read, it is the last one, and says so.
#[tokio::test]
async fn a_short_body_is_passed_over() {
    let api = start(&restaurant("passed").await, &[("SERVER__KEEP_ALIVE", "1s")]);
    for path in [SUMMARY, "/health/live"] {
        let with_body = format!("GET {path} HTTP/1.1\r\nHost: api\r\nContent-Length: 4\r\n\r\nbody");
        let said = rest(&mut say(&api, with_body + &get("/health/live")).await).await;
        let answers = if said.contains("connection: close") { 1 } else { 2 };
        assert_eq!(said.matches("HTTP/1.1 200 OK").count(), answers, "{said}");
    }
}
