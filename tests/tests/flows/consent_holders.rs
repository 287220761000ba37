//! Consents of Brazil's open finance: who consents is handed on to Belvo with the token, and is nowhere afterwards.

use belvo_simulator::{Connect, Connected};
use serde_json::{Value, json};
use tests::{Session, Story, person::is};

const SECRETS: [&str; 6] = ["76109277673", "761.092", "11222333000181", "Ralph", "Bragg", "Acme"];

fn holder() -> Value {
    json!({"cpf": "761.092.776-73", "name": "Ralph Bragg"})
}

fn assert_holds_no_secret(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn a_holder_that_is_none_is_refused_by_the_shape_without_a_call_and_without_an_echo() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    let before = story.table().await;
    story.world.belvo.reset_calls();
    let with = |change: Value| {
        let mut holder = holder();
        holder.as_object_mut().expect("an object").extend(change.as_object().expect("fields").clone());
        json!({"consent_holder": holder})
    };
    for body in [
        with(json!({"cpf": "76109277670"})),
        with(json!({"cpf": "Ralph Bragg"})),
        with(json!({"name": "11222333000181"})),
        with(json!({"cnpj": "11222333000181"})),
        with(json!({"company_name": "Acme"})),
        with(json!({"cnpj": "11222333000182", "company_name": "Acme"})),
        with(json!({"e_mail": "Ralph"})),
        json!({"consent_holder": {"name": "Ralph Bragg"}}),
        json!({"consent_holder": [holder()]}),
        json!({"consent_holder": holder(), "link_id": link}),
    ] {
        let reply = ana.asks_for_a_session(&body).await;
        assert_eq!((reply.refusal(), reply.flaw()), ((422, "invalid_body"), None), "{body}");
        assert_holds_no_secret(&reply.text);
    }
    assert_eq!((story.world.belvo.calls().total(), story.table().await), (0, before));
}

#[tokio::test]
async fn where_the_widget_is_not_set_up_for_consents_none_is_asked_for() {
    let story = Story::begin().await;
    let mut stack = story.world.stack.clone();
    stack.policy.consents = false;
    let story = story.over(stack);
    let ana = story.registered("ana").await;

    let reply = ana.asks_for_a_session(&json!({"consent_holder": holder()})).await;

    assert_eq!(reply.refusal(), (422, "consents_not_set_up"));
    assert_holds_no_secret(&reply.text);
}

#[tokio::test]
async fn a_consent_is_given_and_its_link_bound_and_nothing_of_its_holder_is_kept_or_told() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let company = json!({"cpf": "76109277673", "name": "Ralph Bragg", "cnpj": "11.222.333/0001-81",
        "company_name": "Acme"});
    for (number, holder) in [holder(), company].into_iter().enumerate() {
        let reply = ana.asks_for_a_session(&json!({"consent_holder": holder, "locale": "pt"})).await;
        assert_holds_no_secret(&reply.text);
        let session = Session::of(&reply);
        assert_eq!(session.config["integration_type"], "openfinance");

        let visit = Connect {
            institution: "ofmockbank_br_retail".to_owned(),
            username: format!("bnk10{number}"),
            ..Connect::default()
        };
        let Connected::Success { link, .. } = ana.visits(&session, visit) else { panic!("no success") };
        let reply = ana.reports(&session, &link).await;
        assert_eq!(reply.status, 201);
        assert!(ana.links().await.contains(&is(&link, "active")));
    }
    assert_holds_no_secret(&format!("{:?}", story.table().await));
}
