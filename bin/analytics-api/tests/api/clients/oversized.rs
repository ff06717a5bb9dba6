//! Requests that are too large.

use sandbox::programs::Api;
use tokio::io::AsyncWriteExt as _;

use super::{answer, connect, get, grown, others_are_answered, rest, restaurant, say, start};

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
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.1 431 ") || said.starts_with("HTTP/1.1 400 "),
            "{what}: {said}"
        );
    }
    others_are_answered(&api).await;
    assert!(grown(&api, before) < 16, "{} MiB", grown(&api, before));
}

/// As long as the program reads heads.
#[tokio::test]
async fn a_head_that_is_only_long_is_answered() {
    let api = start(&restaurant("long").await, &[]);
    let long = "a".repeat(60_000);
    for head in [
        get(&format!("/health/live?{long}")),
        format!("GET /health/live HTTP/1.1\r\nHost: api\r\nCookie: {long}\r\n\r\n"),
    ] {
        let said = answer(&mut say(&api, head).await).await;
        assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
    }
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

#[tokio::test]
async fn a_short_body_is_passed_over() {
    let api = start(&restaurant("passed").await, &[("SERVER__KEEP_ALIVE", "1s")]);
    let with_body = "GET /health/live HTTP/1.1\r\nHost: api\r\nContent-Length: 4\r\n\r\nbody";
    let mut connection = say(&api, [with_body, &get("/health/live")].concat()).await;
    assert_eq!(rest(&mut connection).await.matches("HTTP/1.1 200 OK").count(), 2);
}
