//! What API Gateway and the schedules send: the events of `events/`, about whatever a test is about.

use std::{fs, path::PathBuf};

use serde_json::Value;

/// An event by its name, such as `register-user/end-user`.
#[must_use]
pub fn event(name: &str) -> Value {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../events/{name}.json"));
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("events/{name}.json: {error}"));
    serde_json::from_str(&text).expect("an event is JSON")
}

/// The event with another path.
#[must_use]
pub fn about(name: &str, path: &str) -> Value {
    let mut event = event(name);
    event["rawPath"] = path.into();
    event["requestContext"]["http"]["path"] = path.into();
    event
}

/// The event with another body.
#[must_use]
pub fn with_body(mut event: Value, body: &Value) -> Value {
    event["body"] = body.to_string().into();
    event
}
