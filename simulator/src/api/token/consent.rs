//! What a token for Brazil's open finance must come with. It names the person who consents: it is looked at and
//! forgotten.

use serde_json::Value;

use super::super::body::Body;

/// The scopes, exactly.
const SCOPES: &str =
    "read_institutions,write_links,read_consents,write_consents,write_consent_callback,delete_consents";
/// The permissions, all of them.
const PERMISSIONS: [&str; 4] = ["REGISTER", "ACCOUNTS", "CREDIT_CARDS", "CREDIT_OPERATIONS"];
/// Texts that must be there, by their place in `widget`.
const TEXTS: [&str; 9] = [
    "callback_urls/success",
    "callback_urls/exit",
    "callback_urls/event",
    "branding/company_icon",
    "branding/company_logo",
    "branding/company_name",
    "branding/company_terms_url",
    "consent/purpose",
    "consent/terms_and_conditions_url",
];
/// Characters of a purpose.
const LONGEST_PURPOSE: usize = 140;

/// Looks at the `widget` of a token request, if it asks for a consent.
pub(super) fn check(body: &mut Body, widget: &Value, scopes: &str) {
    match widget.get("openfinance_feature").and_then(Value::as_str) {
        None | Some("consent_management") => return,
        Some("consent_link_creation") => {}
        Some(_) => body.complain("openfinance_feature", "invalid_choice", "This is no feature."),
    }
    if scopes != SCOPES {
        body.complain("scopes", "invalid", "A consent takes other scopes.");
    }
    for place in TEXTS {
        if text(widget, place).is_empty() {
            body.complain(place, "required", "This field is required.");
        }
    }
    if text(widget, "consent/purpose").chars().count() > LONGEST_PURPOSE {
        body.complain("consent/purpose", "invalid", "This is too long.");
    }
    let permissions = list(widget, "consent/permissions");
    let asked = |permission: &&str| permissions.iter().any(|value| value.as_str() == Some(permission));
    if permissions.len() != PERMISSIONS.len() || !PERMISSIONS.iter().all(asked) {
        body.complain("consent/permissions", "invalid", "These are not the permissions it takes.");
    }
    let holders = list(widget, "consent/identification_info");
    let persons = holders.iter().filter(|holder| text(holder, "type") == "CPF").count();
    if !(1..=2).contains(&holders.len()) || persons != 1 || !holders.iter().all(is_identified) {
        body.complain("consent/identification_info", "invalid", "This identifies nobody.");
    }
}

fn is_identified(holder: &Value) -> bool {
    let number = text(holder, "number");
    let length = match text(holder, "type") {
        "CPF" => 11,
        "CNPJ" => 14,
        _ => return false,
    };
    number.len() == length
        && number.bytes().all(|b| b.is_ascii_alphanumeric())
        && !text(holder, "name").is_empty()
}

fn text<'a>(value: &'a Value, place: &str) -> &'a str {
    value.pointer(&format!("/{place}")).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, place: &str) -> &'a [Value] {
    value.pointer(&format!("/{place}")).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{World, token_request};

    fn widget() -> Value {
        json!({
            "openfinance_feature": "consent_link_creation",
            "callback_urls": {"success": "app://success", "exit": "app://exit", "event": "app://event"},
            "branding": {
                "company_icon": "https://app.example/icon.svg", "company_logo": "https://app.example/logo.svg",
                "company_name": "App", "company_terms_url": "https://app.example/terms",
            },
            "consent": {
                "purpose": "Your accounts in one place.",
                "terms_and_conditions_url": "https://app.example/terms",
                "permissions": PERMISSIONS,
                "identification_info": [{"type": "CPF", "number": "76109277673", "name": "Ralph Bragg"}],
            },
        })
    }

    async fn answer(widget: Value) -> (u16, String) {
        let request = token_request(json!({"scopes": SCOPES, "widget": widget}));
        let answer = World::new().call("POST", "/api/token/", &request).await;
        if answer.status == 200 { (200, String::new()) } else { answer.refusal() }
    }

    #[tokio::test]
    async fn a_consent_without_any_of_its_parts_is_refused() {
        for (place, value, code) in [
            ("/openfinance_feature", json!("other"), "invalid_choice"),
            ("/callback_urls/event", json!(""), "required"),
            ("/branding", json!({}), "required"),
            ("/consent/purpose", json!("x".repeat(141)), "invalid"),
            ("/consent/permissions", json!(["REGISTER"]), "invalid"),
            ("/consent/identification_info", json!([]), "invalid"),
            ("/consent/identification_info/0/number", json!("761"), "invalid"),
            ("/consent/identification_info/0/type", json!("RG"), "invalid"),
            ("/consent/identification_info/0/name", json!(""), "invalid"),
        ] {
            let mut spoiled = widget();
            *spoiled.pointer_mut(place).expect("a place") = value;
            assert_eq!(answer(spoiled).await, (400, code.to_owned()), "{place}");
        }
    }

    #[tokio::test]
    async fn a_consent_of_a_person_or_of_a_company_gets_a_token_for_its_scopes_alone() {
        assert_eq!(answer(widget()).await.0, 200);
        let mut of_company = widget();
        let holders = of_company.pointer_mut("/consent/identification_info").and_then(Value::as_array_mut);
        holders.expect("a list").push(json!({"type": "CNPJ", "number": "11222333000181", "name": "App SA"}));
        assert_eq!(answer(of_company).await.0, 200);
        let request = token_request(json!({"widget": widget()}));
        let refused = World::new().call("POST", "/api/token/", &request).await;
        assert_eq!(refused.refusal(), (400, "invalid".to_owned()));
    }
}
