//! Who may in: callers with tokens, and those without.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::{Client, Response};
use sandbox::programs::Api;
use serde_json::Value;

use crate::support::{NOW, command, log_with, migrated, opened, start_with};

const SUMMARY: &str = "/api/admin/analytics/summary";

/// `openssl rand -base64 32`, and `printf %s TOKEN | sha256sum` of it.
const PANEL: (&str, &str) = (
    "/wYCtb7UGHemAGVIq1rVO+1F6sZFa9QZYmsY2CPvlDc=",
    "1f005220632df74053a27e37bfd91136eaff49ea3996c41ce3846b9f19e18709",
);
const TILL: (&str, &str) = (
    "TLnBXK1fHlqlgQhev9rgYJvb7iSSMaQt9oUdD06Lz0k=",
    "e28ab25bb0ac8f82f39272edd01c895513c59c37fc80a4f7b32e7e8252fb1e7c",
);

/// Asks with these `Authorization` headers.
pub(crate) async fn ask(api: &Api, path: &str, authorization: &[&[u8]]) -> Response {
    let mut request = Client::new().get(format!("{}{path}", api.address()));
    for value in authorization {
        request = request.header("authorization", *value);
    }
    request.send().await.unwrap()
}

/// Asks with a token.
pub(crate) async fn status(api: &Api, token: &str) -> u16 {
    ask(api, SUMMARY, &[format!("Bearer {token}").as_bytes()]).await.status().as_u16()
}

/// Asks with a token until the answer has this status.
pub(crate) async fn until(api: &Api, token: &str, expected: u16) {
    let give_up = Instant::now() + Duration::from_secs(60);
    while status(api, token).await != expected {
        assert!(Instant::now() < give_up, "never {expected}:\n{}", api.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn line(name: &str, (_, digest): (&str, &str)) -> String {
    format!("{name} {digest}\n")
}

/// Replaces a file in one step.
fn rename_over(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, path).unwrap();
}

async fn start_with_tokens(hint: &str, file: &Path) -> Api {
    let settings = [
        ("SERVER__NOW", NOW),
        ("AUTH__MODE", "token"),
        ("AUTH__TOKENS_FILE", file.to_str().unwrap()),
        ("LOG__LEVEL", "debug"),
    ];
    start_with(&opened(hint).await, &settings)
}

#[tokio::test]
async fn a_caller_with_a_token_is_let_in_and_named_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    fs::write(&file, format!("# who may in\n{}\n{}", line("panel", PANEL), line("till", TILL))).unwrap();
    let api = start_with_tokens("token", &file).await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let response = ask(&api, SUMMARY, &[format!("{scheme} {}", PANEL.0).as_bytes()]).await;
        assert_eq!(response.status(), 200, "{scheme}");
    }
    assert_eq!(status(&api, TILL.0).await, 200);
    let log = log_with(&api, "caller=till").await;
    assert!(log.contains("holds 2 tokens, of panel, till"), "{log}");
    assert!(log.contains("open to callers with a token"), "{log}");
    assert_eq!(log.matches("caller=panel").count(), 3, "{log}");
    for secret in [PANEL.0, PANEL.1, TILL.0, TILL.1] {
        assert!(!log.contains(secret), "{log}");
    }
}

/// As an editor of another system leaves it, in a folder that everybody writes to.
#[tokio::test]
async fn a_file_that_everybody_can_write_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    fs::write(&file, format!("\u{feff}{}", line("panel", PANEL).replace('\n', "\r\n"))).unwrap();
    let start = async |hint, mode| {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let api = start_with_tokens(hint, &file).await;
        assert_eq!(status(&api, PANEL.0).await, 200);
        log_with(&api, "listening on").await
    };
    let log = start("writable", 0o666).await;
    assert!(log.contains("can be written by every user") && log.contains("chmod o-w"), "{log}");
    assert!(!start("readable", 0o664).await.contains("can be written"));
}

