//! The OpenAPI document, held against what the program does.

mod answers;
mod anywhere;
mod growth;
mod page;
mod schema;
mod snapshot;

use sandbox::programs::Api;
use serde_json::{Map, Value};

/// The document as the program serves it.
async fn document(api: &Api) -> Value {
    let (status, headers, document) = api.get("/openapi.json").await.unwrap();
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "application/json"));
    document
}

/// Each path of the document with its operation.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().map(|(path, item)| {
        assert_eq!(item.as_object().unwrap().keys().collect::<Vec<_>>(), ["get"], "{path}");
        (path.as_str(), &item["get"])
    })
}

/// A path with an example in place of each parameter that it has.
fn filled(path: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.filter(|parameter| parameter["in"] == "path").fold(path.to_owned(), |path, parameter| {
        assert_eq!(parameter["required"], true, "{path}");
        let name = format!("{{{}}}", parameter["name"].as_str().unwrap());
        assert!(path.contains(&name), "{path} has no {name}");
        path.replace(&name, &parameter["schema"]["examples"][0].to_string())
    })
}

/// The parameters of the query.
fn queried(operation: &Value) -> impl Iterator<Item = &Value> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.filter(|parameter| parameter["in"] == "query")
}

/// What `value` refers to, or itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        None => value,
    }
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}
