//! Refusals and failures as a client sees them: the only table from our errors to HTTP.

use std::sync::Arc;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    external_id::ExternalIdError,
    failure::{Cause, Outage, ProviderError, StoreError},
    values::LinkId,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// Why a request was not answered as asked.
#[derive(Debug)]
pub enum Problem {
    /// No usable claims: no token, or a route without its authorizer.
    Unauthenticated,
    /// The caller may not name another user.
    Forbidden,
    /// Not yours, not there, or not visible yet.
    NotFound,
    /// The route exists, the method does not.
    MethodNotAllowed,
    /// The body is not declared as JSON.
    UnsupportedMediaType,
    /// The body is longer than the route takes.
    BodyTooLarge,
    /// The body is not JSON.
    InvalidJson,
    /// The body is JSON of another shape; the text tells the right one.
    InvalidBody(&'static str),
    /// An imported `external_id` breaks a rule.
    ExternalId(ExternalIdError),
    /// Update Mode of a link that works.
    LinkValid,
    /// A link of the caller's that is gone, or is being deleted.
    LinkGone,
    /// A link of the caller's whose place this one took.
    LinkSuperseded(LinkId),
    /// The user with this imported id was erased.
    Erased,
    /// A consent is asked for where the widget is not set up for any.
    ConsentsNotSetUp,
    /// The user opened too many link sessions within the hour.
    TooManySessions,
    /// Too many links of the user wait for Belvo.
    TooManyPending,
    /// Belvo could not be asked.
    Belvo(ProviderError),
    /// The store could not do it.
    Store(StoreError),
}

/// A problem on its way out: the edge writes it, as it alone knows the request's id.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) code: &'static str,
    pub(super) detail: String,
    /// The caller's own link that serves instead.
    pub(super) survivor: Option<LinkId>,
    /// For the log, never sent.
    pub(super) cause: Option<Arc<Cause>>,
}

const UNAUTHENTICATED: &str = "send a valid bearer token";
const FORBIDDEN: &str = "only a caller with scope links:admin may name a user; leave the body empty";
const NOT_FOUND: &str = "nothing here for this caller; a link made a moment ago is picked up by itself";
const METHOD_NOT_ALLOWED: &str = "the header allow names the methods of this route";
const MEDIA_TYPE: &str = "send the body with content-type: application/json";
const BODY_TOO_LARGE: &str = "the body is longer than this route takes";
const LINK_VALID: &str = "this link works; there is nothing to update";
const LINK_GONE: &str = "this link is gone or being deleted; connect the account again";
const LINK_SUPERSEDED: &str =
    "another link to the same account took its place: use the one that survivor names";
const ERASED: &str =
    "the user with this external_id was erased, and it is never used again; register with another";
const CONSENTS_NOT_SET_UP: &str = "the widget is not set up for consents of open finance here";
const TOO_MANY_SESSIONS: &str = "this user opened many link sessions within the hour; try again later";
const TOO_MANY_PENDING: &str = "several links of this user wait for Belvo; they are picked up by themselves";
const BELVO_UNAVAILABLE: &str = "Belvo cannot be asked at the moment; try again";
const INTERNAL: &str = "a fault on our side; its log line has this request_id";

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Outage> for Problem {
    fn from(error: Outage) -> Self {
        match error {
            Outage::Store(error) => Self::Store(error),
            Outage::Provider(error) => Self::Belvo(error),
        }
    }
}

impl From<ExternalIdError> for Problem {
    fn from(error: ExternalIdError) -> Self {
        Self::ExternalId(error)
    }
}

