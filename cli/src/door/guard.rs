//! Who may come through the door.
//!
//! The danger on loopback is the browser: any page may send requests to it. A page that does so sends
//! an `Origin`; a page that has rebound its own name to 127.0.0.1 sends that name as `Host`. Both are
//! refused before anything else is looked at, so that a page learns nothing by trying.
//!
//! The access key is compared, the signature is not verified: the secret is published in README, so a
//! valid signature would show no more than the key does. The key keeps out the tool that was pointed
//! here by mistake with the credentials of a real account. Another user of the machine is not kept
//! out: who has such company leaves the door shut.

use axum::http::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, ORIGIN};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};

use crate::engine::{Answer, DEV_ACCESS_KEY};

/// Why somebody stays outside, or leaves without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Origin,
    Host,
    Path,
    Method,
    Credentials,
    Target,
    Size,
    Broken,
}

/// The operation's target, if the request may pass.
pub(super) fn admit(request: &Parts, port: u16) -> Result<&str, Refusal> {
    if request.headers.contains_key(ORIGIN) {
        return Err(Refusal::Origin);
    }
    if !is_for_us(request, port) {
        return Err(Refusal::Host);
    }
    if request.uri.path() != "/" {
        return Err(Refusal::Path);
    }
    if request.method != Method::POST {
        return Err(Refusal::Method);
    }
    if !only(&request.headers, &AUTHORIZATION).is_some_and(shows_dev_key) {
        return Err(Refusal::Credentials);
    }
    let target = HeaderName::from_static("x-amz-target");
    only(&request.headers, &target).ok_or(Refusal::Target)
}

/// Some servers take the host from the request line before the header: then both must be ours.
fn is_for_us(request: &Parts, port: u16) -> bool {
    let ours =
        |host: &str| ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| *host == format!("{name}:{port}"));
    let line = request.uri.authority();
    only(&request.headers, &HOST).is_some_and(ours) && line.is_none_or(|authority| ours(authority.as_str()))
}

fn shows_dev_key(authorization: &str) -> bool {
    authorization
        .strip_prefix("AWS4-HMAC-SHA256 ")
        .into_iter()
        .flat_map(|fields| fields.split(','))
        .filter_map(|field| field.trim().strip_prefix("Credential="))
        .any(|scope| scope.split('/').next() == Some(DEV_ACCESS_KEY))
}

/// The header's value, if it is there once and is text. Twice is a question of whom to believe.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

impl Refusal {
    /// In DynamoDB's own form, so that SDKs and the CLI show the message.
    pub(super) fn answer(self) -> Answer {
        let (status, kind, message) = self.words();
        Answer {
            status: status.as_u16(),
            body: format!(r#"{{"__type":"com.amazon.coral.service#{kind}","message":"{message}"}}"#)
                .into_bytes(),
        }
    }

    fn words(self) -> (StatusCode, &'static str, &'static str) {
        const DENIED: &str = "AccessDeniedException";
        match self {
            Self::Origin => (StatusCode::FORBIDDEN, DENIED, "no web pages here"),
            Self::Host => (StatusCode::FORBIDDEN, DENIED, "the Host must be this loopback address and port"),
            Self::Path => (StatusCode::NOT_FOUND, DENIED, "there is only POST /"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, DENIED, "there is only POST /"),
            Self::Credentials => (
                StatusCode::FORBIDDEN,
                "UnrecognizedClientException",
                "sign with the access key linkkeeper-dev",
            ),
            Self::Target => {
                (StatusCode::BAD_REQUEST, "UnknownOperationException", "x-amz-target must name one operation")
            }
            Self::Size => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestTooLargeException",
                "the body is too large or was cut short",
            ),
            Self::Broken => {
                (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "the engine gave no answer")
            }
        }
    }
}
