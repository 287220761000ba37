//! Holds every answer that a test gets from our API against its description, `openapi.json`: a status that the route
//! is said to give, its media type, and a body without a field too many or too few.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::http::Method;
use jsonschema::Validator;
use serde_json::{Map, Value};

use crate::Reply;

/// The paths, each with its methods.
static DESCRIBED: LazyLock<BTreeMap<String, BTreeMap<String, Statuses>>> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(user_links::DOCUMENT).expect("openapi.json is JSON");
    let operations = |path: &Value| {
        let operations = path.as_object().expect("operations").iter();
        operations.map(|(method, told)| (method.to_uppercase(), statuses(told, &document))).collect()
    };
    let paths = document["paths"].as_object().expect("paths").iter();
    paths.map(|(path, item)| (path.clone(), operations(item))).collect()
});

/// The statuses of a route, each with its media type and body.
type Statuses = BTreeMap<u16, (String, Validator)>;

fn statuses(operation: &Value, document: &Value) -> Statuses {
    let answer = |answer: &Value| {
        let (media_type, content) = answer["content"].as_object()?.iter().next()?;
        let schema = closed(&content["schema"], document);
        Some((media_type.clone(), jsonschema::validator_for(&schema).expect("a schema")))
    };
    let responses = operation["responses"].as_object().expect("responses").iter();
    responses.filter_map(|(status, told)| Some((status.parse().ok()?, answer(told)?))).collect()
}

/// `schema` without references, its parts put together, and closed to fields that it does not name.
fn closed(schema: &Value, document: &Value) -> Value {
    match schema {
        Value::Object(fields) => match fields.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let target = document.pointer(reference.trim_start_matches('#'));
                closed(target.unwrap_or_else(|| panic!("{reference} points nowhere")), document)
            }
            None => {
                together(fields.iter().map(|(key, value)| (key.clone(), closed(value, document))).collect())
            }
        },
        Value::Array(items) => items.iter().map(|item| closed(item, document)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

fn together(mut fields: Map<String, Value>) -> Value {
    let parts = match fields.remove("allOf") {
        Some(Value::Array(parts)) => parts,
        _ => Vec::new(),
    };
    for (key, value) in parts.into_iter().filter_map(|part| part.as_object().cloned()).flatten() {
        match (fields.get_mut(&key), value) {
            (Some(Value::Object(here)), Value::Object(more)) => here.extend(more),
            (Some(Value::Array(here)), Value::Array(more)) => here.extend(more),
            (_, value) => drop(fields.insert(key, value)),
        }
    }
    if fields.get("properties").is_some_and(Value::is_object) {
        fields.entry("additionalProperties").or_insert(Value::Bool(false));
    }
    Value::Object(fields)
}

/// What the description does not say of this answer; nothing, if it is as described.
pub fn flaw(method: &Method, path: &str, reply: &Reply) -> Option<String> {
    if method == Method::HEAD {
        return None; // what GET answers, without a body to look at
    }
    let Some(methods) = DESCRIBED.iter().find(|(template, _)| fits(template, path)).map(|(_, told)| told)
    else {
        return (reply.refusal() != (404, "not_found"))
            .then(|| format!("{path} is no path, yet: {}", reply.text));
    };
    let Some(statuses) = methods.get(method.as_str()) else {
        return (reply.status != 405).then(|| format!("{method} {path} is not described: {}", reply.text));
    };
    let Some((media_type, body)) = statuses.get(&reply.status) else {
        return Some(format!("{method} {path} is not said to answer {}: {}", reply.status, reply.text));
    };
    if reply.header("content-type") != media_type {
        return Some(format!("{method} {path}: {} is no {media_type}", reply.header("content-type")));
    }
    let wrong = body.validate(&reply.json).err()?;
    Some(format!("{method} {path}: {wrong} at {}: {}", wrong.instance_path(), reply.text))
}

/// Whether the router would take this path for that one: it lets a part be empty, but not the last.
fn fits(template: &str, path: &str) -> bool {
    let parts = template.split('/').zip(path.split('/'));
    let same = |(named, said): (&str, &str)| named == said || named.starts_with('{');
    template.split('/').count() == path.split('/').count()
        && !path.ends_with('/')
        && parts.into_iter().all(same)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use serde_json::json;

    use super::*;

    fn reply(status: u16, media_type: &'static str, json: Value) -> Reply {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", media_type.parse().expect("a media type"));
        Reply { status, headers, text: json.to_string(), json }
    }

    fn said(reply: &Reply) -> String {
        flaw(&Method::GET, "/users/me/links", reply).unwrap_or_default()
    }

    #[test]
    fn an_answer_that_is_not_as_described_is_found() {
        let link = json!({
            "link_id": "0b6a1f3e-0000-4000-8000-00000000000a", "institution": "erebor_mx_retail", "status": "valid",
            "state": "active", "access_mode": null, "created_at": null, "last_observed_at": "2026-03-02T10:00:00Z",
        });
        let links = |link: &Value| reply(200, "application/json", json!({"links": [link]}));
        assert_eq!(said(&links(&link)), "");
        let with = |name: &str, value: Value| {
            let mut other = link.clone();
            other[name] = value;
            said(&links(&other))
        };
        assert!(with("institution_user_id", json!("secret")).contains("institution_user_id"));
        assert!(with("state", json!("lost")).contains("lost"));
        assert!(with("link_id", json!("1")).contains("/links/0/link_id"));
        assert!(
            said(&reply(201, "application/json", json!({"links": []}))).contains("not said to answer 201")
        );
        assert!(said(&reply(200, "text/plain", json!({"links": []}))).contains("is no application/json"));
        let unknown = flaw(&Method::PUT, "/users/me/links", &links(&link)).unwrap_or_default();
        assert!(unknown.contains("not described"), "{unknown}");
        let nowhere = flaw(&Method::GET, "/elsewhere", &links(&link)).unwrap_or_default();
        assert!(nowhere.contains("no path"), "{nowhere}");
    }

    #[test]
    fn a_problem_has_only_the_codes_of_its_status() {
        let problem = |code: &str| {
            reply(
                404,
                "application/problem+json",
                json!({"type": "about:blank", "title": "Not Found", "status": 404, "code": code, "detail": "none",
                    "request_id": "r-1"}),
            )
        };
        assert_eq!(said(&problem("not_found")), "");
        assert!(said(&problem("forbidden")).contains("forbidden"));
    }
}
