//! What the text of a secret means. Pure, and no error repeats any of it: the JSON reader's own messages would.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::Versions;

/// Why the text of a secret is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No JSON, or not of that kind.
    #[error("its value must be a JSON object: in the console that is \"key/value\"")]
    Shape,
    /// Bytes, and no text.
    #[error("it holds binary: put a JSON object as text")]
    Binary,
    /// A key is not there.
    #[error("its JSON lacks the key `{0}`")]
    Lacks(&'static str),
    /// A key's value is of another kind.
    #[error("the value of its key `{0}` must be text")]
    NotText(&'static str),
    /// A value breaks a rule, which its own door names.
    #[error("its values: {0}")]
    Rule(String),
}

impl Unreadable {
    /// A value's own door has refused it, by a rule.
    pub fn rule(rule: impl std::fmt::Display) -> Self {
        Self::Rule(rule.to_string())
    }
}

/// The values of these keys. Others are left alone: a secret may hold more than we use.
pub fn fields<const N: usize>(
    text: &SecretString,
    keys: [&'static str; N],
) -> Result<[SecretString; N], Unreadable> {
    let mut object: Map<String, Value> =
        serde_json::from_str(text.expose_secret()).map_err(|_| Unreadable::Shape)?;
    let mut found = [const { None }; N];
    for (place, key) in found.iter_mut().zip(keys) {
        *place = Some(match object.remove(key) {
            Some(Value::String(value)) => SecretString::from(value),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                return Err(Unreadable::NotText(key));
            }
            None => return Err(Unreadable::Lacks(key)),
        });
    }
    Ok(found.map(Option::unwrap_or_default))
}

/// The present value and the one before it. A present one that cannot be read is an error. One before that cannot be
/// read is passed over: it is what was mended.
pub fn rotated<T: PartialEq>(
    versions: &Versions,
    read: impl Fn(&SecretString) -> Result<T, Unreadable>,
) -> Result<(T, Option<T>), Unreadable> {
    let present = read(&versions.present)?;
    let before = versions.before.as_ref().and_then(|text| {
        let told = |why: &Unreadable| tracing::warn!(cause = %why, "AWSPREVIOUS of a secret is passed over");
        read(text).inspect_err(told).ok()
    });
    let before = before.filter(|before| *before != present);
    Ok((present, before))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> SecretString {
        SecretString::from(text)
    }

    fn pair(json: &str) -> Result<[String; 2], Unreadable> {
        fields(&text(json), ["id", "password"]).map(|pair| pair.map(|value| value.expose_secret().to_owned()))
    }

    #[test]
    fn the_keys_values_are_found_in_any_order_and_among_others() {
        let found = pair(r#"{"password":"b","note":{"deep":[1]},"id":"a"}"#);
        assert_eq!(found, Ok(["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn what_is_wrong_is_told_by_its_rule_and_no_value_is_repeated() {
        let cases = [
            ("", Unreadable::Shape),
            ("hunter2", Unreadable::Shape),
            (r#""hunter2""#, Unreadable::Shape),
            (r#"["hunter2"]"#, Unreadable::Shape),
            ("null", Unreadable::Shape),
            (r#"{"id":"hunter2""#, Unreadable::Shape),
            (r#"{"id":"hunter2"} hunter2"#, Unreadable::Shape),
            (r#"{"id":"hunter2"}"#, Unreadable::Lacks("password")),
            (r#"{"ID":"hunter2","password":"hunter2"}"#, Unreadable::Lacks("id")),
            (r#"{"id":7,"password":"hunter2"}"#, Unreadable::NotText("id")),
            (r#"{"id":"hunter2","password":null}"#, Unreadable::NotText("password")),
            (r#"{"id":{"hunter2":1},"password":"hunter2"}"#, Unreadable::NotText("id")),
        ];
        for (json, why) in cases {
            let error = pair(json).expect_err("unreadable");
            assert_eq!(error, why, "{json}");
            assert!(!error.to_string().contains("hunter2") && !format!("{error:?}").contains("hunter2"));
        }
    }

    fn versions(present: &str, before: Option<&str>) -> Versions {
        Versions { present: text(present), before: before.map(text) }
    }

    fn key(text: &SecretString) -> Result<String, Unreadable> {
        let [key] = fields(text, ["key"])?;
        Ok(key.expose_secret().to_owned())
    }

    #[test]
    fn a_value_from_before_counts_only_if_it_can_be_read_and_is_another() {
        let (new, old) = (r#"{"key":"new"}"#, r#"{"key":"old"}"#);
        let read = |before| rotated(&versions(new, before), key);
        assert_eq!(read(Some(old)), Ok(("new".to_owned(), Some("old".to_owned()))));
        for nothing in [None, Some(new), Some("{}"), Some("old")] {
            assert_eq!(read(nothing), Ok(("new".to_owned(), None)), "{nothing:?}");
        }
        let unreadable = rotated(&versions("{}", Some(old)), key);
        assert_eq!(
            unreadable,
            Err(Unreadable::Lacks("key")),
            "an old value does not stand in for the present"
        );
    }
}
