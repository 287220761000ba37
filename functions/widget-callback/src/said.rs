//! What the widget says, in its own fields: a success, an exit, an event.
//!
//! A success has exactly the fields that matter. Exits and events are Belvo's to extend, so what is unknown
//! in them is passed over; only codes, the step and the institution are kept, and never a message.

use std::fmt;

use adapters::{http::Body, schema};
use domain::{
    session::{Outcome, OutcomeKind},
    values::{Code, Institution, InstitutionUserId, LinkId},
};
use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use utoipa::ToSchema;

/// A callback.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    /// A link was made, or logged in to again.
    Success(Succeeded),
    /// It ended or stumbled.
    Ended(Ended),
}

/// The success callback's own fields.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Succeeded {
    #[schema(value_type = schema::LinkId)]
    pub(crate) link: LinkId,
    #[schema(value_type = schema::Institution)]
    pub(crate) institution: Institution,
}

/// What is kept of an exit or event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    kind: OutcomeKind,
    code: Option<Code>,
    institution: Option<Institution>,
    step: Option<Code>,
    login: Option<InstitutionUserId>,
}

impl Ended {
    /// The outcome, told at this time, and apart from it the login that it is about: that is not kept.
    pub(crate) fn at(self, at: Timestamp) -> (Outcome, Option<InstitutionUserId>) {
        let Self { kind, code, institution, step, login } = self;
        (Outcome { kind, code, institution, step, at }, login)
    }
}

impl Body for Said {
    const SHAPE: &'static str = r#"the body is {"type":"success","link":"<UUID>","institution":"<name>"}, {"type":"exit",…} or {"type":"event","eventName":"<name>",…} with the widget's own fields"#;
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Fields(mut fields) = Fields::deserialize(deserializer)?;
        let kind = fields.remove("type");
        match kind.as_ref().and_then(serde_json::Value::as_str) {
            Some("success") => serde_json::from_value(fields.into()).map(Self::Success),
            Some("exit") => {
                serde_json::from_value::<Exit>(fields.into()).map(|exit| Self::Ended(exit.into()))
            }
            Some("event") => {
                serde_json::from_value::<Event>(fields.into()).map(|event| Self::Ended(event.into()))
            }
            Some(_) | None => Err(serde_json::Error::custom("type")),
        }
        .map_err(D::Error::custom)
    }
}

/// The fields of an object, each said once: of two, whoever read the body before us may have taken the other.
struct Fields(serde_json::Map<String, serde_json::Value>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EachOnce)
    }
}

struct EachOnce;

impl<'de> Visitor<'de> for EachOnce {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Fields, A::Error> {
        let mut fields = serde_json::Map::new();
        while let Some((name, value)) = entries.next_entry()? {
            if fields.insert(name, value).is_some() {
                return Err(A::Error::custom("a field is said twice"));
            }
        }
        Ok(Fields(fields))
    }
}

/// The exit callback's fields. Some front ends wrap them in a list named `data`.
#[derive(Default, Deserialize, ToSchema)]
pub(crate) struct Exit {
    #[serde(default)]
    last_encountered_error: Option<Encountered>,
    #[serde(default)]
    meta_data: Option<Meta>,
    #[serde(default)]
    #[schema(no_recursion)]
    data: Vec<Exit>,
}

/// What went wrong, in Belvo's words.
#[derive(Deserialize, ToSchema)]
struct Encountered {
    code: Option<String>,
}

/// The event callback's fields. One of Belvo's events spells `metadata` without the underscore.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Event {
    #[serde(rename = "eventName")]
    event_name: String,
    #[serde(default, alias = "metadata")]
    meta_data: Option<Meta>,
}

/// Where in the widget it was.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct Meta {
    institution_name: Option<String>,
    step: Option<String>,
    page: Option<String>,
    error_code: Option<String>,
    warning_code: Option<String>,
    institution_user_id: Option<String>,
}

