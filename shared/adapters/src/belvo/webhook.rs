//! What Belvo's webhooks say, as far as it is asked for. Lenient: of the fields only the type, the code and the link
//! are needed, and what is unknown is passed over.

use std::borrow::Cow;

use domain::{
    values::{Code, ConsentId, LinkId},
    webhooks::Said,
};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct About<'a> {
    #[serde(borrow)]
    link_id: Cow<'a, str>,
}

/// The link that a webhook is about: all that is asked of it before it is kept.
#[must_use]
pub fn webhook_link(body: &[u8]) -> Option<LinkId> {
    let about: About<'_> = object(body).and_then(|body| serde_json::from_slice(body).ok())?;
    LinkId::parse(&about.link_id).ok()
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(rename = "webhook_type")]
    kind: String,
    #[serde(rename = "webhook_code")]
    code: String,
    /// Taken apart only if it is of a form that we know.
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Data {
    consent_id: String,
}

/// The text, if it begins as an object does. serde takes a list for an object whose fields come in that order.
fn object(text: &[u8]) -> Option<&[u8]> {
    text.trim_ascii_start().starts_with(b"{").then_some(text)
}

/// What a webhook says; `None` if it cannot be read.
#[must_use]
pub fn webhook_said(body: &str) -> Option<Said> {
    let webhook: Wire<'_> = object(body.as_bytes()).and_then(|body| serde_json::from_slice(body).ok())?;
    let data = webhook.data.and_then(|data| object(data.get().as_bytes()));
    let data: Option<Data> = data.and_then(|data| serde_json::from_slice(data).ok());
    Some(Said {
        kind: Code::parse(webhook.kind).ok()?,
        code: Code::parse(webhook.code).ok()?,
        consent: data.and_then(|data| ConsentId::parse(&data.consent_id).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "0b6a1f3e-0000-4000-8000-00000000000a";
    const CONSENT: &str = "0b6a1f3e-0000-4000-8000-00000000000c";

    fn body(rest: &str) -> String {
        format!(r#"{{"webhook_type":"LINK","webhook_code":"token_required","link_id":"{LINK}"{rest}}}"#)
    }

    #[test]
    fn a_webhook_needs_its_type_its_code_and_its_link_and_nothing_else() {
        let full = body(
            r#","webhook_id":"x","external_id":null,"request_id":7,"data":{"error_code":"login_error"}"#,
        );
        for good in [body(""), full, body(r#","data":[1]"#), body(r#","data":null"#)] {
            let said = webhook_said(&good).expect("readable");
            assert_eq!((said.kind.as_str(), said.code.as_str()), ("LINK", "token_required"), "{good}");
            assert_eq!(webhook_link(good.as_bytes()).map(|link| link.to_string()).as_deref(), Some(LINK));
        }
    }

    #[test]
    fn a_list_is_no_webhook_though_its_values_would_do() {
        assert_eq!(webhook_link(format!(r#" ["{LINK}"]"#).as_bytes()), None);
        assert_eq!(webhook_said(r#"["LINK","token_required",null]"#), None);
        let said = webhook_said(&body(&format!(r#","data":["{CONSENT}"]"#))).expect("readable");
        assert_eq!(said.consent, None);
    }

    #[test]
    fn a_consent_is_told_by_its_id_and_nothing_of_its_holder_is_kept() {
        let data =
            format!(r#","data":{{"consent_id":"{CONSENT}","user_name":"Ana","document":"12345678909"}}"#);
        let said = webhook_said(&body(&data)).expect("readable");
        assert_eq!(said.consent.map(|id| id.to_string()).as_deref(), Some(CONSENT));
        assert!(!format!("{said:?}").contains("Ana"));
        assert_eq!(webhook_said(&body(r#","data":{"consent_id":"no"}"#)).expect("readable").consent, None);
    }

    #[test]
    fn what_is_no_webhook_is_not_read() {
        for bad in [
            "",
            "{",
            "[]",
            "null",
            "\u{0}",
            r#"{"webhook_type":"LINK"}"#,
            r#"{"webhook_type":"A B","webhook_code":"c"}"#,
        ] {
            assert_eq!(webhook_said(bad), None, "{bad}");
        }
        for bad in
            ["", "{}", r#"{"link_id":7}"#, r#"{"link_id":"x"}"#, r#"{"link_id":null}"#, "[\"link_id\"]"]
        {
            assert_eq!(webhook_link(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(webhook_link(&[0xff, 0xfe]), None);
    }
}
