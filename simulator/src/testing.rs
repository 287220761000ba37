//! The world of the tests: a Belvo with a clock in the test's hand and counted bytes, reached without
//! sockets. Each answer of `/api/` must be one that Belvo's description allows.

mod contract;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use jiff::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt;

use contract::{BELVO, Given};

use crate::encoding::base64;
use crate::{Belvo, Clock, Entropy, Settings, Switches};

/// A clock that moves only when told to. It starts at 2026-03-02 10:00:00.112201 UTC.
#[derive(Clone)]
pub(crate) struct Hand(Arc<AtomicI64>);

impl Hand {
    pub(crate) fn new() -> Self {
        let start: Timestamp = "2026-03-02T10:00:00.112201Z".parse().unwrap();
        Self(Arc::new(AtomicI64::new(start.as_microsecond())))
    }

    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let hand = self.clone();
        Arc::new(move || Timestamp::from_microsecond(hand.0.load(Ordering::SeqCst)).unwrap())
    }
}

/// Bytes that are never the same twice and always the same in each run.
pub(crate) fn counted() -> Entropy {
    let next = AtomicU64::new(1);
    Arc::new(move || u128::from(next.fetch_add(1, Ordering::SeqCst)).to_be_bytes())
}

/// A Belvo and its clock.
pub(crate) struct World {
    pub(crate) belvo: Belvo,
    pub(crate) hand: Hand,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) kind: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The code of Belvo's error, once its shape has been checked.
    pub(crate) fn code(&self) -> String {
        let body = self.json();
        let entry = &body[0];
        let request_id = entry["request_id"].as_str().unwrap();
        assert_eq!(request_id.len(), 32);
        assert!(request_id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert!(entry["message"].is_string());
        entry["code"].as_str().unwrap().to_owned()
    }

    /// Status and code, as most tests of refusals want them.
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status.as_u16(), self.code())
    }

    /// The ids of a list.
    pub(crate) fn ids(&self) -> Vec<String> {
        let body = self.json();
        let results = body["results"].as_array().unwrap().iter();
        results.map(|result| result["id"].as_str().unwrap().to_owned()).collect()
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Switches { rate_limit: None, ..Switches::default() })
    }

    pub(crate) fn with(switches: Switches) -> Self {
        let hand = Hand::new();
        let settings = Settings { switches, ..Settings::default() };
        let belvo = Belvo::new(settings, hand.clock(), counted());
        Self { belvo, hand }
    }

    /// A request with the right credentials.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(signed("GET", path), "").await
    }

    /// The same under a fault: the answer may be anything.
    pub(crate) async fn get_spoiled(&self, path: &str) -> Answer {
        self.send_for_any_answer(signed("GET", path), "").await
    }

    /// A request with the right credentials and a body.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send(signed(method, path), &body.to_string()).await
    }

    /// A request whose answer must be one that Belvo's description allows.
    pub(crate) async fn send(&self, request: axum::http::request::Builder, body: &str) -> Answer {
        let method = request.method_ref().unwrap().clone();
        let path = request.uri_ref().unwrap().path().to_owned();
        let answer = self.send_for_any_answer(request, body).await;
        if path.starts_with("/api/") {
            let Answer { status, kind, text } = &answer;
            let given = Given { method: &method, path: &path, status: status.as_u16(), kind, text };
            assert_eq!(BELVO.check(&given), Ok(()), "{method} {path} answered {status} {kind}: {text}");
        }
        answer
    }

    /// A request whose answer may be anything: for tests of faults that no description allows.
    pub(crate) async fn send_for_any_answer(
        &self,
        request: axum::http::request::Builder,
        body: &str,
    ) -> Answer {
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response: Response = self.belvo.router().oneshot(request).await.unwrap();
        let status = response.status();
        let kind = response.headers().get(header::CONTENT_TYPE);
        let kind = kind.map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status, kind, text }
    }

    /// A widget token. `more` is added to the body.
    pub(crate) async fn token(&self, more: Value) -> String {
        let answer = self.call("POST", "/api/token/", &token_request(more)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["access"].as_str().unwrap().to_owned()
    }
}

/// The body of a right token request, with more in it.
pub(crate) fn token_request(more: Value) -> Value {
    let mut body = json!({
        "id": "sandbox-id",
        "password": "sandbox-password",
        "scopes": "read_institutions,write_links,read_links",
    });
    if let Value::Object(more) = more {
        body.as_object_mut().unwrap().extend(more);
    }
    body
}

/// A request with a host and no credentials.
pub(crate) fn plain(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header(header::HOST, "127.0.0.1:9100")
}

/// A request with a host and right credentials.
pub(crate) fn signed(method: &str, path: &str) -> axum::http::request::Builder {
    let credentials = format!("Basic {}", base64(b"sandbox-id:sandbox-password"));
    plain(method, path).header(header::AUTHORIZATION, credentials)
}
