//! `POST /webhooks/belvo`: Belvo's webhooks. An authentic one is kept as it came, each once, and answered; what it
//! asks for is done by the follow-up. So the answer takes one write, and this function can do nothing else: it has no
//! keys of Belvo's.

mod description;

use std::{sync::Arc, time::Duration};

use adapters::{
    belvo::webhook_link,
    http::{Problem, Raw, answer, body_of, edge},
    secrets::Source,
};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
    routing::post,
};
use domain::{
    failure::StoreError,
    ports::{Ambient, Inbox},
    webhooks::{Webhook, WebhookKeys},
};
use serde::Serialize;
use utoipa::ToSchema;

use description::WEBHOOK;
pub use description::openapi;

/// Belvo wants its answer within five seconds, and we have promised it in one.
const IN_TIME: Duration = Duration::from_millis(900);
/// No webhook of Belvo's comes near this.
const MOST_BYTES: usize = 64 * 1024;

/// What the function needs: no Belvo at all.
#[derive(Debug)]
pub struct Deps<S, A> {
    /// Where webhooks are filed.
    pub inbox: S,
    /// Time and chance.
    pub ambient: A,
    /// Who may send them.
    pub keys: Source<WebhookKeys>,
}

/// The function's routes.
pub fn router<S, A>(deps: Deps<S, A>) -> Router
where
    S: Inbox + Send + Sync + 'static,
    A: Ambient + 'static,
{
    if deps.keys.held().is_closed() {
        tracing::warn!("no webhook is taken: WEBHOOK_SECRET_ARN is not set");
    }
    edge(Router::new().route("/webhooks/belvo", post(take::<S, A>)).with_state(Arc::new(deps)))
}

/// It is kept.
#[derive(Serialize, ToSchema)]
struct Taken {}

/// Take in a webhook of Belvo's
///
/// For Belvo only: the header `Authorization` must be exactly the value that Belvo was told to send. The sender is checked
/// before a byte of the body is read, and any body is taken: what it hints at is read back from Belvo within a minute.
#[utoipa::path(
    post,
    path = "/webhooks/belvo",
    operation_id = "takeWebhook",
    tag = "webhooks",
    security(("webhook" = [])),
    request_body(
        content = Object,
        content_type = "application/json",
        examples(("a visit" = (value = json!(body_of(WEBHOOK))))),
    ),
    responses(
        (status = 200, description = "It is kept, or was before.", body = Taken),
        description::Refused,
    ),
)]
async fn take<S, A>(State(deps): State<Arc<Deps<S, A>>>, request: Request) -> Result<Response, Problem>
where
    S: Inbox + Send + Sync + 'static,
    A: Ambient + 'static,
{
    if !is_authentic(request.headers(), &*deps.keys.present().await) {
        return Err(Problem::Unauthenticated);
    }
    let Raw(body) = Raw::<MOST_BYTES>::read(request).await?;
    let webhook = Webhook::new(&body, webhook_link(&body), deps.ambient.now());
    let filed = tokio::time::timeout(IN_TIME, deps.inbox.file(&webhook)).await;
    filed.unwrap_or_else(|_| Err(StoreError::Busy("not filed in time".into())))?;
    Ok(answer(StatusCode::OK, &Taken {})) // Belvo need not know which it has sent before
}

/// Exactly one value, and that an accepted one. Of two, whoever stands before us may have looked at the other.
fn is_authentic(headers: &HeaderMap, keys: &WebhookKeys) -> bool {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => keys.admit(value.as_bytes()),
        (Some(_), Some(_)) | (None, _) => false,
    }
}