#[tokio::test]
async fn a_caller_without_one_is_told_how_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    fs::write(&file, line("panel", PANEL)).unwrap();
    let api = start_with_tokens("stranger", &file).await;
    let good = format!("Bearer {}", PANEL.0);
    let unknown = format!("Bearer {}", TILL.0);
    let digest = format!("Bearer {}", PANEL.1);
    let long = format!("Bearer {}", "a".repeat(15_000));
    let cases: [(&[&[u8]], Option<&str>); 11] = [
        (&[], None),
        (&[b"Basic cGFuZWw6c2VjcmV0"], None),
        (&[PANEL.0.as_bytes()], None),
        (&[b"Bearer"], Some("malformed")),
        (&[b"Bearer a b"], Some("malformed")),
        (&[b"Bearer \xff\xfe"], Some("malformed")),
        (&[long.as_bytes()], Some("malformed")),
        (&[good.as_bytes(), good.as_bytes()], Some("malformed")),
        (&[b"Basic a", good.as_bytes()], Some("malformed")),
        (&[unknown.as_bytes()], Some("not accepted")),
        (&[digest.as_bytes()], Some("not accepted")),
    ];
    for (headers, error) in cases {
        let response = ask(&api, SUMMARY, headers).await;
        let shown = headers.first().map(|header| String::from_utf8_lossy(&header[..header.len().min(40)]));
        assert_eq!(response.status(), 401, "{shown:?}");
        let expected = error.map_or(r#"Bearer realm="restaurant-analytics""#.to_owned(), |error| {
            format!(
                r#"Bearer realm="restaurant-analytics", error="invalid_token", error_description="{error}""#
            )
        });
        assert_eq!(response.headers()["www-authenticate"], expected.as_str(), "{shown:?}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let text = response.text().await.unwrap();
        let problem: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(problem["code"], "unauthorized", "{text}");
        assert_eq!(problem["type"], "urn:restaurant-analytics:problem:unauthorized");
        assert!(!text.contains(PANEL.0) && !text.contains(TILL.0), "{text}");
    }
    let log = log_with(&api, "status=401").await;
    for secret in [PANEL.0, PANEL.1, TILL.0, "cGFuZWw6c2VjcmV0", "caller="] {
        assert!(!log.contains(secret), "{secret}\n{log}");
    }
}