impl From<Exit> for Ended {
    fn from(mut exit: Exit) -> Self {
        let exit = if exit.data.is_empty() { exit } else { exit.data.swap_remove(0) };
        let meta = exit.meta_data.unwrap_or_default();
        Self {
            kind: OutcomeKind::Exit,
            code: word(exit.last_encountered_error.and_then(|error| error.code)),
            institution: institution(meta.institution_name),
            step: word(meta.step),
            login: login(meta.institution_user_id),
        }
    }
}

impl From<Event> for Ended {
    fn from(event: Event) -> Self {
        let meta = event.meta_data.unwrap_or_default();
        Self {
            kind: OutcomeKind::Event,
            code: word(meta.error_code.or(meta.warning_code)),
            institution: institution(meta.institution_name),
            step: word(meta.page).or_else(|| word(Some(event.event_name))),
            login: login(meta.institution_user_id),
        }
    }
}

/// A word of Belvo's, when it is one: anything else is not kept.
fn word(raw: Option<String>) -> Option<Code> {
    raw.and_then(|raw| Code::parse(raw).ok())
}

fn institution(raw: Option<String>) -> Option<Institution> {
    raw.and_then(|raw| Institution::parse(raw).ok())
}

fn login(raw: Option<String>) -> Option<InstitutionUserId> {
    raw.and_then(|raw| InstitutionUserId::parse(raw).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(json: &str) -> Ended {
        match serde_json::from_str(json).expect("the widget's own words") {
            Said::Ended(ended) => ended,
            Said::Success(_) => panic!("no success"),
        }
    }

    #[test]
    fn a_success_takes_its_own_fields_and_no_others() {
        let id = "0b6a1f3e-0000-4000-8000-00000000000a";
        let said = |json: String| serde_json::from_str::<Said>(&json);
        let good = format!(r#"{{"type":"success","link":"{id}","institution":"erebor_mx_retail"}}"#);
        assert!(matches!(said(good.clone()), Ok(Said::Success(_))));
        assert!(said(good.replace('}', r#","external_id":"victim"}"#)).is_err());
        assert!(said(good.replace(id, "link-id-1")).is_err());
        assert!(said(good.replace("success", "SUCCESS")).is_err());
        assert!(said("[]".to_owned()).is_err() && said("{}".to_owned()).is_err());
    }

    #[test]
    fn a_field_that_is_said_twice_is_refused_even_if_it_says_the_same() {
        for twice in
            [r#"{"type":"exit","type":"exit"}"#, r#"{"type":"event","eventName":"A","eventName":"B"}"#]
        {
            let refused = serde_json::from_str::<Said>(twice).expect_err("said twice");
            assert!(refused.is_data(), "{twice}");
        }
    }

    #[test]
    fn an_exit_is_understood_in_both_wrappings_and_without_its_message() {
        let plain = r#"{"type":"exit","last_encountered_error":{"code":"login_error","message":"ana@example.com"},
            "meta_data":{"institution_name":"erebor_mx_retail","step":"abandon-survey"},"new_field":1}"#;
        let inner = plain.replace(r#""type":"exit","#, "");
        let wrapped = format!(r#"{{"type":"exit","data":[{inner}]}}"#);
        assert_eq!(ended(plain), ended(&wrapped));
        let kept = format!("{:?}", ended(plain));
        assert!(kept.contains("login_error") && !kept.contains("ana@"), "{kept}");
    }

    #[test]
    fn an_event_is_understood_with_either_spelling_of_its_metadata() {
        let error = r#"{"type":"event","eventName":"ERROR","meta_data":{"error_code":"duplicated"}}"#;
        assert_eq!(ended(error).code.map(String::from).as_deref(), Some("duplicated"));
        let page = r#"{"type":"event","eventName":"PAGE_LOAD","metadata":{"page":"credentials"}}"#;
        assert_eq!(ended(page).step.map(String::from).as_deref(), Some("credentials"));
    }

    #[test]
    fn what_is_no_word_of_belvos_is_not_kept() {
        let odd =
            r#"{"type":"exit","last_encountered_error":{"code":"<script>"},"meta_data":{"step":"a b"}}"#;
        assert_eq!(
            ended(odd),
            Ended { kind: OutcomeKind::Exit, code: None, institution: None, step: None, login: None }
        );
    }
}
