//! A web client for this machine: what a widget, or a person who looks at Belvo, asks over HTTP.

use axum::body::Bytes;
use axum::http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;

/// One request in JSON; null sends no body. Gives the status and the body.
pub async fn ask(method: Method, url: &str, authorization: Option<&str>, body: &Value) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(url).header("content-type", "application/json");
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    let client = Client::builder(TokioExecutor::new()).build_http();
    let asked = client.request(request.body(Full::new(body)).expect("a request")).await;
    let answer = asked.unwrap_or_else(|error| panic!("{url}: {error}"));
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.expect("a whole answer").to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}