#[tokio::test]
async fn what_is_closed_does_not_tell_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    fs::write(&file, line("panel", PANEL)).unwrap();
    let api = start_with_tokens("closed", &file).await;
    for path in ["/", "/health", "/health/live", "/health/ready"] {
        assert_eq!(ask(&api, path, &[]).await.status(), 200, "{path}");
    }
    let closed = [
        SUMMARY,
        "/api/admin/analytics/no-such-thing",
        "/api/admin/analytics/summary?limit=none",
        "/api",
        "/no/such/thing",
        "/metrics",
        "/health/",
        "/health/../api/admin/analytics/summary",
        "/%68ealth",
        "//health",
        "/API/ADMIN/ANALYTICS/SUMMARY",
        "/%61pi/admin/analytics/summary",
    ];
    let mut seen = Vec::new();
    for path in closed {
        // As it stands: a client library would tidy it up.
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: a\r\nx-request-id: a-1\r\nconnection: close\r\n\r\n");
        let response = raw(&api, &head);
        assert!(response.starts_with("HTTP/1.1 401 "), "{path}: {response}");
        seen.push(response.split_once("\r\n\r\n").unwrap().1.to_owned());
    }
    // What is open leads nowhere else.
    for path in ["/docs/../api/admin/analytics/summary", "/docs/%2e%2e/api/admin/analytics/summary", "/docs/"]
    {
        let response = raw(&api, &format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"));
        assert!(!response.contains("daily_summaries"), "{path}: {response}");
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
    let post = Client::new().post(format!("{}{SUMMARY}", api.address())).send().await.unwrap();
    assert_eq!(post.status(), 401);
    // Whoever is let in is told.
    let header = format!("Bearer {}", PANEL.0);
    let unknown = ask(&api, "/api/admin/analytics/no-such-thing", &[header.as_bytes()]).await;
    assert_eq!(unknown.status(), 404);
}

/// Sends bytes and returns the answer, to the end of the connection.
fn raw(api: &Api, request: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(api.address().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn tokens_change_with_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    fs::write(&file, line("panel", PANEL)).unwrap();
    let api = start_with_tokens("rotation", &file).await;
    assert_eq!((status(&api, PANEL.0).await, status(&api, TILL.0).await), (200, 401));

    rename_over(&file, &[line("panel", PANEL), line("till", TILL)].concat());
    until(&api, TILL.0, 200).await;
    assert_eq!(status(&api, PANEL.0).await, 200);

    // In place, and of the same length as before but for the name.
    fs::write(&file, line("till", TILL)).unwrap();
    until(&api, PANEL.0, 401).await;
    assert_eq!(status(&api, TILL.0).await, 200);
    log_with(&api, "has changed: it holds 1 token, of till").await;
}

#[tokio::test]
async fn a_mounted_secret_is_followed() {
    // As Kubernetes mounts one: tokens -> ..data/tokens, ..data -> a folder that is replaced.
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    for (name, text) in [("first", line("panel", PANEL)), ("second", line("till", TILL))] {
        fs::create_dir(place(name)).unwrap();
        fs::write(place(name).join("tokens"), text).unwrap();
    }
    symlink("first", place("..data")).unwrap();
    symlink("..data/tokens", place("tokens")).unwrap();
    let api = start_with_tokens("mounted", &place("tokens")).await;
    assert_eq!((status(&api, PANEL.0).await, status(&api, TILL.0).await), (200, 401));
    symlink("second", place("..data_tmp")).unwrap();
    fs::rename(place("..data_tmp"), place("..data")).unwrap();
    until(&api, TILL.0, 200).await;
    assert_eq!(status(&api, PANEL.0).await, 401);
}

#[tokio::test]
async fn a_file_that_became_unusable_changes_nothing_but_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    fs::write(&file, line("panel", PANEL)).unwrap();
    let api = start_with_tokens("unusable", &file).await;
    rename_over(&file, &format!("{}till {}\n", line("panel", PANEL), TILL.0));
    log_with(&api, "line 2 has no SHA-256 digest behind its name").await;
    assert_eq!(usable(&api).await, "analytics_credentials_usable 0");
    assert_eq!((status(&api, PANEL.0).await, status(&api, TILL.0).await), (200, 401));
    fs::remove_file(&file).unwrap();
    let log = log_with(&api, "No such file").await;
    assert!(log.contains("ERROR") && log.contains("What it held before stays in force"), "{log}");
    assert_eq!(status(&api, PANEL.0).await, 200);
    fs::write(&file, line("till", TILL)).unwrap();
    until(&api, TILL.0, 200).await;
    assert_eq!(status(&api, PANEL.0).await, 401);
    assert_eq!(usable(&api).await, "analytics_credentials_usable 1");
    assert!(!api.log().contains(TILL.0), "{}", api.log());
}

/// What a monitor is told of the file.
async fn usable(api: &Api) -> String {
    let mut text = String::new();
    for token in [PANEL.0, TILL.0] {
        let response = ask(api, "/metrics", &[format!("Bearer {token}").as_bytes()]).await;
        if response.status() == 200 {
            text = response.text().await.unwrap();
        }
    }
    text.lines().find(|line| line.starts_with("analytics_credentials_usable")).unwrap().to_owned()
}

#[tokio::test]
async fn without_usable_tokens_it_does_not_start() {
    let restaurant = migrated("refusals").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    fs::write(&file, format!("panel {}\n", PANEL.0)).unwrap();
    let path = file.to_str().unwrap();
    let token = [("AUTH__MODE", "token")];
    let cases: [(&[(&str, &str)], &str); 8] = [
        (&token, "AUTH__TOKENS_FILE is not set"),
        (
            &[token[0], ("AUTH__TOKENS_FILE", "/no/such/file")],
            "AUTH__TOKENS_FILE names /no/such/file, which cannot be read",
        ),
        (&[token[0], ("AUTH__TOKENS_FILE", "/dev/zero")], "it is not a file"),
        (&[token[0], ("AUTH__TOKENS_FILE", path)], "line 1 has no SHA-256 digest"),
        (&[token[0], ("AUTH__TOKENS", PANEL.0)], "AUTH__TOKENS cannot be used: line 1 is not a name"),
        (&[("AUTH__MODE", "basic")], "AUTH__MODE is \"basic\": write none, token or jwt"),
        (&[("AUTH__TOKENS_FILE", path)], "AUTH__MODE does not use it: set AUTH__MODE=token"),
        (
            &[("AUTH__MODE", "jwt"), ("AUTH__JWT_SECRET", "hunter2")],
            "AUTH__JWT_SECRET cannot be used: it is shorter than 32 bytes",
        ),
    ];
    for (settings, said) in cases {
        let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let refused = command(&restaurant).with(settings).run(&[]).unwrap();
        assert_eq!(refused.code, Some(78), "{said}: {}", refused.stderr);
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
        assert!(
            !refused.stderr.contains(PANEL.0) && !refused.stderr.contains("hunter2"),
            "{}",
            refused.stderr
        );
    }
}

#[tokio::test]
async fn on_any_address_it_starts_once_a_mode_is_named() {
    let restaurant = migrated("named").await;
    let tokens = format!("panel {}", PANEL.1);
    let api = start_with(
        &restaurant,
        &[("SERVER__HOST", "0.0.0.0"), ("AUTH__MODE", "token"), ("AUTH__TOKENS", &tokens)],
    );
    assert!(api.log().contains("AUTH__TOKENS holds 1 token, of panel"), "{}", api.log());
    let (_, port) =
        api.address().rsplit_once(':').map(|(host, port)| (host.to_owned(), port.to_owned())).unwrap();
    let url = format!("http://127.0.0.1:{port}{SUMMARY}");
    assert_eq!(Client::new().get(&url).send().await.unwrap().status(), 401);
    assert_eq!(Client::new().get(&url).bearer_auth(PANEL.0).send().await.unwrap().status(), 200);
}
