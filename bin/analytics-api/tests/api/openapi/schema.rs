//! Holds a body against a schema, and against the claim that the schema tells of every member.

use jsonschema::Validator;
use serde_json::{Value, json};

use super::{object, resolved};

/// Fails unless `body` is as `schema` of `document` says, and has no member that it does not tell of.
pub(super) fn check(document: &Value, schema: &Value, body: &Value, what: &str) {
    let whole = json!({ "allOf": [schema], "components": document["components"] });
    let validator: Validator = jsonschema::options().should_validate_formats(true).build(&whole).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}\n{body:#}");
    let untold = untold(document, schema, body, "");
    assert!(untold.is_empty(), "{what}: not in the document: {untold:?}");
}

/// The members of `body` that `schema` does not tell of.
fn untold(document: &Value, schema: &Value, body: &Value, at: &str) -> Vec<String> {
    match body {
        // Of an object of any kind nothing is told.
        Value::Object(_) if parts(document, schema).iter().all(|part| part.get("properties").is_none()) => {
            Vec::new()
        }
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| {
                let at = format!("{at}/{name}");
                let told = told(document, schema, name);
                if told.is_empty() {
                    return vec![at];
                }
                // Of several alternatives one is enough.
                let untold = told.iter().map(|schema| untold(document, schema, value, &at));
                untold.min_by_key(Vec::len).unwrap_or_default()
            })
            .collect(),
        Value::Array(elements) => {
            let items: Vec<&Value> =
                parts(document, schema).into_iter().filter_map(|schema| schema.get("items")).collect();
            let of_one = |element| {
                let untold = items.iter().map(|schema| untold(document, schema, element, at));
                untold.min_by_key(Vec::len).unwrap_or_else(|| vec![format!("{at}/*")])
            };
            elements.iter().flat_map(of_one).collect()
        }
        _ => Vec::new(),
    }
}

/// The schemas of a member, in each of the parts of `schema`.
fn told<'a>(document: &'a Value, schema: &'a Value, name: &str) -> Vec<&'a Value> {
    parts(document, schema).into_iter().filter_map(|part| part.get("properties")?.get(name)).collect()
}

/// `schema`, and all that it is put together from.
fn parts<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = resolved(document, schema);
    let inner = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array());
    let inner = inner.flatten().flat_map(|part| parts(document, part));
    [schema].into_iter().chain(inner).collect()
}

#[test]
fn a_member_that_is_not_told_of_is_found() {
    let document = json!({"components": {"schemas": {
        "Day": {"allOf": [{"$ref": "#/components/schemas/Sum"}, {"properties": {"date": {}}}]},
        "Sum": {"properties": {"total": {}}},
    }}});
    let schema = json!({"properties": {"days": {"items": {"$ref": "#/components/schemas/Day"}}}});
    let body = json!({"days": [{"date": 1, "total": 2}, {"date": 1, "colour": 3}], "more": {}});
    assert_eq!(untold(&document, &schema, &body, ""), ["/days/colour", "/more"]);
    assert_eq!(object(&body).len(), 2);
}
