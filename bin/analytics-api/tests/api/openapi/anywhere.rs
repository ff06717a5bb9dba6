//! What any path may answer, and what any request may bring.

use reqwest::{Client, Method};
use serde_json::Value;

use super::answers::hold;
use super::{document, filled, object, operations, resolved};
use crate::support::{migrated, opened, start};

#[tokio::test]
async fn who_wants_to_write_is_refused_as_the_document_tells() {
    let api = start(&migrated("openapi_methods").await);
    let document = document(&api).await;
    for (path, operation) in operations(&document) {
        let request =
            Client::new().request(Method::POST, format!("{}{}", api.address(), filled(path, operation)));
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        assert_eq!(status, 405, "{path}");
        hold(&document, operation, (status, &headers, &answer.text().await.unwrap()), path);
    }
}

#[tokio::test]
async fn a_path_that_there_is_not_is_refused_as_the_document_tells_of_those_below_it() {
    let api = start(&migrated("openapi_nowhere").await);
    let document = document(&api).await;
    let with_figures = operations(&document).filter(|(path, _)| path.starts_with("/api/"));
    for (path, operation) in with_figures {
        let asked = format!("{}/", filled(path, operation));
        let (status, headers, body) = api.get_text(&asked).await.unwrap();
        assert_eq!(status, 404, "{asked}");
        hold(&document, operation, (status, &headers, &body), &asked);
    }
}

#[tokio::test]
async fn what_a_request_may_bring_is_told_and_taken() {
    let api = start(&opened("openapi_headers").await);
    let document = document(&api).await;
    for (path, operation) in operations(&document) {
        let url = format!("{}{}", api.address(), filled(path, operation));
        let plain = Client::new().get(&url).send().await.unwrap().status();
        let mut request = Client::new().get(&url);
        let mut told = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = resolved(&document, parameter);
            if parameter["in"] == "header" {
                assert_eq!(parameter["required"], false, "{path}");
                let name = parameter["name"].as_str().unwrap();
                request = request.header(name, parameter["schema"]["examples"][0].as_str().unwrap());
                told.push(name);
            }
        }
        let may_be_kept = object(&operation["responses"]).contains_key("304");
        let expected: &[&str] = &["X-Request-Id", "traceparent", "If-None-Match"];
        assert_eq!(told, expected[..if may_be_kept { 3 } else { 2 }], "{path}");
        let answer = request.send().await.unwrap();
        assert_eq!(
            (answer.status(), &answer.headers()["x-request-id"]),
            (plain, &"panel-0042".parse().unwrap())
        );
    }
    assert_eq!(object(&document["components"]["parameters"]).len(), 3);
    assert_ne!(document["components"]["responses"]["MethodNotAllowed"], Value::Null);
}
