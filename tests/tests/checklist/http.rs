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
    let mut words = line.split(' ');
    let mut word = || words.next().unwrap_or_default();
    let request = Request::builder()
        .method(word())
        .uri(word())
        .header(header::AUTHORIZATION, CREDENTIALS)
        .header("x-belvo-request-mode", word());
    let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
    let response = belvo.router().oneshot(request.body(body).unwrap()).await;
    Reply::of(response.unwrap_or_else(|never| match never {})).await
}

/// A request without a body.
pub(crate) async fn get(belvo: &Belvo, address: &str) -> Reply {
    ask(belvo, &format!("GET {address}"), &Value::Null).await
}

/// The status with the code of Belvo's first complaint.
pub(crate) fn refusal(reply: &Reply) -> (u16, &str) {
    (reply.status, reply.json[0]["code"].as_str().unwrap_or_default())
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
