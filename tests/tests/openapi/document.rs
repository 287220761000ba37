//! The document itself: what is committed is what the code says, and anybody gets it.

use axum::{body::Body, http::Request};
use serde_json::Value;
use tests::Story;

#[test]
fn the_committed_document_is_what_the_code_says() {
    let says = cli::openapi::document().expect("JSON");
    let committed = user_links::DOCUMENT.trim_end();
    assert!(
        says == committed,
        "openapi.json has drifted: cargo run -- openapi >target/openapi.json && mv target/openapi.json ."
    );
}

#[tokio::test]
async fn anybody_gets_the_document_and_may_keep_it() {
    let story = Story::begin().await;
    let request = Request::get("/openapi.json").body(Body::empty()).expect("a request");
    let reply = story.send(request).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    assert_eq!(reply.header("cache-control"), "public, max-age=3600");
    assert_eq!(reply.text, user_links::DOCUMENT);
}

#[test]
fn every_request_with_a_body_has_an_example() {
    let document: Value = serde_json::from_str(user_links::DOCUMENT).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.values().flat_map(|path| path.as_object().expect("operations").values());
    let bodies = operations.filter_map(|operation| operation.get("requestBody"));
    let examples = bodies.map(|body| body["content"]["application/json"]["examples"].as_object());
    let examples: Vec<_> = examples.map(|examples| examples.map_or(0, serde_json::Map::len)).collect();
    assert!(examples.len() > 2 && examples.iter().all(|count| *count > 0), "{examples:?}");
}

#[test]
fn every_reference_leads_somewhere() {
    let document: Value = serde_json::from_str(user_links::DOCUMENT).expect("JSON");
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 20, "the search finds them");
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("within the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    references.extend(value.get("$ref").and_then(Value::as_str));
    let members = value.as_object().into_iter().flat_map(serde_json::Map::values);
    members.chain(value.as_array().into_iter().flatten()).for_each(|inner| collect(inner, references));
}
