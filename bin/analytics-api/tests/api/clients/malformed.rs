//! Clients that do not speak HTTP, or speak it strangely.

use tokio::io::AsyncWriteExt as _;

use super::{SUMMARY, answer, get, others_are_answered, refused, rest, restaurant, say, start};
use crate::support::log_with;

#[tokio::test]
async fn what_is_not_http_is_refused_and_the_connection_ended() {
    let api = start(&restaurant("malformed").await, &[("SERVER__KEEP_ALIVE", "1s")]);
    let texts: [&[u8]; 17] = [
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: api\r\n\r\n",
        b"G\xc3\x89T / HTTP/1.1\r\nHost: api\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: api\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: api\r\nHost: other\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: api\r\nBad Header: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: api\r\nX: a\0b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: api\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: api\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: api\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.0\r\nHost: api\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ];
    for text in texts {
        let shown = text.escape_ascii();
        let said = rest(&mut say(&api, text).await).await;
        assert!(said.starts_with("HTTP/1.1 400 "), "{shown}: {said}");
        assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{shown}: {said}");
        assert_eq!(refused(&said).code, "malformed_request", "{shown}: {said}");
        // The same from one who has nothing more to say.
        let mut connection = say(&api, text).await;
        connection.shutdown().await.unwrap();
        assert_eq!(refused(&rest(&mut connection).await).code, "malformed_request", "{shown}");
    }
    others_are_answered(&api).await;
    // It is no error of the program's.
    api.get("/nothing").await.unwrap();
    let log = log_with(&api, "status=404").await;
    assert!(!log.contains("ERROR"), "{log}");
}

/// After an answer on the same connection too. It is found again in the log and in the metrics.
#[tokio::test]
async fn what_is_not_http_is_refused_as_everything_else_is() {
    let api = start(&restaurant("unread").await, &[]);
    let mut connection = say(&api, get("/health/live")).await;
    answer(&mut connection).await;
    connection.write_all(b"hello\r\n\r\n").await.unwrap();
    let refused = refused(&rest(&mut connection).await);
    let (_, headers, _) = api.get("/nothing").await.unwrap();
    for name in ["content-type", "x-content-type-options", "referrer-policy", "content-security-policy"] {
        assert_eq!(refused.headers[name], headers[name].to_str().unwrap(), "{name}");
    }
    assert!(chrono::DateTime::parse_from_rfc2822(&refused.headers["date"]).is_ok(), "{:?}", refused.headers);
    assert_eq!(refused.headers["connection"], "close");
    let log = log_with(&api, &format!("request_id={}", refused.headers["x-request-id"])).await;
    assert!(log.contains("method=(unread)") && log.contains("status=400"), "{log}");
    let (_, _, metrics) = api.get_text("/metrics").await.unwrap();
    for line in [
        r#"analytics_http_requests_total{method="(unread)",route="(none)",status="400"} 1"#,
        r#"analytics_http_problems_total{code="malformed_request"} 1"#,
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
}

/// The head's end may come with what is no head any more, or with what is too large for one.
#[tokio::test]
async fn what_follows_a_request_at_once_is_refused_as_everything_else_is() {
    let api = start(&restaurant("followed").await, &[]);
    let fields = "X-Many: 1\r\n".repeat(100);
    for (path, next, code) in [
        ("/health/live", "hello\r\n\r\n".to_owned(), "malformed_request"),
        ("/api/admin/analytics/summary?limit=9", "\0\0\r\n\r\n".to_owned(), "malformed_request"),
        ("/health/live", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned(), "malformed_request"),
        ("/health/live", format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"), "head_too_large"),
    ] {
        let said = rest(&mut say(&api, get(path) + &next).await).await;
        let answers: Vec<_> = said.match_indices("HTTP/1.1 ").map(|(at, _)| at).collect();
        assert_eq!(answers.len(), 2, "{next:?}: {said}");
        assert!(said.starts_with("HTTP/1.1 200 "), "{next:?}: {said}");
        assert_eq!(refused(&said[answers[1]..]).code, code, "{next:?}: {said}");
    }
}

/// And not as the next one does, which has come already: a HEAD has no body and a GET has one, and the last of a
/// connection is the last.
#[tokio::test]
async fn each_request_is_answered_as_it_asks() {
    let restaurant = restaurant("each").await;
    let summary = |method: &str, limit: usize, fields: &str| {
        format!("{method} /api/admin/analytics/summary?limit={limit} HTTP/1.1\r\nHost: api\r\n{fields}\r\n")
    };
    let requests = [
        summary("HEAD", 1, "Content-Length: 4\r\n") + "body",
        summary("GET", 2, ""),
        summary("HEAD", 3, ""),
        summary("GET", 4, "Content-Length: 4\r\n") + "body",
        summary("GET", 5, "Connection: close\r\n"),
        summary("GET", 6, ""),
    ];
    let (second, requests) = (requests[0].len(), requests.concat());
    // At once, and cut within the second head, so that others come together with the rest of it.
    for cut in [0, second + 30] {
        let api = start(&restaurant, &[("SERVER__CACHE_MIB", "0")]);
        let (first, then) = requests.split_at(cut);
        let mut connection = say(&api, first).await;
        if cut > 0 {
            // The program has it before the rest is sent.
            others_are_answered(&api).await;
        }
        connection.write_all(then.as_bytes()).await.unwrap();
        let said = rest(&mut connection).await;
        let mut left = said.as_str();
        for has_body in [false, true, false, true, true] {
            let (head, rest) = left.split_once("\r\n\r\n").expect(&said);
            assert!(head.starts_with("HTTP/1.1 200 "), "{cut}: {said}");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect(&said);
            left = if has_body { &rest[length.parse().unwrap()..] } else { rest };
            assert_eq!(head.contains("connection: close"), left.is_empty(), "{cut}: {said}");
        }
        assert_eq!(left, "", "{cut}: {said}");
    }
}

/// Where a body ends that is chunked, or that has not come, only the client knows. What it says behind the head is
/// neither a request nor a fault of the program.
#[tokio::test]
async fn what_follows_a_body_that_is_not_there_is_no_request() {
    let api = start(&restaurant("behind").await, &[]);
    let next = get("/health/live");
    for (head, behind) in [
        ("Transfer-Encoding: chunked", "4\r\nbody\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", "4\r\nbody\r\n0\r\n\r\nhello\r\n\r\n"),
        ("Transfer-Encoding: chunked", "0\r\n\r\nHEAD / HTTP/1.1\r\nHost: api\r\n\r\n"),
        ("Transfer-Encoding: chunked", "10000000000000004\r\nbody"),
        ("Transfer-Encoding: chunked", "-4\r\nbody"),
        ("Content-Length: 400", "body"),
        ("Expect: 100-continue\r\nContent-Length: 400", ""),
        ("Connection: upgrade\r\nUpgrade: websocket", "\u{1}\u{5}hello"),
    ] {
        for path in ["/health/live", SUMMARY] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: api\r\n{head}\r\n\r\n{behind}{next}");
            let said = rest(&mut say(&api, request).await).await;
            let said = said.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&said);
            assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{head}, {behind:?}: {said}");
            assert!(said.starts_with("HTTP/1.1 200 "), "{head}, {behind:?}: {said}");
            let (fields, body) = said.split_once("\r\n\r\n").unwrap();
            assert!(fields.contains("connection: close"), "{head}, {behind:?}: {said}");
            assert!(fields.contains(&format!("content-length: {}", body.len())), "{head}: {said}");
        }
    }
    // Its line is the last.
    api.get("/nothing").await.unwrap();
    let log = log_with(&api, "status=404").await;
    assert!(!log.contains("ERROR"), "{log}");
}

#[tokio::test]
async fn strange_requests_that_are_http_are_answered() {
    let api = start(&restaurant("strange").await, &[("SERVER__KEEP_ALIVE", "1s")]);
    for (text, status) in [
        ("GET /health/live HTTP/1.0\r\n\r\n", 200),
        ("GET /health/live HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n", 200),
        ("GET http://api/health/live HTTP/1.1\r\nHost: api\r\n\r\n", 200),
        ("OPTIONS * HTTP/1.1\r\nHost: api\r\n\r\n", 404),
        ("BREW / HTTP/1.1\r\nHost: api\r\n\r\n", 405),
        ("GET /../../etc/passwd HTTP/1.1\r\nHost: api\r\n\r\n", 404),
        ("GET /%2e%2e/%00%ff HTTP/1.1\r\nHost: api\r\n\r\n", 404),
        ("GET /health/live HTTP/1.1\r\nHost: api\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", 200),
        ("GET /health/live HTTP/1.1\r\nHost: api\r\nRange: bytes=0-1,5-\r\n\r\n", 200),
    ] {
        let said = rest(&mut say(&api, text).await).await;
        assert!(
            said.starts_with(&format!("HTTP/1.1 {status} ")) || said.starts_with("HTTP/1.0 200 "),
            "{text}: {said}"
        );
    }
}

#[tokio::test]
async fn requests_sent_at_once_are_answered_one_after_the_other() {
    let api = start(&restaurant("pipelined").await, &[("SERVER__KEEP_ALIVE", "1s")]);
    let paths = ["/health/live", "/nothing", "/api/admin/analytics/summary", "/health/live"];
    let requests: String = paths.iter().cycle().take(200).map(|path| get(path)).collect();
    let said = rest(&mut say(&api, requests).await).await;
    let statuses: Vec<&str> = said.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "404", "200", "200"].repeat(50));
}

#[tokio::test]
async fn who_hangs_up_costs_nothing() {
    let api = start(&restaurant("gone").await, &[]);
    for text in ["", "GET", &get("/api/admin/analytics/summary?limit=3"), &get("/health")] {
        for _ in 0..50 {
            drop(say(&api, text).await);
        }
    }
    // Half-closed: it has said all, and listens.
    let mut connection = say(&api, get("/health/live")).await;
    connection.shutdown().await.unwrap();
    assert!(rest(&mut connection).await.starts_with("HTTP/1.1 200 "));
    others_are_answered(&api).await;
}