impl Problem {
    /// The table.
    pub(super) fn told(&self) -> (StatusCode, &'static str, String) {
        use StatusCode as S;
        let (status, code, detail) = match self {
            Self::Unauthenticated => (S::UNAUTHORIZED, "unauthenticated", UNAUTHENTICATED),
            Self::Forbidden => (S::FORBIDDEN, "forbidden", FORBIDDEN),
            Self::NotFound => (S::NOT_FOUND, "not_found", NOT_FOUND),
            Self::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method_not_allowed", METHOD_NOT_ALLOWED),
            Self::UnsupportedMediaType => (S::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", MEDIA_TYPE),
            Self::BodyTooLarge => (S::PAYLOAD_TOO_LARGE, "body_too_large", BODY_TOO_LARGE),
            Self::InvalidJson => (S::BAD_REQUEST, "invalid_json", "the body is not JSON"),
            Self::InvalidBody(shape) => (S::UNPROCESSABLE_ENTITY, "invalid_body", *shape),
            Self::ExternalId(error) => return (S::UNPROCESSABLE_ENTITY, id_code(*error), error.to_string()),
            Self::LinkValid => (S::CONFLICT, "link_valid", LINK_VALID),
            Self::LinkGone => (S::GONE, "link_gone", LINK_GONE),
            Self::LinkSuperseded(_) => (S::CONFLICT, "link_superseded", LINK_SUPERSEDED),
            Self::Erased => (S::CONFLICT, "erased", ERASED),
            Self::ConsentsNotSetUp => (S::UNPROCESSABLE_ENTITY, "consents_not_set_up", CONSENTS_NOT_SET_UP),
            Self::TooManySessions => (S::TOO_MANY_REQUESTS, "too_many_sessions", TOO_MANY_SESSIONS),
            Self::TooManyPending => (S::TOO_MANY_REQUESTS, "too_many_pending", TOO_MANY_PENDING),
            Self::Belvo(_) => (S::SERVICE_UNAVAILABLE, "belvo_unavailable", BELVO_UNAVAILABLE),
            Self::Store(StoreError::Busy(_)) => (S::SERVICE_UNAVAILABLE, "store_unavailable", "try again"),
            Self::Store(StoreError::Refused(_) | StoreError::Corrupt { .. }) => {
                (S::INTERNAL_SERVER_ERROR, "internal", INTERNAL)
            }
        };
        (status, code, detail.to_owned())
    }

    /// Seconds after which a repeat makes sense.
    pub(super) fn retry_after(&self) -> Option<&'static str> {
        match self {
            // the next windows of the budget are a few seconds away
            Self::Belvo(ProviderError::Unsent(_)) => Some("10"),
            Self::Belvo(_) => Some("30"),
            Self::Store(StoreError::Busy(_)) => Some("2"),
            Self::TooManySessions => Some("600"),
            Self::TooManyPending => Some("60"),
            Self::Unauthenticated
            | Self::Forbidden
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::UnsupportedMediaType
            | Self::BodyTooLarge
            | Self::InvalidJson
            | Self::InvalidBody(_)
            | Self::ExternalId(_)
            | Self::ConsentsNotSetUp
            | Self::LinkValid
            | Self::LinkGone
            | Self::LinkSuperseded(_)
            | Self::Erased
            | Self::Store(StoreError::Refused(_) | StoreError::Corrupt { .. }) => None,
        }
    }

    fn survivor(&self) -> Option<LinkId> {
        if let Self::LinkSuperseded(survivor) = self { Some(*survivor) } else { None }
    }

    fn into_cause(self) -> Option<Arc<Cause>> {
        if let Self::Belvo(error) = self {
            return Some(Arc::new(error.into()));
        }
        if let Self::Store(error) = self { Some(Arc::new(error.into())) } else { None }
    }
}

fn id_code(error: ExternalIdError) -> &'static str {
    match error {
        ExternalIdError::PiiSuspected => "pii_suspected",
        ExternalIdError::Length | ExternalIdError::Character | ExternalIdError::Reserved => {
            "invalid_external_id"
        }
    }
}

impl IntoResponse for Problem {
    /// Status and headers; the body is written by [`super::edge()`].
    fn into_response(self) -> Response {
        let (status, code, detail) = self.told();
        let mut response = status.into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        let (survivor, cause) = (self.survivor(), self.into_cause());
        response.extensions_mut().insert(Told { code, detail, survivor, cause });
        response
    }
}

/// The body of a problem: RFC 9457, with a stable `code` and the request's id.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Written<'a> {
    /// Nothing more than the status says.
    #[schema(example = "about:blank")]
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What a program goes by. Codes are never renamed; new ones may come.
    #[schema(pattern = "^[a-z_]+$", example = "not_found")]
    code: &'static str,
    /// What a person goes by. May be reworded.
    detail: &'a str,
    /// Finds our log line.
    request_id: &'a str,
    /// With `link_superseded`: the caller's own link that serves instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<schema::LinkId>)]
    survivor: Option<LinkId>,
}

/// Such a body as text.
pub(super) fn written(status: StatusCode, told: &Told, request_id: &str) -> String {
    let body = Written {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        code: told.code,
        detail: &told.detail,
        request_id,
        survivor: told.survivor,
    };
    serde_json::json!(body).to_string()
}
