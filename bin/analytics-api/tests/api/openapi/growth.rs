//! What a newer document must not take from those who rely on an older one.

use serde_json::Value;

/// Texts for people, and examples: they may change.
const WORDS: [&str; 7] = ["description", "summary", "example", "examples", "title", "info", "tags"];

/// What `newer` lacks, or asks for, that `older` does not: each a place and what happened there.
pub(super) fn lost(older: &Value, newer: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(older, newer, "", &mut found);
    found
}

fn compare(older: &Value, newer: &Value, at: &str, found: &mut Vec<String>) {
    match (older, newer) {
        (Value::Object(older), Value::Object(newer)) => {
            for (name, value) in older.iter().filter(|(name, _)| is_relied_on(name, at)) {
                let at = format!("{at}/{name}");
                match (newer.get(name), name.as_str()) {
                    (None, _) => found.push(format!("{at} is gone")),
                    (Some(newer), "parameters") => parameters(value, newer, &at, found),
                    (Some(newer), "minimum") if newer.as_i64() <= value.as_i64() => {}
                    (Some(newer), "maximum") if newer.as_i64() >= value.as_i64() => {}
                    (Some(newer), _) => compare(value, newer, &at, found),
                }
            }
        }
        // Sets: of required members, of enum values, of alternatives.
        (Value::Array(older), Value::Array(newer)) => {
            for element in older {
                let smallest_loss = newer.iter().map(|other| lost(element, other)).min_by_key(Vec::len);
                match smallest_loss {
                    Some(loss) if loss.is_empty() => {}
                    Some(loss) if element.is_object() => {
                        found.extend(loss.into_iter().map(|loss| format!("{at}{loss}")));
                    }
                    _ => found.push(format!("{at} has no {element} any more")),
                }
            }
        }
        (older, newer) if older == newer => {}
        (older, newer) => found.push(format!("{at} was {older} and is {newer}")),
    }
}

/// Parameters by name, or by what they refer to. A new one must not be required.
fn parameters(older: &Value, newer: &Value, at: &str, found: &mut Vec<String>) {
    let (older, newer) = (named(older), named(newer));
    for (name, parameter) in &older {
        match newer.iter().find(|(other, _)| other == name) {
            Some((_, other)) => {
                let at = format!("{at}/{name}");
                compare(parameter, other, &at, found);
                found.extend(narrowed(&parameter["schema"], &other["schema"], &at));
            }
            None => found.push(format!("{at}/{name} is gone")),
        }
    }
    let is_new = |name: &Value| !older.iter().any(|(other, _)| other == name);
    let required = newer.iter().filter(|(name, parameter)| is_new(name) && parameter["required"] == true);
    found.extend(required.map(|(name, _)| format!("{at}/{name} is new and required")));
}

/// The parameters of an operation, or those that operations refer to.
fn named(parameters: &Value) -> Vec<(Value, &Value)> {
    match parameters {
        Value::Object(shared) => shared.iter().map(|(name, one)| (name.as_str().into(), one)).collect(),
        own => {
            let name = |one: &Value| one.get("name").unwrap_or(&one["$ref"]).clone();
            own.as_array().unwrap().iter().map(|one| (name(one), one)).collect()
        }
    }
}

/// What is asked of a parameter's values that was not asked before.
fn narrowed(older: &Value, newer: &Value, at: &str) -> Vec<String> {
    let bounds = ["enum", "format", "maximum", "maxLength", "minimum", "minLength", "pattern"];
    let is_new = |bound: &&str| older.get(bound).is_none() && newer.get(bound).is_some();
    bounds.into_iter().filter(is_new).map(|bound| format!("{at} is bounded by {bound} now")).collect()
}

