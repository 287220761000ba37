//! An answer of the API, headers and all.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Response},
};
use serde_json::Value;

/// No answer of ours is longer.
const MOST: usize = 1 << 20;

/// An answer of the API.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null when it is none.
    pub json: Value,
}

impl Reply {
    /// Reads a response to its end.
    pub async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, MOST).await.expect("our answers are short");
        let text = String::from_utf8(bytes.to_vec()).expect("our answers are text");
        let json = serde_json::from_str(&text).unwrap_or_default();
        Self { status: parts.status.as_u16(), headers: parts.headers, text, json }
    }

    /// The value of a header; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("our headers are text"))
    }

    /// The problem's stable code; empty for an answer that is none.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// The status with the problem's code: what a client acts on.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status, self.code())
    }

    /// The state of the link that is told of.
    pub fn state(&self) -> &str {
        self.json["state"].as_str().unwrap_or_default()
    }

    /// Everything that the client sees, but for the one thing that differs with every request.
    pub fn but_for_its_request_id(&self) -> (u16, String, Vec<(String, String)>) {
        let id = self.json["request_id"].as_str().unwrap_or("no request id");
        let headers = self.headers.iter().map(|(name, value)| (name.to_string(), format!("{value:?}")));
        (self.status, self.text.replace(id, "…"), headers.collect())
    }

    /// What is wrong with it as a refusal of ours: nothing, for a well-formed problem that blames the client.
    pub fn flaw(&self) -> Option<String> {
        let told =
            |name: &str| self.json[name].as_str().is_some_and(|text| !text.is_empty() && text != "none");
        let checks = [
            ("is no 4xx", (400..500).contains(&self.status)),
            ("is no problem+json", self.header("content-type") == "application/problem+json"),
            ("has no code", told("code")),
            ("has no title", told("title")),
            ("has no detail", told("detail")),
            ("has no request id", told("request_id")),
            ("tells another status in its body", self.json["status"] == self.status),
            ("may be kept by a cache", self.header("cache-control") == "no-store"),
        ];
        let wrong = checks.iter().find(|(_, holds)| !holds)?.0;
        Some(format!("the answer {wrong}: {} {}", self.status, self.text))
    }
}
