//! T8: bodies just under, at and just over the limit of 4 KiB.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::json;
use tests::{Reply, Story};

const LIMIT: usize = 4096;

async fn sent(story: &Story, path: &str, json: &str, length: usize) -> Reply {
    let body = json.to_owned() + &" ".repeat(length - json.len());
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("authorization", "Bearer dev:ana")
        .header("content-type", "application/json");
    story.send(request.body(Body::from(body)).expect("a request")).await
}

#[tokio::test]
async fn a_body_is_taken_up_to_its_limit_and_not_a_byte_further() {
    let story = Story::begin().await;
    let session = story.registered("ana").await.opens().await;
    let callbacks = format!("/users/me/link-sessions/{}/callbacks", session.id);

    for (path, json, good) in [
        ("/users", "{}", 200),
        ("/users/me/link-sessions", "{}", 201),
        (callbacks.as_str(), r#"{"type":"exit"}"#, 200),
    ] {
        for length in [LIMIT - 1, LIMIT] {
            assert_eq!(sent(&story, path, json, length).await.status, good, "{path} {length}");
        }
        let before = story.table().await;
        for length in [LIMIT + 1, 10 * LIMIT, 1 << 20] {
            let reply = sent(&story, path, json, length).await;
            assert_eq!((reply.refusal(), reply.flaw()), ((413, "body_too_large"), None), "{path} {length}");
        }
        assert_eq!(story.table().await, before);
    }
}

#[tokio::test]
async fn a_method_that_a_route_does_not_have_is_told_which_it_has() {
    let story = Story::begin().await;

    for (path, allowed) in [
        ("/users", "POST"),
        ("/users/me/links", "GET,HEAD"),
        ("/users/me/links/any/claim", "POST"),
        ("/users/me/link-sessions", "POST"),
    ] {
        let reply = story.call(Method::PUT, path, "dev:ana", &json!({})).await;
        assert_eq!(reply.refusal(), (405, "method_not_allowed"), "{path}");
        assert_eq!(reply.header("allow"), allowed, "{path}");
    }
}
