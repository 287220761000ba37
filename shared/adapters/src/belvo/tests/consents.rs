//! Consents: in Belvo's words to Belvo, and to nobody else.

use std::time::Duration;

use domain::{
    consent::{ConsentHolder, Cpf, HolderName},
    failure::ProviderError,
    ports::{Provider, TokenRequest},
};
use serde_json::json;

use super::{client, server::Server, settings, user};
use crate::belvo::{Belvo, OpenFinance, Settings};

/// A holder whom nobody should read of.
pub(super) fn holder() -> ConsentHolder {
    ConsentHolder {
        cpf: Cpf::parse("76109277673").expect("valid"),
        name: HolderName::parse("Ralph Bragg").expect("valid"),
        company: None,
    }
}

/// A client that is set up for consents.
pub(super) fn consenting(url: &str) -> Belvo {
    let app = OpenFinance::parse(
        &json!({
            "callback_urls": {"success": "app://success", "exit": "app://exit", "event": "app://error"},
            "branding": {
                "company_icon": "https://app.example/icon.svg", "company_logo": "https://app.example/logo.svg",
                "company_name": "App", "company_terms_url": "https://app.example/terms",
            },
            "purpose": "Your accounts in one place.",
            "terms_and_conditions_url": "https://app.example/terms",
        })
        .to_string(),
    );
    let settings = settings(url, Duration::from_secs(5));
    Belvo::new(Settings { open_finance: Some(app.expect("valid")), ..settings }).expect("a client")
}

#[tokio::test]
async fn a_consent_is_asked_for_in_belvos_words_and_only_where_it_is_set_up() {
    let server = Server::json(200, r#"{"access": "a"}"#).await;
    let request = TokenRequest { external_id: user(), link_id: None, consent: Some(holder()) };
    assert!(matches!(client(&server.url).token(&request).await, Err(ProviderError::Unsent(_))));
    consenting(&server.url).token(&request).await.expect("a token");
    let asked = server.asked();
    let [asked] = asked.as_slice() else { panic!("one call: {}", asked.len()) };
    let (_, body) = asked.split_once("\r\n\r\n").expect("a body");
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(
        body["scopes"],
        "read_institutions,write_links,read_consents,write_consents,write_consent_callback,delete_consents"
    );
    assert_eq!(body.get("credentials_storage"), None);
    let widget = &body["widget"];
    assert_eq!(widget["openfinance_feature"], "consent_link_creation");
    assert_eq!(widget["callback_urls"]["event"], "app://error");
    assert_eq!(widget["branding"]["company_name"], "App");
    assert_eq!(
        widget["consent"],
        json!({
            "purpose": "Your accounts in one place.",
            "terms_and_conditions_url": "https://app.example/terms",
            "permissions": ["REGISTER", "ACCOUNTS", "CREDIT_CARDS", "CREDIT_OPERATIONS"],
            "identification_info": [{"type": "CPF", "number": "76109277673", "name": "Ralph Bragg"}],
        })
    );
}