/// A member of the name of a word may be a property, which is relied on.
fn is_relied_on(name: &str, at: &str) -> bool {
    at.ends_with("/properties") || !WORDS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn document() -> Value {
        json!({
            "paths": {"/a": {"get": {
                "description": "Words.",
                "parameters": [
                    {"name": "limit", "required": false, "schema": {"minimum": 1, "maximum": 9}},
                    {"$ref": "#/components/parameters/X-A"},
                ],
                "responses": {"200": {"$ref": "#/r"}},
            }}},
            "components": {
                "parameters": {"X-A": {"name": "X-A", "required": false, "schema": {"type": "string"}}},
                "schemas": {"A": {
                    "required": ["title"],
                    "properties": {"title": {"type": "string", "enum": ["x", "y"]}},
                    "oneOf": [{"$ref": "#/b"}, {"type": "null"}],
                }},
            },
        })
    }

    // Each is one change to the document, and what it takes from those who rely on it.
    #[rstest]
    #[case("/paths/~1a", Value::Null, "/paths//a was")]
    #[case("/paths/~1a/get/description", json!("Other words."), "")]
    #[case("/paths/~1a/get/parameters/0/name", json!("count"), "/paths//a/get/parameters/\"limit\" is gone")]
    #[case("/paths/~1a/get/parameters/0/required", json!(true), "/paths//a/get/parameters/\"limit\"/required was false")]
    #[case("/paths/~1a/get/parameters/0/schema/maximum", json!(8), "/paths//a/get/parameters/\"limit\"/schema/maximum was 9")]
    #[case("/paths/~1a/get/parameters/0/schema/maximum", json!(10), "")]
    #[case("/paths/~1a/get/parameters/0/schema/minimum", json!(2), "/paths//a/get/parameters/\"limit\"/schema/minimum was 1")]
    #[case("/paths/~1a/get/parameters/0/schema", json!({"minimum": 1, "maximum": 9, "enum": [2]}), "/paths//a/get/parameters/\"limit\" is bounded by enum now")]
    #[case("/paths/~1a/get/parameters/1/$ref", json!("#/b"), "/paths//a/get/parameters/\"#/components/parameters/X-A\" is gone")]
    #[case("/components/parameters/X-A/schema/pattern", json!("a"), "/components/parameters/\"X-A\" is bounded by pattern now")]
    #[case("/components/parameters/X-A/required", json!(true), "/components/parameters/\"X-A\"/required was false")]
    #[case("/paths/~1a/get/responses", json!({"201": {}}), "/paths//a/get/responses/200 is gone")]
    #[case("/components/schemas/A/required", json!([]), "/components/schemas/A/required has no \"title\" any more")]
    #[case("/components/schemas/A/properties", json!({"name": {}}), "/components/schemas/A/properties/title is gone")]
    #[case("/components/schemas/A/properties/title/enum", json!(["x", "y", "z"]), "")]
    #[case("/components/schemas/A/properties/title/enum", json!(["x", "z"]), "/components/schemas/A/properties/title/enum has no \"y\" any more")]
    #[case("/components/schemas/A/properties/title/type", json!("integer"), "/components/schemas/A/properties/title/type was \"string\"")]
    #[case("/components/schemas/A/oneOf", json!([{"type": "null"}, {"$ref": "#/c"}, {"$ref": "#/b"}]), "")]
    #[case("/components/schemas/A/oneOf", json!([{"$ref": "#/c"}]), "/components/schemas/A/oneOf/$ref was")]
    fn what_clients_rely_on_stays(#[case] place: &str, #[case] value: Value, #[case] loss: &str) {
        let mut newer = document();
        match (newer.pointer_mut(place), place.rsplit_once('/').unwrap()) {
            (Some(there), _) => *there = value,
            (None, (parent, name)) => newer.pointer_mut(parent).unwrap()[name] = value,
        }
        let found = lost(&document(), &newer);
        assert_eq!(found.is_empty(), loss.is_empty(), "{found:?}");
        assert!(loss.is_empty() || found[0].starts_with(loss), "{found:?}");
    }

    #[test]
    fn a_new_parameter_may_be_left_out() {
        let with = |required: bool| {
            let mut newer = document();
            let parameters = newer.pointer_mut("/paths/~1a/get/parameters").unwrap().as_array_mut().unwrap();
            parameters.push(json!({"name": "colour", "required": required}));
            lost(&document(), &newer)
        };
        assert!(with(false).is_empty());
        assert_eq!(with(true), ["/paths//a/get/parameters/\"colour\" is new and required"]);
    }
}
