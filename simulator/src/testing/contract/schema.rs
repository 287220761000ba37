//! From the schemas of OpenAPI 3.0 to JSON Schema: `nullable` becomes a type, references become what
//! they point at. Everything else means the same in both.

use serde_json::{Map, Value, json};

/// `schema`, in JSON Schema's words and without references.
pub(super) fn translated(schema: &Value, document: &Value) -> Value {
    match schema {
        Value::Object(fields) => match fields.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let target = document.pointer(reference.trim_start_matches('#'));
                translated(target.unwrap_or_else(|| panic!("{reference} points nowhere")), document)
            }
            None => nullable(
                fields.iter().map(|(key, value)| (key.clone(), translated(value, document))).collect(),
            ),
        },
        Value::Array(items) => items.iter().map(|item| translated(item, document)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

fn nullable(mut fields: Map<String, Value>) -> Value {
    // A property that is called `nullable` is no boolean.
    if let Some(Value::Bool(nullable)) = fields.get("nullable").cloned() {
        fields.remove("nullable");
        if nullable && let Some(Value::String(kind)) = fields.get("type").cloned() {
            fields.insert("type".to_owned(), json!([kind, "null"]));
            if let Some(Value::Array(choices)) = fields.get_mut("enum") {
                choices.push(Value::Null);
                choices.dedup();
            }
        }
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nullable_becomes_a_type_and_a_choice_and_only_where_it_is_true() {
        for (given, expected) in [
            (json!({"type": "string", "nullable": true}), json!({"type": ["string", "null"]})),
            (json!({"type": "string", "nullable": false}), json!({"type": "string"})),
            (json!({"nullable": true}), json!({})),
            (
                json!({"type": "string", "nullable": true, "enum": ["a"]}),
                json!({"type": ["string", "null"], "enum": ["a", null]}),
            ),
            (
                json!({"type": "string", "nullable": true, "enum": ["a", null]}),
                json!({"type": ["string", "null"], "enum": ["a", null]}),
            ),
            (
                json!({"properties": {"nullable": {"type": "string"}}}),
                json!({"properties": {"nullable": {"type": "string"}}}),
            ),
        ] {
            assert_eq!(translated(&given, &Value::Null), expected, "{given}");
        }
    }

    #[test]
    fn references_become_what_they_point_at_at_any_depth() {
        let document = json!({"a": {"$ref": "#/b"}, "b": {"type": "string", "nullable": true}});
        let given = json!({"items": [{"$ref": "#/a"}]});
        assert_eq!(translated(&given, &document), json!({"items": [{"type": ["string", "null"]}]}));
    }
}
