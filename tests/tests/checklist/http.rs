//! Plain HTTP to the simulator, with its own credentials and without a socket.

use axum::{
    body::Body,
    http::{Request, header},
};
use belvo_simulator::Belvo;
use serde_json::{Value, json};
use tests::Reply;
use tower::ServiceExt;

/// `sandbox-id:sandbox-password`.
const CREDENTIALS: &str = "Basic c2FuZGJveC1pZDpzYW5kYm94LXBhc3N3b3Jk";

/// One request. The first word of `line` is the method, the second the address, and a third, if there is one,
/// the mode of the request.
pub(crate) async fn ask(belvo: &Belvo, line: &str, body: &Value) -> Reply {
    ask_as(belvo, CREDENTIALS, line, body).await
}

/// The same with any credentials.
pub(crate) async fn ask_as(belvo: &Belvo, credentials: &str, line: &str, body: &Value) -> Reply {
    let mut words = line.split(' ');
    let mut word = || words.next().unwrap_or_default();
    let request = Request::builder()
        .method(word())
        .uri(word())
        .header(header::AUTHORIZATION, credentials)
        .header("x-belvo-request-mode", word());
    let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
    let response = belvo.router().oneshot(request.body(body).unwrap()).await;
    Reply::of(response.unwrap_or_else(|never| match never {})).await
}

/// A request without a body.
pub(crate) async fn get(belvo: &Belvo, address: &str) -> Reply {
    ask(belvo, &format!("GET {address}"), &Value::Null).await
}

/// The status with the code of Belvo's first complaint, once the shape has been checked.
pub(crate) fn refusal(reply: &Reply) -> (u16, &str) {
    let complaint = &reply.json[0];
    let request_id = complaint["request_id"].as_str().unwrap_or_default();
    let hex = request_id.len() == 32 && request_id.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(hex && complaint["message"].is_string(), "{}", reply.text);
    (reply.status, complaint["code"].as_str().unwrap())
}

/// What a login for `POST /api/links/` says.
pub(crate) fn login(username: &str, external_id: &str) -> Value {
    json!({
        "institution": "erebor_mx_retail",
        "username": username,
        "password": "full",
        "external_id": external_id,
    })
}
