//! What an answer means by its status and its kind, and what Belvo says in the body of a refusal.

use domain::{failure::ProviderError, values::Code};
use serde_json::Value;

/// What an answer means before its body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The body is what was asked for.
    Success,
    /// The body may say why not.
    Refusal,
    /// Too many calls. The limit of 80 calls in 30 s answers 403 with a page of HTML.
    Throttled,
    /// No answer of Belvo's, or one that leaves open what happened.
    Unknown(&'static str),
}

/// Reads status and kind of body together.
#[must_use]
pub fn meaning(status: u16, json: bool) -> Meaning {
    match status {
        200 | 201 if json => Meaning::Success,
        200 | 201 => Meaning::Unknown("a body that is not JSON"),
        202..=299 => Meaning::Unknown("a success of another kind"),
        300..=399 => Meaning::Unknown("a redirect"),
        403 if !json => Meaning::Throttled,
        408 => Meaning::Unknown("Belvo ran out of time"),
        429 => Meaning::Throttled,
        400..=499 => Meaning::Refusal,
        500..=599 => Meaning::Unknown("an error of Belvo's own"),
        _ => Meaning::Unknown("a status that means nothing"),
    }
}

/// The error that a refusal's body tells. Belvo writes an array of objects, in old places one object; an
/// empty body is a refusal too. Anything else was not written by Belvo, so its status proves nothing.
pub fn refusal(status: u16, json: bool, body: &[u8]) -> ProviderError {
    if body.is_empty() {
        return ProviderError::Refused { status, code: None };
    }
    match if json { serde_json::from_slice(body) } else { Ok(Value::Null) } {
        Ok(Value::Array(entries)) => ProviderError::Refused { status, code: entries.iter().find_map(code) },
        Ok(entry @ Value::Object(_)) => ProviderError::Refused { status, code: code(&entry) },
        _ if status == 403 => ProviderError::Throttled,
        _ => ProviderError::Unknown("an error that is not Belvo's"),
    }
}

/// The code of one entry. Belvo shows some as null.
fn code(entry: &Value) -> Option<Code> {
    entry.get("code").and_then(Value::as_str).and_then(|word| Code::parse(word).ok())
}

/// Whether Belvo said that it does not have what was asked for. A 404 with another code, such as
/// `expired_credentials`, says something else.
#[must_use]
pub fn is_not_found(error: &ProviderError) -> bool {
    match error {
        ProviderError::Refused { status, code } => {
            *status == 404 && code.as_ref().is_some_and(|code| code.as_str() == "not_found")
        }
        ProviderError::Throttled | ProviderError::Unsent(_) | ProviderError::Unknown(_) => false,
    }
}

/// Whether Belvo does not know our keys. Its other 401 is about a consent, and says nothing of them.
#[must_use]
pub fn keys_refused(error: &ProviderError) -> bool {
    match error {
        ProviderError::Refused { status: 401, code } => {
            code.as_ref().is_some_and(|code| code.as_str() == "authentication_failed")
        }
        ProviderError::Refused { .. }
        | ProviderError::Throttled
        | ProviderError::Unsent(_)
        | ProviderError::Unknown(_) => false,
    }
}

/// Whether Belvo answered somebody that it knows: with what was asked for, or with a refusal of something else.
/// A call that was not sent, throttled or lost says nothing of its keys.
pub fn keys_taken<T>(answer: &Result<T, ProviderError>) -> bool {
    match answer {
        Ok(_) => true,
        Err(error @ ProviderError::Refused { .. }) => !keys_refused(error),
        Err(ProviderError::Throttled | ProviderError::Unsent(_) | ProviderError::Unknown(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> Option<String> {
        match refusal(404, true, body.as_bytes()) {
            ProviderError::Refused { code, .. } => Some(code.map_or("none".into(), |c| c.to_string())),
            ProviderError::Throttled | ProviderError::Unsent(_) | ProviderError::Unknown(_) => None,
        }
    }

    #[test]
    fn a_code_is_found_in_an_array_and_in_an_object_and_may_be_missing() {
        assert_eq!(told(r#"[{"code":"not_found"}]"#).as_deref(), Some("not_found"));
        assert_eq!(told(r#"{"code":"token_required","session":"x"}"#).as_deref(), Some("token_required"));
        assert_eq!(told(r#"[{"code":null},{"code":"blank"}]"#).as_deref(), Some("blank"));
        for none in ["", "[]", "{}", r#"[{"code":null}]"#, r#"[{"code":"<b>"}]"#, r#"{"code":7}"#, "[1]"] {
            assert_eq!(told(none).as_deref(), Some("none"), "{none}");
        }
    }

    #[test]
    fn an_error_that_belvo_did_not_write_is_unknown() {
        let deep = "[".repeat(10_000);
        for foreign in ["null", "\"not_found\"", "404", "[", r#"[{"code":"not_found"}] x"#, &deep] {
            assert_eq!(told(foreign), None);
        }
        assert!(matches!(refusal(404, false, b"[{\"code\":\"not_found\"}]"), ProviderError::Unknown(_)));
    }

    #[test]
    fn every_status_has_a_meaning() {
        for status in 0..=u16::MAX {
            let success = meaning(status, true) == Meaning::Success;
            assert_eq!(success, status == 200 || status == 201, "{status}");
            assert_ne!(meaning(status, false), Meaning::Success, "{status}");
        }
    }
}
