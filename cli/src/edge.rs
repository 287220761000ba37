//! The local edge: what API Gateway does before a function runs.
//!
//! `Authorization: Bearer dev:<subject>` or `dev:<subject>:<scope>` becomes the claims that the JWT
//! authorizer would pass. Anything else passes none, and the function refuses. Anybody can write such a
//! token: the edge is for loopback only, and refuses names other than loopback's, so that no web page can
//! reach it under a name of its own.

use adapters::http::request_context;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{change::WriterId, ports::Ambient};
use serde_json::json;

/// Turns a dev token into claims, for any router: to be layered with `axum::middleware::from_fn_with_state`.
pub async fn authorize<A: Ambient>(State(ambient): State<A>, mut request: Request, next: Next) -> Response {
    if !is_loopback(request.headers(), request.uri()) {
        return (StatusCode::FORBIDDEN, "this door is for 127.0.0.1 and localhost\n").into_response();
    }
    let request_id = WriterId::mint(ambient.random());
    let claims = claims(request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    if let Ok(context) = request_context(&method, &path, request_id.as_str(), claims) {
        request.extensions_mut().insert(context);
    }
    next.run(request).await
}

/// The claims of a dev token; none for anything else.
fn claims(headers: &HeaderMap) -> Option<serde_json::Value> {
    let bearer = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let token = bearer.strip_prefix("Bearer ")?.strip_prefix("dev:")?;
    let (subject, scope) = token.split_once(':').unwrap_or((token, ""));
    Some(json!({"sub": subject, "scope": scope}))
}

/// Whether the request names this machine. In-process requests carry no host at all.
fn is_loopback(headers: &HeaderMap, uri: &Uri) -> bool {
    let named = headers.get(header::HOST).map(|host| host.to_str().unwrap_or("unreadable"));
    named.or_else(|| uri.authority().map(axum::http::uri::Authority::as_str)).is_none_or(|host| {
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        is_this_machine(name.map_or(host, |(name, _)| name))
    })
}

/// Whether a URL's host is this machine.
#[must_use]
pub fn is_local_url(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| url.host_str().is_some_and(is_this_machine))
}

/// Whether a host's name is this machine's.
#[must_use]
pub fn is_this_machine(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn bearer(value: &'static str) -> Option<serde_json::Value> {
        claims(&HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]))
    }

    #[test]
    fn a_dev_token_names_its_subject_and_its_scope() {
        assert_eq!(bearer("Bearer dev:ana"), Some(json!({"sub": "ana", "scope": ""})));
        assert_eq!(bearer("Bearer dev:ops:links:admin"), Some(json!({"sub": "ops", "scope": "links:admin"})));
    }

    #[test]
    fn anything_else_brings_no_claims() {
        for other in ["dev:ana", "Bearer ana", "Basic ZGV2OmFuYQ==", "bearer dev:ana", ""] {
            assert_eq!(bearer(other), None, "{other}");
        }
        assert_eq!(claims(&HeaderMap::new()), None);
    }

    #[test]
    fn only_the_names_of_this_machine_are_let_in() {
        let host = |value| HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(value))]);
        for good in ["127.0.0.1:9000", "localhost:9000", "localhost", "[::1]:9000"] {
            assert!(is_loopback(&host(good), &Uri::default()), "{good}");
        }
        for bad in ["evil.example", "127.0.0.1.evil.example:9000", "localhost@evil.example", "10.0.0.1:9000"]
        {
            assert!(!is_loopback(&host(bad), &Uri::default()), "{bad}");
        }
    }

    #[test]
    fn only_an_address_of_this_machine_holds_invented_data() {
        for local in ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000/"] {
            assert!(is_local_url(local), "{local}");
        }
        let real = ["https://dynamodb.sa-east-1.amazonaws.com", "https://dynamodb.sa-east-1.api.aws"];
        for other in real.into_iter().chain([
            "http://localhost.evil.example",
            "http://localhost@10.0.0.1",
            "localhost",
        ]) {
            assert!(!is_local_url(other), "{other}");
        }
    }
}
