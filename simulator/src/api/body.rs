//! Reading a JSON body field by field, and collecting every complaint on the way: Belvo answers with
//! one entry per field, not with the first that is wrong.

use serde_json::{Map, Value};

use super::refusal::{Complaint, Refusal};

/// A body that is being read.
pub(super) struct Body {
    fields: Map<String, Value>,
    complaints: Vec<Complaint>,
}

impl Body {
    /// Reads the JSON object. Fields that nobody asks for are ignored, as Belvo does.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(fields)) => Ok(Self { fields, complaints: Vec::new() }),
            Ok(_) | Err(_) => Err(Refusal::parse_error()),
        }
    }

    /// A text that must be there. When it is not, the answer is empty and there is a complaint.
    pub(super) fn required(&mut self, field: &str) -> String {
        match self.fields.get(field) {
            None => self.complain(field, "required", "This field is required."),
            Some(Value::Null) => self.complain(field, "null", "This field may not be null."),
            Some(Value::String(text)) if text.is_empty() => {
                self.complain(field, "blank", "This field may not be blank.");
            }
            Some(Value::String(text)) => return text.clone(),
            Some(_) => self.complain(field, "invalid", "This field takes text."),
        }
        String::new()
    }

    /// A text that may be missing or null.
    pub(super) fn optional(&mut self, field: &str) -> Option<String> {
        match self.fields.get(field) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => {
                self.complain(field, "invalid", "This field takes text.");
                None
            }
        }
    }

    /// A list of texts that may be missing or null.
    pub(super) fn list(&mut self, field: &str) -> Option<Vec<String>> {
        match self.fields.get(field) {
            None | Some(Value::Null) => None,
            Some(Value::Array(values)) => {
                let texts: Option<Vec<String>> =
                    values.iter().map(|value| value.as_str().map(str::to_owned)).collect();
                if texts.is_none() {
                    self.complain(field, "invalid", "This field takes a list of texts.");
                }
                texts
            }
            Some(_) => {
                self.complain(field, "not_a_list", "This field takes a list.");
                None
            }
        }
    }

    /// Yes or no, which may be missing or null.
    pub(super) fn truth(&mut self, field: &str) -> Option<bool> {
        let value = self.fields.get(field).filter(|value| !value.is_null())?;
        let truth = value.as_bool();
        if truth.is_none() {
            self.complain(field, "invalid", "This field takes true or false.");
        }
        truth
    }

    /// An object that may be missing or null.
    pub(super) fn object(&mut self, field: &str) -> Option<Value> {
        let value = self.fields.get(field).filter(|value| !value.is_null()).cloned()?;
        if !value.is_object() {
            self.complain(field, "invalid", "This field takes an object.");
        }
        Some(value)
    }

    /// How long credentials are kept: `store`, `nostore` or days.
    pub(super) fn credentials_storage(&mut self) -> Option<String> {
        let given = self.optional("credentials_storage")?;
        let known = matches!(given.as_str(), "store" | "nostore") || is_days(&given);
        self.keep("credentials_storage", given, known)
    }

    /// After how many days without access data is erased.
    pub(super) fn stale_in(&mut self) -> Option<String> {
        let given = self.optional("stale_in")?;
        let known = is_days(&given);
        self.keep("stale_in", given, known)
    }

    fn keep(&mut self, field: &str, given: String, known: bool) -> Option<String> {
        if known {
            return Some(given);
        }
        self.complain(field, "invalid", "This is not one of the values it takes.");
        None
    }

    /// Notes that a field is wrong.
    pub(super) fn complain(&mut self, field: &str, code: &'static str, message: &'static str) {
        self.complaints.push(Complaint::about(field, code, message));
    }

    /// The end of reading: everything was right, or everything that was not.
    pub(super) fn verdict(&mut self) -> Result<(), Refusal> {
        if self.complaints.is_empty() {
            return Ok(());
        }
        Err(Refusal::bad_request(std::mem::take(&mut self.complaints)))
    }
}

/// `1d` to `999d`.
fn is_days(text: &str) -> bool {
    text.strip_suffix('d').is_some_and(|digits| {
        (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_no_object_is_a_parse_error() {
        for bytes in ["", "{", "[]", "null", "\"text\"", "a=b"] {
            assert!(Body::parse(bytes.as_bytes()).is_err(), "{bytes}");
        }
    }

    #[test]
    fn every_wrong_field_gets_its_own_complaint() {
        let mut body = Body::parse(
            br#"{"a":null,"b":"","c":1,"d":{},"e":[1],"credentials_storage":"1000d","stale_in":"d"}"#,
        )
        .unwrap();
        for field in ["a", "b", "c", "none"] {
            assert_eq!(body.required(field), "");
        }
        assert_eq!((body.list("d"), body.list("e")), (None, None));
        body.object("c");
        assert_eq!((body.credentials_storage(), body.stale_in()), (None, None));
        let said = format!("{:?}", body.verdict().unwrap_err());
        for code in ["null", "blank", "invalid", "required", "not_a_list"] {
            assert!(said.contains(&format!("code: \"{code}\"")), "{code}");
        }
    }

    #[test]
    fn right_fields_are_read_and_unknown_ones_ignored() {
        let mut body = Body::parse(
            br#"{"a":"x","l":["y"],"o":{},"new":1,"credentials_storage":"90d","stale_in":"365d"}"#,
        )
        .unwrap();
        assert_eq!(body.required("a"), "x");
        assert_eq!(body.list("l"), Some(vec!["y".to_owned()]));
        body.object("o");
        assert_eq!(body.credentials_storage().as_deref(), Some("90d"));
        assert_eq!(body.stale_in().as_deref(), Some("365d"));
        assert!(body.verdict().is_ok());
    }
}
