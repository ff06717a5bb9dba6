//! docs/openapi.json is the document, and only grows.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::{document, filled, growth::lost, object, operations};
use crate::http::PATHS;
use crate::support::{migrated, program, start_with};

const COMMITTED: &str = include_str!("../../../../../docs/openapi.json");

fn committed() -> Value {
    serde_json::from_str(COMMITTED).unwrap()
}

/// The document as the program prints it.
fn printed() -> String {
    let output = Command::new(program()).arg("--openapi").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn it_only_grows() {
    let lost = lost(&committed(), &serde_json::from_str(&printed()).unwrap());
    assert!(
        lost.is_empty(),
        "clients may rely on what docs/openapi.json tells of, and the program does not do so any more:\n{}",
        lost.join("\n")
    );
}

#[test]
fn it_is_current() {
    assert!(COMMITTED == printed(), "docs/openapi.json is not what the program prints: run `make openapi`");
}

/// Generators of clients leave out a part that may be null as a whole, and what is in it.
#[test]
fn what_has_several_parts_has_all_of_them() {
    let document = committed();
    for (name, schema) in object(&document["components"]["schemas"]) {
        for part in schema["allOf"].as_array().into_iter().flatten() {
            assert!(part.get("$ref").is_some() || part["type"] == "object", "{name}: {part}");
        }
    }
}

#[test]
fn it_tells_of_every_path_and_of_no_other() {
    let document = committed();
    let told: BTreeSet<&str> = operations(&document).map(|(path, _)| path).collect();
    assert_eq!(told, BTreeSet::from(PATHS));
    let names: BTreeSet<&str> =
        operations(&document).map(|(_, operation)| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), PATHS.len(), "each operation has a name of its own");
}

#[tokio::test]
async fn it_asks_for_a_token_where_the_program_does() {
    let restaurant = migrated("openapi_modes").await;
    let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"; // sha256sum of "test"
    let tokens = format!("panel {digest}");
    let closed = start_with(&restaurant, &[("AUTH__MODE", "token"), ("AUTH__TOKENS", &tokens)]);
    let told = document(&closed).await;
    assert_eq!(told["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    for (path, operation) in operations(&told) {
        let (status, headers, _) = closed.get(&filled(path, operation)).await.unwrap();
        let is_closed = operation["security"] == serde_json::json!([{"bearer": []}]);
        assert_eq!(status == 401, is_closed, "{path}");
        assert_eq!(operation["responses"].get("401").is_some(), is_closed, "{path}");
        assert_eq!(headers.contains_key("www-authenticate"), is_closed, "{path}");
    }
    let open = start_with(&restaurant, &[]);
    let told = document(&open).await;
    assert_eq!(told["components"].get("securitySchemes"), None);
    for (path, operation) in operations(&told) {
        assert_eq!(operation["responses"].get("401"), None, "{path}");
        assert_ne!(open.get(&filled(path, operation)).await.unwrap().0, 401, "{path}");
    }
}
