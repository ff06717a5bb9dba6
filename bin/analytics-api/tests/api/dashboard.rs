//! `/dashboard`: that the page comes from here, whole, small and closed in, and asks for what there is.

use std::collections::BTreeSet;

use reqwest::{Client, Response, StatusCode};
use sandbox::programs::Api;

use crate::docs;
use crate::support::{migrated, start, start_with};

/// What a viewer on a phone may be made to wait for.
const MOST_BYTES: usize = 60_000;

/// The name of the language of pictures, which looks like an address and is none.
const SVG: &str = "http://www.w3.org/2000/svg";

async fn fetch(api: &Api, path: &str, header: (&str, &str)) -> Response {
    let request = Client::new().get(format!("{}{path}", api.address()));
    request.header(header.0, header.1).send().await.unwrap()
}

fn quoted(text: &str, before: &str) -> Vec<String> {
    text.split(before).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// The page and every file that it or one of them names, each with its text.
async fn files(api: &Api) -> Vec<(String, String)> {
    let mut wanted = vec!["/dashboard".to_owned()];
    let mut found: Vec<(String, String)> = Vec::new();
    while let Some(path) = wanted.pop() {
        if found.iter().any(|(known, _)| *known == path) {
            continue;
        }
        let (status, _, text) = api.get_text(&path).await.unwrap();
        assert_eq!(status, 200, "{path}");
        wanted.extend(quoted(&text, "from \"./").iter().map(|name| format!("/dashboard/{name}")));
        let linked = [quoted(&text, "src=\""), quoted(&text, "rel=\"stylesheet\" href=\"")].concat();
        wanted.extend(linked.iter().map(|link| format!("/{link}")));
        found.push((path, text));
    }
    found
}

#[tokio::test]
async fn the_page_and_all_that_it_is_made_of_come_from_here() {
    let api = start(&migrated("dashboard_page").await);
    let files = files(&api).await;
    assert!(files.len() > 10, "{files:?}");
    let mut bytes = 0;
    for (path, text) in &files {
        let kind = match path.rsplit_once('.').map(|(_, kind)| kind) {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            _ => "text/html; charset=utf-8",
        };
        let plain = fetch(&api, path, ("accept", "*/*")).await;
        assert_eq!(plain.headers()["content-type"], kind, "{path}");
        assert_eq!(plain.headers()["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(plain.headers()["cache-control"], "private, no-cache", "{path}");
        let etag = plain.headers()["etag"].to_str().unwrap().to_owned();
        let again = fetch(&api, path, ("if-none-match", &etag)).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        let packed = fetch(&api, path, ("accept-encoding", "gzip")).await;
        bytes += packed.bytes().await.unwrap().len();
        let own = text.replace(SVG, "");
        assert!(!own.contains("://"), "{path} names another host");
    }
    assert!(bytes < MOST_BYTES, "the page weighs {bytes} bytes");
}

#[tokio::test]
async fn the_page_runs_nothing_but_its_files() {
    let api = start(&migrated("dashboard_policy").await);
    let page = fetch(&api, "/dashboard", ("accept", "text/html")).await;
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                  connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    assert_eq!(page.headers()["content-security-policy"], policy);
    let etag = page.headers()["etag"].to_str().unwrap().to_owned();
    // A browser takes the headers of a 304 for those of what it holds.
    let again = fetch(&api, "/dashboard", ("if-none-match", &etag)).await;
    assert_eq!(again.headers()["content-security-policy"], policy);
    for (path, text) in files(&api).await {
        let inline = ["<script>", "<style", " style=", " onclick=", "innerHTML", "javascript:", "eval("];
        for piece in inline {
            assert!(!text.contains(piece), "{path} has {piece}");
        }
    }
}

#[tokio::test]
async fn without_a_token_there_is_the_page_and_no_figure() {
    let restaurant = docs::restaurant("dashboard_token").await;
    let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"; // sha256sum of "test"
    let tokens = format!("panel {digest}");
    let api = start_with(&restaurant, &[("AUTH__MODE", "token"), ("AUTH__TOKENS", &tokens)]);
    assert!(files(&api).await.len() > 10);
    for path in paths(&api).await {
        assert_eq!(fetch(&api, &path, ("accept", "*/*")).await.status(), 401, "{path}");
        let answer = fetch(&api, &path, ("authorization", "Bearer test")).await;
        assert_ne!(answer.status(), 401, "{path}");
    }
}

/// What the scripts ask the API for.
async fn paths(api: &Api) -> Vec<String> {
    let (_, _, script) = api.get_text("/dashboard/api.js").await.unwrap();
    let base = quoted(&script, "BASE = \"").remove(0);
    let named = script.split_once("PATHS = {").unwrap().1.split_once('}').unwrap().0;
    let found: Vec<String> = quoted(named, ": \"").iter().map(|path| format!("/{base}{path}")).collect();
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), 9, "{found:?}");
    found
}

#[tokio::test]
async fn what_the_page_asks_for_is_there() {
    let api = start(&docs::restaurant("dashboard_paths").await);
    for path in paths(&api).await {
        let (status, headers, body) = api.get(&path).await.unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        assert_eq!(headers["content-type"], "application/json", "{path}");
    }
}
