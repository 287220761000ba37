//! What webhooks say.

use serde_json::json;

use super::{NOTHING, Receiver, telling, told};
use crate::testing::World;
use crate::{NewLink, Status};

#[tokio::test]
async fn each_type_and_code_has_belvos_shape() {
    let (world, receiver) = told().await;
    world.belvo.plant(NewLink {
        id: Some("a".to_owned()),
        external_id: Some("usr_8Yq2".to_owned()),
        ..NewLink::default()
    });
    let credentials = ["error_code", "error_message", "status"].as_slice();
    let consent =
        ["action", "consent_id", "institution", "institution_display_name", "institution_icon_logo"];
    let due = [&consent[..1], &["consent_due_date"], &consent[1..]].concat();
    for (kind, code, process, keys) in [
        ("ACCOUNTS", "historical_update", "historical_update", ["total_accounts"].as_slice()),
        ("ACCOUNTS", "new_accounts_available", "recurrent_update", &["new_accounts"]),
        ("OWNERS", "historical_update", "historical_update", &["total_owners"]),
        ("BILLS", "historical_update", "historical_update", &["total_bills"]),
        ("TRANSACTIONS", "transactions_deleted", "recurrent_update", &[]),
        ("LINK", "invalid_credentials", "", credentials),
        ("LINK", "token_required", "", credentials),
        ("LINK", "link_deleted", "", &[]),
        ("CONSENT", "openfinance_consent_expired", "", &consent),
        ("CONSENT", "openfinance_consent_about_to_expire", "", &due),
    ] {
        let event = json!({"link_id": "a", "type": kind, "code": code});
        assert_eq!(world.call("POST", "/_sim/webhooks/send", &event).await.status, 202);
        world.belvo.deliver_due().await;
        let body = receiver.bodies().pop().unwrap();
        assert_eq!((&body["webhook_type"], &body["webhook_code"]), (&json!(kind), &json!(code)));
        assert_eq!(body["process_type"].as_str().unwrap_or_default(), process, "{kind} {code}");
        assert_eq!((&body["link_id"], &body["external_id"]), (&json!("a"), &json!("usr_8Yq2")));
        assert_eq!(body["webhook_id"].as_str().unwrap().len(), 32);
        let mut found: Vec<_> = body["data"].as_object().unwrap().keys().map(String::as_str).collect();
        found.sort_unstable();
        assert_eq!(found, keys, "{kind} {code}");
    }
}

#[tokio::test]
async fn what_happens_to_links_is_told_with_what_they_were() {
    let (world, receiver) = told().await;
    let planted = |id: &str, institution: &str| NewLink {
        id: Some(id.to_owned()),
        external_id: Some("usr_8Yq2".to_owned()),
        institution: Some(institution.to_owned()),
        ..NewLink::default()
    };
    world.belvo.plant(planted("a", "erebor_mx_retail"));
    world.belvo.plant(planted("b", "ofmockbank_br_retail"));
    let now = world.belvo.now();
    world.belvo.change(|state| {
        state.turn("a", Status::TokenRequired, now);
        state.turn("a", Status::Invalid, now);
        state.upkeep.deletions.insert((now, "a".to_owned()), "r".repeat(32));
    });
    world.belvo.deliver_due().await;
    assert_eq!(receiver.codes(), ["token_required", "invalid_credentials", "link_deleted"]);
    let deleted = receiver.bodies().pop().unwrap();
    assert_eq!((&deleted["external_id"], &deleted["link_id"]), (&json!("usr_8Yq2"), &json!("a")));
    assert_eq!(deleted["request_id"], "r".repeat(32));

    world.hand.forward(365 * 24 * 60 * 60);
    world.belvo.deliver_due().await;
    let codes = receiver.codes();
    assert_eq!(codes[3..], ["openfinance_consent_about_to_expire", "openfinance_consent_expired"]);
    assert_eq!(receiver.bodies()[3]["data"]["consent_due_date"], "2027-03-02");
}

#[tokio::test]
async fn what_happened_before_a_receiver_was_set_is_not_told() {
    let (world, receiver) = (World::new(), Receiver::answering(200).await);
    world.belvo.plant(NewLink { id: Some("a".to_owned()), ..NewLink::default() });
    let now = world.belvo.now();
    world.belvo.change(|state| state.turn("a", Status::Invalid, now));
    telling(&world, &receiver.url);
    assert_eq!(world.belvo.deliver_due().await, NOTHING);
}
