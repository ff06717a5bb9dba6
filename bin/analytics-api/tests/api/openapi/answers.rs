//! Every answer is as the document tells: status, media type, headers and each member of the body.

use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use sandbox::programs::Api;
use serde_json::Value;

use super::{document, filled, object, operations, queried, resolved, schema};
use crate::docs;
use crate::support::{NOW, migrated, opened, start, start_with};

/// What may be asked of an operation: nothing, and each legal value of each parameter that the document tells of, or one
/// at each bound.
fn legal(operation: &Value) -> Vec<String> {
    let mut queries = vec![String::new()];
    for parameter in queried(operation) {
        let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
        let listed = ["enum", "examples"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
        let bounds = ["minimum", "maximum", "default"].into_iter().map(|key| &schema[key]);
        for value in listed.chain(bounds).filter(|value| !value.is_null()) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            queries.push(format!("?{name}={value}"));
            queries.push(format!("?{name}={value}&format=csv"));
        }
    }
    queries
}

/// The same for what is not legal, with the parameter that is to blame.
fn illegal(operation: &Value) -> Vec<(String, String)> {
    let mut queries = Vec::new();
    for parameter in queried(operation) {
        let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
        let below = schema["minimum"].as_i64().map(|minimum| (minimum - 1).to_string());
        let above = schema["maximum"].as_i64().map(|maximum| (maximum + 1).to_string());
        let rubbish = ["", "rubbish", "%00", "1e3", "2026-13-01"].map(str::to_owned);
        for value in rubbish.into_iter().chain(below).chain(above) {
            queries.push((format!("?{name}={value}"), name.to_owned()));
        }
    }
    queries
}

/// Asks for a path and holds the answer against its operation; returns its status and body.
async fn ask(api: &Api, document: &Value, path: &str, operation: &Value, query: &str) -> (u16, String) {
    let asked = format!("{path}{query}");
    let (status, headers, body) = api.get_text(&asked).await.unwrap();
    hold(document, operation, (status, &headers, &body), &asked);
    (status, body)
}

/// Holds an answer against its operation.
pub(super) fn hold(
    document: &Value,
    operation: &Value,
    (status, headers, body): (u16, &HeaderMap, &str),
    asked: &str,
) {
    let responses = object(&operation["responses"]);
    let told = responses.get(&status.to_string());
    assert!(told.is_some(), "{asked}: {status} is not told of");
    let told = resolved(document, told.unwrap());
    for name in told.get("headers").map(object).into_iter().flat_map(|headers| headers.keys()) {
        // It says for how long the database has been away, which it is not.
        assert!(headers.contains_key(name) || name == "Age", "{asked}: {status} has no {name}");
    }
    let media_type = headers[CONTENT_TYPE].to_str().unwrap();
    let kind = media_type.split(';').next().unwrap();
    let content = object(&told["content"]).iter().find(|(told, _)| told.split(';').next().unwrap() == kind);
    assert!(content.is_some(), "{asked}: {status} as {media_type} is not told of");
    let (_, content) = content.unwrap();
    if kind.ends_with("json") {
        schema::check(document, &content["schema"], &serde_json::from_str(body).unwrap(), asked);
    } else {
        assert_eq!(content["schema"]["type"], "string", "{asked}");
    }
    if kind == "text/csv" {
        let columns: Vec<String> =
            body.lines().next().unwrap().split(',').map(|name| format!("`{name}`")).collect();
        let told = content["schema"]["description"].as_str().unwrap();
        assert!(told.contains(&format!(": {}.", columns.join(", "))), "{asked}: {columns:?} in {told}");
    }
}

/// Asks for everything that the document says may be asked for.
async fn ask_everything(api: &Api, figures: u16) {
    let document = document(api).await;
    for (path, operation) in operations(&document) {
        let with_figures = path.starts_with("/api/");
        let asked = &filled(path, operation);
        // What the example names may not be there.
        let is_missing = |status| status == 404 && figures == 200 && asked != path;
        for query in legal(operation) {
            let (status, _) = ask(api, &document, asked, operation, &query).await;
            assert!(
                !with_figures || status == figures || is_missing(status),
                "{path}{query}: {status}\n{}",
                api.log()
            );
        }
        for (query, parameter) in illegal(operation) {
            let (status, body) = ask(api, &document, asked, operation, &query).await;
            let problem: Value = serde_json::from_str(&body).unwrap();
            assert_eq!((status, problem["parameter"].as_str()), (422, Some(&*parameter)), "{path}{query}");
        }
    }
}

#[tokio::test]
async fn answers_are_as_the_document_tells() {
    let api = start(&docs::restaurant("openapi_answers").await);
    ask_everything(&api, 200).await;
    let known = api.get("/api/admin/analytics/items/7").await.unwrap();
    assert_eq!(known.0, 200, "the example of an item is one that was sold");
}

#[tokio::test]
async fn so_are_those_of_a_service_that_has_nothing_yet() {
    ask_everything(&start(&opened("openapi_opened").await), 200).await;
    ask_everything(&start(&migrated("openapi_migrated").await), 200).await;
}

#[tokio::test]
async fn so_are_those_without_a_database() {
    let restaurant = opened("openapi_away").await;
    let nowhere = [("SERVER__NOW", NOW), ("ANALYTICS_DATABASE__PORT", "1")];
    ask_everything(&start_with(&restaurant, &nowhere), 503).await;
}

#[tokio::test]
async fn examples_are_real_answers() {
    let api = start(&docs::restaurant("openapi_examples").await);
    let document = document(&api).await;
    let mut compared = 0;
    for (path, operation) in operations(&document) {
        for (media_type, content) in object(&operation["responses"]["200"]["content"]) {
            for example in
                content.get("examples").map(object).into_iter().flat_map(|examples| examples.values())
            {
                let asked = example["summary"].as_str().unwrap().strip_prefix("GET ").unwrap();
                assert!(asked.starts_with(&filled(path, operation)), "{asked}");
                let wanted = if media_type == "text/csv" { "format=csv" } else { "" };
                let asked = format!("{asked}{}{wanted}", if asked.contains('?') { "&" } else { "?" });
                let (_, _, body) = api.get_text(&asked).await.unwrap();
                let answer = serde_json::from_str(&body).unwrap_or(Value::String(body));
                assert_eq!(example["value"], answer, "{asked}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 34);
}

#[tokio::test]
async fn what_a_client_holds_is_not_sent_again() {
    let api = start(&docs::restaurant("openapi_held").await);
    let document = document(&api).await;
    let client = reqwest::Client::new();
    for (path, operation) in operations(&document) {
        let url = format!("{}{}", api.address(), filled(path, operation));
        let first = client.get(&url).send().await.unwrap();
        let told = operation["responses"].get("304");
        assert_eq!(first.headers().contains_key(ETAG), told.is_some(), "{path}");
        let Some(told) = told else { continue };
        let second =
            client.get(&url).header(IF_NONE_MATCH, first.headers()[ETAG].clone()).send().await.unwrap();
        assert_eq!(second.status(), 304, "{path}");
        for name in object(&told["headers"]).keys() {
            assert!(second.headers().contains_key(name), "{path} has no {name}");
        }
    }
}
