//! Consents: in Belvo's words to Belvo, and to nobody else.

use std::time::Duration;

use domain::{
    consent::{ConsentHolder, Cpf, HolderName},
    failure::ProviderError,
    ports::{Consents, Provider, TokenRequest},
    values::ConsentId,
};
use serde_json::json;

use super::{
    client, link_id,
    server::{Server, json as json_answer},
    settings, user,
};
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

#[tokio::test]
async fn a_consent_is_read_for_itself_and_absent_only_where_belvo_says_so() {
    let id = ConsentId::parse("076c66e5-90f5-4e5f-99c7-50e32f65ae42").expect("valid");
    let record = |id: &str, open: bool| {
        let ends = "2027-01-02T03:04:05Z";
        json!({"id": id, "link_id": link_id(), "expired_at": ends, "undefined_consent_expiration": open})
    };
    let own = |open| json_answer(200, &record(&id.to_string(), open).to_string());
    let other = record("176c66e5-90f5-4e5f-99c7-50e32f65ae42", false).to_string();
    let absent = json_answer(404, r#"[{"code":"not_found"}]"#);
    let refused = json_answer(403, r#"[{"code":"forbidden"}]"#);
    let server = Server::start(vec![own(false), own(true), json_answer(200, &other), absent, refused]).await;
    let belvo = client(&server.url);
    let ends = async || belvo.consent(id).await.map(|consent| consent.map(|consent| consent.ends_at));
    let end = "2027-01-02T03:04:05Z".parse().expect("a time");
    assert_eq!(ends().await.expect("read"), Some(Some(end)));
    assert_eq!(ends().await.expect("read"), Some(None), "one that does not end");
    assert!(matches!(ends().await, Err(ProviderError::Unknown("the record of another consent"))));
    assert_eq!(ends().await.expect("read"), None);
    assert!(matches!(ends().await, Err(ProviderError::Refused { status: 403, .. })));
}
