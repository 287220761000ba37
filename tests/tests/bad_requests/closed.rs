//! T19: a route that lost its authorizer stays closed.

use axum::{Router, body::Body, http::Request};
use tests::{Reply, Story};
use tower::ServiceExt;

/// The functions themselves, without the edge that stands for API Gateway.
fn functions(story: &Story) -> [(Router, &'static str, &'static str); 5] {
    let cli::stack::Stack { store, provider, ambient, policy, key, widget, .. } = story.world.stack.clone();
    let register = register_user::router(register_user::Deps {
        users: store.clone(),
        ambient: ambient.clone(),
        key: key.clone(),
    });
    let links = user_links::router(user_links::Deps {
        store: store.clone(),
        provider: provider.clone(),
        ambient: ambient.clone(),
        policy: policy.clone(),
        key: key.clone(),
        widget,
    });
    let callback = widget_callback::router(widget_callback::Deps { store, provider, ambient, policy, key });
    [
        (register, "POST", "/users"),
        (links.clone(), "POST", "/users/me/link-sessions"),
        (links.clone(), "GET", "/users/me/links"),
        (links, "POST", "/users/me/links/0b6a1f3e-6c1d-4c0e-9d5e-3f2a1b0c9d8e/claim"),
        (callback, "POST", "/users/me/link-sessions/ls_aaaaaaaaaaaaaaaaaaaaaaaaaaaa/callbacks"),
    ]
}

#[tokio::test]
async fn without_an_authorizers_context_every_route_refuses_even_a_valid_token() {
    let story = Story::begin().await;
    story.registered("ana").await;
    let before = story.table().await;

    for (function, method, path) in functions(&story) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", "Bearer dev:ana")
            .header("content-type", "application/json");
        let request = request.body(Body::from(r#"{"type":"exit"}"#)).expect("a request");
        let response = function.oneshot(request).await.unwrap_or_else(|never| match never {});
        let reply = Reply::of(response).await;

        assert_eq!(reply.refusal(), (401, "unauthenticated"), "{method} {path}");
        assert_eq!(reply.header("content-type"), "application/problem+json");
    }

    assert_eq!(story.table().await, before);
}

#[tokio::test]
async fn with_a_context_that_carries_no_claims_every_route_refuses_too() {
    let story = Story::begin().await;

    for (function, method, path) in functions(&story) {
        let mut request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
        let context = adapters::http::request_context(request.method(), path, "request-1", None);
        request.extensions_mut().insert(context.expect("a context"));
        let response = function.oneshot(request).await.unwrap_or_else(|never| match never {});
        let reply = Reply::of(response).await;

        assert_eq!(reply.flaw(), None, "{method} {path}");
        assert_eq!(reply.refusal(), (401, "unauthenticated"), "{method} {path}");
        assert_eq!(reply.json["request_id"], "request-1");
    }
}
