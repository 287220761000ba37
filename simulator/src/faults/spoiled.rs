//! Answers that are spoiled on their way out: the endpoint has done its work.

use axum::Json;
use axum::body::to_bytes;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::plan::Hit;
use super::{FaultKind, bodies, records};
use crate::api::{Refusal, rendered};
use crate::belvo::Belvo;

/// What is read of our own answers.
const MOST: usize = 64 * 1024 * 1024;

/// The answer after this fault. `address` is what was asked.
pub(super) async fn answer(belvo: &Belvo, hit: &Hit, address: &str, response: Response) -> Response {
    match hit.kind {
        FaultKind::LostAnswer => return rendered(belvo, Refusal::unexpected_error().into_response()),
        FaultKind::ObjectError => return object_error(response).await,
        _ => {}
    }
    if !response.status().is_success() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MOST).await else { return Refusal::unexpected_error().into_response() };
    head.headers.remove(axum::http::header::CONTENT_LENGTH);
    if hit.kind == FaultKind::CutBody {
        let half = bytes.slice(..bytes.len() / 2);
        return (head, bodies::cut(half)).into_response();
    }
    let Ok(mut body) = serde_json::from_slice::<Value>(&bytes) else { return (head, bytes).into_response() };
    spoil(belvo, hit, address, &mut body);
    (head, body.to_string()).into_response()
}

/// The error as an API gateway or an older Django would tell it.
async fn object_error(response: Response) -> Response {
    let status = response.status();
    if status.is_success() {
        let said = json!({"detail": "Something went wrong at Belvo."});
        return (axum::http::StatusCode::INTERNAL_SERVER_ERROR, Json(said)).into_response();
    }
    let bytes = to_bytes(response.into_body(), MOST).await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let said = body.pointer("/0/message").cloned().unwrap_or_default();
    (status, Json(json!({"detail": said}))).into_response()
}

fn spoil(belvo: &Belvo, hit: &Hit, address: &str, body: &mut Value) {
    if let FaultKind::WrongTypes = hit.kind {
        return retype(body);
    }
    let Some(fields) = body.as_object_mut() else { return };
    let Some(results) = fields.get_mut("results").and_then(Value::as_array_mut) else {
        return records::spoil(&hit.kind, fields, true);
    };
    match &hit.kind {
        FaultKind::RepeatedRecords => results.extend(results.clone()),
        FaultKind::OneBadRecord => {
            if let Some(first) = results.first_mut() {
                *first = json!({"id": 7, "status": {}});
            }
        }
        FaultKind::Drift => drift(belvo, hit, address, results),
        FaultKind::LyingCount => {
            fields.insert("count".to_owned(), json!(4_000_000_000_u64));
        }
        FaultKind::HostileNext { value } => {
            fields.insert("next".to_owned(), value.clone());
        }
        FaultKind::NextLoop => {
            fields.insert("next".to_owned(), json!(address));
        }
        kind => {
            let records = results.iter_mut().filter_map(Value::as_object_mut);
            records.for_each(|record| records::spoil(kind, record, false));
        }
    }
}

/// In turn a record was put in before this page, and one was taken out.
fn drift(belvo: &Belvo, hit: &Hit, address: &str, results: &mut Vec<Value>) {
    let first_page = !address.contains("page=") || address.ends_with("page=1") || address.contains("page=1&");
    let mut state = belvo.lock();
    let Some(planned) = state.faults.set.get_mut(hit.place) else { return };
    let last = std::mem::replace(&mut planned.last, results.last().cloned());
    if first_page || results.is_empty() {
        return;
    }
    match last {
        Some(last) if hit.number.is_multiple_of(2) => {
            results.insert(0, last);
            planned.last = results.pop();
        }
        _ => {
            results.remove(0);
        }
    }
}

/// Every value of the answer becomes one of another type.
fn retype(body: &mut Value) {
    let Some(fields) = body.as_object_mut() else { return };
    for value in fields.values_mut() {
        *value = match value {
            Value::Null | Value::Object(_) => json!([7]),
            Value::Bool(_) | Value::Number(_) => json!("seven"),
            Value::String(_) => json!(7),
            Value::Array(_) => json!({"seven": 7}),
        };
    }
}
