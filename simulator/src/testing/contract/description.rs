//! Belvo's description, stripped to facts, and its deviations from what Belvo does.
//! `tests/schemathesis.py` reads the same two files and applies them in the same way.

use serde::Deserialize;
use serde_json::{Map, Value};

/// One thing that the description says and Belvo does not do, or the other way round.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum Deviation {
    /// The value `at` a JSON pointer. `was`: what the description has there, null for nothing.
    Value { reason: String, at: String, was: Value, is: Value },
    /// Answers that operations give and do not list. Those that they list stay as they are.
    Answers { reason: String, operations: Every, responses: Map<String, Value> },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Every {
    Every,
}

pub(super) fn original() -> Value {
    serde_json::from_str(include_str!("../../../openapi/belvo-1.223.0.json")).unwrap()
}

pub(super) fn deviations() -> Vec<Deviation> {
    serde_json::from_str(include_str!("../../../openapi/deviations.json")).unwrap()
}

/// The description of what Belvo does.
pub(super) fn patched() -> Value {
    let mut document = original();
    for deviation in deviations() {
        deviation.apply(&mut document);
    }
    document
}

impl Deviation {
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Value { reason, .. } | Self::Answers { reason, .. } => reason,
        }
    }

    /// Applies it. One that changes nothing, or is about something that is not there, is a mistake.
    pub(super) fn apply(&self, document: &mut Value) {
        let before = document.clone();
        match self {
            Self::Value { at, was, is, .. } => {
                assert_eq!(document.pointer(at).unwrap_or(&Value::Null), was, "{at}");
                let (parent, key) = at.rsplit_once('/').unwrap();
                let parent = document.pointer_mut(parent).and_then(Value::as_object_mut);
                parent.unwrap().insert(key.replace("~1", "/").replace("~0", "~"), is.clone());
            }
            Self::Answers { operations: Every::Every, responses, .. } => {
                let paths = document["paths"].as_object_mut().unwrap().values_mut();
                for operation in paths.flat_map(|path| path.as_object_mut().unwrap().values_mut()) {
                    let listed = operation["responses"].as_object_mut().unwrap();
                    for (status, response) in responses {
                        listed.entry(status).or_insert_with(|| response.clone());
                    }
                }
            }
        }
        assert_ne!(*document, before, "not needed: {}", self.reason());
    }
}
