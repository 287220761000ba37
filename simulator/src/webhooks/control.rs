//! Webhooks in the control API: who is told, what goes wrong, what became of each delivery, and a way
//! to send any event.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State as Handle;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Delivered, Delivery, Disorder, Target, WebhookEvent};
use crate::belvo::Belvo;
use crate::control::{Refused, parse};

pub(crate) fn routes() -> Router<Belvo> {
    Router::new()
        .route("/_sim/webhooks", get(show).put(set).delete(clear))
        .route("/_sim/webhooks/disorder", put(disorder))
        .route("/_sim/webhooks/deliveries", get(deliveries))
        .route("/_sim/webhooks/deliver", post(deliver))
        .route("/_sim/webhooks/send", post(send))
}

/// A receiver, and how long it has to answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    url: String,
    authorization: Option<String>,
    timeout_milliseconds: Option<u64>,
}

async fn show(Handle(belvo): Handle<Belvo>) -> Json<Value> {
    let state = belvo.lock();
    let webhooks = &state.webhooks;
    let target = webhooks.target.as_ref();
    Json(json!({
        "url": target.map(Target::url),
        "sends_authorization": target.is_some_and(|target| target.authorization.is_some()),
        "timeout_milliseconds": u64::try_from(webhooks.timeout.as_millis()).unwrap_or(u64::MAX),
        "disorder": webhooks.disorder,
    }))
}

async fn set(handle: Handle<Belvo>, bytes: Bytes) -> Result<Json<Value>, Refused> {
    let setting: Setting = parse(&bytes)?;
    let target = Target::parse(&setting.url, setting.authorization.as_deref())
        .map_err(|error| Refused(StatusCode::BAD_REQUEST, error.to_string()))?;
    handle.set_webhooks(Some(target));
    if let Some(milliseconds) = setting.timeout_milliseconds {
        handle.set_webhook_timeout(Duration::from_millis(milliseconds));
    }
    Ok(show(handle).await)
}

async fn clear(Handle(belvo): Handle<Belvo>) -> StatusCode {
    belvo.set_webhooks(None);
    StatusCode::NO_CONTENT
}

async fn disorder(Handle(belvo): Handle<Belvo>, bytes: Bytes) -> Result<Json<Disorder>, Refused> {
    let disorder = parse(&bytes)?;
    belvo.set_disorder(disorder);
    Ok(Json(disorder))
}

async fn deliveries(Handle(belvo): Handle<Belvo>) -> Json<Vec<Delivery>> {
    Json(belvo.webhook_deliveries())
}

/// Makes the attempts that are due, without waiting for the program's next tick.
async fn deliver(Handle(belvo): Handle<Belvo>) -> Json<Value> {
    let Delivered { delivered, failed } = belvo.deliver_due().await;
    Json(json!({"delivered": delivered, "failed": failed}))
}

async fn send(Handle(belvo): Handle<Belvo>, bytes: Bytes) -> Result<StatusCode, Refused> {
    let event: WebhookEvent = parse(&bytes)?;
    if belvo.lock().webhooks.target.is_none() {
        let said = "nobody is told yet: PUT /_sim/webhooks {\"url\": …} first";
        return Err(Refused(StatusCode::CONFLICT, said.to_owned()));
    }
    belvo.send_webhook(&event);
    Ok(StatusCode::ACCEPTED)
}
