//! A handler that panics, which no route of the program does: over a socket, as the program serves its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Mutex, Once};
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer};
use chrono::DateTime;
use domain::analytics_db::answers::Header;
use log::{LevelFilter, Log, Metadata, Record};
use runtime::logging::report_panics;
use serde_json::Value;

use super::*;
use crate::auth::Authenticator;
use crate::cors::Cors;
use crate::gate::Gate;
use crate::kept::Answers;
use crate::names::Names;
use crate::routes;

/// What is logged, with the id of the request that it is logged for.
struct Captured(Mutex<Vec<(String, Option<String>)>>);

static CAPTURED: Captured = Captured(Mutex::new(Vec::new()));

impl Log for Captured {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let request = Correlation::current().map(|current| current.request_id.as_str().to_owned());
        self.0.lock().unwrap().push((record.args().to_string(), request));
    }

    fn flush(&self) {}
}

fn capture() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        log::set_logger(&CAPTURED).unwrap();
        log::set_max_level(LevelFilter::Info);
        report_panics();
    });
}

async fn panics() -> HttpResponse {
    actix_web::rt::task::yield_now().await;
    panic!("on purpose")
}

/// Sends a request and reads its answer: the head, with names in lower case, and the body.
fn ask(connection: &mut TcpStream, path: &str, id: &str) -> (String, String) {
    write!(connection, "GET {path} HTTP/1.1\r\nhost: a\r\nx-request-id: {id}\r\n\r\n").unwrap();
    let mut reader = BufReader::new(connection);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "closed after {head:?}");
    }
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

#[actix_web::test]
async fn a_panic_is_answered_logged_and_counted_and_the_connection_goes_on() {
    capture();
    let metrics = Arc::new(Metrics::new(DateTime::UNIX_EPOCH, None).unwrap());
    let shared = Arc::clone(&metrics);
    let server = HttpServer::new(move || {
        let gate = Gate::new(Names::Own, Authenticator::Open, Cors::new(&[]), Arc::clone(&shared));
        App::new()
            .service(routes::get("/panics", panics))
            .service(routes::get("/works", async || HttpResponse::Ok().body("it does")))
            .wrap(gate)
            .wrap(Observe(Arc::clone(&shared)))
    });
    let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);

    let asked = actix_web::rt::task::spawn_blocking(move || {
        let mut connection = TcpStream::connect(address).unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let failed = ask(&mut connection, "/panics", "doomed-1");
        (failed, ask(&mut connection, "/works", "lucky-1"))
    });
    let ((head, body), works) = asked.await.unwrap();
    handle.stop(true).await;
    running.await.unwrap().unwrap();

    assert!(head.starts_with("http/1.1 500 "), "{head}");
    for header in [
        "content-type: application/problem+json",
        "x-request-id: doomed-1",
        "x-content-type-options: nosniff",
    ] {
        assert!(head.contains(header), "{header}: {head}");
    }
    let problem: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(problem["code"], "internal_error");
    assert_eq!(problem["instance"], "urn:restaurant-analytics:request:doomed-1");
    assert!(!body.contains("on purpose"), "{body}");
    assert!(works.0.starts_with("http/1.1 200 ") && works.1 == "it does", "{works:?}");

    let lines = CAPTURED.0.lock().unwrap().clone();
    let told = lines.iter().filter(|(line, _)| line.contains("a panic") && line.contains("on purpose"));
    let told: Vec<_> = told.map(|(_, request)| request.as_deref()).collect();
    assert_eq!(told, [Some("doomed-1")], "{lines:?}");
    let now = DateTime::UNIX_EPOCH;
    let answers = Answers::new(0, metrics.cache().clone());
    let text = metrics.text(&Header::default(), false, &answers, now).unwrap();
    for sample in [
        "analytics_panics_total 1",
        "analytics_http_requests_total{method=\"GET\",route=\"/panics\",status=\"500\"} 1",
        "analytics_http_requests_total{method=\"GET\",route=\"/works\",status=\"200\"} 1",
        "analytics_http_problems_total{code=\"internal_error\"} 1",
        "analytics_http_requests_in_flight 0",
    ] {
        assert!(text.lines().any(|line| line == sample), "{sample}\n{text}");
    }
}
