//! Errors in Belvo's shape: an array of objects, each with a code and a 32-hex `request_id`. The one
//! table from codes to statuses is the list of constructors here.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// A "no" on its way out. It travels in the response until the gate renders it.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    complaints: Vec<Complaint>,
}

/// One entry of the array.
#[derive(Clone, Debug)]
pub(crate) struct Complaint {
    code: &'static str,
    message: &'static str,
    field: Option<String>,
    extra: Map<String, Value>,
}

impl Complaint {
    /// Something is wrong with a field of the request.
    pub(crate) fn about(field: &str, code: &'static str, message: &'static str) -> Self {
        Self { field: Some(field.to_owned()), ..Self::general(code, message) }
    }

    fn general(code: &'static str, message: &'static str) -> Self {
        Self { code, message, field: None, extra: Map::new() }
    }
}

impl Refusal {
    fn of(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self { status, complaints: vec![Complaint::general(code, message)] }
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        for complaint in &mut self.complaints {
            complaint.extra.insert(key.to_owned(), value.clone());
        }
        self
    }

    /// 400 with one entry per field.
    pub(crate) fn bad_request(complaints: Vec<Complaint>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, complaints }
    }

    pub(crate) fn parse_error() -> Self {
        let message = "The body is not a JSON object.";
        Self::of(StatusCode::BAD_REQUEST, "parse_error", message)
    }

    pub(crate) fn login_error() -> Self {
        let message = "The institution refused this login.";
        Self::of(StatusCode::BAD_REQUEST, "login_error", message)
    }

    pub(crate) fn unconfirmed_link() -> Self {
        let message = "The link was never finished: give the code first.";
        Self::of(StatusCode::BAD_REQUEST, "unconfirmed_link", message)
    }

    pub(crate) fn invalid_link() -> Self {
        let message = "The link is invalid: give new credentials first.";
        Self::of(StatusCode::BAD_REQUEST, "invalid_link", message)
    }

    pub(crate) fn expired_credentials() -> Self {
        let message = "The stored credentials have aged out.";
        Self::of(StatusCode::NOT_FOUND, "expired_credentials", message)
    }

    pub(crate) fn session_expired() -> Self {
        let message = "The session is unknown or too old. Start over.";
        Self::of(StatusCode::BAD_REQUEST, "session_expired", message)
    }

    pub(crate) fn unsupported_operation() -> Self {
        let message = "Only recurrent links can be refreshed.";
        Self::of(StatusCode::BAD_REQUEST, "unsupported_operation", message)
    }

    pub(crate) fn link_refreshed() -> Self {
        let message = "The link was refreshed less than ten minutes ago.";
        Self::of(StatusCode::CONFLICT, "link_refreshed", message)
    }

    pub(crate) fn invalid_access_mode_switch() -> Self {
        let message = "Without stored credentials a link cannot become recurrent.";
        Self::of(StatusCode::BAD_REQUEST, "invalid_access_mode_switch", message)
    }

    pub(crate) fn duplicated(institution_user_id: String) -> Self {
        let message = "This account is connected already.";
        Self::of(StatusCode::BAD_REQUEST, "duplicated", message)
            .with("institution_user_id", institution_user_id)
    }

    pub(crate) fn authentication_failed() -> Self {
        let message = "The secret id or password is wrong.";
        Self::of(StatusCode::UNAUTHORIZED, "authentication_failed", message)
    }

    /// The firewall takes only requests that match Belvo's description.
    pub(crate) fn forbidden() -> Self {
        let message = "This request is not one that is described.";
        Self::of(StatusCode::FORBIDDEN, "permission_denied", message)
    }

    pub(crate) fn not_found() -> Self {
        Self::of(StatusCode::NOT_FOUND, "not_found", "Not found.")
    }

    pub(crate) fn method_not_allowed() -> Self {
        let message = "This address does not take this method.";
        Self::of(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
    }

    /// The institution asks for a code. `session` and `link` are what a resumption would need.
    pub(crate) fn token_required(session: &str, link: &str, code: &str) -> Self {
        let message = "The institution asks for a code.";
        Self::of(StatusCode::PRECONDITION_REQUIRED, "token_required", message)
            .with("session", session)
            .with("expiry", crate::access::SESSION_SECONDS)
            .with("link", link)
            .with(
                "token_generation_data",
                json!({
                    "instructions": "Type the value below.",
                    "type": "numeric",
                    "value": code,
                    "expects_user_input": true,
                }),
            )
    }

    pub(crate) fn throttled() -> Self {
        let message = "Too many deletions. Wait a minute.";
        Self::of(StatusCode::TOO_MANY_REQUESTS, "throttled", message)
    }

    pub(crate) fn service_unavailable() -> Self {
        let message = "Belvo is not available now.";
        Self::of(StatusCode::INTERNAL_SERVER_ERROR, "service_unavailable", message)
    }

    pub(crate) fn request_timeout() -> Self {
        let message = "The institution took too long.";
        Self::of(StatusCode::REQUEST_TIMEOUT, "request_timeout", message)
    }

    pub(crate) fn consent_without_accounts() -> Self {
        let message = "The consent names no account.";
        Self::of(StatusCode::UNAUTHORIZED, "consent_without_accounts", message)
    }

    pub(crate) fn too_many_sessions() -> Self {
        let message = "This login is in use elsewhere.";
        Self::of(StatusCode::BAD_REQUEST, "too_many_sessions", message)
    }

    pub(crate) fn unexpected_error() -> Self {
        let message = "Something went wrong at Belvo.";
        Self::of(StatusCode::INTERNAL_SERVER_ERROR, "unexpected_error", message)
    }

    /// The response as the caller sees it.
    pub(crate) fn render(self, request_id: &str) -> Response {
        let entries: Vec<Value> = self
            .complaints
            .into_iter()
            .map(|complaint| {
                let mut entry = complaint.extra;
                entry.insert("request_id".to_owned(), request_id.into());
                entry.insert("code".to_owned(), complaint.code.into());
                entry.insert("message".to_owned(), complaint.message.into());
                if let Some(field) = complaint.field {
                    entry.insert("field".to_owned(), field.into());
                }
                Value::Object(entry)
            })
            .collect();
        (self.status, Json(entries)).into_response()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
